// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/patience.hpp"
#include "support/skip.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/message/format.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/veth_pair.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

// Of what the kernel says, the members that were wanted, as text.
template <class... F>
std::string wanted_members(const BridgeSettings& wanted,
                           const BridgeSettings& found,
                           vethpp::wire::Fields<F...>) {
    BridgeSettings result;
    const auto one = [&]<class Field>() {
        if (wanted.*Field::member) result.*Field::member = found.*Field::member;
    };
    (one.template operator()<F>(), ...);
    return fmt::format("{}", result);
}
std::string wanted_members(const BridgeSettings& wanted, const Bridge& bridge) {
    return wanted_members(wanted, bridge.settings(), vethpp::wire::fields_of<BridgeSettings>());
}

// Each member alone, and together; values that are not the defaults.
const std::vector<BridgeSettings>& settings() {
    static const std::vector<BridgeSettings> all{
        {.stp = true},
        {.stp = false},
        {.forward_delay = 4s},
        {.forward_delay = BridgeSettings::Time{250}},
        {.hello_time = 1s},
        {.hello_time = 10s},
        {.max_age = 6s},
        {.max_age = 40s},
        {.ageing_time = 0s},
        {.ageing_time = 123s},
        {.priority = std::uint16_t{0}},
        {.priority = std::uint16_t{0x1000}},
        {.multicast_snooping = false},
        {.multicast_snooping = true},
        {.multicast_querier = true},
        {.multicast_router = MulticastRouter::never},
        {.multicast_router = MulticastRouter::permanent},
        {.group_forward_mask = std::uint16_t{0x4008}},
        {.group_address = MacAddress{"01:80:c2:00:00:0e"}},
        {.nf_call_iptables = true},
        {.nf_call_ip6tables = true},
        {.nf_call_arptables = true},
        {.stp = true,
         .forward_delay = 5s,
         .hello_time = 3s,
         .max_age = 20s,
         .ageing_time = 60s,
         .priority = std::uint16_t{0x2000},
         .multicast_snooping = true,
         .multicast_querier = true,
         .multicast_router = MulticastRouter::query,
         .group_forward_mask = std::uint16_t{8}},
    };
    return all;
}

// A bridge with one port, whose other end is in another namespace.
struct Fixture {
    Netns fabric = Netns::create("fabric");
    Netns host = Netns::create("host");
    Bridge br0{{.netns = fabric, .name = "br0", .up = true}};
    VethPair cable{{.netns = host, .name = "eth0", .up = true},
                   {.netns = fabric, .name = "p0", .master = br0, .up = true}};
};

}  // namespace

TEST_CASE("bridge: each setting, at creation and afterwards", "[kernel][bridge]") {
    const Netns fabric = Netns::create("fabric");
    Bridge later{{.netns = fabric, .name = "later"}};
    for (const BridgeSettings& wanted : settings()) {
        INFO(fmt::format("{}", wanted));
        const Bridge bridge{{.netns = fabric, .name = "br0"}, wanted};
        CHECK(wanted_members(wanted, bridge) == fmt::format("{}", wanted));
        succeeds([&](OnError e) { later.configure(wanted, e); });
        CHECK(wanted_members(wanted, later) == fmt::format("{}", wanted));
        CHECK(bridge.state().kind() == "bridge");
        CHECK(bridge.is_owned());
    }
    CHECK(names(fabric) == Names{"later"});
}

