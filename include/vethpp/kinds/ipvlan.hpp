// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/kind_link.hpp>
#include <vethpp/message/scalars.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace vethpp {

/// Where an ipvlan takes packets from, and gives them to (Documentation/networking/ipvlan.rst).
enum class IpvlanMode : std::uint16_t {
    l2,   ///< as on a wire, with the broadcasts of ARP
    l3,   ///< routed by the lower link's namespace; the kernel's default
    l3s,  ///< the same, and seen by its netfilter
};

/// Whom the ipvlans of a lower link hear.
enum class IpvlanFlag : std::uint16_t {
    bridge = 0,    ///< one another; the kernel's default
    private_ = 1,  ///< not one another; NOLINT(readability-identifier-naming): a keyword
    vepa = 2,      ///< one another by way of a switch outside that sends frames back
};

[[nodiscard]] constexpr std::string_view to_string(IpvlanMode mode) noexcept {
    return mode == IpvlanMode::l2    ? "l2"
           : mode == IpvlanMode::l3  ? "l3"
           : mode == IpvlanMode::l3s ? "l3s"
                                     : "unknown";
}
[[nodiscard]] constexpr std::string_view to_string(IpvlanFlag flag) noexcept {
    return flag == IpvlanFlag::bridge     ? "bridge"
           : flag == IpvlanFlag::private_ ? "private"
           : flag == IpvlanFlag::vepa     ? "vepa"
                                          : "unknown";
}

/// Of ipvlan and ipvtap. Both settings are those of the lower link: a change is one for all that
/// stand on it. Source: ip-link(8), "IPVLAN"; <linux/if_link.h>, IFLA_IPVLAN_*.
template <wire::Name Kind>
struct IpvlanSettingsOf {
    static constexpr std::string_view kind = Kind.view();

    LinkRef lower{};  ///< the link that it stands on, whose MAC address it has
    std::optional<IpvlanMode> mode{};
    std::optional<IpvlanFlag> flag{};

    static constexpr auto fields() {
        using S = IpvlanSettingsOf;
        using wire::As, wire::Attribute, wire::Field;
        using Mode = As<IpvlanMode, std::uint16_t>;
        using Flag = As<IpvlanFlag, std::uint16_t>;
        return wire::Fields<Field<&S::mode, Attribute<IFLA_IPVLAN_MODE, Mode, "mode">>,
                            Field<&S::flag, Attribute<IFLA_IPVLAN_FLAGS, Flag, "flag">>>{};
    }
    [[nodiscard]] static std::string_view why_refused(error_code code) noexcept {
        if (code == boost::system::errc::device_or_resource_busy)
            return "the lower link is taken, such as by a bridge or a macvlan";
        return {};
    }
    friend bool operator==(const IpvlanSettingsOf&, const IpvlanSettingsOf&) = default;
};

using IpvlanSettings = IpvlanSettingsOf<"ipvlan">;

/// A link with IP addresses of its own on another link, in any namespace, and with the MAC address
/// of that.
class Ipvlan : public KindLink<IpvlanSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
