// SPDX-License-Identifier: BSL-1.0
// Options of links of all kinds, and what is refused with a reason.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/patience.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/kinds/ifb.hpp>
#include <vethpp/kinds/macvlan.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/veth_pair.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <limits>
#include <net/if.h>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

struct Fixture {
    Netns a = Netns::create("a");
    Netns b = Netns::create("b");
    VethPair pair{{.netns = a, .name = "v0"}, {.netns = b, .name = "v1"}};
};

template <class F>
void refused(const std::string& sentence, errc code, F&& f) {
    check_error(failure_of(std::forward<F>(f)), code, sentence);
}
template <class F>
void refused(const std::string& sentence, int number, F&& f) {
    check_error(failure_of(std::forward<F>(f)), number, sentence);
}

// As sysfs would show it, were it that of the namespace.
std::uint32_t index_outside(const Netns& netns, const std::string& link) {
    return netns.run([&] { return static_cast<std::uint32_t>(::if_nametoindex(link.c_str())); });
}

}  // namespace

// --- The index ---------------------------------------------------------------------------------

TEST_CASE("index: links of all kinds have the one of their options", "[kernel][link][index]") {
    Fixture f;
    const std::uint32_t most = std::numeric_limits<std::int32_t>::max();
    for (const bool same : {false, true}) {
        const Netns& other = same ? f.a : f.b;
        for (const auto& [first, second] :
             std::vector<std::pair<std::optional<std::uint32_t>, std::optional<std::uint32_t>>>{
                 {111, 222}, {111, {}}, {{}, 222}, {most, 5}, {6, most}}) {
            if (same && first == second) continue;
            const VethPair pair{{.netns = f.a, .name = "x", .index = first},
                                {.netns = other, .name = "y", .index = second}};
            CHECK(pair.first().index() == first.value_or(pair.first().index()));
            CHECK(pair.second().index() == second.value_or(pair.second().index()));
            CHECK(index_outside(f.a, "x") == pair.first().index());
            CHECK(index_outside(other, "y") == pair.second().index());
        }
    }
    const VethPair alike{{.netns = f.a, .name = "x", .up = true, .index = 7},
                         {.netns = f.b, .name = "y", .up = true, .index = 7}};
    alike.wait_ready(long_enough);
    CHECK(Bridge{{.netns = f.a, .index = 333}}.index() == 333);
    CHECK(Ifb{{.netns = f.a, .index = 333}}.index() == 333);
    CHECK(Macvlan{{.netns = f.a, .index = 333}, {.lower = f.pair.first()}}.index() == 333);
    // Elsewhere than its lower link, whose namespace has a link of that index.
    const Macvlan guest{{.netns = f.b, .name = "m", .index = 70}, {.lower = alike.first()}};
    CHECK(index_outside(f.b, "m") == 70);
    const Bridge there{{.netns = f.a, .index = 71}};
    CHECK(Macvlan{{.netns = f.b, .index = 71}, {.lower = alike.first()}}.index() == 71);
}

TEST_CASE("index: an end with a master, at either end", "[kernel][link][index]") {
    Fixture f;
    const Bridge a{{.netns = f.a, .name = "bra"}};
    const Bridge b{{.netns = f.b, .name = "brb"}};
    const auto masters = GENERATE(1, 2, 3);
    LinkOptions first{.netns = f.a, .name = "x", .up = true, .index = 50};
    LinkOptions second{.netns = f.b, .name = "y", .up = true, .index = 60};
    if (masters & 1) first.master = a;
    if (masters & 2) second.master = b;
    const VethPair pair{first, second};
    CHECK(index_outside(f.a, "x") == 50);
    CHECK(index_outside(f.b, "y") == 60);
    CHECK(pair.first().state().master.has_value() == ((masters & 1) != 0));
    CHECK(pair.second().state().master.has_value() == ((masters & 2) != 0));
    CHECK(pair.second().state().is_up());
}

