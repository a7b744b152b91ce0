// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovsdb/async_client.hpp>

#include <cerrno>

namespace vethpp::ovsdb {

VETHPP_INLINE AsyncClient::AsyncClient(executor_type executor, ClientOptions options)
    : executor_{std::move(executor)},
      options_{options},
      connection_{std::make_shared<detail::AsyncConnection>(executor_, options.message_limit)} {}

VETHPP_INLINE AsyncClient::AsyncClient(AsyncClient&& other) noexcept
    : executor_{other.executor_},
      options_{other.options_},
      connection_{std::move(other.connection_)} {}

VETHPP_INLINE AsyncClient& AsyncClient::operator=(AsyncClient&& other) noexcept {
    if (this == &other) return *this;
    close();
    executor_ = other.executor_;
    options_ = other.options_;
    connection_ = std::move(other.connection_);
    return *this;
}

VETHPP_INLINE AsyncClient::~AsyncClient() { close(); }

VETHPP_INLINE void AsyncClient::close() noexcept {
    if (connection_) connection_->fail({ECANCELED, boost::system::system_category()});
}

}  // namespace vethpp::ovsdb
