// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/peer.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netlink/namespace_ids.hpp>

#include <utility>

namespace vethpp::detail {

[[nodiscard]] inline bool has_peer(const message::LinkSummary& link) noexcept {
    return (link.info.kind == "veth" || link.info.kind == "netkit") && link.link != 0;
}

// Whether the kernel says that a veth of `here` has its other end `there`. Within one namespace it
// names none; otherwise it tells which by a number, if `here` has one for it.
[[nodiscard]] inline bool is_other_end_in(NetnsState& here,
                                          const message::LinkSummary& link,
                                          NetnsState& there,
                                          Failure& failure) {
    if (failure) return false;
    if (netns_id(here) == netns_id(there)) return !link.link_netnsid;
    const auto id = netlink::get_namespace_id(here.session, there.descriptor(), failure);
    return id && link.link_netnsid == id;
}

VETHPP_INLINE message::LinkSummary find_peer(NetnsState& netns,
                                             std::uint32_t index,
                                             const NetnsPtr& where,
                                             Failure& failure) {
    const auto own = netlink::look_up(netns.session, {.index = index}, failure);
    if (failure) return {};
    const auto none_there = [&] {
        failure.fail(errc::no_such_link, concat({"it has no other end in ", where->label}));
    };
    if (!has_peer(own) || !is_other_end_in(netns, own, *where, failure)) none_there();
    Failure lookup;
    auto found = failure ? message::LinkSummary{}
                         : netlink::look_up(where->session, {.index = own.link}, lookup);
    if (lookup.code == boost::system::errc::no_such_device) none_there();  // it has gone meanwhile
    failure.take(std::move(lookup));
    // The index may be that of another link by now: only the other end points back.
    const bool points_back = !failure && has_peer(found) && found.link == index &&
                             is_other_end_in(*where, found, netns, failure);
    if (!points_back) none_there();
    return found;
}

VETHPP_INLINE LinkState peer_state(netlink::Session& session,
                                   std::uint32_t index,
                                   Failure& failure) {
    const auto own = netlink::look_up(session, {.index = index}, failure);
    if (!has_peer(own)) failure.fail(errc::no_such_link, "the link is not the end of a veth pair");
    return netlink::get_link(
        session, {.index = own.link, .target_netnsid = own.link_netnsid}, failure);
}

}  // namespace vethpp::detail
