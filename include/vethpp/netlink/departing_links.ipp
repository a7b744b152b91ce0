// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netlink/departing_links.hpp>
#include <vethpp/netlink/link_queries.hpp>

#include <array>
#include <new>
#include <span>
#include <utility>

namespace vethpp::netlink {

VETHPP_INLINE DepartingLinks::~DepartingLinks() {
    for (Node* node = first_.load(); node != nullptr;) delete std::exchange(node, node->next);
    forget(count_);
}

VETHPP_INLINE void DepartingLinks::forget(std::size_t count) noexcept {
    count_ -= count;
    count_of_all() -= count;
}

VETHPP_INLINE bool DepartingLinks::add(const DepartingLink& link) noexcept {
    auto* const node = new (std::nothrow) Node{link, first_.load()};
    if (node == nullptr) return false;
    // Counted first: who asks in between waits for nothing, which is better than not to wait.
    ++count_;
    ++count_of_all();
    while (!first_.compare_exchange_weak(node->next, node)) {
    }
    return true;
}

VETHPP_INLINE void DepartingLinks::before_request(Session& session) noexcept {
    if (is_empty()) return;
    const std::lock_guard lock{mutex_};
    if (is_at_it_) return;
    is_at_it_ = true;
    forget(delete_all(session));
    is_at_it_ = false;
}

VETHPP_INLINE void DepartingLinks::delete_in_child(Session& session) noexcept {
    (void)delete_all(session);
    forget(count_);
}

// All at once, or, where there is no memory for that, or somebody else changes what there is, one
// by one.
inline void delete_these(Session& session, std::span<const DepartingLink> links) noexcept {
    const auto attempt = [&](std::span<const DepartingLink> some) {
        try {
            Failure failure;
            // The other end of a pair that has gone already takes one question.
            const DepartingLink& first = some.front();
            if (some.size() != 1 || is_in_group(session, first.index, first.group, failure))
                delete_marked(session, some, failure);
            return !failure;
        } catch (const std::bad_alloc&) {
            return false;
        }
    };
    if (links.size() > 1 && attempt(links)) return;
    for (std::size_t i = 0; i < links.size(); ++i) (void)attempt(links.subspan(i, 1));
}

VETHPP_INLINE std::size_t DepartingLinks::delete_all(Session& session) noexcept {
    std::array<DepartingLink, 256> some;  // it takes no memory
    std::size_t count = 0;
    for (Node* node = first_.exchange(nullptr); node != nullptr;) {
        std::size_t n = 0;
        for (; node != nullptr && n < some.size(); ++n) {
            some[n] = node->link;
            delete std::exchange(node, node->next);
        }
        count += n;
        delete_these(session, std::span{some}.first(n));
    }
    return count;
}

}  // namespace vethpp::netlink