TEST_CASE("bridge: VLANs, where the kernel is built with them", "[kernel][bridge][only_vm]") {
    const Netns fabric = Netns::create("fabric");
    Bridge later{{.netns = fabric, .name = "later"}};
    const std::vector<BridgeSettings> all{{.vlan_filtering = true},
                                          {.vlan_filtering = false},
                                          {.vlan_protocol = std::uint16_t{0x88a8}},
                                          {.vlan_default_pvid = std::uint16_t{7}},
                                          {.vlan_statistics = true}};
    const bool built_in = later.settings().vlan_protocol.has_value();
    for (const BridgeSettings& wanted : all) {
        INFO(fmt::format("{}", wanted));
        if (built_in) {
            const Bridge bridge{{.netns = fabric, .name = "br0"}, wanted};
            CHECK(wanted_members(wanted, bridge) == fmt::format("{}", wanted));
            later.configure(wanted);
            CHECK(wanted_members(wanted, later) == fmt::format("{}", wanted));
        } else {
            // The kernel itself refuses filtering only, and skips the rest.
            check_error(failure_of([&](OnError e) {
                            const Bridge bridge{{.netns = fabric, .name = "br0"}, wanted, e};
                            CHECK_FALSE(static_cast<bool>(bridge));
                        }),
                        EOPNOTSUPP,
                        "create the bridge: br0 in fabric: Operation not supported "
                        "(the kernel is built without CONFIG_BRIDGE_VLAN_FILTERING)");
            check_error(failure_of([&](OnError e) { later.configure(wanted, e); }),
                        EOPNOTSUPP,
                        "configure the bridge: later in fabric: Operation not supported "
                        "(the kernel is built without CONFIG_BRIDGE_VLAN_FILTERING)");
        }
        CHECK(names(fabric) == Names{"later"});
    }
    if (!built_in)
        vethpp_test::skip(
            "bridges of this kernel have no VLANs (CONFIG_BRIDGE_VLAN_FILTERING): it was checked "
            "that they are refused");
}

TEST_CASE("bridge: settings that are refused leave no bridge", "[kernel][bridge]") {
    const Netns fabric = Netns::create("fabric");
    Bridge later{{.netns = fabric, .name = "later"}, {.stp = true}};
    const auto refused = [&](const BridgeSettings& wanted, int code, const std::string& why) {
        INFO(fmt::format("{}", wanted));
        check_error(failure_of([&](OnError e) {
                        const Bridge bridge{{.netns = fabric, .name = "br0"}, wanted, e};
                        CHECK_FALSE(static_cast<bool>(bridge));
                    }),
                    code,
                    "create the bridge: br0 in fabric: " + why);
        check_error(failure_of([&](OnError e) { later.configure(wanted, e); }),
                    code,
                    "configure the bridge: later in fabric: " + why);
        CHECK(names(fabric) == Names{"later"});
    };
    const std::string range =
        "Numerical result out of range "
        "(hello_time is 1 to 10 s, max_age 6 to 40 s, forward_delay with STP 2 to 30 s)";
    refused({.hello_time = BridgeSettings::Time{90}}, ERANGE, range);
    refused({.hello_time = 11s}, ERANGE, range);
    refused({.max_age = 5s}, ERANGE, range);
    refused({.max_age = 41s}, ERANGE, range);
    refused({.stp = true, .forward_delay = 31s}, ERANGE, range);
    refused({.stp = true, .forward_delay = 1s}, ERANGE, range);
    check_error(failure_of([&](OnError e) { later.configure({.forward_delay = 31s}, e); }),
                ERANGE,
                "configure the bridge: later in fabric: " + range);
    const std::string group =
        "Invalid argument (the group address is 01:80:c2:00:00:0X, X not 1, 2 or 3)";
    for (const char* bad : {"02:00:00:00:00:01", "01:80:c2:00:00:01", "01:80:c2:00:00:03"})
        refused({.group_address = MacAddress{bad}}, EINVAL, group);
}

