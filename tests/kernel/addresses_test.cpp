// SPDX-License-Identifier: BSL-1.0
// What the kernel does with addresses of its own accord: detects duplicates or not, takes others
// along, forgets them. What is asked for happens, or is an Error.
#include "support/catch.hpp"
#include "support/faulty.hpp"
#include "support/live.hpp"
#include "support/patience.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/kinds/ifb.hpp>
#include <vethpp/kinds/macvlan.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/veth_pair.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;
using Texts = std::vector<std::string>;

const AddressOptions detected{.duplicate_address_detection = true};

std::string sysctl(const Netns& netns, const std::string& name) {
    return netns.run([&] {
        std::string value;
        std::ifstream{"/proc/sys/net/" + name} >> value;
        return value;
    });
}

bool becomes_duplicate(const Link& link, const std::string& address) {
    return comes_true([&] {
        for (const AddressState& one : link.addresses())
            if (one.to_string() == address && one.is_duplicate()) return true;
        return false;
    });
}

// Those that somebody gave it, in the kernel's order.
Texts given(const Link& link) {
    Texts found;
    for (const AddressState& one : link.addresses())
        if (one.options().scope != AddressScope::link) found.push_back(one.to_string());
    return found;
}

// A wire on which one end has fd00::1.
struct Wire {
    Netns a = Netns::create("a");
    Netns b = Netns::create("b");
    VethPair pair{{.netns = a, .name = "v0", .addresses = {"fd00::1/64"}, .up = true},
                  {.netns = b, .name = "v1", .up = true}};
};

}  // namespace

TEST_CASE("address: a duplicate is detected in a namespace of create()", "[kernel][address][dad]") {
    Wire wire;
    wire.pair.wait_ready(long_enough);
    Link& link = wire.pair.second();
    SECTION("added") { link.add_address({"fd00::1/64", detected}); }
    SECTION("replaced") { link.replace_address({"fd00::1/64", detected}); }
    SECTION("by another handle, renamed") {
        link.set_down();
        link.rename("other");
        link.set_up();
        wire.pair.wait_ready(long_enough);
        wire.b.link("other").add_address({"fd00::1/64", detected});
    }
    SECTION("with a port's bridge in between") {
        Bridge bridge{{.netns = wire.b, .name = "br0", .up = true}};
        bridge.add_port(link);
        bridge.wait_ready(long_enough);
        bridge.add_address({"fd00::1/64", detected});
        CHECK(becomes_duplicate(bridge, "fd00::1/64"));
        return;
    }
    CHECK(becomes_duplicate(link, "fd00::1/64"));
    const Error error = failure_of([&](OnError e) { wire.pair.wait_ready(0ms, e); });
    CHECK_THAT(error.what(), contains("fd00::1/64 is a duplicate"));
}

TEST_CASE("address: a duplicate is detected among those of a link that is made",
          "[kernel][address][dad]") {
    Wire wire;
    const Netns c = Netns::create("c");
    const Macvlan macvlan{{.netns = c,
                           .name = "m",
                           .addresses = {"fd00::2/64", {"fd00::1/64", detected}},
                           .up = true},
                          {.lower = wire.pair.second(), .mode = MacvlanMode::bridge}};
    CHECK(becomes_duplicate(macvlan, "fd00::1/64"));
    for (const AddressState& one : macvlan.addresses())
        if (one.to_string() == "fd00::2/64") CHECK_FALSE(one.is_tentative());
}

TEST_CASE("address: only the link that is asked for detects duplicates", "[kernel][address][dad]") {
    Wire wire;
    wire.pair.second().add_address("fd00::2/64");
    CHECK(sysctl(wire.b, "ipv6/conf/v1/accept_dad") == "0");
    wire.pair.second().add_address({"fd00::3/64", detected});
    CHECK(sysctl(wire.b, "ipv6/conf/v1/accept_dad") == "1");
    CHECK(sysctl(wire.b, "ipv6/conf/all/accept_dad") == "0");
    CHECK(sysctl(wire.b, "ipv6/conf/default/accept_dad") == "0");
    CHECK(sysctl(wire.a, "ipv6/conf/v0/accept_dad") == "0");
    // What is on already stays as it is.
    write_sysctl(wire.a, "ipv6/conf/v0/accept_dad", "2");
    wire.pair.first().add_address({"fd00::4/64", detected});
    CHECK(sysctl(wire.a, "ipv6/conf/v0/accept_dad") == "2");
}

