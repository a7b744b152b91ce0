// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/fdb.hpp>
#include <vethpp/netlink/link_names.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netlink/list.hpp>
#include <vethpp/netns/own_link.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/value/attempt.hpp>

#include <algorithm>
#include <cerrno>
#include <linux/rtnetlink.h>
#include <string>
#include <utility>

namespace vethpp {
namespace detail {

[[nodiscard]] inline netlink::RequestType fdb_request(int type, int flags = 0) noexcept {
    return {.type = static_cast<std::uint16_t>(type),
            .flags = static_cast<std::uint16_t>(flags),
            .names = &wire::message_names<FdbEntry>};
}

// An address that a link listens to, which is in no database. Entries have ages.
[[nodiscard]] inline bool is_listened_to(const FdbEntry& entry) noexcept {
    return entry.self && !entry.ages;
}

[[nodiscard]] inline bool is_meant(const FdbEntry& entry, const FdbFilter& filter, bool permanent) {
    if (filter.link && entry.link != filter.link) return false;
    if (filter.mac && entry.mac != filter.mac) return false;
    if (filter.vlan && entry.vlan != filter.vlan) return false;
    if (filter.all) return true;
    if (is_listened_to(entry)) return false;
    const FdbState state = entry.state.value_or(FdbState::dynamic);
    if (filter.states.empty()) return permanent || state != FdbState::permanent;
    return std::find(filter.states.begin(), filter.states.end(), state) != filter.states.end();
}

[[nodiscard]] inline std::vector<FdbEntry> list_fdb(const NetnsPtr& netns,
                                                    const std::optional<LinkIndex>& of,
                                                    const FdbFilter& filter,
                                                    bool permanent,
                                                    Failure& failure) {
    check_link(of, netns, failure);
    check_link(filter.link, netns, failure);
    if (filter.mac) check_mac(*filter.mac, failure);
    if (failure) return {};
    bool is_bridge = false;
    if (of)
        is_bridge =
            netlink::look_up(netns->session, {.index = of->index()}, failure).info.kind == "bridge";
    const auto ask = [&](wire::Writer& w) {
        ndmsg header{};
        header.ndm_family = AF_BRIDGE;
        w.pod(header);
        if (of && is_bridge)
            message::Index::write(w, NDA_MASTER, *of);
        else if (of || filter.link)
            message::Index::write(w, NDA_IFINDEX, of ? *of : *filter.link);
    };
    auto found = netlink::list<FdbEntry>(
        netns->session, {fdb_request(RTM_GETNEIGH), ask, RTM_NEWNEIGH}, failure);
    std::erase_if(found, [&](const FdbEntry& entry) {
        // The kernel lists all bridges whichever is asked for.
        if (is_bridge && entry.master != of && !(filter.all && entry.link == of)) return true;
        if (of && !is_bridge && entry.link != of) return true;
        return !is_meant(entry, filter, permanent);
    });
    return found;
}

// Whose database an entry is in that does not say so.
inline void find_owner(netlink::Session& session,
                       const std::optional<LinkIndex>& of,
                       FdbEntry& entry,
                       Failure& failure) {
    if (failure || entry.self || entry.of_master) return;
    if (of && entry.link != of) {
        entry.of_master = true;
        return;
    }
    const auto link = netlink::look_up(session, {.index = entry.link->index()}, failure);
    entry.of_master = link.master != 0 && link.info.kind != "vxlan";
    entry.self = !entry.of_master;
}

inline void explain_fdb(const FdbEntry& entry, std::uint16_t type, Failure& failure) {
    namespace kernel = boost::system::errc;
    if (failure.code == kernel::file_exists) failure.explain("there is an entry for that address");
    if (failure.code == kernel::no_such_file_or_directory)
        failure.explain("there is no entry for that address");
    if (failure.code == kernel::no_such_device) failure.explain("the link is gone");
    if (failure.code == kernel::operation_not_supported)
        failure.explain(entry.of_master
                            ? "the link is not the port of a bridge"
                            : "the link is no bridge, no VXLAN, and no port of a bridge");
    if (failure.code != kernel::invalid_argument || type == RTM_DELNEIGH) return;
    if (entry.vlan)
        failure.explain("the port is not in that VLAN, or its bridge does not filter VLANs");
    else if (entry.mac && entry.mac->is_zero())
        failure.explain("a bridge has no entry for zeroes, as a VXLAN has");
}

}  // namespace detail

VETHPP_INLINE ForwardingDatabase::ForwardingDatabase(NetnsRef netns) noexcept
    : netns_{std::move(netns)} {}
VETHPP_INLINE ForwardingDatabase::ForwardingDatabase(const LinkRef& link)
    : netns_{link.netns()}, link_{link} {}

VETHPP_INLINE void ForwardingDatabase::add(const FdbEntry& entry, OnError on_error) const {
    constexpr int flags = NLM_F_CREATE | NLM_F_EXCL;
    change("add the entry", RTM_NEWNEIGH, flags, entry, on_error);
}
VETHPP_INLINE void ForwardingDatabase::append(const FdbEntry& entry, OnError on_error) const {
    constexpr int flags = NLM_F_CREATE | NLM_F_APPEND;
    change("append the entry", RTM_NEWNEIGH, flags, entry, on_error);
}
VETHPP_INLINE void ForwardingDatabase::replace(const FdbEntry& entry, OnError on_error) const {
    constexpr int flags = NLM_F_CREATE | NLM_F_REPLACE;
    change("replace the entry", RTM_NEWNEIGH, flags, entry, on_error);
}
VETHPP_INLINE void ForwardingDatabase::remove(const FdbEntry& entry, OnError on_error) const {
    change("remove the entry", RTM_DELNEIGH, 0, entry, on_error);
}

VETHPP_INLINE void ForwardingDatabase::change(
    const char* operation, std::uint16_t type, int flags, FdbEntry entry, OnError on_error) const {
    if (!entry.link) entry.link = link_;
    const std::string text = entry.to_string();
    detail::attempt({operation, text, netns_.label()}, on_error, [&](Failure& failure) {
        const detail::NetnsPtr netns = netns_.resolve(failure);
        if (!entry.mac) failure.fail(errc::invalid_option, "an entry has a MAC address");
        if (!entry.link) failure.fail(errc::invalid_option, "an entry is one of a link");
        detail::check_link(entry.link, netns, failure);
        detail::check_link(entry.via, netns, failure);
        if (entry.mac) detail::check_mac(*entry.mac, failure);
        if (entry.destination) detail::check_ip(*entry.destination, failure);
        if (entry.vlan.value_or(1) < 1 || entry.vlan.value_or(1) > 4094)
            failure.fail(errc::invalid_option, "a VLAN is 1 to 4094");
        if (failure) return;
        detail::find_owner(netns->session, link_, entry, failure);
        // What bridge(8) says where nothing is said.
        if (!entry.state || type == RTM_DELNEIGH) entry.state = FdbState::permanent;
        netns->session.request(
            detail::fdb_request(type, flags),
            [&](wire::Writer& w) { wire::write_message(w, entry.as_sent()); },
            failure);
        detail::explain_fdb(entry, type, failure);
    });
}

VETHPP_INLINE FdbEntry ForwardingDatabase::find(const MacAddress& mac, OnError on_error) const {
    const std::string text = mac.to_string();
    const detail::Operation operation{"find the entry", text, netns_.label()};
    return detail::attempt(operation, on_error, [&](Failure& failure) {
        const detail::NetnsPtr netns = netns_.resolve(failure);
        if (failure) return FdbEntry{};
        auto found = detail::list_fdb(netns, link_, {.mac = mac}, true, failure);
        if (found.empty()) failure.fail_errno(ENOENT, "there is no entry for that address");
        if (failure) return FdbEntry{};
        netlink::LinkNames names{netns->session};
        for (auto* link : {&found.front().link, &found.front().via, &found.front().master})
            names.put(*link);
        return std::move(found.front());
    });
}

VETHPP_INLINE std::vector<FdbEntry> ForwardingDatabase::list(const FdbFilter& filter,
                                                             OnError on_error) const {
    const detail::Operation operation{"list the forwarding database", {}, netns_.label()};
    return detail::attempt(operation, on_error, [&](Failure& failure) {
        const detail::NetnsPtr netns = netns_.resolve(failure);
        if (failure) return std::vector<FdbEntry>{};
        auto found = detail::list_fdb(netns, link_, filter, true, failure);
        netlink::LinkNames names{netns->session};
        for (FdbEntry& entry : found)
            for (auto* link : {&entry.link, &entry.via, &entry.master}) names.put(*link);
        return found;
    });
}

VETHPP_INLINE std::size_t ForwardingDatabase::flush(const FdbFilter& filter,
                                                    OnError on_error) const {
    const detail::Operation operation{"flush the forwarding database", {}, netns_.label()};
    return detail::attempt(operation, on_error, [&](Failure& failure) {
        const detail::NetnsPtr netns = netns_.resolve(failure);
        if (failure) return std::size_t{0};
        auto found = detail::list_fdb(netns, link_, filter, false, failure);
        std::erase_if(found, [](const FdbEntry& entry) { return detail::is_listened_to(entry); });
        std::size_t left = 0;
        Failure any;
        const auto refused = [&](std::size_t, const Failure& one) {
            ++left;
            // It has aged, or gone with its link.
            if (one.code == boost::system::errc::no_such_file_or_directory ||
                one.code == boost::system::errc::no_such_device)
                return;
            failure.take(Failure{one});
        };
        netns->session.batch(
            detail::fdb_request(RTM_DELNEIGH),
            found.size(),
            [&](wire::Writer& w, std::size_t i) { wire::write_message(w, found[i].as_sent()); },
            refused,
            any);
        return found.size() - left;
    });
}

}  // namespace vethpp
