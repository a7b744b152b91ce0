// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/message/nexthop_message.hpp>
#include <vethpp/netlink/link_names.hpp>
#include <vethpp/netlink/list.hpp>
#include <vethpp/netns/attempt_in.hpp>
#include <vethpp/netns/own_link.hpp>
#include <vethpp/nexthops.hpp>

#include <linux/rtnetlink.h>
#include <string>
#include <string_view>

namespace vethpp {
namespace detail {

// What the kernel would skip, or say of another attribute.
inline void check_nexthop(const Nexthop& nexthop, Failure& failure) {
    if (nexthop.via) check_ip(*nexthop.via, failure);
    const bool has_way = nexthop.via || nexthop.link;
    std::string_view problem;
    if (!nexthop.group.empty() && (has_way || nexthop.blackhole))
        problem = "a group has no way of its own";
    else if (nexthop.group.empty() && nexthop.resilient)
        problem = "only a group is resilient";
    else if (nexthop.blackhole && has_way)
        problem = "a blackhole has no gateway and no link";
    else if (nexthop.group.empty() && !nexthop.blackhole && !nexthop.fdb && !nexthop.link)
        problem = "it needs its link (.link)";
    else if (nexthop.via && nexthop.family &&
             (*nexthop.family == Family::ipv6) != nexthop.via->is_v6())
        problem = "the gateway is of another family";
    if (!problem.empty()) failure.fail(errc::invalid_option, std::string{problem});
}

inline void explain_nexthop(const Nexthop& nexthop, Failure& failure) {
    namespace kernel = boost::system::errc;
    std::string hint;
    if (failure.code == kernel::file_exists) hint = "there is one of that id";
    if (failure.code == kernel::no_such_file_or_directory) hint = "there is none of that id";
    if (failure.code == kernel::network_down) hint = "the link is down";
    if (failure.code == kernel::operation_not_supported)
        hint = "nexthop objects are there since Linux 5.3, resilient groups since 5.13";
    const bool unreachable =
        failure.code == kernel::network_unreachable || failure.code == kernel::host_unreachable;
    if (unreachable && nexthop.link)
        hint = concat({"the gateway is in no network of ", nexthop.link->to_string()});
    if (failure.context.hint.empty()) failure.context.hint = std::move(hint);
}

inline std::uint32_t change_nexthop(const NetnsRef& ref,
                                    const char* operation,
                                    int flags,
                                    const Nexthop& nexthop,
                                    OnError on_error) {
    const std::string text = nexthop.to_string();
    return attempt({operation, text, ref.label()}, on_error, [&](Failure& failure) {
        const NetnsPtr netns = ref.resolve(failure);
        check_nexthop(nexthop, failure);
        check_link(nexthop.link, netns, failure);
        if (failure) return std::uint32_t{0};
        std::uint32_t id = nexthop.id;
        netns->session.request(
            {.type = RTM_NEWNEXTHOP,
             .flags = static_cast<std::uint16_t>(flags | NLM_F_ECHO),
             .names = &message::nexthop_names()},
            [&](wire::Writer& w) { message::write_nexthop(w, nexthop); },
            [&](const wire::RawMessage& m) {
                Nexthop made;
                if (message::read_nexthop(m.payload, made)) id = made.id;
            },
            failure);
        explain_nexthop(nexthop, failure);
        return failure ? 0 : id;
    });
}

inline void remove_nexthop(netlink::Session& session, std::uint32_t id, Failure& failure) {
    session.request(
        {.type = RTM_DELNEXTHOP, .names = &message::nexthop_names()},
        [&](wire::Writer& w) { wire::write_message(w, message::NexthopObject{.id = id}); },
        failure);
}

inline std::vector<Nexthop> list_nexthops(const NetnsPtr& netns,
                                          const NexthopFilter& filter,
                                          Failure& failure) {
    check_link(filter.link, netns, failure);
    if (failure) return {};
    const auto ask = [&](wire::Writer& w) { message::write_nexthop_filter(w, filter); };
    auto found = netlink::list<Nexthop>(netns->session,
                                        {{.type = RTM_GETNEXTHOP}, ask, RTM_NEWNEXTHOP},
                                        &message::read_nexthop,
                                        failure);
    explain_nexthop({}, failure);
    // The kernel takes no question for the one, and heeds the other only together with others.
    std::erase_if(found, [&](const Nexthop& one) {
        return (filter.protocol && one.protocol != filter.protocol) || (filter.fdb && !one.fdb);
    });
    return found;
}

}  // namespace detail

VETHPP_INLINE std::uint32_t Nexthops::add(const Nexthop& nexthop, OnError on_error) const {
    constexpr int flags = NLM_F_CREATE | NLM_F_EXCL;
    return detail::change_nexthop(netns_, "add the nexthop", flags, nexthop, on_error);
}

VETHPP_INLINE void Nexthops::replace(const Nexthop& nexthop, OnError on_error) const {
    constexpr int flags = NLM_F_CREATE | NLM_F_REPLACE;
    detail::change_nexthop(netns_, "replace the nexthop", flags, nexthop, on_error);
}

VETHPP_INLINE void Nexthops::remove(std::uint32_t id, OnError on_error) const {
    const Nexthop nexthop{.id = id};
    const std::string text = nexthop.to_string();
    detail::attempt_in(netns_,
                       "remove the nexthop",
                       text,
                       on_error,
                       [&](netlink::Session& session, Failure& failure) {
                           detail::remove_nexthop(session, id, failure);
                           detail::explain_nexthop(nexthop, failure);
                       });
}

VETHPP_INLINE std::vector<Nexthop> Nexthops::list(const NexthopFilter& filter,
                                                  OnError on_error) const {
    const auto list = [&](Failure& failure) {
        const detail::NetnsPtr netns = netns_.resolve(failure);
        auto found = detail::list_nexthops(netns, filter, failure);
        if (failure) return found;
        netlink::LinkNames names{netns->session};
        for (Nexthop& nexthop : found) names.put(nexthop.link);
        return found;
    };
    return detail::attempt({"list the nexthops", {}, netns_.label()}, on_error, list);
}

VETHPP_INLINE std::size_t Nexthops::flush(const NexthopFilter& filter, OnError on_error) const {
    const auto flush = [&](Failure& failure) {
        const detail::NetnsPtr netns = netns_.resolve(failure);
        const auto found = detail::list_nexthops(netns, filter, failure);
        for (const Nexthop& nexthop : found) {
            Failure once;
            detail::remove_nexthop(netns->session, nexthop.id, once);
            // A group goes with the last of its members.
            if (once.code != boost::system::errc::no_such_file_or_directory)
                failure.take(std::move(once));
        }
        return failure ? 0 : found.size();
    };
    return detail::attempt({"flush the nexthops", {}, netns_.label()}, on_error, flush);
}

}  // namespace vethpp
