// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/ovs.hpp"
#include "support/ovsdb_server.hpp"
#include "support/patience.hpp"
#include <vethpp/ovs/async_monitor.hpp>
#include <vethpp/ovs/leftovers.hpp>
#include <vethpp/ovs/monitor.hpp>
#include <vethpp/ovs/owner.hpp>
#include <vethpp/ping.hpp>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

// Ten times as long as the slowest ping takes that arrives: for one that shall not.
std::chrono::microseconds ten_pings = 300ms;

bool reaches(const Host& from, const std::string& address) {
    const auto result = vethpp::ping(from.netns, address, {.timeout = long_enough});
    ten_pings = std::max<std::chrono::microseconds>(
        ten_pings, 10 * std::chrono::ceil<std::chrono::microseconds>(result.max));
    return result.received == 1;
}
bool is_kept_from(const Host& from, const std::string& address) {
    return vethpp::ping(from.netns, address, {.timeout = ten_pings}).received == 0;
}

// Until an event of that port is of that kind, and the port so.
template <class Predicate>
OvsPort follow(vethpp::OvsMonitor& monitor,
               const std::string& name,
               OvsPortEvent::Kind kind,
               Predicate&& is_so) {
    for (;;) {
        const OvsPortEvent event = monitor.next(long_enough);
        if (event.port.name == name && event.kind == kind && is_so(event.port)) return event.port;
    }
}
OvsPort follow(vethpp::OvsMonitor& monitor, const std::string& name, OvsPortEvent::Kind kind) {
    return follow(monitor, name, kind, [](const OvsPort&) { return true; });
}

std::vector<std::string> names(const OvsBridge& bridge) {
    std::vector<std::string> found;
    for (const OvsPort& port : bridge.ports()) found.push_back(port.name);
    return found;
}
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("ovs bridge: VLANs keep hosts apart", "[ovs][only_vm]") {
    Switch sw;
    const Host a{sw, "a", "10.1.1.1/24"};
    const Host b{sw, "b", "10.1.1.2/24"};
    const Host c{sw, "c", "10.1.1.3/24"};
    CHECK(sw.br0.add_port(a.pair.second(), {.tag = 10}).tag == 10);
    sw.br0.add_port(b.pair.second(), {.tag = 10});
    sw.br0.add_port(c.pair.second(), {.tag = 20});
    for (const Host* host : {&a, &b, &c}) host->pair.wait_ready(long_enough);
    CHECK(reaches(a, "10.1.1.2"));
    CHECK(is_kept_from(a, "10.1.1.3"));
    CHECK(is_kept_from(c, "10.1.1.1"));
}

