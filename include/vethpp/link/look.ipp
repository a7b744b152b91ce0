// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/look.hpp>
#include <vethpp/link/own_routes.hpp>
#include <vethpp/link/reasons.hpp>
#include <vethpp/link/remote.hpp>
#include <vethpp/message/route_query.hpp>
#include <vethpp/netlink/addresses.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netns/state.hpp>

#include <cerrno>
#include <linux/rtnetlink.h>
#include <utility>

namespace vethpp::detail {

VETHPP_INLINE bool Look::is_ready(const Deadline& deadline, Failure& failure) {
    missed_ = 0;
    cut_ = false;
    underlays_.clear();
    for (const AwaitedLink& awaited : links_) {
        if (failure) return false;
        look_at(awaited, deadline, failure);
        if (!failure) continue;
        if (failure.context.object.empty()) failure.context.object = awaited.name;
        failure.context.netns = awaited.netns->label;
    }
    return missed_ == 0 && !failure;
}

VETHPP_INLINE void Look::look_at(const AwaitedLink& awaited,
                                 const Deadline& deadline,
                                 Failure& failure) {
    seen_.clear();
    if (!find_links(awaited, failure)) return;
    std::size_t usable = 0;
    for (Summary& link : seen_) {
        if (failure || is_enough(deadline)) return;
        // One that is down is not meant to be used.
        if (!link.is_up()) continue;
        if (!can_carry(awaited, link, failure)) {
            link.flags = 0;
            continue;
        }
        if (!forwards(link)) miss(*awaited.netns, link, Lack::forwarding);
        if (message::is_silent(link.info.kind)) look_at_remote(awaited, link, failure);
        ++usable;
    }
    if (usable > few) {
        look_at_addresses(awaited, 0, deadline, failure);
    } else {
        for (const Summary& link : seen_) {
            if (failure || is_enough(deadline)) return;
            if (link.is_up()) look_at_addresses(awaited, link.index, deadline, failure);
        }
    }
    if (awaited.routes != nullptr) look_at_routes(awaited, failure);
}

// False if it cannot, for good or only now.
VETHPP_INLINE bool Look::find_links(const AwaitedLink& awaited, Failure& failure) {
    if (!awaited.is_many()) {
        seen_.push_back(
            netlink::look_up(awaited.netns->session, {.index = awaited.index}, failure));
        return !failure;
    }
    if (awaited.index == 0) return list_links(*awaited.netns, seen_, failure);
    std::vector<Summary> links;
    if (!list_links(*awaited.netns, links, failure)) return false;
    if (!std::exchange(knows_ports_, true))
        for (const Summary& link : links)
            if (link.master == awaited.index) ports_.push_back(link);
    Summary bridge;
    bridge.index = awaited.index;
    bridge.name = awaited.name;
    bool found = take_wanted(links, bridge, failure);
    for (const Summary& port : ports_) found = found && take_wanted(links, port, failure);
    return found;
}

VETHPP_INLINE bool Look::take_wanted(std::vector<Summary>& links,
                                     const Summary& wanted,
                                     Failure& failure) {
    Summary* const found = find(links, wanted.index);
    if (found != nullptr) {
        seen_.push_back(std::move(*found));
    } else {
        failure.fail_errno(ENODEV);
        failure.context.object = wanted.name;
    }
    return found != nullptr;
}

// Ports are taken, and the kernel lists addresses, in the order in which it lists links: so it is
// the latest one, or soon after it.
VETHPP_INLINE message::LinkSummary* Look::find(std::vector<Summary>& links,
                                               std::uint32_t index) noexcept {
    for (std::size_t i = 0; i < links.size(); ++i) {
        if (latest_ >= links.size()) latest_ = 0;
        Summary& link = links[latest_];
        if (link.index == index) return &link;
        ++latest_;
    }
    return nullptr;
}

// False if it cannot: links come and go, which ends, or something is wrong.
VETHPP_INLINE bool Look::list_links(NetnsState& netns,
                                    std::vector<Summary>& links,
                                    Failure& failure) {
    Failure once;
    links = netlink::summarize_links(netns.session, once);
    if (once.code == errc::dump_interrupted)
        miss(netns, {}, Lack::listing);
    else
        failure.take(Failure{once});
    return !once && !failure;
}

VETHPP_INLINE bool Look::can_carry(const AwaitedLink& awaited,
                                   const Summary& link,
                                   Failure& failure) {
    if (is_operational(link)) return true;
    // A bridge without ports has no carrier and needs none.
    if (link.info.kind != "bridge" || has_ports(awaited, link, failure))
        miss(*awaited.netns, link, Lack::carrier);
    return false;
}

VETHPP_INLINE bool Look::has_ports(const AwaitedLink& awaited,
                                   const Summary& bridge,
                                   Failure& failure) {
    std::vector<Summary> others;
    // Without a list, the bridge is not known to be ready.
    if (!awaited.is_many() && !list_links(*awaited.netns, others, failure)) return false;
    for (const Summary& link : awaited.is_many() ? seen_ : others)
        if (link.master == bridge.index) return true;
    return false;
}

// index: 0 for one list of all.
VETHPP_INLINE void Look::look_at_addresses(const AwaitedLink& awaited,
                                           std::uint32_t index,
                                           const Deadline& deadline,
                                           Failure& failure) {
    if (failure) return;
    NetnsState& netns = *awaited.netns;
    Failure once;
    constexpr int attempts = 2;  // the first may only tell how large a buffer it takes
    const auto messages = netlink::list_raw_addresses(netns.session, index, once, attempts);
    if (once.code == errc::dump_interrupted) return miss(netns, {}, Lack::listing);
    // Of all links, one may go while the others are looked at.
    if (awaited.is_many() && once.code == boost::system::errc::no_such_device) return;
    failure.take(std::move(once));
    asked_ = 0;
    wire::Bytes rest{messages};
    for (wire::RawMessage message; !failure && wire::next(rest, message);) {
        message::AddressMessage address;
        if (!wire::read_message(message.payload, address) || !address.own()) {
            failure.fail(errc::malformed_reply);
            break;
        }
        const Summary* const link = find(seen_, address.link);
        if (link != nullptr && link->is_up())
            take_address(netns, {link, *address.own(), address.prefix_length}, address);
        if (asked_ == at_once) ask(netns, failure);
        if (is_enough(deadline)) return;
    }
    ask(netns, failure);
}

[[nodiscard]] inline std::string written(const IpAddress& address, std::uint8_t prefix_length) {
    return concat({address.to_string(), "/", std::to_string(prefix_length)});
}

VETHPP_INLINE void Look::take_address(NetnsState& netns,
                                      const Question& question,
                                      const message::AddressMessage& address) {
    constexpr std::uint8_t kernel_link_local = 3;  // IFAPROT_KERNEL_LL, Linux 5.18
    const std::uint32_t flags = address.all_flags();
    const auto lacks = [&](Lack lack) {
        miss(netns, *question.link, lack, written(question.address, question.prefix_length));
    };
    if ((flags & IFA_F_DADFAILED) != 0) return lacks(Lack::duplicate);
    if ((flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0) {
        // The kernel's own link-local address: nobody asked for its detection, so nobody waits.
        const bool automatic = address.protocol == kernel_link_local;
        if (automatic && !netns.skips_duplicate_detection) return;
        return lacks(Lack::tentative);
    }
    questions_[asked_++] = question;
}

VETHPP_INLINE void Look::ask(NetnsState& netns, Failure& failure) {
    static constexpr netlink::RequestType type{.type = RTM_GETROUTE};
    const std::size_t count = std::exchange(asked_, 0);
    if (failure || count == 0) return;
    bool own[at_once] = {};
    Failure refusals;
    netns.session.batch(
        count,
        [](std::size_t) -> const netlink::RequestType& { return type; },
        [&](wire::Writer& w, std::size_t i) {
            const Summary& link = *questions_[i].link;
            message::write_route_query(
                w, questions_[i].address, link.index, RTM_F_FIB_MATCH, message::domain_of(link));
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
    for (std::size_t i = 0; i < count; ++i)
        if (!own[i])
            miss(netns,
                 *questions_[i].link,
                 Lack::route,
                 written(questions_[i].address, questions_[i].prefix_length));
}

VETHPP_INLINE void Look::look_at_routes(const AwaitedLink& awaited, Failure& failure) {
    const Summary* const link = find(seen_, awaited.index);
    if (failure || link == nullptr || !link->is_up()) return;
    const auto lacks = [&](std::string&& what) {
        miss(*awaited.netns, *link, Lack::way, std::move(what));
    };
    find_missing_routes(awaited.netns->session, link->index, *awaited.routes, lacks, failure);
}

VETHPP_INLINE void Look::look_at_remote(const AwaitedLink& awaited,
                                        const Summary& link,
                                        Failure& failure) {
    MissingRemote missing = find_missing_remote(awaited, link, links_, failure);
    if (missing.text.empty()) return;
    if (missing.underlay != awaited.netns) underlays_.push_back(std::move(missing.underlay));
    miss(*awaited.netns, link, Lack::way, std::move(missing.text));
}

VETHPP_INLINE void Look::miss(NetnsState& netns,
                              const Summary& link,
                              Lack lack,
                              std::string&& address) {
    if (missed_ < few) missing_[missed_] = {&netns, link, lack, std::move(address)};
    ++missed_;
}

VETHPP_INLINE bool Look::is_enough(const Deadline& deadline) noexcept {
    if (missed_ < few || !deadline.has_passed()) return false;
    cut_ = true;
    return true;
}

VETHPP_INLINE std::string Look::missing() const {
    std::string text;
    for (const Missing& one : std::span{missing_}.first(missed_ < few ? missed_ : few)) {
        if (!text.empty()) text += "; ";
        if (!one.link.name.empty()) text += concat({one.link.name, " in "});
        text += concat({one.netns->label, ": ", one.address});
        switch (one.lack) {
            case Lack::listing:
                text += "what it has kept changing while it was listed";
                break;
            case Lack::carrier:
                text += why_no_carrier(*one.netns, one.link, links_);
                break;
            case Lack::forwarding:
                text += why_not_forwarding(*one.netns, one.link);
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
            case Lack::way:
                break;  // said where it was found missing
        }
    }
    if (cut_)
        text += "; and more";
    else if (missed_ > few)
        text += concat({"; and ", std::to_string(missed_ - few), " more"});
    return text;
}

}  // namespace vethpp::detail
