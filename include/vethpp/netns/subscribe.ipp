// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/subscribe.hpp>
#include <vethpp/netns/visit.hpp>

namespace vethpp::detail {

VETHPP_INLINE void subscribe(std::span<Subscription> subscriptions,
                             std::span<const int> groups,
                             Failure& failure) {
    if (failure || subscriptions.empty()) return;
    error_code ec;
    // All on one way.
    visit_namespaces(
        *subscriptions.front().netns->system,
        [&](const UniqueFd&) {
            for (Subscription& one : subscriptions) {
                if (!ec) one.netns->system->enter(one.netns->fd.get(), ec);
                if (!ec) one.socket = one.netns->system->events(groups, ec);
            }
        },
        failure);
    failure.fail(ec, "subscribing to the namespace's events");
}

}  // namespace vethpp::detail