TEST_CASE("index: one that is taken, or is none", "[kernel][link][index]") {
    Fixture f;
    const Bridge in_a{{.netns = f.a, .name = "bra", .index = 111}};
    const Bridge in_b{{.netns = f.b, .name = "brb", .index = 222}};
    refused("create the veth pair: x (first end) in a: File exists (the index 111 is taken)",
            EEXIST,
            [&](OnError e) {
                const VethPair pair{
                    {.netns = f.a, .name = "x", .index = 111}, {.netns = f.b, .name = "y"}, e};
                CHECK_FALSE(pair);
            });
    refused(
        "create the veth pair: y (second end) in b: Device or resource busy "
        "(the index 222 is taken)",
        EBUSY,
        [&](OnError e) {
            const VethPair pair{
                {.netns = f.a, .name = "x"}, {.netns = f.b, .name = "y", .index = 222}, e};
            CHECK_FALSE(pair);
        });
    refused("create the veth pair: v0 (first end) in a: File exists (the name is taken)",
            EEXIST,
            [&](OnError e) {
                const VethPair pair{
                    {.netns = f.a, .name = "v0"}, {.netns = f.b, .name = "y", .index = 223}, e};
            });
    refused(
        "create the bridge: x in a: File exists (the index 111 is taken)", EEXIST, [&](OnError e) {
            const Bridge bridge{{.netns = f.a, .name = "x", .index = 111}, {}, e};
        });
    refused("create the ifb: x in a: File exists (the index 111 is taken)", EEXIST, [&](OnError e) {
        const Ifb ifb{{.netns = f.a, .name = "x", .index = 111}, {}, e};
    });
    const std::string none = ": invalid option (an index is 1 to 2147483647)";
    for (const std::uint32_t index : {0U, 0x80000000U, 0xffffffffU}) {
        refused("create the bridge: x in a" + none, errc::invalid_option, [&](OnError e) {
            const Bridge bridge{{.netns = f.a, .name = "x", .index = index}, {}, e};
        });
        refused("create the veth pair: y (second end) in b" + none,
                errc::invalid_option,
                [&](OnError e) {
                    const VethPair pair{{.netns = f.a, .name = "x"},
                                        {.netns = f.b, .name = "y", .index = index},
                                        e};
                });
    }
    refused(
        "create the veth pair: y (second end) in a: invalid option (both ends have the same "
        "index in one namespace)",
        errc::invalid_option,
        [&](OnError e) {
            const VethPair pair{{.netns = f.a, .name = "x", .index = 9},
                                {.netns = f.a, .name = "y", .index = 9},
                                e};
        });
    CHECK(names(f.a) == Names{"bra", "v0"});
    CHECK(names(f.b) == Names{"brb", "v1"});
}

// --- IPv6 --------------------------------------------------------------------------------------

TEST_CASE("ipv6: a link without it has no address and sends nothing", "[kernel][link][ipv6]") {
    Fixture f;
    // Snooping makes a bridge send a report of IPv4's.
    const Bridge bridge{{.netns = f.a, .name = "br0", .up = true, .ipv6 = false},
                        {.multicast_snooping = false}};
    VethPair quiet{
        {.netns = f.a, .name = "q0", .addresses = {"10.0.0.1/24"}, .up = true, .ipv6 = false},
        {.netns = f.b, .name = "q1", .master = {}, .up = true, .ipv6 = false}};
    const VethPair port{{.netns = f.a, .name = "p0", .master = bridge, .up = true, .ipv6 = false},
                        {.netns = f.b, .name = "p1", .up = true, .ipv6 = false}};
    const Macvlan guest{{.netns = f.b, .name = "m0", .up = true, .ipv6 = false},
                        {.lower = quiet.first(), .mode = MacvlanMode::bridge}};
    const Ifb ifb{{.netns = f.a, .name = "i0", .up = true, .ipv6 = false}};
    // A link beside them, as a clock: once it has sent all that it sends by itself (it has joined
    // its groups by then), the others would have begun.
    const VethPair loud{{.netns = f.a, .name = "l0", .up = true},
                        {.netns = f.b, .name = "l1", .up = true}};
    CHECK(comes_true([&] { return loud.first().state().statistics.tx_packets >= 3; }));
    quiet.wait_ready(long_enough);
    for (const Link* link : std::vector<const Link*>{&bridge,
                                                     &quiet.first(),
                                                     &quiet.second(),
                                                     &port.first(),
                                                     &port.second(),
                                                     &guest,
                                                     &ifb}) {
        INFO(link->to_string());
        const LinkState state = link->state();
        CHECK(state.is_up());
        CHECK(state.statistics.tx_packets == 0);
        CHECK(link->addresses().size() == (link == &quiet.first() ? 1 : 0));
    }
    CHECK(port.first().state().master == bridge.index());
    const Error error = failure_of([&](OnError e) { quiet.first().add_address("fd00::1/64", e); });
    CHECK(error.code() == boost::system::errc::permission_denied);
    CHECK_THAT(error.what(), contains("IPv6 is disabled"));
}

