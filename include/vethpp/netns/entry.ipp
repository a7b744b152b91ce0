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
    error_code ec;
    origin_ = netns_->system->current_netns(ec);
    if (!ec) place_ = netns_->system->status(origin_.get(), ec).st_ino;
    failure.fail(ec);
    // A thread whose own namespace belongs to another user namespace could enter, but never return;
    // entering the namespace where it is anyway tells. What is true of one thread need not be of
    // the next, whose namespace may be another.
    if (!ec && netns_->returns_to != place_) {
        netns_->system->enter(origin_.get(), ec);
        failure.fail(ec, "this process could not return to its own namespace");
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
    come_back(*netns_->system, home_ ? home_->fd : origin_, netns_->label.c_str());
    if (!home_) netns_->returns_to = place_;
}

VETHPP_INLINE void NetnsEntry::enter(Failure& failure) {
    if (failure) return;
    error_code ec;
    netns_->system->enter(netns_->fd.get(), ec);
    if (ec == boost::system::errc::operation_not_permitted)
        failure.fail(ec, "entering needs CAP_SYS_ADMIN in its user namespace");
    failure.fail(ec);
    inside_ = !ec;
    if (inside_) outer_ = std::exchange(innermost(), this);
}

VETHPP_INLINE NetnsEntry*& NetnsEntry::innermost() noexcept {
    thread_local NetnsEntry* entry = nullptr;
    return entry;
}

}  // namespace vethpp::detail
