// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/gre_fields.hpp>

namespace vethpp {

/// The settings of a GRE tunnel over IPv6 (ip-link(8), "type ip6gre"; IFLA_GRE_*).
template <wire::Name Kind>
struct Ip6greSettingsOf {
    static constexpr std::string_view kind = Kind.view();
    static constexpr bool changes_as_a_whole = true;
    static constexpr bool is_made_in_underlay = true;

    std::optional<NetnsRef> underlay{};  ///< where its packets go, if not in its own namespace
    std::optional<LinkRef> lower{};      ///< its packets leave by this link
    std::optional<IpAddress> local{};
    std::optional<IpAddress> remote{};
    std::optional<std::uint32_t> key{};  ///< of both directions; read if both have the same
    std::optional<std::uint32_t> input_key{};
    std::optional<std::uint32_t> output_key{};
    std::optional<bool> sequence{};  ///< packets are numbered, in both directions
    std::optional<bool> checksum{};  ///< in both directions
    /// GRE_KEY, GRE_SEQ, GRE_CSUM of one direction; made of the members above.
    std::optional<std::uint32_t> input_flags{};
    std::optional<std::uint32_t> output_flags{};
    std::optional<std::uint32_t> ttl{};  ///< 1 to 255; 0, the default: that of the packet inside
    /// Tunnels that its packets may enter on their way; ip(8) says 4, the kernel's default is 0.
    std::optional<std::uint32_t> encapsulation_limit{};
    std::optional<Ipv6Flow> flow{};
    std::optional<std::uint32_t> flags{};    ///< IP6_TNL_F_*, <linux/ip6_tunnel.h>
    std::optional<std::uint32_t> fwmark{};   ///< for the route of its packets
    std::optional<bool> collect_metadata{};  ///< addresses and keys come with each packet
    std::optional<TunnelEncapsulation> encapsulation{};
    std::optional<std::uint32_t> encapsulation_flags{};  ///< TUNNEL_ENCAP_FLAG_*
    std::optional<std::uint32_t> encapsulation_source_port{};
    std::optional<std::uint32_t> encapsulation_destination_port{};

    static constexpr auto fields() { return detail::ip6gre_fields<Ip6greSettingsOf>(); }
    void complete() { detail::complete_gre(*this); }
    void adopt() { detail::adopt_gre(*this); }
    void overlay(const Ip6greSettingsOf& given) { detail::overlay_gre(*this, given); }
    void check(Failure& failure) const { detail::check_gre(*this, failure); }
    [[nodiscard]] std::string_view why_refused(error_code code) const {
        return detail::why_no_tunnel(code, encapsulation.has_value());
    }
    friend bool operator==(const Ip6greSettingsOf&, const Ip6greSettingsOf&) = default;
};

using Ip6greSettings = Ip6greSettingsOf<"ip6gre">;

/// A tunnel between two IPv6 addresses that carries IP packets.
class Ip6gre : public KindLink<Ip6greSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
