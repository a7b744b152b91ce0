// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netns/neighbours.hpp>

#include <new>
#include <utility>

namespace vethpp::detail {

VETHPP_INLINE void Neighbours::add(const NetnsPtr& other) noexcept {
    const std::lock_guard lock{mutex_};
    // What is gone would keep its memory for as long as it is known.
    std::erase_if(known_, [](const auto& one) { return one.expired(); });
    for (const auto& one : known_)
        if (!one.owner_before(other) && !other.owner_before(one)) return;
    try {
        known_.push_back(other);
    } catch (const std::bad_alloc&) {
        return;
    }
}

VETHPP_INLINE std::vector<NetnsPtr> Neighbours::all() const {
    std::vector<NetnsPtr> found;
    const std::lock_guard lock{mutex_};
    found.reserve(known_.size());
    for (const auto& one : known_)
        if (NetnsPtr netns = one.lock()) found.push_back(std::move(netns));
    return found;
}

}  // namespace vethpp::detail
