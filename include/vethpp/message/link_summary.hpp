// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/net_if.hpp>
#include <vethpp/message/link_fields.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vethpp::message {

/// IFF_LOWER_UP, which <linux/if.h> has, and <net/if.h> excludes that.
inline constexpr std::uint32_t lower_up = 1U << 16U;

/// Whether links of a kind stand on another and tell no state all the same: tunnels, of which the
/// lower link says only which way packets go, and ipvlans, which are made with its carrier.
[[nodiscard]] constexpr bool is_silent(std::string_view kind) noexcept {
    for (const std::string_view one : {"vxlan",
                                       "geneve",
                                       "gre",
                                       "gretap",
                                       "erspan",
                                       "ip6gre",
                                       "ip6gretap",
                                       "ip6erspan",
                                       "ipip",
                                       "sit",
                                       "ip6tnl",
                                       "vti",
                                       "vti6",
                                       "xfrm",
                                       "ipvlan",
                                       "ipvtap"})
        if (kind == one) return true;
    return false;
}

/// Whether a link (a LinkState or a LinkSummary) ever has another operational state than unknown.
/// Loopback, tun, dummy and the like do not; what stands on another link, is the end of a pair, or
/// has ports does.
template <class Link>
[[nodiscard]] bool tells_state(const Link& link) noexcept {
    return (static_cast<bool>(link.link) && !is_silent(link.info.kind)) ||
           link.info.kind == "bridge" || link.info.kind == "bond";
}

/// The operational state of a link is not that of its carrier. The kernel tells a change of carrier
/// later than it happens, for some links by a second.
template <class Link>
[[nodiscard]] bool state_lags(const Link& link) noexcept {
    const bool unknown = link.operstate == Operstate::unknown;
    const bool up = link.operstate == Operstate::up;
    if ((link.flags & IFF_UP) == 0) return false;
    if ((link.flags & lower_up) == 0) return up || unknown;
    return !up && (!unknown || tells_state(link));
}

/// What is asked of a link on the way to something else: less than a LinkState to carry, to read,
/// and to compile.
struct LinkSummary {
    std::uint32_t index = 0;
    std::uint16_t type = 0;  ///< ARPHRD_*
    std::uint32_t flags = 0;
    std::uint32_t mtu = 0;
    std::string name{};
    Operstate operstate = Operstate::unknown;
    std::uint32_t group = 0;
    std::uint32_t master = 0;  ///< none if 0
    std::uint32_t link = 0;    ///< the link below, or the other end; none if 0
    std::optional<std::int32_t> link_netnsid{};
    LinkInfo info{};

    [[nodiscard]] bool is_up() const noexcept { return (flags & IFF_UP) != 0; }
    /// There is a signal, as the driver knows it, whatever the operational state says yet.
    [[nodiscard]] bool has_carrier() const noexcept { return (flags & lower_up) != 0; }

    static constexpr auto header() {
        using wire::Fixed;
        return wire::Header<ifinfomsg,
                            Fixed<&LinkSummary::index, &ifinfomsg::ifi_index, "index">,
                            Fixed<&LinkSummary::type, &ifinfomsg::ifi_type, "type">,
                            Fixed<&LinkSummary::flags, &ifinfomsg::ifi_flags, "flags">>{};
    }
    static constexpr auto fields() {
        using wire::Attribute, wire::Field, wire::Nested;
        return wire::Fields<
            Field<&LinkSummary::name, ifla::name>,
            Field<&LinkSummary::mtu, ifla::mtu>,
            Field<&LinkSummary::operstate, ifla::operstate>,
            Field<&LinkSummary::group, ifla::group>,
            Field<&LinkSummary::master, ifla::master>,
            Field<&LinkSummary::link, ifla::link>,
            Field<&LinkSummary::link_netnsid, ifla::link_netnsid>,
            Field<&LinkSummary::info, Attribute<IFLA_LINKINFO, Nested<LinkInfo>, "linkinfo">>>{};
    }
};

/// The VRF of the link, if it is one or the port of one; 0 for none.
[[nodiscard]] inline std::uint32_t domain_of(const LinkSummary& link) noexcept {
    if (link.info.kind == "vrf") return link.index;
    return link.info.port_kind == "vrf" ? link.master : 0;
}

}  // namespace vethpp::message
