// SPDX-License-Identifier: BSL-1.0
// IP tunnels: what they are set to, by ours and by ip(8), and packets through them.
#include "support/link_attributes.hpp"
#include "support/live.hpp"
#include "support/oracle.hpp"
#include "support/patience.hpp"
#include "support/skip.hpp"
#include <vethpp/kinds/bond.hpp>
#include <vethpp/kinds/erspan.hpp>
#include <vethpp/kinds/geneve.hpp>
#include <vethpp/kinds/gretap.hpp>
#include <vethpp/kinds/ip6gretap.hpp>
#include <vethpp/kinds/ip6tnl.hpp>
#include <vethpp/kinds/ipip.hpp>
#include <vethpp/kinds/macsec.hpp>
#include <vethpp/kinds/sit.hpp>
#include <vethpp/kinds/vlan.hpp>
#include <vethpp/kinds/vrf.hpp>
#include <vethpp/kinds/vti6.hpp>
#include <vethpp/kinds/vxlan.hpp>
#include <vethpp/kinds/xfrm_interface.hpp>
#include <vethpp/make_link.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/routes.hpp>
#include <vethpp/veth_pair.hpp>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;

// Two namespaces and a wire between them.
struct Wire {
    Netns a = Netns::create("a");
    Netns b = Netns::create("b");
    VethPair pair{
        {.netns = a, .name = "eth0", .addresses = {"10.0.0.1/24", "fd00::1/64"}, .up = true},
        {.netns = b, .name = "eth0", .addresses = {"10.0.0.2/24", "fd00::2/64"}, .up = true}};
};

template <class Settings>
void set_ends(Settings& settings, bool v6, bool first) {
    settings.local = v6 ? (first ? "fd00::1" : "fd00::2") : (first ? "10.0.0.1" : "10.0.0.2");
    settings.remote = v6 ? (first ? "fd00::2" : "fd00::1") : (first ? "10.0.0.2" : "10.0.0.1");
}

// What `ip -d` says of the link "t".
std::string printed(const Netns& netns) {
    const std::string text = shell(netns, "ip -j -d link show dev t").text;
    const std::size_t from = text.find("\"info_data\":{");
    REQUIRE(from != std::string::npos);
    return text.substr(from + 13, text.find('}', from) - from - 13);
}

// What settings are when some are given.
template <class Settings>
Settings changed(Settings settings, const Settings& given) {
    vethpp::detail::overlay(settings, given, wire::fields_of<Settings>());
    std::array<std::byte, 1024> buffer{};
    wire::Writer w{buffer};
    message::write_data(w, settings);
    Settings result;
    REQUIRE(read_data(w.written(), result));
    return result;
}

// Makes a link of settings, and checks how the kernel and ip(8) have them, and that each change
// keeps the rest.
template <class Kind, class Settings>
void keeps(const Netns& netns,
           const Settings& settings,
           const Settings& change,
           const std::string& by_ip) {
    INFO(Settings::kind);
    Kind link{{.netns = netns, .name = "t"}, settings};
    const Settings before = link.settings();
    CHECK(link.state().kind() == Settings::kind);
    CHECK(changed(before, settings) == before);
    CHECK(printed(netns) == by_ip);
    succeeds([&](OnError e) { link.configure(change, e); });
    CHECK(link.settings() == changed(before, change));
    CHECK_FALSE(link.settings() == before);
    // What was read can be said again.
    if constexpr (requires { Settings::changes_as_a_whole; }) {
        link.configure(before);
        CHECK(link.settings() == before);
    }
}

template <class Kind, class Settings>
void carries(const Wire& wire, const Settings& settings, bool over_v6, bool v6) {
    INFO(Settings::kind);
    Settings here = settings;
    Settings there = settings;
    set_ends(here, over_v6, true);
    set_ends(there, over_v6, false);
    const InterfaceAddresses first =
        v6 ? InterfaceAddresses{"fd01::1/64"} : InterfaceAddresses{"10.9.0.1/24"};
    const InterfaceAddresses second =
        v6 ? InterfaceAddresses{"fd01::2/64"} : InterfaceAddresses{"10.9.0.2/24"};
    const Kind a{{.netns = wire.a, .name = "t", .addresses = first, .up = true}, here};
    const Kind b{{.netns = wire.b, .name = "t", .addresses = second, .up = true}, there};
    a.wait_ready(long_enough);
    b.wait_ready(long_enough);
    CHECK(ping(wire.a, v6 ? "fd01::2" : "10.9.0.2", {.timeout = long_enough}).received == 1);
    CHECK(a.state().statistics.tx_packets > 0);
}

// Of a kind that this kernel may lack.
void need_kind(const Netns& netns, std::string_view kind) {
    error_code ec;
    const Link link = make_link({.netns = netns, .name = "try"}, kind, ec);
    if (ec == boost::system::errc::operation_not_supported)
        vethpp_test::skip(std::string{kind} + " is not in this kernel");
}

}  // namespace

