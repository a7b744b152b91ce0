// SPDX-License-Identifier: BSL-1.0
// ip(8) as an oracle, in both directions: the request that it sends for a command, taken from the
// bytes that strace(1) shows, against ours for the same thing; and what it prints of a network
// against what we read of it.
#include "support/live.hpp"
#include "support/oracle.hpp"
#include "support/patience.hpp"
#include "support/recorder.hpp"
#include "support/settings.hpp"
#include "support/skip.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/message/address.hpp>
#include <vethpp/message/route_query.hpp>
#include <vethpp/netlink/socket.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/netns/system.hpp>
#include <vethpp/veth_pair.hpp>

#include <boost/json/src.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;
using vethpp::message::link_request_names;
using vethpp::wire::Bytes;

vethpp::IpAddress address(const char* text) { return boost::asio::ip::make_address(text); }

}  // namespace

TEST_CASE("ip oracle: create a veth pair") {
    const Oracle oracle;
    CHECK(oracle.link("link add name veth0 type veth peer name veth1",
                      RTM_NEWLINK,
                      request_names<VethData>,
                      [](const Netns& netns) {
                          const VethPair pair{{.netns = netns, .name = "veth0"},
                                              {.netns = netns, .name = "veth1"}};
                      }) ==
          Differences{echo, "only vethpp: group", "only vethpp: linkinfo.data.peer.group"});
}

TEST_CASE("ip oracle: create a veth pair with options", "[only_vm]") {
    const Oracle oracle;
    CHECK(oracle.link(
              "link add name veth0 address 02:00:00:00:00:01 mtu 1400 txqueuelen 500 numtxqueues 2 "
              "numrxqueues 3 gso_max_size 60000 gso_max_segs 64 gro_max_size 60001 up arp off "
              "type veth peer name veth1 address 02:00:00:00:00:02 mtu 1300 txqueuelen 400 "
              "numtxqueues 4 numrxqueues 5 gso_max_size 50000",
              RTM_NEWLINK,
              request_names<VethData>,
              [](const Netns& netns) {
                  const VethPair pair{{.netns = netns,
                                       .name = "veth0",
                                       .mac = "02:00:00:00:00:01",
                                       .mtu = 1400,
                                       .txqlen = 500,
                                       .tx_queues = 2,
                                       .rx_queues = 3,
                                       .gso_max_size = 60000,
                                       .gso_max_segs = 64,
                                       .gro_max_size = 60001,
                                       .arp = false,
                                       .up = true},
                                      {.netns = netns,
                                       .name = "veth1",
                                       .mac = "02:00:00:00:00:02",
                                       .mtu = 1300,
                                       .txqlen = 400,
                                       .tx_queues = 4,
                                       .rx_queues = 5,
                                       .gso_max_size = 50000}};
              }) ==
          Differences{echo, "only vethpp: group", "only vethpp: linkinfo.data.peer.group"});
}

TEST_CASE(
    "ip oracle: create a veth pair as the port of a bridge, with its end in another namespace") {
    const Oracle oracle;
    const Netns far_theirs = Netns::create("far from theirs");
    const Netns far_ours = Netns::create("far from ours");
    oracle.both("link add br0 address 02:00:00:00:00:0b type bridge");
    const std::string path = fmt::format("/proc/{}/fd/{}", ::getpid(), far_theirs.native_handle());
    Differences found = oracle.link(
        "link add name veth0 master br0 type veth peer name veth1 netns " + path,
        RTM_NEWLINK,
        request_names<VethData>,
        [&](const Netns& netns) {
            const VethPair pair{{.netns = netns, .name = "veth0", .master = netns.link("br0")},
                                {.netns = far_ours, .name = "veth1"}};
        });
    // Before Linux 6.8 vethpp also chooses an index.
    if (vethpp::System::real()->kernel_version() < 6008)
        std::erase_if(found, [](const std::string& line) { return line.starts_with("header"); });
    CHECK(found == Differences{"linkinfo.data.peer.netns_fd: a descriptor",
                               echo,
                               "only vethpp: group",
                               "only vethpp: linkinfo.data.peer.group"});
}

