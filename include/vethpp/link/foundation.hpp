// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link/options.hpp>
#include <vethpp/netns/ptr.hpp>
#include <vethpp/value/error.hpp>

#include <string_view>

namespace vethpp::detail {

/// What a link of some kind stands on, in any namespace.
struct Foundation {
    const LinkRef* lower = nullptr;  ///< null for a kind, or a link, that stands on none
    bool is_required = false;        ///< and said in IFLA_LINK; otherwise the kind's data say it
    /// Where its own packets go; null: the namespace of lower, or its own.
    const NetnsRef* underlay = nullptr;
    bool is_made_there = false;  ///< and then moved: its packets go by where it was made
};

/// Where a link that is to be in a namespace has to be asked for: where a lower link is looked for,
/// and the packets of a tunnel go. Null after a failure.
[[nodiscard]] NetnsPtr site_of(const Foundation& foundation,
                               std::string_view kind,
                               const NetnsPtr& netns,
                               Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/foundation.ipp>
#endif
