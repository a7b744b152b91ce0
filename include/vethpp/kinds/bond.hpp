// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/bond_words.hpp>
#include <vethpp/kinds/kind_link.hpp>
#include <vethpp/message/scalars.hpp>

#include <chrono>
#include <cstdint>
#include <linux/if_link.h>
#include <optional>
#include <string_view>
#include <vector>

namespace vethpp {

/// The settings of a bond (ip-link(8), Documentation/networking/bonding; IFLA_BOND_*). Many of them
/// belong to some modes only, and some are changed while the bond is down, or without ports.
struct BondSettings {
    static constexpr std::string_view kind = "bond";
    using Milliseconds = std::chrono::milliseconds;

    std::optional<BondMode> mode{};  ///< the kernel's default is balance_rr
    std::optional<LinkRef> active_port{};
    /// How often the carrier of the ports is looked at. 0, the default of four of the modes: never,
    /// and then no port is ever found to be lost.
    std::optional<Milliseconds> miimon{};
    std::optional<Milliseconds> updelay{};       ///< a multiple of miimon
    std::optional<Milliseconds> downdelay{};     ///< a multiple of miimon
    std::optional<bool> use_carrier{};           ///< the default; other ways are of old drivers
    std::optional<Milliseconds> arp_interval{};  ///< not together with miimon
    std::optional<std::vector<IpAddress>> arp_ip_targets{};  ///< at most 16, IPv4
    std::optional<std::vector<IpAddress>> ns_ip6_targets{};  ///< at most 16, IPv6; Linux 5.19
    std::optional<BondArpValidation> arp_validate{};
    std::optional<bool> arp_all_targets{};  ///< all of them have to answer, and not any
    std::optional<LinkRef> primary{};       ///< the port that is preferred
    std::optional<BondReselection> primary_reselect{};
    std::optional<BondFailOverMac> fail_over_mac{};
    std::optional<BondHashPolicy> xmit_hash_policy{};
    std::optional<std::uint32_t> resend_igmp{};
    std::optional<std::uint32_t> peer_notifications{};  ///< num_grat_arp, num_unsol_na: 0 to 255
    std::optional<Milliseconds> peer_notification_delay{};  ///< a multiple of miimon
    std::optional<bool> all_ports_active{};             ///< those that are not active receive, too
    std::optional<std::uint32_t> min_links{};           ///< ports below which there is no carrier
    std::optional<std::chrono::seconds> lp_interval{};  ///< between learning packets
    std::optional<std::uint32_t> packets_per_port{};    ///< of balance_rr; 0: at random
    std::optional<bool> tlb_dynamic{};
    std::optional<BondLacpRate> lacp_rate{};
    std::optional<bool> lacp_active{};  ///< Linux 5.15
    std::optional<BondAggregatorSelection> ad_select{};
    // The kernel tells the next three only who has CAP_NET_ADMIN in the first user namespace.
    std::optional<std::uint32_t> ad_actor_system_priority{};  ///< 1 to 65535
    std::optional<std::uint32_t> ad_user_port_key{};          ///< 0 to 1023
    std::optional<MacAddress> ad_actor_system{};
    std::optional<std::uint32_t> missed_max{};  ///< ARP answers; 1 to 255; Linux 5.17
    std::optional<bool> coupled_control{};      ///< Linux 6.9

    static constexpr auto fields();
    /// The addresses of its two lists.
    void check(Failure& failure) const;
    [[nodiscard]] std::string_view why_refused(error_code code) const;
    friend bool operator==(const BondSettings&, const BondSettings&) = default;
};

/// The ports of one LACP partner (IFLA_BOND_AD_INFO_*).
struct BondAggregator {
    std::uint16_t identifier = 0;
    std::uint16_t ports = 0;
    std::uint16_t actor_key = 0;
    std::uint16_t partner_key = 0;
    MacAddress partner{};
    static constexpr auto fields();
    friend bool operator==(const BondAggregator&, const BondAggregator&) = default;
};

/// What a bond is doing; read only.
struct BondStatus {
    static constexpr std::string_view kind = "bond";

    std::optional<LinkRef> active_port{};        ///< of the modes that have one
    std::optional<BondAggregator> aggregator{};  ///< of ieee802_3ad

    static constexpr auto fields();
    friend bool operator==(const BondStatus&, const BondStatus&) = default;
};

/// The settings of a link as the port of a bond; empty members are left as they are
/// (IFLA_BOND_SLAVE_*).
struct BondPortSettings {
    static constexpr std::string_view kind = "bond";

    std::optional<std::uint32_t> queue{};    ///< 1 to the transmit queues of the bond (16); 0: none
    std::optional<std::int32_t> priority{};  ///< who is active next, the highest; Linux 6.0

