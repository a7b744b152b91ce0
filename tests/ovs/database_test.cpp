// SPDX-License-Identifier: BSL-1.0
// Every operation of OVSDB against a live server.
#include "support/catch.hpp"
#include "support/netns_watch.hpp"
#include "support/ovs.hpp"
#include "support/patience.hpp"
#include <vethpp/ovs/monitor.hpp>
#include <vethpp/ovsdb/async_client.hpp>
#include <vethpp/ovsdb/stream.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp::ovsdb;
using namespace vethpp_test;

// A switch that is there for its database.
struct Database {
    Netns netns = Netns::create("fabric");
    OvsDaemon ovs = Switch::start(netns, vethpp::OvsDatapath::dummy);

    // Commands for ovsdb-server itself.
    [[nodiscard]] std::string control(const std::string& command) const {
        return output_of("ovs-appctl --timeout=60 -t " + ovs.directory() + "/ovsdb-server.*.ctl " +
                         command);
    }
};

const json::array everything{};

json::array named(const char* column, const char* value) { return {clause(column, "==", value)}; }

std::int64_t count(const json::value& result) {
    const json::object* object = result.if_object();
    return object != nullptr ? number(column(*object, "count")).value_or(-1) : -1;
}

// A transaction that nobody waits for to the end.
Transaction endless() {
    Transaction transaction;
    transaction.wait("Open_vSwitch", everything, {"cur_cfg"}, "==", {}, 1h);
    return transaction;
}

}  // namespace