TEST_CASE("ipv6: on, where new links of the namespace have it off", "[kernel][link][ipv6]") {
    Fixture f;
    write_sysctl(f.a, "ipv6/conf/default/disable_ipv6", "1");
    VethPair pair{
        {.netns = f.a, .name = "x", .addresses = {"fd00::1/64"}, .up = true, .ipv6 = true},
        {.netns = f.a, .name = "y", .up = true}};
    pair.wait_ready(long_enough);
    CHECK(pair.first().addresses().size() == 2);
    CHECK(pair.second().addresses().empty());
}

TEST_CASE("ipv6: what cannot be", "[kernel][link][ipv6]") {
    Fixture f;
    refused(
        "create the veth pair: y, fd00::1/64 (second end) in b: invalid option (an IPv6 address "
        "without IPv6)",
        errc::invalid_option,
        [&](OnError e) {
            const VethPair pair{{.netns = f.a, .name = "x"},
                                {.netns = f.b,
                                 .name = "y",
                                 .addresses = {"10.0.0.1/24", "fd00::1/64"},
                                 .ipv6 = false},
                                e};
        });
    refused(
        "create the ifb: x in a: Address family not supported by protocol (IPv6 is not in the "
        "kernel, or the MTU is below 1280)",
        EAFNOSUPPORT,
        [&](OnError e) {
            const Ifb ifb{{.netns = f.a, .name = "x", .mtu = 1000, .ipv6 = true}, {}, e};
        });
    // Without it anyway.
    CHECK(Ifb{{.netns = f.a, .name = "x", .mtu = 1000, .up = true, .ipv6 = false}});
    CHECK(names(f.a) == Names{"v0"});
}

// --- Names and texts -----------------------------------------------------------------------------

TEST_CASE("names: all and default, which the kernel keeps for sysctls", "[kernel][link][names]") {
    Fixture f;
    for (const std::string name : {"all", "default"}) {
        const std::string why =
            ": invalid name (\"all\" and \"default\" are not interface names: the kernel's sysctls "
            "have them)";
        const std::string quoted = "\"" + name + "\"";
        refused("rename: " + quoted + " in a" + why, errc::invalid_name, [&](OnError e) {
            f.pair.first().rename(name, e);
        });
        refused("move: " + quoted + " in a" + why, errc::invalid_name, [&](OnError e) {
            f.pair.first().move_to(f.b, name, e);
        });
        refused("create the bridge: " + quoted + " in a" + why, errc::invalid_name, [&](OnError e) {
            const Bridge bridge{{.netns = f.a, .name = name}, {}, e};
        });
        refused("create the veth pair: " + quoted + " (second end) in b" + why,
                errc::invalid_name,
                [&](OnError e) {
                    const VethPair pair{{.netns = f.a}, {.netns = f.b, .name = name}, e};
                });
        // As an alternative name it is one.
        f.pair.first().add_alternative_name(name);
        CHECK(f.a.link(name).index() == f.pair.first().index());
    }
}

TEST_CASE("names: what is taken where a link is moved to", "[kernel][link][names]") {
    Fixture f;
    f.pair.first().add_alternative_name("short");
    const Bridge there{{.netns = f.b, .name = "br0", .alternative_names = {"short"}}};
    const Error alternative = failure_of([&](OnError e) { f.pair.first().move_to(f.b, {}, e); });
    CHECK(alternative.code() == boost::system::errc::file_exists);
    CHECK_THAT(alternative.what(),
               contains("move: v0 in a: File exists (one of its alternative names is taken in b)"));
    const Error name = failure_of([&](OnError e) { f.pair.first().move_to(f.b, "v1", e); });
    CHECK_THAT(name.what(), contains("move: v0 in a: File exists (the name v1 is taken in b)"));
    const Error other = failure_of([&](OnError e) { f.pair.first().move_to(f.b, "short", e); });
    CHECK_THAT(other.what(), contains("(the name short is taken in b)"));
    CHECK(f.pair.first().to_string() == "v0 in a");
    CHECK(f.pair.first().state().name == "v0");
}

