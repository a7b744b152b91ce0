// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/process.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ovsdb/call.hpp>
#include <vethpp/ovsdb/client.hpp>
#include <vethpp/ovsdb/stream.hpp>
#include <vethpp/value/attempt.hpp>

#include <array>
#include <cerrno>
#include <utility>

namespace vethpp::ovsdb {

struct Client::Connection {
    std::string address;
    Exchange exchange;
    detail::Birthplace birthplace{};
    Stream stream{};
    error_code lost{};  // why there is no connection any more
    std::array<char, 16384> buffer{};

    Connection(std::string text, const ClientOptions& options)
        : address{std::move(text)}, exchange{options} {}

    void lose(error_code ec) noexcept {
        lost = ec;
        stream.close();
    }

    // One piece of I/O: what is to be sent first, then what is to be received.
    error_code step(Deadline deadline) {
        error_code ec;
        if (const std::string_view output = exchange.output(); !output.empty()) {
            exchange.written(stream.write(output, deadline, ec));
        } else {
            const std::size_t got = stream.read(buffer, deadline, ec);
            if (!ec) exchange.received({buffer.data(), got}, ec);
        }
        if (ec && ec != boost::system::errc::timed_out) lose(ec);
        return ec;
    }

    // Until it is done. What has come by the deadline counts; a flood must not outlast it.
    template <class What>
    error_code wait_for(What& what, Deadline deadline) {
        error_code waited;
        if (stream)
            what.start(exchange);
        else
            waited = {ENOTCONN, boost::system::system_category()};
        constexpr int enough = 64;
        for (int late = 0; !what.resume(exchange, waited);) {
            waited = step(deadline);
            if (!waited && deadline.has_passed() && ++late > enough)
                waited = {ETIMEDOUT, boost::system::system_category()};
        }
        // The server should not go on with what nobody waits for; but it is not waited for, either.
        const Deadline now{std::chrono::milliseconds::zero()};
        if (waited == boost::system::errc::timed_out)
            while (stream && !exchange.output().empty() && !step(now)) {
            }
        return what.code();
    }

