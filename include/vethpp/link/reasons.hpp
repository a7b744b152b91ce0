// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link/awaited_link.hpp>
#include <vethpp/message/link_summary.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace vethpp::detail {

/// A link that is up carries packets.
[[nodiscard]] bool is_operational(const message::LinkSummary& link) noexcept;

/// It forwards, if it is the port of a bridge.
[[nodiscard]] bool forwards(const message::LinkSummary& link);

/// The namespace that `netns` knows by that number; null if it is none of those that are waited for
/// or that its own is connected with.
[[nodiscard]] NetnsPtr find_netns(NetnsState& netns,
                                  std::int32_t id,
                                  std::span<const AwaitedLink> others);

/// Why a link that is up is not operational, for people. Its other end may be where the others that
/// are waited for are, besides the namespaces that its own has pairs with.
[[nodiscard]] std::string why_no_carrier(NetnsState& netns,
                                         const message::LinkSummary& link,
                                         std::span<const AwaitedLink> others);

/// Why the port of a bridge does not forward.
[[nodiscard]] std::string why_not_forwarding(NetnsState& netns, const message::LinkSummary& link);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/reasons.ipp>
#endif
