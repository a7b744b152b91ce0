// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/recorder.hpp"
#include <vethpp/kinds/bond.hpp>
#include <vethpp/kinds/erspan.hpp>
#include <vethpp/kinds/gretap.hpp>
#include <vethpp/kinds/ip6gretap.hpp>
#include <vethpp/kinds/ip6tnl.hpp>
#include <vethpp/kinds/ipip.hpp>
#include <vethpp/kinds/macsec.hpp>
#include <vethpp/kinds/sit.hpp>
#include <vethpp/kinds/vti6.hpp>
#include <vethpp/kinds/xfrm_interface.hpp>

#include <fmt/core.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;

// The attributes of IFLA_INFO_DATA.
template <class Settings>
std::string data_of(const Settings& settings, std::string_view refusal = {}) {
    std::array<std::byte, 1024> buffer{};
    wire::Writer w{buffer};
    const message::AnyData data = message::any_data(settings);
    data.write(w, data.value);
    CHECK(w.refusal() == refusal);
    return hex(w.written());
}
template <class Settings>
Settings read_of(const std::string& dump) {
    Settings settings;
    REQUIRE(read_data(bytes(dump), settings));
    return settings;
}
template <class Settings>
std::string refused(const Settings& settings) {
    Failure failure;
    detail::any_settings(settings).check(&settings, failure);
    return failure.context.hint;
}

const std::string gre_dump = R"(
    0800 0100 05000000             # lower
    0600 0200 b000 0000            # input_flags: checksum, key, sequence
    0600 0300 b000 0000            # output_flags
    0800 0400 0000000a             # input_key
    0800 0500 0000000a             # output_key
    0800 0600 0a000001             # local
    0800 0700 0a000002             # remote
    0500 0800 40 000000            # ttl
    0800 1400 07000000             # fwmark
    0600 0e00 0100 0000            # encapsulation
    0600 0f00 0100 0000            # encapsulation_flags
    0600 1000 15b3 0000            # encapsulation_source_port
    0600 1100 15b4 0000            # encapsulation_destination_port
    0500 0900 10 000000            # tos
    0500 0a00 00 000000            # path_mtu_discovery
    0500 1300 01 000000            # ignore_df
)";

template <class Settings>
Settings every_gre_setting() {
    return {.lower = LinkRef::of_index(5),
            .local = "10.0.0.1",
            .remote = "10.0.0.2",
            .key = 10,
            .sequence = true,
            .checksum = true,
            .ttl = 64,
            .tos = 16,
            .path_mtu_discovery = false,
            .ignore_df = true,
            .fwmark = 7,
            .encapsulation = TunnelEncapsulation::fou,
            .encapsulation_flags = 1,
            .encapsulation_source_port = 5555,
            .encapsulation_destination_port = 5556};
}

}  // namespace

TEST_CASE("Tunnels: every setting of GRE over IPv4, in both directions") {
    const auto settings = every_gre_setting<GreSettings>();
    CHECK(data_of(settings) == hex(gre_dump));
    CHECK(data_of(every_gre_setting<GretapSettings>()) == hex(gre_dump));
    auto found = read_of<GreSettings>(gre_dump);
    CHECK(found.input_flags == 0xb000U);
    CHECK(found.output_key == 10U);
    // What stands for two is read of the two.
    found.input_key = found.output_key = found.input_flags = found.output_flags = std::nullopt;
    CHECK(found == settings);
    CHECK(read_of<GreSettings>("0400 1200").collect_metadata == true);
    CHECK(data_of(GreSettings{.collect_metadata = true}) ==
          hex("0600 0200 0000 0000  0600 0300 0000 0000  0400 1200"));
    CHECK_FALSE(read_data(bytes("0500 0600 0a 000000"), found));
}

