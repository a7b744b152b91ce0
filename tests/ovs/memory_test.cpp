// SPDX-License-Identifier: BSL-1.0
// Open vSwitch with allocations failing in turn. Whether std::bad_alloc comes out or not: what was
// begun is not in the database, and the links are what they were.
#include "support/catch.hpp"
#include "support/failing_new.hpp"
#include "support/netns_watch.hpp"
#include "support/ovs.hpp"

#include <chrono>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

// A JSON text takes hundreds of allocations, mostly alike: a prime number of them is skipped.
constexpr Allocations some{.first = 1, .step = 7};

// Without taps, which take time to come and go.
struct Deaf {
    Netns netns = Netns::create("fabric");
    Netns host = Netns::create("host");
    OvsDaemon ovs = Switch::start(netns, OvsDatapath::dummy);
    OvsBridge br0{options("br0")};
    VethPair pair{{.netns = host, .name = "eth0", .up = true},
                  {.netns = netns, .name = "v1", .up = true}};

    [[nodiscard]] OvsBridgeOptions options(const char* name) const {
        return {.database = ovs.database(), .name = name, .timeout = long_enough};
    }
    [[nodiscard]] std::vector<std::string> rows() const { return rows_in(ovs.database()); }
};

// An operation that adds a port; one that is there afterwards was reported.
template <class Add>
std::size_t check_addition(Deaf& sw, const std::string& name, Add&& add) {
    const std::vector<std::string> before = sw.rows();
    const std::vector<int> signals = blocked_signals();
    const Offloads offloads = sw.pair.first().offloads();
    const ::ino_t place = here();
    bool added = false;
    const auto operation = [&] {
        added = false;
        add();
        added = true;
    };
    const auto check = [&] {
        if (added) sw.br0.remove_port(name);
        CHECK(sw.rows() == before);
        CHECK(blocked_signals() == signals);
        CHECK(here() == place);
        CHECK((added || sw.pair.first().offloads() == offloads));
        sw.pair.first().set_offloads(offloads);
    };
    const std::size_t failures = at_each_allocation(operation, check, some);
    check();  // the one that succeeded
    return failures;
}

}  // namespace

TEST_CASE("ovs memory: making a bridge, and its end", "[ovs][memory]") {
    const Deaf sw;
    const std::vector<std::string> before = sw.rows();
    const auto check = [&] { CHECK(sw.rows() == before); };
    const auto once = [&] { const OvsBridge bridge{sw.options("br1")}; };
    CHECK(at_each_allocation(once, check, some) > 0);
}

TEST_CASE("ovs memory: the end of a bridge", "[ovs][memory]") {
    const Deaf sw;
    const std::vector<std::string> before = sw.rows();
    std::unique_ptr<OvsBridge> bridge;
    const auto renew = [&] { bridge = std::make_unique<OvsBridge>(sw.options("br1")); };
    renew();
    const auto check = [&] {
        CHECK(sw.rows() == before);
        renew();
    };
    CHECK(at_each_allocation([&] { bridge.reset(); }, check, {.first = 1, .step = 3}) > 0);
}

TEST_CASE("ovs memory: adding a port of each kind", "[ovs][memory]") {
    Deaf sw;
    SECTION("a link") {
        CHECK(check_addition(sw, "v1", [&] { sw.br0.add_port(sw.pair.second()); }) > 0);
    }
    SECTION("an internal port") {
        CHECK(check_addition(sw, "i0", [&] { sw.br0.add_internal_port("i0", {.mtu = 1400}); }) > 0);
    }
    SECTION("a patch") {
        CHECK(check_addition(sw, "p0", [&] { sw.br0.add_patch_port("p0", "p1"); }) > 0);
    }
    SECTION("a tunnel") {
        CHECK(check_addition(sw, "t0", [&] { sw.br0.add_tunnel("t0", {.remote = "192.0.2.1"}); }) >
              0);
    }
}

TEST_CASE("ovs memory: what takes away, and what looks", "[ovs][memory]") {
    Deaf sw;
    const std::vector<std::string> before = sw.rows();
    SECTION("removing a port") {
        sw.br0.add_port(sw.pair.second());
        const auto check = [&] {
            // Taken out or not, the next one takes it out.
            error_code ec;
            sw.br0.remove_port("v1", ec);
            CHECK(sw.rows() == before);
            sw.br0.add_port(sw.pair.second());
        };
        CHECK(at_each_allocation([&] { sw.br0.remove_port("v1"); }, check, some) > 0);
    }
    SECTION("removing a bridge") {
        OvsBridge br1{sw.options("br1")};
        const auto check = [&] {
            error_code ec;
            br1 = OvsBridge{{.database = "unix:/nonexistent/socket", .name = "none"}, ec};
            CHECK(sw.rows() == before);
            br1 = OvsBridge{sw.options("br1")};
        };
        CHECK(at_each_allocation([&] { br1.remove(); }, check, some) > 0);
    }
    SECTION("listing") {
        sw.br0.add_internal_port("i0");
        CHECK(at_each_allocation([&] { (void)sw.br0.ports(); },
                                 [&] { CHECK(sw.br0.ports().size() == 1); },
                                 some) > 0);
    }
}

TEST_CASE("ovs memory: the thread that follows links forgets nothing", "[ovs][memory]") {
    Deaf sw;
    const std::vector<std::string> before = sw.rows();
    std::size_t failures = 0;
    for (std::size_t nth = 1;; nth += 5) {
        std::optional<VethPair> pair{std::in_place,
                                     LinkOptions{.netns = sw.host, .name = "w0", .up = true},
                                     LinkOptions{.netns = sw.netns, .name = "w1", .up = true}};
        sw.br0.add_port(pair->second());
        bool failed = false;
        {
            const FailingNew failing{nth};
            error_code ec;
            try {
                pair->second().remove(ec);
            } catch (const std::bad_alloc&) {
                ec = {};  // it goes with the pair
            }
            // Long enough for the thread to come so far, on a machine that is not busy.
            for (int i = 0; i < 50 && !FailingNew::has_failed(); ++i)
                std::this_thread::sleep_for(1ms);
            failed = FailingNew::has_failed();
        }
        pair.reset();
        CAPTURE(nth);
        CHECK(comes_true([&] { return sw.rows() == before; }));
        if (!failed) break;
        ++failures;
    }
    CHECK(failures > 0);
    CHECK(sw.br0.ports().empty());
}
