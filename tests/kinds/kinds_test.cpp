// SPDX-License-Identifier: BSL-1.0
// What each kind of link says in its data: the bytes in both directions, the names, the text.
#include "support/kinds.hpp"

#include "support/bytes.hpp"
#include "support/catch.hpp"
#include <vethpp/message/any_data.hpp>
#include <vethpp/message/format.hpp>
#include <vethpp/message/link_summary.hpp>
#include <vethpp/message/route_query.hpp>

#include <fmt/core.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace vethpp;
using namespace vethpp_test;

const LinkRef seven = LinkRef::of_index(7);

struct Said {
    std::string bytes{};
    std::string refusal{};
};
template <class S>
Said said(const S& settings) {
    std::array<std::byte, 1024> buffer{};
    wire::Writer writer{buffer};
    const message::AnyData data = message::any_data(settings);
    if (data.value != nullptr) data.write(writer, data.value);
    REQUIRE_FALSE(writer.overflow());
    return {hex(writer.written()), std::string{writer.refusal()}};
}
template <class S>
S read_of(const ByteVector& bytes) {
    LinkState state;
    state.info = {.kind = std::string{S::kind}, .data = bytes};
    const auto settings = state.data<S>();
    REQUIRE(settings);
    return *settings;
}
// The same bytes both ways, and the text.
template <class S>
void check(const S& settings, const std::string& dump, const std::string& text) {
    INFO(S::kind);
    CHECK(said(settings).bytes == hex(dump));
    CHECK(said(settings).refusal.empty());
    const S back = read_of<S>(bytes(dump));
    CHECK(back == settings);
    CHECK(fmt::format("{}", settings) == text);
}
template <class S>
std::string checked(const S& settings) {
    Failure failure;
    detail::any_settings(settings).check(&settings, failure);
    return failure.context.hint;
}

}  // namespace

TEST_CASE("Kinds: a VXLAN") {
    check(VxlanSettings{.vni = 42,
                        .local = "10.0.0.1",
                        .remote = "10.0.0.2",
                        .lower = seven,
                        .port = 4789,
                        .source_ports = NumberRange{1000, 2000},
                        .ttl = 64,
                        .ttl_inherit = true,
                        .tos = 16,
                        .flow_label = 0x12345,
                        .df = DontFragment::set,
                        .learning = false,
                        .ageing = 60,
                        .limit = 10,
                        .proxy = true,
                        .route_short_circuit = true,
                        .l2_miss = true,
                        .l3_miss = true,
                        .udp_checksum = true,
                        .udp_zero_checksum6_send = true,
                        .udp_zero_checksum6_accept = true,
                        .remote_checksum_send = true,
                        .remote_checksum_accept = true,
                        .remote_checksum_no_partial = true,
                        .group_policy = true,
                        .generic_protocol = true,
                        .collect_metadata = true,
                        .vni_filter = true,
                        .local_bypass = false,
                        .flow_label_inherit = true,
                        .multicast_route = true},
          R"(
          0800 0100 2a000000   # vni
          0800 0400 0a000001   # local
          0800 0200 0a000002   # remote
          0800 0300 07000000   # lower
          0600 0f00 12b5 0000  # port
          0800 0a00 03e8 07d0  # source_ports
          0500 0500 40 000000  # ttl
          0400 1c00            # ttl_inherit
          0500 0600 10 000000  # tos
          0800 1a00 00012345   # flow_label
          0500 1d00 01 000000  # df
          0500 0700 00 000000  # learning
          0800 0800 3c000000   # ageing
          0800 0900 0a000000   # limit
          0500 0b00 01 000000  # proxy
          0500 0c00 01 000000  # route_short_circuit
          0500 0d00 01 000000  # l2_miss
          0500 0e00 01 000000  # l3_miss
          0500 1200 01 000000  # udp_checksum
          0500 1300 01 000000  # udp_zero_checksum6_send
          0500 1400 01 000000  # udp_zero_checksum6_accept
          0500 1500 01 000000  # remote_checksum_send
          0500 1600 01 000000  # remote_checksum_accept
          0400 1800            # remote_checksum_no_partial
          0400 1700            # group_policy
          0400 1b00            # generic_protocol
          0500 1900 01 000000  # collect_metadata
          0500 1e00 01 000000  # vni_filter
          0500 1f00 00 000000  # local_bypass
          0800 2000 01000000   # flow_label_inherit
          0500 2200 01 000000  # multicast_route
          )",
          "{vni=42 local=10.0.0.1 remote=10.0.0.2 lower=7 port=4789 source_ports=1000-2000 ttl=64 "
          "ttl_inherit=true tos=16 flow_label=74565 df=set learning=false ageing=60 limit=10 "
          "proxy=true route_short_circuit=true l2_miss=true l3_miss=true udp_checksum=true "
          "udp_zero_checksum6_send=true udp_zero_checksum6_accept=true remote_checksum_send=true "
          "remote_checksum_accept=true remote_checksum_no_partial=true group_policy=true "
          "generic_protocol=true collect_metadata=true vni_filter=true local_bypass=false "
          "flow_label_inherit=true multicast_route=true}");
    check(VxlanSettings{.vni = 1, .local = "fd00::1", .remote = "ff02::5"},
          R"(
          0800 0100 01000000                                  # vni
          1400 1100 fd00 0000 0000 0000 0000 0000 0000 0001   # local, of IPv6
          1400 1000 ff02 0000 0000 0000 0000 0000 0000 0005   # remote, of IPv6
          )",
          "{vni=1 local=fd00::1 remote=ff02::5}");
    // The kernel tells as a byte what it takes as a mere presence.
    CHECK(read_of<VxlanSettings>(bytes("0500 1c00 00 000000")).ttl_inherit == false);
    CHECK(said(VxlanSettings{.vni = 1U << 24U}).refusal == "a VNI is 0 to 16777215");
    CHECK(said(VxlanSettings{.flow_label = 1U << 20U}).refusal == "a flow label is 0 to 0xfffff");
    CHECK(said(VxlanSettings{.port = 65536}).refusal == "the number is out of range");
    CHECK(said(VxlanSettings{.source_ports = NumberRange{1, 65536}}).refusal ==
          "ports are 0 to 65535, the first one first");
    CHECK(said(VxlanSettings{.ttl = 256}).refusal == "the number is out of range");
}

