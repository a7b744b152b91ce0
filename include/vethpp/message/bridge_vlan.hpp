// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/net_in.hpp>
#include <vethpp/message/bridge.hpp>
#include <vethpp/message/format.hpp>
#include <vethpp/message/scalars.hpp>
#include <vethpp/wire/message.hpp>

#include <cstdint>
#include <linux/if_bridge.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vethpp {

/// What has come and gone in a VLAN. The kernel counts it at the bridge with
/// BridgeSettings::vlan_statistics.
struct BridgeVlanStatistics {
    std::uint64_t rx_bytes = 0;
    std::uint64_t rx_packets = 0;
    std::uint64_t tx_bytes = 0;
    std::uint64_t tx_packets = 0;

    static constexpr auto fields() {
        using U64 = wire::Scalar<std::uint64_t>;
        using S = BridgeVlanStatistics;
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&S::rx_bytes, Attribute<BRIDGE_VLANDB_STATS_RX_BYTES, U64, "rx_bytes">>,
            Field<&S::rx_packets, Attribute<BRIDGE_VLANDB_STATS_RX_PACKETS, U64, "rx_packets">>,
            Field<&S::tx_bytes, Attribute<BRIDGE_VLANDB_STATS_TX_BYTES, U64, "tx_bytes">>,
            Field<&S::tx_packets, Attribute<BRIDGE_VLANDB_STATS_TX_PACKETS, U64, "tx_packets">>>{};
    }
    friend bool operator==(const BridgeVlanStatistics&, const BridgeVlanStatistics&) = default;
};

/// A VLAN of a bridge port or of a bridge itself, or several that follow each other (bridge(8),
/// `bridge vlan`).
struct BridgeVlan {
    std::uint32_t id = 0;                ///< 1 to 4094
    std::optional<std::uint32_t> end{};  ///< the last of a range that begins with id
    bool pvid = false;                   ///< frames without a tag belong to it; of one only
    bool untagged = false;               ///< its frames leave without a tag
    /// Of a tunnel, such as a VXLAN's VNI, for the first of the range; the others follow. The port
    /// needs BridgePortSettings::vlan_tunnel.
    std::optional<std::uint32_t> tunnel_id{};
    std::optional<PortState> state{};                     ///< forwarding unless given; Linux 5.6
    std::optional<MulticastRouter> multicast_router{};    ///< Linux 5.17
    std::optional<std::uint32_t> multicast_max_groups{};  ///< 0 for no limit; Linux 6.3
    std::optional<bool> neighbour_suppression{};          ///< Linux 6.5
    std::optional<BridgeVlanStatistics> statistics{};     ///< BridgeVlans::statistics()

    [[nodiscard]] bool has_options() const noexcept {
        return state || multicast_router || multicast_max_groups || neighbour_suppression;
    }
    /// "10-20", "10 PVID Egress Untagged", as bridge(8) says it.
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const BridgeVlan&, const BridgeVlan&) = default;
};

/// What a whole bridge does in a VLAN, or several that follow each other (bridge(8), `bridge vlan
/// global`; Linux 5.15). Multicast options need BridgeSettings::multicast_vlan_snooping.
struct BridgeVlanOptions {
    using Time = wire::Centiseconds;

    std::uint32_t id = 0;                ///< 1 to 4094
    std::optional<std::uint32_t> end{};  ///< the last of a range
    std::optional<bool> multicast_snooping{};
    std::optional<bool> multicast_querier{};
    std::optional<std::uint32_t> igmp_version{};  ///< 2 or 3
    std::optional<std::uint32_t> mld_version{};   ///< 1 or 2
    std::optional<std::uint32_t> last_member_count{};
    std::optional<std::uint32_t> startup_query_count{};
    std::optional<Time> last_member_interval{};
    std::optional<Time> membership_interval{};
    std::optional<Time> querier_interval{};
    std::optional<Time> query_interval{};
    std::optional<Time> query_response_interval{};
    std::optional<Time> startup_query_interval{};
    std::optional<std::uint32_t> msti{};  ///< the spanning tree that it follows; Linux 5.18

