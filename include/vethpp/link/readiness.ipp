// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/link/look.hpp>
#include <vethpp/link/readiness.hpp>
#include <vethpp/netlink/events.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/subscribe.hpp>

#include <cerrno>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <vector>

namespace vethpp::detail {

// What happens to the links that are waited for: one socket a namespace.
class Happenings {
public:
    void subscribe(std::span<const Place> places, Failure& failure) {
        static constexpr int groups[] = {
            RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE};
        if (failure) return;
        spaces_.resize(places.size());
        for (std::size_t i = 0; i < places.size(); ++i) spaces_[i].netns = places[i].netns;
        detail::subscribe(spaces_, groups, failure);
        ready_.resize(places.size());
    }

    // Waits for the next ones and takes all that have come, until the deadline. False if that has
    // passed before.
    [[nodiscard]] bool follow(const Deadline& deadline, Failure& failure) {
        for (std::size_t i = 0; i < spaces_.size(); ++i)
            ready_[i] = {.fd = spaces_[i].socket->native_handle(), .events = POLLIN, .revents = 0};
        bool waited = false;
        for (int n = 0; n <= 0; waited = true) {
            const int left = deadline.left();
            if (left == 0) return waited;
            n = ::poll(ready_.data(), ready_.size(), left);
            if (n < 0 && errno != EINTR) {
                failure.fail(last_error());
                return false;
            }
        }
        // What they say is not needed: the state is read again, which also makes up for lost ones.
        std::byte head[64];
        const auto nothing = [](const wire::RawMessage&) {};
        for (const Subscription& one : spaces_)
            (void)netlink::take_events(*one.socket, head, nothing);
        return true;
    }

private:
    std::vector<Subscription> spaces_{};
    std::vector<pollfd> ready_{};
};

VETHPP_INLINE void wait_ready(std::span<const AwaitedLink> links,
                              const Deadline& deadline,
                              Failure& failure) {
    if (failure) return;
    Look look{links};
    // What is ready already needs no subscription. What is not is looked at again after it, or a
    // change in between would go unnoticed.
    if (look.is_ready(deadline, failure) || failure) return;
    Happenings happenings;
    happenings.subscribe(look.places(), failure);
    do {
        if (failure || look.is_ready(deadline, failure) || failure) return;
    } while (happenings.follow(deadline, failure));
    failure.fail(errc::not_ready, look.missing());
}

}  // namespace vethpp::detail
