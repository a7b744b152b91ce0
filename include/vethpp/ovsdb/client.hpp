// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/text.hpp>
#include <vethpp/ovsdb/exchange.hpp>
#include <vethpp/ovsdb/stream.hpp>
#include <vethpp/ovsdb/transaction.hpp>
#include <vethpp/value/error.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vethpp::ovsdb {

struct ClientOptions {
    std::chrono::milliseconds timeout{5000};              ///< of connecting, and of each call
    std::size_t message_limit = Exchange::default_limit;  ///< of what is received, in bytes
};

/// A blocking client of an OVSDB server (RFC 7047), such as that of Open vSwitch.
///
/// **Blocking.** Each call waits for its reply, at most as long as the timeout says (ETIMEDOUT).
/// **Threads.** One thread at a time.
/// **Errors.** errc::ovsdb_refused with the server's words; errc::ovsdb_malformed; ECONNRESET if
/// the server went; EMSGSIZE for a message over the limit. After an error of the connection every
/// call fails with ENOTCONN: make a new client.
class Client {
public:
    using Clock = std::chrono::steady_clock;

    explicit Client(const std::string& address = default_address,
                    ClientOptions options = {},
                    OnError on_error = {})
        : options_{options}, exchange_{options.message_limit} {
        Failure failure;
        connect(address, failure);
        on_error(std::move(failure));
    }
    // In two steps, for those who pass failures on.
    Client(const std::string& address, ClientOptions options, Failure& failure)
        : options_{options}, exchange_{options.message_limit} {
        connect(address, failure);
    }

    /// Calls any method and returns its result.
    json::value call(std::string_view method, json::array parameters, OnError on_error = {}) {
        Failure failure;
        json::value result = call(method, std::move(parameters), deadline(), failure);
        on_error(std::move(failure));
        return result;
    }
    json::value call(std::string_view method,
                     json::array parameters,
                     Clock::time_point until,
                     Failure& failure) {
        const Exchange::Id id = exchange_.call(method, std::move(parameters));
        std::optional<Reply> reply;
        while (!failure && !(reply = exchange_.take_reply(id))) step(until, failure);
        if (failure) {
            if (failure.code == boost::system::errc::timed_out) give_up(id);
        } else if (!reply->error.is_null()) {
            failure.fail(errc::ovsdb_refused, words(reply->error));
        }
        if (failure) describe(failure, detail::concat({"call ", method}));
        return reply && !failure ? std::move(reply->result) : json::value{};
    }

    /// Carries out a transaction and returns the results of its operations.
    json::array transact(const Transaction& transaction, OnError on_error = {}) {
        Failure failure;
        json::array results = transact(transaction, deadline(), failure);
        on_error(std::move(failure));
        return results;
    }
    /// Also tells which operation failed.
    json::array transact(const Transaction& transaction,
                         Clock::time_point until,
                         Failure& failure,
                         OperationError* refused = nullptr) {
        json::value result = call("transact", transaction.parameters(), until, failure);
        if (failure) return {};
        json::array* results = result.if_array();
        if (results == nullptr || results->size() < transaction.size()) {
            // A server that stops early sends null for the rest, so there is no shorter list.
            failure.fail(errc::ovsdb_malformed, "the results are not those of the operations");
        } else if (std::optional<OperationError> error = error_in(*results)) {
            failure.fail(errc::ovsdb_refused,
                         detail::concat({transaction.describe(error->index),
                                         ": ",
                                         error->error,
                                         error->details.empty() ? "" : ": ",
                                         error->details}));
            if (refused != nullptr) *refused = *std::move(error);
        }
        if (failure) describe(failure, "carry out the transaction");
        return failure ? json::array{} : std::move(*results);
    }

    [[nodiscard]] std::vector<std::string> list_databases(OnError on_error = {}) {
        Failure failure;
        const json::value result = call("list_dbs", {}, deadline(), failure);
        std::vector<std::string> names;
        if (const json::array* list = result.if_array())
            for (const json::value& name : *list) names.push_back(text(name));
        on_error(std::move(failure));
        return names;
    }
    [[nodiscard]] json::object get_schema(std::string_view database = "Open_vSwitch",
                                          OnError on_error = {}) {
        Failure failure;
        json::value result = call("get_schema", {json::string{database}}, deadline(), failure);
        if (!failure && !result.is_object()) failure.fail(errc::ovsdb_malformed, "the schema");
        on_error(Failure{failure});
        return failure ? json::object{} : std::move(result.get_object());
    }