TEST_CASE("ip oracle: create a bridge with options") {
    const Oracle oracle;
    CHECK(
        oracle.link(
            "link add name br0 address 02:00:00:00:00:0b mtu 1400 up type bridge forward_delay 400 "
            "hello_time 100 max_age 600 ageing_time 12345 stp_state 1 priority 4096 "
            "vlan_filtering 1 vlan_protocol 802.1ad vlan_default_pvid 5 vlan_stats_enabled 1 "
            "group_fwd_mask 8 group_address 01:80:c2:00:00:0f mcast_snooping 0 mcast_querier 1 "
            "mcast_router 2 nf_call_iptables 1 nf_call_ip6tables 0 nf_call_arptables 1",
            RTM_NEWLINK,
            request_names<BridgeSettings>,
            [](const Netns& netns) {
                error_code ignored;  // this kernel may know no VLAN filtering
                const Bridge bridge{{.netns = netns,
                                     .name = "br0",
                                     .mac = "02:00:00:00:00:0b",
                                     .mtu = 1400,
                                     .up = true},
                                    every_setting(),
                                    ignored};
            }) ==
        // Intended: an MTU that comes with the creation is the kernel's to change.
        Differences{echo, "only ip: mtu 78050000", "only vethpp: group"});
}

TEST_CASE("ip oracle: configure a bridge and a port") {
    const Oracle oracle;
    oracle.with_bridge_port();
    for (const char* name : {"br0", "veth0", "veth1"})
        oracle.both(std::string{"link set up dev "} + name);
    CHECK(oracle.link("link set dev br0 type bridge stp_state 0 priority 8192",
                      RTM_NEWLINK,
                      request_names<BridgeSettings>,
                      [](const Netns& netns) {
                          // Bridge::configure() for one that somebody else made.
                          vethpp::Failure failure;
                          vethpp::NetnsRef ref = netns;
                          const BridgeSettings settings{.stp = false, .priority = 8192};
                          vethpp::netlink::set_link_data(ref.state()->session,
                                                         netns.link("br0").index(),
                                                         "bridge",
                                                         vethpp::message::any_data(settings),
                                                         failure);
                          CHECK_FALSE(failure);
                      }) == Differences{});
    CHECK(oracle.link(
              "link set dev veth0 type bridge_slave state 4 cost 65535 priority 63 hairpin on "
              "guard on "
              "root_block on fastleave on learning off flood off mcast_flood off bcast_flood off "
              "proxy_arp on neigh_suppress on isolated on mcast_router 0",
              RTM_NEWLINK,
              request_names<BridgePortSettings>,
              [](const Netns& netns) { netns.link("veth0").set_port(every_port_setting()); }) ==
          // The kernel looks at neither: the master knows what its ports are.
          Differences{"only ip: linkinfo.kind bridge_slave",
                      "only vethpp: linkinfo.port_kind bridge"});
}

TEST_CASE("ip oracle: set what a link has") {
    const Oracle oracle;
    oracle.with_bridge_port();
    const Differences same;
    CHECK(oracle.set("mtu 1400", [](Link& link) { link.set_mtu(1400); }) == same);
    CHECK(oracle.set("up", [](Link& link) { link.set_up(); }) == same);
    CHECK(oracle.set("down", [](Link& link) { link.set_down(); }) == same);
    CHECK(oracle.set("nomaster", [](Link& link) { link.clear_master(); }) == same);
    CHECK(oracle.set("master br0", [&](Link& link) { link.set_master(oracle.ours.link("br0")); }) ==
          same);
    CHECK(oracle.set("alias two-words", [](Link& link) { link.set_alias("two-words"); }) == same);
    CHECK(oracle.set("alias ''", [](Link& link) { link.set_alias(""); }) == same);
    CHECK(oracle.set("address 02:00:00:00:00:05",
                     [](Link& link) { link.set_mac("02:00:00:00:00:05"); }) == same);
    CHECK(oracle.set("txqueuelen 77", [](Link& link) { link.set_txqlen(77); }) == same);
    CHECK(oracle.set("group 5", [](Link& link) { link.set_group(5); }) == same);
    CHECK(oracle.set("promisc on", [](Link& link) { link.set_promiscuous(true); }) == same);
    CHECK(oracle.set("promisc off", [](Link& link) { link.set_promiscuous(false); }) == same);
    CHECK(oracle.set("multicast off", [](Link& link) { link.set_multicast(false); }) == same);
    CHECK(oracle.set("allmulticast on", [](Link& link) { link.set_all_multicast(true); }) == same);
    CHECK(oracle.set("arp off", [](Link& link) { link.set_arp(false); }) == same);
    CHECK(oracle.set("name eth7", [](Link& link) { link.rename("eth7"); }) == same);
}

