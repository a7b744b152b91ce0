// SPDX-License-Identifier: BSL-1.0
// How the values of Open vSwitch print.
#include "support/catch.hpp"
#include <vethpp/ovs/bridge.hpp>
#include <vethpp/ovs/daemon.hpp>
#include <vethpp/ovs/leftovers.hpp>
#include <vethpp/ovs/port.hpp>
#include <vethpp/ovsdb/transaction.hpp>

#include <fmt/format.h>

#include <sstream>
#include <string>
#include <utility>

namespace {

using namespace vethpp;

// Checks both ways, and returns the text.
template <class T>
std::string text(const T& value) {
    std::ostringstream out;
    out << value;
    const std::string formatted = fmt::format("{}", value);
    CHECK(out.str() == formatted);
    CHECK(fmt::format("{:>60}|", value) == fmt::format("{:>60}|", formatted));
    return formatted;
}

}  // namespace

TEST_CASE("ovs print: enumerators are words") {
    using Words = std::vector<std::string>;
    const auto all = [](auto... values) { return Words{text(values)...}; };
    CHECK(all(OvsFailMode::standalone, OvsFailMode::secure) == Words{"standalone", "secure"});
    CHECK(all(OvsVlanMode::access,
              OvsVlanMode::trunk,
              OvsVlanMode::native_tagged,
              OvsVlanMode::native_untagged,
              OvsVlanMode::dot1q_tunnel) ==
          Words{"access", "trunk", "native-tagged", "native-untagged", "dot1q-tunnel"});
    CHECK(all(OvsTunnelType::vxlan, OvsTunnelType::geneve, OvsTunnelType::gre) ==
          Words{"vxlan", "geneve", "gre"});
    CHECK(all(OvsExisting::refuse, OvsExisting::adopt) == Words{"refuse", "adopt"});
    CHECK(all(OvsDatapath::automatic,
              OvsDatapath::kernel,
              OvsDatapath::userspace,
              OvsDatapath::dummy) == Words{"automatic", "kernel", "userspace", "dummy"});
    using Kind = OvsPortEvent::Kind;
    CHECK(all(Kind::present, Kind::added, Kind::changed, Kind::removed) ==
          Words{"present", "added", "changed", "removed"});
    CHECK(all(OvsLeftover::Kind::bridge, OvsLeftover::Kind::port) == Words{"bridge", "port"});
    // A number that is none of them is no word, and no crash.
    CHECK(text(static_cast<OvsFailMode>(9)).empty());
    CHECK(text(static_cast<OvsVlanMode>(9)).empty());
    CHECK(text(static_cast<OvsTunnelType>(9)).empty());
    CHECK(text(static_cast<OvsExisting>(9)).empty());
    CHECK(text(static_cast<OvsDatapath>(9)).empty());
    CHECK(text(static_cast<Kind>(9)).empty());
    CHECK(text(static_cast<OvsLeftover::Kind>(9)).empty());
}

TEST_CASE("ovs print: a port, and an event") {
    CHECK(text(OvsPort{}) == "{}");
    const OvsPort port{.name = "ovs-a",
                       .type = "patch",
                       .tag = 0,
                       .trunks = {6, 7},
                       .vlan_mode = "native-tagged",
                       .ofport = -1,
                       .error = "no \"x\" there",
                       .admin_state = "up",
                       .link_state = "down",
                       .mac = "02:00:00:00:00:01",
                       .mtu = 1500,
                       .options = {{"peer", "a b"}, {"q=r", ""}},
                       .external_ids = {{"k", "v"}},
                       .statistics = {{"rx_packets", 5}, {"tx_packets", -2}}};
    CHECK(text(port) ==
          R"({name=ovs-a type=patch tag=0 trunks=[6 7] vlan_mode=native-tagged ofport=-1 )"
          R"(error="no \"x\" there" admin_state=up link_state=down )"
          R"(mac=02:00:00:00:00:01 mtu=1500 options={peer="a b" "q=r"=""} external_ids={k=v} )"
          R"(statistics={rx_packets=5 tx_packets=-2}})");
    CHECK(text(OvsPortEvent{OvsPortEvent::Kind::added, {.name = "i0", .ofport = 1}}) ==
          "added {name=i0 ofport=1}");
    CHECK(port == OvsPort{port});
    CHECK_FALSE(port == OvsPort{});
    CHECK_FALSE(OvsPortEvent{} == OvsPortEvent{OvsPortEvent::Kind::removed, {}});
}

TEST_CASE("ovs print: leftovers and errors") {
    CHECK(
        text(OvsLeftover{OvsLeftover::Kind::port, "i0", "1234@4026531836,4026531834,b:567", "u"}) ==
        "port i0 of 1234@4026531836,4026531834,b:567");
    CHECK(text(OvsLeftover{.kind = OvsLeftover::Kind::bridge, .name = "br0", .owner = "o"}) ==
          "bridge br0 of o");
    CHECK(text(ovsdb::OperationError{
              .index = 1, .error = "constraint violation", .details = "why"}) ==
          "constraint violation: why");
    CHECK(text(ovsdb::OperationError{.error = "aborted"}) == "aborted");
}

TEST_CASE("ovs print: what could not be made") {
    error_code ec;
    const OvsBridge bridge{{.database = "unix:/nonexistent/socket", .name = "br0"}, ec};
    CHECK(ec == boost::system::errc::no_such_file_or_directory);
    CHECK(text(bridge) == "no bridge");
    const OvsDaemon daemon{{.program_directory = "/nonexistent"}, ec};
    CHECK(ec == errc::not_installed);
    CHECK(text(daemon) == "no Open vSwitch");
}
