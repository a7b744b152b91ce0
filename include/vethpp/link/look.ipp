// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/look.hpp>
#include <vethpp/link/reasons.hpp>
#include <vethpp/message/route_query.hpp>
#include <vethpp/netlink/addresses.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netns/state.hpp>

#include <algorithm>
#include <cerrno>
#include <linux/rtnetlink.h>
#include <utility>

namespace vethpp::detail {

VETHPP_INLINE Look::Look(std::span<const AwaitedLink> links) {
    for (const AwaitedLink& link : links) {
        const auto same = [&](const Place& place) { return place.netns == link.netns; };
        auto place = std::find_if(places_.begin(), places_.end(), same);
        if (place == places_.end()) {
            place = places_.emplace(places_.end());
            place->netns = link.netns;
        }
        if (link.index == 0)
            place->all = true;
        else
            place->wanted.push_back({link.index, std::string{link.name}});
        if (link.with_ports) place->bridge = link.index;
        if (link.far) place->far.push_back(link.far);
    }
    for (Place& place : places_)
        for (const Place& other : places_)
            if (&place != &other) place.far.push_back(other.netns);
}

VETHPP_INLINE bool Look::is_ready(const Deadline& deadline, Failure& failure) {
    missing_.clear();
    more_ = 0;
    cut_ = false;
    for (Place& place : places_) {
        if (failure) return false;
        look_at(place, deadline, failure);
        if (!failure) continue;
        // One link may be what all this is about.
        if (failure.context.object.empty() && place.wanted.size() == 1)
            failure.context.object = place.wanted.front().name;
        failure.context.netns = place.netns->label;
    }
    return missing_.empty() && !failure;
}

VETHPP_INLINE void Look::look_at(Place& place, const Deadline& deadline, Failure& failure) {
    if (!find_links(place, failure)) return;
    const std::vector<const Summary*> links = sort_wanted(place, failure);
    std::vector<const Summary*> usable;
    for (const Summary* const link : links) {
        if (failure || is_enough(deadline)) return;
        // One that is down is not meant to be used.
        if (!link->is_up() || !can_carry(place, *link, failure)) continue;
        if (!forwards(*link)) miss({&place, link, Lack::forwarding});
        usable.push_back(link);
    }
    if (usable.size() > few) return look_at_addresses(place, 0, usable, deadline, failure);
    for (const Summary* const& link : usable)
        look_at_addresses(place, link->index, {&link, 1}, deadline, failure);
}

// Fills place.links. False if it cannot, for good or only now.
VETHPP_INLINE bool Look::find_links(Place& place, Failure& failure) {
    place.links.clear();
    place.masters.reset();
    place.complete = place.all || place.bridge != 0 || place.wanted.size() > few;
    if (!place.complete) {
        for (const Place::Wanted& one : place.wanted) {
            if (failure) break;
            place.links.push_back(
                netlink::look_up(place.netns->session, {.index = one.index}, failure));
            if (failure) failure.context.object = one.name;
        }
        return !failure;
    }
    if (!list_links(place, place.links, failure)) return false;
    if (place.bridge != 0)
        for (const Summary& link : place.links)
            if (link.master == place.bridge) place.wanted.push_back({link.index, link.name});
    place.bridge = 0;  // they are known now
    return true;
}

// False if it cannot: links come and go, which ends, or something is wrong.
VETHPP_INLINE bool Look::list_links(const Place& place,
                                    std::vector<Summary>& links,
                                    Failure& failure) {
    Failure once;
    links = netlink::summarize_links(place.netns->session, once);
    if (once.code == errc::dump_interrupted)
        miss({&place, nullptr, Lack::listing});
    else
        failure.take(Failure{once});
    return !once && !failure;
}

// Those that are waited for, in the order in which they are.
VETHPP_INLINE std::vector<const message::LinkSummary*> Look::sort_wanted(const Place& place,
                                                                         Failure& failure) {
    std::vector<const Summary*> links;
    links.reserve(place.links.size());
    for (const Summary& link : place.links) links.push_back(&link);
    if (failure || place.all || !place.complete) return links;
    const auto lower = [](const Summary* a, const Summary* b) { return a->index < b->index; };
    std::sort(links.begin(), links.end(), lower);
    std::vector<const Summary*> wanted;
    wanted.reserve(place.wanted.size());
    for (const Place::Wanted& one : place.wanted) {
        const auto below = [&](const Summary* link) { return link->index < one.index; };
        const auto at = std::partition_point(links.begin(), links.end(), below);
        if (at != links.end() && (*at)->index == one.index) {
            wanted.push_back(*at);
        } else if (!failure) {
            failure.fail_errno(ENODEV);
            failure.context.object = one.name;
        }
    }
    return wanted;
}

VETHPP_INLINE bool Look::can_carry(Place& place, const Summary& link, Failure& failure) {
    if (is_operational(link)) return true;
    // A bridge without ports has no carrier and needs none.
    if (link.info.kind != "bridge" || has_ports(place, link, failure))
        miss({&place, &link, Lack::carrier});
    return false;
}

VETHPP_INLINE bool Look::has_ports(Place& place, const Summary& bridge, Failure& failure) {
    if (!place.masters) {
        std::vector<Summary> all;
        // Without a list, the bridge is not known to be ready.
        if (!place.complete && !list_links(place, all, failure)) return false;
        std::vector<std::uint32_t> masters;
        for (const Summary& link : place.complete ? place.links : all)
            if (link.master != 0) masters.push_back(link.master);
        std::sort(masters.begin(), masters.end());
        place.masters = std::move(masters);
    }
    return std::binary_search(place.masters->begin(), place.masters->end(), bridge.index);
}

// index: 0 for one list of all.
VETHPP_INLINE void Look::look_at_addresses(const Place& place,
                                           std::uint32_t index,
                                           std::span<const Summary* const> links,
                                           const Deadline& deadline,
                                           Failure& failure) {
    if (failure || links.empty()) return;
    Failure once;
    constexpr int attempts = 2;  // the first may only tell how large a buffer it takes
    const auto messages = netlink::list_raw_addresses(place.netns->session, index, once, attempts);
    if (once.code == errc::dump_interrupted) return miss({&place, nullptr, Lack::listing});
    // Of all links, one may go while the others are looked at.
    if (place.all && once.code == boost::system::errc::no_such_device) return;
    failure.take(std::move(once));
    const auto lower = [](const Summary* a, const Summary* b) { return a->index < b->index; };
    std::vector<const Summary*> sorted{links.begin(), links.end()};
    std::sort(sorted.begin(), sorted.end(), lower);
    std::vector<Question> questions;
    wire::Bytes rest{messages};
    for (wire::RawMessage message; !failure && wire::next(rest, message);) {
        message::AddressMessage address;
        if (!wire::read_message(message.payload, address) || !address.own()) {
            failure.fail(errc::malformed_reply);
            break;
        }
        const auto below = [&](const Summary* link) { return link->index < address.link; };
        const auto at = std::partition_point(sorted.begin(), sorted.end(), below);
        if (at == sorted.end() || (*at)->index != address.link) continue;
        take_address(place, {*at, *address.own(), address.prefix_length}, address, questions);
    }
    ask(place, questions, deadline, failure);
}

[[nodiscard]] inline std::string written(const IpAddress& address, std::uint8_t prefix_length) {
    return concat({address.to_string(), "/", std::to_string(prefix_length)});
}

VETHPP_INLINE void Look::take_address(const Place& place,
                                      Question&& question,
                                      const message::AddressMessage& address,
                                      std::vector<Question>& questions) {
    constexpr std::uint8_t kernel_link_local = 3;  // IFAPROT_KERNEL_LL, Linux 5.18
    const std::uint32_t flags = address.all_flags();
    const auto lacks = [&](Lack lack) {
        miss({&place, question.link, lack, written(question.address, question.prefix_length)});
    };
    if ((flags & IFA_F_DADFAILED) != 0) return lacks(Lack::duplicate);
    if ((flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0) {
        // The kernel's own link-local address: nobody asked for its detection, so nobody waits.
        const bool automatic = address.protocol == kernel_link_local;
        if (automatic && !place.netns->skips_duplicate_detection) return;
        return lacks(Lack::tentative);
    }
    questions.push_back(std::move(question));
}

// Whether packets to these addresses would be delivered.
VETHPP_INLINE void Look::ask(const Place& place,
                             std::span<const Question> questions,
                             const Deadline& deadline,
                             Failure& failure) {
    static constexpr netlink::RequestType type{.type = RTM_GETROUTE};
    constexpr std::size_t at_once = netlink::Session::batch_limit;
    while (!questions.empty() && !failure && !is_enough(deadline)) {
        const auto some = questions.first(std::min(at_once, questions.size()));
        questions = questions.subspan(some.size());
        bool own[at_once] = {};
        Failure refusals;
        place.netns->session.batch(
            some.size(),
            [](std::size_t) -> const netlink::RequestType& { return type; },
            [&](wire::Writer& w, std::size_t i) {
                message::write_route_query(
                    w, some[i].address, some[i].link->index, RTM_F_FIB_MATCH);
            },
            [&](std::size_t i, const wire::RawMessage& m) {
                own[i] = message::is_own_route(m.payload);
            },
            [&](std::size_t i, const Failure& one) {
                own[i] = false;
                // Of an address that is none yet the kernel knows no route, in various words.
                if (one.code.category() == error_category()) failure.take(Failure{one});
            },
            refusals);
        for (std::size_t i = 0; i < some.size(); ++i)
            if (!own[i])
                miss({&place,
                      some[i].link,
                      Lack::route,
                      written(some[i].address, some[i].prefix_length)});
    }
}

VETHPP_INLINE void Look::miss(Missing&& what) {
    if (missing_.size() < few)
        missing_.push_back(std::move(what));
    else
        ++more_;
}

VETHPP_INLINE bool Look::is_enough(const Deadline& deadline) noexcept {
    if (missing_.size() < few || !deadline.has_passed()) return false;
    cut_ = true;
    return true;
}

VETHPP_INLINE std::string Look::missing() const {
    std::string text;
    for (const Missing& one : missing_) {
        NetnsState& netns = *one.place->netns;
        if (!text.empty()) text += "; ";
        if (one.link != nullptr) text += concat({one.link->name, " in "});
        text += concat({netns.label, ": "});
        if (!one.address.empty()) text += one.address;
        switch (one.lack) {
            case Lack::listing:
                text += "what it has kept changing while it was listed";
                break;
            case Lack::carrier:
                text += why_no_carrier(netns, *one.link, one.place->far);
                break;
            case Lack::forwarding:
                text += why_not_forwarding(netns, *one.link);
                break;
            case Lack::duplicate:
                text += " is a duplicate of another host's address";
                break;
            case Lack::tentative:
                text += " is tentative, duplicate address detection is running";
                break;
            case Lack::route:
                text += " has no local route yet";
                break;
        }
    }
    if (cut_)
        text += "; and more";
    else if (more_ != 0)
        text += concat({"; and ", std::to_string(more_), " more"});
    return text;
}

}  // namespace vethpp::detail
