// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/random.hpp>
#include <vethpp/link/held_link.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/netlink/deletion.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netns/state.hpp>

#include <utility>

namespace vethpp::detail {

VETHPP_INLINE std::uint32_t random_tag() noexcept {
    return (static_cast<std::uint32_t>(random_bits()) & 0x7fffffffU) | 0x40000000U;
}

VETHPP_INLINE void HeldLink::remove(Failure& failure) {
    if (index == 0) return failure.fail(errc::no_such_link, "the object refers to no link");
    netlink::Session& session = netns.state()->session;
    Failure by_mark;
    if (tag != 0) netlink::delete_marked(session, {index, tag, is_bridge}, by_mark);
    // Somebody may have put it into another group.
    if (tag == 0 || by_mark.code == boost::system::errc::no_such_device)
        netlink::delete_link(session, index, failure);
    else
        failure.take(std::move(by_mark));
    if (!failure) forget();
}

VETHPP_INLINE void HeldLink::forget() noexcept {
    index = 0;
    owned = false;
}

VETHPP_INLINE bool HeldLink::remove_if_ours(Failure& failure) noexcept {
    try {
        if (index == 0 || failure) return false;
        netlink::Session& session = netns.state()->session;
        if (tag == 0) {
            if (!netlink::is_known_as(session, index, name, group, failure)) return false;
            const std::uint32_t mark = random_tag();
            netlink::set_attribute<message::ifla::group>(session, index, mark, failure);
            if (!failure) tag = mark;
        }
        netlink::delete_marked(session, {index, tag, is_bridge}, failure);
        return !failure;
    } catch (...) {
        return false;  // out of memory while reporting
    }
}

VETHPP_INLINE bool HeldLink::may_be_left() const noexcept {
    if (tag == 0 || !is_local || !netns.state()->is_kept_to_itself()) return false;
    Failure elsewhere;
    return netlink::is_in_group(netns.state()->session, index, tag, elsewhere);
}

VETHPP_INLINE void HeldLink::remove_if_owned() noexcept {
    if (!std::exchange(owned, false)) return;
    if (may_be_left()) {
        NetnsState& here = *netns.state();
        if (here.leave({index, tag, is_bridge})) return here.reconsider();
    }
    Failure ignored;
    (void)remove_if_ours(ignored);
}

}  // namespace vethpp::detail