TEST_CASE("tunnels: GRE and its kin, as they are set and as ip(8) prints them",
          "[kernel][kinds][only_vm]") {
    const Wire w;
    need_kind(w.a, "gre");
    need(w.a, "ip");
    const LinkRef lower = w.pair.first();
    keeps<Gre>(w.a,
               GreSettings{.lower = lower,
                           .local = "10.0.0.1",
                           .remote = "10.0.0.2",
                           .input_key = 1,
                           .output_key = 2,
                           .sequence = true,
                           .checksum = true,
                           .ttl = 64,
                           .tos = 16,
                           .path_mtu_discovery = false,
                           .ignore_df = true,
                           .fwmark = 7},
               GreSettings{.key = 9, .ttl = 32},
               R"("remote":"10.0.0.2","local":"10.0.0.1","link":"eth0","ttl":64,)"
               R"("tos":"0x10","pmtudisc":false,"ignore_df":true,"ikey":"0.0.0.1",)"
               R"("okey":"0.0.0.2","iseq":true,"oseq":true,"icsum":true,"ocsum":true,)"
               R"("fwmark":"0x7")");
    keeps<Gretap>(w.a,
                  GretapSettings{.remote = "10.0.0.2"},
                  GretapSettings{.checksum = true},
                  R"("remote":"10.0.0.2","local":"any","ttl":0,"pmtudisc":true)");
    keeps<Ip6gre>(w.a,
                  Ip6greSettings{.local = "fd00::1",
                                 .remote = "fd00::2",
                                 .key = 3,
                                 .ttl = 64,
                                 .encapsulation_limit = 5,
                                 .flow = Ipv6Flow{.traffic_class = 0x12, .label = 0x345},
                                 .fwmark = 7},
                  Ip6greSettings{.remote = "fd00::3"},
                  R"("remote":"fd00::2","local":"fd00::1","ttl":64,"encap_limit":5,)"
                  R"("tclass":"0x12","flowlabel":"0x00345","ikey":"0.0.0.3",)"
                  R"("okey":"0.0.0.3","fwmark":"0x7")");
    keeps<Ip6gretap>(w.a,
                     Ip6gretapSettings{.remote = "fd00::2", .flags = 1},
                     Ip6gretapSettings{.sequence = true},
                     R"("remote":"fd00::2","local":"any","ttl":0,)"
                     R"("ip6_tnl_f_ign_encap_limit":true,"tclass":"0x00",)"
                     R"("flowlabel":"0x00000")");
    keeps<Erspan>(w.a,
                  ErspanSettings{.local = "10.0.0.1",
                                 .remote = "10.0.0.2",
                                 .key = 30,
                                 .version = 1,
                                 .erspan_index = 123},
                  ErspanSettings{.erspan_index = 124},
                  R"("remote":"10.0.0.2","local":"10.0.0.1","ttl":0,"pmtudisc":true,)"
                  R"("ikey":"0.0.0.30","okey":"0.0.0.30","iseq":true,"oseq":true,)"
                  R"("erspan_index":123,"erspan_ver":1)");
    keeps<Erspan>(w.a,
                  ErspanSettings{.local = "10.0.0.1",
                                 .remote = "10.0.0.2",
                                 .key = 30,
                                 .version = 2,
                                 .direction = ErspanDirection::egress,
                                 .hardware_id = 9},
                  ErspanSettings{.hardware_id = 10},
                  R"("remote":"10.0.0.2","local":"10.0.0.1","ttl":0,"pmtudisc":true,)"
                  R"("ikey":"0.0.0.30","okey":"0.0.0.30","iseq":true,"oseq":true,)"
                  R"("erspan_ver":2,"erspan_dir":"egress","erspan_hwid":"0x9")");
}

