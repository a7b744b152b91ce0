// VLANs of bridges and of their ports.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/oracle.hpp"
#include "support/patience.hpp"
#include "support/skip.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/bridge_vlans.hpp>
#include <vethpp/kinds/kind_link.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/veth_pair.hpp>

#include <boost/json.hpp>

#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

struct Lab {
    Netns ns = Netns::create("lab");
    Bridge br0{{.netns = ns, .name = "br0"}};
    VethPair pair{{.netns = ns, .name = "p0", .master = br0}, {.netns = ns, .name = "h0"}};
};

std::string refused(const LinkRef& link, const BridgeVlan& vlan) {
    return failure_of([&](OnError e) { BridgeVlans{link}.add(vlan, e); }).what();
}

std::string text(const std::vector<BridgeVlan>& vlans) {
    std::string out;
    for (const BridgeVlan& one : vlans) out += (out.empty() ? "" : ", ") + one.to_string();
    return out;
}

// A bridge that filters, or the test is skipped.
Bridge filtering(const Netns& netns, BridgeSettings settings = {}) {
    settings.vlan_filtering = true;
    error_code ec;
    Bridge bridge{{.netns = netns, .name = "br0", .up = true}, settings, ec};
    if (ec == boost::system::errc::operation_not_supported)
        vethpp_test::skip("the kernel's bridges have no VLANs");
    REQUIRE_FALSE(ec);
    if (!bridge.settings().vlan_filtering) vethpp_test::skip("the kernel's bridges have no VLANs");
    return bridge;
}

}  // namespace

TEST_CASE("bridge VLANs: requests as those of bridge(8)", "[kernel][bridge][vlan][oracle]") {
    const Oracle oracle;
    need(oracle.theirs, "bridge");
    oracle.with_bridge_port();
    const auto same = [&](const std::string& command,
                          std::uint16_t type,
                          const char* link,
                          auto f) {
        INFO(command);
        const wire::Names& names = type == RTM_NEWVLAN ? wire::message_names<message::VlanMessage>
                                                       : message::link_request_names;
        const std::size_t header = type == RTM_NEWVLAN ? sizeof(br_vlan_msg) : sizeof(ifinfomsg);
        CHECK(oracle.request("bridge vlan " + command, type, header, names, [&](const Netns& ns) {
            f(BridgeVlans{ns.link(link)});
        }) == Differences{});
    };
    error_code ec;
    same("add dev veth0 vid 10 pvid untagged", RTM_SETLINK, "veth0", [&](const BridgeVlans& v) {
        v.add({.id = 10, .pvid = true, .untagged = true}, ec);
    });
    same("add dev veth0 vid 10-20 untagged", RTM_SETLINK, "veth0", [&](const BridgeVlans& v) {
        v.add({.id = 10, .end = 20, .untagged = true}, ec);
    });
    same("add dev br0 vid 7 self", RTM_SETLINK, "br0", [&](const BridgeVlans& v) {
        v.add({.id = 7}, ec);
    });
    same("del dev veth0 vid 10-20", RTM_DELLINK, "veth0", [&](const BridgeVlans& v) {
        v.remove({.id = 10, .end = 20}, ec);
    });
    same("set dev veth0 vid 10-20 state 4 mcast_router 2",
         RTM_NEWVLAN,
         "veth0",
         [&](const BridgeVlans& v) {
             v.configure({.id = 10,
                          .end = 20,
                          .state = PortState::blocking,
                          .multicast_router = MulticastRouter::permanent},
                         ec);
         });
    same(
        "global set dev br0 vid 10-20 mcast_snooping 1 mcast_querier 1 mcast_igmp_version 3 "
        "mcast_last_member_count 4 mcast_query_interval 12500",
        RTM_NEWVLAN,
        "br0",
        [&](const BridgeVlans& v) {
            v.configure_bridge({.id = 10,
                                .end = 20,
                                .multicast_snooping = true,
                                .multicast_querier = true,
                                .igmp_version = 3,
                                .last_member_count = 4,
                                .query_interval = 125s},
                               ec);
        });
}

