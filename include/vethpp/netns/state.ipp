// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/copies.hpp>
#include <vethpp/base/process.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/visit.hpp>

#include <linux/ioctl.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <utility>

namespace vethpp::detail {

VETHPP_INLINE NetnsState::NetnsState(std::shared_ptr<const System> calls,
                                     std::string name,
                                     UniqueFd descriptor,
                                     std::unique_ptr<netlink::Transport> transport)
    : system{std::move(calls)},
      label{std::move(name)},
      fd_{std::move(descriptor)},
      place{place_of(*system, fd_.get())},
      session{std::move(transport), &departing_} {}

VETHPP_INLINE NetnsState::~NetnsState() {
    // A child process that has a copy of the descriptors keeps the namespace.
    if (departing_.is_empty() || !copies_may_exist()) return;
    Failure copied;
    session.check_is_ours(copied);
    if (!copied) settle();
}

VETHPP_INLINE int NetnsState::descriptor() noexcept {
    settle();
    return fd_.get();
}

VETHPP_INLINE int NetnsState::shared_descriptor() noexcept {
    share();
    return fd_.get();
}

VETHPP_INLINE void NetnsState::share() noexcept {
    if (is_shared_.exchange(true)) return settle();
    Failure copied;
    session.check_is_ours(copied);
    // Each is linked to the next one that this call has reached: no memory is needed, however far
    // it goes.
    NetnsState* last = this;
    const auto reach = [&](const NetnsPtr& next) {
        if (next->is_shared_.exchange(true)) return;
        last->reached_next_ = next;
        last = next.get();
    };
    for (NetnsState* one = this; one != nullptr; one = one->reached_next_.get()) {
        one->settle();
        one->neighbours.for_each(reach, !copied);
    }
    for (NetnsPtr one = std::move(reached_next_); one;) {
        NetnsPtr next = std::move(one->reached_next_);
        one = std::move(next);
    }
}

VETHPP_INLINE bool NetnsState::leave(const netlink::DepartingLink& link) noexcept {
    return departing_.add(link);
}

// Asked when the link is in the list: who enters, or makes a process, after this, finds it there.
VETHPP_INLINE void NetnsState::reconsider() noexcept {
    if (is_shared_ || Onlooker::is_there() || copies_may_exist()) settle();
}

VETHPP_INLINE void NetnsState::settle() noexcept {
    if (departing_.is_empty()) return;
    Failure not_ours;
    session.check_is_ours(not_ours);
    if (!not_ours) return departing_.before_request(session);
    // A child has all that its parent left, and must not use its sockets.
    try {
        Failure failure;
        error_code ec;
        std::unique_ptr<netlink::Transport> transport;
        const NetnsHome home = find_home(*system, failure);
        const auto open = [&] {
            system->enter(fd_.get(), ec);
            if (!ec) transport = system->netlink(NETLINK_ROUTE, ec);
        };
        visit_namespaces(*system, home, open, failure);
        if (failure || ec) return;  // no right to enter, and so none to look around
        netlink::Session own{std::move(transport)};
        departing_.delete_in_child(own);
    } catch (...) {
        return;
    }
}

VETHPP_INLINE void connect(const NetnsPtr& a, const NetnsPtr& b) noexcept {
    if (a == b) return;
    // Asked when each is a neighbour of the other: who shares one of them after this finds both.
    const bool known = a->neighbours.add(b) && b->neighbours.add(a);
    if (!known || a->is_shared_) b->share();
    if (!known || b->is_shared_) a->share();
}

VETHPP_INLINE Onlooker::Onlooker(const NetnsPtr& netns) noexcept {
    ++count();
    // What was left may be on the way to where this one looks.
    if (netns && netlink::DepartingLinks::are_there()) netns->share();
}

VETHPP_INLINE NetnsPtr make_netns_state(const std::shared_ptr<const System>& system,
                                        std::string_view label,
                                        UniqueFd&& descriptor,
                                        std::unique_ptr<netlink::Transport>&& transport) {
    return std::make_shared<NetnsState>(
        system, std::string{label}, std::move(descriptor), std::move(transport));
}

VETHPP_INLINE std::uint64_t netns_id(const NetnsState& netns) {
    std::uint64_t id = 0;
    error_code ec;
    constexpr unsigned long ns_get_id = _IOR(0xb7, 13, std::uint64_t);
    netns.system->control(netns.fd_.get(), ns_get_id, &id, ec);
    if (!ec) return id;
    constexpr int so_netns_cookie = 71;
    socklen_t length = sizeof id;
    const int socket = const_cast<netlink::Session&>(netns.session).transport().native_handle();
    if (::getsockopt(socket, SOL_SOCKET, so_netns_cookie, &id, &length) == 0) return id;
    // The inode of a namespace can be used again, but not while both descriptors are open.
    return netns.system->status(netns.fd_.get(), ec).st_ino;
}

/// What threads of this process have found their own namespaces to be.
class CurrentNamespaces {
public:
    /// Those of this process: a child begins anew, because what it has of its parent is no use to
    /// it, and a thread that it does not have may hold the lock. Never destroyed, as static objects
    /// use it in their destructors.
    [[nodiscard]] static CurrentNamespaces& of_this_process() {
        static std::atomic<CurrentNamespaces*> latest{nullptr};
        CurrentNamespaces* known = latest.load();
        if (known != nullptr && known->birthplace_.is_here()) return *known;
        auto added = std::make_unique<CurrentNamespaces>(known);
        // Otherwise another thread was first.
        return latest.compare_exchange_strong(known, added.get()) ? *added.release() : *known;
    }

    explicit CurrentNamespaces(const CurrentNamespaces* parents) noexcept : parents_{parents} {}

    [[nodiscard]] NetnsPtr find_or_open(Failure& failure) {
        const std::shared_ptr<const System> system = System::real();
        const NetnsPlace here = current_place(*system);
        const std::lock_guard lock{mutex_};
        // One that is in use keeps its namespace, and so its place.
        const auto is_here = [&](const NetnsPtr& one) { return one->place == here; };
        if (NetnsPtr found = known_.find(is_here)) return found;
        NetnsHome home = find_home(*system, failure);
        error_code ec;
        std::unique_ptr<netlink::Transport> transport;
        if (!failure) transport = system->netlink(NETLINK_ROUTE, ec);
        failure.fail(ec);
        if (failure) return nullptr;
        NetnsPtr opened = make_netns_state(
            system, "the current namespace", std::move(home.fd), std::move(transport));
        known_.add(opened);
        return opened;
    }

private:
    Birthplace birthplace_{};
    std::mutex mutex_{};  // two threads do not open the same one
    KnownNamespaces known_{};
    [[maybe_unused]] const CurrentNamespaces* parents_;  // leak checkers find it by this
};

VETHPP_INLINE NetnsPtr current_netns(Failure& failure) {
    return failure ? nullptr : CurrentNamespaces::of_this_process().find_or_open(failure);
}

}  // namespace vethpp::detail