TEST_CASE("Tunnels: keys and flags of one direction") {
    CHECK(data_of(GreSettings{.input_key = 1, .output_key = 2, .output_flags = 0x9000}) == hex(R"(
        0600 0200 2000 0000
        0600 0300 b000 0000
        0800 0400 00000001
        0800 0500 00000002
        )"));
    // One that is used by one direction, which the kernel tells of both.
    const auto found = read_of<GreSettings>(R"(
        0600 0200 0000 0000
        0600 0300 3000 0000
        0800 0400 00000000
        0800 0500 00000002
        )");
    CHECK_FALSE(found.input_key);
    CHECK(found.output_key == 2U);
    CHECK_FALSE(found.key);
    CHECK_FALSE(found.sequence);
    CHECK(found.checksum == false);
    // A change of one setting leaves the others.
    const auto changed = [&](const GreSettings& given) {
        GreSettings whole = found;
        detail::overlay(whole, given, GreSettings::fields());
        whole.complete();
        return std::pair{*whole.input_flags, *whole.output_flags};
    };
    CHECK(changed({}) == std::pair{0U, 0x3000U});
    CHECK(changed({.key = 7}) == std::pair{0x2000U, 0x3000U});
    CHECK(changed({.checksum = true}) == std::pair{0x8000U, 0xb000U});
    CHECK(changed({.sequence = false}) == std::pair{0U, 0x2000U});
    CHECK(changed({.input_flags = 0x1000}) == std::pair{0x1000U, 0x3000U});
}

TEST_CASE("Tunnels: GRE over IPv6") {
    const Ip6greSettings settings{.local = "fd00::1",
                                  .remote = "fd00::2",
                                  .ttl = 64,
                                  .encapsulation_limit = 4,
                                  .flow = Ipv6Flow{.traffic_class = 0x12, .label = 0x34567},
                                  .flags = 1};
    const std::string dump = R"(
        0600 0200 0000 0000
        0600 0300 0000 0000
        1400 0600 fd000000 00000000 00000000 00000001
        1400 0700 fd000000 00000000 00000000 00000002
        0500 0800 40 000000
        0500 0b00 04 000000            # encapsulation_limit
        0800 0c00 01234567             # flow
        0800 0d00 01000000             # flags
    )";
    CHECK(data_of(settings) == hex(dump));
    CHECK(read_of<Ip6gretapSettings>(dump).flow == settings.flow);
    CHECK(fmt::format("{}", *settings.flow) == "tclass 0x12 flowlabel 0x34567");
    (void)data_of(Ip6greSettings{.flow = Ipv6Flow{.traffic_class = 256}},
                  "a traffic class is 0 to 255");
    (void)data_of(Ip6greSettings{.flow = Ipv6Flow{.label = 0x100000}},
                  "a flow label is 0 to 0xfffff");
}

