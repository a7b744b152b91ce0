// SPDX-License-Identifier: BSL-1.0
// What tests with a live Open vSwitch share.
#pragma once

#include "catch.hpp"
#include "skip.hpp"
#include <vethpp/netns.hpp>
#include <vethpp/ovs_bridge.hpp>
#include <vethpp/ovs_daemon.hpp>
#include <vethpp/veth_pair.hpp>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>

namespace vethpp_test {

/// A switch of one's own in a namespace of its own, with a bridge br0.
struct Switch {
    vethpp::Netns netns = vethpp::Netns::create("fabric");
    vethpp::OvsDaemon ovs = start(netns);
    vethpp::OvsBridge br0{options("br0")};

    [[nodiscard]] vethpp::OvsBridgeOptions options(const char* name) const {
        return {.database = ovs.database(), .name = name, .datapath_type = ovs.datapath_type()};
    }
    /// Internal ports are links only where there are taps.
    [[nodiscard]] bool has_taps() const { return ovs.datapath() != vethpp::OvsDatapath::dummy; }

    [[nodiscard]] static vethpp::OvsDaemon start(const vethpp::Netns& netns,
                                                 vethpp::OvsDatapath datapath = {}) {
        if (::access("/usr/sbin/ovs-vswitchd", X_OK) != 0)
            skip("openvswitch-switch is not installed");
        return vethpp::OvsDaemon{{.netns = netns, .datapath = datapath}};
    }
};

/// A host on a switch: its namespace, and a pair into that of the switch.
struct Host {
    vethpp::Netns netns;
    vethpp::VethPair pair;

    Host(const Switch& where,
         const std::string& name,
         const char* address,
         std::optional<vethpp::MacAddress> mac = {})
        : netns{vethpp::Netns::create(name)},
          pair{{.netns = netns, .name = "eth0", .mac = mac, .addresses = {address}, .up = true},
               {.netns = where.netns, .name = "ovs-" + name, .up = true}} {}
};

/// What a command prints, without the last newline.
inline std::string output_of(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe{::popen((command + " 2>&1").c_str(), "r"),
                                                     ::pclose};
    REQUIRE(pipe);
    std::string out;
    char part[256];
    while (std::fgets(part, sizeof part, pipe.get()) != nullptr) out += part;
    while (!out.empty() && out.back() == '\n') out.pop_back();
    return out;
}

/// ovs-vsctl, an oracle that nobody here wrote.
inline std::string vsctl(const vethpp::OvsDaemon& ovs, const std::string& arguments) {
    return output_of("ovs-vsctl --no-wait --db=" + ovs.database() + " " + arguments);
}

}  // namespace vethpp_test