TEST_CASE("ip oracle: alternative names") {
    const Oracle oracle;
    oracle.with_bridge_port();
    CHECK(oracle.link("link property add dev veth0 altname a-name-of-more-than-15-bytes",
                      RTM_NEWLINKPROP,
                      link_request_names,
                      [](const Netns& netns) {
                          netns.link("veth0").add_alternative_name("a-name-of-more-than-15-bytes");
                      }) ==
          // NLM_F_APPEND means nothing here: alternative names are always added.
          Differences{"message flags: ip 0e05, vethpp 0605"});
    CHECK(oracle.link("link property del dev veth0 altname a-name-of-more-than-15-bytes",
                      RTM_DELLINKPROP,
                      link_request_names,
                      [](const Netns& netns) {
                          netns.link("veth0").remove_alternative_name(
                              "a-name-of-more-than-15-bytes");
                      }) == Differences{});
}

TEST_CASE("ip oracle: delete a link, and a group") {
    const Oracle oracle;
    oracle.with_bridge_port();
    CHECK(
        oracle.link("link del dev veth0", RTM_DELLINK, link_request_names, [](const Netns& netns) {
            netns.link("veth0").remove();
        }) == Differences{});
    CHECK(oracle.link("link del group 5", RTM_DELLINK, link_request_names, [](const Netns& netns) {
        vethpp::Failure failure;
        vethpp::NetnsRef ref = netns;
        vethpp::netlink::delete_marked(ref.state()->session, {.group = 5}, failure);
    }) == Differences{});
}

TEST_CASE("ip oracle: ask for links") {
    const Oracle oracle;
    oracle.both("link add veth0 type veth peer name veth1");
    oracle.both("link property add dev veth0 altname a-name-of-more-than-15-bytes");
    // Intended: both do without statistics; ip asks for virtual functions, whose list can be longer
    // than an attribute, and for no acknowledgement, without which lost answers could not be told
    // from missing ones.
    const Differences intended{"ext_mask: ip 09000000, vethpp 08000000",
                               "message flags: ip 0001, vethpp 0005"};
    const auto sorted = [](Differences found) {
        std::sort(found.begin(), found.end());
        return found;
    };
    for (const char* name : {"veth0", "a-name-of-more-than-15-bytes"}) {
        std::uint32_t index = 0;
        CHECK(sorted(oracle.link(
                  fmt::format("link show dev {}", name),
                  RTM_GETLINK,
                  link_request_names,
                  [&](const Netns& netns) { index = netns.link(name).index(); },
                  Which::first)) == intended);
        CHECK(index == 3);
    }
    std::size_t count = 0;
    // ip asks with the family AF_PACKET, which the kernel takes for AF_UNSPEC.
    CHECK(sorted(oracle.link("link show",
                             RTM_GETLINK,
                             link_request_names,
                             [&](const Netns& netns) { count = netns.links().size(); })) ==
          Differences{"header: ip 11000000 00000000 00000000 00000000, "
                      "vethpp 00000000 00000000 00000000 00000000",
                      "message flags: ip 0301, vethpp 0305",
                      "only ip: ext_mask 01000000"});
    CHECK(count == 3);
}

