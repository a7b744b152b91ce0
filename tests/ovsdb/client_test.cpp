// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/ovsdb_server.hpp"
#include "support/patience.hpp"
#include <vethpp/netns.hpp>
#include <vethpp/ovsdb/address.hpp>
#include <vethpp/ovsdb/async_client.hpp>
#include <vethpp/ovsdb/client.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp::ovsdb;
using namespace vethpp_test;

constexpr ClientOptions soon{.timeout = 50ms};

// A reply to the request with that id.
std::string reply(int id, const std::string& result) {
    return R"({"id":)" + std::to_string(id) + R"(,"result":)" + result + R"(,"error":null})";
}

}  // namespace

TEST_CASE("ovsdb client: addresses") {
    const auto problem = [](const std::string& address) {
        vethpp::Failure failure;
        const Address parsed{address, failure};
        return failure.context.hint;
    };
    CHECK(problem("unix:/run/x.sock").empty());
    CHECK(problem("tcp:127.0.0.1:6640").empty());
    CHECK(problem("tcp:[::1]:6640").empty());
    CHECK(problem("tcp:[fe80::1%1]:65535").empty());
    for (const char* bad : {"tcp:localhost:1",
                            "tcp:127.0.0.1",
                            "tcp:127.0.0.1:",
                            "tcp:::1",
                            "tcp:127.0.0.1:0",
                            "tcp:127.0.0.1:65536",
                            "tcp:127.0.0.1:1x",
                            "tcp:127.0.0.1:99999999999999999999"})
        CHECK(problem(bad) == "expected tcp:ADDRESS:PORT, the address in digits");
    for (const char* bad : {"", "/run/x.sock", "unix:", "ssl:127.0.0.1:1", "ptcp:1"})
        CHECK(problem(bad) == "expected unix:PATH or tcp:ADDRESS:PORT, as in ovs-vsctl");
    CHECK(problem("unix:/" + std::string(107, 'x')) ==
          "the path of a UNIX socket has at most 107 bytes");
    CHECK(problem("unix:/" + std::string(106, 'x')).empty());
}

TEST_CASE("ovsdb client: nobody listens") {
    const vethpp_test::TemporaryDirectory directory;
    const std::string address = "unix:" + directory.path() + "/no.sock";
    CHECK_THROWS_WITH(Client(address),
                      "connect to the OVSDB server: " + address +
                          ": No such file or directory (no Open vSwitch listens there)");
    error_code ec;
    const Client client{address, {}, vethpp::OnError{ec}};
    CHECK(ec == boost::system::errc::no_such_file_or_directory);
    CHECK_FALSE(client.is_connected());
    const auto netns = vethpp::Netns::create("lab");
    CHECK_THROWS_WITH(netns.run([] { Client refused{"tcp:127.0.0.1:6640"}; }),
                      contains("tcp:127.0.0.1:6640: Connection refused"));
    CHECK_THROWS_WITH(netns.run([] { Client refused{"tcp:192.0.2.1:6640"}; }),
                      contains("Network is unreachable"));
}

TEST_CASE("ovsdb client: a server that takes connections and does not answer") {
    ScriptedServer server{[](Peer& peer) {
        while (peer.expect()) {
        }
    }};
    {
        Client client{server.address(), soon};
        error_code ec;
        client.echo(ec);
        CHECK(ec == boost::system::errc::timed_out);
        CHECK(client.is_connected());
        Transaction transaction;
        transaction.comment("a");
        client.transact(transaction, ec);
        CHECK(ec == boost::system::errc::timed_out);
        vethpp::Failure failure;
        CHECK_FALSE(client.next_notification(0ms, failure));
        CHECK(failure.code == boost::system::errc::timed_out);
    }
    // What nobody waits for any more is cancelled.
    const std::string& got = server.finish();
    CHECK(got.find(R"({"method":"cancel","params":[1],"id":null})") != got.npos);
    CHECK(got.find(R"({"method":"cancel","params":[2],"id":null})") != got.npos);
}

TEST_CASE("ovsdb client: a late reply is not taken for that of the next call") {
    ScriptedServer server{[](Peer& peer) {
        peer.expect();  // the first call
        peer.expect();  // its cancellation
        peer.expect();  // the second call
        peer.say(reply(1, "\"first\"") + reply(2, "\"second\""));
    }};
    Client client{server.address(), soon};
    error_code ec;
    client.call("a", {}, ec);
    CHECK(ec == boost::system::errc::timed_out);
    vethpp::Failure failure;
    CHECK(client.call("b", {}, long_enough, failure) == "second");
}

