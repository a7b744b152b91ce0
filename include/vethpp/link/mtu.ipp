// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/link/mtu.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/netlink/links.hpp>

namespace vethpp::detail {

// A bridge has the least MTU of its ports until its own is changed (br_mtu_auto_adjust,
// BROPT_MTU_SET_BY_USER). Creating it is no change, nor is a value that it has already.
inline constexpr std::string_view adjusting_kind = "bridge";

VETHPP_INLINE bool adjusts_its_mtu(std::string_view kind) noexcept {
    return kind == adjusting_kind;
}

VETHPP_INLINE void set_own_mtu(netlink::Session& session,
                               std::uint32_t index,
                               std::uint32_t mtu,
                               Failure& failure) {
    constexpr std::uint32_t least = 68;      // ETH_MIN_MTU
    constexpr std::uint32_t most = 65535;    // ETH_MAX_MTU
    constexpr std::uint32_t of_ipv6 = 1280;  // below it a link loses its IPv6 addresses
    const auto set = [&](std::uint32_t value) {
        netlink::set_attribute<message::ifla::mtu>(session, index, value, failure);
    };
    // Of two values, one at least is a change. The other is one that is taken as well, and on the
    // same side of IPv6's limit.
    const bool lower = mtu == most || (mtu < of_ipv6 && mtu != least);
    if (mtu >= least && mtu <= most) set(lower ? mtu - 1 : mtu + 1);
    set(mtu);
}

VETHPP_INLINE void set_mtu(netlink::Session& session,
                           std::uint32_t index,
                           std::uint32_t mtu,
                           Failure& failure) {
    if (netlink::has_kind(session, index, adjusting_kind, failure))
        set_own_mtu(session, index, mtu, failure);
    else
        netlink::set_attribute<message::ifla::mtu>(session, index, mtu, failure);
}

}  // namespace vethpp::detail