    static constexpr auto fields();
    friend bool operator==(const BridgeVlanOptions&, const BridgeVlanOptions&) = default;
};

namespace message {

/// Hundredths of a second in 64 bits.
struct Duration64 {
    using Value = wire::Centiseconds;
    static void write(wire::Writer& w, std::uint16_t id, Value v) noexcept {
        if (v.count() < 0) w.refuse("a time is not negative");
        wire::Scalar<std::int64_t>::write(w, id, v.count());
    }
    static bool read(wire::Bytes bytes, Value& v) noexcept {
        std::int64_t count = 0;
        if (!wire::Scalar<std::int64_t>::read(bytes, count)) return false;
        v = Value{count};
        return true;
    }
};

/// An attribute that is there once for each of several things.
template <wire::Codec C>
struct Repeated {
    using Value = std::vector<typename C::Value>;
    static void write(wire::Writer& w, std::uint16_t id, const Value& v) {
        for (const auto& one : v) C::write(w, id, one);
    }
    static bool read(wire::Bytes bytes, Value& v) { return C::read(bytes, v.emplace_back()); }
    static constexpr const wire::Names& names = C::names;
};

/// struct bridge_vlan_info
struct VlanInfo {
    std::uint16_t flags = 0;
    std::uint16_t id = 0;
    [[nodiscard]] std::string to_string() const { return std::to_string(id); }
    friend bool operator==(const VlanInfo&, const VlanInfo&) = default;
};

struct VlanTunnel {
    std::uint32_t id = 0;
    static constexpr auto fields() {
        return wire::Fields<
            wire::Field<&VlanTunnel::id, wire::Attribute<BRIDGE_VLANDB_TINFO_ID, U32, "id">>>{};
    }
};

/// An entry of the VLAN database, as it is on the wire.
struct VlanEntry {
    VlanInfo info{};
    std::optional<std::uint16_t> end{};
    std::optional<PortState> state{};
    std::optional<VlanTunnel> tunnel{};
    std::optional<BridgeVlanStatistics> statistics{};
    std::optional<MulticastRouter> multicast_router{};
    std::optional<std::uint32_t> multicast_max_groups{};
    std::optional<bool> neighbour_suppression{};

    static constexpr auto fields() {
        // Newer than the headers of the oldest supported distribution: Linux 6.3 and 6.5.
        constexpr std::uint16_t max_groups = 8, neigh_suppress = 9;
        using wire::As, wire::Attribute, wire::Field, wire::Nested;
        using E = VlanEntry;
        using State = As<PortState, std::uint8_t>;
        using Router = As<MulticastRouter, std::uint8_t>;
        return wire::Fields<
            Field<&E::info, Attribute<BRIDGE_VLANDB_ENTRY_INFO, wire::Scalar<VlanInfo>, "info">>,
            Field<&E::end, Attribute<BRIDGE_VLANDB_ENTRY_RANGE, U16, "end">>,
            Field<&E::state, Attribute<BRIDGE_VLANDB_ENTRY_STATE, State, "state">>,
            Field<&E::tunnel,
                  Attribute<BRIDGE_VLANDB_ENTRY_TUNNEL_INFO, Nested<VlanTunnel>, "tunnel">>,
            Field<&E::statistics,
                  Attribute<BRIDGE_VLANDB_ENTRY_STATS, Nested<BridgeVlanStatistics>, "statistics">>,
            Field<&E::multicast_router,
                  Attribute<BRIDGE_VLANDB_ENTRY_MCAST_ROUTER, Router, "multicast_router">>,
            Field<&E::multicast_max_groups, Attribute<max_groups, U32, "multicast_max_groups">>,
            Field<&E::neighbour_suppression,
                  Attribute<neigh_suppress, Flag8, "neighbour_suppression">>>{};
    }

