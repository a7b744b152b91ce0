// SPDX-License-Identifier: BSL-1.0
// Objects that are empty, options that are nonsense: an error_code and never an exception, an Error
// and never a crash.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/ovs.hpp"
#include "support/ovsdb_server.hpp"
#include <vethpp/ovs/async_monitor.hpp>
#include <vethpp/ovs/check.hpp>
#include <vethpp/ovs/leftovers.hpp>
#include <vethpp/ovs/lookup.hpp>
#include <vethpp/ovs/monitor.hpp>
#include <vethpp/ovs/port_watcher.hpp>
#include <vethpp/ovs/ports.hpp>
#include <vethpp/ovs/preparation.hpp>
#include <vethpp/ovs/programs.hpp>
#include <vethpp/ovs/removal.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace vethpp;
using namespace vethpp_test;

using Calls = std::map<std::string, std::function<void(OvsBridge&, OnError)>>;

// Every function of a bridge that can fail.
Calls calls() {
    return {{"add_port", [](OvsBridge& b, OnError e) { b.add_port(Link{}, {}, e); }},
            {"add_internal_port", [](OvsBridge& b, OnError e) { b.add_internal_port("i", {}, e); }},
            {"add_patch_port", [](OvsBridge& b, OnError e) { b.add_patch_port("i", "j", {}, e); }},
            {"add_tunnel", [](OvsBridge& b, OnError e) { b.add_tunnel("i", {}, {}, e); }},
            {"remove_port", [](OvsBridge& b, OnError e) { b.remove_port("i", e); }},
            {"ports", [](OvsBridge& b, OnError e) { (void)b.ports(e); }},
            {"port", [](OvsBridge& b, OnError e) { (void)b.port("i", e); }},
            {"remove", [](OvsBridge& b, OnError e) { b.remove(e); }}};
}

void check_empty(OvsBridge& bridge) {
    CHECK_FALSE(bridge);
    CHECK(bridge.name().empty());
    CHECK(bridge.database().empty());
    bridge.release();
    for (const auto& [name, call] : calls()) {
        INFO(name);
        const Error error = failure_of([&](OnError on_error) { call(bridge, on_error); });
        CHECK(error.code() == errc::empty_object);
        CHECK_THAT(error.what(), contains(": the object is empty"));
        CHECK(error.context().object.empty());
    }
}

const std::string not_utf8 = "a\xff";
const std::string with_nul = "a\0b"s;

}  // namespace

TEST_CASE("ovs empty: a bridge that was moved from, or could not be made", "[ovs]") {
    error_code ec;
    OvsBridge refused{{.database = "unix:/nonexistent/socket", .name = "br0"}, ec};
    CHECK(ec == boost::system::errc::no_such_file_or_directory);
    check_empty(refused);

    Switch sw;
    CHECK(sw.br0);
    CHECK(sw.br0.name() == "br0");
    CHECK(sw.br0.to_string() == "br0 at " + sw.ovs.database());
    OvsBridge moved = std::move(sw.br0);
    CHECK(moved.name() == "br0");
    check_empty(sw.br0);
    sw.br0 = std::move(moved);
    check_empty(moved);
    CHECK(sw.br0.ports().empty());
    sw.br0 = std::move(moved);
    check_empty(sw.br0);
    CHECK(vsctl(sw.ovs, "list-br").empty());
}

TEST_CASE("ovs empty: a monitor that was moved from, or could not be made", "[ovs]") {
    const auto check = [](OvsMonitor& monitor) {
        CHECK_FALSE(monitor);
        check_error(failure_of([&](OnError on_error) { (void)monitor.next(1s, on_error); }),
                    errc::empty_object,
                    "wait for Open vSwitch: the object is empty");
    };
    error_code ec;
    OvsMonitor refused{"unix:/nonexistent/socket", {}, ec};
    CHECK(ec == boost::system::errc::no_such_file_or_directory);
    check(refused);
    check_error(failure_of([](OnError on_error) {
                    (void)OvsMonitor{"unix:/nonexistent/socket", {}, on_error};
                }),
                ENOENT,
                "follow Open vSwitch: unix:/nonexistent/socket: No such file or directory (no Open "
                "vSwitch listens there)");
    const Switch sw;
    OvsMonitor monitor{sw.ovs.database(), {.timeout = std::chrono::milliseconds::max()}};
    OvsMonitor moved = std::move(monitor);
    check(monitor);
    CHECK(moved.next(std::chrono::milliseconds::max()).port.name == "br0");
    // What came with the bridge is told, however late it is.
    for (ec = {}; !ec;) (void)moved.next(std::chrono::milliseconds::min(), ec);
    CHECK(ec == boost::system::errc::timed_out);
    monitor = std::move(moved);
    check(moved);
}