    template <class What>
    void drive(What& what, Deadline deadline, Failure& failure) {
        if (!birthplace.is_here()) {
            lose(make_error_code(errc::used_after_fork));
            return failure.fail(errc::used_after_fork);
        }
        error_code ec;
        try {
            ec = wait_for(what, deadline);
        } catch (...) {
            // Half a message may have been taken.
            lose({ENOMEM, boost::system::system_category()});
            throw;
        }
        failure.fail(ec);
        if (ec == boost::system::errc::connection_reset)
            failure.context.hint = "the server closed the connection";
        if (ec == boost::system::errc::no_buffer_space)
            failure.context.hint = "notifications came faster than they were taken";
        if (ec == boost::system::errc::not_connected)
            failure.context.hint = detail::concat({"the connection is lost: ", lost.message()});
        // What the connection cannot do is the address's; the rest is that of who asks.
        if (ec && ec != errc::ovsdb_refused && ec != boost::system::errc::timed_out)
            failure.context.object = address;
    }
};

VETHPP_INLINE Client::Client(const std::string& address, ClientOptions options, OnError on_error)
    : options_{options} {
    detail::attempt({"connect to the OVSDB server", address}, on_error, [&](Failure& failure) {
        connect(address, deadline(), failure);
    });
}

VETHPP_INLINE Client::Client(const std::string& address,
                             ClientOptions options,
                             Deadline deadline,
                             Failure& failure)
    : options_{options} {
    connect(address, deadline, failure);
}

VETHPP_INLINE Client::Client(Client&&) noexcept = default;
VETHPP_INLINE Client& Client::operator=(Client&&) noexcept = default;
VETHPP_INLINE Client::~Client() = default;

VETHPP_INLINE void Client::connect(const std::string& address,
                                   Deadline deadline,
                                   Failure& failure) {
    if (failure) return;
    const Address parsed{address, failure};
    if (!failure) {
        auto connection = std::make_unique<Connection>(address, options_);
        error_code ec;
        connection->stream = Stream{parsed, deadline, ec};
        if (ec == boost::system::errc::no_such_file_or_directory)
            failure.fail(ec, "no Open vSwitch listens there");
        if (ec == boost::system::errc::timed_out)
            failure.fail(ec, "the server accepts no connection; it may be stopped, or busy");
        failure.fail(ec);
        if (!failure) connection_ = std::move(connection);
    }
    if (failure) failure.context.object = address;
}

VETHPP_INLINE bool Client::is_connected() const noexcept {
    return connection_ != nullptr && connection_->stream && connection_->birthplace.is_here();
}

VETHPP_INLINE void Client::close() noexcept {
    if (connection_ != nullptr) connection_->lose({ECANCELED, boost::system::system_category()});
}

VETHPP_INLINE std::string_view Client::address() const noexcept {
    return connection_ != nullptr ? std::string_view{connection_->address} : std::string_view{};
}

VETHPP_INLINE json::value Client::call(std::string_view method,
                                       json::array parameters,
                                       Deadline deadline,
                                       Failure& failure) {
    if (connection_ == nullptr) failure.fail(errc::empty_object);
    if (deadline.has_passed()) failure.fail_errno(ETIMEDOUT, "no time is left for it");
    if (failure) return {};
    Call call{method, std::move(parameters)};
    connection_->drive(call, deadline, failure);
    if (failure.code == errc::ovsdb_refused) failure.explain(refusal_text(call.value()));
    return failure ? json::value{} : std::move(call.value());
}

VETHPP_INLINE json::value Client::call(std::string_view method,
                                       json::array parameters,
                                       OnError on_error) {
    const std::string operation = detail::concat({"call ", method});
    return detail::attempt({operation.c_str(), address()}, on_error, [&](Failure& failure) {
        return call(method, std::move(parameters), deadline(), failure);
    });
}

VETHPP_INLINE json::array Client::transact(const Transaction& transaction,
                                           Deadline deadline,
                                           Failure& failure,
                                           OperationError* refused) {
    if (failure) return {};
    json::value result = call("transact", transaction.parameters(), deadline, failure);
    if (failure) return {};
    json::array* results = result.if_array();
    if (results == nullptr || results->size() < transaction.size()) {
        // A server that stops early sends null for the rest, so there is no shorter list.
        failure.fail(errc::ovsdb_malformed, "the results are not those of the operations");
        return {};
    }
    if (std::optional<OperationError> error = error_in(*results)) {
        failure.fail(
            errc::ovsdb_refused,
            detail::concat({transaction.describe(error->index), ": ", error->to_string()}));
        if (refused != nullptr) *refused = *std::move(error);
        return {};
    }
    return std::move(*results);
}

VETHPP_INLINE json::array Client::transact(const Transaction& transaction, OnError on_error) {
    return detail::attempt(
        {"carry out the transaction", address()}, on_error, [&](Failure& failure) {
            return transact(transaction, deadline(), failure);
        });
}

VETHPP_INLINE std::vector<std::string> Client::list_databases(OnError on_error) {
    return detail::attempt({"call list_dbs", address()}, on_error, [&](Failure& failure) {
        std::vector<std::string> names;
        const json::value result = call("list_dbs", {}, deadline(), failure);
        if (const json::array* list = result.if_array())
            for (const json::value& name : *list) names.push_back(text(name));
        else
            failure.fail(errc::ovsdb_malformed, "the list of databases");
        return names;
    });
}

VETHPP_INLINE json::object Client::get_schema(std::string_view database, OnError on_error) {
    return detail::attempt({"call get_schema", address()}, on_error, [&](Failure& failure) {
        json::value result = call("get_schema", {json::string{database}}, deadline(), failure);
        json::object* schema = result.if_object();
        if (schema == nullptr) failure.fail(errc::ovsdb_malformed, "the schema");
        return failure ? json::object{} : std::move(*schema);
    });
}

VETHPP_INLINE json::object Client::monitor_cond(const json::value& id,
                                                json::object requests,
                                                std::string_view database,
                                                Deadline deadline,
                                                Failure& failure) {
    if (failure) return {};
    json::value result =
        call("monitor_cond", {json::string{database}, id, std::move(requests)}, deadline, failure);
    json::object* rows = result.if_object();
    if (rows == nullptr) failure.fail(errc::ovsdb_malformed, "the rows");
    return failure ? json::object{} : std::move(*rows);
}

VETHPP_INLINE json::object Client::monitor_cond(const json::value& id,
                                                json::object requests,
                                                std::string_view database,
                                                OnError on_error) {
    return detail::attempt({"call monitor_cond", address()}, on_error, [&](Failure& failure) {
        return monitor_cond(id, std::move(requests), database, deadline(), failure);
    });
}

VETHPP_INLINE void Client::monitor_cancel(const json::value& id, OnError on_error) {
    call("monitor_cancel", {id}, on_error);
}

VETHPP_INLINE std::optional<Notification> Client::next_notification(Deadline deadline,
                                                                    Failure& failure) {
    if (connection_ == nullptr) failure.fail(errc::empty_object);
    if (failure) return std::nullopt;
    Next next;
    connection_->drive(next, deadline, failure);
    if (failure) return std::nullopt;
    return std::move(next.value());
}

VETHPP_INLINE std::optional<Notification> Client::next_notification(Deadline deadline,
                                                                    OnError on_error) {
    return detail::attempt({"wait for the database", address()}, on_error, [&](Failure& failure) {
        return next_notification(deadline, failure);
    });
}

VETHPP_INLINE void Client::echo(OnError on_error) { call("echo", {"vethpp"}, on_error); }

}  // namespace vethpp::ovsdb
