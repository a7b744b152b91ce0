// SPDX-License-Identifier: BSL-1.0
// With an error_code nothing is thrown, whatever is given: empty objects and values that are none,
// in every place that takes them. Links and namespaces that are empty are in link_test.cpp and
// netns_test.cpp.
#include "support/catch.hpp"
#include "support/live.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/kinds/ifb.hpp>
#include <vethpp/kinds/macvlan.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/routes.hpp>
#include <vethpp/veth_pair.hpp>

#include <chrono>
#include <string>
#include <system_error>
#include <utility>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

struct Fixture {
    Netns ns = Netns::create("ns");
    VethPair pair{{.netns = ns, .name = "veth0"}, {.netns = ns, .name = "veth1"}};
    Link& link = pair.first();
};

// Both forms of the call fail so.
template <class F>
void fails(error_code expected, F&& f) {
    const Error error = failure_of(f);
    INFO(error.what());
    CHECK(error.code() == expected);
}

const std::string nonsense[] = {
    "", "x", "10.0.0.1", "10.0.0.1/33", "fe80::1%veth0/64", std::string("10.0.0.1/24\0x", 13)};

}  // namespace

TEST_CASE("error_code: an address that is none", "[kernel][error]") {
    Fixture f;
    const error_code invalid = make_error_code(errc::invalid_address);
    for (const std::string& text : nonsense) {
        CAPTURE(text);
        fails(invalid, [&](OnError e) { f.link.add_address(text, e); });
        fails(invalid, [&](OnError e) { f.link.replace_address(text, e); });
        fails(invalid, [&](OnError e) { f.link.remove_address(text, e); });
        fails(invalid, [&](OnError e) { (void)InterfaceAddress::parse(text, e); });
        fails(invalid, [&](OnError e) {
            const VethPair pair{{.netns = f.ns, .addresses = {text}}, {.netns = f.ns}, e};
            CHECK_FALSE(pair);
        });
        fails(invalid, [&](OnError e) {
            const VethPair pair{{.netns = f.ns}, {.netns = f.ns, .addresses = {text}}, e};
            CHECK_FALSE(pair);
        });
        fails(invalid, [&](OnError e) {
            const Bridge bridge{{.netns = f.ns, .addresses = {"10.0.0.1/24", text}}, {}, e};
            CHECK_FALSE(bridge);
        });
        fails(invalid, [&](OnError e) {
            const Ifb ifb{{.netns = f.ns, .addresses = {text}}, {}, e};
            CHECK_FALSE(ifb);
        });
        if (text == "10.0.0.1") continue;  // an address, and the prefix of one host
        fails(invalid, [&](OnError e) { Routes{f.ns}.add({.destination = text}, e); });
        fails(invalid, [&](OnError e) { Routes{f.ns}.replace({.destination = text}, e); });
        fails(invalid, [&](OnError e) { Routes{f.ns}.remove({.destination = text}, e); });
        fails(invalid, [&](OnError e) { Routes{f.ns}.add({.via = text}, e); });
        fails(invalid, [&](OnError e) { Routes{f.ns}.add({.source = text}, e); });
        fails(invalid, [&](OnError e) { (void)Routes{f.ns}.find(text, {}, e); });
        if (text.find('%') == text.npos)  // of a ping, the rest is the name of a link
            fails(invalid, [&](OnError e) { (void)ping(f.ns, text, {}, e); });
        fails(invalid, [&](OnError e) { (void)ping(f.ns, "127.0.0.1", {.source = text}, e); });
        for (const AddressOptions& options :
             {AddressOptions{.peer = text}, AddressOptions{.broadcast = text}})
            fails(invalid, [&](OnError e) { f.link.add_address({"10.0.0.1/24", options}, e); });
    }
    CHECK(names(f.ns) == std::vector<std::string>{"veth0", "veth1"});
    CHECK(f.link.addresses().empty());
}