TEST_CASE("tunnels: IP in IP and IPsec, as they are set and as ip(8) prints them",
          "[kernel][kinds][only_vm]") {
    const Wire w;
    need_kind(w.a, "ipip");
    need(w.a, "ip");
    keeps<Ipip>(w.a,
                IpipSettings{.local = "10.0.0.1",
                             .remote = "10.0.0.2",
                             .protocol = TunnelProtocol::any,
                             .ttl = 9,
                             .tos = 1},
                IpipSettings{.fwmark = 5},
                R"("proto":"any","remote":"10.0.0.2","local":"10.0.0.1","ttl":9,)"
                R"("tos":"0x1","pmtudisc":true)");
    keeps<Sit>(w.a,
               SitSettings{.local = "10.0.0.1",
                           .ttl = 64,
                           .isatap = true,
                           .prefix_6rd = "2001:db8::",
                           .prefix_length_6rd = 32,
                           .relay_prefix_6rd = "10.0.0.0",
                           .relay_prefix_length_6rd = 8},
               SitSettings{.tos = 4},
               R"("proto":"ip6ip","remote":"any","local":"10.0.0.1","ttl":64,)"
               R"("pmtudisc":true,"isatap":true,"prefix":"2001:db8::","prefixlen":32,)"
               R"("relay_prefix":"10.0.0.0","relay_prefixlen":8)");
    keeps<Ip6tnl>(w.a,
                  Ip6tnlSettings{.local = "fd00::1",
                                 .remote = "fd00::2",
                                 .protocol = TunnelProtocol::ipv6,
                                 .ttl = 64,
                                 .encapsulation_limit = 3,
                                 .flow = Ipv6Flow{.label = 5},
                                 .flags = 2},
                  Ip6tnlSettings{.ttl = 63},
                  R"("proto":"ip6ip6","remote":"fd00::2","local":"fd00::1","ttl":64,)"
                  R"("encap_limit":3,"ip6_tnl_f_use_orig_tclass":true,)"
                  R"("flowlabel":"0x00005")");
    keeps<Vti>(w.a,
               VtiSettings{.local = "10.0.0.1", .remote = "10.0.0.2", .key = 5, .fwmark = 8},
               VtiSettings{.input_key = 6},
               R"("remote":"10.0.0.2","local":"10.0.0.1","ikey":"0.0.0.5",)"
               R"("okey":"0.0.0.5","fwmark":"0x8")");
    keeps<Vti6>(w.a,
                Vti6Settings{.local = "fd00::1", .remote = "fd00::2", .key = 5},
                Vti6Settings{.fwmark = 6},
                R"("remote":"fd00::2","local":"fd00::1","ikey":"0.0.0.5",)"
                R"("okey":"0.0.0.5")");
    keeps<XfrmInterface>(w.a,
                         XfrmInterfaceSettings{.lower = w.pair.first(), .identifier = 42},
                         XfrmInterfaceSettings{.identifier = 43},
                         R"("if_id":"0x2a")");
}

TEST_CASE("tunnels: packets go through each kind", "[kernel][kinds][only_vm]") {
    const Wire w;
    need_kind(w.a, "gre");
    w.pair.wait_ready(long_enough);
    carries<Gre>(w, GreSettings{.key = 7, .sequence = true, .checksum = true}, false, false);
    carries<Gretap>(w, GretapSettings{}, false, true);
    carries<Ip6gre>(w, Ip6greSettings{.encapsulation_limit = 4}, true, false);
    carries<Ip6gretap>(w, Ip6gretapSettings{.key = 1}, true, true);
    carries<Ipip>(w, IpipSettings{.ttl = 64}, false, false);
    carries<Sit>(w, SitSettings{}, false, true);
    carries<Ip6tnl>(w, Ip6tnlSettings{}, true, false);
}

TEST_CASE("tunnels: what is refused, and why", "[kernel][kinds][only_vm]") {
    const Wire w;
    need_kind(w.a, "gre");
    const GreSettings settings{.local = "10.0.0.1", .remote = "10.0.0.2", .key = 1};
    Gre first{{.netns = w.a, .name = "t1"}, settings};
    const auto fails = [&](const LinkOptions& options, const GreSettings& wanted) {
        const Error error = failure_of([&](OnError e) { const Gre again{options, wanted, e}; });
        CHECK(names(w.a) == Names{"eth0", "t1"});
        return std::string{error.what()};
    };
    CHECK(fails({.netns = w.a, .name = "t2"}, settings) ==
          "create the gre: t2 in a: File exists (a tunnel of its kind with the same addresses and "
          "keys is there)");
    CHECK(fails({.netns = w.a, .name = "t1"}, {.remote = "10.0.0.3"}) ==
          "create the gre: t1 in a: File exists (the name is taken)");
    CHECK(fails({.netns = w.a, .name = "t2"}, {.remote = "fd00::1"}) ==
          "create the gre: t2 in a: invalid option (fd00::1 is no IPv4 address, which this kind of "
          "tunnel is between)");
    CHECK(fails({.netns = w.a, .name = "t2"}, {.remote = "10.0.0"}) ==
          "create the gre: t2 in a: invalid address (\"10.0.0\" is no IPv4 or IPv6 address)");
    CHECK_THAT(fails({.netns = w.a, .name = "t2"}, {.lower = LinkRef{}}),
               contains("the lower link refers to no link"));
    if (!std::filesystem::exists("/sys/module/fou"))  // the test of FOU loads it
        CHECK_THAT(fails({.netns = w.a, .name = "t2"},
                         {.remote = "10.0.0.3", .encapsulation = TunnelEncapsulation::fou}),
                   contains("encapsulation needs the kernel's module fou"));
    Gre second{{.netns = w.a, .name = "t2"}, {.remote = "10.0.0.2"}};
    check_error(
        failure_of([&](OnError e) { second.configure({.local = "10.0.0.1", .key = 1}, e); }),
        EEXIST,
        "configure the gre: t2 in a: File exists (a tunnel of its kind with the same addresses and "
        "keys is there)");
    CHECK(second.settings().local == IpAddress{"0.0.0.0"});
    const XfrmInterface third{{.netns = w.a, .name = "t3"}, {.identifier = 1}};
    CHECK_THAT(failure_of([&](OnError e) {
                   const XfrmInterface again{{.netns = w.a, .name = "t4"}, {.identifier = 1}, e};
               }).what(),
               contains("(another one has the identifier)"));
}

