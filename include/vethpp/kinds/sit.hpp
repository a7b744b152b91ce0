// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/iptun_fields.hpp>

namespace vethpp {

/// The settings of a tunnel over IPv4 (ip-link(8), "type sit"; IFLA_IPTUN_*).
struct SitSettings {
    static constexpr std::string_view kind = "sit";
    static constexpr bool changes_as_a_whole = true;
    static constexpr bool is_made_in_underlay = true;

    std::optional<NetnsRef> underlay{};  ///< where its packets go, if not in its own namespace
    std::optional<LinkRef> lower{};      ///< its packets leave by this link
    std::optional<IpAddress> local{};
    std::optional<IpAddress> remote{};
    std::optional<TunnelProtocol> protocol{};  ///< ipv6 unless given; any, ipv4, mpls
    std::optional<std::uint32_t> ttl{};  ///< 1 to 255; 0, the default: that of the packet inside
    std::optional<std::uint32_t> tos{};  ///< 1: that of the packet inside
    std::optional<bool> path_mtu_discovery{};  ///< the kernel's default is true
    std::optional<std::uint32_t> fwmark{};     ///< for the route of its packets
    std::optional<bool> collect_metadata{};    ///< addresses come with each packet
    std::optional<TunnelEncapsulation> encapsulation{};
    std::optional<std::uint32_t> encapsulation_flags{};  ///< TUNNEL_ENCAP_FLAG_*
    std::optional<std::uint32_t> encapsulation_source_port{};
    std::optional<std::uint32_t> encapsulation_destination_port{};
    std::optional<bool> isatap{};  ///< RFC 5214
    /// The prefix whose addresses hold the IPv4 address of the other end (6rd, RFC 5969), and what
    /// those have in common; the kernel's default is 6to4, 2002::/16.
    std::optional<IpAddress> prefix_6rd{};
    std::optional<std::uint32_t> prefix_length_6rd{};
    std::optional<IpAddress> relay_prefix_6rd{};
    std::optional<std::uint32_t> relay_prefix_length_6rd{};

    static constexpr auto fields() {
        using S = SitSettings;
        using message::Ip, message::Number16, wire::Attribute, wire::Field;
        using Isatap = wire::As<bool, std::uint16_t>;  // SIT_ISATAP, the only flag
        return detail::ipip_fields<S>() +
               wire::Fields<
                   Field<&S::isatap, Attribute<IFLA_IPTUN_FLAGS, Isatap, "isatap">>,
                   Field<&S::prefix_6rd, Attribute<IFLA_IPTUN_6RD_PREFIX, Ip, "prefix_6rd">>,
                   Field<&S::prefix_length_6rd,
                         Attribute<IFLA_IPTUN_6RD_PREFIXLEN, Number16, "prefix_length_6rd">>,
                   Field<&S::relay_prefix_6rd,
                         Attribute<IFLA_IPTUN_6RD_RELAY_PREFIX, Ip, "relay_prefix_6rd">>,
                   Field<&S::relay_prefix_length_6rd,
                         Attribute<IFLA_IPTUN_6RD_RELAY_PREFIXLEN,
                                   Number16,
                                   "relay_prefix_length_6rd">>>{};
    }
    void check(Failure& failure) const { detail::check_tunnel(false, local, remote, failure); }
    [[nodiscard]] std::string_view why_refused(error_code code) const {
        return detail::why_no_tunnel(code, encapsulation.has_value());
    }
    friend bool operator==(const SitSettings&, const SitSettings&) = default;
};

/// A tunnel between two IPv4 addresses that carries IPv6 packets (RFC 4213).
class Sit : public KindLink<SitSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