TEST_CASE("address: where detection cannot be turned on, that is an error",
          "[kernel][address][dad]") {
    const auto system = std::make_shared<FaultySystem>();
    const Netns netns = Netns::create("ns1", {.system = system});
    VethPair pair{{.netns = netns, .name = "v0"}, {.netns = netns, .name = "v1"}};
    for (const int number : {EROFS, EACCES}) {
        const Error error = failure_of([&](OnError e) {
            system->fail(Call::write, number);
            pair.first().add_address({"fd00::1/64", detected}, e);
        });
        CHECK_THAT(error.what(),
                   contains("add an address to: v0, fd00::1/64 in ns1: ") &&
                       contains("the sysctl /proc/sys/net/ipv6/conf/v0/accept_dad cannot be"));
        CHECK(given(pair.first()).empty());
    }
    // Neither needs it.
    system->fail(Call::write, EROFS);
    pair.first().add_address("fd00::1/64");
    pair.first().add_address({"10.0.0.1/24", detected});
    CHECK(system->hits() == 0);
}

TEST_CASE("address: 0.0.0.0, which the kernel takes and does not add, is refused",
          "[kernel][address]") {
    const Netns netns = Netns::create("ns1");
    VethPair pair{{.netns = netns, .name = "v0"}, {.netns = netns, .name = "v1"}};
    Link& link = pair.first();
    for (const std::string address : {"0.0.0.0/0", "0.0.0.0/24", "0.0.0.0/32"}) {
        const auto refused = [&](auto&& f) {
            const Error error = failure_of(f);
            CHECK(error.code() == errc::invalid_address);
            CHECK_THAT(error.what(), contains(address) && contains("a link cannot have it"));
        };
        refused([&](OnError e) { link.add_address(address, e); });
        refused([&](OnError e) { link.replace_address(address, e); });
        refused([&](OnError e) {
            const Bridge bridge{{.netns = netns, .addresses = {"10.0.0.1/24", address}}, {}, e};
        });
        refused([&](OnError e) {
            const VethPair more{{.netns = netns}, {.netns = netns, .addresses = {address}}, e};
        });
        refused([&](OnError e) { const Ifb ifb{{.netns = netns, .addresses = {address}}, {}, e}; });
        // What did not parse is the same.
        error_code ec;
        refused([&](OnError e) {
            link.add_address({InterfaceAddress::parse("10.0.0.300/24", ec).address(),
                              static_cast<std::uint8_t>(std::stoi(address.substr(8)))},
                             e);
        });
    }
    CHECK(names(netns) == Names{"v0", "v1"});
    CHECK(link.addresses().empty());
}

TEST_CASE("address: removing one leaves the others of its subnet", "[kernel][address]") {
    const Netns netns = Netns::create("ns1");
    VethPair pair{{.netns = netns,
                   .name = "v0",
                   .addresses = {"10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24", "fd00::1/64"},
                   .up = true},
                  {.netns = netns, .name = "v1", .up = true}};
    pair.first().remove_address("10.0.0.1/24");
    CHECK(given(pair.first()) == Texts{"10.0.0.2/24", "10.0.0.3/24", "fd00::1/64"});
    pair.first().flush_addresses();
    CHECK(pair.first().addresses().empty());
}