TEST_CASE("tunnels: the same requests as ip(8)", "[kernel][kinds][only_vm]") {
    const Oracle oracle;
    need_kind(oracle.ours, "gre");
    const auto add = [&](const std::string& arguments, auto kind, const auto& settings) {
        using Kind = typename decltype(kind)::value_type;
        using Settings = std::decay_t<decltype(settings)>;
        Differences found =
            oracle.link("link add name t type " + arguments,
                        RTM_NEWLINK,
                        request_names<Settings>,
                        [&](const Netns& netns) {
                            error_code ignored;  // the module of an encapsulation may be missing
                            const Kind link{{.netns = netns, .name = "t"}, settings, ignored};
                        });
        // ip(8) also says of everything that there is none.
        const std::string data = "only ip: linkinfo.data.";
        std::erase_if(found, [&](const std::string& line) {
            return line == echo || line == "only vethpp: group" ||
                   (line.starts_with(data) &&
                    line.find_first_not_of('0', line.rfind(' ') + 1) == line.npos);
        });
        for (std::string& line : found)
            if (line.starts_with(data)) line.erase(0, data.size());
        return found;
    };
    const Differences same;
    const Differences on = {"path_mtu_discovery 01"};
    CHECK(add("gre local 10.0.0.1 remote 10.0.0.2 ikey 1 okey 2 seq csum ttl 64 tos 10 nopmtudisc "
              "ignore-df fwmark 7 encap fou encap-sport auto encap-dport 5555 encap-csum",
              std::optional<Gre>{},
              GreSettings{.local = "10.0.0.1",
                          .remote = "10.0.0.2",
                          .input_key = 1,
                          .output_key = 2,
                          .sequence = true,
                          .checksum = true,
                          .ttl = 64,
                          .tos = 16,
                          .path_mtu_discovery = false,
                          .ignore_df = true,
                          .fwmark = 7,
                          .encapsulation = TunnelEncapsulation::fou,
                          .encapsulation_flags = TUNNEL_ENCAP_FLAG_CSUM,
                          .encapsulation_source_port = 0,
                          .encapsulation_destination_port = 5555}) == same);
    CHECK(add("erspan local 10.0.0.1 remote 10.0.0.2 key 30 seq erspan_ver 2 erspan_dir egress "
              "erspan_hwid 9",
              std::optional<Erspan>{},
              ErspanSettings{.local = "10.0.0.1",
                             .remote = "10.0.0.2",
                             .key = 30,
                             .version = 2,
                             .direction = ErspanDirection::egress,
                             .hardware_id = 9}) == on);
    CHECK(
        add("gretap external", std::optional<Gretap>{}, GretapSettings{.collect_metadata = true}) ==
        Differences{"only vethpp: linkinfo.data.input_flags 0000",
                    "only vethpp: linkinfo.data.output_flags 0000"});
    CHECK(add("ip6gre local fd00::1 remote fd00::2 key 3 hoplimit 9 encaplimit 5 tclass 12 "
              "flowlabel 345",
              std::optional<Ip6gre>{},
              Ip6greSettings{.local = "fd00::1",
                             .remote = "fd00::2",
                             .key = 3,
                             .ttl = 9,
                             .encapsulation_limit = 5,
                             .flow = Ipv6Flow{.traffic_class = 0x12, .label = 0x345}}) ==
          Differences{"22 01", "encapsulation_flags 0200"});
    CHECK(add("ipip local 10.0.0.1 remote 10.0.0.2 ttl 9 tos 1 mode any",
              std::optional<Ipip>{},
              IpipSettings{.local = "10.0.0.1",
                           .remote = "10.0.0.2",
                           .protocol = TunnelProtocol::any,
                           .ttl = 9,
                           .tos = 1}) == on);
    CHECK(add("sit local 10.0.0.1 ttl 64 isatap 6rd-prefix 2001:db8::/32 6rd-relay_prefix "
              "10.0.0.0/8",
              std::optional<Sit>{},
              SitSettings{.local = "10.0.0.1",
                          .ttl = 64,
                          .isatap = true,
                          .prefix_6rd = "2001:db8::",
                          .prefix_length_6rd = 32,
                          .relay_prefix_6rd = "10.0.0.0",
                          .relay_prefix_length_6rd = 8}) == on);
    CHECK(add("ip6tnl local fd00::1 remote fd00::2 mode ip6ip6 hoplimit 9 encaplimit 3 flowlabel 5",
              std::optional<Ip6tnl>{},
              Ip6tnlSettings{.local = "fd00::1",
                             .remote = "fd00::2",
                             .protocol = TunnelProtocol::ipv6,
                             .ttl = 9,
                             .encapsulation_limit = 3,
                             .flow = Ipv6Flow{.label = 5}}) ==
          Differences{"encapsulation_flags 0200"});
    CHECK(add("vti local 10.0.0.1 remote 10.0.0.2 ikey 5 okey 6 fwmark 8",
              std::optional<Vti>{},
              VtiSettings{.local = "10.0.0.1",
                          .remote = "10.0.0.2",
                          .input_key = 5,
                          .output_key = 6,
                          .fwmark = 8}) == same);
    CHECK(add("bond mode active-backup miimon 100 updelay 200 downdelay 300 num_grat_arp 2 "
              "primary_reselect better fail_over_mac active min_links 1",
              std::optional<Bond>{},
              BondSettings{.mode = BondMode::active_backup,
                           .miimon = std::chrono::milliseconds{100},
                           .updelay = std::chrono::milliseconds{200},
                           .downdelay = std::chrono::milliseconds{300},
                           .primary_reselect = BondReselection::better,
                           .fail_over_mac = BondFailOverMac::active,
                           .peer_notifications = 2,
                           .min_links = 1}) == same);
    CHECK(add("xfrm if_id 42",
              std::optional<XfrmInterface>{},
              XfrmInterfaceSettings{.identifier = 42}) == same);
}

