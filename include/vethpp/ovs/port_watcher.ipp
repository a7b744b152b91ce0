// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/blocked_signals.hpp>
#include <vethpp/base/config.hpp>
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netlink/events.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/subscribe.hpp>
#include <vethpp/ovs/port_watcher.hpp>

#include <algorithm>
#include <array>
#include <linux/rtnetlink.h>
#include <new>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <utility>

namespace vethpp::detail {

/// The thread, which ends when it is told to; what it works with outlives it.
struct OvsPortWatcher::Follower {
    OvsPortWatcher& watcher;
    UniqueFd wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    bool stop = false;
    pthread_t thread{};
};

VETHPP_INLINE OvsPortWatcher::OvsPortWatcher(Gone gone) : gone_{std::move(gone)} {}
VETHPP_INLINE OvsPortWatcher::~OvsPortWatcher() { stop(); }

VETHPP_INLINE void OvsPortWatcher::watch(const std::string& name,
                                         const NetnsPtr& netns,
                                         std::uint32_t index,
                                         Failure& failure) {
    if (failure) return;
    const std::lock_guard lock{mutex_};
    Port port{netns, index, events_of(netns, failure)};
    start(failure);
    if (failure) return;
    ports_[name] = std::move(port);
    ::eventfd_write(follower_->wake.get(), 1);
}

VETHPP_INLINE void OvsPortWatcher::forget(const std::string& name) {
    const std::lock_guard lock{mutex_};
    ports_.erase(name);
}

VETHPP_INLINE std::uint32_t OvsPortWatcher::watched(const std::string& name) const {
    const std::lock_guard lock{mutex_};
    const auto found = ports_.find(name);
    return found != ports_.end() ? found->second.index : 0;
}

// Whoever comes first takes the thread, and waits for it without the lock, which it needs to end.
VETHPP_INLINE void OvsPortWatcher::stop() noexcept {
    std::unique_ptr<Follower> follower;
    {
        const std::lock_guard lock{mutex_};
        follower = std::move(follower_);
        if (!follower) return;
        follower->stop = true;
    }
    ::eventfd_write(follower->wake.get(), 1);
    ::pthread_join(follower->thread, nullptr);
}

// One socket for all ports of a namespace.
VETHPP_INLINE OvsPortWatcher::Events OvsPortWatcher::events_of(const NetnsPtr& netns,
                                                               Failure& failure) const {
    for (const auto& [name, port] : ports_)
        if (port.netns == netns) return port.events;
    static constexpr int groups[] = {RTNLGRP_LINK};
    Subscription added{.netns = netns};
    subscribe({&added, 1}, groups, failure);
    return std::move(added.socket);
}

VETHPP_INLINE void OvsPortWatcher::start(Failure& failure) {
    if (failure || follower_) return;
    auto follower = std::make_unique<Follower>(Follower{*this});
    if (!follower->wake) failure.fail(last_error());
    if (failure) return;
    int error = 0;
    {
        const BlockedSignals inherited;
        error = ::pthread_create(&follower->thread, nullptr, run, follower.get());
    }
    failure.fail_errno(error, "no thread could be started");
    if (!failure) follower_ = std::move(follower);
}

VETHPP_INLINE void* OvsPortWatcher::run(void* follower) {
    Follower& self = *static_cast<Follower*>(follower);
    while (!self.watcher.is_stopped(self)) {
        try {
            self.watcher.follow(self);
        } catch (const std::bad_alloc&) {
            continue;  // what was to be told then stays
        }
    }
    return nullptr;
}

VETHPP_INLINE bool OvsPortWatcher::is_stopped(const Follower& follower) const {
    const std::lock_guard lock{mutex_};
    return follower.stop;
}

VETHPP_INLINE void OvsPortWatcher::follow(Follower& follower) {
    for (const Events& events : wait(follower)) {
        for (const LostLink& link : take(events)) {
            if (is_stopped(follower)) return;
            gone_(link.name, link.index);
        }
    }
}

// Until there are events, of some of the sockets that are returned, or somebody has written to the
// follower's descriptor.
VETHPP_INLINE std::vector<OvsPortWatcher::Events> OvsPortWatcher::wait(Follower& follower) const {
    std::vector<Events> sockets;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [name, port] : ports_)
            if (std::find(sockets.begin(), sockets.end(), port.events) == sockets.end())
                sockets.push_back(port.events);
    }
    std::vector<pollfd> items{{.fd = follower.wake.get(), .events = POLLIN, .revents = 0}};
    for (const Events& socket : sockets)
        items.push_back({.fd = socket->native_handle(), .events = POLLIN, .revents = 0});
    (void)::poll(items.data(), items.size(), -1);
    eventfd_t ignored = 0;
    ::eventfd_read(follower.wake.get(), &ignored);
    return sockets;
}

// Which ports have lost their link, as far as these events say.
VETHPP_INLINE std::vector<OvsPortWatcher::LostLink> OvsPortWatcher::take(
    const Events& events) const {
    std::vector<std::uint32_t> deleted;
    std::array<std::byte, sizeof(nlmsghdr) + sizeof(ifinfomsg)> head{};
    const bool lost = netlink::take_events(*events, head, [&](const wire::RawMessage& message) {
        const auto link = wire::load<ifinfomsg>(message.payload);
        // A bridge port that leaves its bridge is told as a deletion, too, of another family.
        if (message.header.nlmsg_type == RTM_DELLINK && link && link->ifi_family == AF_UNSPEC)
            deleted.push_back(static_cast<std::uint32_t>(link->ifi_index));
    });
    const auto is_gone = [&](const Port& port) {
        if (std::find(deleted.begin(), deleted.end(), port.index) != deleted.end()) return true;
        if (!lost) return false;
        Failure failure;
        netlink::check_exists(port.netns->session, {.index = port.index}, failure);
        return failure.code == boost::system::errc::no_such_device;
    };
    std::vector<LostLink> gone;
    const std::lock_guard lock{mutex_};
    for (const auto& [name, port] : ports_)
        if (port.events == events && is_gone(port)) gone.push_back({name, port.index});
    return gone;
}

}  // namespace vethpp::detail
