#include "support/described.hpp"
#include "support/recorder.hpp"
#include "support/requests.hpp"
#include <vethpp/message/bridge_fields.hpp>
#include <vethpp/message/bridge_vlan.hpp>

#include <fmt/format.h>

#include <chrono>
#include <string>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using message::VlanEntry, message::VlanMessage;

std::string change(const BridgeVlan& vlan, bool of_bridge = false) {
    ByteVector buffer(256);
    wire::Writer writer{buffer};
    message::write_vlan_change(writer, vlan, of_bridge);
    REQUIRE_FALSE(writer.overflow());
    return hex(writer.written());
}

std::string written(const VlanMessage& vlans) {
    ByteVector buffer(512);
    wire::Writer writer{buffer};
    wire::write_message(writer, vlans);
    REQUIRE_FALSE(writer.overflow());
    return hex(writer.written());
}

}  // namespace

TEST_CASE("BridgeVlan: bytes of what is added") {
    CHECK(change({.id = 10, .pvid = true, .untagged = true}) == hex(R"(
        0c00 1a00                   # IFLA_AF_SPEC
          0800 0200 0600 0a00       # IFLA_BRIDGE_VLAN_INFO: PVID, untagged, 10)"));
    CHECK(change({.id = 10, .end = 20}, true) == hex(R"(
        1c00 1a00
          0600 0000 0200 0000       # IFLA_BRIDGE_FLAGS: self
          0800 0200 0800 0a00       # the begin of a range
          0800 0200 1000 1400       # its end)"));
    CHECK(change({.id = 10, .end = 10}) == change({.id = 10}));
    CHECK(change({.id = 10, .end = 12, .tunnel_id = 1000}) == hex(R"(
        4c00 1a00
          0800 0200 0800 0a00
          0800 0200 1000 0c00
          1c00 0300                 # IFLA_BRIDGE_VLAN_TUNNEL_INFO
            0800 0100 e8030000      # 1000
            0600 0200 0a00 0000     # for 10
            0600 0300 0800 0000     # the begin of a range
          1c00 0300
            0800 0100 ea030000
            0600 0200 0c00 0000
            0600 0300 1000 0000)"));
}

TEST_CASE("BridgeVlan: bytes of the VLAN database, in both directions") {
    const BridgeVlan vlan{.id = 10,
                          .end = 20,
                          .state = PortState::blocking,
                          .multicast_router = MulticastRouter::permanent,
                          .multicast_max_groups = 7,
                          .neighbour_suppression = true};
    const std::string request = hex(R"(
        07 00 0000 05000000         # AF_BRIDGE, link 5
        3400 0180                   # BRIDGE_VLANDB_ENTRY
          0800 0100 4000 0a00       # only options, VLAN 10
          0600 0200 1400 0000       # up to 20
          0500 0300 04 000000       # state
          0500 0600 02 000000       # multicast_router
          0800 0800 07000000        # multicast_max_groups
          0500 0900 01 000000       # neighbour_suppression)");
    CHECK(written({.link = 5, .entries = {VlanEntry::of(vlan)}}) == request);

    // As Linux 6.1 lists it, with counters, of a port that maps a VLAN to a tunnel.
    VlanMessage listed;
    REQUIRE(wire::read_message(bytes(R"(
        07 00 0000 05000000
        1400 0180 0800 0100 0600 0100   0500 0300 03 000000
        5c00 0180
          0800 0100 0000 0a00
          0600 0200 1400 0000
          0500 0300 00 000000
          0c00 0480 0800 0100 e8030000
          3400 0580
            0c00 0100 0100000000000000
            0c00 0200 0200000000000000
            0c00 0300 0300000000000000
            0c00 0400 0400000000000000)"),
                               listed));
    CHECK(listed.link == 5);
    REQUIRE(listed.entries.size() == 2);
    CHECK(listed.entries[0].vlan() ==
          BridgeVlan{.id = 1, .pvid = true, .untagged = true, .state = PortState::forwarding});
    CHECK(listed.entries[1].vlan() == BridgeVlan{.id = 10,
                                                 .end = 20,
                                                 .tunnel_id = 1000,
                                                 .state = PortState::disabled,
                                                 .statistics = BridgeVlanStatistics{1, 2, 3, 4}});
    CHECK(fmt::format("{}", listed.entries[0].vlan()) == "1 PVID Egress Untagged");
    CHECK(fmt::format("{}", listed.entries[1].vlan()) == "10-20 tunnel 1000 state disabled");
    CHECK(fmt::format("{}", *listed.entries[1].vlan().statistics) ==
          "{rx_bytes=1 rx_packets=2 tx_bytes=3 tx_packets=4}");
    VlanMessage none;
    CHECK_FALSE(wire::read_message(bytes("07 00 0000"), none));
    CHECK_FALSE(
        wire::read_message(bytes("07 00 0000 05000000 0900 0180 0500 0100 06 000000"), none));
}

TEST_CASE("BridgeVlanOptions: bytes in both directions") {
    using std::chrono::seconds;
    const BridgeVlanOptions options{.id = 10,
                                    .end = 20,
                                    .multicast_snooping = true,
                                    .multicast_querier = false,
                                    .igmp_version = 3,
                                    .mld_version = 2,
                                    .last_member_count = 4,
                                    .startup_query_count = 5,
                                    .last_member_interval = seconds{1},
                                    .membership_interval = seconds{2},
                                    .querier_interval = seconds{3},
                                    .query_interval = seconds{4},
                                    .query_response_interval = seconds{5},
                                    .startup_query_interval = seconds{6},
                                    .msti = 9};
    const std::string wire_form = hex(R"(
        07 00 0000 05000000
        9400 0280                           # BRIDGE_VLANDB_GLOBAL_OPTIONS
          0600 0100 0a00 0000               # id
          0600 0200 1400 0000               # end
          0500 0300 01 000000               # multicast_snooping
          0500 0f00 00 000000               # multicast_querier
          0500 0400 03 000000               # igmp_version
          0500 0500 02 000000               # mld_version
          0800 0600 04000000                # last_member_count
          0800 0700 05000000                # startup_query_count
          0c00 0800 6400000000000000        # last_member_interval
          0c00 0a00 c800000000000000        # membership_interval
          0c00 0b00 2c01000000000000        # querier_interval
          0c00 0c00 9001000000000000        # query_interval
          0c00 0d00 f401000000000000        # query_response_interval
          0c00 0e00 5802000000000000        # startup_query_interval
          0600 1200 0900 0000               # msti)");
    CHECK(written({.link = 5, .options = {options}}) == wire_form);
    VlanMessage read;
    REQUIRE(wire::read_message(bytes(wire_form), read));
    REQUIRE(read.options.size() == 1);
    CHECK(read.options[0] == options);
    CHECK(fmt::format("{}", BridgeVlanOptions{.id = 7, .msti = 1}) == "{id=7 msti=1}");
    for (const BridgeVlanOptions& bad :
         {BridgeVlanOptions{.id = 70'000},
          BridgeVlanOptions{.id = 1, .igmp_version = 300},
          BridgeVlanOptions{.id = 1, .query_interval = seconds{-1}}}) {
        ByteVector buffer(512);
        wire::Writer writer{buffer};
        wire::write(writer, bad);
        CHECK_FALSE(writer.refusal().empty());
    }
}

TEST_CASE("BridgeSettings: the bits that have a mask") {
    ByteVector buffer(64);
    wire::Writer writer{buffer};
    wire::write(writer, BridgeSettings{.multicast_vlan_snooping = true});
    CHECK(hex(writer.written()) == hex("0c00 2e00 02000000 02000000"));
    BridgeSettings settings;
    REQUIRE(wire::read(bytes("0c00 2e00 05000000 07000000"), settings));
    CHECK(settings.multicast_vlan_snooping == false);
    CHECK_FALSE(wire::read(bytes("0800 2e00 05000000"), settings));
}