TEST_CASE("ovs bridge: TCP arrives, because the far end completes its checksums",
          "[ovs][only_vm]") {
    Switch sw;
    const Host a{sw, "a", "10.1.1.1/24"};
    const Host b{sw, "b", "10.1.1.2/24"};
    REQUIRE(a.pair.first().offloads().tx_checksum == true);
    sw.br0.add_port(a.pair.second());
    sw.br0.add_port(b.pair.second());
    const bool userspace = sw.ovs.datapath() != vethpp::OvsDatapath::kernel;
    CHECK(a.pair.first().offloads().tx_checksum == !userspace);
    a.pair.wait_ready(long_enough);
    b.pair.wait_ready(long_enough);

    constexpr std::size_t megabytes = 5;
    const auto address = [](std::uint32_t ip) {
        sockaddr_in out{};
        out.sin_family = AF_INET;
        out.sin_port = htons(5000);
        out.sin_addr.s_addr = htonl(ip);
        return out;
    };
    const sockaddr_in to = address(0x0a010102);
    const timeval limit{.tv_sec = 60, .tv_usec = 0};
    const auto open = [&] {
        vethpp::detail::UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        return fd;
    };
    const auto listener = b.netns.run(open);
    REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    REQUIRE(::listen(listener.get(), 1) == 0);
    const auto client = a.netns.run(open);
    std::size_t received = 0;
    std::thread reader{[&] {
        const vethpp::detail::UniqueFd fd{::accept(listener.get(), nullptr, nullptr)};
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        std::vector<char> buffer(65536);
        ssize_t n = 0;
        while ((n = ::recv(fd.get(), buffer.data(), buffer.size(), 0)) > 0)
            received += static_cast<std::size_t>(n);
    }};
    const bool connected =
        ::connect(client.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    const std::vector<char> block(1U << 20U);
    for (std::size_t i = 0; connected && i < megabytes; ++i)
        for (std::size_t done = 0; done < block.size();) {
            const ssize_t n =
                ::send(client.get(), block.data() + done, block.size() - done, MSG_NOSIGNAL);
            if (n <= 0) break;
            done += static_cast<std::size_t>(n);
        }
    ::shutdown(client.get(), SHUT_RDWR);
    reader.join();
    CHECK(connected);
    CHECK(received == megabytes << 20U);
}

TEST_CASE("ovs bridge: the link of a port does not answer ARP for other links", "[ovs][only_vm]") {
    Switch sw;
    const Host a{sw, "a", "10.1.1.1/24"};
    const auto setting = [&] {
        return sw.netns.run([] {
            std::string value;
            std::ifstream{"/proc/sys/net/ipv4/conf/ovs-a/arp_ignore"} >> value;
            return value;
        });
    };
    REQUIRE(setting() == "0");
    sw.br0.add_port(a.pair.second());
    // The kernel's own datapath lets it see no requests.
    CHECK(setting() == (sw.ovs.datapath() == vethpp::OvsDatapath::kernel ? "0" : "1"));
}

TEST_CASE("ovs bridge: a port goes with its link, and a new link of its name gets traffic",
          "[ovs][only_vm]") {
    Switch sw;
    const Host a{sw, "a", "10.1.1.1/24"};
    sw.br0.add_port(a.pair.second());
    vethpp::OvsMonitor monitor{sw.ovs.database(), {.timeout = long_enough}};
    const bool by_others = GENERATE(false, true);
    // Enough of them: for a few milliseconds Open vSwitch still follows its old flows.
    constexpr int rounds = 15;
    for (int round = 0; round < rounds; ++round) {
        // Always the same MAC address, as the first host would send to the old one for a while.
        Host b{sw, "b", "10.1.1.2/24", "02:00:00:00:00:0b"};
        sw.br0.add_port(b.pair.second());
        CHECK(names(sw.br0) == Names{"ovs-a", "ovs-b"});
        a.pair.wait_ready(long_enough);
        b.pair.wait_ready(long_enough);
        CHECK(reaches(a, "10.1.1.2"));
        if (by_others) sw.netns.link("ovs-b").remove();
        // The other end's namespace, and with it the pair, goes here; add_port may come first.
        if (round == rounds - 1) {
            b.pair = VethPair{{.netns = b.netns, .name = "x0"}, {.netns = b.netns, .name = "x1"}};
            follow(monitor, "ovs-b", OvsPortEvent::Kind::removed);
        }
    }
    CHECK_NOTHROW(sw.br0.remove_port("ovs-a"));
}

TEST_CASE("ovs bridge: a new link of a port's name stays up", "[ovs][only_vm]") {
    Switch sw;
    Host b{sw, "b", "10.1.1.2/24"};
    sw.br0.add_port(b.pair.second());
    vethpp::OvsMonitor monitor{sw.ovs.database(), {.timeout = long_enough}};
    // The last that ovs-vswitchd hears of the old link is that it is down.
    b.pair.second().set_down();
    follow(monitor, "ovs-b", OvsPortEvent::Kind::changed, [](const OvsPort& port) {
        return port.admin_state == "down";
    });
    {
        const Stopped blind{process_in(sw.ovs.directory(), "ovs-vswitchd")};
        b.pair.remove();
        b.pair = VethPair{{.netns = b.netns, .name = "eth0", .up = true},
                          {.netns = sw.netns, .name = "ovs-b", .up = true}};
        follow(monitor, "ovs-b", OvsPortEvent::Kind::removed);
    }
    sw.br0.add_port(b.pair.second());
    CHECK(b.pair.second().state().is_up());
}

TEST_CASE("ovs bridge: a port is promiscuous as long as it is one", "[ovs][only_vm]") {
    Switch sw;
    if (sw.ovs.datapath() == vethpp::OvsDatapath::kernel)
        skip("the kernel's own datapath does not show it among a link's flags");
    const auto is_promiscuous = [](const vethpp::Link& link) {
        return (link.state().flags & IFF_PROMISC) != 0;
    };
    Host a{sw, "a", "10.1.1.1/24"};
    vethpp::Link& port = a.pair.second();
    sw.br0.add_port(port);
    CHECK(is_promiscuous(port));
    sw.br0.remove_port("ovs-a");
    CHECK_FALSE(is_promiscuous(port));
    CHECK(port.state().is_up());

    SECTION("removed by its bridge") {
        sw.br0.add_port(port);
        sw.br0.remove();
        CHECK_FALSE(is_promiscuous(port));
    }
    SECTION("left by the bridge's object") {
        sw.br0.add_port(port);
        sw.br0 = vethpp::OvsBridge{sw.options("br1")};
        CHECK_FALSE(is_promiscuous(port));
    }
    SECTION("refused") {
        const Host taken{sw, "b", "10.1.1.2/24"};
        sw.br0.add_port(taken.pair.second(), {.ofport = 42});
        CHECK_THROWS_AS(sw.br0.add_port(port, {.ofport = 42}), vethpp::Error);
        CHECK_FALSE(is_promiscuous(port));
    }
    SECTION("kept, as somebody else made it so") {
        port.set_promiscuous(true);
        sw.br0.add_port(port);
        sw.br0.remove_port("ovs-a");
        CHECK(is_promiscuous(port));
    }
    SECTION("kept by a bridge that stays") {
        sw.br0.add_port(port);
        sw.br0.release();
        sw.br0 = vethpp::OvsBridge{sw.options("br1")};
        CHECK(is_promiscuous(port));
    }
}

TEST_CASE("ovs bridge: the options as ovs-vsctl reads them", "[ovs][only_vm]") {
    Switch sw;
    OvsBridge br1{{.database = sw.ovs.database(),
                   .name = "br1",
                   .datapath_type = sw.ovs.datapath_type(),
                   .fail_mode = vethpp::OvsFailMode::secure,
                   .rstp = true,
                   .mac = "02:00:00:00:00:77",
                   .other_config = {{"mac-table-size", "512"}},
                   .external_ids = {{"purpose", "a test"}},
                   .timeout = long_enough}};
    CHECK(vsctl(sw.ovs, "list-br") == "br0\nbr1");
    CHECK(vsctl(sw.ovs, "get bridge br1 fail_mode rstp_enable stp_enable") ==
          "secure\ntrue\nfalse");
    CHECK(vsctl(sw.ovs, "get bridge br1 other_config") ==
          R"({hwaddr="02:00:00:00:00:77", mac-table-size="512"})");
    CHECK(vsctl(sw.ovs, "get bridge br1 external_ids:purpose") == R"("a test")");
    CHECK_THAT(vsctl(sw.ovs, "get bridge br1 external_ids:vethpp-owner"),
               contains(std::to_string(::getpid()) + "@"));
    CHECK(vsctl(sw.ovs, "get bridge br1 datapath_type") == sw.ovs.datapath_type());

    const Host a{sw, "a", "10.1.1.1/24"};
    const OvsPort port = br1.add_port(a.pair.second(),
                                      {.tag = 5,
                                       .trunks = {6, 7},
                                       .vlan_mode = vethpp::OvsVlanMode::native_untagged,
                                       .ofport = 42,
                                       .other_config = {{"priority-tags", "always"}},
                                       .external_ids = {{"k", "v"}}});
    CHECK(port.ofport == 42);
    CHECK(port.error.empty());
    CHECK(port.type.empty());
    CHECK(port.tag == 5);
    CHECK(port.trunks == std::vector<std::uint16_t>{6, 7});
    CHECK(port.vlan_mode == "native-untagged");
    CHECK(port.external_ids.at("k") == "v");
    CHECK(port.mac == a.pair.second().state().mac.to_string());
    CHECK(vsctl(sw.ovs, "get port ovs-a tag trunks vlan_mode other_config") ==
          "5\n[6, 7]\nnative-untagged\n{priority-tags=always}");
    CHECK(vsctl(sw.ovs, "iface-to-br ovs-a") == "br1");
    CHECK(vsctl(sw.ovs, "get interface ovs-a ofport") == "42");

    using boost::asio::ip::make_address;
    br1.add_tunnel("vx0",
                   {.remote = make_address("192.0.2.1"),
                    .local = make_address("192.0.2.2"),
                    .key = 77,
                    .destination_port = 4790});
    br1.add_tunnel("gn0",
                   {.type = vethpp::OvsTunnelType::geneve, .remote = make_address("2001:db8::1")});
    CHECK(vsctl(sw.ovs, "get interface vx0 type options") ==
          "vxlan\n{dst_port=\"4790\", key=\"77\", local_ip=\"192.0.2.2\", "
          "remote_ip=\"192.0.2.1\"}");
    CHECK(vsctl(sw.ovs, "get interface gn0 type options") == "geneve\n{remote_ip=\"2001:db8::1\"}");
    br1.add_patch_port("to-br0", "to-br1");
    sw.br0.add_patch_port("to-br1", "to-br0");
    CHECK(vsctl(sw.ovs, "get interface to-br0 type options") == "patch\n{peer=to-br1}");
    CHECK(br1.port("to-br0").ofport > 0);
    CHECK(names(br1) == Names{"gn0", "ovs-a", "to-br0", "vx0"});
    br1.remove_port("vx0");
    CHECK(names(br1) == Names{"gn0", "ovs-a", "to-br0"});
    br1.remove();
    CHECK(vsctl(sw.ovs, "list-br") == "br0");
}

TEST_CASE("ovs bridge: STP, MTU, and each VLAN mode", "[ovs][only_vm]") {
    Switch sw;
    vethpp::OvsBridgeOptions options = sw.options("br1");
    options.fail_mode = vethpp::OvsFailMode::standalone;
    options.stp = true;
    OvsBridge br1{options};
    CHECK(vsctl(sw.ovs, "get bridge br1 fail_mode stp_enable") == "standalone\ntrue");
    using enum vethpp::OvsVlanMode;
    const std::pair<vethpp::OvsVlanMode, const char*> modes[] = {
        {access, "access"},
        {trunk, "trunk"},
        {native_tagged, "native-tagged"},
        {native_untagged, "native-untagged"},
        {dot1q_tunnel, "dot1q-tunnel"}};
    for (const auto& [mode, word] : modes) {
        vethpp::OvsPortOptions of_port{.vlan_mode = mode};
        if (mode != trunk) of_port.tag = 9;
        CHECK(br1.add_internal_port("i0", of_port).vlan_mode == word);
        CHECK(vsctl(sw.ovs, "get port i0 vlan_mode") == word);
        br1.remove_port("i0");
    }
    const Host a{sw, "a", "10.1.1.1/24"};
    const OvsPort port = br1.add_port(a.pair.second(), {.mtu = 1400});
    CHECK(port.mtu == 1400);
    CHECK(a.pair.second().state().mtu == 1400);
    CHECK_THAT(vsctl(sw.ovs, "get port ovs-a external_ids:vethpp-owner"),
               contains(std::to_string(::getpid()) + "@"));
    br1.add_tunnel(
        "gre0",
        {.type = vethpp::OvsTunnelType::gre, .remote = boost::asio::ip::make_address("192.0.2.1")});
    CHECK(vsctl(sw.ovs, "get interface gre0 type options") == "gre\n{remote_ip=\"192.0.2.1\"}");
}

TEST_CASE("ovs bridge: hosts reach each other through a patch, a trunk and an internal port",
          "[ovs][only_vm]") {
    Switch sw;
    OvsBridge br1{sw.options("br1")};
    sw.br0.add_patch_port("p0", "p1", {.trunks = {10}});
    br1.add_patch_port("p1", "p0");
    const Host a{sw, "a", "10.1.1.1/24"};
    const Host b{sw, "b", "10.1.1.2/24"};
    const Host c{sw, "c", "10.1.1.3/24"};
    const Host d{sw, "d", "10.1.1.4/24"};
    sw.br0.add_port(a.pair.second(), {.tag = 10});
    br1.add_port(b.pair.second(), {.tag = 10});
    sw.br0.add_port(c.pair.second(), {.tag = 11});
    br1.add_port(d.pair.second(), {.tag = 11});
    for (const Host* host : {&a, &b, &c, &d}) host->pair.wait_ready(long_enough);
    CHECK(reaches(a, "10.1.1.2"));
    CHECK(is_kept_from(c, "10.1.1.4"));  // 11 is not among the trunks

    const OvsPort port = sw.br0.add_internal_port("tap0", {.tag = 10, .mac = "02:00:00:00:00:99"});
    CHECK(port.type == "internal");
    CHECK(port.ofport > 0);
    if (!sw.has_taps())
        vethpp_test::skip("an internal port is a link only with taps: " + sw.ovs.datapath_reason());
    vethpp::Link tap = sw.netns.link("tap0");
    CHECK(tap.state().mac.to_string() == "02:00:00:00:00:99");
    tap.add_address("10.1.1.9/24");
    vethpp::OvsMonitor monitor{sw.ovs.database(), {.timeout = long_enough}};
    tap.set_up();
    tap.wait_ready(long_enough);
    follow(monitor, "tap0", OvsPortEvent::Kind::changed, [](const OvsPort& now) {
        return now.admin_state == "up";
    });
    CHECK(reaches(a, "10.1.1.9"));
    CHECK(is_kept_from(c, "10.1.1.9"));
}

TEST_CASE("ovs bridge: what cannot be is an error, and leaves nothing", "[ovs][only_vm]") {
    Switch sw;
    const std::string before = vsctl(sw.ovs, "show");
    CHECK_THROWS_WITH(OvsBridge(sw.options("br0")),
                      "create the Open vSwitch bridge: br0: refused by the OVSDB server "
                      "(there is a bridge of that name)");
    vethpp::OvsBridgeOptions odd = sw.options("br9");
    odd.datapath_type = "nonsense";
    CHECK_THROWS_WITH(OvsBridge(odd),
                      contains("create the Open vSwitch bridge: br9: invalid option "
                               "(datapath_type: this Open vSwitch has ") &&
                          contains(" (Open_vSwitch.datapath_types), and not \"nonsense\")"));
    CHECK_THROWS_WITH(OvsBridge(sw.options("br/9")), contains("br/9") && contains("invalid name"));
    CHECK_THROWS_WITH(OvsBridge(sw.options("")), contains("invalid name"));

    const Netns elsewhere = Netns::create("elsewhere");
    const VethPair pair{{.netns = elsewhere, .name = "v0"}, {.netns = elsewhere, .name = "v1"}};
    CHECK_THROWS_WITH(sw.br0.add_port(pair.first()),
                      contains("add a port to: br0 (v0): Open vSwitch could not set it up (") &&
                          contains("No such device); the link is in elsewhere, where ovs-vswitchd "
                                   "has to be, too)"));
    CHECK_THROWS_WITH(sw.br0.add_port(vethpp::Link{}), contains("no link to act on"));
    const Host a{sw, "a", "10.1.1.1/24"};
    CHECK_THROWS_WITH(sw.br0.add_port(a.pair.second(), {.tag = 4096}),
                      "add a port to: br0 (ovs-a): invalid option (a VLAN is 0 to 4095)");
    // The far end of a link that is not from a VethPair.
    const vethpp::Link unknown = sw.netns.link("ovs-a");
    if (sw.ovs.datapath() != vethpp::OvsDatapath::kernel)
        CHECK_THROWS_WITH(sw.br0.add_port(unknown),
                          contains("the far end of ovs-a is not known") &&
                              contains(".far_end, or .keep_offloads"));
    CHECK(vsctl(sw.ovs, "show") == before);
    sw.br0.add_port(unknown, {.far_end = a.pair.first()});
    CHECK_THROWS_WITH(sw.br0.add_port(unknown, {.keep_offloads = true}),
                      "add a port to: br0 (ovs-a): refused by the OVSDB server "
                      "(a bridge of that Open vSwitch has a port ovs-a)");
    sw.br0.remove_port("ovs-a");
    CHECK_THROWS_WITH(sw.br0.remove_port("ovs-a"),
                      "remove a port from: br0 (ovs-a): refused by the OVSDB server "
                      "(it has no port ovs-a)");
    CHECK_THROWS_WITH(sw.br0.port("ovs-a"), contains("it has no port ovs-a"));
    error_code ec;
    sw.br0.add_internal_port("this-name-is-too-long", {}, ec);
    CHECK(ec == errc::invalid_name);
    CHECK(vsctl(sw.ovs, "show") == before);

    CHECK(vsctl(sw.ovs, "del-br br0").empty());
    CHECK_THROWS_WITH(sw.br0.add_internal_port("i0"),
                      "add a port to: br0 (i0): refused by the OVSDB server "
                      "(the bridge is gone; if there is one of its name, it is another one)");
    CHECK_THROWS_WITH((void)sw.br0.ports(), contains("the bridge is gone"));
    CHECK_THROWS_WITH(sw.br0.remove(), contains("the bridge is gone"));
}

TEST_CASE("ovs bridge: an adopted bridge keeps what it had, and outlives the object", "[ovs]") {
    Switch sw;
    CHECK(vsctl(sw.ovs, "set bridge br0 other_config:hwaddr=02:00:00:00:00:01").empty());
    {
        vethpp::OvsBridgeOptions options = sw.options("br0");
        options.existing = vethpp::OvsExisting::adopt;
        options.stp = true;
        options.other_config = {{"mac-table-size", "100"}};
        OvsBridge same{options};
        same.add_internal_port("i0");
        CHECK(names(sw.br0) == Names{"i0"});
    }
    CHECK(vsctl(sw.ovs, "get bridge br0 stp_enable other_config") ==
          "true\n{hwaddr=\"02:00:00:00:00:01\", mac-table-size=\"100\"}");
    vethpp::OvsBridgeOptions fresh = sw.options("br7");
    fresh.existing = vethpp::OvsExisting::adopt;
    {
        const OvsBridge made{fresh};
        CHECK(vsctl(sw.ovs, "list-br") == "br0\nbr7");
    }
    CHECK(vsctl(sw.ovs, "list-br") == "br0");
    {
        OvsBridge released{fresh};
        OvsBridge moved = std::move(released);
        moved.release();
    }
    CHECK(vsctl(sw.ovs, "list-br") == "br0\nbr7");
}

TEST_CASE("ovs bridge: the daemons die", "[ovs]") {
    Switch sw;
    SECTION("all of it, and then a link that is a port") {
        const Host a{sw, "a", "10.1.1.1/24"};
        sw.br0.add_port(a.pair.second());
        sw.ovs = Switch::start(sw.netns);
        CHECK_THROWS_WITH(sw.br0.add_internal_port("i0"),
                          contains("add a port to: ") &&
                              contains("No such file or directory (no Open vSwitch listens"));
    }
    SECTION("ovs-vswitchd stands still: the database takes what nobody carries out") {
        CHECK(vethpp_test::output_of("ovs-appctl --timeout=60 -t " + sw.ovs.directory() +
                                     "/ovs-vswitchd.*.ctl exit")
                  .empty());
        vethpp::OvsBridgeOptions options = sw.options("br0");
        options.existing = vethpp::OvsExisting::adopt;
        options.timeout = vethpp_test::enough_for_the_database(sw.ovs);
        error_code ec;
        OvsBridge impatient{options, ec};
        CHECK(ec == boost::system::errc::timed_out);
        try {
            OvsBridge{options};
            FAIL("nobody carried it out");
        } catch (const vethpp::Error& error) {
            CHECK(error.context().hint == "ovs-vswitchd has not carried it out; does it run?");
        }
        options.name = "br5";
        CHECK_THROWS_WITH(OvsBridge(options), contains("Connection timed out"));
        CHECK(vsctl(sw.ovs, "list-br") == "br0");  // undone
    }
}

TEST_CASE("ovs leftovers: of dead processes only", "[ovs]") {
    Switch sw;
    sw.br0.add_internal_port("mine");
    CHECK(vethpp::list_ovs_leftovers(sw.ovs.database()).empty());
    const pid_t child = ::fork();
    if (child == 0) {
        try {
            vethpp::OvsBridge br1{sw.options("br1")};
            br1.add_internal_port("theirs");
            vethpp::OvsBridgeOptions shared = sw.options("br0");
            shared.existing = vethpp::OvsExisting::adopt;
            OvsBridge{shared}.add_internal_port("stale");
            ::_exit(vethpp::list_ovs_leftovers(sw.ovs.database()).empty() ? 0 : 2);
        } catch (...) {
            ::_exit(1);
        }
    }
    REQUIRE(child > 0);
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    const auto found = vethpp::list_ovs_leftovers(sw.ovs.database());
    std::vector<std::string> what;
    for (const auto& one : found)
        what.push_back((one.kind == vethpp::OvsLeftover::Kind::bridge ? "bridge " : "port ") +
                       one.name);
    std::sort(what.begin(), what.end());
    CHECK(what == Names{"bridge br1", "port stale", "port theirs"});
    CHECK(vethpp::remove_ovs_leftovers(sw.ovs.database()).size() == 3);
    CHECK(vsctl(sw.ovs, "list-br") == "br0");
    CHECK(names(sw.br0) == Names{"mine"});
    CHECK(vethpp::remove_ovs_leftovers(sw.ovs.database()).empty());
}

TEST_CASE("ovs leftovers: owners that are none", "[ovs]") {
    Switch sw;
    sw.br0.add_internal_port("i0");
    const auto owned_by = [&](const std::string& owner) {
        CHECK(vsctl(sw.ovs, "set port i0 external_ids:vethpp-owner='\"" + owner + "\"'").empty());
        return list_ovs_leftovers(sw.ovs.database()).size();
    };
    const std::string self = vethpp::detail::OvsOwner::self();
    CHECK(owned_by(self) == 0);
    CHECK(owned_by(self + "0") == 1);  // started later
    CHECK(owned_by("") == 0);
    CHECK(owned_by("1") == 0);
    // The text of a file name is no process id.
    CHECK(owned_by("../self" + self.substr(self.find('@'))) == 0);
}

TEST_CASE("ovs monitor: what is there, what changes, and what goes", "[ovs][only_vm]") {
    Switch sw;
    Host a{sw, "a", "10.1.1.1/24"};
    const Host b{sw, "b", "10.1.1.2/24"};
    sw.br0.add_port(b.pair.second());
    vethpp::OvsMonitor monitor{sw.ovs.database(), {.timeout = long_enough}};
    follow(monitor, "br0", OvsPortEvent::Kind::present);
    sw.br0.add_port(a.pair.second());
    follow(monitor, "ovs-a", OvsPortEvent::Kind::added);
    const auto is = [](const char* state) {
        return [state](const OvsPort& port) { return port.link_state == state; };
    };
    follow(monitor, "ovs-a", OvsPortEvent::Kind::changed, is("up"));
    a.pair.first().set_down();
    follow(monitor, "ovs-a", OvsPortEvent::Kind::changed, is("down"));
    a.pair.first().set_up();
    follow(monitor, "ovs-a", OvsPortEvent::Kind::changed, is("up"));
    a.pair.wait_ready(long_enough);
    b.pair.wait_ready(long_enough);
    // One by one: of several before it has a flow for them, the kernel's datapath may lose one.
    constexpr int pings = 20;
    for (int i = 0; i < pings; ++i) CHECK(reaches(a, "10.1.1.2"));
    follow(monitor, "ovs-a", OvsPortEvent::Kind::changed, [](const OvsPort& port) {
        const auto counts = [&](const char* name) {
            const auto found = port.statistics.find(name);
            return found != port.statistics.end() && found->second >= pings;
        };
        return counts("rx_packets") && counts("tx_packets");
    });
    sw.br0.remove_port("ovs-a");
    follow(monitor, "ovs-a", OvsPortEvent::Kind::removed);
    error_code ec;
    (void)vethpp::OvsMonitor{"unix:/nonexistent/socket", {}, ec};
    CHECK(ec == boost::system::errc::no_such_file_or_directory);
}

TEST_CASE("ovs monitor: asynchronous", "[ovs]") {
    Switch sw;
    boost::asio::io_context io;
    vethpp::AsyncOvsMonitor monitor{io.get_executor(), {.timeout = long_enough}};
    std::vector<std::string> seen;
    std::function<void()> next = [&] {
        monitor.async_next([&](error_code ec, const OvsPortEvent& event) {
            REQUIRE_FALSE(ec.failed());
            if (event.port.name == "i0") seen.emplace_back(to_string(event.kind));
            if (event.kind == OvsPortEvent::Kind::removed) return io.stop();
            next();
        });
    };
    std::thread other;
    monitor.async_connect(sw.ovs.database(), [&](error_code ec) {
        REQUIRE_FALSE(ec.failed());
        next();
        other = std::thread{[&] {
            sw.br0.add_internal_port("i0");
            sw.br0.remove_port("i0");
        }};
    });
    io.run_for(long_enough);
    other.join();
    REQUIRE(seen.size() >= 2);
    CHECK(seen.front() == "added");
    CHECK(seen.back() == "removed");

    vethpp::AsyncOvsMonitor nowhere{io.get_executor()};
    error_code failed;
    nowhere.async_connect("unix:/nonexistent/socket", [&](error_code ec) { failed = ec; });
    io.restart();
    const auto until = std::chrono::steady_clock::now() + long_enough;
    while (!failed.failed() && io.run_one_until(until) != 0) {
    }
    CHECK(failed == boost::system::errc::no_such_file_or_directory);
}

TEST_CASE("ovs bridge: 8 threads on one bridge", "[ovs]") {
    Switch sw;
    std::vector<std::thread> threads;
    std::array<bool, 8> good{};
    for (std::size_t i = 0; i < good.size(); ++i)
        threads.emplace_back([&, i] {
            const std::string name = "i" + std::to_string(i);
            for (int round = 0; round < 3; ++round) {
                sw.br0.add_internal_port(name);
                sw.br0.remove_port(name);
            }
            good[i] = true;
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(std::count(good.begin(), good.end(), true) == 8);
    CHECK(names(sw.br0).empty());
}