TEST_CASE("ovsdb client: a server that goes, at any byte of its reply") {
    const std::string whole = reply(1, R"(["Open_vSwitch"])");
    for (std::size_t size = 0; size < whole.size(); size += 5) {
        ScriptedServer server{[&](Peer& peer) {
            peer.expect();
            peer.say(whole.substr(0, size));
        }};
        Client client{server.address(), {.timeout = long_enough}};
        CHECK_THROWS_WITH(client.list_databases(),
                          "call list_dbs: " + server.address() +
                              ": Connection reset by peer (the server closed the connection)");
        CHECK_FALSE(client.is_connected());
        CHECK_THROWS_WITH(client.echo(),
                          "call echo: " + server.address() +
                              ": Transport endpoint is not connected (the connection is lost: "
                              "Connection reset by peer)");
    }
}

TEST_CASE("ovsdb client: garbage and oversize end the connection") {
    const bool large = GENERATE(false, true);
    ScriptedServer server{[&](Peer& peer) {
        peer.expect();
        peer.say(large ? reply(1, "\"" + std::string(3000, 'x') + "\"") : "SSH-2.0-OpenSSH\r\n");
        peer.expect();
    }};
    Client client{server.address(), {.timeout = long_enough, .message_limit = 1000}};
    error_code ec;
    client.echo(ec);
    CHECK(ec == (large ? error_code{EMSGSIZE, boost::system::system_category()}
                       : make_error_code(errc::ovsdb_malformed)));
    CHECK_FALSE(client.is_connected());
}

TEST_CASE("ovsdb client: what the server refuses") {
    ScriptedServer server{[](Peer& peer) {
        peer.expect();
        peer.say(R"({"id":1,"result":null,"error":"unknown method"})");
        peer.expect();
        peer.say(R"({"id":2,"result":null,"error":{"error":"unknown database","details":"x"}})");
        peer.expect();
        peer.say(reply(3, R"([{},{"error":"constraint violation","details":"why"},null])"));
        peer.expect();
        peer.say(reply(4, R"([{},{},{"error":"referential integrity violation"}])"));
        peer.expect();
        peer.say(reply(5, "[{}]"));
        peer.expect();
        peer.say(reply(6, "7"));
    }};
    Client client{server.address(), {.timeout = long_enough}};
    CHECK_THROWS_WITH(client.call("monitor_cond", {}),
                      contains("refused by the OVSDB server (unknown method)"));
    CHECK_THROWS_WITH(client.get_schema("nope"), contains("(unknown database: x)"));
    Transaction transaction;
    transaction.comment("a");
    transaction.insert("Port", {});
    CHECK_THROWS_WITH(client.transact(transaction),
                      contains("carry out the transaction: ") &&
                          contains("(insert into Port: constraint violation: why)"));
    CHECK_THROWS_WITH(client.transact(transaction),
                      contains("(the commit: referential integrity violation)"));
    CHECK_THROWS_WITH(client.transact(transaction), contains("malformed OVSDB message"));
    CHECK_THROWS_WITH(client.transact(transaction), contains("malformed OVSDB message"));
    CHECK(client.is_connected());
}

TEST_CASE("ovsdb client: a server that asks, and one that reports, in between") {
    ScriptedServer server{[](Peer& peer) {
        peer.expect();
        peer.say(R"({"method":"echo","id":"e","params":[]})");
        peer.expect();
        peer.say(R"({"method":"update2","id":null,"params":["m",{}]})" + reply(1, "{}"));
    }};
    Client client{server.address(), {.timeout = long_enough}};
    CHECK(client.monitor_cond("m", {}).empty());
    const auto update = client.next_notification(long_enough);
    REQUIRE(update);
    CHECK(update->method == "update2");
    CHECK(server.finish().find(R"({"id":"e","result":[],"error":null})") != std::string::npos);
}

TEST_CASE("ovsdb client: a flood of notifications does not outlast a deadline") {
    ScriptedServer server{[](Peer& peer) {
        peer.expect();
        const std::string update = R"({"method":"update2","id":null,"params":[]})";
        std::string many;
        for (int i = 0; i < 1000; ++i) many += update;
        while (peer.say(many)) {
        }
    }};
    Client client{server.address(), {.timeout = 100ms}};
    error_code ec;
    client.echo(ec);
    CHECK(ec == boost::system::errc::timed_out);
    CHECK(client.next_notification(0ms));
}

TEST_CASE("ovsdb client: what has come before the connection was lost is not lost") {
    ScriptedServer server{[](Peer& peer) {
        peer.expect();
        const std::string update = R"({"method":"update2","id":null,"params":[1]})";
        peer.say(update + update);
    }};
    Client client{server.address(), {.timeout = long_enough}};
    error_code ec;
    client.echo(ec);
    CHECK(ec == boost::system::errc::connection_reset);
    CHECK_FALSE(client.is_connected());
    CHECK(client);
    CHECK(client.next_notification(0ms));
    CHECK(client.next_notification(0ms));
    CHECK_THROWS_WITH(client.next_notification(0ms),
                      "wait for the database: " + server.address() +
                          ": Transport endpoint is not connected (the connection is lost: "
                          "Connection reset by peer)");
}

