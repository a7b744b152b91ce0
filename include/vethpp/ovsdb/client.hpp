// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/deadline.hpp>
#include <vethpp/ovsdb/exchange.hpp>
#include <vethpp/ovsdb/options.hpp>
#include <vethpp/ovsdb/transaction.hpp>
#include <vethpp/value/error.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp::ovsdb {

/// A blocking client of an OVSDB server (RFC 7047), such as that of Open vSwitch.
///
/// **Blocking.** Each call waits for its reply, at most as long as the timeout says (ETIMEDOUT).
/// Connecting to a server whose queue is full waits for a place in it, as long.
/// **Threads.** One thread at a time.
/// **Errors.** errc::ovsdb_refused with the server's words; errc::ovsdb_malformed; ECONNRESET if
/// the server went; EMSGSIZE and ENOBUFS for what is over a limit of the options. After an error of
/// the connection, or an exception out of the middle of a call, every call fails with ENOTCONN:
/// make a new client. errc::empty_object for one that was moved from, or never connected.
/// **fork.** A child's copy answers with errc::used_after_fork; the parent's goes on.
class Client {
public:
    explicit Client(const std::string& address = default_address,
                    ClientOptions options = {},
                    OnError on_error = {});
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();

    [[nodiscard]] explicit operator bool() const noexcept { return connection_ != nullptr; }
    [[nodiscard]] bool is_connected() const noexcept;
    /// Ends the connection; what has been received can still be taken.
    void close() noexcept;

    /// Calls any method and returns its result.
    json::value call(std::string_view method, json::array parameters, OnError on_error = {});

    /// Carries out a transaction and returns the results of its operations.
    json::array transact(const Transaction& transaction, OnError on_error = {});

    [[nodiscard]] std::vector<std::string> list_databases(OnError on_error = {});
    [[nodiscard]] json::object get_schema(std::string_view database = "Open_vSwitch",
                                          OnError on_error = {});

    /// Follows tables: `requests` has a member for each table (RFC 7047, 4.1.5; monitor_cond with
    /// its "where" in ovsdb-server(7)). Returns the rows of now; changes come by
    /// next_notification() as "update2", with `id` as their first parameter.
    json::object monitor_cond(const json::value& id,
                              json::object requests,
                              std::string_view database = "Open_vSwitch",
                              OnError on_error = {});
    void monitor_cancel(const json::value& id, OnError on_error = {});
    /// Waits for the next notification; nothing, if the deadline passes first (ETIMEDOUT).
    std::optional<Notification> next_notification(Deadline deadline, OnError on_error = {});

    /// Asks whether the server still answers.
    void echo(OnError on_error = {});

    // For those who make several calls under one deadline, and pass failures on.
    Client(const std::string& address, ClientOptions options, Deadline deadline, Failure& failure);
    json::value call(std::string_view method,
                     json::array parameters,
                     Deadline deadline,
                     Failure& failure);
    /// Also tells which operation failed.
    json::array transact(const Transaction& transaction,
                         Deadline deadline,
                         Failure& failure,
                         OperationError* refused = nullptr);
    json::object monitor_cond(const json::value& id,
                              json::object requests,
                              std::string_view database,
                              Deadline deadline,
                              Failure& failure);
    std::optional<Notification> next_notification(Deadline deadline, Failure& failure);
    /// That of a call that begins now.
    [[nodiscard]] Deadline deadline() const { return options_.timeout; }

private:
    struct Connection;

    void connect(const std::string& address, Deadline deadline, Failure& failure);
    [[nodiscard]] std::string_view address() const noexcept;

    ClientOptions options_;
    std::unique_ptr<Connection> connection_{};
};

}  // namespace vethpp::ovsdb

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovsdb/client.ipp>
#endif