TEST_CASE("Kinds: Geneve") {
    check(GeneveSettings{.vni = 42,
                         .remote = "10.0.0.2",
                         .port = 6081,
                         .source_ports = NumberRange{1000, 2000},
                         .ttl = 64,
                         .ttl_inherit = true,
                         .tos = 1,
                         .flow_label = 0x12345,
                         .df = DontFragment::inherit,
                         .udp_checksum = true,
                         .udp_zero_checksum6_send = true,
                         .udp_zero_checksum6_accept = false,
                         .collect_metadata = true,
                         .inner_protocol_inherit = true},
          R"(
          0800 0100 2a000000   # vni
          0800 0200 0a000002   # remote
          0600 0500 17c1 0000  # port
          0800 0f00 03e8 07d0  # source_ports
          0500 0300 40 000000  # ttl
          0500 0c00 01 000000  # ttl_inherit
          0500 0400 01 000000  # tos
          0800 0b00 00012345   # flow_label
          0500 0d00 02 000000  # df
          0500 0800 01 000000  # udp_checksum
          0500 0900 01 000000  # udp_zero_checksum6_send
          0500 0a00 00 000000  # udp_zero_checksum6_accept
          0400 0600            # collect_metadata
          0400 0e00            # inner_protocol_inherit
          )",
          "{vni=42 remote=10.0.0.2 port=6081 source_ports=1000-2000 ttl=64 ttl_inherit=true tos=1 "
          "flow_label=74565 df=inherit udp_checksum=true udp_zero_checksum6_send=true "
          "udp_zero_checksum6_accept=false collect_metadata=true inner_protocol_inherit=true}");
    check(GeneveSettings{.remote = "fd00::2"},
          "1400 0700 fd00 0000 0000 0000 0000 0000 0000 0002  # remote, of IPv6",
          "{remote=fd00::2}");
}

TEST_CASE("Kinds: a VLAN") {
    VlanSettings vlan{.id = 100,
                      .protocol = VlanProtocol::ieee8021ad,
                      .flags = VlanFlags{.reorder_header = false,
                                         .gvrp = true,
                                         .mvrp = true,
                                         .loose_binding = true,
                                         .bridge_binding = false},
                      .ingress_priorities = {{1, 2}},
                      .egress_priorities = {{3, 4}, {5, 6}}};
    check(vlan,
          R"(
          0600 0100 6400 0000            # id
          0600 0500 88a8 0000            # protocol
          0c00 0200 0e000000 1f000000    # flags: gvrp, loose_binding, mvrp; of all
          1000 0480                      # ingress_priorities
            0c00 0100 01000000 02000000  #   from, to
          1c00 0380                      # egress_priorities
            0c00 0100 03000000 04000000
            0c00 0100 05000000 06000000
          )",
          "{id=100 protocol=802.1ad flags=<gvrp mvrp loose_binding> ingress_priorities=[1:2] "
          "egress_priorities=[3:4 5:6]}");
    CHECK(said(VlanSettings{.flags = VlanFlags{.gvrp = false}}).bytes ==
          hex("0c00 0200 00000000 02000000"));
    CHECK(checked(vlan).empty());
    vlan.id = 4095;
    CHECK(checked(vlan) == "a VLAN id is 0 to 4094");
    CHECK(checked(VlanSettings{.protocol = static_cast<VlanProtocol>(1)}) ==
          "a VLAN's protocol is 802.1Q or 802.1ad");
    CHECK(to_string(static_cast<VlanProtocol>(1)) == "unknown");
}

