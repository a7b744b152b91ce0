// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link/awaited_link.hpp>
#include <vethpp/message/link_summary.hpp>
#include <vethpp/value/error.hpp>

#include <span>
#include <string>

namespace vethpp::detail {

/// Where the packets of a tunnel have to go, and do not get to.
struct MissingRemote {
    NetnsPtr underlay{};
    std::string text{};  ///< for people; empty if a route leads there, or nothing is known
};

/// Whether a route leads to the remote end of a tunnel, in the namespace of its packets. That may
/// be where the others that are waited for are, besides the namespaces that its own is connected
/// with. Not a tunnel, or one without a remote end of its own: nothing is missing.
[[nodiscard]] MissingRemote find_missing_remote(const AwaitedLink& awaited,
                                                const message::LinkSummary& link,
                                                std::span<const AwaitedLink> others,
                                                Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/remote.ipp>
#endif
