// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/net_in.hpp>
#include <vethpp/kinds/tunnel.hpp>

#include <cstdint>
#include <linux/if_tunnel.h>

namespace vethpp {

/// Which packets a tunnel carries (IFLA_IPTUN_PROTO).
enum class TunnelProtocol : std::uint8_t { any = 0, ipv4 = 4, ipv6 = 41, mpls = 137 };

[[nodiscard]] constexpr std::string_view to_string(TunnelProtocol protocol) noexcept {
    switch (protocol) {
        case TunnelProtocol::any:
            return "any";
        case TunnelProtocol::ipv4:
            return "ipv4";
        case TunnelProtocol::ipv6:
            return "ipv6";
        case TunnelProtocol::mpls:
            return "mpls";
    }
    return "unknown";
}

namespace detail {

/// What ipip, sit and ip6tnl say of themselves in the same way (IFLA_IPTUN_*).
template <class S>
constexpr auto iptun_fields() {
    using message::Ip, message::Number8, message::Presence, message::U32, wire::Attribute,
        wire::Field;
    using Protocol = wire::As<TunnelProtocol, std::uint8_t>;
    return wire::Fields<
               Field<&S::lower, Attribute<IFLA_IPTUN_LINK, LowerIndex, "lower">>,
               Field<&S::local, Attribute<IFLA_IPTUN_LOCAL, Ip, "local">>,
               Field<&S::remote, Attribute<IFLA_IPTUN_REMOTE, Ip, "remote">>,
               Field<&S::protocol, Attribute<IFLA_IPTUN_PROTO, Protocol, "protocol">>,
               Field<&S::ttl, Attribute<IFLA_IPTUN_TTL, Number8, "ttl">>,
               Field<&S::fwmark, Attribute<IFLA_IPTUN_FWMARK, U32, "fwmark">>,
               Field<&S::collect_metadata,
                     Attribute<IFLA_IPTUN_COLLECT_METADATA, Presence, "collect_metadata">>>{} +
           encapsulation_fields<S, IFLA_IPTUN_ENCAP_TYPE>();
}

/// Over IPv4.
template <class S>
constexpr auto ipip_fields() {
    using message::Flag8, message::Number8, wire::Attribute, wire::Field;
    return iptun_fields<S>() +
           wire::Fields<Field<&S::tos, Attribute<IFLA_IPTUN_TOS, Number8, "tos">>,
                        Field<&S::path_mtu_discovery,
                              Attribute<IFLA_IPTUN_PMTUDISC, Flag8, "path_mtu_discovery">>>{};
}

}  // namespace detail
}  // namespace vethpp