TEST_CASE("ip oracle: add, replace and remove addresses") {
    const Oracle oracle;
    oracle.both("link add veth0 type veth peer name veth1");
    const auto add = [&](const std::string& arguments, const vethpp::InterfaceAddress& what) {
        return oracle.address("address add " + arguments, RTM_NEWADDR, [&](const Netns& netns) {
            netns.link("veth0").add_address(what);
        });
    };
    // Intended: no duplicate address detection, so that the address can be used at once.
    const Differences usable_at_once{"only vethpp: flags 02000000"};
    CHECK(add("10.1.1.2/24 dev veth0", "10.1.1.2/24") == Differences{});
    CHECK(add("10.2.1.2 peer 10.2.1.1/24 broadcast 10.2.1.255 label veth0:1 scope site "
              "metric 50 dev veth0 noprefixroute valid_lft 3600 preferred_lft 1000",
              {"10.2.1.2/24",
               {.peer = address("10.2.1.1"),
                .broadcast = address("10.2.1.255"),
                .label = "veth0:1",
                .scope = AddressScope::site,
                .no_prefix_route = true,
                .valid_lifetime = 3600s,
                .preferred_lifetime = 1000s,
                .metric = 50}}) == Differences{});
    CHECK(add("fd00::2/64 dev veth0", "fd00::2/64") == usable_at_once);
    CHECK(add("fd00::3/64 dev veth0 nodad", "fd00::3/64") == Differences{});
    CHECK(add("fd00::4/64 dev veth0", {"fd00::4/64", {.duplicate_address_detection = true}}) ==
          Differences{});
    CHECK(add("fd00::5/64 dev veth0 nodad home noprefixroute metric 60 preferred_lft 1000",
              {"fd00::5/64",
               {.home_address = true,
                .no_prefix_route = true,
                .preferred_lifetime = 1000s,
                .metric = 60}}) == Differences{});
    CHECK(add("fd00::6 peer fd00::7/128 dev veth0 nodad",
              {"fd00::6/128", {.peer = address("fd00::7")}}) == Differences{});
    CHECK(oracle.address(
              "address replace 10.1.1.2/24 dev veth0 preferred_lft 0",
              RTM_NEWADDR,
              [](const Netns& netns) {
                  netns.link("veth0").replace_address({"10.1.1.2/24", {.preferred_lifetime = 0s}});
              }) == Differences{});
    CHECK(oracle.address("address del 10.1.1.2/24 dev veth0", RTM_DELADDR, [](const Netns& netns) {
        netns.link("veth0").remove_address("10.1.1.2/24");
    }) == Differences{});
    // The kernel does not heed the flags of an address to remove.
    CHECK(oracle.address("address del fd00::2/64 dev veth0", RTM_DELADDR, [](const Netns& netns) {
        netns.link("veth0").remove_address("fd00::2/64");
    }) == usable_at_once);
    std::size_t count = 0;
    CHECK(oracle.address("address show dev veth0", RTM_GETADDR, [&](const Netns& netns) {
        count = netns.link("veth0").addresses().size();
    }) == Differences{"message flags: ip 0301, vethpp 0305"});
    CHECK(count == 5);
}

TEST_CASE("ip oracle: ask for a route") {
    const Oracle oracle;
    oracle.both("link add veth0 type veth peer name veth1");
    const auto ask = [&](const std::string& arguments, const char* to) {
        const Message theirs =
            find(sent_by_command(oracle.theirs, "ip route get " + arguments), RTM_GETROUTE);
        ByteVector buffer(256);
        vethpp::wire::Writer writer{buffer};
        vethpp::message::write_route_query(writer, address(to), oracle.ours.link("veth0").index());
        const Message ours{RTM_GETROUTE, theirs.flags, vethpp_test::copy(writer.written())};
        constexpr wire::Names numbers{.header = sizeof(rtmsg)};
        return compare(theirs, ours, sizeof(rtmsg), numbers);
    };
    // For IPv4 ip asks from which table the answer is, too (RTM_F_LOOKUP_TABLE).
    CHECK(ask("127.0.0.1", "127.0.0.1") == Differences{"header: ip 02200000 00000000 00100000, "
                                                       "vethpp 02200000 00000000 00000000"});
    CHECK(ask("::1", "::1") == Differences{});
    CHECK(ask("fe80::1 oif veth0", "fe80::1") == Differences{});
}

// --- What ip prints, and what we read ------------------------------------------------------------

