// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/mdb.hpp>
#include <vethpp/netlink/link_names.hpp>
#include <vethpp/netns/own_link.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/value/attempt.hpp>

#include <linux/rtnetlink.h>
#include <string>
#include <utility>

namespace vethpp {
namespace detail {

inline void check_mdb(const MdbEntry& entry, Failure& failure) {
    if (!entry.link) failure.fail(errc::invalid_option, "an entry is one of a port");
    if (entry.group.has_value() == entry.mac.has_value())
        failure.fail(errc::invalid_option, "an entry has a group, either of IP or of Ethernet");
    if (entry.vlan.value_or(1) < 1 || entry.vlan.value_or(1) > 4094)
        failure.fail(errc::invalid_option, "a VLAN is 1 to 4094");
    if (entry.mac) check_mac(*entry.mac, failure);
    if (entry.group) check_ip(*entry.group, failure);
    if (entry.source) check_ip(*entry.source, failure);
    for (const IpAddress& one : entry.sources) check_ip(one, failure);
    const bool multicast =
        entry.group ? entry.group->is_multicast() : entry.mac && entry.mac->is_multicast();
    if (!multicast) failure.fail(errc::invalid_option, "the group is no multicast address");
}

inline void explain_mdb(Failure& failure) {
    namespace kernel = boost::system::errc;
    if (failure.code == kernel::file_exists) failure.explain("the port is in that group");
    if (failure.code == kernel::no_such_file_or_directory)
        failure.explain("the port is not in that group");
    if (failure.code == kernel::operation_not_supported) failure.explain("the link is no bridge");
    if (failure.code == kernel::no_such_device) failure.explain("the bridge or the port is gone");
    if (failure.code == kernel::invalid_argument)
        failure.explain(
            "the link is no port of the bridge, is not in the group, or the bridge does not snoop");
}

}  // namespace detail

VETHPP_INLINE MulticastDatabase::MulticastDatabase(const LinkRef& bridge)
    : netns_{bridge.netns()}, bridge_{bridge} {}

VETHPP_INLINE void MulticastDatabase::add(const MdbEntry& entry, OnError on_error) const {
    constexpr int flags = NLM_F_CREATE | NLM_F_EXCL;
    change("add to the group", RTM_NEWMDB, flags, entry, on_error);
}
VETHPP_INLINE void MulticastDatabase::replace(const MdbEntry& entry, OnError on_error) const {
    constexpr int flags = NLM_F_CREATE | NLM_F_REPLACE;
    change("replace in the group", RTM_NEWMDB, flags, entry, on_error);
}
VETHPP_INLINE void MulticastDatabase::remove(const MdbEntry& entry, OnError on_error) const {
    change("remove from the group", RTM_DELMDB, 0, entry, on_error);
}

VETHPP_INLINE void MulticastDatabase::change(const char* operation,
                                             std::uint16_t type,
                                             int flags,
                                             const MdbEntry& entry,
                                             OnError on_error) const {
    MdbEntry named = entry;
    named.bridge = bridge_;
    const std::string text = named.to_string();
    const auto label = netns_.is_none() ? std::string_view{} : netns_.label();
    detail::attempt({operation, text, label}, on_error, [&](Failure& failure) {
        if (bridge_.index() == 0) failure.fail(errc::no_such_link, "the object refers to no link");
        const detail::NetnsPtr netns = netns_.resolve(failure);
        detail::check_mdb(entry, failure);
        detail::check_link(entry.link, netns, failure);
        if (failure) return;
        named.permanent = entry.permanent && type == RTM_NEWMDB;
        netns->session.request(
            {.type = type,
             .flags = static_cast<std::uint16_t>(flags),
             .names = &wire::message_names<message::MdbRequest>},
            [&](wire::Writer& w) {
                wire::write_message(w, message::mdb_request(bridge_.index(), named));
            },
            failure);
        detail::explain_mdb(failure);
    });
}

VETHPP_INLINE std::vector<MdbEntry> MulticastDatabase::list(OnError on_error) const {
    const auto label = netns_.is_none() ? std::string_view{} : netns_.label();
    const detail::Operation operation{"list the multicast database", bridge_.name(), label};
    return detail::attempt(operation, on_error, [&](Failure& failure) {
        std::vector<MdbEntry> found;
        if (bridge_.index() == 0) failure.fail(errc::no_such_link, "the object refers to no link");
        const detail::NetnsPtr netns = netns_.resolve(failure);
        if (failure) return found;
        bool good = true;
        const auto restart = [&] {
            found.clear();
            good = true;
        };
        const auto keep = [&](const wire::RawMessage& m) {
            good = message::read_mdb(m.payload,
                                     [&](MdbEntry&& entry) {
                                         if (entry.bridge == bridge_)
                                             found.push_back(std::move(entry));
                                     }) &&
                   good;
        };
        netns->session.dump(
            {.type = RTM_GETMDB},
            [](wire::Writer& w) {
                br_port_msg header{};
                header.family = AF_BRIDGE;
                w.pod(header);
            },
            restart,
            keep,
            failure);
        if (!good) failure.fail(errc::malformed_reply);
        if (failure) found.clear();
        netlink::LinkNames names{netns->session};
        for (MdbEntry& entry : found)
            for (auto* link : {&entry.link, &entry.bridge}) names.put(*link);
        return found;
    });
}

}  // namespace vethpp