namespace {

using std::chrono::milliseconds;

// Two namespaces with a bond each, and two wires between those.
struct Bonds {
    Netns a = Netns::create("a");
    Netns b = Netns::create("b");
    BondSettings settings{.mode = BondMode::active_backup, .miimon = milliseconds{20}};
    Bond first{
        {.netns = a, .name = "bond0", .addresses = {"10.9.0.1/24", "fd01::1/64"}, .up = true},
        settings};
    Bond second{
        {.netns = b, .name = "bond0", .addresses = {"10.9.0.2/24", "fd01::2/64"}, .up = true},
        settings};
    VethPair one{{.netns = a, .name = "one", .master = first, .up = true},
                 {.netns = b, .name = "one", .master = second, .up = true}};
    VethPair two{{.netns = a, .name = "two", .master = first, .up = true},
                 {.netns = b, .name = "two", .master = second, .up = true}};
};

}  // namespace

TEST_CASE("bond: it goes on when it loses a port", "[kernel][kinds][only_vm]") {
    need_kind(Netns::create("try"), "bond");
    Bonds f;
    f.first.wait_ready(long_enough);
    f.second.wait_ready(long_enough);
    CHECK(ping(f.a, "10.9.0.2", {.timeout = long_enough}).received == 1);
    const auto is_active = [](const Bond& bond, const Link& port) {
        return bond.status().active_port == LinkRef::of_index(port.index());
    };
    CHECK(is_active(f.first, f.one.first()));
    CHECK(f.two.first().state().port_data<BondPortStatus>()->backup);
    f.one.first().set_down();
    CHECK(comes_true(
        [&] { return is_active(f.first, f.two.first()) && is_active(f.second, f.two.second()); }));
    CHECK(ping(f.a, "10.9.0.2", {.timeout = long_enough}).received == 1);
    CHECK(ping(f.a, "fd01::2", {.timeout = long_enough}).received == 1);
    const auto lost = f.one.first().state().port_data<BondPortStatus>();
    REQUIRE(lost);
    CHECK(lost->failures == 1);
    CHECK(lost->carrier == BondPortCarrier::down);
    f.first.configure({.active_port = f.two.first(), .primary = f.two.first()});
    CHECK(f.first.settings().primary == LinkRef{f.two.first()});
}

