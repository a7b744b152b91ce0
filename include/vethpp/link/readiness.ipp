// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/link/look.hpp>
#include <vethpp/link/readiness.hpp>
#include <vethpp/netlink/events.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/subscribe.hpp>

#include <cerrno>
#include <cstddef>
#include <linux/rtnetlink.h>
#include <memory>
#include <poll.h>

namespace vethpp::detail {

// What happens to the links that are waited for: one socket a namespace.
class Happenings {
public:
    void subscribe(std::span<const AwaitedLink> links,
                   std::span<const NetnsPtr> others,
                   Failure& failure) {
        static constexpr int groups[] = {RTNLGRP_LINK,
                                         RTNLGRP_IPV4_IFADDR,
                                         RTNLGRP_IPV6_IFADDR,
                                         RTNLGRP_IPV4_ROUTE,
                                         RTNLGRP_IPV6_ROUTE};
        if (failure) return;
        spaces_ = std::make_unique<Subscription[]>(links.size() + others.size());
        ready_ = std::make_unique<pollfd[]>(links.size() + others.size());
        for (const AwaitedLink& link : links)
            if (!is_known(link.netns)) spaces_[count_++].netns = link.netns;
        for (const NetnsPtr& netns : others)
            if (!is_known(netns)) spaces_[count_++].netns = netns;
        detail::subscribe({spaces_.get(), count_}, groups, failure);
    }

    // Waits for the next ones and takes all that have come, until the deadline. False if that has
    // passed before.
    [[nodiscard]] bool follow(const Deadline& deadline, Failure& failure) {
        for (std::size_t i = 0; i < count_; ++i)
            ready_[i] = {.fd = spaces_[i].socket->native_handle(), .events = POLLIN, .revents = 0};
        bool waited = false;
        for (int n = 0; n <= 0; waited = true) {
            const int left = deadline.left();
            if (left == 0) return waited;
            n = ::poll(ready_.get(), count_, left);
            if (n < 0 && errno != EINTR) {
                failure.fail(last_error());
                return false;
            }
        }
        // What they say is not needed: the state is read again, which also makes up for lost ones.
        std::byte head[64];
        const auto nothing = [](const wire::RawMessage&) {};
        for (std::size_t i = 0; i < count_; ++i)
            (void)netlink::take_events(*spaces_[i].socket, head, nothing);
        return true;
    }

private:
    [[nodiscard]] bool is_known(const NetnsPtr& netns) const noexcept {
        for (std::size_t i = 0; i < count_; ++i)
            if (spaces_[i].netns == netns) return true;
        return false;
    }

    std::unique_ptr<Subscription[]> spaces_{};
    std::unique_ptr<pollfd[]> ready_{};
    std::size_t count_ = 0;
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
    happenings.subscribe(links, look.underlays(), failure);
    do {
        if (failure || look.is_ready(deadline, failure) || failure) return;
    } while (happenings.follow(deadline, failure));
    failure.fail(errc::not_ready, look.missing());
}

}  // namespace vethpp::detail