TEST_CASE("Kinds: what stands on a link") {
    check(MacvlanSettings{.mode = MacvlanMode::source,
                          .flags = 2,
                          .broadcast_queue_length = 50,
                          .sources =
                              std::vector<MacAddress>{"02:00:00:00:00:01", "02:00:00:00:00:02"},
                          .broadcast_cutoff = -1},
          R"(
          0800 0100 10000000                   # mode
          0600 0200 0200 0000                  # flags
          0800 0300 03000000                   # of the sources: all are said
          1c00 0580                            # sources
            0a00 0400 02 00 00 00 00 01 0000
            0a00 0400 02 00 00 00 00 02 0000
          0800 0700 32000000                   # broadcast_queue_length
          0800 0900 ffffffff                   # broadcast_cutoff
          )",
          "{mode=source flags=0x00000002 sources=[02:00:00:00:00:01 02:00:00:00:00:02] "
          "broadcast_queue_length=50 broadcast_cutoff=-1}");
    const auto used = read_of<MacvtapSettings>(bytes("0800 0800 e8030000"));
    CHECK(used.broadcast_queue_length_used == 1000);
    CHECK(said(used).bytes.empty());
    CHECK(
        checked(MacvlanSettings{.mode = MacvlanMode::vepa, .sources = std::vector<MacAddress>{}}) ==
        "sources are for the mode source");
    check(IpvlanSettings{.mode = IpvlanMode::l3s, .flag = IpvlanFlag::private_},
          "0600 0100 0200 0000  0600 0200 0100 0000",
          "{mode=l3s flag=private}");
    check(IpvtapSettings{.mode = IpvlanMode::l2, .flag = IpvlanFlag::vepa},
          "0600 0100 0000 0000  0600 0200 0200 0000",
          "{mode=l2 flag=vepa}");
    HsrSettings ring{.lower = seven,
                     .second_lower = LinkRef::of_index(8),
                     .interlink = LinkRef::of_index(9),
                     .supervision = 5,
                     .version = 1,
                     .protocol = HsrProtocol::prp};
    check(ring,
          R"(
          0800 0100 07000000   # lower
          0800 0200 08000000   # second_lower
          0800 0800 09000000   # interlink
          0500 0300 05 000000  # supervision
          0500 0600 01 000000  # version
          0500 0700 01 000000  # protocol
          )",
          "{lower=7 second_lower=8 interlink=9 supervision=5 version=1 protocol=prp}");
    CHECK(checked(ring).empty());
    ring.second_lower.reset();
    CHECK(checked(ring) == "an HSR link needs two lower links");
    const auto read = read_of<HsrSettings>(bytes(R"(
        0a00 0400 01 15 4e 00 01 05 0000  # supervision_address
        0600 0500 0201 0000               # sequence_number
        )"));
    CHECK(read.supervision_address == MacAddress{"01:15:4e:00:01:05"});
    CHECK(read.sequence_number == 0x102);
    CHECK(said(read).bytes.empty());
}