namespace {

using Printed = std::map<std::string, std::string>;

void flatten(const boost::json::value& value, const std::string& name, Printed& out) {
    if (const auto* object = value.if_object()) {
        for (const auto& [key, member] : *object) {
            const std::string word{key.data(), key.size()};
            flatten(member, name.empty() ? word : name + "." + word, out);
        }
    } else if (const auto* list = value.if_array()) {
        std::string text;
        for (const auto& item : *list)
            if (const auto* word = item.if_string())
                text += (text.empty() ? "" : " ") + std::string{word->data(), word->size()};
        out[name] = text;
    } else if (const auto* text = value.if_string()) {
        out[name] = std::string{text->data(), text->size()};
    } else {
        out[name] = boost::json::serialize(value);
    }
}

// What `ip -j` prints, one entry for each object of its list.
boost::json::array printed_by_ip(const Netns& netns, const std::string& arguments) {
    const Output output = shell(netns, "ip -j " + arguments);
    INFO(output.text);
    REQUIRE(output.status == 0);
    boost::system::error_code ec;
    const auto value = boost::json::parse(output.text, ec);
    REQUIRE_FALSE(ec);
    REQUIRE(value.is_array());
    return value.get_array();
}

// Whatever both report must be equal. How much that is depends on the version of ip.
void check_printed(const Printed& theirs, const Printed& ours, std::size_t at_least) {
    std::size_t compared = 0;
    for (const auto& [name, value] : ours) {
        const auto other = theirs.find(name);
        if (other == theirs.end()) continue;
        ++compared;
        CAPTURE(name);
        CHECK(other->second == value);
    }
    CHECK(compared >= at_least);
}

std::string upper(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != ' ') out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

std::string flag_words(unsigned flags) {
    std::string out;
    const auto word = [&](bool set, const char* text) {
        if (set) out += (out.empty() ? "" : " ") + std::string{text};
    };
    constexpr unsigned lower_up = 1U << 16U;
    word((flags & IFF_UP) != 0 && (flags & IFF_RUNNING) == 0, "NO-CARRIER");
    word((flags & IFF_LOOPBACK) != 0, "LOOPBACK");
    word((flags & IFF_BROADCAST) != 0, "BROADCAST");
    word((flags & IFF_MULTICAST) != 0, "MULTICAST");
    word((flags & IFF_NOARP) != 0, "NOARP");
    word((flags & IFF_ALLMULTI) != 0, "ALLMULTI");
    word((flags & IFF_PROMISC) != 0, "PROMISC");
    word((flags & IFF_UP) != 0, "UP");
    word((flags & lower_up) != 0, "LOWER_UP");
    return out;
}

// ip's way to print a bridge identifier: 1000.2:0:0:0:0:b
std::string bridge_id(const vethpp::BridgeId& id) {
    std::string out = fmt::format("{:04x}.", id.priority);
    for (std::size_t i = 0; i < 6; ++i)
        out += fmt::format("{}{:x}", i == 0 ? "" : ":", id.mac.bytes()[i]);
    return out;
}

template <class T>
void put(Printed& out, const std::string& name, const T& value) {
    if constexpr (std::is_same_v<T, std::string> || std::is_convertible_v<T, const char*>)
        out[name] = value;
    else if constexpr (requires { value.count(); })
        out[name] = std::to_string(value.count());
    else if constexpr (std::is_enum_v<T>)
        out[name] = std::to_string(static_cast<int>(value));
    else if constexpr (requires { value.to_string(); })
        out[name] = value.to_string();
    else
        out[name] = fmt::format("{}", value);
}
template <class T>
void put(Printed& out, const std::string& name, const std::optional<T>& value) {
    if (value) put(out, name, *value);
}
// Of a bridge ip prints numbers, of a port words.
void put_number(Printed& out, const std::string& name, const std::optional<bool>& value) {
    if (value) out[name] = *value ? "1" : "0";
}

Printed as_printed(const LinkState& link, const std::vector<LinkState>& all) {
    const auto name_of = [&](std::uint32_t index) {
        for (const LinkState& other : all)
            if (other.index == index) return other.name;
        return std::string{"?"};
    };
    Printed out;
    put(out, "ifindex", link.index);
    put(out, "ifname", link.name);
    put(out, "flags", flag_words(link.flags));
    put(out, "link_type", link.type == 1 ? "ether" : "loopback");
    put(out, "operstate", upper(to_string(link.operstate)));
    put(out, "linkmode", link.linkmode == 0 ? "DEFAULT" : "DORMANT");
    put(out, "mtu", link.mtu);
    put(out, "min_mtu", link.min_mtu);
    put(out, "max_mtu", link.max_mtu);
    put(out, "address", link.mac);
    put(out, "broadcast", link.broadcast);
    put(out, "txqlen", link.txqlen);
    put(out, "group", link.group == 0 ? std::string{"default"} : std::to_string(link.group));
    put(out, "ifalias", link.alias);
    std::string names;
    for (const std::string& name : link.alternative_names)
        names += (names.empty() ? "" : " ") + name;
    put(out, "altnames", names);
    if (link.master) put(out, "master", name_of(*link.master));
    if (link.link && !link.link_netnsid) put(out, "link", name_of(*link.link));
    if (link.link && link.link_netnsid) put(out, "link_index", *link.link);
    put(out, "link_netnsid", link.link_netnsid);
    put(out, "promiscuity", link.promiscuity);
    put(out, "allmulti", link.allmulti);
    put(out, "num_tx_queues", link.tx_queues);
    put(out, "num_rx_queues", link.rx_queues);
    put(out, "gso_max_size", link.gso_max_size);
    put(out, "gso_max_segs", link.gso_max_segs);
    put(out, "gro_max_size", link.gro_max_size);
    put(out, "gso_ipv4_max_size", link.gso_ipv4_max_size);
    put(out, "gro_ipv4_max_size", link.gro_ipv4_max_size);
    put(out, "tso_max_size", link.tso_max_size);
    put(out, "tso_max_segs", link.tso_max_segs);
    put(out, "qdisc", link.qdisc);
    put(out, "linkinfo.info_kind", link.kind());
    put(out, "linkinfo.info_slave_kind", link.port_kind());

    if (const auto bridge = link.data<BridgeSettings>()) {
        const std::string at = "linkinfo.info_data.";
        put_number(out, at + "stp_state", bridge->stp);
        put(out, at + "forward_delay", bridge->forward_delay);
        put(out, at + "hello_time", bridge->hello_time);
        put(out, at + "max_age", bridge->max_age);
        put(out, at + "ageing_time", bridge->ageing_time);
        put(out, at + "priority", bridge->priority);
        put_number(out, at + "vlan_filtering", bridge->vlan_filtering);
        if (bridge->vlan_protocol)
            put(out, at + "vlan_protocol", *bridge->vlan_protocol == 0x8100 ? "802.1Q" : "802.1ad");
        put(out, at + "vlan_default_pvid", bridge->vlan_default_pvid);
        put_number(out, at + "vlan_stats_enabled", bridge->vlan_statistics);
        put_number(out, at + "mcast_snooping", bridge->multicast_snooping);
        put_number(out, at + "mcast_querier", bridge->multicast_querier);
        put(out, at + "mcast_router", bridge->multicast_router);
        if (bridge->group_forward_mask)
            put(out, at + "group_fwd_mask", fmt::format("{:#x}", *bridge->group_forward_mask));
        put(out, at + "group_addr", bridge->group_address);
        put_number(out, at + "nf_call_iptables", bridge->nf_call_iptables);
        put_number(out, at + "nf_call_ip6tables", bridge->nf_call_ip6tables);
        put_number(out, at + "nf_call_arptables", bridge->nf_call_arptables);
        const auto status = link.data<vethpp::BridgeStatus>();
        REQUIRE(status);
        put(out, at + "root_id", bridge_id(status->root));
        put(out, at + "bridge_id", bridge_id(status->bridge));
        put(out, at + "root_port", status->root_port);
        put(out, at + "root_path_cost", status->root_path_cost);
        put_number(out, at + "topology_change", status->topology_change);
    }
    if (const auto port = link.port_data<BridgePortSettings>()) {
        const std::string at = "linkinfo.info_slave_data.";
        if (port->state) put(out, at + "state", std::string{to_string(*port->state)});
        put(out, at + "cost", port->cost);
        put(out, at + "priority", port->priority);
        put(out, at + "hairpin", port->hairpin);
        put(out, at + "guard", port->guard);
        put(out, at + "root_block", port->root_block);
        put(out, at + "fastleave", port->fast_leave);
        put(out, at + "learning", port->learning);
        put(out, at + "flood", port->unicast_flood);
        put(out, at + "mcast_flood", port->multicast_flood);
        put(out, at + "bcast_flood", port->broadcast_flood);
        put(out, at + "proxy_arp", port->proxy_arp);
        put(out, at + "neigh_suppress", port->neighbour_suppression);
        put(out, at + "isolated", port->isolated);
        put(out, at + "multicast_router", port->multicast_router);
    }
    return out;
}

Printed counters(const vethpp::LinkStatistics& s) {
    Printed out;
    put(out, "stats64.rx.bytes", s.rx_bytes);
    put(out, "stats64.rx.packets", s.rx_packets);
    put(out, "stats64.rx.errors", s.rx_errors);
    put(out, "stats64.rx.dropped", s.rx_dropped);
    put(out, "stats64.rx.over_errors", s.rx_over_errors);
    put(out, "stats64.rx.multicast", s.multicast);
    put(out, "stats64.tx.bytes", s.tx_bytes);
    put(out, "stats64.tx.packets", s.tx_packets);
    put(out, "stats64.tx.errors", s.tx_errors);
    put(out, "stats64.tx.dropped", s.tx_dropped);
    put(out, "stats64.tx.carrier_errors", s.tx_carrier_errors);
    put(out, "stats64.tx.collisions", s.collisions);
    return out;
}

// What only grows: what ip saw lies between what we saw before and after.
void check_between(const Printed& before, const Printed& theirs, const Printed& after) {
    for (const auto& [name, value] : before) {
        CAPTURE(name);
        REQUIRE(theirs.contains(name));
        const auto number = [](const std::string& text) { return std::stoull(text); };
        CHECK(number(value) <= number(theirs.at(name)));
        CHECK(number(theirs.at(name)) <= number(after.at(name)));
    }
}

Printed as_printed(const vethpp::AddressState& address) {
    const auto& options = address.options();
    Printed out;
    put(out, "family", address.is_v6() ? "inet6" : "inet");
    put(out, "local", address.address());
    put(out, "prefixlen", address.prefix_length());
    put(out, "address", options.peer);
    put(out, "broadcast", options.broadcast);
    put(out, "metric", options.metric);
    const std::map<AddressScope, std::string> scopes{{AddressScope::universe, "global"},
                                                     {AddressScope::site, "site"},
                                                     {AddressScope::link, "link"},
                                                     {AddressScope::host, "host"}};
    put(out, "scope", scopes.at(options.scope.value()));
    if (!options.label.empty()) put(out, "label", options.label);
    const auto flag = [&](const char* name, bool set) {
        if (set) out[name] = "true";
    };
    flag("dynamic", !address.is_permanent());
    flag("tentative", (address.flags() & IFA_F_TENTATIVE) != 0);
    flag("deprecated", (address.flags() & IFA_F_DEPRECATED) != 0);
    flag("dadfailed", address.is_duplicate());
    flag("home", options.home_address);
    flag("nodad", address.is_v6() && !options.duplicate_address_detection);
    flag("noprefixroute", options.no_prefix_route);
    if (!options.valid_lifetime) put(out, "valid_life_time", "4294967295");
    if (!options.preferred_lifetime) put(out, "preferred_life_time", "4294967295");
    return out;
}

}  // namespace