    /// Follows tables: `requests` has a member for each table (RFC 7047, 4.1.5; monitor_cond with
    /// its "where" in ovsdb-server(7)). Returns the rows of now; changes come by
    /// next_notification() as "update2", with `id` as their first parameter.
    json::object monitor_cond(const json::value& id,
                              json::object requests,
                              std::string_view database = "Open_vSwitch",
                              OnError on_error = {}) {
        Failure failure;
        json::object rows = monitor_cond(id, std::move(requests), database, deadline(), failure);
        on_error(std::move(failure));
        return rows;
    }
    json::object monitor_cond(const json::value& id,
                              json::object requests,
                              std::string_view database,
                              Clock::time_point until,
                              Failure& failure) {
        json::value result =
            call("monitor_cond", {json::string{database}, id, std::move(requests)}, until, failure);
        if (!failure && !result.is_object()) failure.fail(errc::ovsdb_malformed, "the rows");
        return failure ? json::object{} : std::move(result.get_object());
    }
    void monitor_cancel(const json::value& id, OnError on_error = {}) {
        call("monitor_cancel", {id}, on_error);
    }
    /// Waits for the next notification; nothing, if the deadline passes first (ETIMEDOUT).
    std::optional<Notification> next_notification(Clock::time_point until, Failure& failure) {
        std::optional<Notification> next;
        while (!failure && !(next = exchange_.take_notification())) step(until, failure);
        if (failure) describe(failure, "wait for the database");
        return next;
    }
    std::optional<Notification> next_notification(std::chrono::milliseconds timeout,
                                                  OnError on_error = {}) {
        Failure failure;
        auto next = next_notification(Clock::now() + timeout, failure);
        on_error(std::move(failure));
        return next;
    }

    /// Asks whether the server still answers.
    void echo(OnError on_error = {}) { call("echo", {"vethpp"}, on_error); }

    [[nodiscard]] Clock::time_point deadline() const { return Clock::now() + options_.timeout; }
    [[nodiscard]] bool is_connected() const noexcept { return stream_.native_handle() >= 0; }

private:
    void connect(const std::string& text, Failure& failure) {
        address_ = text;
        const Address address{text, failure};
        error_code ec;
        if (!failure) {
            stream_ = Stream{address, deadline(), ec};
            failure.fail(ec);
        }
        if (!failure) return;
        if (ec == boost::system::errc::no_such_file_or_directory)
            failure.context.hint = "no Open vSwitch listens there";
        stream_.close();
        describe(failure, "connect to the OVSDB server");
    }

    // One piece of I/O: what is to be sent first, then what is to be received.
    void step(Clock::time_point until, Failure& failure) {
        error_code ec;
        if (!is_connected()) {
            ec = {ENOTCONN, boost::system::system_category()};
            failure.context.hint = lost_;
        } else if (const std::string_view output = exchange_.output(); !output.empty()) {
            exchange_.written(stream_.write(output, until, ec));
        } else {
            const std::size_t got = stream_.read(buffer_, until, ec);
            if (!ec) exchange_.received({buffer_.data(), got}, ec);
        }
        failure.fail(ec);
        if (!ec || ec == boost::system::errc::timed_out || !is_connected()) return;
        lost_ = detail::concat({"the connection is lost: ", ec.message()});
        stream_.close();
    }

    // The server should not go on with what nobody waits for.
    void give_up(Exchange::Id id) {
        exchange_.cancel(id);
        Failure ignored;
        while (!ignored && !exchange_.output().empty()) step(Clock::now(), ignored);
    }

    void describe(Failure& failure, std::string operation) const {
        if (failure.context.operation.empty()) failure.context.operation = std::move(operation);
        if (failure.context.object.empty()) failure.context.object = address_;
        if (failure.code == boost::system::errc::connection_reset && failure.context.hint.empty())
            failure.context.hint = "the server closed the connection";
    }

    static std::string words(const json::value& error) {
        if (const json::object* object = error.if_object())
            return detail::concat({text(column(*object, "error")),
                                   object->contains("details") ? ": " : "",
                                   text(column(*object, "details"))});
        return error.is_string() ? text(error) : json::serialize(error);
    }

    ClientOptions options_;
    std::string address_{};
    Stream stream_{};
    std::string lost_{};  // why there is no connection any more
    Exchange exchange_;
    std::array<char, 16384> buffer_{};
};

}  // namespace vethpp::ovsdb
