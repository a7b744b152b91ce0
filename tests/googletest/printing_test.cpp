// SPDX-License-Identifier: BSL-1.0
// What a test author with GoogleTest reads when a comparison fails: text, and no bytes.
#include <vethpp/ping.hpp>
#include <vethpp/routes.hpp>
#include <vethpp/veth.hpp>

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace {

using namespace vethpp;
using testing::PrintToString;

TEST(Printing, Values) {
    EXPECT_EQ(PrintToString(Operstate::up), "up");
    EXPECT_EQ(PrintToString(PortState::learning), "learning");
    EXPECT_EQ(PrintToString(MacAddress{"02:00:00:00:00:01"}), "02:00:00:00:00:01");
    EXPECT_EQ(PrintToString(InterfaceAddress{"10.1.1.2/24"}), "10.1.1.2/24");
    EXPECT_EQ(PrintToString(IpAddress{"10.1.1.2"}), "10.1.1.2");
    EXPECT_EQ(PrintToString(Route{.destination = "10.0.0.0/8", .via = "10.0.0.1"}),
              "10.0.0.0/8 via 10.0.0.1");
    EXPECT_EQ(PrintToString(BridgeSettings{.stp = true}), "{stp=true}");
    EXPECT_EQ(PrintToString(Link{}), "no link");
    EXPECT_EQ(PrintToString(Offloads::all(true)).substr(0, 18), "{rx_checksum=true ");
    EXPECT_EQ(PrintToString(PingResult{.destination = "a"}),
              "--- a ping statistics ---\n0 packets transmitted, 0 received");
}

TEST(Printing, Lists) {
    EXPECT_EQ(PrintToString(std::vector<InterfaceAddress>{"10.1.1.2/24", "fd00::1/64"}),
              "{ 10.1.1.2/24, fd00::1/64 }");
}

TEST(Printing, Errors) {
    error_code ec;
    Link{}.set_up(ec);
    EXPECT_TRUE(ec == errc::no_such_link);
    try {
        Link{}.set_up();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(PrintToString(error), error.what());
        EXPECT_STREQ(error.what(), "set up: no link to act on (the object refers to no link)");
    }
}

TEST(Printing, StatesAreCompared) {
    LinkState state;
    state.name = "veth0";
    EXPECT_EQ(state, LinkState{state});
    EXPECT_EQ(PrintToString(state).substr(0, 8), "{index=0");
}

}  // namespace