TEST_CASE("ip oracle: what ip prints of links is what we read", "[only_vm]") {
    const Netns netns = Netns::create("printed");
    need(netns, "ip");
    const Netns far = Netns::create("far");
    const Bridge bridge{{.netns = netns,
                         .name = "br0",
                         .mac = "02:00:00:00:00:0b",
                         .mtu = 1400,
                         .alias = "the switch",
                         .alternative_names = {"the-other-name-of-the-switch", "br0-alt"},
                         .up = true},
                        {.forward_delay = 4s,
                         .hello_time = 1s,
                         .max_age = 6s,
                         .ageing_time = 123s,
                         .priority = 4096,
                         .multicast_snooping = false,
                         .multicast_router = MulticastRouter::permanent,
                         .group_forward_mask = 8,
                         .nf_call_iptables = true}};
    const VethPair pair{{.netns = netns,
                         .name = "veth0",
                         .mtu = 1400,
                         .txqlen = 500,
                         .group = 77,
                         .tx_queues = 2,
                         .rx_queues = 3,
                         .gso_max_size = 60000,
                         .gso_max_segs = 64,
                         .gro_max_size = 60001,
                         .alias = "a \"port\"",
                         .master = bridge,
                         .port = BridgePortSettings{.cost = 7,
                                                    .priority = 5,
                                                    .hairpin = true,
                                                    .guard = true,
                                                    .root_block = true,
                                                    .learning = false,
                                                    .unicast_flood = false,
                                                    .isolated = true,
                                                    .multicast_router = MulticastRouter::never},
                         .up = true},
                        {.netns = netns, .name = "veth1", .promiscuous = true, .up = true}};
    const VethPair wire{{.netns = netns, .name = "wire0", .arp = false, .multicast = false},
                        {.netns = far, .name = "wire1"}};
    netns.wait_ready(long_enough);

    const std::vector<LinkState> before = netns.links();
    const auto printed = printed_by_ip(netns, "-d -s link show");
    const std::vector<LinkState> after = netns.links();
    REQUIRE(printed.size() == 5);
    REQUIRE(before.size() == 5);
    for (std::size_t i = 0; i < before.size(); ++i) {
        Printed theirs;
        flatten(printed[i], "", theirs);
        CAPTURE(before[i].name, printed[i]);
        const Printed ours = as_printed(before[i], before);
        check_printed(theirs, ours, before[i].kind() == "bridge" ? 45 : 20);
        for (const char* word : {"ifalias", "altnames", "master", "link", "link_index"})
            CHECK(theirs.contains(word) == (ours.contains(word) && !ours.at(word).empty()));
        check_between(counters(before[i].statistics), theirs, counters(after[i].statistics));
    }
}

