// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovsdb/async_handle.hpp>

#include <cerrno>

namespace vethpp::detail {

VETHPP_INLINE OvsdbHandle::OvsdbHandle(boost::asio::any_io_executor executor,
                                       ovsdb::ClientOptions options)
    : executor_{std::move(executor)},
      options_{options},
      connection_{std::make_shared<OvsdbConnection>(executor_, options)} {}

VETHPP_INLINE OvsdbHandle::OvsdbHandle(OvsdbHandle&& other) noexcept
    // NOLINTNEXTLINE(performance-move-constructor-init): the executor is kept
    : executor_{other.executor_},
      options_{other.options_},
      connection_{std::move(other.connection_)} {}

VETHPP_INLINE OvsdbHandle& OvsdbHandle::operator=(OvsdbHandle&& other) noexcept {
    if (this == &other) return *this;
    close();
    executor_ = other.executor_;
    options_ = other.options_;
    connection_ = std::move(other.connection_);
    return *this;
}

VETHPP_INLINE OvsdbHandle::~OvsdbHandle() { close(); }

VETHPP_INLINE void OvsdbHandle::close() noexcept {
    if (connection_) connection_->fail({ECANCELED, boost::system::system_category()});
}

}  // namespace vethpp::detail