TEST_CASE("bond: settings and those of its ports, by ours and by ip(8)",
          "[kernel][kinds][only_vm]") {
    const Netns ns = Netns::create("ns");
    need_kind(ns, "bond");
    need(ns, "ip");
    // Of each mode those that belong to it.
    const BondSettings backup{.mode = BondMode::active_backup,
                              .arp_interval = milliseconds{200},
                              .arp_ip_targets = std::vector<IpAddress>{"10.0.0.1", "10.0.0.2"},
                              .ns_ip6_targets = std::vector<IpAddress>{"fd00::1"},
                              .arp_validate = BondArpValidation::filter_active,
                              .arp_all_targets = true,
                              .primary_reselect = BondReselection::failure,
                              .fail_over_mac = BondFailOverMac::follow,
                              .resend_igmp = 3,
                              .peer_notifications = 4,
                              .all_ports_active = true,
                              .min_links = 2,
                              .lp_interval = std::chrono::seconds{9},
                              .missed_max = 5};
    BondSettings lacp{.mode = BondMode::ieee802_3ad,
                      .miimon = milliseconds{50},
                      .updelay = milliseconds{100},
                      .downdelay = milliseconds{150},
                      .use_carrier = true,
                      .xmit_hash_policy = BondHashPolicy::vlan_srcmac,
                      .peer_notification_delay = milliseconds{250},
                      .lacp_rate = BondLacpRate::fast,
                      .lacp_active = false,
                      .ad_select = BondAggregatorSelection::count};
    std::string ids;
    std::getline(std::ifstream{"/proc/self/uid_map"} >> std::ws, ids);
    // The kernel tells these to nobody without CAP_NET_ADMIN in the first user namespace.
    const bool is_told = ids.find("4294967295") != ids.npos;
    if (is_told) {
        lacp.ad_actor_system_priority = 77;
        lacp.ad_user_port_key = 88;
        lacp.ad_actor_system = "02:00:00:00:00:07";
    }
    keeps<Bond>(ns,
                backup,
                BondSettings{.min_links = 3},
                R"("mode":"active-backup","miimon":0,"updelay":0,"downdelay":0,)"
                R"("peer_notify_delay":0,"use_carrier":1,"arp_interval":200,)"
                R"("arp_missed_max":5,"arp_ip_target":["10.0.0.1","10.0.0.2"],)"
                R"("ns_ip6_target":["fd00::1"],"arp_validate":"filter_active",)"
                R"("arp_all_targets":"all","primary_reselect":"failure",)"
                R"("fail_over_mac":"follow","xmit_hash_policy":"layer2",)"
                R"("resend_igmp":3,"num_peer_notif":4,"all_slaves_active":1,)"
                R"("min_links":2,"lp_interval":9,"packets_per_slave":1,)"
                R"("ad_lacp_active":"on","ad_lacp_rate":"slow","ad_select":"stable",)"
                R"("tlb_dynamic_lb":1)");
    keeps<Bond>(ns,
                lacp,
                BondSettings{.xmit_hash_policy = BondHashPolicy::layer34},
                R"("mode":"802.3ad","miimon":50,"updelay":100,"downdelay":150,)"
                R"("peer_notify_delay":250,"use_carrier":1,"arp_interval":0,)"
                R"("arp_missed_max":2,"arp_validate":null,"arp_all_targets":"any",)"
                R"("primary_reselect":"always","fail_over_mac":"none",)"
                R"("xmit_hash_policy":"vlan+srcmac","resend_igmp":1,"num_peer_notif":1,)"
                R"("all_slaves_active":0,"min_links":0,"lp_interval":1,)"
                R"("packets_per_slave":1,"ad_lacp_active":"off","ad_lacp_rate":"fast",)"
                R"("ad_select":"count",)" +
                    std::string{is_told ? R"("ad_actor_sys_prio":77,"ad_user_port_key":88,)"
                                          R"("ad_actor_system":"02:00:00:00:00:07",)"
                                        : ""} +
                    R"("tlb_dynamic_lb":1)");
    {
        const Bond bond{{.netns = ns, .name = "t"}, {.packets_per_port = 7}};
        CHECK(bond.settings().packets_per_port == 7U);
    }
    const Bond bond{{.netns = ns, .name = "bond0", .up = true}, {.mode = BondMode::active_backup}};
    const VethPair pair{{.netns = ns, .name = "one", .master = bond, .up = true}, {.netns = ns}};
    succeeds([&](OnError e) { set_bond_port(pair.first(), {.queue = 3, .priority = -5}, e); });
    const auto port = pair.first().state().port_data<BondPortSettings>();
    CHECK(port == BondPortSettings{.queue = 3, .priority = -5});
}

TEST_CASE("bond: what is refused, and why", "[kernel][kinds][only_vm]") {
    need_kind(Netns::create("try"), "bond");
    Bonds f;
    const auto text = [](auto&& action) {
        return std::string{failure_of([&](OnError e) { action(e); }).what()};
    };
    CHECK(text([&](OnError e) { f.first.configure({.mode = BondMode::broadcast}, e); }) ==
          "configure the bond: bond0 in a: Directory not empty; kernel: unable to set option "
          "because the bond device has slaves [linkinfo.data.mode]");
    CHECK(text([&](OnError e) { f.first.configure({.lacp_rate = BondLacpRate::fast}, e); }) ==
          "configure the bond: bond0 in a: Permission denied; kernel: option not supported in mode "
          "[linkinfo.data.lacp_rate]");
    CHECK(text([&](OnError e) {
              f.first.configure({.arp_ip_targets = std::vector<IpAddress>{"::1"}}, e);
          }) ==
          "configure the bond: bond0 in a: invalid option (::1 is no IPv4 address, as its targets "
          "are)");
    CHECK(text([&](OnError e) { set_bond_port(f.first, {.queue = 1}, e); }) ==
          "set the port: bond0 in a: invalid option (the link is not the port of a bond)");
    CHECK(text([&](OnError e) { set_bond_port(f.one.first(), {.queue = 17}, e); }) ==
          "set the port: one in a: Operation not permitted (a queue is one that the bond has, and "
          "of one port only)");
    const auto create = [&](const BondSettings& wanted) {
        return text([&](OnError e) { const Bond bond{{.netns = f.a, .name = "t"}, wanted, e}; });
    };
    CHECK(create({.updelay = milliseconds{100}}) ==
          "create the bond: t in a: Operation not permitted (delays need miimon)");
    CHECK(create({.miimon = milliseconds{-1}}) ==
          "create the bond: t in a: invalid option (the time is out of range) "
          "[linkinfo.data.miimon]");
    VethPair pair{{.netns = f.a, .name = "x", .up = true}, {.netns = f.a, .name = "y"}};
    CHECK(text([&](OnError e) { pair.first().set_master(f.first, e); }) ==
          "set the master: x in a: Operation not permitted; kernel: Device can not be enslaved "
          "while up");
    pair.first().set_down();
    pair.first().set_master(f.first);
    CHECK(pair.first().state().is_up());
}

