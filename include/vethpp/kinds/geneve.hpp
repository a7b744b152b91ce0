// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/codecs.hpp>
#include <vethpp/kinds/kind_link.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace vethpp {

/// Source: ip-link(8), "GENEVE Type Support"; <linux/if_link.h>, IFLA_GENEVE_*; RFC 8926.
struct GeneveSettings {
    static constexpr std::string_view kind = "geneve";

    std::optional<std::uint32_t> vni{};   ///< 0 to 16777215
    std::optional<IpAddress> remote{};    ///< one, and no multicast group
    std::optional<NetnsRef> underlay{};   ///< where its packets go, if not in its own namespace
    std::optional<std::uint32_t> port{};  ///< UDP, of both; 6081 unless given
    std::optional<NumberRange> source_ports{};  ///< UDP, its own; Linux 6.15
    std::optional<std::uint32_t> ttl{};         ///< 0: the kernel's choice
    std::optional<bool> ttl_inherit{};          ///< that of the packet inside
    std::optional<std::uint32_t> tos{};         ///< 1: that of the packet inside
    std::optional<std::uint32_t> flow_label{};  ///< of IPv6, 0 to 0xfffff
    std::optional<DontFragment> df{};
    std::optional<bool> udp_checksum{};             ///< over IPv4
    std::optional<bool> udp_zero_checksum6_send{};  ///< none over IPv6
    std::optional<bool> udp_zero_checksum6_accept{};
    std::optional<bool>
        collect_metadata{};  ///< VNI and addresses come with each packet: "external"
    std::optional<bool> inner_protocol_inherit{};  ///< IP packets without Ethernet; Linux 5.18

    static constexpr auto fields() {
        constexpr std::uint16_t ifla_port_range = 15;  // IFLA_GENEVE_PORT_RANGE
        using S = GeneveSettings;
        using message::EitherIp, message::Flag8, message::FlowLabel, message::Number8,
            message::OtherIp, message::Port, message::Ports, message::Presence, message::Vni;
        using wire::As, wire::Attribute, wire::Field;
        using Df = As<DontFragment, std::uint8_t>;
        return wire::Fields<
            Field<&S::vni, Attribute<IFLA_GENEVE_ID, Vni, "vni">>,
            Field<&S::remote,
                  Attribute<IFLA_GENEVE_REMOTE, EitherIp<IFLA_GENEVE_REMOTE6>, "remote">>,
            Field<&S::remote, Attribute<IFLA_GENEVE_REMOTE6, OtherIp, "remote">>,
            Field<&S::port, Attribute<IFLA_GENEVE_PORT, Port, "port">>,
            Field<&S::source_ports, Attribute<ifla_port_range, Ports, "source_ports">>,
            Field<&S::ttl, Attribute<IFLA_GENEVE_TTL, Number8, "ttl">>,
            Field<&S::ttl_inherit, Attribute<IFLA_GENEVE_TTL_INHERIT, Flag8, "ttl_inherit">>,
            Field<&S::tos, Attribute<IFLA_GENEVE_TOS, Number8, "tos">>,
            Field<&S::flow_label, Attribute<IFLA_GENEVE_LABEL, FlowLabel, "flow_label">>,
            Field<&S::df, Attribute<IFLA_GENEVE_DF, Df, "df">>,
            Field<&S::udp_checksum, Attribute<IFLA_GENEVE_UDP_CSUM, Flag8, "udp_checksum">>,
            Field<&S::udp_zero_checksum6_send,
                  Attribute<IFLA_GENEVE_UDP_ZERO_CSUM6_TX, Flag8, "udp_zero_checksum6_send">>,
            Field<&S::udp_zero_checksum6_accept,
                  Attribute<IFLA_GENEVE_UDP_ZERO_CSUM6_RX, Flag8, "udp_zero_checksum6_accept">>,
            Field<&S::collect_metadata,
                  Attribute<IFLA_GENEVE_COLLECT_METADATA, Presence, "collect_metadata">>,
            Field<
                &S::inner_protocol_inherit,
                Attribute<IFLA_GENEVE_INNER_PROTO_INHERIT, Presence, "inner_protocol_inherit">>>{};
    }
    [[nodiscard]] static std::string_view why_refused(error_code code) noexcept {
        if (code == boost::system::errc::file_exists)
            return "another Geneve link has that VNI, port and remote";
        if (code == boost::system::errc::device_or_resource_busy)
            return "another Geneve link has that VNI, port and remote, or collects metadata there";
        if (code == boost::system::errc::address_in_use) return "the UDP port is taken";
        return {};
    }
    friend bool operator==(const GeneveSettings&, const GeneveSettings&) = default;
};

/// An Ethernet in UDP packets between two hosts.
class Geneve : public KindLink<GeneveSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