TEST_CASE("bridge: what a bridge refuses as a link", "[kernel][bridge][only_vm]") {
    const Netns fabric = Netns::create("fabric");
    const Netns other = Netns::create("other");
    const Bridge br0{{.netns = fabric, .name = "br0"}};
    const Bridge far{{.netns = other, .name = "far"}};
    const auto refused = [&](vethpp::LinkOptions options) {
        options.netns = fabric;
        const Error error = failure_of([&](OnError e) {
            const Bridge bridge{options, {}, e};
            CHECK_FALSE(static_cast<bool>(bridge));
        });
        CHECK(names(fabric) == Names{"br0"});
        CHECK(error.context().operation == "create the bridge");
        CHECK(error.context().netns == "fabric");
        CHECK(error.context().end.empty());
        return error;
    };
    check_error(refused({.name = "br0"}),
                EEXIST,
                "create the bridge: br0 in fabric: File exists (the name is taken)");
    check_error(refused({.name = "br1", .alternative_names = {"br0"}}),
                EEXIST,
                "create the bridge: br1 in fabric: File exists (an alternative name is taken)");
    check_error(refused({.name = "br/1"}),
                errc::invalid_name,
                "create the bridge: \"br/1\" in fabric: invalid name "
                "(an interface name has no '/' and no ':')");
    check_error(refused({.name = "br1", .mac = "01:00:00:00:00:01"}),
                EADDRNOTAVAIL,
                "create the bridge: br1 in fabric: Cannot assign requested address "
                "(a link's MAC address is neither zero nor multicast)");
    CHECK(refused({.name = "br1", .mtu = 10}).code() == boost::system::errc::invalid_argument);
    check_error(refused({.name = "br1", .master = br0}),
                ELOOP,
                "create the bridge: br1 in fabric: Too many levels of symbolic links; "
                "kernel: Can not enslave a bridge to a bridge");
    check_error(refused({.name = "br1", .master = far}),
                errc::invalid_option,
                "create the bridge: br1 in fabric: invalid option "
                "(the master, far, is in another namespace, other)");
    check_error(
        refused({.name = "br1", .addresses = {"10.0.0.1/24", "10.0.0.1/24"}}),
        EEXIST,
        "create the bridge: br1, 10.0.0.1/24 in fabric: File exists" +
            reason(6006, "ipv4: Address already assigned", "the link has that address already"));
}

TEST_CASE("bridge: all that can be said of any link", "[kernel][bridge]") {
    const Netns fabric = Netns::create("fabric");
    const Bridge bridge{{.netns = fabric,
                         .mac = "02:00:00:00:0b:00",
                         .mtu = 1400,
                         .txqlen = 50,
                         .group = 11,
                         .alias = "the switch",
                         .alternative_names = {"switch-with-a-long-name"},
                         .addresses = {"10.0.0.1/24", "fd00::1/64"},
                         .arp = false,
                         .multicast = false,
                         .promiscuous = true,
                         .up = true},
                        {.ageing_time = 10s}};
    const LinkState state = bridge.state();
    CHECK_THAT(state.name, contains("brid"));
    CHECK(state.name == bridge.name());
    CHECK(state.mac.to_string() == "02:00:00:00:0b:00");
    CHECK(state.mtu == 1400);
    CHECK(state.txqlen == 50);
    CHECK(state.group == 11);
    CHECK(state.alias == "the switch");
    CHECK(state.alternative_names == Names{"switch-with-a-long-name"});
    CHECK(state.is_up());
    CHECK((state.flags & IFF_NOARP) != 0);
    CHECK((state.flags & IFF_MULTICAST) == 0);
    CHECK((state.flags & IFF_PROMISC) != 0);
    CHECK(bridge.addresses().size() == 2);  // without multicast there is no link-local address
    CHECK(bridge.settings().ageing_time == 10s);
}

TEST_CASE("bridge: its MAC address stays as ports come and go", "[kernel][bridge]") {
    const Netns fabric = Netns::create("fabric");
    Bridge br0{{.netns = fabric, .name = "br0", .up = true}};
    const MacAddress mac = br0.state().mac;
    CHECK_FALSE(mac.is_zero());
    CHECK((mac.bytes()[0] & 3U) == 2);  // locally administered, unicast
    CHECK(mac != Bridge({.netns = fabric, .name = "br1"}).state().mac);
    {
        const VethPair low{
            {.netns = fabric, .name = "a", .mac = "00:00:00:00:00:01", .master = br0, .up = true},
            {.netns = fabric, .name = "b", .up = true}};
        CHECK(br0.state().mac == mac);
        const VethPair lower{
            {.netns = fabric, .name = "c", .up = true},
            {.netns = fabric, .name = "d", .mac = "00:00:00:00:00:02", .master = br0, .up = true}};
        CHECK(br0.state().mac == mac);
    }
    CHECK(br0.state().mac == mac);
    CHECK(br0.status().bridge.mac == mac);
}

