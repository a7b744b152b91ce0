// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/net_if.hpp>
#include <vethpp/ovs/interfaces.hpp>
#include <vethpp/ovs/port.hpp>
#include <vethpp/ovsdb/async_handle.hpp>

#include <boost/asio/deferred.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace vethpp {
namespace detail {

/// The beginning of a monitor, as something to wait for: a connection, and what is there.
class AsyncMonitorConnect {
public:
    AsyncMonitorConnect(std::shared_ptr<OvsInterfaces> interfaces, std::string database);

    void start(OvsdbConnection& connection) { connect_.start(connection); }
    [[nodiscard]] bool resume(OvsdbConnection& connection, error_code waited);
    [[nodiscard]] error_code code() const noexcept;

private:
    std::shared_ptr<OvsInterfaces> interfaces_;
    OvsdbConnect connect_;
    OvsdbWait<ovsdb::Call> call_;
    bool called_ = false;
};

/// The next event.
class AsyncMonitorNext {
public:
    explicit AsyncMonitorNext(std::shared_ptr<OvsInterfaces> interfaces);

    void start(OvsdbConnection&) noexcept {}
    [[nodiscard]] bool resume(OvsdbConnection& connection, error_code waited);
    [[nodiscard]] error_code code() const noexcept { return code_; }
    [[nodiscard]] OvsPortEvent& value() noexcept { return value_; }

private:
    std::shared_ptr<OvsInterfaces> interfaces_;
    error_code code_{};
    OvsPortEvent value_{};
};

}  // namespace detail

/// OvsMonitor for any completion token: async_connect first, then async_next as often as wanted,
/// one at a time.
/// **Threads, Cancellation, Errors, fork.** Those of ovsdb::AsyncClient. Events that have come
/// before an error are told before it. After the server's end (ECONNRESET): make a new monitor,
/// which begins with what is there then.
class AsyncOvsMonitor {
public:
    using executor_type = boost::asio::any_io_executor;

    explicit AsyncOvsMonitor(executor_type executor, ovsdb::ClientOptions options = {});

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(handle_); }
    [[nodiscard]] executor_type get_executor() const noexcept { return handle_.executor(); }

    /// void(error_code)
    template <class Token = boost::asio::deferred_t>
    auto async_connect(std::string database, Token&& token = {}) {
        return handle_.initiate<void(error_code)>(
            detail::AsyncMonitorConnect{interfaces_, std::move(database)},
            handle_.timeout(),
            token);
    }
    /// void(error_code, OvsPortEvent)
    template <class Token = boost::asio::deferred_t>
    auto async_next(Token&& token = {}) {
        return handle_.initiate<void(error_code, OvsPortEvent)>(
            detail::AsyncMonitorNext{interfaces_}, std::chrono::milliseconds::max(), token);
    }

    /// What is under way fails with ECANCELED, and so does what comes later.
    void close() noexcept { handle_.close(); }

private:
    detail::OvsdbHandle handle_;
    std::shared_ptr<detail::OvsInterfaces> interfaces_;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/async_monitor.ipp>
#endif