TEST_CASE("ovs empty: a daemon that was moved from, or did not start", "[ovs]") {
    const auto check = [](const OvsDaemon& ovs) {
        CHECK_FALSE(ovs);
        CHECK(ovs.database().empty());
        CHECK(ovs.datapath_type().empty());
        CHECK(ovs.datapath() == OvsDatapath::automatic);
        CHECK(ovs.datapath_reason().empty());
        CHECK(ovs.directory().empty());
        CHECK(ovs.log().empty());
    };
    error_code ec;
    check(OvsDaemon{{.program_directory = "/nonexistent"}, ec});
    CHECK(ec == errc::not_installed);
    const Netns netns = Netns::create("fabric");
    OvsDaemon ovs = Switch::start(netns, OvsDatapath::dummy);
    CHECK(ovs.to_string() == "Open vSwitch at " + ovs.database());
    const OvsDaemon moved = std::move(ovs);
    check(ovs);
    CHECK(failure_of([&](OnError on_error) {
              (void)OvsBridge{{.database = ovs.database(), .name = "br0"}, on_error};
          }).code() == errc::invalid_address);
}

TEST_CASE("ovs empty: options of a daemon that cannot be", "[ovs]") {
    Netns gone = Netns::create("gone");
    const Netns stays = std::move(gone);
    const auto refused = [](const OvsDaemonOptions& options) {
        return failure_of([&](OnError on_error) { (void)OvsDaemon{options, on_error}; });
    };
    check_error(refused({.netns = gone}),
                errc::no_such_namespace,
                "start Open vSwitch: no namespace to act on");
    check_error(refused({.program_directory = with_nul}),
                errc::invalid_option,
                "start Open vSwitch: invalid option (program_directory: a path has no NUL byte)");
    check_error(refused({.schema = with_nul}),
                errc::invalid_option,
                "start Open vSwitch: invalid option (schema: a path has no NUL byte)");
    CHECK(refused({.program_directory = ":::"}).code() == errc::not_installed);
    CHECK(refused({.program_directory = std::string(100000, 'x')}).code() == errc::not_installed);
    (void)Switch::start(stays, OvsDatapath::dummy);  // it is installed
    check_error(refused({.datapath = static_cast<OvsDatapath>(9)}),
                errc::invalid_option,
                "start Open vSwitch: invalid option (datapath: there is no such)");
    CHECK(refused({.netns = stays,
                   .datapath = OvsDatapath::dummy,
                   .timeout = std::chrono::milliseconds::min()})
              .code() == errc::ovs_not_started);
    const OvsDaemon patient{{.netns = stays,
                             .datapath = OvsDatapath::dummy,
                             .timeout = std::chrono::milliseconds::max()}};
    CHECK(patient);
}