TEST_CASE("Tunnels: ERSPAN numbers its packets unless it is of type I") {
    CHECK(data_of(ErspanSettings{
              .key = 30, .version = 2, .direction = ErspanDirection::egress, .hardware_id = 9}) ==
          hex(R"(
        0600 0200 3000 0000
        0600 0300 3000 0000
        0800 0400 0000001e
        0800 0500 0000001e
        0500 1600 02 000000            # version
        0500 1700 01 000000            # direction
        0600 1800 0900 0000            # hardware_id
        )"));
    CHECK(data_of(ErspanSettings{.version = 0}) ==
          hex("0600 0200 0000 0000  0600 0300 0000 0000  0500 1600 00 000000"));
    CHECK(data_of(ErspanSettings{.key = 1, .erspan_index = 123})
              .ends_with(hex("0800 1500 7b000000")));
}

TEST_CASE("Tunnels: IP in IP") {
    CHECK(data_of(IpipSettings{.local = "10.0.0.1",
                               .remote = "10.0.0.2",
                               .protocol = TunnelProtocol::any,
                               .ttl = 9,
                               .tos = 1,
                               .path_mtu_discovery = true}) == hex(R"(
        0800 0200 0a000001
        0800 0300 0a000002
        0500 0900 00 000000            # protocol
        0500 0400 09 000000            # ttl
        0500 0500 01 000000            # tos
        0500 0a00 01 000000            # path_mtu_discovery
        )"));
    CHECK(data_of(SitSettings{.local = "10.0.0.1",
                              .isatap = true,
                              .prefix_6rd = "2001:db8::",
                              .prefix_length_6rd = 32,
                              .relay_prefix_6rd = "10.0.0.0",
                              .relay_prefix_length_6rd = 8}) == hex(R"(
        0800 0200 0a000001
        0600 0800 0100 0000            # isatap
        1400 0b00 20010db8 00000000 00000000 00000000
        0600 0d00 2000 0000
        0800 0c00 0a000000
        0600 0e00 0800 0000
        )"));
    const Ip6tnlSettings settings{.remote = "fd00::2",
                                  .protocol = TunnelProtocol::ipv6,
                                  .encapsulation_limit = 3,
                                  .flow = Ipv6Flow{.label = 5},
                                  .flags = 2,
                                  .encapsulation = TunnelEncapsulation::gue};
    const std::string dump = R"(
        1400 0300 fd000000 00000000 00000000 00000002
        0500 0900 29 000000
        0600 0f00 0200 0000
        0500 0600 03 000000            # encapsulation_limit
        0800 0700 00000005             # flow
        0800 0800 02000000             # flags
    )";
    CHECK(data_of(settings) == hex(dump));
    CHECK(read_of<Ip6tnlSettings>(dump) == settings);
}

TEST_CASE("Tunnels: IPsec") {
    CHECK(data_of(VtiSettings{.local = "10.0.0.1", .key = 5, .output_key = 6, .fwmark = 8}) ==
          hex(R"(
        0800 0400 0a000001
        0800 0200 00000005
        0800 0300 00000006
        0800 0600 08000000
        )"));
    CHECK(read_of<Vti6Settings>("0800 0200 00000005 0800 0300 00000005").key == 5U);
    CHECK(data_of(XfrmInterfaceSettings{.lower = LinkRef::of_index(3), .identifier = 42}) ==
          hex("0800 0100 03000000 0800 0200 2a000000"));
    // The kernel says 0 for no link.
    CHECK(read_of<XfrmInterfaceSettings>("0800 0100 00000000 0800 0200 2a000000") ==
          XfrmInterfaceSettings{.identifier = 42});
}

TEST_CASE("Bond: its settings, and what it says of itself and of a port") {
    using std::chrono::milliseconds;
    CHECK(data_of(BondSettings{.mode = BondMode::active_backup,
                               .miimon = milliseconds{100},
                               .arp_ip_targets = std::vector<IpAddress>{"10.0.0.1", "10.0.0.2"},
                               .ns_ip6_targets = std::vector<IpAddress>{},
                               .primary = LinkRef::of_index(5),
                               .lp_interval = std::chrono::seconds{2},
                               .ad_actor_system = "02:00:00:00:00:01",
                               .coupled_control = false}) == hex(R"(
        0500 0100 01 000000            # mode
        0800 0300 64000000             # miimon
        1400 0880                      # arp_ip_targets
          0800 0000 0a000001
          0800 0100 0a000002
        0400 1f80                      # ns_ip6_targets
        0800 0b00 05000000             # primary
        0800 1300 02000000             # lp_interval
        0a00 1a00 02000000 0001 0000   # ad_actor_system
        0500 2000 00 000000            # coupled_control
        )"));
    const std::string dump = R"(
        0500 0100 04 000000            # mode
        0800 0200 07000000             # active_port
        0800 0300 64000000             # miimon
        3000 1700                      # aggregator
          0600 0100 0100 0000          #   identifier
          0600 0200 0200 0000          #   ports
          0600 0300 0900 0000          #   actor_key
          0600 0400 0800 0000          #   partner_key
          0a00 0500 02000000 0002 0000 #   partner
    )";
    CHECK(read_of<BondStatus>(dump).active_port == LinkRef::of_index(7));
    CHECK(read_of<BondStatus>(dump).aggregator == BondAggregator{1, 2, 9, 8, "02:00:00:00:00:02"});
    CHECK(fmt::format("{}", read_of<BondSettings>(dump)) ==
          "{mode=802.3ad active_port=7 miimon=100ms}");
    CHECK(fmt::format("{}", BondSettings{.lp_interval = std::chrono::seconds{3}}) ==
          "{lp_interval=3s}");
    CHECK(data_of(BondPortSettings{.queue = 3, .priority = -1}) ==
          hex("0600 0500 0300 0000 0800 0900 ffffffff"));
    CHECK(read_of<BondPortStatus>("0500 0100 01 000000 0500 0200 02 000000 0800 0300 03000000") ==
          BondPortStatus{.backup = true, .carrier = BondPortCarrier::down, .failures = 3});
    CHECK(refused(BondSettings{.arp_ip_targets = std::vector<IpAddress>(17, "10.0.0.1")}) ==
          "a bond has at most 16 targets");
    CHECK(refused(BondSettings{.ns_ip6_targets = std::vector<IpAddress>{"10.0.0.1"}}) ==
          "10.0.0.1 is no IPv6 address, as its targets are");
    CHECK(refused(BondSettings{.arp_ip_targets = std::vector<IpAddress>{"10"}}) ==
          "\"10\" is no IPv4 or IPv6 address");
    (void)data_of(BondSettings{.miimon = milliseconds{-1}}, "the time is out of range");
    CHECK(to_string(BondMode::balance_alb) == "balance-alb");
    CHECK(to_string(static_cast<BondMode>(7)) == "unknown");
    CHECK(to_string(BondHashPolicy::vlan_srcmac) == "vlan+srcmac");
    CHECK(to_string(BondArpValidation::filter_backup) == "filter_backup");
    CHECK(to_string(BondReselection::failure) == "failure");
    CHECK(to_string(BondFailOverMac::follow) == "follow");
    CHECK(to_string(BondLacpRate::fast) == "fast");
    CHECK(to_string(BondAggregatorSelection::count) == "count");
    CHECK(to_string(BondPortCarrier::going_down) == "GOING_DOWN");
}

TEST_CASE("Macsec: its settings") {
    const MacsecSettings settings{.sci = 0x0200000000010007,
                                  .cipher = MacsecCipher::gcm_aes_256,
                                  .icv_length = 12,
                                  .encrypt = true,
                                  .window = 5,
                                  .validation = MacsecValidation::strict};
    const std::string dump = R"(
        0c00 0100 02000000 00010007    # sci
        0c00 0400 02000001 00c28000    # cipher
        0500 0300 0c 000000            # icv_length
        0500 0700 01 000000            # encrypt
        0800 0500 05000000             # window
        0500 0d00 02 000000            # validation
    )";
    CHECK(data_of(settings) == hex(dump));
    CHECK(read_of<MacsecSettings>(dump) == settings);
    CHECK(data_of(MacsecSettings{.port = 7}) == hex("0600 0200 0007 0000"));
    CHECK(refused(MacsecSettings{.port = 7, .sci = 1}) == "an SCI contains the port");
    CHECK(refused(MacsecSettings{.port = 7, .end_station = true}) ==
          "the channel of an end station is its address");
    CHECK(refused(MacsecSettings{.replay_protect = true}) == "replay protection needs a window");
    CHECK(refused(MacsecSettings{.icv_length = 17}) == "a signature has 8 to 16 bytes");
    CHECK(refused(MacsecSettings{.encoding_sa = 4}) == "an association is 0 to 3");
    CHECK(fmt::format("{} {}", MacsecCipher::gcm_aes_xpn_256, MacsecValidation::check) ==
          "GCM-AES-XPN-256 check");
}

TEST_CASE("Tunnels: what cannot be is said before anything is sent") {
    CHECK(refused(GreSettings{.remote = "fd00::1"}) ==
          "fd00::1 is no IPv4 address, which this kind of tunnel is between");
    CHECK(refused(Ip6tnlSettings{.local = "10.0.0.1"}) ==
          "10.0.0.1 is no IPv6 address, which this kind of tunnel is between");
    CHECK(refused(Vti6Settings{.local = "10.0.0.1"}) ==
          "10.0.0.1 is no IPv6 address, which this kind of tunnel is between");
    CHECK(refused(VtiSettings{.local = "10.0.0.1"}).empty());
    CHECK(refused(GretapSettings{.ignore_df = true}) ==
          "ignore_df does not go together with path MTU discovery, the default");
    CHECK(refused(ErspanSettings{}) == "erspan needs a key, the number of its session");
    CHECK(refused(ErspanSettings{.version = 0}).empty());
    CHECK(refused(ErspanSettings{.key = 1024}) == "the key, a session, is 0 to 1023");
    CHECK(refused(ErspanSettings{.key = 1, .version = 3}) == "a version is 0 to 2");
    CHECK(refused(ErspanSettings{.key = 1, .erspan_index = 0x100000}) ==
          "an index is 0 to 0xfffff");
    CHECK(refused(ErspanSettings{.key = 1, .hardware_id = 64}) ==
          "a hardware identifier is 0 to 63");
    CHECK(refused(XfrmInterfaceSettings{}) == "an xfrm interface needs an identifier, not 0");
    (void)data_of(GreSettings{.ttl = 256}, "the number is out of range");
    (void)data_of(GreSettings{.encapsulation_source_port = 65536}, "the number is out of range");
    CHECK(to_string(TunnelProtocol::mpls) == "mpls");
    CHECK(to_string(TunnelEncapsulation::gue) == "gue");
    CHECK(to_string(ErspanDirection::ingress) == "ingress");
}
