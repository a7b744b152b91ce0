// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/iptun_fields.hpp>

namespace vethpp {

/// The settings of a tunnel over IPv6 (ip-link(8), "type ip6tnl"; IFLA_IPTUN_*).
struct Ip6tnlSettings {
    static constexpr std::string_view kind = "ip6tnl";
    static constexpr bool changes_as_a_whole = true;
    static constexpr bool is_made_in_underlay = true;

    std::optional<NetnsRef> underlay{};  ///< where its packets go, if not in its own namespace
    std::optional<LinkRef> lower{};      ///< its packets leave by this link
    std::optional<IpAddress> local{};
    std::optional<IpAddress> remote{};
    std::optional<TunnelProtocol> protocol{};  ///< any unless given; ipv4, ipv6
    std::optional<std::uint32_t> ttl{};  ///< 1 to 255; 0, the default: that of the packet inside
    /// Tunnels that its packets may enter on their way; ip(8) says 4, the kernel's default is 0.
    std::optional<std::uint32_t> encapsulation_limit{};
    std::optional<Ipv6Flow> flow{};
    std::optional<std::uint32_t> flags{};    ///< IP6_TNL_F_*, <linux/ip6_tunnel.h>
    std::optional<std::uint32_t> fwmark{};   ///< for the route of its packets
    std::optional<bool> collect_metadata{};  ///< addresses come with each packet
    std::optional<TunnelEncapsulation> encapsulation{};
    std::optional<std::uint32_t> encapsulation_flags{};  ///< TUNNEL_ENCAP_FLAG_*
    std::optional<std::uint32_t> encapsulation_source_port{};
    std::optional<std::uint32_t> encapsulation_destination_port{};

    static constexpr auto fields() {
        using S = Ip6tnlSettings;
        using message::Ipv6FlowCodec, message::Number8, message::U32, wire::Attribute, wire::Field;
        return detail::iptun_fields<S>() +
               wire::Fields<
                   Field<&S::encapsulation_limit,
                         Attribute<IFLA_IPTUN_ENCAP_LIMIT, Number8, "encapsulation_limit">>,
                   Field<&S::flow, Attribute<IFLA_IPTUN_FLOWINFO, Ipv6FlowCodec, "flow">>,
                   Field<&S::flags, Attribute<IFLA_IPTUN_FLAGS, U32, "flags">>>{};
    }
    void adopt() { detail::drop_own_flags(flags); }
    void check(Failure& failure) const { detail::check_tunnel(true, local, remote, failure); }
    [[nodiscard]] std::string_view why_refused(error_code code) const {
        return detail::why_no_tunnel(code, encapsulation.has_value());
    }
    friend bool operator==(const Ip6tnlSettings&, const Ip6tnlSettings&) = default;
};

/// A tunnel between two IPv6 addresses that carries IPv4 and IPv6 packets (RFC 2473).
class Ip6tnl : public KindLink<Ip6tnlSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