TEST_CASE("ovs empty: options of a bridge that cannot be", "[ovs]") {
    const Switch sw;
    const std::string before = vsctl(sw.ovs, "show");
    const auto refused = [&](const std::function<void(OvsBridgeOptions&)>& change) {
        OvsBridgeOptions options = sw.options("br1");
        change(options);
        const Error error = failure_of([&](OnError on_error) {
            (void)OvsBridge{options, on_error};
        });
        CHECK(vsctl(sw.ovs, "show") == before);
        return error;
    };
    using Options = OvsBridgeOptions;
    const std::string create = "create the Open vSwitch bridge: br1: ";
    check_error(refused([](Options& o) { o.name = not_utf8; }),
                errc::invalid_name,
                "create the Open vSwitch bridge: \"a\xff\": invalid name (Open vSwitch takes only "
                "UTF-8)");
    CHECK(refused([](Options& o) { o.name = with_nul; }).code() == errc::invalid_name);
    check_error(refused([](Options& o) { o.datapath_type = not_utf8; }),
                errc::invalid_option,
                create + "invalid option (datapath_type: Open vSwitch takes only UTF-8)");
    check_error(refused([](Options& o) { o.other_config["k"] = with_nul; }),
                errc::invalid_option,
                create + "invalid option (other_config: Open vSwitch takes no NUL byte)");
    CHECK(refused([](Options& o) { o.other_config[not_utf8] = "v"; }).code() ==
          errc::invalid_option);
    check_error(refused([](Options& o) { o.external_ids["k"] = not_utf8; }),
                errc::invalid_option,
                create + "invalid option (external_ids: Open vSwitch takes only UTF-8)");
    check_error(refused([](Options& o) { o.mac = "02:00"; }),
                errc::invalid_address,
                create +
                    "invalid address (\"02:00\" is no MAC address: expected six bytes like "
                    "02:00:00:00:00:01)");
    check_error(refused([](Options& o) { o.fail_mode = static_cast<OvsFailMode>(9); }),
                errc::invalid_option,
                create + "invalid option (fail_mode: there is no such)");
    check_error(refused([](Options& o) { o.existing = static_cast<OvsExisting>(9); }),
                errc::invalid_option,
                create + "invalid option (existing: there is no such)");
    CHECK(refused([](Options& o) { o.database = "nonsense"; }).code() == errc::invalid_address);
    CHECK(refused([](Options& o) { o.timeout = std::chrono::milliseconds::min(); }).code() ==
          boost::system::errc::timed_out);
    OvsBridgeOptions patient = sw.options("br1");
    patient.timeout = std::chrono::milliseconds::max();
    OvsBridge br1{patient};
    CHECK(br1.add_internal_port("i0").ofport == 1);
    br1.remove_port("i0");
    br1.remove();
}

TEST_CASE("ovs empty: options of a port that cannot be", "[ovs]") {
    Switch sw;
    const Host a{sw, "a", "10.1.1.1/24"};
    const std::string before = vsctl(sw.ovs, "show");
    // Of a link and of an internal port alike.
    const auto refused = [&](const OvsPortOptions& options) {
        const Error error = failure_of([&](OnError on_error) {
            const OvsPort port = sw.br0.add_port(a.pair.second(), options, on_error);
            CHECK(port == OvsPort{});
        });
        const Error other = failure_of([&](OnError on_error) {
            const OvsPort port = sw.br0.add_internal_port("ovs-a", options, on_error);
            CHECK(port == OvsPort{});
        });
        CHECK(std::string{error.what()} == other.what());
        CHECK(vsctl(sw.ovs, "show") == before);
        // It is refused before anything is done to the link.
        if (error.code() == errc::invalid_option || error.code() == errc::invalid_address)
            CHECK(a.pair.first().offloads().tx_checksum == true);
        return error;
    };
    const std::string add = "add a port to: br0 (ovs-a): ";
    check_error(
        refused({.tag = 4096}), errc::invalid_option, add + "invalid option (a VLAN is 0 to 4095)");
    CHECK(refused({.trunks = {1, 65535}}).code() == errc::invalid_option);
    check_error(refused({.vlan_mode = static_cast<OvsVlanMode>(9)}),
                errc::invalid_option,
                add + "invalid option (vlan_mode: there is no such)");
    check_error(refused({.mac = "nonsense"}),
                errc::invalid_address,
                add +
                    "invalid address (\"nonsense\" is no MAC address: expected six bytes like "
                    "02:00:00:00:00:01)");
    CHECK(refused({.other_config = {{"k", not_utf8}}}).code() == errc::invalid_option);
    CHECK(refused({.external_ids = {{with_nul, "v"}}}).code() == errc::invalid_option);
    // What only the database knows, it says.
    CHECK_THAT(refused({.ofport = 65535}).what(),
               contains(add + "refused by the OVSDB server (insert into Interface: ") &&
                   contains("65535"));
    if (sw.ovs.datapath() != OvsDatapath::kernel) {
        error_code ec;
        sw.br0.add_port(sw.netns.link("ovs-a"), {.far_end = LinkRef{}}, ec);
        CHECK(ec == errc::no_such_namespace);
    }
    CHECK(vsctl(sw.ovs, "show") == before);
}

