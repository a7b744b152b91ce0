// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/blocked_signals.hpp>
#include <vethpp/base/config.hpp>
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netlink/events.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/subscribe.hpp>
#include <vethpp/ovs/port_watcher.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <utility>

namespace vethpp::detail {

/// Where the events of a namespace come from.
struct OvsPortWatcher::Source {
    std::unique_ptr<netlink::Transport> socket{};
    bool lost = false;  ///< events, since it was last looked at what is there
};

/// The thread, which ends when it is told to; what it works with outlives it.
struct OvsPortWatcher::Follower {
    static constexpr int first_pause = 20;      // ms
    static constexpr int longest_pause = 2000;  // ms

    OvsPortWatcher& watcher;
    UniqueFd wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    bool stop = false;
    int pause = first_pause;  // before what could not be done is tried again
    pthread_t thread{};

    // Until somebody wakes it or has events for it, or the pause is over.
    void sleep(std::vector<pollfd>& items, int milliseconds) const {
        (void)::poll(items.data(), items.size(), milliseconds);
        eventfd_t ignored = 0;
        ::eventfd_read(wake.get(), &ignored);
    }
    int next_pause() noexcept { return std::exchange(pause, std::min(2 * pause, longest_pause)); }
};

VETHPP_INLINE OvsPortWatcher::OvsPortWatcher(OnGone on_gone)
    : on_gone_{std::move(on_gone)}, ports_{std::make_unique<Ports>()} {}

VETHPP_INLINE OvsPortWatcher::~OvsPortWatcher() {
    if (birthplace_.is_here()) {
        stop();
        return;
    }
    // What another thread of the parent was changing at that moment stays half changed here.
    const std::unique_lock lock{mutex_, std::try_to_lock};
    if (!lock) {
        [[maybe_unused]] const Ports* const ports = ports_.release();
        [[maybe_unused]] const Follower* const follower = follower_.release();
        return;
    }
    // The thread that there is none of here has its share in them.
    for (auto& [name, port] : *ports_) port.source->socket.reset();
}

VETHPP_INLINE void OvsPortWatcher::watch(const std::string& name,
                                         const NetnsPtr& netns,
                                         std::uint32_t index,
                                         Failure& failure) {
    if (failure) return;
    const std::lock_guard lock{mutex_};
    Port port{netns, index, false, source_of(netns, failure)};
    start(failure);
    if (failure) return;
    // What has come so far is about links that were there before, which may have had its index.
    take(*port.source);
    (*ports_)[name] = std::move(port);
    ::eventfd_write(follower_->wake.get(), 1);
}

VETHPP_INLINE void OvsPortWatcher::forget(const std::string& name) noexcept {
    const std::lock_guard lock{mutex_};
    ports_->erase(name);
}

VETHPP_INLINE bool OvsPortWatcher::is_replaced(const std::string& name,
                                               const NetnsPtr& netns,
                                               std::uint32_t index) const {
    const std::lock_guard lock{mutex_};
    const auto found = ports_->find(name);
    return found != ports_->end() && found->second.index != index &&
           netns_id(*found->second.netns) == netns_id(*netns);
}

VETHPP_INLINE bool OvsPortWatcher::is_gone(const std::string& name) const {
    const std::lock_guard lock{mutex_};
    const auto found = ports_->find(name);
    return found != ports_->end() && found->second.gone;
}

VETHPP_INLINE bool OvsPortWatcher::is_any_gone() const {
    const std::lock_guard lock{mutex_};
    return std::any_of(
        ports_->begin(), ports_->end(), [](const auto& port) { return port.second.gone; });
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
VETHPP_INLINE OvsPortWatcher::SourcePtr OvsPortWatcher::source_of(const NetnsPtr& netns,
                                                                  Failure& failure) const {
    for (const auto& [name, port] : *ports_)
        if (port.netns == netns) return port.source;
    static constexpr int groups[] = {RTNLGRP_LINK};
    auto source = std::make_shared<Source>();
    netns->share();  // as long as it watches
    Subscription added{.netns = netns};
    subscribe({&added, 1}, groups, failure);
    source->socket = std::move(added.socket);
    return source;
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
    // Before anything else, which may throw: the thread works with it.
    if (error == 0)
        follower_ = std::move(follower);
    else
        failure.fail_errno(error, "no thread could be started");
}

VETHPP_INLINE void* OvsPortWatcher::run(void* follower) {
    Follower& self = *static_cast<Follower*>(follower);
    while (!self.watcher.is_stopped(self)) {
        try {
            self.watcher.follow(self);
        } catch (const std::exception&) {
            // Nothing is lost by it: events wait in their sockets, and what they said is noted in
            // what is there already. But memory comes back only after a while.
            pollfd wake{.fd = self.wake.get(), .events = POLLIN, .revents = 0};
            (void)::poll(&wake, 1, self.next_pause());
        }
    }
    return nullptr;
}

VETHPP_INLINE bool OvsPortWatcher::is_stopped(const Follower& follower) const {
    const std::lock_guard lock{mutex_};
    return follower.stop;
}

VETHPP_INLINE void OvsPortWatcher::follow(Follower& follower) {
    const std::vector<SourcePtr> all = sources();
    std::vector<pollfd> items{{.fd = follower.wake.get(), .events = POLLIN, .revents = 0}};
    for (const SourcePtr& source : all)
        items.push_back({.fd = source->socket->native_handle(), .events = POLLIN, .revents = 0});
    const bool before = is_any_gone();
    follower.sleep(items, before ? follower.next_pause() : -1);
    for (const SourcePtr& source : all) {
        const std::lock_guard lock{mutex_};
        take(*source);
    }
    if (is_stopped(follower) || !is_any_gone()) return;
    on_gone_();
    if (!is_any_gone()) follower.pause = Follower::first_pause;
}

VETHPP_INLINE std::vector<OvsPortWatcher::SourcePtr> OvsPortWatcher::sources() const {
    std::vector<SourcePtr> found;
    const std::lock_guard lock{mutex_};
    for (const auto& [name, port] : *ports_)
        if (std::find(found.begin(), found.end(), port.source) == found.end())
            found.push_back(port.source);
    return found;
}

// Notes which ports have lost their link; with the lock, and without memory unless events were
// lost.
VETHPP_INLINE void OvsPortWatcher::take(Source& source) {
    std::array<std::byte, sizeof(nlmsghdr) + sizeof(ifinfomsg)> head{};
    const auto on_event = [&](const wire::RawMessage& message) {
        const auto link = wire::load<ifinfomsg>(message.payload);
        // A bridge port that leaves its bridge is told as a deletion, too, of another family.
        if (message.header.nlmsg_type != RTM_DELLINK || !link || link->ifi_family != AF_UNSPEC)
            return;
        for (auto& [name, port] : *ports_)
            if (port.source.get() == &source &&
                port.index == static_cast<std::uint32_t>(link->ifi_index))
                port.gone = true;
    };
    if (netlink::take_events(*source.socket, head, on_event)) source.lost = true;
    if (!source.lost) return;
    bool known = true;
    for (auto& [name, port] : *ports_) {
        if (port.source.get() != &source || port.gone) continue;
        Failure failure;
        netlink::check_exists(port.netns->session, {.index = port.index}, failure);
        port.gone = failure.code == boost::system::errc::no_such_device;
        known = known && (port.gone || !failure);
    }
    source.lost = !known;
}

}  // namespace vethpp::detail
