// SPDX-License-Identifier: BSL-1.0
// Settings of a bridge and of its ports with every member set, to values that are no defaults.
#pragma once

#include <vethpp/message/bridge.hpp>

#include <chrono>

namespace vethpp_test {

inline vethpp::BridgeSettings every_setting() {
    using std::chrono::seconds;
    return {.stp = true,
            .forward_delay = seconds{4},
            .hello_time = seconds{1},
            .max_age = seconds{6},
            .ageing_time = vethpp::BridgeSettings::Time{12345},
            .priority = 4096,
            .vlan_filtering = true,
            .vlan_protocol = 0x88a8,
            .vlan_default_pvid = 5,
            .vlan_statistics = true,
            .multicast_snooping = false,
            .multicast_querier = true,
            .multicast_router = vethpp::MulticastRouter::permanent,
            .group_forward_mask = 8,
            .group_address = vethpp::MacAddress{"01:80:c2:00:00:0f"},
            .nf_call_iptables = true,
            .nf_call_ip6tables = false,
            .nf_call_arptables = true};
}

inline vethpp::BridgePortSettings every_port_setting() {
    return {.state = vethpp::PortState::blocking,
            .cost = 65535,
            .priority = 63,
            .hairpin = true,
            .guard = true,
            .root_block = true,
            .fast_leave = true,
            .learning = false,
            .unicast_flood = false,
            .multicast_flood = false,
            .broadcast_flood = false,
            .proxy_arp = true,
            .neighbour_suppression = true,
            .isolated = true,
            .multicast_router = vethpp::MulticastRouter::never};
}

}  // namespace vethpp_test