TEST_CASE("ovs empty: names and peers of ports that cannot be", "[ovs]") {
    Switch sw;
    const std::string before = vsctl(sw.ovs, "show");
    const auto patch = [&](const std::string& name, const std::string& peer) {
        return failure_of(
            [&](OnError on_error) { sw.br0.add_patch_port(name, peer, {}, on_error); });
    };
    check_error(patch(not_utf8, "y"),
                errc::invalid_name,
                "add a port to: br0 (\"a\xff\"): invalid name (Open vSwitch takes only UTF-8)");
    check_error(patch("this-name-is-too-long", "y"),
                errc::invalid_name,
                "add a port to: br0 (\"this-name-is-too-long\"): invalid name (an interface name "
                "has at most 15 bytes)");
    CHECK(patch(with_nul, "y").code() == errc::invalid_name);
    CHECK(patch("", "y").code() == errc::invalid_name);
    check_error(patch("x", with_nul),
                errc::invalid_option,
                "add a port to: br0 (x): invalid option (options: Open vSwitch takes no NUL byte)");

    const auto tunnel = [&](const OvsTunnel& how) {
        return failure_of([&](OnError on_error) { sw.br0.add_tunnel("t0", how, {}, on_error); });
    };
    check_error(tunnel({.remote = "10.0.0.300"}),
                errc::invalid_address,
                "add a port to: br0 (t0): invalid address (\"10.0.0.300\" is no IPv4 or IPv6 "
                "address)");
    CHECK(tunnel({.remote = "10.0.0.1", .local = "fe80::1%x"}).code() == errc::invalid_address);
    check_error(tunnel({.type = static_cast<OvsTunnelType>(9), .remote = "10.0.0.1"}),
                errc::invalid_option,
                "add a port to: br0 (t0): invalid option (type: there is no such)");

    for (const std::string& none : {not_utf8, with_nul}) {
        CHECK(failure_of([&](OnError on_error) { sw.br0.remove_port(none, on_error); }).code() ==
              errc::invalid_name);
        CHECK(failure_of([&](OnError on_error) { (void)sw.br0.port(none, on_error); }).code() ==
              errc::ovsdb_refused);
    }
    CHECK(vsctl(sw.ovs, "show") == before);
    for (const std::string& database : {"nonsense"s, "unix:/nonexistent/socket"s, with_nul}) {
        CHECK(failure_of([&](OnError on_error) {
                  const auto found = list_ovs_leftovers(database, on_error);
                  CHECK(found.empty());
              })
                  .context()
                  .operation == "list the leftovers in Open vSwitch");
        CHECK(failure_of([&](OnError on_error) {
                  const auto found = remove_ovs_leftovers(database, on_error);
                  CHECK(found.empty());
              })
                  .context()
                  .operation == "remove the leftovers from Open vSwitch");
    }
}

TEST_CASE("ovs empty: what an OVSDB server is asked by mistake, it refuses", "[ovs]") {
    using namespace ovsdb;
    const Switch sw;
    // The server takes a text that it cannot parse for the end of the conversation.
    const auto ends = [&](const std::function<void(Client&, OnError)>& call) {
        error_code ec;
        Client client{sw.ovs.database()};
        call(client, ec);
        CHECK(ec.failed());
        Client other{sw.ovs.database()};
        CHECK_THROWS_AS(call(other, OnError{}), Error);
    };
    for (const std::string& bad : {not_utf8, with_nul, std::string(100000, 'x')}) {
        ends([&](Client& c, OnError e) { c.call(bad, {}, e); });
        ends([&](Client& c, OnError e) { (void)c.get_schema(bad, e); });
        ends([&](Client& c, OnError e) {
            Transaction transaction{bad};
            transaction.select(bad, {});
            c.transact(transaction, e);
        });
        ends([&](Client& c, OnError e) {
            Transaction transaction;
            transaction.select("Bridge", {clause("name", bad, json::string{bad})});
            c.transact(transaction, e);
        });
        ends([&](Client& c, OnError e) { c.monitor_cond("m", {{bad, bad}}, "Open_vSwitch", e); });
    }
    ends([](Client& c, OnError e) { c.monitor_cancel(json::value{}, e); });
    ends([](Client& c, OnError e) {
        json::value deep;
        for (int i = 0; i < 5000; ++i) deep = json::value(json::array{std::move(deep)});
        c.call("transact", {std::move(deep)}, e);
    });
    ends([](Client& c, OnError e) {
        Transaction transaction;
        transaction.wait("Bridge", {}, {}, "", {}, std::chrono::milliseconds::min());
        c.transact(transaction, e);
    });
}

