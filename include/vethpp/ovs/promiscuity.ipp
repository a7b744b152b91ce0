// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/net_if.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/ovs/promiscuity.hpp>

#include <exception>
#include <utility>

namespace vethpp::detail {

VETHPP_INLINE void OvsPromiscuity::take(const Link& link, const message::LinkSummary& now) {
    if ((now.flags & IFF_PROMISC) != 0) return;
    Failure refused;
    netlink::set_link_flags(
        link.netns().state()->session, link.index(), IFF_PROMISC, IFF_PROMISC, refused);
    if (refused) return;
    netns_ = link.netns();
    index_ = link.index();
}

VETHPP_INLINE void OvsPromiscuity::give_back() noexcept {
    const std::uint32_t index = std::exchange(index_, 0);
    if (index == 0) return;
    try {
        Failure gone;
        netlink::set_link_flags(netns_.state()->session, index, 0, IFF_PROMISC, gone);
    } catch (const std::exception&) {
        return;  // out of memory: it stays promiscuous
    }
}

}  // namespace vethpp::detail
