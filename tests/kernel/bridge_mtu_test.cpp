// SPDX-License-Identifier: BSL-1.0
// The MTU that a bridge was given stays, whatever its ports have.
#include "support/catch.hpp"
#include "support/live.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/kinds/ifb.hpp>
#include <vethpp/kinds/macvlan.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>

namespace {

using namespace vethpp;
using namespace vethpp_test;

// As the kernel shows it to others.
std::uint32_t mtu_outside(const Netns& netns, const std::string& link) {
    return netns.run([&] {
        std::uint32_t mtu = 0;
        std::ifstream{"/proc/sys/net/ipv6/conf/" + link + "/mtu"} >> mtu;
        return mtu;
    });
}

// Ports of a smaller and of a larger MTU come and go; by itself the bridge would follow them.
void stays(const Bridge& bridge, std::uint32_t mtu) {
    CHECK(bridge.state().mtu == mtu);
    const Netns netns = Netns::create("elsewhere");
    for (const std::uint32_t others : {1300U, 2000U}) {
        CAPTURE(others);
        const VethPair port{{.netns = bridge.netns(), .name = "p", .mtu = others, .master = bridge},
                            {.netns = netns, .name = "q", .mtu = others}};
        CHECK(bridge.state().mtu == mtu);
    }
    CHECK(bridge.state().mtu == mtu);
}

}  // namespace

TEST_CASE("bridge: the MTU of its options stays", "[kernel][bridge][mtu]") {
    const Netns netns = Netns::create("netns");
    for (const std::uint32_t mtu : {68U, 69U, 1279U, 1280U, 1281U, 1400U, 1500U, 9000U, 65535U}) {
        CAPTURE(mtu);
        const Bridge bridge{{.netns = netns, .name = "br0", .mtu = mtu, .up = true}};
        stays(bridge, mtu);
        if (mtu >= 1280) CHECK(mtu_outside(netns, "br0") == mtu);
    }
}

TEST_CASE("bridge: an MTU that is set stays, also one that it has already",
          "[kernel][bridge][mtu]") {
    const Netns netns = Netns::create("netns");
    for (const std::uint32_t mtu : {1400U, 1500U, 9000U}) {
        CAPTURE(mtu);
        Bridge own{{.netns = netns, .name = "br0"}};
        succeeds([&](OnError e) { own.set_mtu(mtu, e); });
        stays(own, mtu);

        // One that somebody else made, by whatever handle.
        Bridge adjusted{{.netns = netns, .name = "br1"}};
        const VethPair port{{.netns = netns, .name = "p1", .mtu = mtu, .master = adjusted},
                            {.netns = netns, .name = "q1"}};
        CHECK(adjusted.state().mtu == mtu);
        netns.link("br1").set_mtu(mtu);
        stays(adjusted, mtu);
    }
}

TEST_CASE("bridge: one without an MTU of its own has the least of its ports",
          "[kernel][bridge][mtu]") {
    const Netns netns = Netns::create("netns");
    const Bridge bridge{{.netns = netns, .name = "br0"}};
    const VethPair port{{.netns = netns, .name = "p", .mtu = 1400, .master = bridge},
                        {.netns = netns, .name = "q"}};
    CHECK(bridge.state().mtu == 1400);
}

TEST_CASE("bridge: its IPv6 addresses survive that its MTU is set", "[kernel][bridge][mtu]") {
    const Netns netns = Netns::create("netns");
    Bridge bridge{{.netns = netns, .name = "br0", .addresses = {"fd00::1/64"}, .up = true}};
    for (const std::uint32_t mtu : {1280U, 1281U, 1280U, 65535U, 1280U}) {
        bridge.set_mtu(mtu);
        const auto addresses = bridge.addresses();
        CHECK(std::any_of(addresses.begin(), addresses.end(), [](const AddressState& one) {
            return one.to_string() == "fd00::1/64";
        }));
    }
}

TEST_CASE("bridge: an MTU that it cannot have", "[kernel][bridge][mtu]") {
    const Netns netns = Netns::create("netns");
    Bridge bridge{{.netns = netns, .name = "br0"}};
    for (const std::uint32_t mtu : {0U, 67U, 65536U, 0xffffffffU}) {
        CAPTURE(mtu);
        CHECK(failure_of([&](OnError e) { bridge.set_mtu(mtu, e); }).code() ==
              boost::system::errc::invalid_argument);
        CHECK(bridge.state().mtu == 1500);
        CHECK(failure_of([&](OnError e) {
                  const Bridge refused{{.netns = netns, .name = "br1", .mtu = mtu}, {}, e};
              }).code() == boost::system::errc::invalid_argument);
    }
    CHECK(names(netns) == Names{"br0"});
}

TEST_CASE("links of other kinds have the MTU of their options", "[kernel][link][mtu]") {
    const Netns netns = Netns::create("netns");
    const VethPair pair{{.netns = netns, .name = "one", .mtu = 1400},
                        {.netns = netns, .name = "two", .mtu = 1300}};
    CHECK(pair.first().state().mtu == 1400);
    CHECK(pair.second().state().mtu == 1300);
    CHECK(Ifb{{.netns = netns, .mtu = 1400}}.state().mtu == 1400);
    CHECK(Macvlan{{.netns = netns, .mtu = 1350}, {.lower = pair.first()}}.state().mtu == 1350);
}
