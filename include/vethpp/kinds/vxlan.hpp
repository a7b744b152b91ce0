// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/codecs.hpp>
#include <vethpp/kinds/kind_link.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace vethpp {

/// Source: ip-link(8), "VXLAN Type Support"; <linux/if_link.h>, IFLA_VXLAN_*; RFC 7348. A kernel
/// that is older than a setting leaves it out without a word; settings() then does not have it.
struct VxlanSettings {
    static constexpr std::string_view kind = "vxlan";

    std::optional<std::uint32_t> vni{};  ///< 0 to 16777215
    std::optional<IpAddress> local{};    ///< from where its packets are sent
    std::optional<IpAddress> remote{};   ///< where unknown frames go; a multicast group needs lower
    /// By which link its packets go, in any namespace. With it the MTU leaves room for the headers.
    std::optional<LinkRef> lower{};
    std::optional<NetnsRef> underlay{};         ///< where its packets go, if neither there nor here
    std::optional<std::uint32_t> port{};        ///< UDP, of the others; 8472 unless given, not 4789
    std::optional<NumberRange> source_ports{};  ///< UDP, its own
    std::optional<std::uint32_t> ttl{};         ///< 0: the kernel's choice
    std::optional<bool> ttl_inherit{};          ///< that of the packet inside
    std::optional<std::uint32_t> tos{};         ///< 1: that of the packet inside
    std::optional<std::uint32_t> flow_label{};  ///< of IPv6, 0 to 0xfffff
    std::optional<DontFragment> df{};
    std::optional<bool> learning{};         ///< on unless given
    std::optional<std::uint32_t> ageing{};  ///< of what was learned, in seconds; 300 unless given
    std::optional<std::uint32_t> limit{};   ///< of entries in its forwarding database; 0: none
    std::optional<bool> proxy{};            ///< answers for neighbours that it knows
    std::optional<bool> route_short_circuit{};
    std::optional<bool> l2_miss{};  ///< tells by netlink of addresses that it does not know
    std::optional<bool> l3_miss{};
    std::optional<bool> udp_checksum{};             ///< over IPv4
    std::optional<bool> udp_zero_checksum6_send{};  ///< none over IPv6
    std::optional<bool> udp_zero_checksum6_accept{};
    std::optional<bool> remote_checksum_send{};
    std::optional<bool> remote_checksum_accept{};
    std::optional<bool> remote_checksum_no_partial{};
    std::optional<bool> group_policy{};      ///< the extension GBP
    std::optional<bool> generic_protocol{};  ///< the extension GPE
    std::optional<bool>
        collect_metadata{};              ///< VNI and addresses come with each packet: "external"
    std::optional<bool> vni_filter{};    ///< takes listed VNIs only; Linux 5.18
    std::optional<bool> local_bypass{};  ///< short cut within a host; Linux 6.5
    std::optional<bool> flow_label_inherit{};  ///< that of the packet inside; Linux 6.7
    std::optional<bool> multicast_route{};     ///< to a group by the routes for it; Linux 6.15

