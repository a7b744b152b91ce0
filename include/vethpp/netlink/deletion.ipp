// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/net_if.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/netlink/deletion.hpp>
#include <vethpp/netlink/link_queries.hpp>

#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <vector>

namespace vethpp::netlink {

// Names and indexes go before the notifications, and those without the lock: of what is in one
// message, all have gone when the first of them is notified.
[[nodiscard]] inline bool tells_that_group_goes(const wire::RawMessage& event,
                                                std::uint32_t group) noexcept {
    ifinfomsg header{};
    if (event.header.nlmsg_type != RTM_DELLINK || !wire::load(event.payload, header)) return false;
    if (header.ifi_family != AF_UNSPEC) return false;  // a port leaves its bridge
    wire::Attributes attributes{wire::after(event.payload, wire::align(sizeof header))};
    for (const wire::RawAttribute& one : attributes)
        if (one.type == IFLA_GROUP) return wire::load<std::uint32_t>(one.payload) == group;
    return false;
}

[[nodiscard]] inline bool tells_that_ipv4_goes(const wire::RawMessage& event,
                                               std::uint32_t index) noexcept {
    netconfmsg header{};
    if (event.header.nlmsg_type != RTM_DELNETCONF || !wire::load(event.payload, header))
        return false;
    if (header.ncm_family != AF_INET) return false;
    wire::Attributes attributes{wire::after(event.payload, wire::align(sizeof header))};
    for (const wire::RawAttribute& one : attributes)
        if (one.type == NETCONFA_IFINDEX) return wire::load<std::uint32_t>(one.payload) == index;
    return false;
}

[[nodiscard]] inline bool is_listed(int socket, std::uint32_t index) noexcept {
    ifreq request{};
    request.ifr_ifindex = static_cast<int>(index);
    return ::ioctl(socket, SIOCGIFNAME, &request) == 0;
}

VETHPP_INLINE void delete_marked(Session& session, const DepartingLink& link, Failure& failure) {
    if (failure) return;
    static constexpr RequestType type{.type = RTM_DELLINK};
    static constexpr int groups[] = {RTNLGRP_LINK, RTNLGRP_IPV4_NETCONF};
    const auto write = [&](wire::Writer& w) {
        w.pod(link_header(0));
        message::ifla::group::put(w, link.group);
    };
    const bool waits = !link.is_bridge || link.index == 0;
    const auto is_gone = [&](const wire::RawMessage& event, bool) {
        if (tells_that_group_goes(event, link.group)) return true;
        return !waits && tells_that_ipv4_goes(event, link.index) &&
               !is_listed(session.transport().native_handle(), link.index);
    };
    const auto progress = session.request_in_background(
        type, write, std::span{groups}.first(waits ? 1 : 2), is_gone, failure);
    if (progress == Session::Progress::none) session.request(type, write, failure);
    if (progress != Session::Progress::in_background || !waits) return;
    // The same once more is answered when the lock is free, and what is left by then, such as an
    // entry in sysfs, is gone, too: there is nothing in that group.
    Failure nothing_left;
    session.request(type, write, nothing_left);
}

VETHPP_INLINE void delete_gathered(Session& session,
                                   std::span<const DepartingLink> links,
                                   std::uint32_t group,
                                   Failure& failure) {
    if (failure) return;
    static constexpr RequestType set{.type = RTM_SETLINK};
    const auto write = [&](wire::Writer& w, std::size_t i) {
        w.pod(link_header(links[i].index));
        message::ifla::group::put(w, group);
    };
    Failure left;
    session.batch(set, links.size(), write, {}, left);
    // Indexes and names go before the first notification, those of all links: one tells of all.
    DepartingLink any{.group = group};
    for (const DepartingLink& one : links)
        if (one.is_bridge) any = {.index = one.index, .group = group, .is_bridge = true};
    delete_marked(session, any, failure);
}

VETHPP_INLINE void delete_marked(Session& session,
                                 std::span<const DepartingLink> links,
                                 Failure& failure) {
    if (links.size() == 1) return delete_marked(session, links.front(), failure);
    std::vector<DepartingLink> found;
    for (const message::LinkSummary& link : summarize_links(session, failure))
        for (const DepartingLink& one : links)
            if (link.group == one.group) found.push_back({link.index, one.group, one.is_bridge});
    if (!failure && !found.empty()) delete_gathered(session, found, found.front().group, failure);
}

VETHPP_INLINE void delete_link(Session& session, std::uint32_t index, Failure& failure) {
    static constexpr RequestType type{.type = RTM_DELLINK};
    const auto write = [&](wire::Writer& w) { w.pod(link_header(index)); };
    const auto is_gone = [](const wire::RawMessage& event, bool is_own) {
        return is_own && event.header.nlmsg_type == RTM_DELLINK;
    };
    static constexpr int groups[] = {RTNLGRP_LINK};
    const auto progress = session.request_in_background(type, write, groups, is_gone, failure);
    if (progress == Session::Progress::none) session.request(type, write, failure);
    if (progress != Session::Progress::in_background) return;
    Failure gone;
    check_exists(session, {.index = index}, gone);  // is answered when the lock is free
}

}  // namespace vethpp::netlink
