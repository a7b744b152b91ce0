// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netlink/link_names.hpp>
#include <vethpp/netlink/link_queries.hpp>

namespace vethpp::netlink {

VETHPP_INLINE void LinkNames::put(LinkIndex& link) {
    if (link.index() == 0) return;
    const auto [known, is_new] = known_.try_emplace(link.index());
    if (is_new) {
        Failure gone;
        known->second = look_up(*session_, {.index = link.index()}, gone).name;
    }
    link.set_name(known->second);
}

}  // namespace vethpp::netlink
