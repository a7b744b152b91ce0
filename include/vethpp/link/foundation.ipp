// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/foundation.hpp>
#include <vethpp/netns/state.hpp>

namespace vethpp::detail {

VETHPP_INLINE NetnsPtr site_of(const Foundation& foundation,
                               std::string_view kind,
                               const NetnsPtr& netns,
                               Failure& failure) {
    if (failure) return nullptr;
    const LinkRef* lower = foundation.lower;
    if (foundation.is_required && lower->index() == 0)
        failure.fail(errc::no_such_link, concat({kind, " needs a lower link"}));
    else if (lower != nullptr && (lower->index() == 0 || !lower->netns().state()))
        failure.fail(errc::no_such_link, "the lower link refers to no link");
    if (failure) return nullptr;
    NetnsPtr where = lower != nullptr ? lower->netns().state() : netns;
    if (foundation.underlay == nullptr) return where;
    NetnsPtr underlay = foundation.underlay->resolve(failure);
    if (!failure && lower != nullptr && netns_id(*underlay) != netns_id(*where))
        failure.fail(errc::invalid_option, "the lower link is not in the underlay");
    return underlay;
}

}  // namespace vethpp::detail
