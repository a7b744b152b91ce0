// SPDX-License-Identifier: BSL-1.0
// What goes wrong between a program and an Open vSwitch.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/ovs.hpp"
#include "support/ovsdb_server.hpp"
#include "support/patience.hpp"
#include <vethpp/ovs/monitor.hpp>

#include <boost/json.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

// The schema of the installed Open vSwitch without a column, as an older one has it.
class OlderSchema {
public:
    OlderSchema(const char* table, const char* column) {
        std::ifstream file{"/usr/share/openvswitch/vswitch.ovsschema"};
        const std::string text{std::istreambuf_iterator<char>{file}, {}};
        boost::json::value schema = boost::json::parse(text);
        auto& columns = schema.at("tables").at(table).at("columns").as_object();
        REQUIRE(columns.erase(column) == 1);
        schema.as_object().erase("cksum");
        std::ofstream{path()} << serialize(schema);
    }
    [[nodiscard]] std::string path() const { return directory_.path() + "/vswitch.ovsschema"; }

private:
    vethpp_test::TemporaryDirectory directory_{};
};

// What a thread that waits for a bridge is told.
class Waiting {
public:
    template <class F>
    explicit Waiting(F f)
        : thread_{[this, f = std::move(f)] {
              try {
                  f();
              } catch (const vethpp::Error& error) {
                  words_ = error.what();
              }
          }} {}
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() {
        if (thread_.joinable()) thread_.join();
    }
    std::string words() {
        thread_.join();
        return words_;
    }

private:
    std::string words_ = "success";
    std::thread thread_;
};

void wait_for_port(vethpp::OvsMonitor& monitor, const std::string& name) {
    while (monitor.next(long_enough).port.name != name) {
    }
}

}  // namespace

TEST_CASE("ovs errors: a schema that is too old", "[ovs]") {
    const Netns netns = Netns::create("fabric");
    (void)Switch::start(netns, vethpp::OvsDatapath::dummy);
    const auto start = [&](const OlderSchema& schema) {
        return OvsDaemon{{.netns = netns,
                          .datapath = vethpp::OvsDatapath::dummy,
                          .timeout = long_enough,
                          .schema = schema.path()}};
    };
    const auto refused = [](const OvsBridgeOptions& options) {
        return failure_of([&](OnError on_error) { OvsBridge{options, on_error}; });
    };
    SECTION("for an option of the bridge") {
        const OlderSchema schema{"Bridge", "rstp_enable"};
        const OvsDaemon ovs = start(schema);
        OvsBridgeOptions options{.database = ovs.database(),
                                 .name = "br0",
                                 .datapath_type = "dummy",
                                 .rstp = true,
                                 .timeout = long_enough};
        vethpp_test::check_error(refused(options),
                                 errc::ovsdb_refused,
                                 "create the Open vSwitch bridge: br0: refused by the OVSDB "
                                 "server (insert into Bridge: unknown column: No column "
                                 "rstp_enable in table Bridge.)");
        options.rstp.reset();
        CHECK(OvsBridge{options}.ports().empty());
    }
    SECTION("for an option of a port") {
        const OlderSchema schema{"Interface", "mtu_request"};
        const OvsDaemon ovs = start(schema);
        OvsBridge br0{{.database = ovs.database(),
                       .name = "br0",
                       .datapath_type = "dummy",
                       .timeout = long_enough}};
        CHECK_THROWS_WITH(br0.add_internal_port("i0", {.mtu = 1400}),
                          contains("No column mtu_request in table Interface"));
        CHECK(br0.add_internal_port("i0").ofport == 1);
    }
    SECTION("to be told that all is done") {
        const char* column = GENERATE("next_cfg", "cur_cfg");
        const OlderSchema schema{"Open_vSwitch", column};
        const OvsDaemon ovs = start(schema);
        const vethpp::Error error =
            refused({.database = ovs.database(), .name = "br0", .datapath_type = "dummy"});
        CHECK(error.code() == errc::ovsdb_refused);
        CHECK_THAT(error.what(),
                   contains("create the Open vSwitch bridge: br0: ") && contains(column));
        CHECK(vsctl(ovs, "list-br").empty());
    }
}

TEST_CASE("ovs errors: a socket that one may not open", "[ovs]") {
    const Netns netns = Netns::create("fabric");
    const OvsDaemon ovs = Switch::start(netns, vethpp::OvsDatapath::dummy);
    const vethpp_test::Ended ended = vethpp_test::in_child([&] {
        if (::setresuid(65534, 65534, 65534) != 0) return 77;
        const OvsBridge refused{{.database = ovs.database(), .name = "br0"}};
        return 0;
    });
    if (ended.exited(77)) vethpp_test::skip("only root can become somebody else");
    CHECK(ended.exited(99));
    CHECK(ended.output ==
          "create the Open vSwitch bridge: br0: Permission denied (" + ovs.database() + ")");
}