TEST_CASE("bridge: ports join, are listed, and leave", "[kernel][bridge]") {
    Fixture f;
    REQUIRE(f.br0.ports().size() == 1);
    CHECK(f.br0.ports().front().name == "p0");
    CHECK(f.br0.ports().front().index == f.cable.second().index());
    CHECK(f.br0.ports().front().port_kind() == "bridge");

    VethPair more{{.netns = f.fabric, .name = "p1"}, {.netns = f.fabric, .name = "p2"}};
    succeeds([&](OnError e) { f.br0.add_port(more.first(), e); });
    f.br0.add_port(more.second());
    CHECK(f.br0.ports().size() == 3);
    check_error(failure_of([&](OnError e) { f.br0.add_port(f.cable.first(), e); }),
                errc::invalid_option,
                "set the master: eth0 in host: invalid option "
                "(the master, br0, is in another namespace, fabric)");
    // From one bridge to another
    const Bridge br1{{.netns = f.fabric, .name = "br1"}};
    more.second().set_master(br1);
    CHECK(f.br0.ports().size() == 2);
    CHECK(br1.ports().size() == 1);
    more.first().clear_master();
    CHECK(f.br0.ports().size() == 1);
    f.cable.remove();
    CHECK(f.br0.ports().empty());
}

TEST_CASE("bridge: goes without its ports", "[kernel][bridge]") {
    Fixture f;
    f.cable.second().add_address("10.0.0.1/24");
    SECTION("by remove()") {
        f.br0.remove();
        CHECK_FALSE(static_cast<bool>(f.br0));
        CHECK(failure_of([&](OnError e) { (void)f.br0.settings(e); }).code() == errc::no_such_link);
        CHECK(failure_of([&](OnError e) { f.br0.configure({}, e); }).code() == errc::no_such_link);
        CHECK(failure_of([&](OnError e) { (void)f.br0.ports(e); }).code() == errc::no_such_link);
        CHECK(failure_of([&](OnError e) { f.br0.wait_ready(0ms, e); }).code() ==
              errc::no_such_link);
    }
    SECTION("by its destructor") {
        { const Bridge gone = std::move(f.br0); }
    }
    SECTION("by being assigned to") {
        f.br0 = Bridge{{.netns = f.host, .name = "br9"}};
        CHECK(names(f.host) == Names{"br9", "eth0"});
        CHECK(f.br0.name() == "br9");
    }
    CHECK(names(f.fabric) == Names{"p0"});
    const LinkState port = f.cable.second().state();
    CHECK(port.is_up());
    CHECK_FALSE(port.master);
    CHECK(port.port_kind().empty());
    CHECK(f.cable.second().addresses().size() >= 1);
}

TEST_CASE("bridge: removed only while it is the same link", "[kernel][bridge]") {
    const Netns fabric = Netns::create("fabric");
    const bool own_group = GENERATE(false, true);
    vethpp::LinkOptions options{.netns = fabric, .name = "br0"};
    if (own_group) options.group = 7;
    std::optional<Bridge> bridge{std::in_place, options};
    SECTION("renamed by somebody else") {
        fabric.link("br0").rename("theirs");
        bridge.reset();
        CHECK(names(fabric) == (own_group ? Names{"theirs"} : Names{}));
    }
    SECTION("gone, and its index and name taken") {
        const auto index = bridge->index();
        fabric.link("br0").remove();
        vethpp_test::make_foreign(fabric, index, "br0");
        bridge.reset();
        CHECK(names(fabric) == Names{"br0"});
    }
    SECTION("gone, and its index and group taken") {
        const auto index = bridge->index();
        fabric.link("br0").remove();
        vethpp_test::make_foreign(fabric, index, "br1", 7);
        bridge.reset();
        CHECK(names(fabric) == Names{"br1"});
    }
    SECTION("renamed and regrouped by its owner") {
        bridge->rename("br1");
        bridge->set_group(9);
        bridge.reset();
        CHECK(names(fabric).empty());
    }
    SECTION("released") {
        bridge->release();
        CHECK_FALSE(bridge->is_owned());
        bridge.reset();
        CHECK(names(fabric) == Names{"br0"});
    }
}

