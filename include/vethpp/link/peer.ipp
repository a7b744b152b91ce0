// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/peer.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netlink/namespace_ids.hpp>

#include <optional>

namespace vethpp::detail {

[[nodiscard]] inline bool has_peer(const message::LinkSummary& link) noexcept {
    return link.info.kind == "veth" && link.link != 0;
}

VETHPP_INLINE message::LinkSummary find_peer(NetnsState& netns,
                                             std::uint32_t index,
                                             const NetnsPtr& where,
                                             Failure& failure) {
    const auto own = netlink::look_up(netns.session, {.index = index}, failure);
    if (failure) return {};
    // Within one namespace the kernel names no other; otherwise its number tells which.
    std::optional<std::int32_t> id;
    if (netns_id(*where) != netns_id(netns))
        id = netlink::get_namespace_id(netns.session, where->fd.get(), failure);
    if (!has_peer(own) || own.link_netnsid != id)
        failure.fail(errc::no_such_link, concat({"it has no other end in ", where->label}));
    return netlink::look_up(where->session, {.index = own.link}, failure);
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
