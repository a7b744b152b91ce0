// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/net_if.hpp>
#include <vethpp/ovsdb/async_operation.hpp>
#include <vethpp/ovsdb/options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/compose.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace vethpp::detail {

/// Owns a connection, which ends with it. One that was moved from keeps its executor, as Asio's own
/// objects do, and answers with errc::empty_object.
class OvsdbHandle {
public:
    OvsdbHandle(boost::asio::any_io_executor executor, ovsdb::ClientOptions options);
    OvsdbHandle(OvsdbHandle&& other) noexcept;
    OvsdbHandle& operator=(OvsdbHandle&& other) noexcept;
    ~OvsdbHandle();

    [[nodiscard]] explicit operator bool() const noexcept { return connection_ != nullptr; }
    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept {
        return executor_;
    }
    [[nodiscard]] std::chrono::milliseconds timeout() const noexcept { return options_.timeout; }

    void close() noexcept;

    template <class Signature, class What, class Token>
    auto initiate(What what, std::chrono::milliseconds timeout, Token& token) {
        return boost::asio::async_compose<Token, Signature>(
            OvsdbOperation<What>{connection_, timeout, std::move(what)}, token, executor_);
    }

private:
    boost::asio::any_io_executor executor_;
    ovsdb::ClientOptions options_;
    std::shared_ptr<OvsdbConnection> connection_;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovsdb/async_handle.ipp>
#endif
