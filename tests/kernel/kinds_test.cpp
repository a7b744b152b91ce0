// SPDX-License-Identifier: BSL-1.0
// Links of further kinds: made in place, also where their lower link is elsewhere.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/patience.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/kinds/ifb.hpp>
#include <vethpp/kinds/macvlan.hpp>
#include <vethpp/make_link.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/veth_pair.hpp>

#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

// A wire between two namespaces, and a third namespace that has nothing yet.
struct Fixture {
    Netns a = Netns::create("a");
    Netns b = Netns::create("b");
    Netns c = Netns::create("c");
    VethPair wire{{.netns = a, .name = "eth0", .addresses = {"10.0.0.1/24"}, .up = true},
                  {.netns = b, .name = "eth0", .addresses = {"10.0.0.2/24"}, .up = true}};

    [[nodiscard]] LinkOptions guest(const Netns& where) const {
        return {.netns = where,
                .name = "guest",
                .mac = "02:00:00:00:00:03",
                .mtu = 1400,
                .alias = "a guest",
                .addresses = {"10.0.0.3/24", "fd00::3/64"},
                .up = true};
    }
    [[nodiscard]] MacvlanSettings over(MacvlanMode mode = MacvlanMode::vepa) const {
        return {.lower = wire.second(), .mode = mode};
    }
};

}  // namespace

TEST_CASE("kinds: a macvlan in the namespace of its lower link, and in another one",
          "[kernel][kinds]") {
    const Fixture f;
    const bool elsewhere = GENERATE(false, true);
    const Netns& where = elsewhere ? f.c : f.b;
    const Macvlan guest{f.guest(where), f.over(MacvlanMode::bridge)};
    const LinkState state = guest.state();
    CHECK(state.kind() == "macvlan");
    CHECK(state.name == "guest");
    CHECK(state.mac == "02:00:00:00:00:03");
    CHECK(state.mtu == 1400);
    CHECK(state.alias == "a guest");
    CHECK(state.is_up());
    CHECK(state.link == f.wire.second().index());
    CHECK(state.link_netnsid.has_value() == elsewhere);
    CHECK(guest.settings().mode == MacvlanMode::bridge);
    CHECK(guest.is_owned());
    CHECK(names(where) == (elsewhere ? Names{"guest"} : Names{"eth0", "guest"}));
    if (!elsewhere) return;
    f.wire.wait_ready(long_enough);
    guest.wait_ready(long_enough);
    CHECK(ping(f.a, "10.0.0.3", {.timeout = long_enough}).received == 1);
    CHECK(ping(f.a, "10.0.0.3").sent == 1);
}

TEST_CASE("kinds: settings are changed, one by one", "[kernel][kinds]") {
    const Fixture f;
    Macvlan guest{f.guest(f.c), f.over()};
    guest.configure({.mode = MacvlanMode::private_});
    CHECK(guest.settings().mode == MacvlanMode::private_);
    guest.configure({.broadcast_queue_length = 50});
    CHECK(guest.settings().mode == MacvlanMode::private_);
    CHECK(guest.settings().broadcast_queue_length == 50U);
    // To passthru and back a macvlan cannot be changed.
    CHECK(failure_of([&](OnError e) {
              guest.configure({.mode = MacvlanMode::passthru}, e);
          }).code() == boost::system::errc::invalid_argument);
}

TEST_CASE("kinds: what is made goes with the object, and only that", "[kernel][kinds]") {
    const Fixture f;
    const Ledger before = Ledger::now();
    {
        std::optional<Macvlan> guest{std::in_place, f.guest(f.c), f.over()};
        Ifb ifb{{.netns = f.c, .name = "ifb9", .up = true}};
        ifb.wait_ready(long_enough);
        CHECK(ifb.settings() == IfbSettings{});
        CHECK(names(f.c) == Names{"guest", "ifb9"});
        Macvlan moved = *std::move(guest);
        guest.reset();
        CHECK(names(f.c) == Names{"guest", "ifb9"});
        ifb.release();
    }
    CHECK(names(f.c) == Names{"ifb9"});
    CHECK(Ledger::now() == before);
}

