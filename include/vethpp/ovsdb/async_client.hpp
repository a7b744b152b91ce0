// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/net_if.hpp>
#include <vethpp/ovsdb/async_handle.hpp>
#include <vethpp/ovsdb/transaction.hpp>

#include <boost/asio/deferred.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace vethpp::ovsdb {

/// An asynchronous client of an OVSDB server, for any completion token.
///
/// Any number of calls may be under way; their replies may come in any order. While it is connected
/// a read is pending, which also answers the server's echo requests.
/// **Threads.** The executor must be a strand, or run by one thread; close(), moves and the
/// destructor happen there. Operations may be started by any thread, and have handlers on any other
/// executor.
/// **Cancellation.** Each operation can be cancelled (terminal); the server is told to give the
/// request up. The destructor closes the connection, and what is under way fails.
/// **Errors.** As those of Client, as error_code; ETIMEDOUT after the timeout of the options. After
/// an error of the connection, or of connecting, every operation fails for the same reason: make a
/// new client. ENOBUFS, if the server reports more than the options allow to wait for
/// async_next_notification(). errc::empty_object for one that was moved from.
/// **fork.** A child's copy answers with errc::used_after_fork; the parent's goes on. As always
/// with Asio, a child that uses an io_context of its parent calls notify_fork() first.
class AsyncClient {
public:
    using executor_type = boost::asio::any_io_executor;

    explicit AsyncClient(executor_type executor, ClientOptions options = {})
        : handle_{std::move(executor), options} {}

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(handle_); }
    [[nodiscard]] executor_type get_executor() const noexcept { return handle_.executor(); }

    /// void(error_code)
    template <class Token = boost::asio::deferred_t>
    auto async_connect(std::string address, Token&& token = {}) {
        return handle_.initiate<void(error_code)>(
            detail::OvsdbConnect{std::move(address)}, handle_.timeout(), token);
    }

    /// void(error_code, json::value): the result of any method. With errc::ovsdb_refused it is what
    /// the server says (refusal_text() has it in words).
    template <class Token = boost::asio::deferred_t>
    auto async_call(std::string_view method, json::array parameters, Token&& token = {}) {
        return handle_.initiate<void(error_code, json::value)>(
            detail::OvsdbWait{Call{method, std::move(parameters)}}, handle_.timeout(), token);
    }
    /// void(error_code, json::value): the results, an array. An operation that was refused is found
    /// by error_in(); the error_code is about the transaction as a message.
    template <class Token = boost::asio::deferred_t>
    auto async_transact(const Transaction& transaction, Token&& token = {}) {
        return async_call("transact", transaction.parameters(), std::forward<Token>(token));
    }

    /// void(error_code, Notification): what a monitor reports next. Waits without a timeout.
    template <class Token = boost::asio::deferred_t>
    auto async_next_notification(Token&& token = {}) {
        return handle_.initiate<void(error_code, Notification)>(
            detail::OvsdbWait{Next{}}, std::chrono::milliseconds::max(), token);
    }

    /// What is under way fails with ECANCELED, and so does what comes later.
    void close() noexcept { handle_.close(); }

private:
    detail::OvsdbHandle handle_;
};

}  // namespace vethpp::ovsdb