TEST_CASE("ovsdb live: databases and schema", "[ovs]") {
    const Database db;
    Client client{db.ovs.database()};
    const auto databases = client.list_databases();
    CHECK(std::find(databases.begin(), databases.end(), "Open_vSwitch") != databases.end());
    const json::object schema = client.get_schema();
    CHECK(text(column(schema, "name")) == "Open_vSwitch");
    REQUIRE(column(schema, "tables").is_object());
    CHECK(column(schema, "tables").get_object().contains("Interface"));
    CHECK_THROWS_WITH(client.get_schema("nonsense"),
                      contains("call get_schema: " + db.ovs.database() +
                               ": refused by the OVSDB server (unknown database"));
    CHECK_THROWS_WITH(client.call("nonsense", {}), contains("(unknown method"));
    CHECK_NOTHROW(client.echo());
    // It is more than one wants to take.
    CHECK(serialize(schema).size() > 10'000);
    Client modest{db.ovs.database(), {.timeout = long_enough, .message_limit = 10'000}};
    CHECK_NOTHROW(modest.echo());
    error_code ec;
    (void)modest.get_schema("Open_vSwitch", ec);
    CHECK(ec == boost::system::errc::message_size);
    CHECK_FALSE(modest.is_connected());
}

TEST_CASE("ovsdb live: insert, select, update, mutate, delete, comment", "[ovs]") {
    const Database db;
    Client client{db.ovs.database()};
    Transaction create;
    create.insert("Queue",
                  {{"dscp", 8}, {"other_config", map({{"min-rate", "1"}, {"max-rate", "2"}})}},
                  "queue");
    create.insert(
        "QoS",
        {{"type", "linux-htb"},
         {"queues",
          json::array{"map", json::array{json::value(json::array{0, named_uuid("queue")})}}}});
    create.comment("made by a test");
    json::array results = client.transact(create);
    REQUIRE(results.size() == 3);
    const auto queue = uuids(column(results[0].get_object(), "uuid"));
    const auto qos = uuids(column(results[1].get_object(), "uuid"));
    REQUIRE(queue.size() == 1);
    REQUIRE(qos.size() == 1);
    CHECK(vsctl(db.ovs, "get qos " + qos[0] + " type queues") == "linux-htb\n{0=" + queue[0] + "}");
    CHECK(output_of("ovsdb-tool -mm show-log " + db.ovs.directory() + "/conf.db")
              .find("made by a test") != std::string::npos);

    const json::array where{clause("_uuid", "==", uuid(queue[0]))};
    Transaction change;
    change.update("Queue", where, {{"dscp", 16}});
    change.mutate("Queue",
                  where,
                  {clause("dscp", "+=", 2),
                   clause("other_config", "delete", set({"min-rate"})),
                   clause("other_config", "insert", map({{"burst", "3"}}))});
    change.select("Queue", where, {"dscp", "other_config"});
    change.update("Queue", {clause("dscp", ">", 60)}, {{"dscp", 0}});
    results = client.transact(change);
    CHECK(count(results[0]) == 1);
    CHECK(count(results[1]) == 1);
    const auto found = rows(results[2]);
    REQUIRE(found.size() == 1);
    CHECK(number(column(found[0], "dscp")) == 18);
    CHECK(text_map(column(found[0], "other_config")) == TextMap{{"burst", "3"}, {"max-rate", "2"}});
    CHECK(count(results[3]) == 0);
    CHECK(vsctl(db.ovs, "get queue " + queue[0] + " dscp") == "18");

    // Something refers to it: that shows at the commit.
    Transaction too_early;
    too_early.erase("Queue", where);
    CHECK_THROWS_WITH(client.transact(too_early),
                      contains("(the commit: referential integrity violation: "));
    Transaction clear;
    clear.erase("QoS", {clause("_uuid", "==", uuid(qos[0]))});
    clear.erase("Queue", where);
    results = client.transact(clear);
    CHECK(count(results[0]) == 1);
    CHECK(count(results[1]) == 1);
    CHECK(vsctl(db.ovs, "list queue").empty());
}

TEST_CASE("ovsdb live: wait, abort, and what is refused takes all with it", "[ovs]") {
    const Database db;
    Client client{db.ovs.database()};
    const auto refusal = [&](const std::function<void(Transaction&)>& add) {
        Transaction transaction;
        transaction.insert("Queue", {{"dscp", 8}});
        add(transaction);
        vethpp::Failure failure;
        OperationError refused;
        client.transact(transaction, client.deadline(), failure, &refused);
        CHECK(failure.code == errc::ovsdb_refused);
        CHECK(refused.index == 1);
        CHECK(vsctl(db.ovs, "list queue").empty());
        return failure.context.hint;
    };
    CHECK_THAT(refusal([](Transaction& t) { t.abort(); }), contains("abort: aborted"));
    CHECK_THAT(refusal([](Transaction& t) { t.insert("Nonsense", {}); }),
               contains("insert into Nonsense: ") && contains("No table named Nonsense"));
    CHECK_THAT(refusal([](Transaction& t) {
                   t.update("Queue", everything, {{"dscp", 64}});
               }),
               contains("update of Queue: constraint violation: ") && contains("64"));
    CHECK_THAT(refusal([](Transaction& t) { t.select("Queue", named("dscp", "text")); }),
               contains("select of Queue: ") && contains("syntax error"));
    CHECK_THAT(refusal([](Transaction& t) {
                   t.wait("Queue", {clause("dscp", "==", 9)}, {"dscp"}, "!=", {}, 20ms);
               }),
               contains("wait of Queue: timed out"));

    Transaction fulfilled;
    fulfilled.insert("Queue", {{"dscp", 9}});
    fulfilled.wait("Queue", everything, {"dscp"}, "==", {json::object{{"dscp", 9}}}, long_enough);
    CHECK(client.transact(fulfilled).size() == 2);

    // It is fulfilled by somebody else, later.
    boost::asio::io_context io;
    AsyncClient patient{io.get_executor(), {.timeout = long_enough}};
    Transaction wait;
    wait.wait("Queue", everything, {"dscp"}, "==", {json::object{{"dscp", 10}}}, long_enough);
    bool fulfilled_later = false;
    patient.async_connect(db.ovs.database(), [&](error_code ec) {
        REQUIRE_FALSE(ec.failed());
        patient.async_transact(wait, [&](error_code failed, const json::value& results) {
            REQUIRE_FALSE(failed.failed());
            REQUIRE(results.is_array());
            CHECK_FALSE(error_in(results.get_array()));
            fulfilled_later = true;
            patient.close();
        });
        // Behind the other: when it is answered, that one waits.
        patient.async_call("echo", {}, [&](error_code failed, const json::value&) {
            CHECK_FALSE(failed.failed());
            CHECK_FALSE(fulfilled_later);
            Transaction change;
            change.update("Queue", everything, {{"dscp", 10}});
            client.transact(change);
        });
    });
    io.run();
    CHECK(fulfilled_later);
}

TEST_CASE("ovsdb live: a call that is given up does no harm to the next", "[ovs]") {
    const Database db;
    SECTION("by its timeout") {
        Client client{db.ovs.database(), {.timeout = 100ms}};
        error_code ec;
        client.transact(endless(), ec);
        CHECK(ec == boost::system::errc::timed_out);
        vethpp::Failure failure;
        CHECK(client.call("echo", {"x"}, long_enough, failure) == json::array{"x"});
        CHECK_FALSE(failure);
    }
    SECTION("by its cancellation") {
        boost::asio::io_context io;
        AsyncClient client{io.get_executor(), {.timeout = long_enough}};
        boost::asio::cancellation_signal signal;
        std::vector<std::string> seen;
        client.async_connect(db.ovs.database(), [&](error_code ec) {
            REQUIRE_FALSE(ec.failed());
            client.async_transact(
                endless(),
                boost::asio::bind_cancellation_slot(
                    signal.slot(), [&](error_code failed, const json::value&) {
                        CHECK(failed == boost::asio::error::operation_aborted);
                        seen.emplace_back("given up");
                        client.async_call(
                            "echo", {"x"}, [&](error_code ec2, const json::value& result) {
                                CHECK_FALSE(ec2.failed());
                                seen.push_back(serialize(result));
                                client.close();
                            });
                    }));
            client.async_call("echo", {}, [&](error_code failed, const json::value&) {
                CHECK_FALSE(failed.failed());
                CHECK_THAT(db.control("memory/show"), contains("triggers:1"));
                signal.emit(boost::asio::cancellation_type::terminal);
            });
        });
        io.run();
        CHECK(seen == std::vector<std::string>{"given up", "[\"x\"]"});
    }
    // The server waits for nothing any more.
    CHECK_THAT(db.control("memory/show"), !contains("triggers:"));
}

TEST_CASE("ovsdb live: a monitor with a condition, until it is cancelled", "[ovs]") {
    const Database db;
    Client client{db.ovs.database()};
    Client other{db.ovs.database()};
    const auto insert = [&](int dscp) {
        Transaction transaction;
        transaction.insert("Queue", {{"dscp", dscp}});
        other.transact(transaction);
    };
    insert(1);
    insert(2);
    const json::object request{{"columns", json::array{"dscp"}},
                               {"where", json::array{clause("dscp", "==", 2)}}};
    const json::object requests{{"Queue", json::array{request}}};
    const json::object first = client.monitor_cond("m", requests);
    REQUIRE(column(first, "Queue").is_object());
    REQUIRE(column(first, "Queue").get_object().size() == 1);
    CHECK_THAT(serialize(first), contains(R"({"initial":{"dscp":2}})"));
    CHECK_THROWS_WITH(client.monitor_cond("m", requests), contains("duplicate monitor ID"));
    CHECK_THROWS_WITH(client.monitor_cond("n", {{"Nonsense", json::array{json::object{}}}}),
                      contains("call monitor_cond: ") && contains("no table named Nonsense"));

    insert(3);
    insert(2);
    const auto update = client.next_notification(long_enough);
    REQUIRE(update);
    CHECK(update->method == "update2");
    REQUIRE(update->parameters.size() == 2);
    CHECK(update->parameters[0] == "m");
    CHECK_THAT(serialize(update->parameters[1]), contains(R"({"insert":{"dscp":2}})"));
    Transaction leave;
    leave.update("Queue", {clause("dscp", "==", 2)}, {{"dscp", 4}});
    other.transact(leave);
    const auto gone = client.next_notification(long_enough);
    REQUIRE(gone);
    CHECK_THAT(serialize(gone->parameters[1]), contains(R"({"delete":null})"));

    client.monitor_cancel("m");
    insert(2);
    client.echo();
    error_code ec;
    CHECK_FALSE(client.next_notification(0ms, ec));
    CHECK(ec == boost::system::errc::timed_out);
    CHECK_THROWS_WITH(client.monitor_cancel("m"), contains("unknown monitor"));
}

TEST_CASE("ovsdb live: TCP, and a server that asks whether one is there", "[ovs]") {
    const Database db;
    const auto add = [&](const std::string& remote) {
        CHECK(db.control("ovsdb-server/add-remote " + remote).empty());
    };
    const auto within = [&](auto&& f) { return db.netns.run(std::forward<decltype(f)>(f)); };
    add("ptcp:6640:127.0.0.1");
    add("ptcp:6641:[::1]");
    within([&] {
        for (const char* address : {"tcp:127.0.0.1:6640", "tcp:[::1]:6641"}) {
            Client client{address};
            CHECK_FALSE(client.get_schema().empty());
            vethpp::OvsBridge br0{{.database = address,
                                   .name = "br0",
                                   .datapath_type = db.ovs.datapath_type(),
                                   .timeout = long_enough}};
            CHECK(br0.add_internal_port("i0").ofport > 0);
            CHECK(br0.ports().size() == 1);
        }
        boost::asio::io_context io;
        AsyncClient client{io.get_executor(), {.timeout = long_enough}};
        json::value result;
        client.async_connect("tcp:127.0.0.1:6640", [&](error_code ec) {
            REQUIRE_FALSE(ec.failed());
            client.async_call("list_dbs", {}, [&](error_code failed, const json::value& names) {
                CHECK_FALSE(failed.failed());
                result = names;
                client.close();
            });
        });
        io.run();
        CHECK_THAT(serialize(result), contains("\"Open_vSwitch\""));
    });

    // It asks after 5 s of silence, and closes the connection after another 5. So long no machine
    // keeps the others from answering.
    Transaction configure;
    configure.insert(
        "Manager", {{"target", "ptcp:6642:127.0.0.1"}, {"inactivity_probe", 5000}}, "m");
    configure.mutate(
        "Open_vSwitch", everything, {clause("manager_options", "insert", set({named_uuid("m")}))});
    Client{db.ovs.database()}.transact(configure);
    add("db:Open_vSwitch,Open_vSwitch,manager_options");
    within([&] {
        const std::string address = "tcp:127.0.0.1:6642";
        REQUIRE(comes_true([&] {
            error_code ec;
            return Client{address, {}, vethpp::OnError{ec}}.is_connected();
        }));
        Client client{address};
        boost::asio::io_context io;
        AsyncClient async{io.get_executor(), {.timeout = long_enough}};
        async.async_connect(address, [](error_code ec) { REQUIRE_FALSE(ec.failed()); });
        io.run_one();

        error_code ec;
        const Stream silent{[&] {
                                vethpp::Failure failure;
                                return Address{address, failure};
                            }(),
                            long_enough,
                            ec};
        REQUIRE_FALSE(ec.failed());
        std::string heard;
        std::vector<char> buffer(1000);
        // The others live while this one, which answers nothing, is asked and thrown out.
        while (!ec.failed()) {
            const std::size_t got = silent.read(buffer, 10ms, ec);
            heard.append(buffer.data(), got);
            if (ec == boost::system::errc::timed_out) ec = {};
            error_code quiet;
            CHECK_FALSE(client.next_notification(10ms, quiet));
            REQUIRE(quiet == boost::system::errc::timed_out);
            io.poll();
        }
        CHECK(ec == boost::system::errc::connection_reset);
        CHECK_THAT(heard, contains(R"("method":"echo")"));
        CHECK_NOTHROW(client.echo());
        bool answered = false;
        async.async_call("echo", {}, [&](error_code failed, const json::value&) {
            CHECK_FALSE(failed.failed());
            answered = true;
            async.close();
        });
        io.restart();
        io.run();
        CHECK(answered);
    });
}

TEST_CASE("ovsdb live: a server that dies in the middle", "[ovs]") {
    const Database db;
    const ::pid_t server = process_in(db.ovs.directory(), "ovsdb-server");
    REQUIRE(server != 0);
    boost::asio::io_context io;
    AsyncClient client{io.get_executor(), {.timeout = long_enough}};
    Client idle{db.ovs.database()};
    error_code ended;
    client.async_connect(db.ovs.database(), [&](error_code ec) {
        REQUIRE_FALSE(ec.failed());
        client.async_transact(endless(),
                              [&](error_code failed, const json::value&) { ended = failed; });
        client.async_call("echo", {}, [&](error_code failed, const json::value&) {
            CHECK_FALSE(failed.failed());
            ::kill(server, SIGKILL);
        });
    });
    io.run();
    CHECK(ended == boost::system::errc::connection_reset);
    REQUIRE(vethpp_test::is_refused(db.ovs.database()));
    CHECK_THROWS_WITH(idle.echo(),
                      "call echo: " + db.ovs.database() +
                          ": Connection reset by peer (the server closed the connection)");
    CHECK_THROWS_WITH(Client{db.ovs.database()}, contains("Connection refused"));
}

TEST_CASE("ovsdb live: nothing left", "[ovs]") {
    const Database db;
    const auto once = [&] {
        Client client{db.ovs.database(), {.timeout = 10ms}};
        error_code ec;
        client.transact(endless(), ec);
        boost::asio::io_context io;
        AsyncClient async{io.get_executor(), {.timeout = long_enough}};
        async.async_connect(db.ovs.database(), [&](error_code failed) {
            CHECK_FALSE(failed.failed());
            async.async_transact(endless(), [](error_code, const json::value&) {});
            io.stop();
        });
        io.run();
        vethpp::OvsMonitor monitor{db.ovs.database(), {.timeout = long_enough}};
        const vethpp::OvsBridge br0{{.database = db.ovs.database(),
                                     .name = "br0",
                                     .datapath_type = db.ovs.datapath_type(),
                                     .timeout = long_enough}};
        CHECK(monitor.next(long_enough).port.name == "br0");
        (void)Client{"unix:/nonexistent/socket", {}, vethpp::OnError{ec}};
    };
    once();
    const auto before = vethpp_test::Ledger::now();
    once();
    before.check_unchanged();
}
