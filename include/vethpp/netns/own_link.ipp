// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/netns/own_link.hpp>
#include <vethpp/netns/state.hpp>

#include <memory>

namespace vethpp::detail {

VETHPP_INLINE void check_link(const LinkIndex& link, const NetnsPtr& netns, Failure& failure) {
    if (failure) return;
    if (link.index() == 0) return failure.fail(errc::no_such_link, "the link refers to nothing");
    if (!link.netns() || link.netns() == netns) return;
    const auto its = std::static_pointer_cast<const NetnsState>(link.netns());
    if (netns_id(*its) != netns_id(*netns))
        failure.fail(
            errc::invalid_option,
            concat({"the link, ", link.to_string(), ", is in another namespace, ", its->label}));
}

VETHPP_INLINE void check_link(const std::optional<LinkIndex>& link,
                              const NetnsPtr& netns,
                              Failure& failure) {
    if (link) check_link(*link, netns, failure);
}

}  // namespace vethpp::detail