    static constexpr auto fields();
    friend bool operator==(const BondPortSettings&, const BondPortSettings&) = default;
};

/// How a link does as the port of a bond: `link.state().port_data<BondPortStatus>()`.
struct BondPortStatus {
    static constexpr std::string_view kind = "bond";

    bool backup = false;  ///< not active
    BondPortCarrier carrier = BondPortCarrier::up;
    std::uint32_t failures = 0;
    MacAddress permanent_mac{};
    std::optional<std::uint32_t> aggregator{};

    static constexpr auto fields();
    friend bool operator==(const BondPortStatus&, const BondPortStatus&) = default;
};

/// Several links as one (Documentation/networking/bonding). Its ports are the links that have it as
/// their master; a link is made a port while it is down, and the bond brings it up.
///
///     const Bond bond{{.netns = ns, .name = "bond0", .addresses = {"192.0.2.1/24"}, .up = true},
///                     {.mode = BondMode::active_backup, .miimon = 100ms}};
///     const VethPair first{{.netns = ns, .name = "eth0", .master = bond, .up = true}, ...};
class Bond : public KindLink<BondSettings> {
public:
    using KindLink::KindLink;

    [[nodiscard]] BondStatus status(OnError on_error = {}) const;
};

/// Changes what a link is as the port of a bond.
void set_bond_port(const Link& port, const BondPortSettings& settings, OnError on_error = {});

constexpr auto BondSettings::fields() {
    using B = BondSettings;
    using detail::LowerIndex, wire::As, wire::Attribute, wire::Field;
    using message::Flag8, message::IpList, message::Mac, message::Number16, message::Number8,
        message::U32;
    using Seconds = message::Time32<std::chrono::seconds>;
    using Time = message::Time32<std::chrono::milliseconds>;
    using Mode = As<BondMode, std::uint8_t>;
    using Validation = As<BondArpValidation, std::uint32_t>;
    using Reselection = As<BondReselection, std::uint8_t>;
    using FailOver = As<BondFailOverMac, std::uint8_t>;
    using Policy = As<BondHashPolicy, std::uint8_t>;
    using Rate = As<BondLacpRate, std::uint8_t>;
    using Selection = As<BondAggregatorSelection, std::uint8_t>;
    constexpr std::uint16_t missed_max = 30;       // Linux 5.17
    constexpr std::uint16_t ns_ip6_target = 31;    // Linux 5.19
    constexpr std::uint16_t coupled_control = 32;  // Linux 6.9
    return wire::Fields<
        Field<&B::mode, Attribute<IFLA_BOND_MODE, Mode, "mode">>,
        Field<&B::active_port, Attribute<IFLA_BOND_ACTIVE_SLAVE, LowerIndex, "active_port">>,
        Field<&B::miimon, Attribute<IFLA_BOND_MIIMON, Time, "miimon">>,
        Field<&B::updelay, Attribute<IFLA_BOND_UPDELAY, Time, "updelay">>,
        Field<&B::downdelay, Attribute<IFLA_BOND_DOWNDELAY, Time, "downdelay">>,
        Field<&B::use_carrier, Attribute<IFLA_BOND_USE_CARRIER, Flag8, "use_carrier">>,
        Field<&B::arp_interval, Attribute<IFLA_BOND_ARP_INTERVAL, Time, "arp_interval">>,
        Field<&B::arp_ip_targets, Attribute<IFLA_BOND_ARP_IP_TARGET, IpList, "arp_ip_targets">>,
        Field<&B::ns_ip6_targets, Attribute<ns_ip6_target, IpList, "ns_ip6_targets">>,
        Field<&B::arp_validate, Attribute<IFLA_BOND_ARP_VALIDATE, Validation, "arp_validate">>,
        Field<&B::arp_all_targets,
              Attribute<IFLA_BOND_ARP_ALL_TARGETS, message::Flag32, "arp_all_targets">>,
        Field<&B::primary, Attribute<IFLA_BOND_PRIMARY, LowerIndex, "primary">>,
        Field<&B::primary_reselect,
              Attribute<IFLA_BOND_PRIMARY_RESELECT, Reselection, "primary_reselect">>,
        Field<&B::fail_over_mac, Attribute<IFLA_BOND_FAIL_OVER_MAC, FailOver, "fail_over_mac">>,
        Field<&B::xmit_hash_policy,
              Attribute<IFLA_BOND_XMIT_HASH_POLICY, Policy, "xmit_hash_policy">>,
        Field<&B::resend_igmp, Attribute<IFLA_BOND_RESEND_IGMP, U32, "resend_igmp">>,
        Field<&B::peer_notifications,
              Attribute<IFLA_BOND_NUM_PEER_NOTIF, Number8, "peer_notifications">>,
        Field<&B::peer_notification_delay,
              Attribute<IFLA_BOND_PEER_NOTIF_DELAY, Time, "peer_notification_delay">>,
        Field<&B::all_ports_active,
              Attribute<IFLA_BOND_ALL_SLAVES_ACTIVE, Flag8, "all_ports_active">>,
        Field<&B::min_links, Attribute<IFLA_BOND_MIN_LINKS, U32, "min_links">>,
        Field<&B::lp_interval, Attribute<IFLA_BOND_LP_INTERVAL, Seconds, "lp_interval">>,
        Field<&B::packets_per_port,
              Attribute<IFLA_BOND_PACKETS_PER_SLAVE, U32, "packets_per_port">>,
        Field<&B::tlb_dynamic, Attribute<IFLA_BOND_TLB_DYNAMIC_LB, Flag8, "tlb_dynamic">>,
        Field<&B::lacp_rate, Attribute<IFLA_BOND_AD_LACP_RATE, Rate, "lacp_rate">>,
        Field<&B::lacp_active, Attribute<IFLA_BOND_AD_LACP_ACTIVE, Flag8, "lacp_active">>,
        Field<&B::ad_select, Attribute<IFLA_BOND_AD_SELECT, Selection, "ad_select">>,
        Field<&B::ad_actor_system_priority,
              Attribute<IFLA_BOND_AD_ACTOR_SYS_PRIO, Number16, "ad_actor_system_priority">>,
        Field<&B::ad_user_port_key,
              Attribute<IFLA_BOND_AD_USER_PORT_KEY, Number16, "ad_user_port_key">>,
        Field<&B::ad_actor_system, Attribute<IFLA_BOND_AD_ACTOR_SYSTEM, Mac, "ad_actor_system">>,
        Field<&B::missed_max, Attribute<missed_max, Number8, "missed_max">>,
        Field<&B::coupled_control, Attribute<coupled_control, Flag8, "coupled_control">>>{};
}

constexpr auto BondAggregator::fields() {
    using A = BondAggregator;
    using message::U16, wire::Attribute, wire::Field;
    return wire::Fields<
        Field<&A::identifier, Attribute<IFLA_BOND_AD_INFO_AGGREGATOR, U16, "identifier">>,
        Field<&A::ports, Attribute<IFLA_BOND_AD_INFO_NUM_PORTS, U16, "ports">>,
        Field<&A::actor_key, Attribute<IFLA_BOND_AD_INFO_ACTOR_KEY, U16, "actor_key">>,
        Field<&A::partner_key, Attribute<IFLA_BOND_AD_INFO_PARTNER_KEY, U16, "partner_key">>,
        Field<&A::partner, Attribute<IFLA_BOND_AD_INFO_PARTNER_MAC, message::Mac, "partner">>>{};
}

constexpr auto BondStatus::fields() {
    using S = BondStatus;
    using wire::Attribute, wire::Field;
    return wire::Fields<
        Field<&S::active_port,
              Attribute<IFLA_BOND_ACTIVE_SLAVE, detail::LowerIndex, "active_port">>,
        Field<&S::aggregator,
              Attribute<IFLA_BOND_AD_INFO, wire::Nested<BondAggregator>, "aggregator">>>{};
}

constexpr auto BondPortSettings::fields() {
    using P = BondPortSettings;
    using wire::Attribute, wire::Field;
    constexpr std::uint16_t priority = 9;  // Linux 6.0
    return wire::Fields<
        Field<&P::queue, Attribute<IFLA_BOND_SLAVE_QUEUE_ID, message::Number16, "queue">>,
        Field<&P::priority, Attribute<priority, message::S32, "priority">>>{};
}

constexpr auto BondPortStatus::fields() {
    using P = BondPortStatus;
    using message::Flag8, message::Number16, message::U32, wire::Attribute, wire::Field;
    using Carrier = wire::As<BondPortCarrier, std::uint8_t>;
    return wire::Fields<
        Field<&P::backup, Attribute<IFLA_BOND_SLAVE_STATE, Flag8, "backup">>,
        Field<&P::carrier, Attribute<IFLA_BOND_SLAVE_MII_STATUS, Carrier, "carrier">>,
        Field<&P::failures, Attribute<IFLA_BOND_SLAVE_LINK_FAILURE_COUNT, U32, "failures">>,
        Field<&P::permanent_mac,
              Attribute<IFLA_BOND_SLAVE_PERM_HWADDR, message::Mac, "permanent_mac">>,
        Field<&P::aggregator,
              Attribute<IFLA_BOND_SLAVE_AD_AGGREGATOR_ID, Number16, "aggregator">>>{};
}

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/kinds/bond.ipp>
#endif