TEST_CASE("ovs errors: a daemon that dies between request and answer", "[ovs]") {
    Switch sw;
    vethpp::OvsMonitor monitor{sw.ovs.database(), {.timeout = long_enough}};
    const ::pid_t server = process_in(sw.ovs.directory(), "ovsdb-server");
    const ::pid_t vswitchd = process_in(sw.ovs.directory(), "ovs-vswitchd");
    REQUIRE(server != 0);
    const Stopped stopped{vswitchd};
    Waiting waiting{[&] { sw.br0.add_internal_port("i0"); }};
    wait_for_port(monitor, "i0");  // the database has taken it, and nobody carries it out
    ::kill(server, SIGKILL);
    CHECK_THAT(waiting.words(),
               contains("add a port to: ") && contains("Connection reset by peer"));
    CHECK_THROWS_WITH(monitor.next(long_enough), contains("Connection reset by peer"));
    CHECK_THROWS_WITH(monitor.next(long_enough), contains("the connection is lost"));
    REQUIRE(vethpp_test::is_refused(sw.ovs.database()));
    CHECK_THROWS_WITH((void)sw.br0.ports(), contains("Connection refused"));
    CHECK_THROWS_WITH(sw.br0.remove(), contains("Connection refused"));
}

TEST_CASE("ovs errors: daemons that stand still", "[ovs]") {
    Switch sw;
    const Netns netns = Netns::create("host");
    const vethpp::VethPair pair{{.netns = netns, .name = "eth0", .up = true},
                                {.netns = sw.netns, .name = "veth1", .up = true}};
    OvsBridgeOptions options = sw.options("br1");
    OvsBridge br1{options};
    options.name = "br2";
    options.timeout = 100ms;
    const auto create = [&] {
        const vethpp::Error error = failure_of([&](OnError on_error) {
            OvsBridge{options, on_error};
        });
        CHECK(error.code() == boost::system::errc::timed_out);
        return error.context().hint;
    };
    SECTION("the database") {
        const Stopped stopped{process_in(sw.ovs.directory(), "ovsdb-server")};
        CHECK(create() == "the database does not answer");
        vethpp::error_code ec;
        const vethpp::OvsMonitor monitor{sw.ovs.database(), {.timeout = 100ms}, ec};
        CHECK(ec == boost::system::errc::timed_out);
        options.existing = vethpp::OvsExisting::adopt;  // asks first
        CHECK(failure_of([&](OnError on_error) {
                  OvsBridge{options, on_error};
              }).code() == boost::system::errc::timed_out);
    }
    SECTION("the switch") {
        options.timeout = vethpp_test::enough_for_the_database(sw.ovs);
        const Stopped stopped{process_in(sw.ovs.directory(), "ovs-vswitchd")};
        CHECK(create() == "ovs-vswitchd has not carried it out; does it run?");
        CHECK(br1.ports().empty());
        CHECK(vsctl(sw.ovs, "list-br") == "br0\nbr1");
    }
    // It goes on as if nothing had happened, and nothing is carried out late.
    CHECK(vsctl(sw.ovs, "list-br") == "br0\nbr1");
    CHECK(br1.add_port(pair.second()).ofport == 1);
    CHECK(vsctl(sw.ovs, "list-ports br1") == "veth1");
}

TEST_CASE("ovs errors: nothing left after success and failure", "[ovs][only_vm]") {
    Switch sw;
    const auto once = [&] {
        const Host a{sw, "a", "10.1.1.1/24"};
        const Host b{sw, "b", "10.1.1.2/24"};
        OvsBridge br1{sw.options("br1")};
        br1.add_port(a.pair.second());
        br1.add_port(b.pair.second());
        OvsBridge moved = std::move(br1);
        moved.remove_port("ovs-a");
        vethpp::error_code ec;
        moved.remove_port("ovs-a", ec);
        CHECK(ec == errc::ovsdb_refused);
        sw.br0.add_port(b.pair.second(), {}, ec);
        CHECK(ec == errc::ovsdb_refused);
        OvsBridge{sw.options("br1"), ec};
        CHECK(ec == errc::ovsdb_refused);
        moved = OvsBridge{sw.options("br2")};
        moved.remove();
        CHECK_THROWS_WITH(moved.remove(), contains("the bridge is gone"));
    };
    once();
    const Ledger before = Ledger::now();
    const std::string database = vsctl(sw.ovs, "show");
    once();
    before.check_unchanged();
    CHECK(vsctl(sw.ovs, "show") == database);
    CHECK(vethpp_test::names(sw.netns).size() == (sw.has_taps() ? 2 : 0));
}