    /// What is set of them, to be changed.
    [[nodiscard]] static VlanEntry of(const BridgeVlan& vlan);
    [[nodiscard]] BridgeVlan vlan() const;
};

/// RTM_NEWVLAN and RTM_GETVLAN: what one link has.
struct VlanMessage {
    std::uint32_t link = 0;
    std::vector<VlanEntry> entries{};
    std::vector<BridgeVlanOptions> options{};

    void complete(br_vlan_msg& header) const noexcept;
    static constexpr auto header() {
        return wire::Header<br_vlan_msg,
                            wire::Fixed<&VlanMessage::link, &br_vlan_msg::ifindex, "link">>{};
    }
    static constexpr auto fields();
};

/// What IFLA_AF_SPEC says to add or remove it. of_bridge: the link is a bridge itself.
void write_vlan_change(wire::Writer& w, const BridgeVlan& vlan, bool of_bridge);

}  // namespace message

constexpr auto BridgeVlanOptions::fields() {
    using message::Duration64, message::Flag8, message::Number16, message::Number8, message::U32;
    using wire::Attribute, wire::Field;
    using O = BridgeVlanOptions;
    return wire::Fields<
        Field<&O::id, Attribute<BRIDGE_VLANDB_GOPTS_ID, Number16, "id">>,
        Field<&O::end, Attribute<BRIDGE_VLANDB_GOPTS_RANGE, Number16, "end">>,
        Field<&O::multicast_snooping,
              Attribute<BRIDGE_VLANDB_GOPTS_MCAST_SNOOPING, Flag8, "multicast_snooping">>,
        Field<&O::multicast_querier,
              Attribute<BRIDGE_VLANDB_GOPTS_MCAST_QUERIER, Flag8, "multicast_querier">>,
        Field<&O::igmp_version,
              Attribute<BRIDGE_VLANDB_GOPTS_MCAST_IGMP_VERSION, Number8, "igmp_version">>,
        Field<&O::mld_version,
              Attribute<BRIDGE_VLANDB_GOPTS_MCAST_MLD_VERSION, Number8, "mld_version">>,
        Field<&O::last_member_count,
              Attribute<BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_CNT, U32, "last_member_count">>,
        Field<&O::startup_query_count,
              Attribute<BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_CNT, U32, "startup_query_count">>,
        Field<&O::last_member_interval,
              Attribute<BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_INTVL,
                        Duration64,
                        "last_member_interval">>,
        Field<&O::membership_interval,
              Attribute<BRIDGE_VLANDB_GOPTS_MCAST_MEMBERSHIP_INTVL,
                        Duration64,
                        "membership_interval">>,
        Field<&O::querier_interval,
              Attribute<BRIDGE_VLANDB_GOPTS_MCAST_QUERIER_INTVL, Duration64, "querier_interval">>,
        Field<&O::query_interval,
              Attribute<BRIDGE_VLANDB_GOPTS_MCAST_QUERY_INTVL, Duration64, "query_interval">>,
        Field<&O::query_response_interval,
              Attribute<BRIDGE_VLANDB_GOPTS_MCAST_QUERY_RESPONSE_INTVL,
                        Duration64,
                        "query_response_interval">>,
        Field<&O::startup_query_interval,
              Attribute<BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_INTVL,
                        Duration64,
                        "startup_query_interval">>,
        Field<&O::msti, Attribute<BRIDGE_VLANDB_GOPTS_MSTI, Number16, "msti">>>{};
}

constexpr auto message::VlanMessage::fields() {
    using wire::Attribute, wire::Field, wire::Nested;
    return wire::Fields<Field<&VlanMessage::entries,
                              Attribute<BRIDGE_VLANDB_ENTRY, Repeated<Nested<VlanEntry>>, "vlan">>,
                        Field<&VlanMessage::options,
                              Attribute<BRIDGE_VLANDB_GLOBAL_OPTIONS,
                                        Repeated<Nested<BridgeVlanOptions>>,
                                        "options">>>{};
}

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/bridge_vlan.ipp>
#endif
