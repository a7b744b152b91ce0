// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netns/known_namespaces.hpp>

#include <new>

namespace vethpp::detail {

VETHPP_INLINE bool KnownNamespaces::add(const NetnsPtr& netns) noexcept {
    const std::lock_guard lock{mutex_};
    for (std::size_t i = 0; i < known_.size();) {
        std::weak_ptr<NetnsState>& one = known_[i];
        if (!one.owner_before(netns) && !netns.owner_before(one)) return true;
        if (!one.expired()) {
            ++i;
            continue;
        }
        // What is gone would keep its memory for as long as it is known.
        one.swap(known_.back());
        known_.pop_back();
    }
    try {
        known_.push_back(netns);
        return true;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

VETHPP_INLINE NetnsPtr KnownNamespaces::find(FunctionRef<bool(const NetnsPtr&)> is_it) const {
    const std::lock_guard lock{mutex_};
    for (const std::weak_ptr<NetnsState>& one : known_)
        if (NetnsPtr netns = one.lock(); netns && is_it(netns)) return netns;
    return nullptr;
}

VETHPP_INLINE void KnownNamespaces::for_each(FunctionRef<void(const NetnsPtr&)> f,
                                             bool may_wait) const {
    const std::unique_lock lock =
        may_wait ? std::unique_lock{mutex_} : std::unique_lock{mutex_, std::try_to_lock};
    if (!lock) return;
    for (const std::weak_ptr<NetnsState>& one : known_)
        if (const NetnsPtr netns = one.lock()) f(netns);
}

}  // namespace vethpp::detail