TEST_CASE("Kinds: a netkit pair") {
    NetkitSettings pair{.peer = NetkitPeer{.name = "nk1", .mac = "02:00:00:00:00:01", .mtu = 1400},
                        .mode = NetkitMode::l2,
                        .policy = NetkitPolicy::blackhole,
                        .peer_policy = NetkitPolicy::forward,
                        .scrub = NetkitScrub::none,
                        .peer_scrub = NetkitScrub::standard,
                        .headroom = 32,
                        .tailroom = 8};
    CHECK(said(pair).bytes == hex(R"(
          3000 0100                              # peer: a whole message
            00 00 0000 00000000 00000000 00000000
            0800 0300 "nk1" 00                   #   name
            0a00 0100 02 00 00 00 00 01 0000     #   mac
            0800 0400 78050000                   #   mtu
          0800 0500 00000000                     # mode
          0800 0300 02000000                     # policy
          0800 0400 00000000                     # peer_policy
          0800 0600 00000000                     # scrub
          0800 0700 01000000                     # peer_scrub
          0600 0800 2000 0000                    # headroom
          0600 0900 0800 0000                    # tailroom
          )"));
    CHECK(fmt::format("{}", pair) ==
          "{peer=nk1 mode=l2 policy=blackhole peer_policy=forward scrub=none peer_scrub=default "
          "headroom=32 tailroom=8}");
    CHECK(checked(pair).empty());
    const auto now = read_of<NetkitSettings>(bytes(R"(
          0500 0200 01 000000  # primary
          0800 0300 02000000   # policy
          0800 0500 01000000   # mode
          )"));
    CHECK(now == NetkitSettings{
                     .mode = NetkitMode::l3, .policy = NetkitPolicy::blackhole, .primary = true});
    pair.peer->netns = NetnsRef{};
    CHECK(checked(pair) == "the namespace of the other end is that of a Netns: Netns::current()");
    pair.peer = NetkitPeer{.name = "a/b"};
    CHECK_FALSE(checked(pair).empty());
}

TEST_CASE("Kinds: others") {
    check(VrfSettings{.table = 100000}, "0800 0100 a0860100", "{table=100000}");
    CHECK(checked(VrfSettings{}) == "a VRF needs a routing table");
    LinkState port;
    port.info.port_kind = "vrf";
    port.info.port_data = bytes("0800 0100 0a000000");
    REQUIRE(port.port_data<VrfPortSettings>());
    CHECK(port.port_data<VrfPortSettings>()->table == 10);
    check(
        BareudpSettings{
            .port = 6635, .ethertype = 0x8847, .source_port_min = 1000, .multiple_protocols = true},
        R"(
          0600 0100 19eb 0000  # port
          0600 0200 8847 0000  # ethertype
          0600 0300 e803 0000  # source_port_min
          0400 0400            # multiple_protocols
          )",
        "{port=6635 ethertype=34887 source_port_min=1000 multiple_protocols=true}");
    CHECK(checked(BareudpSettings{.port = 1}) == "a bareudp needs a port and an ethertype");
    check(TunSettings{.mode = TunMode::tap,
                      .owner = 1000,
                      .group = 100,
                      .packet_information = false,
                      .vnet_header = true,
                      .persistent = true,
                      .multi_queue = true,
                      .queues = 2},
          R"(
          0500 0300 02 000000  # mode
          0800 0100 e8030000   # owner
          0800 0200 64000000   # group
          0500 0400 00 000000  # packet_information
          0500 0500 01 000000  # vnet_header
          0500 0600 01 000000  # persistent
          0500 0700 01 000000  # multi_queue
          0800 0800 02000000   # queues
          )",
          "{mode=tap owner=1000 group=100 packet_information=false vnet_header=true "
          "persistent=true multi_queue=true queues=2}");
}

TEST_CASE("Kinds: what readiness asks of a link that stands on another, or is in a VRF") {
    message::LinkSummary link;
    link.index = 3;
    link.master = 9;
    link.link = 7;
    const auto of = [&](const char* kind, const char* port_kind) {
        link.info.kind = kind;
        link.info.port_kind = port_kind;
        return link;
    };
    CHECK(message::tells_state(of("macvlan", "")));
    CHECK_FALSE(message::tells_state(of("vxlan", "")));
    CHECK_FALSE(message::tells_state(of("ipvlan", "")));
    CHECK(message::domain_of(of("veth", "bridge")) == 0);
    CHECK(message::domain_of(of("veth", "vrf")) == 9);
    CHECK(message::domain_of(of("vrf", "")) == 3);
    std::array<std::byte, 64> buffer{};
    wire::Writer writer{buffer};
    message::write_route_query(writer, IpAddress{"10.0.0.1"}, 3, 0, 9);
    CHECK(hex(writer.written()) == hex(R"(
        02 20 00 00 00 00 00 00 00000000
        0800 0100 0a000001  # destination
        0800 0400 09000000  # output link: the VRF
        )"));
}

TEST_CASE("Kinds: of every kind, nothing set is nothing said") {
    for_each_kind([]<class S>(const S& nothing) {
        INFO(S::kind);
        CHECK(said(nothing).bytes.empty());
        CHECK(read_of<S>({}) == nothing);
        CHECK(fmt::format("{}", nothing) == "{}");
        LinkState other;
        other.info.kind = "another";
        CHECK_FALSE(other.template data<S>().has_value());
        // Cut short, it is malformed.
        other.info = {.kind = std::string{S::kind}, .data = bytes("0800 0100 04")};
        CHECK_FALSE(other.template data<S>().has_value());
    });
}
