// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/bridge_vlan.hpp>

#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace vethpp {

VETHPP_INLINE std::string BridgeVlan::to_string() const {
    std::string out = std::to_string(id);
    if (end && *end != id) out += "-" + std::to_string(*end);
    if (pvid) out += " PVID";
    if (untagged) out += " Egress Untagged";
    if (tunnel_id) out += " tunnel " + std::to_string(*tunnel_id);
    if (state && state != PortState::forwarding) {
        out += " state ";
        out += vethpp::to_string(*state);
    }
    return out;
}

namespace message {

VETHPP_INLINE VlanEntry VlanEntry::of(const BridgeVlan& vlan) {
    VlanEntry entry{.info = {BRIDGE_VLAN_INFO_ONLY_OPTS, static_cast<std::uint16_t>(vlan.id)},
                    .state = vlan.state,
                    .multicast_router = vlan.multicast_router,
                    .multicast_max_groups = vlan.multicast_max_groups,
                    .neighbour_suppression = vlan.neighbour_suppression};
    if (vlan.end) entry.end = static_cast<std::uint16_t>(*vlan.end);
    return entry;
}

VETHPP_INLINE BridgeVlan VlanEntry::vlan() const {
    BridgeVlan out{.id = info.id,
                   .pvid = (info.flags & BRIDGE_VLAN_INFO_PVID) != 0,
                   .untagged = (info.flags & BRIDGE_VLAN_INFO_UNTAGGED) != 0,
                   .state = state,
                   .multicast_router = multicast_router,
                   .multicast_max_groups = multicast_max_groups,
                   .neighbour_suppression = neighbour_suppression,
                   .statistics = statistics};
    if (end && *end != info.id) out.end = *end;
    if (tunnel) out.tunnel_id = tunnel->id;
    return out;
}

VETHPP_INLINE void VlanMessage::complete(br_vlan_msg& header) const noexcept {
    header.family = AF_BRIDGE;
}

// As bridge(8) writes it: a range is two attributes, its begin and its end.
VETHPP_INLINE void write_vlan_change(wire::Writer& w, const BridgeVlan& vlan, bool of_bridge) {
    const bool is_range = vlan.end && *vlan.end != vlan.id;
    const auto each = [&](auto&& write) {
        if (!is_range) return write(vlan.id, 0U, unsigned{0});
        write(vlan.id, 0U, unsigned{BRIDGE_VLAN_INFO_RANGE_BEGIN});
        write(*vlan.end, *vlan.end - vlan.id, unsigned{BRIDGE_VLAN_INFO_RANGE_END});
    };
    const unsigned flags = (vlan.pvid ? unsigned{BRIDGE_VLAN_INFO_PVID} : 0U) |
                           (vlan.untagged ? unsigned{BRIDGE_VLAN_INFO_UNTAGGED} : 0U);
    w.enclose(IFLA_AF_SPEC, [&](wire::Writer& spec) {
        if (of_bridge) U16::write(spec, IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF);
        each([&](std::uint32_t id, std::uint32_t, unsigned range) {
            wire::Scalar<VlanInfo>::write(
                spec,
                IFLA_BRIDGE_VLAN_INFO,
                {static_cast<std::uint16_t>(flags | range), static_cast<std::uint16_t>(id)});
        });
        if (!vlan.tunnel_id) return;
        each([&](std::uint32_t id, std::uint32_t offset, unsigned range) {
            spec.enclose(IFLA_BRIDGE_VLAN_TUNNEL_INFO, [&](wire::Writer& tunnel) {
                U32::write(tunnel, IFLA_BRIDGE_VLAN_TUNNEL_ID, *vlan.tunnel_id + offset);
                U16::write(tunnel, IFLA_BRIDGE_VLAN_TUNNEL_VID, static_cast<std::uint16_t>(id));
                U16::write(
                    tunnel, IFLA_BRIDGE_VLAN_TUNNEL_FLAGS, static_cast<std::uint16_t>(range));
            });
        });
    });
}

}  // namespace message
}  // namespace vethpp
