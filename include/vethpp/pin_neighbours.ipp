// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netlink/addresses.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netlink/neighbour_request.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/pin_neighbours.hpp>
#include <vethpp/value/attempt.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <array>
#include <linux/rtnetlink.h>
#include <utility>
#include <vector>

namespace vethpp {
namespace detail {

struct PinnedLink {
    NetnsPtr netns{};
    LinkIndex link{};
    const char* end = "";
    MacAddress mac{};
    std::vector<AddressState> addresses{};

    [[nodiscard]] bool has_v6() const {
        return std::any_of(
            addresses.begin(), addresses.end(), [](const auto& one) { return one.is_v6(); });
    }
    void look(Failure& failure) {
        if (link.index() == 0 || !netns)
            return failure.fail(errc::no_such_link, "the object refers to no link");
        const LinkState state = netlink::get_link(netns->session, {.index = link.index()}, failure);
        if (state.mac.is_zero()) failure.fail(errc::invalid_option, "the link has no MAC address");
        if (failure) return;
        mac = state.mac;
        addresses = netlink::list_addresses(netns->session, link.index(), failure);
    }
    [[nodiscard]] std::vector<Neighbour> others(std::span<const PinnedLink> links) const {
        std::vector<Neighbour> found;
        for (const PinnedLink& other : links) {
            if (&other == this) continue;
            for (const AddressState& one : other.addresses)
                if (!one.is_v6() || has_v6())
                    found.push_back({.address = one.address(),
                                     .mac = other.mac,
                                     .link = link,
                                     .state = NeighbourState::permanent});
        }
        return found;
    }
    void change(int type, int flags, std::span<const Neighbour> entries, Failure& failure) const {
        netns->session.batch(
            netlink::neighbour_request(type, flags),
            entries.size(),
            [&](wire::Writer& w, std::size_t i) { wire::write_message(w, entries[i]); },
            {},
            failure);
    }
};

inline void pin(std::span<PinnedLink> links, Failure& failure) {
    const auto each = [&](auto&& body) {
        for (PinnedLink& one : links) {
            if (failure) return;
            body(one);
            if (!failure) continue;
            failure.context.object = one.link.name();
            failure.context.end = one.end;
            if (one.netns) failure.context.netns = one.netns->label;
        }
    };
    each([&](PinnedLink& one) { one.look(failure); });
    std::size_t told = 0;
    each([&](const PinnedLink& one) {
        ++told;
        one.change(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, one.others(links), failure);
    });
    if (!failure) return;
    for (const PinnedLink& one : links.first(told)) {
        Failure gone;
        one.change(RTM_DELNEIGH, 0, one.others(links), gone);
    }
}

[[nodiscard]] inline PinnedLink pinned(const LinkRef& link, const char* end = "") {
    LinkIndex index{link.index()};
    index.set_name(link.name());
    return {.netns = link.netns().state(), .link = std::move(index), .end = end};
}

}  // namespace detail

VETHPP_INLINE void pin_neighbours(const VethPair& pair, OnError on_error) {
    detail::attempt({"pin the neighbours of the pair"}, on_error, [&](Failure& failure) {
        std::array<detail::PinnedLink, 2> ends{detail::pinned(pair.first(), "first end"),
                                               detail::pinned(pair.second(), "second end")};
        detail::pin(ends, failure);
    });
}

VETHPP_INLINE void pin_neighbours(std::span<const LinkRef> links, OnError on_error) {
    detail::attempt({"pin the neighbours"}, on_error, [&](Failure& failure) {
        std::vector<detail::PinnedLink> all;
        all.reserve(links.size());
        for (const LinkRef& link : links) all.push_back(detail::pinned(link));
        detail::pin(all, failure);
    });
}

}  // namespace vethpp