TEST_CASE("tunnels: the packets of one go by the namespace of its lower link, or by its underlay",
          "[kernel][kinds][only_vm]") {
    const Wire w;
    need_kind(w.a, "gre");
    const Netns inside = Netns::create("inside");
    const bool by_lower = GENERATE(true, false);
    GreSettings settings{.local = "10.0.0.1", .remote = "10.0.0.2", .key = 1};
    if (by_lower)
        settings.lower = w.pair.first();
    else
        settings.underlay = w.a;
    {
        const Gre here{{.netns = inside, .name = "t", .addresses = {"10.9.0.1/24"}, .up = true},
                       settings};
        const Gre there{{.netns = w.b, .name = "t", .addresses = {"10.9.0.2/24"}, .up = true},
                        {.local = "10.0.0.2", .remote = "10.0.0.1", .key = 1}};
        here.wait_ready(long_enough);
        CHECK(here.settings().key == 1U);
        CHECK(here.state().link_netnsid.has_value());
        CHECK(names(inside) == Names{"t"});
        CHECK(names(w.a) == Names{"eth0"});
        CHECK(ping(inside, "10.9.0.2", {.timeout = long_enough}).received == 1);
        CHECK(failure_of([&](OnError e) {
                  const Gre again{{.netns = inside, .name = "again"}, settings, e};
              }).code() == boost::system::errc::file_exists);
    }
    CHECK(names(inside).empty());
    CHECK(names(w.a) == Names{"eth0"});
}

TEST_CASE("readiness: a bond has a port that can be used", "[kernel][kinds][readiness][only_vm]") {
    const Netns a = Netns::create("a");
    need_kind(a, "bond");
    const auto why = [](const Link& link) {
        return std::string{
            failure_of([&](OnError e) { link.wait_ready(milliseconds{0}, e); }).what()};
    };
    const std::string late = ": not ready before the deadline (";
    const Bond bond{{.netns = a, .name = "bond0", .addresses = {"10.9.0.1/24"}, .up = true},
                    {.mode = BondMode::active_backup, .miimon = milliseconds{20}}};
    CHECK(why(bond) == "wait until ready: bond0 in a" + late + "bond0 in a: it has no ports yet)");
    VethPair pair{{.netns = a, .name = "one", .master = bond, .up = true},
                  {.netns = a, .name = "far"}};
    CHECK(why(bond) ==
          "wait until ready: bond0 in a" + late + "bond0 in a: none of its ports can be used yet)");
    pair.second().set_up();
    bond.wait_ready(long_enough);
    // A VLAN has the carrier of what it stands on, and a VRF stands on nothing.
    const Vlan vlan{{.netns = a, .name = "v5", .addresses = {"10.8.0.1/24"}, .up = true},
                    {.lower = bond, .id = 5}};
    const Vrf vrf{{.netns = a, .name = "red", .up = true}, {.table = 7}};
    vlan.wait_ready(long_enough);
    vrf.wait_ready(long_enough);
    pair.second().set_down();
    CHECK(comes_true([&] { return !vlan.state().carrier; }));
    CHECK(why(vlan) == "wait until ready: v5 in a" + late +
                           "v5 in a: the lower link, bond0 in a, has no carrier yet)");
}