TEST_CASE("bridge VLANs: what is none is refused by a sentence", "[kernel][bridge][vlan][errors]") {
    Lab lab;
    for (const BridgeVlan& vlan : {BridgeVlan{.id = 0},
                                   BridgeVlan{.id = 4095},
                                   BridgeVlan{.id = 70'000},
                                   BridgeVlan{.id = 4000, .end = 4095}})
        CHECK(refused(lab.pair.first(), vlan) ==
              "add the VLAN: p0 in lab: invalid option (the id of a VLAN is 1 to 4094)");
    CHECK(refused(lab.pair.first(), {.id = 20, .end = 10}) ==
          "add the VLAN: p0 in lab: invalid option (a range of VLANs ends before it begins)");
    CHECK(refused(lab.pair.first(), {.id = 20, .end = 21, .pvid = true}) ==
          "add the VLAN: p0 in lab: invalid option (one VLAN is the PVID, and no range)");
    CHECK(refused(lab.br0, {.id = 20, .tunnel_id = 1}) ==
          "add the VLAN: br0 in lab: invalid option (a tunnel needs a port with "
          "BridgePortSettings::vlan_tunnel)");
    CHECK(refused(lab.pair.second(), {.id = 10}) ==
          "add the VLAN: h0 in lab: invalid option (it is neither a bridge nor a port of one)");
    CHECK(failure_of([&](OnError e) {
              BridgeVlans{lab.pair.first()}.configure_bridge({.id = 7}, e);
          }).what() ==
          std::string{"configure the VLAN: p0 in lab: invalid option (these are options "
                      "of a bridge, not of a port)"});
    CHECK(failure_of([&](OnError e) { BridgeVlans{Link{}}.add({.id = 1}, e); }).code() ==
          errc::no_such_namespace);
    const Bridge gone{{.netns = lab.ns}};
    lab.ns.link(gone.index()).remove();
    CHECK(failure_of([&](OnError e) { (void)BridgeVlans{gone}.list(e); }).code() ==
          boost::system::errc::no_such_device);
    // A kernel that has none says so.
    error_code ec;
    BridgeVlans{lab.pair.first()}.add({.id = 10}, ec);
    if (ec)
        CHECK(refused(lab.pair.first(), {.id = 10}) ==
              "add the VLAN: p0 in lab: Operation not supported (this kernel's bridges have no "
              "VLANs, or not that of them)");
}

TEST_CASE("bridge VLANs: added, listed in ranges, changed and removed",
          "[kernel][bridge][vlan][only_vm]") {
    const Netns ns = Netns::create("lab");
    const Bridge br0 = filtering(ns);
    const VethPair pair{{.netns = ns, .name = "p0", .master = br0}, {.netns = ns, .name = "h0"}};
    const BridgeVlans port{pair.first()};
    const BridgeVlans bridge{br0};
    CHECK(text(port.list()) == "1 PVID Egress Untagged");
    succeeds([&](OnError e) { port.add({.id = 10, .end = 20}, e); });
    port.add({.id = 21});
    port.add({.id = 30, .pvid = true, .untagged = true});
    bridge.add({.id = 10, .end = 12});
    CHECK(text(port.list()) == "1 Egress Untagged, 10-21, 30 PVID Egress Untagged");
    CHECK(text(bridge.list()) == "1 PVID Egress Untagged, 10-12");
    port.add({.id = 15, .untagged = true});
    CHECK(text(port.list()) ==
          "1 Egress Untagged, 10-14, 15 Egress Untagged, 16-21, 30 PVID Egress Untagged");
    port.remove({.id = 1});
    port.remove({.id = 12, .end = 19});
    CHECK(text(port.list()) == "10-11, 20-21, 30 PVID Egress Untagged");
    CHECK(port.list()[0].state == PortState::forwarding);

    // As bridge(8) sees them.
    need(ns, "bridge");
    const auto all = boost::json::parse(shell(ns, "bridge -j vlan show dev p0").text);
    std::string theirs;
    for (const auto& one : all.at(0).at("vlans").as_array()) {
        theirs += std::to_string(one.at("vlan").as_int64());
        if (const auto* flags = one.as_object().if_contains("flags"))
            for (const auto& flag : flags->as_array())
                theirs += " " + std::string{flag.as_string().c_str()};
        theirs += '\n';
    }
    std::string ours;
    for (const BridgeVlan& one : port.statistics()) ours += one.to_string() + '\n';
    CHECK(theirs == ours);
    port.remove({.id = 999});
    bridge.remove({.id = 900, .end = 999});
}

TEST_CASE("bridge VLANs: frames stay in theirs", "[kernel][bridge][vlan][ping][only_vm]") {
    const Netns sw = Netns::create("switch");
    const Netns a = Netns::create("a"), b = Netns::create("b"), c = Netns::create("c");
    const Bridge br0 = filtering(sw, {.vlan_default_pvid = 0, .vlan_statistics = true});
    const auto host = [&](const Netns& ns, const char* port, const char* address) {
        return VethPair{{.netns = sw, .name = port, .master = br0, .up = true},
                        {.netns = ns, .name = "eth0", .addresses = {address}, .up = true}};
    };
    const VethPair pa = host(a, "pa", "10.0.0.1/24");
    const VethPair pb = host(b, "pb", "10.0.0.2/24");
    const VethPair pc = host(c, "pc", "10.0.0.3/24");
    for (const VethPair* pair : {&pa, &pb, &pc}) pair->wait_ready(long_enough);
    const auto reaches = [&](const char* to, std::chrono::milliseconds timeout) {
        error_code ec;
        return ping(a, to, {.count = 1, .timeout = timeout}, ec).received == 1;
    };
    CHECK_FALSE(reaches("10.0.0.2", 100ms));  // no VLAN at all
    BridgeVlans{pa.first()}.add({.id = 10, .pvid = true, .untagged = true});
    BridgeVlans{pb.first()}.add({.id = 10, .pvid = true, .untagged = true});
    BridgeVlans{pc.first()}.add({.id = 20, .pvid = true, .untagged = true});
    CHECK(reaches("10.0.0.2", long_enough));
    CHECK_FALSE(reaches("10.0.0.3", 100ms));
    // Counted at the bridge: what came with the VLAN at whichever port.
    const auto counters = BridgeVlans{pa.first()}.statistics();
    REQUIRE(counters.size() == 1);
    CHECK(counters[0].id == 10);
    REQUIRE(counters[0].statistics);
    CHECK(counters[0].statistics->rx_packets > 0);
    CHECK(counters[0].statistics->tx_bytes > 0);
    // The same host in the other VLAN.
    BridgeVlans{pa.first()}.add({.id = 20, .pvid = true, .untagged = true});
    CHECK(reaches("10.0.0.3", long_enough));
    // Blocked in that VLAN alone.
    BridgeVlans{pc.first()}.configure({.id = 20, .state = PortState::blocking});
    CHECK(BridgeVlans{pc.first()}.list()[0].state == PortState::blocking);
    CHECK_FALSE(reaches("10.0.0.3", 100ms));
}

TEST_CASE("bridge VLANs: tunnels, options, and those of the bridge",
          "[kernel][bridge][vlan][only_vm]") {
    const Netns ns = Netns::create("lab");
    const Bridge br0 = filtering(ns, {.multicast_vlan_snooping = true});
    CHECK(br0.settings().multicast_vlan_snooping == true);
    VethPair pair{{.netns = ns, .name = "p0", .master = br0}, {.netns = ns, .name = "h0"}};
    const BridgeVlans port{pair.first()};
    CHECK(refused(pair.first(), {.id = 10, .tunnel_id = 1000}) ==
          "add the VLAN: p0 in lab: invalid option (a tunnel needs a port with "
          "BridgePortSettings::vlan_tunnel)");
    CHECK(text(port.list()) == "1 PVID Egress Untagged");
    pair.first().set_port({.vlan_tunnel = true});
    CHECK(pair.first().port().vlan_tunnel == true);
    port.add({.id = 10, .end = 12, .tunnel_id = 1000});
    CHECK(text(port.list()) == "1 PVID Egress Untagged, 10-12 tunnel 1000");
    // A tunnel belongs to one VLAN.
    CHECK(failure_of([&](OnError e) {
              port.add({.id = 12, .end = 13, .tunnel_id = 1000}, e);
          }).code() == boost::system::errc::file_exists);
    CHECK(text(port.list()) == "1 PVID Egress Untagged, 10-12 tunnel 1000");

    port.add({.id = 20,
              .end = 25,
              .state = PortState::learning,
              .multicast_router = MulticastRouter::permanent});
    CHECK(text(port.list()).find("20-25 state learning") != std::string::npos);
    CHECK(port.list().back().multicast_router == MulticastRouter::permanent);
    // What the kernel does not know, or refuses, leaves nothing behind.
    const std::string before = text(port.list());
    error_code ec;
    port.add({.id = 50, .state = static_cast<PortState>(9)}, ec);
    CHECK(ec);
    CHECK(text(port.list()) == before);
    CHECK(failure_of([&](OnError e) {
              port.configure({.id = 99, .state = PortState::learning}, e);
          }).code() == boost::system::errc::no_such_file_or_directory);

    const BridgeVlans bridge{br0};
    bridge.add({.id = 20, .end = 21});
    const BridgeVlanOptions options{.id = 20,
                                    .end = 21,
                                    .multicast_snooping = false,
                                    .igmp_version = 3,
                                    .mld_version = 2,
                                    .last_member_count = 4,
                                    .startup_query_count = 5,
                                    .last_member_interval = 2s,
                                    .membership_interval = 200s,
                                    .querier_interval = 100s,
                                    .query_interval = 60s,
                                    .query_response_interval = 7s,
                                    .startup_query_interval = 30s};
    succeeds([&](OnError e) { bridge.configure_bridge(options, e); });
    std::optional<BridgeVlanOptions> found;
    for (const BridgeVlanOptions& one : bridge.bridge_options())
        if (one.id == 20) found = one;
    REQUIRE(found);
    CHECK(found->end == 21U);
    CHECK(found->multicast_snooping == false);
    CHECK(found->igmp_version == 3U);
    CHECK(found->mld_version == 2U);
    CHECK(found->last_member_count == 4U);
    CHECK(found->startup_query_count == 5U);
    CHECK(found->last_member_interval == options.last_member_interval);
    CHECK(found->membership_interval == options.membership_interval);
    CHECK(found->querier_interval == options.querier_interval);
    CHECK(found->query_interval == options.query_interval);
    CHECK(found->query_response_interval == options.query_response_interval);
    CHECK(found->startup_query_interval == options.startup_query_interval);
    CHECK(failure_of([&](OnError e) {
              bridge.configure_bridge({.id = 99, .igmp_version = 3}, e);
          }).code() != error_code{});
}