TEST_CASE("names: one that a pair has whose other end's namespace is going",
          "[kernel][link][names]") {
    const Netns a = Netns::create("a");
    const std::string taken = "the name is taken";
    const std::string going =
        taken + " for some more milliseconds: the namespace of that link's other end is going";
    // The kernel takes its time, in which the name is taken as any other, then going, then free.
    const bool told = comes_true([&] {
        {
            const Netns b = Netns::create("b");
            VethPair pair{{.netns = a, .name = "v0"}, {.netns = b, .name = "v1"}};
            pair.release();
        }
        std::set<std::string> seen;
        for (bool made = false; !made;) {
            try {
                const Bridge bridge{{.netns = a, .name = "v0"}};
                made = true;
            } catch (const Error& error) {
                CHECK(error.code() == boost::system::errc::file_exists);
                seen.insert(error.context().hint);
            }
        }
        for (const std::string& hint : seen) CHECK((hint == taken || hint == going));
        return seen.contains(going);
    });
    CHECK(told);
}

TEST_CASE("texts: a NUL byte, which would end them, is refused", "[kernel][link]") {
    Fixture f;
    const std::string text("a\0b", 3);
    const std::string why = "invalid option (a text has no NUL byte) [alias]";
    refused("set the alias: v0 in a: " + why, errc::invalid_option, [&](OnError e) {
        f.pair.first().set_alias(text, e);
    });
    refused("create the bridge: x in a: " + why, errc::invalid_option, [&](OnError e) {
        const Bridge bridge{{.netns = f.a, .name = "x", .alias = text}, {}, e};
    });
    refused(
        "create the veth pair: y (second end) in b: " + why, errc::invalid_option, [&](OnError e) {
            const VethPair pair{
                {.netns = f.a, .name = "x"}, {.netns = f.b, .name = "y", .alias = text}, e};
        });
    const Error label = failure_of([&](OnError e) {
        f.pair.first().add_address({"10.0.0.1/24", {.label = std::string("v0\0b", 4)}}, e);
    });
    CHECK_THAT(label.what(), contains("(a text has no NUL byte) [label]"));
    CHECK(f.pair.first().state().alias.empty());
    CHECK(f.pair.first().addresses().empty());
    CHECK(names(f.a) == Names{"v0"});
    CHECK(names(f.b) == Names{"v1"});
}

// --- Values and limits ---------------------------------------------------------------------------

TEST_CASE("values: what the wire cannot say is refused, not cut", "[kernel][bridge]") {
    Fixture f;
    Bridge bridge{{.netns = f.a, .name = "br0"}};
    bridge.add_port(f.pair.first());
    const BridgeSettings before = bridge.settings();
    const std::vector<std::pair<BridgeSettings, std::string>> refusals{
        {{.ageing_time = std::chrono::days{500}}, "ageing_time"},
        {{.ageing_time = -1s}, "ageing_time"},
        {{.forward_delay = std::chrono::days{500}}, "forward_delay"},
        {{.hello_time = -1s}, "hello_time"},
        {{.max_age = BridgeSettings::Time::max()}, "max_age"},
        {{.priority = 70000}, "priority"},
        {{.vlan_protocol = 0x18100}, "vlan_protocol"},
        {{.vlan_default_pvid = 65537}, "vlan_default_pvid"},
        {{.group_forward_mask = 0x10008}, "group_forward_mask"}};
    for (const auto& [settings, name] : refusals) {
        CAPTURE(name);
        const auto check = [&, &attribute = name](const Error& error) {
            CHECK(error.code() == errc::invalid_option);
            CHECK(error.context().attribute == "linkinfo.data." + attribute);
            CHECK_FALSE(error.context().hint.empty());
        };
        check(failure_of([&, &wanted = settings](OnError e) { bridge.configure(wanted, e); }));
        check(failure_of([&, &wanted = settings](OnError e) {
            const Bridge more{{.netns = f.a, .name = "br1"}, wanted, e};
        }));
    }
    CHECK(bridge.settings() == before);
    bridge.configure({.ageing_time = std::chrono::days{400}});
    CHECK(bridge.settings().ageing_time == std::chrono::days{400});

    const auto attribute_of = [](const Error& error) {
        CHECK(error.code() == errc::invalid_option);
        return error.context().attribute;
    };
    CHECK(attribute_of(failure_of([&](OnError e) {
              f.pair.first().set_port({.priority = 65599}, e);
          })) == "linkinfo.port_data.priority");
    CHECK(attribute_of(failure_of([&](OnError e) {
              const Macvlan more{{.netns = f.b}, {.lower = f.pair.second(), .flags = 65537}, e};
          })) == "linkinfo.data.flags");
    CHECK(attribute_of(failure_of([&](OnError e) {
              f.pair.first().add_address({"10.0.0.1/24", {.protocol = 300}}, e);
          })) == "protocol");
    CHECK(attribute_of(failure_of([&](OnError e) {
              f.pair.first().add_address({"10.0.0.1/24", {.valid_lifetime = -1s}}, e);
          })).empty());
    CHECK(names(f.a) == Names{"br0", "v0"});
}