TEST_CASE("ovs empty: given a failure, nothing is done", "[ovs]") {
    ScriptedServer server{[](Peer& peer) {
        while (peer.expect()) {
        }
    }};
    {
        using namespace detail;
        const Deadline deadline{long_enough};
        ovsdb::Client client{server.address()};
        Failure failure;
        failure.fail(errc::invalid_address, "the first");
        OvsRequest request;
        request.require("Bridge", where_name("br0"), "there is none");
        request.interfaces.push_back({.name = "br0"});
        request.apply(client, deadline, failure);
        CHECK_FALSE(request.committed());
        CHECK(request.transaction.size() == 1);
        CHECK(find_rows(client, "Bridge", where_name("br0"), deadline, failure).empty());
        CHECK(list_ovs_ports(client, {"id", "br0"}, deadline, failure).empty());
        CHECK(find_ovs_port(client, {"id", "br0"}, "i0", deadline, failure) == OvsPort{});
        check_bridge({.name = not_utf8}, failure);
        check_port({.name = not_utf8}, {.tag = 5000}, failure);
        check_tunnel({.remote = "x"}, failure);
        check_ovs_name(not_utf8, failure);
        const OvsPrograms programs{"/nonexistent", "", failure};
        CHECK(programs.tool.empty());
        CHECK(choose_datapath(OvsDatapath::kernel, failure).reason.empty());
        CHECK(removal_of_datapath({}, failure).request.empty());
        OvsSupervisor supervisor;
        supervisor.start({.directory = "/nonexistent/x"}, failure);
        CHECK_FALSE(supervisor.outcome());
        OvsPreparation{}.prepare(Link{}, {}, {}, failure);
        CHECK(look_at_switch(client, "br0", deadline, failure).bridge.empty());
        CHECK(look_at_place(client, "id", "i0", deadline, failure).port.empty());
        OvsBridgeOptions options;
        choose_datapath_type({.datapath_type = "netdev"}, options, failure);
        CHECK(options.datapath_type.empty());
        OvsPortWatcher watcher{[] {}};
        watcher.watch("x", nullptr, 1, failure);
        CHECK_FALSE(watcher.is_replaced("x", nullptr, 2));
        CHECK(failure.code == errc::invalid_address);
        CHECK(failure.context.hint == "the first");
        CHECK(failure.context.object.empty());
    }
    CHECK(server.finish().empty());
}

TEST_CASE("ovs empty: an asynchronous monitor: not launched, of none, and of one that goes") {
    ScriptedServer server{[](Peer& peer) {
        peer.expect();
        peer.say(R"({"id":1,"result":{},"error":null})");
        peer.expect();
    }};
    asio::io_context io;
    std::vector<error_code> ends;
    const auto end = [&](error_code ec, const auto&...) { ends.push_back(ec); };
    {
        AsyncOvsMonitor monitor{io.get_executor(), {.timeout = std::chrono::milliseconds::max()}};
        CHECK(monitor);
        { auto never = monitor.async_connect(server.address()); }
        { auto never = monitor.async_next(); }
        CHECK(io.poll() == 0);
        AsyncOvsMonitor moved = std::move(monitor);
        CHECK_FALSE(monitor);
        CHECK(monitor.get_executor() == io.get_executor());
        monitor.async_connect(server.address(), end);
        monitor.async_next(end);
        CHECK(ends.empty());
        io.restart();
        io.run();
        CHECK(ends == std::vector<error_code>(2, make_error_code(errc::empty_object)));
        monitor = std::move(moved);
        ends.clear();
        monitor.async_connect(server.address(), [&](error_code ec) {
            end(ec);
            monitor.async_next(end);
            asio::post(io, [&] { io.stop(); });
        });
        io.restart();
        io.run();
        CHECK(ends == std::vector<error_code>(1));
    }
    // What waited for an event is told that there will be none.
    io.restart();
    io.run();
    REQUIRE(ends.size() == 2);
    CHECK(ends[1] == boost::system::errc::operation_canceled);
    CHECK_THAT(server.finish(), contains(R"({"method":"monitor_cond",)") && contains(R"("id":1})"));
}
