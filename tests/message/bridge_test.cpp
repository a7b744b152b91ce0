// SPDX-License-Identifier: BSL-1.0
#include "support/bytes.hpp"
#include "support/recorded.hpp"
#include "support/recorder.hpp"
#include "support/requests.hpp"
#include "support/settings.hpp"
#include <vethpp/message/bridge_fields.hpp>
#include <vethpp/netlink/links.hpp>

#include <chrono>
#include <string>

namespace {

using namespace std::chrono_literals;
using namespace vethpp::message;
using namespace vethpp;
using namespace vethpp_test;
using vethpp::netlink::Session;

}  // namespace

TEST_CASE("BridgeSettings: a request to create a bridge with every setting") {
    const auto messages = sent_by(
        [](Session& session) {
            Failure failure;
            vethpp_test::create_link<BridgeSettings>(
                session,
                vethpp::netlink::link_header(0, IFF_UP, IFF_UP),
                {.name = "br0", .mac = MacAddress{"02:00:00:00:00:0b"}},
                "bridge",
                every_setting(),
                failure);
            CHECK_FALSE(failure);
        },
        {{RTM_NEWLINK, bytes("0000 0000 02000000 00000000 00000000")}});
    REQUIRE(messages.size() == 1);
    const std::string_view dump = R"(
        dc000000 1000 0d06 00000000 00000000  # RTM_NEWLINK, REQUEST ACK ECHO EXCL CREATE
        00 00 0000 00000000                   # family, type, index
        01000000 01000000                     # flags, mask
        0800 0300 "br0" 00                    # name
        0a00 0100 02000000 000b 0000          # mac
        a800 1280                             # linkinfo
          0b00 0100 "bridge" 00 00            #   kind
          9800 0280                           #   data
            0800 0500 01000000                #     stp
            0800 0100 90010000                #     forward_delay: 400 hundredths of a second
            0800 0200 64000000                #     hello_time
            0800 0300 58020000                #     max_age
            0800 0400 39300000                #     ageing_time
            0600 0600 0010 0000               #     priority
            0500 0700 01 000000               #     vlan_filtering
            0600 0800 88a8 0000               #     vlan_protocol, in network byte order
            0600 2700 0500 0000               #     vlan_default_pvid
            0500 2900 01 000000               #     vlan_statistics
            0500 1700 00 000000               #     multicast_snooping
            0500 1900 01 000000               #     multicast_querier
            0500 1600 02 000000               #     multicast_router
            0600 0900 0800 0000               #     group_forward_mask
            0a00 1400 0180c200 000f 0000      #     group_address
            0500 2400 01 000000               #     nf_call_iptables
            0500 2500 00 000000               #     nf_call_ip6tables
            0500 2600 01 000000               #     nf_call_arptables
        )";
    CHECK(hex(messages[0]) == hex(dump));

    const Request<ifinfomsg> request{bytes(dump)};
    CHECK(request.get<LinkAttributes>() ==
          LinkAttributes{.name = "br0", .mac = MacAddress{"02:00:00:00:00:0b"}});
    const auto info = request.get<LinkInfoRequest<BridgeSettings>>().info;
    REQUIRE(info);
    CHECK(info->kind == "bridge");
    CHECK(info->data == every_setting());
}

TEST_CASE("BridgeSettings: a request to change one") {
    const auto messages = sent_by([](Session& session) {
        Failure failure;
        const BridgeSettings settings{.stp = false};
        vethpp::netlink::set_link_data(session, 2, "bridge", any_data(settings), failure);
    });
    REQUIRE(messages.size() == 1);
    CHECK(hex(messages[0]) == hex(R"(
        3c000000 1000 0500 00000000 00000000  # RTM_NEWLINK, REQUEST ACK: change, do not create
        00 00 0000 02000000 00000000 00000000
        1c00 1280
          0b00 0100 "bridge" 00 00
          0c00 0280
            0800 0500 00000000)"));
}

TEST_CASE("BridgePortSettings: a request with every setting") {
    const auto messages = sent_by([](Session& session) {
        Failure failure;
        const BridgePortSettings settings = every_port_setting();
        vethpp::netlink::set_port_data(session, 4, "bridge", any_data(settings), failure);
    });
    REQUIRE(messages.size() == 1);
    const std::string_view dump = R"(
        ac000000 1000 0500 00000000 00000000  # RTM_NEWLINK, REQUEST ACK
        00 00 0000 04000000 00000000 00000000
        8c00 1280                             # linkinfo
          0b00 0400 "bridge" 00 00            #   port_kind
          7c00 0580                           #   port_data
            0500 0100 04 000000               #     state: blocking
            0800 0300 ffff0000                #     cost
            0600 0200 3f00 0000               #     priority
            0500 0400 01 000000               #     hairpin
            0500 0500 01 000000               #     guard
            0500 0600 01 000000               #     root_block
            0500 0700 01 000000               #     fast_leave
            0500 0800 00 000000               #     learning
            0500 0900 00 000000               #     unicast_flood
            0500 1b00 00 000000               #     multicast_flood
            0500 1e00 00 000000               #     broadcast_flood
            0500 0a00 01 000000               #     proxy_arp
            0500 2000 01 000000               #     neighbour_suppression
            0500 2100 01 000000               #     isolated
            0500 1900 00 000000               #     multicast_router
        )";
    CHECK(hex(messages[0]) == hex(dump));

    const Request<ifinfomsg> request{bytes(dump)};
    CHECK(request.get<LinkAttributes>() == LinkAttributes{});
    const auto info = request.get<LinkInfoRequest<BridgePortSettings>>().info;
    REQUIRE(info);
    CHECK_FALSE(info->kind);
    CHECK_FALSE(info->data);
    CHECK(info->port_kind == "bridge");
    CHECK(info->port_data == every_port_setting());
}

