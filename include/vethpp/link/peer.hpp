// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/link_summary.hpp>
#include <vethpp/netlink/session.hpp>
#include <vethpp/netns/state.hpp>

#include <cstdint>

namespace vethpp::detail {

/// The other end of the veth pair of which the link is one, if it is in that namespace.
[[nodiscard]] message::LinkSummary find_peer(NetnsState& netns,
                                             std::uint32_t index,
                                             const NetnsPtr& where,
                                             Failure& failure);

/// What the other end looks like, wherever it is.
[[nodiscard]] LinkState peer_state(netlink::Session& session,
                                   std::uint32_t index,
                                   Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/peer.ipp>
#endif