TEST_CASE("bridge: the spanning tree as it sees it", "[kernel][bridge]") {
    const Netns fabric = Netns::create("fabric");
    // Two bridges joined twice: one is the root, one port of the other blocks.
    const Bridge root{{.netns = fabric, .name = "root", .mac = "02:00:00:00:00:01", .up = true},
                      {.stp = true,
                       .forward_delay = 2s,
                       .max_age = 40s,  // nobody forgets the root in a moment without its messages
                       .priority = std::uint16_t{0x1000}}};
    CHECK(root.status().root == root.status().bridge);
    CHECK(root.status().root.priority == 0x1000);
    CHECK(root.status().root.mac.to_string() == "02:00:00:00:00:01");
    CHECK(root.status().root_port == 0);
    CHECK(root.status().root_path_cost == 0);

    const Bridge leaf{{.netns = fabric, .name = "leaf", .mac = "02:00:00:00:00:02", .up = true},
                      {.stp = true, .forward_delay = 2s, .max_age = 40s}};
    const VethPair one{{.netns = fabric, .name = "r0", .master = root, .up = true},
                       {.netns = fabric, .name = "l0", .master = leaf, .up = true}};
    const VethPair two{{.netns = fabric, .name = "r1", .master = root, .up = true},
                       {.netns = fabric, .name = "l1", .master = leaf, .up = true}};
    // Listening and learning take 2 s each; the second port of the leaf never forwards.
    one.wait_ready(long_enough);
    two.first().wait_ready(long_enough);
    CHECK_THROWS_WITH(leaf.wait_ready(0ms), contains("l1 in fabric: its bridge port does not"));
    const BridgeStatus status = leaf.status();
    INFO(fmt::format("root {} path cost {}", status.root.to_string(), status.root_path_cost));
    CHECK(status.root == root.status().bridge);
    CHECK(status.bridge.mac.to_string() == "02:00:00:00:00:02");
    CHECK(status.root_port == 1);
    CHECK(status.root_path_cost > 0);
    CHECK(one.second().port().state == PortState::forwarding);
    CHECK(two.second().port().state == PortState::blocking);
}

TEST_CASE("bridge: ready when its ports forward", "[kernel][bridge][readiness][only_vm]") {
    SECTION("without a spanning tree at once") {
        const Fixture f;
        succeeds([&](OnError e) { f.br0.wait_ready(long_enough, e); });
        f.cable.wait_ready(long_enough);
        CHECK(f.cable.second().port().state == PortState::forwarding);
    }
    SECTION("without ports at once") {
        const Netns fabric = Netns::create("fabric");
        const Bridge bridge{
            {.netns = fabric, .name = "br0", .addresses = {"10.0.0.1/24"}, .up = true}};
        succeeds([&](OnError e) { bridge.wait_ready(0ms, e); });
        fabric.wait_ready(0ms);
    }
    SECTION("down: nobody waits for it") {
        const Netns fabric = Netns::create("fabric");
        const Bridge bridge{{.netns = fabric, .name = "br0"}};
        bridge.wait_ready(0ms);
    }
    SECTION("with a spanning tree when it has learnt") {
        Fixture f;
        // As long as the kernel lets it listen, and then learn: what is looked at lasts.
        f.br0.configure({.stp = true, .forward_delay = 30s});
        const auto plug_in_again = [&] {
            f.cable.second().set_down();
            f.cable.second().set_up();
        };
        plug_in_again();
        // The carriers come first, and before Linux 6.8 the bridge's own goes a moment later.
        const auto up = [](const vethpp::Link& link) {
            return link.state().operstate == vethpp::Operstate::up;
        };
        REQUIRE(
            comes_true([&] { return up(f.cable.first()) && up(f.cable.second()) && !up(f.br0); }));
        const Error error = failure_of([&](OnError e) { f.br0.wait_ready(20ms, e); });
        CHECK(error.code() == errc::not_ready);
        CHECK(error.context().operation == "wait until the bridge is ready");
        CHECK_THAT(error.what(), contains("br0 in fabric: none of its ports forwards yet"));
        CHECK_THAT(error.what(), contains("p0 in fabric: its bridge port does not forward yet"));
        CHECK_THROWS_WITH(f.cable.wait_ready(20ms),
                          "wait until the veth pair is ready: not ready before the deadline "
                          "(p0 in fabric: its bridge port does not forward yet)");
        f.br0.configure({.forward_delay = 2s});
        plug_in_again();
        f.br0.wait_ready(long_enough);
        CHECK(f.cable.second().port().state == PortState::forwarding);
    }
}