TEST_CASE("ip oracle: what ip prints of addresses is what we read") {
    const Netns netns = Netns::create("printed");
    need(netns, "ip");
    const VethPair pair{
        {.netns = netns,
         .name = "veth0",
         .addresses =
             {"10.1.1.2/24",
              {"10.2.1.2/24",
               {.broadcast = address("10.2.1.255"), .label = "veth0:x", .metric = 50}},
              {"10.3.1.2/32",
               {.peer = address("10.3.1.1"), .scope = AddressScope::link, .no_prefix_route = true}},
              {"10.4.1.2/24", {.valid_lifetime = 3600s, .preferred_lifetime = 0s}},
              "fd00::2/64",
              {"fd00::3/64", {.home_address = true, .preferred_lifetime = 1000s, .metric = 60}},
              {"fd00::4/128", {.peer = address("fd00::5")}}},
         .up = true},
        {.netns = netns, .name = "veth1", .up = true}};
    netns.wait_ready(long_enough);

    for (const LinkState& link : netns.links()) {
        const auto ours = netns.link(link.name).addresses();
        const auto printed = printed_by_ip(netns, "-d address show dev " + link.name);
        const auto later = netns.link(link.name).addresses();
        REQUIRE(printed.size() == 1);
        const auto& list = printed[0].at("addr_info").as_array();
        REQUIRE(list.size() == ours.size());
        REQUIRE(later.size() == ours.size());
        for (std::size_t i = 0; i < list.size(); ++i) {
            Printed theirs;
            flatten(list[i], "", theirs);
            CAPTURE(link.name, ours[i].to_string(), list[i]);
            const Printed expected = as_printed(ours[i]);
            check_printed(theirs, expected, 4);
            for (const char* word : {"address",
                                     "broadcast",
                                     "label",
                                     "dynamic",
                                     "tentative",
                                     "deprecated",
                                     "nodad",
                                     "noprefixroute",
                                     "dadfailed"})
                CHECK(theirs.contains(word) == expected.contains(word));
            // Lifetimes run down.
            const auto check_left = [&](const char* name, const auto& first, const auto& last) {
                if (!first || !last) return;
                const std::chrono::seconds left{std::stoll(theirs.at(name))};
                CHECK(left <= *first);
                CHECK(left >= *last);
            };
            check_left("valid_life_time",
                       ours[i].options().valid_lifetime,
                       later[i].options().valid_lifetime);
            check_left("preferred_life_time",
                       ours[i].options().preferred_lifetime,
                       later[i].options().preferred_lifetime);
        }
    }
}