TEST_CASE("address: one with a peer is removed without it where it is the only one",
          "[kernel][address]") {
    const Netns netns = Netns::create("ns1");
    VethPair pair{{.netns = netns, .name = "v0"}, {.netns = netns, .name = "v1"}};
    Link& link = pair.first();
    const auto refused = [&](const InterfaceAddress& address, const std::string& why) {
        const Error error = failure_of([&](OnError e) { link.remove_address(address, e); });
        CHECK(error.code() == boost::system::errc::address_not_available);
        CHECK_THAT(error.what(), contains(why));
    };
    link.add_address({"10.0.0.1/32", {.peer = "10.0.0.2"}});
    refused("10.0.0.1/24", "the link has 10.0.0.1/32");
    refused({"10.0.0.1/32", {.peer = "10.0.0.3"}}, "Cannot assign requested address");
    refused({"10.0.0.1/32", {.label = "v0:1"}}, "Cannot assign requested address");
    refused("10.0.0.2/32", "Cannot assign requested address");
    CHECK(given(link).size() == 1);
    succeeds([&, first = true](OnError e) mutable {
        if (!std::exchange(first, false)) link.add_address({"10.0.0.1/32", {.peer = "10.0.0.2"}});
        link.remove_address("10.0.0.1/32", e);
    });
    CHECK(given(link).empty());

    link.add_address({"10.0.0.1/32", {.peer = "10.0.0.2"}});
    link.add_address({"10.0.0.1/32", {.peer = "10.0.0.3"}});
    refused("10.0.0.1/32", "the link has it with more than one peer");
    CHECK(given(link).size() == 2);
    link.remove_address({"10.0.0.1/32", {.peer = "10.0.0.2"}});
    link.remove_address("10.0.0.1/32");
    CHECK(given(link).empty());

    link.add_address({"fd00::1/128", {.peer = "fd00::2"}});
    link.remove_address("fd00::1/128");
    CHECK(given(link).empty());
}

TEST_CASE("address: IPv6 needs an MTU of 1280", "[kernel][address]") {
    const Netns netns = Netns::create("ns1");
    const std::string why = "Invalid argument (IPv6 needs an MTU of 1280 bytes or more)";
    VethPair pair{{.netns = netns, .name = "v0", .mtu = 1279}, {.netns = netns, .name = "v1"}};
    for (const AddressOptions& options : {AddressOptions{}, detected}) {
        check_error(failure_of([&](OnError e) {
                        pair.first().add_address({"fd00::2/64", options}, e);
                    }),
                    EINVAL,
                    "add an address to: v0, fd00::2/64 in ns1: " + why);
        check_error(failure_of([&](OnError e) {
                        const VethPair more{{.netns = netns, .name = "v2"},
                                            {.netns = netns,
                                             .name = "v3",
                                             .mtu = 1000,
                                             .addresses = {"10.0.0.1/24", {"fd00::2/64", options}}},
                                            e};
                    }),
                    EINVAL,
                    "create the veth pair: v3, fd00::2/64 (second end) in ns1: " + why);
    }
    pair.second().set_mtu(1000);
    check_error(failure_of([&](OnError e) { pair.second().replace_address("fd00::2/64", e); }),
                EINVAL,
                "replace an address of: v1, fd00::2/64 in ns1: " + why);
    CHECK(names(netns) == Names{"v0", "v1"});
}

TEST_CASE("address: links of a namespace keep their IPv6 addresses when down, if told so",
          "[kernel][address]") {
    const bool keeps = GENERATE(false, true);
    const Netns netns = Netns::create("ns1", {.link_down_keeps_ipv6 = keeps});
    VethPair pair{
        {.netns = netns, .name = "v0", .addresses = {"10.0.0.1/24", "fd00::1/64"}, .up = true},
        {.netns = netns, .name = "v1", .up = true}};
    Bridge bridge{{.netns = netns, .name = "br0", .addresses = {"fd00:1::1/64"}, .up = true}};
    // What goes down before the kernel has done with its coming up may get no local route again.
    netns.wait_ready(long_enough);
    for (Link* link : {&pair.first(), static_cast<Link*>(&bridge)}) {
        const Texts before = given(*link);
        link->set_down();
        link->set_up();
        if (keeps)
            CHECK(given(*link) == before);
        else
            CHECK(given(*link).size() + 1 == before.size());
    }
    pair.wait_ready(long_enough);
    CHECK(sysctl(netns, "ipv6/conf/all/keep_addr_on_down") == (keeps ? "1" : "0"));
}
