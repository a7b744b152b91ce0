// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>

// The words of bonding (Documentation/networking/bonding).
namespace vethpp {

/// How a bond uses its ports (IFLA_BOND_MODE).
enum class BondMode : std::uint8_t {
    balance_rr,     ///< packets in turn
    active_backup,  ///< one, and another when that is lost
    balance_xor,    ///< by a hash of the packet
    broadcast,      ///< all
    ieee802_3ad,    ///< those that a LACP partner agrees to
    balance_tlb,    ///< by their load; receives by one
    balance_alb,    ///< by their load, both ways
};
[[nodiscard]] std::string_view to_string(BondMode mode) noexcept;

/// What of a packet chooses its port (IFLA_BOND_XMIT_HASH_POLICY).
enum class BondHashPolicy : std::uint8_t {
    layer2,
    layer34,
    layer23,
    encap23,
    encap34,
    vlan_srcmac
};
[[nodiscard]] std::string_view to_string(BondHashPolicy policy) noexcept;

/// Of which ports ARP is looked at closely (IFLA_BOND_ARP_VALIDATE).
enum class BondArpValidation : std::uint32_t {
    none,
    active,
    backup,
    all,
    filter,
    filter_active,
    filter_backup
};
[[nodiscard]] std::string_view to_string(BondArpValidation validation) noexcept;

/// When the primary port becomes active again (IFLA_BOND_PRIMARY_RESELECT).
enum class BondReselection : std::uint8_t { always, better, failure };
[[nodiscard]] std::string_view to_string(BondReselection reselection) noexcept;

/// Whose MAC address changes at a failover (IFLA_BOND_FAIL_OVER_MAC).
enum class BondFailOverMac : std::uint8_t { none, active, follow };
[[nodiscard]] std::string_view to_string(BondFailOverMac mac) noexcept;

/// How often LACP is asked for (IFLA_BOND_AD_LACP_RATE).
enum class BondLacpRate : std::uint8_t {
    slow,  ///< every 30 s
    fast,  ///< every second
};
[[nodiscard]] std::string_view to_string(BondLacpRate rate) noexcept;

/// Which aggregator is active (IFLA_BOND_AD_SELECT).
enum class BondAggregatorSelection : std::uint8_t {
    stable,
    bandwidth,
    count,
    actor_port_priority,  ///< Linux 6.18
};
[[nodiscard]] std::string_view to_string(BondAggregatorSelection selection) noexcept;

/// What a bond takes a port for (IFLA_BOND_SLAVE_MII_STATUS).
enum class BondPortCarrier : std::uint8_t { up, going_down, down, coming_up };
[[nodiscard]] std::string_view to_string(BondPortCarrier carrier) noexcept;

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/kinds/bond_words.ipp>
#endif