TEST_CASE("kinds: what is refused leaves nothing behind", "[kernel][kinds]") {
    Fixture f;
    const auto fails = [&](LinkOptions options, const MacvlanSettings& settings) {
        const Error error = failure_of([&](OnError e) {
            const Macvlan guest{options, settings, e};
        });
        CHECK(names(f.c).empty());
        return error;
    };
    LinkOptions options = f.guest(f.c);
    // After its creation: an address twice.
    options.addresses.emplace_back("10.0.0.3/24");
    CHECK(fails(options, f.over()).code() == boost::system::errc::file_exists);
    // By the kernel, elsewhere.
    CHECK(fails(f.guest(f.c), f.over(static_cast<MacvlanMode>(77))).code() ==
          boost::system::errc::invalid_argument);
    options = f.guest(f.c);
    const auto message = [&](const MacvlanSettings& wanted) {
        return std::string{fails(options, wanted).what()};
    };
    CHECK(message({}) ==
          "create the macvlan: guest in c: no link to act on (macvlan needs a lower link)");
    CHECK(message({.lower = Link{}}) == message({}));
    CHECK(message({.lower = LinkRef::of_index(2)}) ==
          "create the macvlan: guest in c: no link to act on (the lower link refers to no link)");
    const MacvlanSettings over = f.over();
    f.wire.remove();
    CHECK(fails(options, over).code() == boost::system::errc::no_such_device);
    {
        make_foreign(f.c, 0, "guest");
        f.wire = VethPair{{.netns = f.a, .name = "eth0"}, {.netns = f.b, .name = "eth0"}};
        const Error taken = failure_of([&](OnError e) {
            const Macvlan guest{f.guest(f.c), f.over(), e};
        });
        CHECK(std::string{taken.what()} ==
              "create the macvlan: guest in c: File exists (the name is taken)");
        CHECK(names(f.c) == Names{"guest"});
    }
}

TEST_CASE("kinds: on what a link stands stays as it is", "[kernel][kinds]") {
    const Fixture f;
    Macvlan guest{f.guest(f.c), f.over()};
    CHECK(guest.settings().lower.index() == f.wire.second().index());
    check_error(
        failure_of([&](OnError e) { guest.configure({.lower = f.wire.first()}, e); }),
        errc::invalid_option,
        "configure the macvlan: guest in c: invalid option (its lower link cannot be changed)");
}

TEST_CASE("kinds: a macvlan is ready when its lower link is", "[kernel][kinds]") {
    Fixture f;
    f.wire.first().set_down();
    const Macvlan guest{f.guest(f.c), f.over()};
    const std::string what = failure_of([&](OnError e) { guest.wait_ready(0ms, e); }).what();
    CHECK(what ==
          "wait until ready: guest in c: not ready before the deadline (guest in c: the lower "
          "link, eth0 in b, has no carrier yet)");
    f.wire.first().set_up();
    guest.wait_ready(long_enough);
}

TEST_CASE("kinds: a link of any kind that takes no settings", "[kernel][kinds]") {
    const Netns ns = Netns::create("ns");
    {
        const Link link =
            make_link({.netns = ns, .name = "i0", .addresses = {"10.0.0.1/24"}, .up = true}, "ifb");
        CHECK(link.is_owned());
        CHECK(link.state().kind() == "ifb");
        CHECK(names(ns) == Names{"i0"});
    }
    CHECK(names(ns).empty());
    const auto fails = [&](std::string_view kind) {
        return std::string{failure_of([&](OnError e) {
                               (void)make_link({.netns = ns, .name = "x"}, kind, e);
                           }).what()};
    };
    CHECK(fails("nonsense") ==
          "create the nonsense: x in ns: Operation not supported; kernel: Unknown device type");
    CHECK(fails("") == "create the : x in ns: invalid option (no kind of link)");
    // A kind that needs to be told more says what.
    CHECK_THAT(fails("vxlan"), contains("create the vxlan: x in ns: Invalid argument"));
    CHECK(names(ns).empty());
}
