// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netns/entry.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/visit.hpp>

#include <utility>

namespace vethpp::detail {

VETHPP_INLINE NetnsEntry::NetnsEntry(const NetnsRef& netns, Failure& failure)
    : netns_{netns.resolve(failure)} {
    if (failure) return;
    origin_ = find_home(*netns_->system, failure);
    if (failure) return;
    if (origin_.place == netns_->place) {
        netns_->share();
        begin();
        return;
    }
    // A thread whose own namespace belongs to another user namespace could enter, but never return;
    // entering the namespace where it is anyway tells. What is true of one thread need not be of
    // the next, whose namespace may be another.
    if (netns_->returns_to != origin_.place.inode) {
        error_code ec;
        netns_->system->enter(origin_.fd.get(), ec);
        failure.fail(ec,
                     "this process could not return to its own namespace; started with "
                     "`unshare -n`, it has one to which it can");
    }
    enter(failure);
}

VETHPP_INLINE NetnsEntry::NetnsEntry(const NetnsRef& netns, const NetnsRef& home, Failure& failure)
    : netns_{netns.resolve(failure)}, home_{home.resolve(failure)} {
    enter(failure);
}

VETHPP_INLINE NetnsEntry::~NetnsEntry() {
    if (!inside_) return;
    // Also true of a guard that ends on another thread: it is not that thread's innermost.
    if (innermost() != this)
        terminate_because(netns_->label.c_str(),
                          "the guard ends on another thread, or out of order");
    innermost() = outer_;
    // Also one that was here already: what ran inside may have led it away.
    const int origin = home_ ? home_->descriptor() : origin_.fd.get();
    come_back(*netns_->system, origin, netns_->label.c_str());
    if (!home_ && !(origin_.place == netns_->place)) netns_->returns_to = origin_.place.inode;
}

VETHPP_INLINE void NetnsEntry::enter(Failure& failure) {
    if (failure) return;
    error_code ec;
    netns_->system->enter(netns_->shared_descriptor(), ec);
    // Refused, but it is where it wants to be.
    if (ec && home_ && home_->place == netns_->place &&
        current_place(*netns_->system) == netns_->place)
        ec = {};
    explain_entering(ec, failure);
    if (!ec) begin();
}

VETHPP_INLINE void NetnsEntry::begin() noexcept {
    inside_ = true;
    outer_ = std::exchange(innermost(), this);
}

VETHPP_INLINE NetnsEntry*& NetnsEntry::innermost() noexcept {
    thread_local NetnsEntry* entry = nullptr;
    return entry;
}

}  // namespace vethpp::detail
