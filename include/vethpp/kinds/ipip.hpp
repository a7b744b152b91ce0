// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/iptun_fields.hpp>

namespace vethpp {

/// The settings of an IPv4-in-IPv4 tunnel (ip-link(8), "type ipip"; IFLA_IPTUN_*).
struct IpipSettings {
    static constexpr std::string_view kind = "ipip";
    static constexpr bool changes_as_a_whole = true;
    static constexpr bool is_made_in_underlay = true;

    std::optional<NetnsRef> underlay{};  ///< where its packets go, if not in its own namespace
    std::optional<LinkRef> lower{};      ///< its packets leave by this link
    std::optional<IpAddress> local{};
    std::optional<IpAddress> remote{};
    std::optional<TunnelProtocol> protocol{};  ///< ipv4 unless given; any, mpls
    std::optional<std::uint32_t> ttl{};  ///< 1 to 255; 0, the default: that of the packet inside
    std::optional<std::uint32_t> tos{};  ///< 1: that of the packet inside
    std::optional<bool> path_mtu_discovery{};  ///< the kernel's default is true
    std::optional<std::uint32_t> fwmark{};     ///< for the route of its packets
    std::optional<bool> collect_metadata{};    ///< addresses come with each packet
    std::optional<TunnelEncapsulation> encapsulation{};
    std::optional<std::uint32_t> encapsulation_flags{};  ///< TUNNEL_ENCAP_FLAG_*
    std::optional<std::uint32_t> encapsulation_source_port{};
    std::optional<std::uint32_t> encapsulation_destination_port{};

    static constexpr auto fields() { return detail::ipip_fields<IpipSettings>(); }
    void check(Failure& failure) const { detail::check_tunnel(false, local, remote, failure); }
    [[nodiscard]] std::string_view why_refused(error_code code) const {
        return detail::why_no_tunnel(code, encapsulation.has_value());
    }
    friend bool operator==(const IpipSettings&, const IpipSettings&) = default;
};

/// A tunnel between two IPv4 addresses that carries IPv4 packets (RFC 2003).
class Ipip : public KindLink<IpipSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