TEST_CASE("error_code: a MAC address that is none", "[kernel][error]") {
    Fixture f;
    const error_code invalid = make_error_code(errc::invalid_address);
    for (const std::string text :
         {"", "x", "02:00:00:00:00", "02:00:00:00:00:00:00", "0g:0:0:0:0:0"}) {
        CAPTURE(text);
        fails(invalid, [&](OnError e) { f.link.set_mac(text, e); });
        fails(invalid, [&](OnError e) { (void)MacAddress::parse(text, e); });
        fails(invalid, [&](OnError e) {
            const VethPair pair{{.netns = f.ns, .mac = text}, {.netns = f.ns}, e};
            CHECK_FALSE(pair);
        });
        fails(invalid, [&](OnError e) {
            const VethPair pair{{.netns = f.ns}, {.netns = f.ns, .mac = text}, e};
            CHECK_FALSE(pair);
        });
        fails(invalid, [&](OnError e) {
            const Bridge bridge{{.netns = f.ns, .mac = text}, {}, e};
            CHECK_FALSE(bridge);
        });
        fails(invalid, [&](OnError e) {
            const Bridge bridge{{.netns = f.ns}, {.group_address = text}, e};
            CHECK_FALSE(bridge);
        });
        fails(invalid, [&](OnError e) {
            const Macvlan macvlan{{.netns = f.ns, .mac = text}, {.lower = f.link}, e};
            CHECK_FALSE(macvlan);
        });
    }
    CHECK(names(f.ns) == std::vector<std::string>{"veth0", "veth1"});
}

TEST_CASE("error_code: a name that is none", "[kernel][error]") {
    Fixture f;
    const error_code invalid = make_error_code(errc::invalid_name);
    for (const std::string& name : {std::string{"a b"},
                                    std::string{"a/b"},
                                    std::string{"."},
                                    std::string(16, 'x'),
                                    std::string("a\0b", 3)}) {
        CAPTURE(name);
        fails(invalid, [&](OnError e) { f.link.rename(name, e); });
        fails(invalid, [&](OnError e) { f.link.move_to(f.ns, name, e); });
        fails(invalid, [&](OnError e) {
            const VethPair pair{{.netns = f.ns, .name = name}, {.netns = f.ns}, e};
        });
        fails(invalid, [&](OnError e) {
            const VethPair pair{{.netns = f.ns}, {.netns = f.ns, .name = name}, e};
        });
        fails(invalid, [&](OnError e) {
            const Bridge bridge{{.netns = f.ns, .name = name}, {}, e};
        });
        fails(invalid, [&](OnError e) { const Ifb ifb{{.netns = f.ns, .name = name}, {}, e}; });
        if (name.size() == 16) continue;  // an alternative name may be as long
        fails(invalid, [&](OnError e) { (void)f.ns.link(name, e); });
        fails(invalid, [&](OnError e) { f.link.add_alternative_name(name, e); });
        fails(invalid, [&](OnError e) { f.link.remove_alternative_name(name, e); });
        fails(invalid, [&](OnError e) {
            const Bridge bridge{{.netns = f.ns, .alternative_names = {name}}, {}, e};
        });
    }
    for (const std::string name : {"", ".", "..", "a/b"}) {
        CAPTURE(name);
        fails(invalid, [&](OnError e) { (void)Netns::open(name, e); });
        fails(invalid, [&](OnError e) { f.ns.publish(name, e); });
    }
    CHECK(names(f.ns) == std::vector<std::string>{"veth0", "veth1"});
}

