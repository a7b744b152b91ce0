// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netlink/background_request.hpp>
#include <vethpp/netlink/socket.hpp>

#include <linux/netlink.h>
#include <poll.h>

namespace vethpp::netlink {

// A member of multicast groups for as long as that is wanted. Events that nobody takes any more
// would leave no room for answers.
class Membership {
public:
    Membership(int socket, std::span<const int> groups) noexcept
        : socket_{socket}, groups_{groups.first(0)} {
        while (socket >= 0 && groups_.size() < groups.size()) {
            if (!set_membership(socket, groups[groups_.size()], true)) return;
            groups_ = groups.first(groups_.size() + 1);
        }
        is_complete_ = socket >= 0;
    }
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;
    ~Membership() {
        for (const int group : groups_) (void)set_membership(socket_, group, false);
    }

    [[nodiscard]] explicit operator bool() const noexcept { return is_complete_; }

private:
    int socket_;
    std::span<const int> groups_;
    bool is_complete_ = false;
};

VETHPP_INLINE BackgroundRequest::Progress BackgroundRequest::run(wire::Bytes request,
                                                                 std::span<const int> groups,
                                                                 IsDone is_done,
                                                                 Exchange& exchange,
                                                                 Failure& failure) {
    const int socket = transport_.shareable_handle();
    const Membership membership{socket, groups};
    const BackgroundSend sent{membership ? socket : -1, request};
    return sent ? wait(sent, is_done, exchange, failure) : Progress::none;
}

VETHPP_INLINE bool BackgroundRequest::tells_end(const Datagram& datagram, IsDone is_done) const {
    if (datagram.sender != 0 || datagram.size > datagram.buffer.size()) return false;
    wire::Messages messages{datagram.buffer.first(datagram.size)};
    for (const auto& one : messages) {
        const bool is_own =
            one.header.nlmsg_seq == sequence_ && one.header.nlmsg_pid == transport_.port();
        if (one.header.nlmsg_type >= NLMSG_MIN_TYPE && is_done(one, is_own)) return true;
    }
    return false;
}

VETHPP_INLINE BackgroundRequest::Progress BackgroundRequest::wait(const BackgroundSend& sent,
                                                                  IsDone is_done,
                                                                  Exchange& exchange,
                                                                  Failure& failure) {
    (void)exchange.start();
    (void)exchange.sent({});
    for (;;) {
        error_code outcome;
        // Asked before the queue is looked at: then all that the request left is in there.
        const bool has_returned = sent.has_returned(outcome);
        for (;;) {
            error_code ec;
            const Datagram datagram = transport_.receive(reply_, ec);
            // What was lost is made up for by the end of the request.
            if (ec == boost::system::errc::interrupted ||
                ec == boost::system::errc::no_buffer_space)
                continue;
            if (ec) break;
            if (tells_end(datagram, is_done)) return Progress::in_background;
            if (exchange.received({}, datagram) == Exchange::Step::done) return Progress::finished;
        }
        if (has_returned) {
            failure.fail(outcome);
            return Progress::finished;
        }
        // An end that leaves nothing in the queue, such as that of a request that could not be
        // sent, wakes nobody.
        constexpr int now_and_then = 10;  // ms
        pollfd item{.fd = transport_.native_handle(), .events = POLLIN, .revents = 0};
        (void)::poll(&item, 1, now_and_then);
    }
}

}  // namespace vethpp::netlink
