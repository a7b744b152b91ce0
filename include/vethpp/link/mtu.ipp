// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/link/mtu.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/netlink/links.hpp>

namespace vethpp::detail {

// A bridge has the least MTU of its ports until its own is changed (br_mtu_auto_adjust,
// BROPT_MTU_SET_BY_USER). Creating it is no change, nor is a value that it has already.
VETHPP_INLINE bool adjusts_its_mtu(std::string_view kind) noexcept { return kind == "bridge"; }

VETHPP_INLINE void set_mtu(netlink::Session& session,
                           std::uint32_t index,
                           std::string_view kind,
                           std::uint32_t mtu,
                           Failure& failure) {
    const auto set = [&](std::uint32_t value) {
        netlink::set_attribute<message::ifla::mtu>(session, index, value, failure);
    };
    if (adjusts_its_mtu(kind)) {
        // Of two values, one at least is a change. Neither crosses 1280, below which a link loses
        // its IPv6 addresses, nor ETH_MIN_MTU or ETH_MAX_MTU.
        const bool lower = mtu == 65535 || (mtu < 1280 && mtu != 68);
        set(lower ? mtu - 1 : mtu + 1);
    }
    set(mtu);
}

}  // namespace vethpp::detail