TEST_CASE("error_code: objects that are empty", "[kernel][error]") {
    Fixture f;
    Netns from = Netns::create("from");
    const Netns gone = std::move(from);
    const error_code no_namespace = make_error_code(errc::no_such_namespace);
    const error_code no_link = make_error_code(errc::no_such_link);
    fails(no_namespace, [&](OnError e) { const NetnsGuard guard{from, e}; });
    fails(no_namespace, [&](OnError e) { const NetnsGuard guard{from, f.ns, e}; });
    fails(no_namespace, [&](OnError e) { const NetnsGuard guard{f.ns, from, e}; });
    fails(no_namespace, [&](OnError e) { (void)ping(from, "127.0.0.1", {}, e); });
    fails(no_namespace,
          [&](OnError e) { (void)ping(from, boost::asio::ip::make_address("127.0.0.1"), {}, e); });
    fails(no_namespace, [&](OnError e) { const Link link{from, 1, "lo", e}; });
    fails(no_namespace, [&](OnError e) { const Link link{NetnsRef::none(), 1, "lo", e}; });
    fails(no_namespace, [&](OnError e) {
        const VethPair pair{{.netns = from}, {.netns = f.ns}, e};
        CHECK_FALSE(pair);
    });
    fails(no_namespace, [&](OnError e) {
        const VethPair pair{{.netns = f.ns}, {.netns = from}, e};
        CHECK_FALSE(pair);
    });
    fails(no_namespace, [&](OnError e) { const Bridge bridge{{.netns = from}, {}, e}; });
    fails(no_namespace, [&](OnError e) { const Ifb ifb{{.netns = from}, {}, e}; });
    fails(no_namespace, [&](OnError e) { f.link.move_to(from, {}, e); });
    fails(no_namespace, [&](OnError e) { (void)f.link.peer(from, e); });
    fails(no_namespace, [&](OnError e) { Routes{from}.add({.via = "10.0.0.1"}, e); });
    fails(no_namespace, [&](OnError e) { Routes{from}.replace({.via = "10.0.0.1"}, e); });
    fails(no_namespace, [&](OnError e) { Routes{from}.remove({.via = "10.0.0.1"}, e); });
    fails(no_namespace, [&](OnError e) { (void)Routes{from}.list({}, e); });
    fails(no_namespace, [&](OnError e) { (void)Routes{from}.find("10.0.0.1", {}, e); });

    VethPair pair{{.netns = f.ns}, {.netns = f.ns}};
    { const VethPair taken = std::move(pair); }
    fails(no_link, [&](OnError e) { pair.wait_ready(0ms, e); });
    fails(no_link, [&](OnError e) { pair.remove(e); });
    CHECK_FALSE(pair);
    CHECK(pair.to_string() == "no pair");
    fails(no_link, [&](OnError e) { f.link.set_master(pair.first(), e); });
    fails(no_link, [&](OnError e) {
        const VethPair port{{.netns = f.ns, .master = pair.first()}, {.netns = f.ns}, e};
    });
    fails(no_link, [&](OnError e) {
        const Macvlan macvlan{{.netns = f.ns}, {.lower = pair.first()}, e};
    });

    Bridge bridge{{.netns = f.ns}};
    { const Bridge taken = std::move(bridge); }
    fails(no_link, [&](OnError e) { bridge.configure({}, e); });
    fails(no_link, [&](OnError e) { (void)bridge.settings(e); });
    fails(no_link, [&](OnError e) { (void)bridge.status(e); });
    fails(no_link, [&](OnError e) { (void)bridge.ports(e); });
    fails(no_link, [&](OnError e) { bridge.wait_ready(0ms, e); });
    fails(no_link, [&](OnError e) { bridge.add_port(f.link, e); });

    Ifb ifb{{.netns = f.ns}};
    { const Ifb taken = std::move(ifb); }
    fails(no_link, [&](OnError e) { ifb.configure({}, e); });
    fails(no_link, [&](OnError e) { (void)ifb.settings(e); });
    CHECK(names(f.ns) == std::vector<std::string>{"veth0", "veth1"});
}

TEMPLATE_TEST_CASE("error_code: the last parameter alone",
                   "[kernel][error]",
                   error_code,
                   std::error_code) {
    TestType ec = make_error_code(errc::malformed_reply);
    const auto cleared = [&] { return std::exchange(ec, errc::malformed_reply) == TestType{}; };
    const Netns ns = Netns::create("ns", ec);
    CHECK(cleared());
    const Bridge bridge{{.netns = ns, .name = "br0", .up = true}, ec};
    CHECK(cleared());
    const Ifb ifb{{.netns = ns, .name = "ifb0"}, ec};
    CHECK(cleared());
    const VethPair pair{{.netns = ns, .up = true}, {.netns = ns, .up = true}, ec};
    CHECK(cleared());
    bridge.wait_ready(ec);
    CHECK(cleared());
    pair.wait_ready(ec);
    CHECK(cleared());
    pair.first().wait_ready(ec);
    CHECK(cleared());
    ns.wait_ready(ec);
    CHECK(cleared());
}

TEST_CASE("error_code: an empty reference is the caller's namespace, in options and in a Link",
          "[kernel][error]") {
    const Netns ns = Netns::create("ns");
    ns.run([&] {
        const Link lo{{}, 1, "lo"};
        CHECK(lo.state().name == "lo");
        CHECK(lo.state().is_up());
        const Link same{NetnsRef{}, 1, "lo"};
        CHECK(same.state() == lo.state());
        const Bridge bridge{{.name = "br0"}};
        CHECK(ns.link("br0").index() == bridge.index());
        CHECK(ping(NetnsRef{}, "127.0.0.1").received == 1);
        CHECK_FALSE(Routes{NetnsRef{}}.list({.table = RT_TABLE_LOCAL}).empty());
    });
}
