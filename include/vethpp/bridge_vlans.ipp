// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/bridge_vlans.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netlink/list.hpp>
#include <vethpp/netns/attempt_in.hpp>

#include <algorithm>
#include <linux/rtnetlink.h>

namespace vethpp {
namespace detail {

inline void check_vlan(std::uint32_t id, const std::optional<std::uint32_t>& end, Failure& f) {
    constexpr std::uint32_t most = 4094;
    if (id < 1 || id > most || end.value_or(id) > most)
        f.fail(errc::invalid_option, "the id of a VLAN is 1 to 4094");
    if (end && *end < id) f.fail(errc::invalid_option, "a range of VLANs ends before it begins");
}

[[nodiscard]] inline bool is_bridge(const LinkInfo& link) { return link.kind == "bridge"; }

// attempt() on a link of a bridge: body(session, what it is, failure).
template <class Body>
void attempt_vlan(const LinkRef& link, const char* operation, OnError on_error, Body&& body) {
    const auto look = [&](netlink::Session& session, Failure& failure) {
        if (link.index() == 0) failure.fail(errc::no_such_link);
        const auto found = netlink::look_up(session, {.index = link.index()}, failure);
        if (!is_bridge(found.info) && found.info.port_kind != "bridge")
            failure.fail(errc::invalid_option, "it is neither a bridge nor a port of one");
        body(session, found.info, failure);
        if (failure.code == boost::system::errc::operation_not_supported)
            failure.explain("this kernel's bridges have no VLANs, or not that of them");
    };
    attempt_in(link.netns(), operation, link.name(), on_error, look);
}

inline void change_vlan(netlink::Session& session,
                        std::uint16_t type,
                        std::uint32_t link,
                        const BridgeVlan& vlan,
                        bool of_bridge,
                        Failure& failure) {
    const auto write = [&](wire::Writer& w) {
        ifinfomsg header = netlink::link_header(link);
        header.ifi_family = AF_BRIDGE;
        w.pod(header);
        message::write_vlan_change(w, vlan, of_bridge);
    };
    session.request({.type = type, .names = &message::link_request_names}, write, failure);
}

inline void send_vlans(netlink::Session& session,
                       const message::VlanMessage& vlans,
                       Failure& failure) {
    session.request(
        {.type = RTM_NEWVLAN, .names = &wire::message_names<message::VlanMessage>},
        [&](wire::Writer& w) { wire::write_message(w, vlans); },
        failure);
}

inline void configure_vlan(netlink::Session& session,
                           std::uint32_t link,
                           const BridgeVlan& vlan,
                           Failure& failure) {
    send_vlans(session, {.link = link, .entries = {message::VlanEntry::of(vlan)}}, failure);
}

[[nodiscard]] inline std::vector<message::VlanMessage> list_vlans(netlink::Session& session,
                                                                  std::uint32_t link,
                                                                  std::uint32_t flags,
                                                                  Failure& failure) {
    const auto write = [&](wire::Writer& w) {
        wire::write_message(w, message::VlanMessage{.link = link});
        if (flags != 0) message::U32::write(w, BRIDGE_VLANDB_DUMP_FLAGS, flags);
    };
    return netlink::list<message::VlanMessage>(
        session, {{.type = RTM_GETVLAN}, write, RTM_NEWVLAN}, failure);
}

[[nodiscard]] inline std::vector<BridgeVlan> find_vlans(netlink::Session& session,
                                                        std::uint32_t link,
                                                        std::uint32_t flags,
                                                        Failure& failure) {
    std::vector<BridgeVlan> out;
    for (const auto& message : list_vlans(session, link, flags, failure))
        for (const message::VlanEntry& entry : message.entries) out.push_back(entry.vlan());
    return out;
}

[[nodiscard]] inline std::vector<BridgeVlan> vlans_of(const LinkRef& link,
                                                      std::uint32_t flags,
                                                      OnError on_error) {
    std::vector<BridgeVlan> out;
    const auto find = [&](netlink::Session& session, const LinkInfo&, Failure& failure) {
        out = find_vlans(session, link.index(), flags, failure);
    };
    attempt_vlan(link, "list the VLANs", on_error, find);
    return out;
}

// The kernel keeps the VLANs whose tunnel or options it refuses.
inline void take_back_vlans(netlink::Session& session,
                            std::uint32_t link,
                            const BridgeVlan& added,
                            const std::vector<BridgeVlan>& before,
                            bool of_bridge) {
    for (std::uint32_t id = added.id; id <= added.end.value_or(added.id); ++id) {
        const auto has = [&](const BridgeVlan& one) {
            return one.id <= id && id <= one.end.value_or(one.id);
        };
        Failure ignored;
        if (std::none_of(before.begin(), before.end(), has))
            change_vlan(session, RTM_DELLINK, link, {.id = id}, of_bridge, ignored);
    }
}

inline void add_vlan(netlink::Session& session,
                     std::uint32_t link,
                     const BridgeVlan& vlan,
                     const LinkInfo& info,
                     Failure& failure) {
    check_vlan(vlan.id, vlan.end, failure);
    if (vlan.pvid && vlan.end.value_or(vlan.id) != vlan.id)
        failure.fail(errc::invalid_option, "one VLAN is the PVID, and no range");
    BridgePortSettings port;
    if (vlan.tunnel_id && (!read_data(info.port_data, port) || !port.vlan_tunnel.value_or(false)))
        failure.fail(errc::invalid_option,
                     "a tunnel needs a port with BridgePortSettings::vlan_tunnel");
    const bool of_bridge = is_bridge(info);
    std::vector<BridgeVlan> before;
    Failure unknown;
    const bool in_parts = vlan.tunnel_id || vlan.has_options();
    if (in_parts && !failure) before = find_vlans(session, link, 0, unknown);
    if (failure) return;
    change_vlan(session, RTM_SETLINK, link, vlan, of_bridge, failure);
    if (vlan.has_options()) configure_vlan(session, link, vlan, failure);
    if (failure && in_parts && !unknown) take_back_vlans(session, link, vlan, before, of_bridge);
}

}  // namespace detail

VETHPP_INLINE void BridgeVlans::add(const BridgeVlan& vlan, OnError on_error) const {
    const auto add = [&](netlink::Session& session, const LinkInfo& info, Failure& failure) {
        detail::add_vlan(session, link_.index(), vlan, info, failure);
    };
    detail::attempt_vlan(link_, "add the VLAN", on_error, add);
}

VETHPP_INLINE void BridgeVlans::remove(const BridgeVlan& vlan, OnError on_error) const {
    const auto remove = [&](netlink::Session& session, const LinkInfo& info, Failure& failure) {
        detail::check_vlan(vlan.id, vlan.end, failure);
        detail::change_vlan(
            session, RTM_DELLINK, link_.index(), vlan, detail::is_bridge(info), failure);
    };
    detail::attempt_vlan(link_, "remove the VLAN", on_error, remove);
}

VETHPP_INLINE void BridgeVlans::configure(const BridgeVlan& vlan, OnError on_error) const {
    const auto configure = [&](netlink::Session& session, const LinkInfo&, Failure& failure) {
        detail::check_vlan(vlan.id, vlan.end, failure);
        detail::configure_vlan(session, link_.index(), vlan, failure);
    };
    detail::attempt_vlan(link_, "configure the VLAN", on_error, configure);
}

VETHPP_INLINE std::vector<BridgeVlan> BridgeVlans::list(OnError on_error) const {
    return detail::vlans_of(link_, 0, on_error);
}

VETHPP_INLINE std::vector<BridgeVlan> BridgeVlans::statistics(OnError on_error) const {
    return detail::vlans_of(link_, BRIDGE_VLANDB_DUMPF_STATS, on_error);
}

VETHPP_INLINE void BridgeVlans::configure_bridge(const BridgeVlanOptions& options,
                                                 OnError on_error) const {
    const auto configure = [&](netlink::Session& session, const LinkInfo& info, Failure& failure) {
        detail::check_vlan(options.id, options.end, failure);
        if (!detail::is_bridge(info))
            failure.fail(errc::invalid_option, "these are options of a bridge, not of a port");
        detail::send_vlans(session, {.link = link_.index(), .options = {options}}, failure);
    };
    detail::attempt_vlan(link_, "configure the VLAN", on_error, configure);
}

VETHPP_INLINE std::vector<BridgeVlanOptions> BridgeVlans::bridge_options(OnError on_error) const {
    std::vector<BridgeVlanOptions> out;
    const auto find = [&](netlink::Session& session, const LinkInfo&, Failure& failure) {
        for (const auto& message :
             detail::list_vlans(session, link_.index(), BRIDGE_VLANDB_DUMPF_GLOBAL, failure))
            out.insert(out.end(), message.options.begin(), message.options.end());
    };
    detail::attempt_vlan(link_, "list the VLANs", on_error, find);
    return out;
}

}  // namespace vethpp
