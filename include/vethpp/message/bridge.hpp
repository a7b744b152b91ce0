// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/text.hpp>
#include <vethpp/message/link.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vethpp {

/// What a bridge port does with frames (IEEE 802.1D).
enum class PortState : std::uint8_t { disabled, listening, learning, forwarding, blocking };

/// "disabled", "listening", ...
[[nodiscard]] constexpr std::string_view to_string(PortState state) noexcept {
    constexpr std::array<std::string_view, 5> words{
        "disabled", "listening", "learning", "forwarding", "blocking"};
    const auto index = static_cast<std::size_t>(state);
    return index < words.size() ? words[index] : "unknown";
}

/// Where a bridge or a port expects multicast routers.
enum class MulticastRouter : std::uint8_t { never, query, permanent, temporary };

/// "never", "query", ...
[[nodiscard]] constexpr std::string_view to_string(MulticastRouter router) noexcept {
    constexpr std::array<std::string_view, 4> words{"never", "query", "permanent", "temporary"};
    const auto index = static_cast<std::size_t>(router);
    return index < words.size() ? words[index] : "unknown";
}

/// A bridge identifier of the spanning tree: priority, then address.
struct BridgeId {
    std::uint16_t priority = 0;
    MacAddress mac{};

    /// "8000.02:00:00:00:00:01"
    [[nodiscard]] std::string to_string() const {
        return detail::concat({detail::hex(priority, 4), ".", mac.to_string()});
    }
    friend bool operator==(const BridgeId&, const BridgeId&) = default;
};

/// The settings of a Linux bridge; empty members are left as they are. Times have a resolution of
/// 10 ms. Source: <linux/if_link.h>, IFLA_BR_*.
struct BridgeSettings {
    static constexpr std::string_view kind = "bridge";
    using Time = wire::Centiseconds;

    std::optional<bool> stp{};
    std::optional<Time> forward_delay{};  ///< 2 to 30 s with STP, anything without
    std::optional<Time> hello_time{};     ///< 1 to 10 s
    std::optional<Time> max_age{};        ///< 6 to 40 s
    std::optional<Time> ageing_time{};
    std::optional<std::uint16_t> priority{};
    std::optional<bool> vlan_filtering{};
    std::optional<std::uint16_t> vlan_protocol{};  ///< 0x8100 (802.1Q) or 0x88a8 (802.1ad)
    std::optional<std::uint16_t> vlan_default_pvid{};
    std::optional<bool> vlan_statistics{};
    std::optional<bool> multicast_snooping{};
    std::optional<bool> multicast_querier{};
    std::optional<MulticastRouter> multicast_router{};
    std::optional<std::uint16_t> group_forward_mask{};  ///< of 01:80:c2:00:00:0X, bit X
    std::optional<MacAddress> group_address{};
    std::optional<bool> nf_call_iptables{};
    std::optional<bool> nf_call_ip6tables{};
    std::optional<bool> nf_call_arptables{};

    static constexpr auto fields() {
        using message::Flag32, message::Flag8, message::Mac, message::U16, message::U32;
        using wire::As, wire::Attribute, wire::BigEndian16, wire::Duration, wire::Field,
            wire::Fields;
        using B = BridgeSettings;
        using Router = As<MulticastRouter, std::uint8_t>;
        return Fields<
            Field<&B::stp, Attribute<IFLA_BR_STP_STATE, Flag32, "stp">>,
            Field<&B::forward_delay, Attribute<IFLA_BR_FORWARD_DELAY, Duration, "forward_delay">>,
            Field<&B::hello_time, Attribute<IFLA_BR_HELLO_TIME, Duration, "hello_time">>,
            Field<&B::max_age, Attribute<IFLA_BR_MAX_AGE, Duration, "max_age">>,
            Field<&B::ageing_time, Attribute<IFLA_BR_AGEING_TIME, Duration, "ageing_time">>,
            Field<&B::priority, Attribute<IFLA_BR_PRIORITY, U16, "priority">>,
            Field<&B::vlan_filtering, Attribute<IFLA_BR_VLAN_FILTERING, Flag8, "vlan_filtering">>,
            Field<&B::vlan_protocol,
                  Attribute<IFLA_BR_VLAN_PROTOCOL, BigEndian16, "vlan_protocol">>,
            Field<&B::vlan_default_pvid,
                  Attribute<IFLA_BR_VLAN_DEFAULT_PVID, U16, "vlan_default_pvid">>,
            Field<&B::vlan_statistics,
                  Attribute<IFLA_BR_VLAN_STATS_ENABLED, Flag8, "vlan_statistics">>,
            Field<&B::multicast_snooping,
                  Attribute<IFLA_BR_MCAST_SNOOPING, Flag8, "multicast_snooping">>,
            Field<&B::multicast_querier,
                  Attribute<IFLA_BR_MCAST_QUERIER, Flag8, "multicast_querier">>,
            Field<&B::multicast_router,
                  Attribute<IFLA_BR_MCAST_ROUTER, Router, "multicast_router">>,
            Field<&B::group_forward_mask,
                  Attribute<IFLA_BR_GROUP_FWD_MASK, U16, "group_forward_mask">>,
            Field<&B::group_address, Attribute<IFLA_BR_GROUP_ADDR, Mac, "group_address">>,
            Field<&B::nf_call_iptables,
                  Attribute<IFLA_BR_NF_CALL_IPTABLES, Flag8, "nf_call_iptables">>,
            Field<&B::nf_call_ip6tables,
                  Attribute<IFLA_BR_NF_CALL_IP6TABLES, Flag8, "nf_call_ip6tables">>,
            Field<&B::nf_call_arptables,
                  Attribute<IFLA_BR_NF_CALL_ARPTABLES, Flag8, "nf_call_arptables">>>{};
    }
    friend bool operator==(const BridgeSettings&, const BridgeSettings&) = default;
};