TEST_CASE("readiness: a route leads to the remote end of a tunnel", "[kernel][kinds][readiness]") {
    const Wire w;
    w.pair.wait_ready(long_enough);
    const Netns inside = Netns::create("inside");
    // In a namespace of its own, whose packets go by another.
    const bool elsewhere = GENERATE(false, true);
    const Netns& where = elsewhere ? inside : w.a;
    const auto vxlan = [&](const IpAddress& remote) {
        return Vxlan{{.netns = where, .name = "t", .addresses = {"10.9.0.1/24"}, .up = true},
                     {.vni = 5, .remote = remote, .underlay = w.a, .port = 4789}};
    };
    vxlan("10.0.0.2").wait_ready(long_enough);
    vxlan("fd00::2").wait_ready(long_enough);
    vxlan("10.0.0.1").wait_ready(long_enough);
    for (const char* remote : {"10.77.0.1", "fd77::1"}) {
        const bool v6 = IpAddress{remote}.is_v6();
        const Vxlan link = vxlan(remote);
        const std::string who = elsewhere ? "t in inside" : "t in a";
        CHECK_THAT(
            failure_of([&](OnError e) { link.wait_ready(milliseconds{0}, e); }).what(),
            contains("wait until ready: " + who + ": not ready before the deadline (" + who +
                     ": no route leads to its remote, " + remote + (elsewhere ? ", in a" : "")));
        std::thread later{[&] {
            std::this_thread::sleep_for(milliseconds{20});
            Routes{w.a}.add({.destination = v6 ? "fd77::/64" : "10.77.0.0/24",
                             .via = v6 ? "fd00::2" : "10.0.0.2"});
        }};
        error_code ec;
        link.wait_ready(long_enough, ec);
        later.join();
        CHECK(ec == error_code{});
    }
}

TEST_CASE("readiness: a route leads to the remote end of each kind of tunnel",
          "[kernel][kinds][readiness][only_vm]") {
    const Wire w;
    need_kind(w.a, "gre");
    const auto lacks = [&](const auto& link, const std::string& remote) {
        CHECK_THAT(failure_of([&](OnError e) { link.wait_ready(milliseconds{0}, e); }).what(),
                   contains("t in a: no route leads to its remote, " + remote));
    };
    const LinkOptions options{.netns = w.a, .name = "t", .up = true};
    lacks(Gre{options, {.remote = "10.77.0.1"}}, "10.77.0.1");
    lacks(Ip6gretap{options, {.remote = "fd77::1"}}, "fd77::1");
    lacks(Erspan{options, {.remote = "10.77.0.1", .key = 1}}, "10.77.0.1");
    lacks(Ipip{options, {.remote = "10.77.0.1"}}, "10.77.0.1");
    lacks(Ip6tnl{options, {.remote = "fd77::1"}}, "fd77::1");
    lacks(Vti{options, {.remote = "10.77.0.1"}}, "10.77.0.1");
    lacks(Geneve{options, {.vni = 3, .remote = "fd77::1"}}, "fd77::1");
    Sit{options}.wait_ready(long_enough);
    Gretap{options, {.collect_metadata = true}}.wait_ready(long_enough);
}

TEST_CASE("macsec: as it is set and as ip(8) prints it", "[kernel][kinds][only_vm]") {
    const Wire w;
    {
        error_code ec;
        const Macsec link{{.netns = w.a, .name = "try"}, {.lower = w.pair.first()}, ec};
        if (ec == boost::system::errc::operation_not_supported)
            vethpp_test::skip("macsec is not in this kernel");
        CHECK(ec == error_code{});
    }
    need(w.a, "ip");
    {
        const Macsec link{{.netns = w.a, .name = "t"},
                          {.lower = w.pair.first(), .include_sci = false, .end_station = true}};
        CHECK(link.settings().end_station == true);
        CHECK(link.settings().include_sci == false);
    }
    const MacsecSettings settings{.lower = w.pair.first(),
                                  .sci = 0x0200000000010007,
                                  .cipher = MacsecCipher::gcm_aes_256,
                                  .icv_length = 12,
                                  .encoding_sa = 2,
                                  .encrypt = true,
                                  .protect = false,
                                  .replay_protect = true,
                                  .window = 5,
                                  .validation = MacsecValidation::check};
    Macsec link{{.netns = w.a, .name = "t", .up = true}, settings};
    CHECK(printed(w.a) ==
          R"("sci":"0200000000010007","protect":false,"cipher_suite":"GCM-AES-256","icv_len":12,)"
          R"("encoding_sa":2,"validation":"check","encrypt":true,"inc_sci":true,"es":false,)"
          R"("scb":false,"replay_protect":true,"window":5)");
    MacsecSettings wanted = link.settings();
    CHECK(wanted.lower.index() == w.pair.first().index());
    vethpp::detail::overlay(wanted, settings, MacsecSettings::fields());
    CHECK(link.settings() == wanted);
    link.configure({.encrypt = false, .validation = MacsecValidation::strict});
    wanted.encrypt = false;
    wanted.validation = MacsecValidation::strict;
    CHECK(link.settings() == wanted);
    link.wait_ready(long_enough);
    CHECK_THAT(failure_of([&](OnError e) { link.configure({.port = 3}, e); }).what(),
               contains("its channel and its cipher stay what they are"));
    CHECK_THAT(failure_of([&](OnError e) {
                   const Macsec again{{.netns = w.a, .name = "u"}, settings, e};
               }).what(),
               contains("(another macsec of its lower link has the SCI)"));
}
