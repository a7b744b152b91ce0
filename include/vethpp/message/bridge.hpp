// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/mac_address.hpp>
#include <vethpp/value/print.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vethpp {

/// What a bridge port does with frames (IEEE 802.1D).
enum class PortState : std::uint8_t { disabled, listening, learning, forwarding, blocking };

/// "disabled", "listening", ...
[[nodiscard]] std::string_view to_string(PortState state) noexcept;

/// Where a bridge or a port expects multicast routers.
enum class MulticastRouter : std::uint8_t { never, query, permanent, temporary };

/// "never", "query", ...
[[nodiscard]] std::string_view to_string(MulticastRouter router) noexcept;

/// A bridge identifier of the spanning tree: priority, then address.
struct BridgeId {
    std::uint16_t priority = 0;
    MacAddress mac{};

    /// "8000.02:00:00:00:00:01"
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const BridgeId&, const BridgeId&) = default;
};

/// The settings of a Linux bridge; empty members are left as they are. Source: <linux/if_link.h>,
/// IFLA_BR_*.
struct BridgeSettings {
    static constexpr std::string_view kind = "bridge";
    struct Description;  // <vethpp/message/bridge_fields.hpp>
    /// Hundredths of a second, the kernel's resolution (USER_HZ); 0 to 497 days of them.
    using Time = std::chrono::duration<std::int64_t, std::centi>;

    std::optional<bool> stp{};
    std::optional<Time> forward_delay{};  ///< 2 to 30 s with STP, anything without
    std::optional<Time> hello_time{};     ///< 1 to 10 s
    std::optional<Time> max_age{};        ///< 6 to 40 s
    std::optional<Time> ageing_time{};
    std::optional<std::uint32_t> priority{};  ///< 0 to 65535
    std::optional<bool> vlan_filtering{};
    std::optional<std::uint32_t> vlan_protocol{};      ///< 0x8100 (802.1Q) or 0x88a8 (802.1ad)
    std::optional<std::uint32_t> vlan_default_pvid{};  ///< 1 to 4094, or 0 for none
    std::optional<bool> vlan_statistics{};
    std::optional<bool> multicast_snooping{};
    /// With snooping and a querier, from ten seconds on, a bridge drops what is sent to groups that
    /// no host has reported (RFC 4541), and IPv6 looks for neighbours by groups. A host that is new
    /// at a port is not found for some seconds, and wait_ready() does not wait for that. It is
    /// found at once without snooping, or by a port whose multicast_router is
    /// MulticastRouter::permanent.
    std::optional<bool> multicast_querier{};
    std::optional<MulticastRouter> multicast_router{};
    std::optional<std::uint32_t> group_forward_mask{};  ///< of 01:80:c2:00:00:0X, bit X
    std::optional<MacAddress> group_address{};
    std::optional<bool> nf_call_iptables{};
    std::optional<bool> nf_call_ip6tables{};
    std::optional<bool> nf_call_arptables{};
    /// Each port counts by itself in each of its VLANs; set while there are no VLANs at ports.
    std::optional<bool> vlan_statistics_per_port{};
    /// Snooping in each VLAN by itself, see BridgeVlanOptions; Linux 5.15.
    std::optional<bool> multicast_vlan_snooping{};

    friend bool operator==(const BridgeSettings&, const BridgeSettings&) = default;
};

/// The settings of a link as the port of a Linux bridge; empty members are left as they are.
/// Source: <linux/if_link.h>, IFLA_BRPORT_*.
struct BridgePortSettings {
    static constexpr std::string_view kind = "bridge";
    struct Description;  // <vethpp/message/bridge_fields.hpp>

    /// Can be set while the link is up and the bridge runs no spanning tree; Linux takes "disabled"
    /// and "blocking" back at once (br_port_state_selection, br_port_carrier_check).
    std::optional<PortState> state{};
    std::optional<std::uint32_t> cost{};      ///< 1 to 65535
    std::optional<std::uint32_t> priority{};  ///< 0 to 63
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
    std::optional<bool> vlan_tunnel{};  ///< maps VLANs to tunnels, see BridgeVlan::tunnel_id

    friend bool operator==(const BridgePortSettings&, const BridgePortSettings&) = default;
};

/// The spanning tree as a bridge sees it; read only.
struct BridgeStatus {
    static constexpr std::string_view kind = "bridge";
    struct Description;  // <vethpp/message/bridge_fields.hpp>

    BridgeId root{};
    BridgeId bridge{};
    std::uint16_t root_port = 0;
    std::uint32_t root_path_cost = 0;
    bool topology_change = false;

    friend bool operator==(const BridgeStatus&, const BridgeStatus&) = default;
};

// They print as a LinkState does.
[[nodiscard]] std::string to_string(const BridgeSettings& settings);
[[nodiscard]] std::string to_string(const BridgePortSettings& settings);
[[nodiscard]] std::string to_string(const BridgeStatus& status);

/// What the attributes of IFLA_INFO_DATA or IFLA_INFO_SLAVE_DATA say; false for malformed bytes.
[[nodiscard]] bool read_data(std::span<const std::byte> attributes, BridgeSettings& settings);
[[nodiscard]] bool read_data(std::span<const std::byte> attributes, BridgePortSettings& settings);
[[nodiscard]] bool read_data(std::span<const std::byte> attributes, BridgeStatus& status);

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/bridge.ipp>
#include <vethpp/message/bridge_fields.hpp>
#endif
