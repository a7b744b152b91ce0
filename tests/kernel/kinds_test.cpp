// SPDX-License-Identifier: BSL-1.0
// Links of further kinds: made in place, also where their lower link is elsewhere.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/patience.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/kinds/ifb.hpp>
#include <vethpp/kinds/macvlan.hpp>
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
                .lower = wire.second(),
                .mac = "02:00:00:00:00:03",
                .mtu = 1400,
                .alias = "a guest",
                .addresses = {"10.0.0.3/24", "fd00::3/64"},
                .up = true};
    }
};

}  // namespace

TEST_CASE("kinds: a macvlan in the namespace of its lower link, and in another one",
          "[kernel][kinds]") {
    const Fixture f;
    const bool elsewhere = GENERATE(false, true);
    const Netns& where = elsewhere ? f.c : f.b;
    const Macvlan guest{f.guest(where), {.mode = MacvlanMode::bridge}};
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
    Macvlan guest{f.guest(f.c), {.mode = MacvlanMode::vepa}};
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
        std::optional<Macvlan> guest{std::in_place, f.guest(f.c)};
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
    CHECK(fails(options, {}).code() == boost::system::errc::file_exists);
    // By the kernel, elsewhere.
    CHECK(fails(f.guest(f.c), {.mode = static_cast<MacvlanMode>(77)}).code() ==
          boost::system::errc::invalid_argument);
    const auto message = [&](LinkOptions wanted) { return std::string{fails(wanted, {}).what()}; };
    options = f.guest(f.c);
    options.lower.reset();
    CHECK(message(options) ==
          "create the macvlan: guest in c: invalid option (macvlan needs a lower link)");
    options.lower = Link{};
    CHECK(message(options) ==
          "create the macvlan: guest in c: no link to act on (the lower link refers to no link)");
    options = f.guest(f.c);
    f.wire.remove();
    CHECK(fails(options, {}).code() == boost::system::errc::no_such_device);
    {
        make_foreign(f.c, 0, "guest");
        f.wire = VethPair{{.netns = f.a, .name = "eth0"}, {.netns = f.b, .name = "eth0"}};
        const Error taken = failure_of([&](OnError e) {
            const Macvlan guest{f.guest(f.c), {}, e};
        });
        CHECK(std::string{taken.what()} ==
              "create the macvlan: guest in c: File exists (the name is taken)");
        CHECK(names(f.c) == Names{"guest"});
    }
}

TEST_CASE("kinds: who stands on nothing says so", "[kernel][kinds]") {
    const Fixture f;
    const auto lower = [&] {
        return LinkOptions{.netns = f.c, .name = "x", .lower = f.wire.second()};
    };
    check_error(failure_of([&](OnError e) {
                    const Ifb ifb{lower(), {}, e};
                }),
                errc::invalid_option,
                "create the ifb: x in c: invalid option (ifb stands on no other link)");
    check_error(failure_of([&](OnError e) {
                    const Bridge bridge{lower(), {}, e};
                }),
                errc::invalid_option,
                "create the bridge: x in c: invalid option (bridge stands on no other link)");
    check_error(
        failure_of([&](OnError e) {
            const VethPair pair{{.netns = f.c}, lower(), e};
        }),
        errc::invalid_option,
        "create the veth pair: x (second end) in c: invalid option (veth stands on no other "
        "link)");
    CHECK(names(f.c).empty());
}

TEST_CASE("kinds: a macvlan is ready when its lower link is", "[kernel][kinds]") {
    Fixture f;
    f.wire.first().set_down();
    const Macvlan guest{f.guest(f.c)};
    const std::string what = failure_of([&](OnError e) { guest.wait_ready(0ms, e); }).what();
    CHECK(what ==
          "wait until ready: guest in c: not ready before the deadline (guest in c: the lower "
          "link, eth0 in b, has no carrier yet)");
    f.wire.first().set_up();
    guest.wait_ready(long_enough);
}
