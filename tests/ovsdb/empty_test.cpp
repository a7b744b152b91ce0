// SPDX-License-Identifier: BSL-1.0
// Clients that are empty, arguments that are nonsense: an error_code and never an exception, an
// Error and never a crash.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/ovsdb_server.hpp"
#include "support/patience.hpp"
#include <vethpp/ovsdb/async_client.hpp>
#include <vethpp/ovsdb/client.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp::ovsdb;
using namespace vethpp_test;

// Every function of a client that can fail.
const std::map<std::string, std::function<void(Client&, OnError)>>& calls() {
    static const std::map<std::string, std::function<void(Client&, OnError)>> all{
        {"call", [](Client& c, OnError e) { c.call("x", {}, e); }},
        {"transact", [](Client& c, OnError e) { c.transact(Transaction{}, e); }},
        {"list_databases", [](Client& c, OnError e) { (void)c.list_databases(e); }},
        {"get_schema", [](Client& c, OnError e) { (void)c.get_schema("x", e); }},
        {"monitor_cond", [](Client& c, OnError e) { c.monitor_cond("m", {}, "x", e); }},
        {"monitor_cancel", [](Client& c, OnError e) { c.monitor_cancel("m", e); }},
        {"next_notification", [](Client& c, OnError e) { c.next_notification(1s, e); }},
        {"echo", [](Client& c, OnError e) { c.echo(e); }}};
    return all;
}

ScriptedServer silent_server() {
    return ScriptedServer{[](Peer& peer) {
        while (peer.expect()) {
        }
    }};
}

}  // namespace

TEST_CASE("ovsdb empty: a client that was moved from, or never connected") {
    ScriptedServer server = silent_server();
    Client client{server.address()};
    CHECK(client);
    Client moved = std::move(client);
    CHECK(moved.is_connected());
    error_code ec;
    Client refused{"unix:/nonexistent/socket", {}, ec};
    CHECK(ec == boost::system::errc::no_such_file_or_directory);
    for (Client* empty : {&client, &refused}) {
        CHECK_FALSE(*empty);
        CHECK_FALSE(empty->is_connected());
        for (const auto& [name, call] : calls()) {
            INFO(name);
            const Error error = failure_of([&](OnError on_error) { call(*empty, on_error); });
            CHECK(error.code() == errc::empty_object);
            CHECK_THAT(error.what(), contains(": the object is empty"));
        }
    }
    client = std::move(moved);
    CHECK(client.is_connected());
    CHECK_FALSE(moved);
    client = std::move(moved);
    CHECK_FALSE(client);
    CHECK(server.finish().empty());
}

TEST_CASE("ovsdb empty: given a failure, a client does nothing") {
    ScriptedServer server = silent_server();
    {
        Client client{server.address()};
        const Deadline deadline{long_enough};
        Failure failure;
        failure.fail(errc::invalid_name, "the first");
        const Client none{server.address(), {}, deadline, failure};
        CHECK_FALSE(none);
        Transaction transaction;
        transaction.abort();
        CHECK(client.call("x", {}, deadline, failure).is_null());
        CHECK(client.transact(transaction, deadline, failure).empty());
        CHECK(client.monitor_cond("m", {}, "x", deadline, failure).empty());
        CHECK_FALSE(client.next_notification(deadline, failure));
        CHECK(failure.code == errc::invalid_name);
        CHECK(failure.context.hint == "the first");
        CHECK(failure.context.object.empty());
    }
    CHECK(server.finish().empty());
}

TEST_CASE("ovsdb empty: addresses that are none") {
    using namespace std::string_literals;
    for (const std::string& bad : {""s,
                                   "nonsense"s,
                                   "unix:/a\0b"s,
                                   "tcp:127.0.0.1\0x:1"s,
                                   "tcp:[::1\0]:1"s,
                                   "tcp:\xff:1"s,
                                   "tcp::"s,
                                   "tcp:[]:1"s,
                                   "unix:" + std::string(100000, 'x')}) {
        const Error error = failure_of([&](OnError on_error) { (void)Client{bad, {}, on_error}; });
        CHECK(error.code() == errc::invalid_address);
        boost::asio::io_context io;
        AsyncClient client{io.get_executor()};
        error_code ended;
        client.async_connect(bad, [&](error_code ec) { ended = ec; });
        io.run();
        CHECK(ended == errc::invalid_address);
    }
}

TEST_CASE("ovsdb empty: a timeout may be anything") {
    const auto longest = GENERATE(std::chrono::milliseconds::max(),
                                  std::chrono::milliseconds{std::chrono::hours{24 * 365 * 300}});
    ScriptedServer server{[](Peer& peer) {
        peer.expect();
        peer.say(R"({"id":1,"result":7,"error":null})");
        peer.say(R"({"method":"update2","id":null,"params":[]})");
        peer.expect();
        peer.say(R"({"id":2,"result":8,"error":null})");
    }};
    Client client{server.address(), {.timeout = longest}};
    CHECK(client.call("a", {}) == 7);
    CHECK(client.next_notification(longest)->method == "update2");
    CHECK(client.call("b", {}) == 8);

    const auto none = GENERATE(std::chrono::milliseconds::min(), std::chrono::milliseconds{-1});
    ScriptedServer other = silent_server();
    Client at_once{other.address(), {.timeout = none}};  // a UNIX socket connects at once
    CHECK(failure_of([&](OnError on_error) { at_once.echo(on_error); }).code() ==
          boost::system::errc::timed_out);
}

TEST_CASE("ovsdb empty: an asynchronous client that was moved from keeps its executor") {
    ScriptedServer server{[](Peer& peer) {
        peer.expect();
        peer.say(R"({"id":1,"result":7,"error":null})");
        peer.expect();
    }};
    boost::asio::io_context io;
    AsyncClient client{io.get_executor(), {.timeout = std::chrono::milliseconds::max()}};
    CHECK(client);
    AsyncClient moved = std::move(client);
    CHECK_FALSE(client);
    CHECK(client.get_executor() == io.get_executor());
    std::vector<error_code> ends;
    const auto end = [&](error_code ec, const auto&...) { ends.push_back(ec); };
    client.async_connect(server.address(), end);
    client.async_call("x", {}, end);
    client.async_transact(Transaction{}, end);
    client.async_next_notification(end);
    client.close();
    CHECK(ends.empty());
    io.run();
    CHECK(ends == std::vector<error_code>(4, make_error_code(errc::empty_object)));

    json::value result;
    moved.async_connect(server.address(), [&](error_code ec) {
        CHECK_FALSE(ec.failed());
        moved.async_call("y", {}, [&](error_code failed, const json::value& value) {
            CHECK_FALSE(failed.failed());
            result = value;
            client = std::move(moved);
            client.close();
        });
    });
    io.restart();
    io.run();
    CHECK(result == 7);
    CHECK(client);
    CHECK_FALSE(moved);
}