TEST_CASE("BridgeSettings: the name of the attribute at every offset of a request") {
    vethpp_test::check_paths(request_names<BridgeSettings>,
                             bytes(R"(
        00 00 0000 00000000 00000000 00000000 #  0
        2800 1280                             # 16 linkinfo
          0b00 0100 "bridge" 00 00            # 20
          0c00 0280                           # 32
            0600 2700 0500 0000               # 36
          0c00 0580                           # 44
            0800 0500 01000000                # 48
        )"),
                             {{0, ""},
                              {16, "linkinfo"},
                              {20, "linkinfo.kind"},
                              {31, "linkinfo.data"},
                              {36, "linkinfo.data.vlan_default_pvid"},
                              {42, "linkinfo.data"},
                              {44, "linkinfo.port_data"},
                              {48, "linkinfo.port_data.stp"}});
    vethpp_test::check_paths(request_names<BridgePortSettings>,
                             bytes(R"(
        00 00 0000 00000000 00000000 00000000 #  0
        1000 1280                             # 16 linkinfo
          0c00 0580                           # 20
            0600 0200 3f00 0000               # 24
        )"),
                             {{0, ""},
                              {16, "linkinfo"},
                              {20, "linkinfo.port_data"},
                              {24, "linkinfo.port_data.priority"},
                              {30, "linkinfo.port_data"}});
}

TEST_CASE("BridgeSettings: a bridge as a real kernel reports it") {
    LinkState state;
    REQUIRE(wire::read_message(payload_of(vethpp_test::recorded_bridge), state));
    const auto settings = state.data<BridgeSettings>();
    REQUIRE(settings);
    // This kernel was built without VLAN filtering, and so reports it as off and its rest not at
    // all.
    CHECK(*settings == BridgeSettings{.stp = false,
                                      .forward_delay = 15s,
                                      .hello_time = 2s,
                                      .max_age = 20s,
                                      .ageing_time = 300s,
                                      .priority = 4096,
                                      .vlan_filtering = false,
                                      .multicast_snooping = true,
                                      .multicast_querier = false,
                                      .multicast_router = MulticastRouter::query,
                                      .group_forward_mask = 0,
                                      .group_address = MacAddress{"01:80:c2:00:00:00"},
                                      .nf_call_iptables = false,
                                      .nf_call_ip6tables = false,
                                      .nf_call_arptables = false,
                                      .multicast_vlan_snooping = false});
    const auto status = state.data<BridgeStatus>();
    REQUIRE(status);
    CHECK(status->bridge ==
          vethpp::BridgeId{.priority = 4096, .mac = MacAddress{"02:00:00:00:00:0b"}});
    CHECK(status->root == status->bridge);
    CHECK(status->root_port == 0);
    CHECK(status->root_path_cost == 0);
    CHECK_FALSE(status->topology_change);
}

TEST_CASE("BridgePortSettings: a port as a real kernel reports it") {
    LinkState state;
    REQUIRE(wire::read_message(payload_of(vethpp_test::recorded_port), state));
    CHECK(state.port_data<BridgePortSettings>() ==
          BridgePortSettings{.state = PortState::forwarding,
                             .cost = 4,
                             .priority = 5,
                             .hairpin = true,
                             .guard = false,
                             .root_block = false,
                             .fast_leave = false,
                             .learning = true,
                             .unicast_flood = true,
                             .multicast_flood = true,
                             .broadcast_flood = true,
                             .proxy_arp = false,
                             .neighbour_suppression = false,
                             .isolated = false,
                             .multicast_router = MulticastRouter::query,
                             .vlan_tunnel = false});
}

TEST_CASE("BridgeStatus: bytes in both directions") {
    BridgeStatus status;
    status.root = {.priority = 0x1000, .mac = MacAddress{"02:00:00:00:00:01"}};
    status.bridge = {.priority = 0x8000, .mac = MacAddress{"02:00:00:00:00:02"}};
    status.root_port = 1;
    status.root_path_cost = 2;
    status.topology_change = true;
    const std::string_view dump = R"(
        0c00 0a00 1000 0200 0000 0001     # root: the priority in network byte order
        0c00 0b00 8000 0200 0000 0002     # bridge
        0600 0c00 0100 0000               # root_port
        0800 0d00 02000000                # root_path_cost
        0500 0e00 01 000000               # topology_change
        )";
    CHECK(hex(vethpp_test::written(status)) == hex(dump));
    BridgeStatus back;
    CHECK(vethpp_test::reads(bytes(dump), back));
    CHECK(back.root == status.root);
    CHECK(back.bridge == status.bridge);
    CHECK(back.root_port == 1);
    CHECK(back.root_path_cost == 2);
    CHECK(back.topology_change);
    CHECK_FALSE(vethpp_test::reads(bytes("0b00 0a00 1000 0200 0000 00"), back));
}