TEST_CASE("master: what takes no port, or not that one", "[kernel][bridge]") {
    Fixture f;
    Bridge bridge{{.netns = f.a, .name = "br0"}};
    refused("set the master: lo in a: Invalid argument (a bridge takes Ethernet links only)",
            EINVAL,
            [&](OnError e) { f.a.link("lo").set_master(bridge, e); });
    refused("set the master: v0 in a: Operation not supported (the master, v0, takes no ports)",
            EOPNOTSUPP,
            [&](OnError e) { f.pair.first().set_master(f.pair.first(), e); });
}

TEST_CASE("master: a bridge takes 1,023 ports", "[kernel][bridge]") {
    const Netns netns = Netns::create("ns1");
    const Bridge bridge{{.netns = netns, .name = "br0"}};
    std::vector<VethPair> pairs;
    for (int i = 0; i < 511; ++i)
        pairs.emplace_back(LinkOptions{.netns = netns, .group = 7, .master = bridge},
                           LinkOptions{.netns = netns, .group = 7, .master = bridge});
    Ifb last{{.netns = netns, .name = "last", .master = bridge}};
    Ifb more{{.netns = netns, .name = "more"}};
    const std::string why = "Exchange full (the master, br0, has 1023 ports, as many as it can)";
    refused("set the master: more in ns1: " + why, EXFULL, [&](OnError e) {
        more.set_master(bridge, e);
    });
    refused("create the ifb: x in ns1: " + why, EXFULL, [&](OnError e) {
        const Ifb ifb{{.netns = netns, .name = "x", .master = bridge}, {}, e};
    });
    for (VethPair& pair : pairs) pair.release();  // they go with the namespace, at once
}

TEST_CASE("state: a link that says more than a buffer holds", "[kernel][link]") {
    Fixture f;
    std::vector<std::string> many;
    for (int i = 0; i < 496; ++i) {
        const std::string name = fmt::format("{:04}{}", i, std::string(60, 'x'));
        f.pair.first().add_alternative_name(name);
        many.push_back(name);
    }
    // Each by an object of its own, whose buffer has not grown yet.
    CHECK(Netns::open_path(fmt::format("/proc/self/fd/{}", f.a.native_handle()))
              .link("v0")
              .state()
              .alternative_names == many);
    CHECK(Netns::open_path(fmt::format("/proc/self/fd/{}", f.a.native_handle()))
              .link(many.back())
              .name() == "v0");
    CHECK(f.pair.second().peer_state().alternative_names == many);
    // A name that such a link has is taken.
    const Netns from = Netns::open_path(fmt::format("/proc/self/fd/{}", f.b.native_handle()));
    Link link = from.link("v1");
    const Netns to = Netns::open_path(fmt::format("/proc/self/fd/{}", f.a.native_handle()));
    CHECK(failure_of([&](OnError e) { link.move_to(to, "v0", e); }).code() ==
          boost::system::errc::file_exists);
    CHECK(f.b.link("v1").index() == f.pair.second().index());
}

// --- Constructors --------------------------------------------------------------------------------

TEST_CASE("links of all kinds are made inside a container alike", "[kernel][link]") {
    Fixture f;
    std::vector<VethPair> pairs;
    std::vector<Bridge> bridges;
    std::vector<Ifb> ifbs;
    std::vector<Macvlan> macvlans;
    pairs.push_back({{.netns = f.a, .name = "p0"}, {.netns = f.b, .name = "p1"}});
    bridges.push_back({{.netns = f.a, .name = "b0"}, {.stp = true}});
    bridges.push_back({{.netns = f.a, .name = "b1"}});
    ifbs.push_back({{.netns = f.a, .name = "i0"}, {}});
    macvlans.push_back(
        {{.netns = f.a, .name = "m0"}, {.lower = f.pair.first(), .mode = MacvlanMode::bridge}});
    CHECK(names(f.a) == Names{"b0", "b1", "i0", "m0", "p0", "v0"});
    CHECK(bridges.front().settings().stp == true);
}
