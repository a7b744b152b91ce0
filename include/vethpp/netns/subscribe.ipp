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
    const System& system = *subscriptions.front().netns->system;
    const NetnsHome home = find_home(system, failure);
    error_code ec;
    bool all_here = true;
    for (Subscription& one : subscriptions) {
        if (failure || ec) break;
        if (home.place == one.netns->place)
            one.socket = one.netns->system->events(groups, ec);
        else
            all_here = false;
    }
    const auto go = [&] {
        // All on one way.
        for (Subscription& one : subscriptions) {
            if (one.socket) continue;
            if (!ec) one.netns->system->enter(one.netns->descriptor(), ec);
            if (!ec) one.socket = one.netns->system->events(groups, ec);
        }
    };
    if (!all_here && !ec) visit_namespaces(system, home, go, failure);
    failure.fail(ec, "subscribing to the namespace's events");
}

}  // namespace vethpp::detail