/// The settings of a link as the port of a Linux bridge; empty members are left as they are.
/// Source: <linux/if_link.h>, IFLA_BRPORT_*.
struct BridgePortSettings {
    static constexpr std::string_view kind = "bridge";

    /// Can be set while the link is up and the bridge runs no spanning tree; Linux takes "disabled"
    /// and "blocking" back at once (br_port_state_selection, br_port_carrier_check).
    std::optional<PortState> state{};
    std::optional<std::uint32_t> cost{};      ///< 1 to 65535
    std::optional<std::uint16_t> priority{};  ///< 0 to 63
    std::optional<bool> hairpin{};
    std::optional<bool> guard{};       ///< drops BPDUs
    std::optional<bool> root_block{};  ///< the port may not become the root port
    std::optional<bool> fast_leave{};
    std::optional<bool> learning{};
    std::optional<bool> unicast_flood{};
    std::optional<bool> multicast_flood{};
    std::optional<bool> broadcast_flood{};
    std::optional<bool> proxy_arp{};
    std::optional<bool> neighbour_suppression{};
    std::optional<bool> isolated{};  ///< talks to ports that are not isolated only
    std::optional<MulticastRouter> multicast_router{};

    static constexpr auto fields() {
        using message::Flag8, message::U16, message::U32;
        using wire::As, wire::Attribute, wire::Field, wire::Fields;
        using P = BridgePortSettings;
        using State = As<PortState, std::uint8_t>;
        using Router = As<MulticastRouter, std::uint8_t>;
        return Fields<
            Field<&P::state, Attribute<IFLA_BRPORT_STATE, State, "state">>,
            Field<&P::cost, Attribute<IFLA_BRPORT_COST, U32, "cost">>,
            Field<&P::priority, Attribute<IFLA_BRPORT_PRIORITY, U16, "priority">>,
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
                  Attribute<IFLA_BRPORT_MULTICAST_ROUTER, Router, "multicast_router">>>{};
    }
    friend bool operator==(const BridgePortSettings&, const BridgePortSettings&) = default;
};

/// The spanning tree as a bridge sees it; read only.
struct BridgeStatus {
    static constexpr std::string_view kind = "bridge";

    BridgeId root{};
    BridgeId bridge{};
    std::uint16_t root_port = 0;
    std::uint32_t root_path_cost = 0;
    bool topology_change = false;

    struct IdCodec {
        using Value = BridgeId;
        static void write(wire::Writer& w, std::uint16_t id, const BridgeId& v) noexcept {
            std::array<std::uint8_t, 8> bytes{static_cast<std::uint8_t>(v.priority >> 8U),
                                              static_cast<std::uint8_t>(v.priority & 0xffU)};
            std::copy(v.mac.bytes().begin(), v.mac.bytes().end(), bytes.begin() + 2);
            w.attribute(id, bytes.data(), bytes.size());
        }
        static bool read(wire::Bytes bytes, BridgeId& v) noexcept {
            return bytes.size() >= 8 && wire::BigEndian16::read(bytes, v.priority) &&
                   message::Mac::read(bytes.subspan(2, 6), v.mac);
        }
    };

    static constexpr auto fields() {
        using wire::Attribute, wire::Field, wire::Fields;
        using S = BridgeStatus;
        return Fields<
            Field<&S::root, Attribute<IFLA_BR_ROOT_ID, IdCodec, "root">>,
            Field<&S::bridge, Attribute<IFLA_BR_BRIDGE_ID, IdCodec, "bridge">>,
            Field<&S::root_port, Attribute<IFLA_BR_ROOT_PORT, message::U16, "root_port">>,
            Field<&S::root_path_cost,
                  Attribute<IFLA_BR_ROOT_PATH_COST, message::U32, "root_path_cost">>,
            Field<&S::topology_change,
                  Attribute<IFLA_BR_TOPOLOGY_CHANGE, message::Flag8, "topology_change">>>{};
    }
};

}  // namespace vethpp
