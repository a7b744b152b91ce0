// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/link/held_link.hpp>
#include <vethpp/netlink/background_send.hpp>
#include <vethpp/netlink/deletion.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/removal.hpp>
#include <vethpp/value/attempt.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace vethpp {
namespace detail {

VETHPP_INLINE bool Removable::is_this(const message::LinkSummary& link) const noexcept {
    const HeldLink& known = end_->data_;
    if (known.tag != 0) return link.group == known.tag;
    if (link.index != known.index) return false;
    // What this program does not own, it calls by index.
    const bool is_own = pair_ != nullptr || known.owned;
    return !is_own || (link.name == known.name && link.group == known.group);
}

VETHPP_INLINE const Link* Removable::other_end() const noexcept {
    if (pair_ == nullptr) return nullptr;
    return end_ == &pair_->first() ? &pair_->second() : &pair_->first();
}

VETHPP_INLINE void Removable::use_other_end() noexcept {
    end_ = end_ == &pair_->first() ? &pair_->second() : &pair_->first();
}

VETHPP_INLINE void Removable::remove(Failure& failure) const {
    Failure once;
    if (pair_ != nullptr)
        pair_->remove_now(once);
    else
        end_->data_.remove(once);
    if (once && once.context.object.empty()) {
        once.context.object = end_->name();
        if (!end_->netns().is_none()) once.context.netns = end_->netns().label();
    }
    failure.take(std::move(once));
}

VETHPP_INLINE void Removable::forget() const noexcept {
    if (pair_ != nullptr)
        pair_->forget();
    else
        end_->data_.forget();
}

/// Removes links of one namespace.
class RemovalInOne {
public:
    RemovalInOne(netlink::Session& session, std::span<const Removable> links)
        : session_{session}, links_{links}, groups_(links.size()) {}

    void run(Failure& failure) {
        Failure not_at_once;
        if (links_.size() > 1) look_for_all(not_at_once);
        if (!departing_.empty())
            netlink::delete_gathered(session_, departing_, random_tag(), not_at_once);
        const bool together = !departing_.empty() && !not_at_once;
        if (!together) give_groups_back();
        for (std::size_t i = 0; i < links_.size(); ++i) {
            if (together && groups_[i].index != 0)
                links_[i].forget();
            else
                links_[i].remove(failure);  // which says what is wrong with it
        }
    }

private:
    void look_for_all(Failure& failure) {
        const auto there = netlink::summarize_links(session_, failure);
        if (failure) return;
        for (std::size_t i = 0; i < links_.size(); ++i) {
            const auto is_it = [&](const auto& link) { return links_[i].is_this(link); };
            const auto found = std::find_if(there.begin(), there.end(), is_it);
            if (found == there.end()) continue;
            const bool is_bridge = found->info.kind == BridgePortSettings::kind;
            groups_[i] = {.index = found->index, .group = found->group, .is_bridge = is_bridge};
            departing_.push_back(groups_[i]);
        }
    }

    // One of them that cannot be removed keeps all of them: they go one by one then.
    void give_groups_back() {
        for (const netlink::DepartingLink& one : departing_) {
            Failure gone;
            netlink::set_attribute<message::ifla::group>(session_, one.index, one.group, gone);
        }
    }

    netlink::Session& session_;
    std::span<const Removable> links_;
    std::vector<netlink::DepartingLink> groups_;  // in which they are; index 0 is not there
    std::vector<netlink::DepartingLink> departing_{};
};

[[nodiscard]] inline NetnsState* place_of(const Link& link) noexcept {
    return link.netns().state().get();
}

// A pair is found by either end: by the one in whose namespace there is more to remove.
inline void gather_in_few(std::vector<Removable>& links) {
    std::vector<NetnsState*> places;
    places.reserve(2 * links.size());
    for (const Removable& one : links) {
        places.push_back(place_of(one.end()));
        if (one.other_end() != nullptr) places.push_back(place_of(*one.other_end()));
    }
    std::sort(places.begin(), places.end());
    const auto count = [&](const Link& link) {
        const auto [begin, end] = std::equal_range(places.begin(), places.end(), place_of(link));
        return end - begin;
    };
    for (Removable& one : links)
        if (one.other_end() != nullptr && count(*one.other_end()) > count(one.end()))
            one.use_other_end();
}

VETHPP_INLINE void remove_links(std::span<const Removable> links, OnError on_error) {
    attempt({"remove the links"}, on_error, [&](Failure& failure) {
        std::vector<Removable> all{links.begin(), links.end()};
        gather_in_few(all);
        // Those of one namespace together, each in its turn.
        std::vector<std::pair<NetnsState*, std::size_t>> order;
        order.reserve(all.size());
        for (std::size_t i = 0; i < all.size(); ++i) order.emplace_back(place_of(all[i].end()), i);
        std::sort(order.begin(), order.end());
        std::vector<Removable> together;
        for (std::size_t i = 0; i < order.size(); ++i) {
            NetnsState* const here = order[i].first;
            together.push_back(all[order[i].second]);
            if (i + 1 < order.size() && order[i + 1].first == here) continue;
            if (here == nullptr)
                for (const Removable& empty : together) empty.remove(failure);
            else
                RemovalInOne{here->session, together}.run(failure);
            together.clear();
        }
    });
}

}  // namespace detail

VETHPP_INLINE void finish_removals() noexcept { netlink::BackgroundSend::wait_for_all(); }

}  // namespace vethpp
