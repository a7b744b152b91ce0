// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/net_in.hpp>
#include <vethpp/message/bridge.hpp>
#include <vethpp/message/scalars.hpp>
#include <vethpp/wire/description.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <linux/if_bridge.h>
#include <linux/if_link.h>

namespace vethpp {
namespace message {

/// A bridge identifier: 16 bits of priority in network byte order, 6 bytes of address.
struct BridgeIdCodec {
    using Value = BridgeId;
    static void write(wire::Writer& w, std::uint16_t id, const BridgeId& v) noexcept {
        std::array<std::uint8_t, 8> bytes{static_cast<std::uint8_t>(v.priority >> 8U),
                                          static_cast<std::uint8_t>(v.priority & 0xffU)};
        std::copy(v.mac.bytes().begin(), v.mac.bytes().end(), bytes.begin() + 2);
        w.attribute(id, bytes.data(), bytes.size());
    }
    static bool read(wire::Bytes bytes, BridgeId& v) noexcept {
        return bytes.size() >= 8 && wire::BigEndian16::read(bytes, v.priority) &&
               Mac::read(bytes.subspan(2, 6), v.mac);
    }
};

/// One of the bits of struct br_boolopt_multi: what they are, and which of them are said.
template <unsigned Bit>
struct BoolOption {
    using Value = bool;
    static void write(wire::Writer& w, std::uint16_t id, bool v) noexcept {
        const std::uint32_t option[] = {v ? 1U << Bit : 0U, 1U << Bit};
        w.attribute(id, option, sizeof option);
    }
    static bool read(wire::Bytes bytes, bool& v) noexcept {
        std::array<std::uint32_t, 2> option{};
        if (!wire::load(bytes, option)) return false;
        v = (option[0] & option[1] & (1U << Bit)) != 0;
        return true;
    }
};

}  // namespace message

struct BridgeSettings::Description {
    static constexpr auto fields() {
        using message::Flag32, message::Flag8, message::Mac, message::Number16, message::U32;
        using wire::As, wire::Attribute, wire::BigEndian16, wire::Duration, wire::Field,
            wire::Fields, wire::Narrow;
        using B = BridgeSettings;
        using Router = As<MulticastRouter, std::uint8_t>;
        return Fields<
            Field<&B::stp, Attribute<IFLA_BR_STP_STATE, Flag32, "stp">>,
            Field<&B::forward_delay, Attribute<IFLA_BR_FORWARD_DELAY, Duration, "forward_delay">>,
            Field<&B::hello_time, Attribute<IFLA_BR_HELLO_TIME, Duration, "hello_time">>,
            Field<&B::max_age, Attribute<IFLA_BR_MAX_AGE, Duration, "max_age">>,
            Field<&B::ageing_time, Attribute<IFLA_BR_AGEING_TIME, Duration, "ageing_time">>,
            Field<&B::priority, Attribute<IFLA_BR_PRIORITY, Number16, "priority">>,
            Field<&B::vlan_filtering, Attribute<IFLA_BR_VLAN_FILTERING, Flag8, "vlan_filtering">>,
            Field<&B::vlan_protocol,
                  Attribute<IFLA_BR_VLAN_PROTOCOL,
                            Narrow<std::uint32_t, BigEndian16>,
                            "vlan_protocol">>,
            Field<&B::vlan_default_pvid,
                  Attribute<IFLA_BR_VLAN_DEFAULT_PVID, Number16, "vlan_default_pvid">>,
            Field<&B::vlan_statistics,
                  Attribute<IFLA_BR_VLAN_STATS_ENABLED, Flag8, "vlan_statistics">>,
            Field<&B::multicast_snooping,
                  Attribute<IFLA_BR_MCAST_SNOOPING, Flag8, "multicast_snooping">>,
            Field<&B::multicast_querier,
                  Attribute<IFLA_BR_MCAST_QUERIER, Flag8, "multicast_querier">>,
            Field<&B::multicast_router,
                  Attribute<IFLA_BR_MCAST_ROUTER, Router, "multicast_router">>,
            Field<&B::group_forward_mask,
                  Attribute<IFLA_BR_GROUP_FWD_MASK, Number16, "group_forward_mask">>,
            Field<&B::group_address, Attribute<IFLA_BR_GROUP_ADDR, Mac, "group_address">>,
            Field<&B::nf_call_iptables,
                  Attribute<IFLA_BR_NF_CALL_IPTABLES, Flag8, "nf_call_iptables">>,
            Field<&B::nf_call_ip6tables,
                  Attribute<IFLA_BR_NF_CALL_IP6TABLES, Flag8, "nf_call_ip6tables">>,
            Field<&B::nf_call_arptables,
                  Attribute<IFLA_BR_NF_CALL_ARPTABLES, Flag8, "nf_call_arptables">>,
            Field<&B::vlan_statistics_per_port,
                  Attribute<IFLA_BR_VLAN_STATS_PER_PORT, Flag8, "vlan_statistics_per_port">>,
            Field<&B::multicast_vlan_snooping,
                  Attribute<IFLA_BR_MULTI_BOOLOPT,
                            message::BoolOption<BR_BOOLOPT_MCAST_VLAN_SNOOPING>,
                            "multicast_vlan_snooping">>>{};
    }
};

struct BridgePortSettings::Description {
    static constexpr auto fields() {
        using message::Flag8, message::Number16, message::U32;
        using wire::As, wire::Attribute, wire::Field, wire::Fields;
        using P = BridgePortSettings;
        using State = As<PortState, std::uint8_t>;
        using Router = As<MulticastRouter, std::uint8_t>;
        return Fields<
            Field<&P::state, Attribute<IFLA_BRPORT_STATE, State, "state">>,
            Field<&P::cost, Attribute<IFLA_BRPORT_COST, U32, "cost">>,
            Field<&P::priority, Attribute<IFLA_BRPORT_PRIORITY, Number16, "priority">>,
            Field<&P::hairpin, Attribute<IFLA_BRPORT_MODE, Flag8, "hairpin">>,
            Field<&P::guard, Attribute<IFLA_BRPORT_GUARD, Flag8, "guard">>,
            Field<&P::root_block, Attribute<IFLA_BRPORT_PROTECT, Flag8, "root_block">>,
            Field<&P::fast_leave, Attribute<IFLA_BRPORT_FAST_LEAVE, Flag8, "fast_leave">>,
            Field<&P::learning, Attribute<IFLA_BRPORT_LEARNING, Flag8, "learning">>,
            Field<&P::unicast_flood, Attribute<IFLA_BRPORT_UNICAST_FLOOD, Flag8, "unicast_flood">>,
            Field<&P::multicast_flood,
                  Attribute<IFLA_BRPORT_MCAST_FLOOD, Flag8, "multicast_flood">>,
            Field<&P::broadcast_flood,
                  Attribute<IFLA_BRPORT_BCAST_FLOOD, Flag8, "broadcast_flood">>,
            Field<&P::proxy_arp, Attribute<IFLA_BRPORT_PROXYARP, Flag8, "proxy_arp">>,
            Field<&P::neighbour_suppression,
                  Attribute<IFLA_BRPORT_NEIGH_SUPPRESS, Flag8, "neighbour_suppression">>,
            Field<&P::isolated, Attribute<IFLA_BRPORT_ISOLATED, Flag8, "isolated">>,
            Field<&P::multicast_router,
                  Attribute<IFLA_BRPORT_MULTICAST_ROUTER, Router, "multicast_router">>,
            Field<&P::vlan_tunnel, Attribute<IFLA_BRPORT_VLAN_TUNNEL, Flag8, "vlan_tunnel">>>{};
    }
};

struct BridgeStatus::Description {
    static constexpr auto fields() {
        using wire::Attribute, wire::Field, wire::Fields;
        using S = BridgeStatus;
        return Fields<
            Field<&S::root, Attribute<IFLA_BR_ROOT_ID, message::BridgeIdCodec, "root">>,
            Field<&S::bridge, Attribute<IFLA_BR_BRIDGE_ID, message::BridgeIdCodec, "bridge">>,
            Field<&S::root_port, Attribute<IFLA_BR_ROOT_PORT, message::U16, "root_port">>,
            Field<&S::root_path_cost,
                  Attribute<IFLA_BR_ROOT_PATH_COST, message::U32, "root_path_cost">>,
            Field<&S::topology_change,
                  Attribute<IFLA_BR_TOPOLOGY_CHANGE, message::Flag8, "topology_change">>>{};
    }
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/bridge_fields.ipp>
#endif
