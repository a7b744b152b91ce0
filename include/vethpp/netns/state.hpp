// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netlink/session.hpp>
#include <vethpp/netns/excursion.hpp>
#include <vethpp/netns/system.hpp>
#include <vethpp/value/error.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <sys/types.h>
#include <utility>

namespace vethpp::detail {

/// What a Netns and everything in it share: the descriptor that keeps the namespace alive, and one
/// rtnetlink session inside it.
struct NetnsState {
    NetnsState(std::shared_ptr<const System> calls,
               std::string name,
               UniqueFd descriptor,
               std::unique_ptr<netlink::Transport> transport)
        : system{std::move(calls)},
          label{std::move(name)},
          fd{std::move(descriptor)},
          session{std::move(transport)} {}

    std::shared_ptr<const System> system;
    std::string label;
    UniqueFd fd;
    netlink::Session session;
    std::atomic<::ino_t> returns_to = 0;  ///< the namespace a thread has come back to from here
    bool detects_no_duplicates = false;   ///< new links have duplicate address detection off
};

using NetnsPtr = std::shared_ptr<NetnsState>;

/// The identity of a namespace, valid while a descriptor of it is open: Linux gives every namespace
/// a number that is never used twice (NS_GET_ID), and before that a cookie (SO_NETNS_COOKIE, 5.14).
[[nodiscard]] inline std::uint64_t netns_id(const NetnsState& netns) {
    std::uint64_t id = 0;
    error_code ec;
    constexpr unsigned long ns_get_id = _IOR(0xb7, 13, std::uint64_t);
    netns.system->control(netns.fd.get(), ns_get_id, &id, ec);
    if (!ec) return id;
    constexpr int so_netns_cookie = 71;
    socklen_t length = sizeof id;
    const int socket = const_cast<netlink::Session&>(netns.session).transport().native_handle();
    if (::getsockopt(socket, SOL_SOCKET, so_netns_cookie, &id, &length) == 0) return id;
    // The inode of a namespace can be used again, but not while both descriptors are open.
    return netns.system->status(netns.fd.get(), ec).st_ino;
}

/// Moves the calling thread into a namespace and back. Everything that can fail comes before the
/// move; a thread that cannot be brought back ends the process, because whatever it did next would
/// happen in the wrong network.
class NetnsEntry {
public:
    NetnsEntry(NetnsPtr netns, Failure& failure) : netns_{std::move(netns)} {
        error_code ec;
        origin_ = netns_->system->current_netns(ec);
        if (!ec) place_ = netns_->system->status(origin_.get(), ec).st_ino;
        // A thread whose own namespace belongs to another user namespace could enter, but never
        // return; entering the namespace where it is anyway tells. What is true of one thread need
        // not be of the next, whose namespace may be another.
        if (!ec && netns_->returns_to != place_) {
            netns_->system->enter(origin_.get(), ec);
            if (ec) failure.context.hint = "this process could not return to its own namespace";
        }
        failure.fail(ec);
        if (!ec) enter(failure);
    }
    /// With the namespace to come back to, which the caller vouches for.
    NetnsEntry(NetnsPtr netns, NetnsPtr home, Failure& failure)
        : netns_{std::move(netns)}, home_{std::move(home)} {
        enter(failure);
    }
    NetnsEntry(const NetnsEntry&) = delete;
    NetnsEntry& operator=(const NetnsEntry&) = delete;

    ~NetnsEntry() {
        if (!inside_) return;
        // Also true of a guard that ends on another thread: it is not that thread's innermost.
        if (innermost() != this)
            poisoned(netns_->label.c_str(), "the guard ends on another thread, or out of order");
        innermost() = outer_;
        come_back(*netns_->system, home_ ? home_->fd : origin_, netns_->label.c_str());
        if (!home_) netns_->returns_to = place_;
    }

private:
    void enter(Failure& failure) {
        error_code ec;
        netns_->system->enter(netns_->fd.get(), ec);
        if (ec == boost::system::errc::operation_not_permitted)
            failure.context.hint = "entering needs CAP_SYS_ADMIN in its user namespace";
        failure.fail(ec);
        inside_ = !ec;
        if (inside_) outer_ = std::exchange(innermost(), this);
    }

    [[nodiscard]] static NetnsEntry*& innermost() noexcept {
        thread_local NetnsEntry* entry = nullptr;
        return entry;
    }

    NetnsPtr netns_;
    NetnsPtr home_;    // where to come back to, if the caller knows, otherwise
    UniqueFd origin_;  // where it was
    ::ino_t place_ = 0;
    NetnsEntry* outer_ = nullptr;
    bool inside_ = false;
};

/// The namespace of the calling thread, with a session of its own.
[[nodiscard]] inline NetnsPtr current_netns(std::shared_ptr<const System> system,
                                            Failure& failure) {
    error_code ec;
    UniqueFd fd = system->current_netns(ec);
    std::unique_ptr<netlink::Transport> transport;
    if (!ec) transport = system->netlink(ec);
    failure.fail(ec);
    if (ec) return nullptr;
    return std::make_shared<NetnsState>(
        std::move(system), "the current namespace", std::move(fd), std::move(transport));
}

}  // namespace vethpp::detail