TEST_CASE("ovsdb client: what there is no time for is not sent") {
    ScriptedServer server{[](Peer& peer) {
        while (peer.expect()) {
        }
    }};
    {
        Client client{server.address(), {.timeout = long_enough}};
        vethpp::Failure failure;
        CHECK(client.call("drop_everything", {}, 0ms, failure).is_null());
        CHECK(failure.code == boost::system::errc::timed_out);
        CHECK(failure.context.hint == "no time is left for it");
    }
    CHECK(server.finish().empty());
}

TEST_CASE("ovsdb async client: calls at once, answered in another order") {
    ScriptedServer server{[](Peer& peer) {
        for (int i = 0; i < 3; ++i) peer.expect();
        peer.say(reply(3, "3") + R"({"method":"update2","id":null,"params":[]})");
        peer.say(R"({"method":"echo","id":"e","params":[]})" + reply(1, "1") +
                 R"({"id":2,"result":null,"error":"no"})");
        peer.expect();
    }};
    boost::asio::io_context io;
    AsyncClient client{io.get_executor(), {.timeout = long_enough}};
    std::vector<std::string> seen;
    bool initiating = false;
    client.async_connect(server.address(), [&](error_code ec) {
        REQUIRE_FALSE(ec.failed());
        initiating = true;
        for (int i = 1; i <= 3; ++i)
            client.async_call("m", {}, [&, i](error_code failed, const json::value& result) {
                CHECK_FALSE(initiating);
                CHECK(failed == (i == 2 ? make_error_code(errc::ovsdb_refused) : error_code{}));
                seen.push_back(std::to_string(i) + ": " + serialize(result));
                if (seen.size() == 4) client.close();
            });
        client.async_next_notification([&](error_code failed, const Notification& next) {
            CHECK_FALSE(failed.failed());
            seen.push_back(next.method);
            if (seen.size() == 4) client.close();
        });
        initiating = false;
    });
    io.run();
    std::sort(seen.begin(), seen.end());
    CHECK(seen == std::vector<std::string>{"1: 1", "2: \"no\"", "3: 3", "update2"});
}

TEST_CASE("ovsdb async client: what is under way when the server goes fails at once") {
    ScriptedServer server{[](Peer& peer) {
        peer.expect();
        peer.expect();
    }};
    boost::asio::io_context io;
    AsyncClient client{io.get_executor(), {.timeout = long_enough}};
    std::vector<error_code> ends;
    client.async_connect(server.address(), [&](error_code ec) {
        REQUIRE_FALSE(ec.failed());
        for (int i = 0; i < 2; ++i)
            client.async_call(
                "m", {}, [&](error_code failed, const json::value&) { ends.push_back(failed); });
        client.async_next_notification(
            [&](error_code failed, const Notification&) { ends.push_back(failed); });
    });
    io.run();
    REQUIRE(ends.size() == 3);
    for (const error_code& ec : ends) CHECK(ec == boost::system::errc::connection_reset);
    error_code later;
    client.async_call("m", {}, [&](error_code failed, const json::value&) { later = failed; });
    io.restart();
    io.run();
    CHECK(later == boost::system::errc::connection_reset);
}

TEST_CASE("ovsdb async client: a timeout, a cancellation, and the destructor") {
    ScriptedServer server{[](Peer& peer) {
        while (peer.expect()) {
        }
    }};
    boost::asio::io_context io;
    std::vector<error_code> ends;
    const auto end = [&](error_code failed, const auto&) { ends.push_back(failed); };
    boost::asio::cancellation_signal signal;
    {
        AsyncClient client{io.get_executor(), {.timeout = 20ms}};
        client.async_connect(server.address(), [&](error_code ec) {
            REQUIRE_FALSE(ec.failed());
            client.async_call("slow", {}, end);
            client.async_next_notification(boost::asio::bind_cancellation_slot(signal.slot(), end));
        });
        while (ends.empty()) io.run_one();
        CHECK(ends[0] == boost::system::errc::timed_out);
        signal.emit(boost::asio::cancellation_type::terminal);
        while (ends.size() < 2) io.run_one();
        CHECK(ends[1] == boost::asio::error::operation_aborted);
        client.async_next_notification(end);
        io.poll();
    }
    io.run();
    REQUIRE(ends.size() == 3);
    CHECK(ends[2] == boost::system::errc::operation_canceled);
    CHECK(server.finish().find("cancel") != std::string::npos);
}

TEST_CASE("ovsdb async client: connecting fails") {
    boost::asio::io_context io;
    AsyncClient client{io.get_executor()};
    error_code ec;
    SECTION("nobody listens") {
        client.async_connect("unix:/nonexistent/socket", [&](error_code failed) { ec = failed; });
        CHECK_FALSE(ec.failed());
        io.run();
        CHECK(ec == boost::system::errc::no_such_file_or_directory);
    }
    SECTION("a bad address") {
        client.async_connect("nonsense", [&](error_code failed) { ec = failed; });
        CHECK_FALSE(ec.failed());
        io.run();
        CHECK(ec == errc::invalid_address);
    }
}