    static constexpr auto fields() {
        constexpr std::uint16_t ifla_local_bypass = 31;     // IFLA_VXLAN_LOCALBYPASS
        constexpr std::uint16_t ifla_label_policy = 32;     // IFLA_VXLAN_LABEL_POLICY
        constexpr std::uint16_t ifla_multicast_route = 34;  // IFLA_VXLAN_MC_ROUTE
        using S = VxlanSettings;
        using message::EitherIp, message::Flag8, message::FlowLabel, message::Number8,
            message::OtherIp, message::Port, message::Ports, message::Presence, message::Switch,
            message::U32, message::Vni;
        using wire::As, wire::Attribute, wire::Field;
        using Df = As<DontFragment, std::uint8_t>;
        return wire::Fields<
            Field<&S::vni, Attribute<IFLA_VXLAN_ID, Vni, "vni">>,
            Field<&S::local, Attribute<IFLA_VXLAN_LOCAL, EitherIp<IFLA_VXLAN_LOCAL6>, "local">>,
            Field<&S::local, Attribute<IFLA_VXLAN_LOCAL6, OtherIp, "local">>,
            Field<&S::remote, Attribute<IFLA_VXLAN_GROUP, EitherIp<IFLA_VXLAN_GROUP6>, "remote">>,
            Field<&S::remote, Attribute<IFLA_VXLAN_GROUP6, OtherIp, "remote">>,
            Field<&S::lower, Attribute<IFLA_VXLAN_LINK, detail::LowerIndex, "lower">>,
            Field<&S::port, Attribute<IFLA_VXLAN_PORT, Port, "port">>,
            Field<&S::source_ports, Attribute<IFLA_VXLAN_PORT_RANGE, Ports, "source_ports">>,
            Field<&S::ttl, Attribute<IFLA_VXLAN_TTL, Number8, "ttl">>,
            Field<&S::ttl_inherit, Attribute<IFLA_VXLAN_TTL_INHERIT, Switch, "ttl_inherit">>,
            Field<&S::tos, Attribute<IFLA_VXLAN_TOS, Number8, "tos">>,
            Field<&S::flow_label, Attribute<IFLA_VXLAN_LABEL, FlowLabel, "flow_label">>,
            Field<&S::df, Attribute<IFLA_VXLAN_DF, Df, "df">>,
            Field<&S::learning, Attribute<IFLA_VXLAN_LEARNING, Flag8, "learning">>,
            Field<&S::ageing, Attribute<IFLA_VXLAN_AGEING, U32, "ageing">>,
            Field<&S::limit, Attribute<IFLA_VXLAN_LIMIT, U32, "limit">>,
            Field<&S::proxy, Attribute<IFLA_VXLAN_PROXY, Flag8, "proxy">>,
            Field<&S::route_short_circuit, Attribute<IFLA_VXLAN_RSC, Flag8, "route_short_circuit">>,
            Field<&S::l2_miss, Attribute<IFLA_VXLAN_L2MISS, Flag8, "l2_miss">>,
            Field<&S::l3_miss, Attribute<IFLA_VXLAN_L3MISS, Flag8, "l3_miss">>,
            Field<&S::udp_checksum, Attribute<IFLA_VXLAN_UDP_CSUM, Flag8, "udp_checksum">>,
            Field<&S::udp_zero_checksum6_send,
                  Attribute<IFLA_VXLAN_UDP_ZERO_CSUM6_TX, Flag8, "udp_zero_checksum6_send">>,
            Field<&S::udp_zero_checksum6_accept,
                  Attribute<IFLA_VXLAN_UDP_ZERO_CSUM6_RX, Flag8, "udp_zero_checksum6_accept">>,
            Field<&S::remote_checksum_send,
                  Attribute<IFLA_VXLAN_REMCSUM_TX, Flag8, "remote_checksum_send">>,
            Field<&S::remote_checksum_accept,
                  Attribute<IFLA_VXLAN_REMCSUM_RX, Flag8, "remote_checksum_accept">>,
            Field<&S::remote_checksum_no_partial,
                  Attribute<IFLA_VXLAN_REMCSUM_NOPARTIAL, Presence, "remote_checksum_no_partial">>,
            Field<&S::group_policy, Attribute<IFLA_VXLAN_GBP, Presence, "group_policy">>,
            Field<&S::generic_protocol, Attribute<IFLA_VXLAN_GPE, Presence, "generic_protocol">>,
            Field<&S::collect_metadata,
                  Attribute<IFLA_VXLAN_COLLECT_METADATA, Flag8, "collect_metadata">>,
            Field<&S::vni_filter, Attribute<IFLA_VXLAN_VNIFILTER, Flag8, "vni_filter">>,
            Field<&S::local_bypass, Attribute<ifla_local_bypass, Flag8, "local_bypass">>,
            Field<&S::flow_label_inherit,
                  Attribute<ifla_label_policy, message::Flag32, "flow_label_inherit">>,
            Field<&S::multicast_route,
                  Attribute<ifla_multicast_route, Flag8, "multicast_route">>>{};
    }
    [[nodiscard]] static std::string_view why_refused(error_code code) noexcept {
        if (code == boost::system::errc::file_exists) return "another VXLAN has that VNI and port";
        if (code == boost::system::errc::address_in_use) return "the UDP port is taken";
        return {};
    }
    friend bool operator==(const VxlanSettings&, const VxlanSettings&) = default;
};

/// An Ethernet in UDP packets: hosts of several networks are on one wire.
///
///     Vxlan vx{{.netns = a, .name = "vx", .up = true},
///              {.vni = 42, .local = "10.0.0.1", .remote = "10.0.0.2"}};
class Vxlan : public KindLink<VxlanSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
