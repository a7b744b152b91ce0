// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/ovs/bridge_state.hpp>
#include <vethpp/ovs/check.hpp>
#include <vethpp/ovs/owner.hpp>
#include <vethpp/ovs/ports.hpp>
#include <vethpp/ovs/removal.hpp>
#include <vethpp/ovs/userspace.hpp>

#include <utility>

namespace vethpp::detail {

VETHPP_INLINE OvsBridgeState::OvsBridgeState(OvsBridgeOptions options)
    : options_{std::move(options)},
      owner_{OvsOwner::self()},
      watcher_{
          [this](const std::string& port, std::uint32_t index) { link_is_gone(port, index); }} {}

VETHPP_INLINE OvsBridgeState::~OvsBridgeState() {
    watcher_.stop();
    if (!owned_) return;
    try {
        Failure ignored;
        const Deadline until = deadline();
        ovsdb::Client client = connect(until, ignored);
        const OvsRequest request = removal(client, until, ignored);
        client.transact(request.transaction, until, ignored);
    } catch (...) {
        return;  // out of memory: the bridge stays, and is among the leftovers
    }
}

VETHPP_INLINE ovsdb::Client OvsBridgeState::connect(Deadline deadline, Failure& failure) const {
    return {options_.database, {.timeout = options_.timeout}, deadline, failure};
}

VETHPP_INLINE void OvsBridgeState::create(Failure& failure) {
    check_bridge(options_, failure);
    const Deadline until = deadline();
    ovsdb::Client client = connect(until, failure);
    const bool there = options_.existing == OvsExisting::adopt &&
                       !find_rows(client, "Bridge", options_.name, until, failure).empty();
    if (failure) return;
    OvsRequest request;
    if (there)
        adopt_bridge(request, options_);
    else
        insert_bridge(request, options_, owner_);
    request.apply(client, until, failure);
    if (failure && request.committed() && !there) undo_bridge(client, options_.name);
    owned_ = !failure && !there;
}

VETHPP_INLINE OvsPort OvsBridgeState::add_port(const OvsPortSpec& spec,
                                               const OvsPortOptions& wanted,
                                               Failure& failure) {
    check_port(spec, wanted, failure);
    const std::lock_guard lock{mutex_};
    return insert(spec, wanted, deadline(), failure);
}

VETHPP_INLINE OvsPort OvsBridgeState::insert(const OvsPortSpec& spec,
                                             const OvsPortOptions& wanted,
                                             Deadline deadline,
                                             Failure& failure) {
    if (failure) return {};
    ovsdb::Client client = connect(deadline, failure);
    OvsRequest request;
    request.require_bridge(options_.name);
    insert_port(request, options_.name, spec, wanted, owner_);
    // The two ends of a patch are set up when both are there, so the first has no number yet.
    if (spec.type == "patch") request.interfaces.clear();
    request.apply(client, deadline, failure);
    OvsPort port = find_ovs_port(client, options_.name, spec.name, deadline, failure);
    if (failure && request.committed()) undo_port(client, spec.name);
    if (!failure) forget_flows(options_.database, deadline);
    return port;
}

// Over a datapath of the kernel, which completes checksums itself and keeps the frames of a port
// from the rest of the kernel, there is nothing to prepare.
[[nodiscard]] inline bool is_userspace(ovsdb::Client& client,
                                       const std::string& bridge,
                                       Deadline deadline,
                                       Failure& failure) {
    if (failure) return false;
    ovsdb::Transaction look;
    look.select("Bridge", where_name(bridge), {"datapath_type"});
    const ovsdb::json::array results = client.transact(look, deadline, failure);
    if (failure) return false;
    std::string type;
    for (const ovsdb::json::object& row : ovsdb::rows(results[0]))
        type = ovsdb::text(ovsdb::column(row, "datapath_type"));
    return !type.empty() && type != "system";
}

VETHPP_INLINE OvsPort OvsBridgeState::add_link(const Link& link,
                                               const OvsPortOptions& wanted,
                                               Failure& failure) {
    if (!link) failure.fail(errc::no_such_link, "the object refers to no link");
    if (failure) return {};
    const message::LinkSummary now =
        netlink::look_up(link.netns().state()->session, {.index = link.index()}, failure);
    const OvsPortSpec spec{.name = now.name};
    check_port(spec, wanted, failure);
    const std::lock_guard lock{mutex_};
    const Deadline until = deadline();
    prepare(link, now, wanted, until, failure);
    erase_predecessor(now, until, failure);
    OvsPort port = insert(spec, wanted, until, failure);
    if (failure.code == errc::ovs_port_failed)
        failure.context.hint += concat(
            {"; the link is in ", link.netns().label(), ", where ovs-vswitchd has to be, too"});
    follow(link, now.name, failure);
    return failure ? OvsPort{} : port;
}

VETHPP_INLINE void OvsBridgeState::prepare(const Link& link,
                                           const message::LinkSummary& now,
                                           const OvsPortOptions& wanted,
                                           Deadline deadline,
                                           Failure& failure) const {
    ovsdb::Client client = connect(deadline, failure);
    if (!is_userspace(client, options_.name, deadline, failure)) return;
    leave_arp_to_the_switch(link);
    complete_checksums(link, now, wanted, failure);
}

// The port of a link of that name that is gone: its end may not have been noticed yet.
VETHPP_INLINE void OvsBridgeState::erase_predecessor(const message::LinkSummary& now,
                                                     Deadline deadline,
                                                     Failure& failure) {
    const std::uint32_t watched = watcher_.watched(now.name);
    if (failure || watched == 0 || watched == now.index) return;
    erase(now.name, deadline, failure);
    if (!failure) watcher_.forget(now.name);
}

// A port that nobody follows would outlive its link: then there is rather none.
VETHPP_INLINE void OvsBridgeState::follow(const Link& link,
                                          const std::string& port,
                                          Failure& failure) {
    if (failure) return;
    watcher_.watch(port, link.netns().state(), link.index(), failure);
    if (!failure) return;
    Failure ignored;
    erase(port, deadline(), ignored);
}

VETHPP_INLINE void OvsBridgeState::remove_port(const std::string& name, Failure& failure) {
    check_ovs_name(name, failure);
    const std::lock_guard lock{mutex_};
    if (!erase(name, deadline(), failure))
        failure.fail(errc::ovsdb_refused, concat({"it has no port ", name}));
    if (!failure) watcher_.forget(name);
}

// Whether there was one.
VETHPP_INLINE bool OvsBridgeState::erase(const std::string& port,
                                         Deadline deadline,
                                         Failure& failure) const {
    ovsdb::Client client = connect(deadline, failure);
    const std::vector<std::string> rows = find_rows(client, "Port", port, deadline, failure);
    if (failure || rows.empty()) return false;
    OvsRequest request;
    request.require_bridge(options_.name);
    erase_rows(request, rows, {});
    request.apply(client, deadline, failure);
    if (!failure) forget_flows(options_.database, deadline);
    return true;
}

VETHPP_INLINE void OvsBridgeState::link_is_gone(const std::string& port,
                                                std::uint32_t index) noexcept {
    try {
        const std::lock_guard lock{mutex_};
        // Somebody may have added a new link of that name, or removed the port, in the meantime.
        if (watcher_.watched(port) != index) return;
        Failure failure;
        erase(port, deadline(), failure);
        if (!failure) watcher_.forget(port);
    } catch (...) {
        return;  // out of memory: the port stays, and is among the leftovers
    }
}

VETHPP_INLINE std::vector<OvsPort> OvsBridgeState::ports(Failure& failure) const {
    const std::lock_guard lock{mutex_};
    const Deadline until = deadline();
    ovsdb::Client client = connect(until, failure);
    return list_ovs_ports(client, options_.name, until, failure);
}

VETHPP_INLINE OvsPort OvsBridgeState::port(const std::string& name, Failure& failure) const {
    const std::lock_guard lock{mutex_};
    const Deadline until = deadline();
    ovsdb::Client client = connect(until, failure);
    return find_ovs_port(client, options_.name, name, until, failure);
}

VETHPP_INLINE OvsRequest OvsBridgeState::removal(ovsdb::Client& client,
                                                 Deadline deadline,
                                                 Failure& failure) const {
    OvsRequest request;
    const auto rows = find_rows(client, "Bridge", options_.name, deadline, failure);
    if (rows.empty()) failure.fail(errc::ovsdb_refused, "there is none");
    erase_rows(request, {}, rows);
    return request;
}

VETHPP_INLINE void OvsBridgeState::remove(Failure& failure) {
    {
        const std::lock_guard lock{mutex_};
        const Deadline until = deadline();
        ovsdb::Client client = connect(until, failure);
        OvsRequest request = removal(client, until, failure);
        request.apply(client, until, failure);
        if (failure) return;
        owned_ = false;
    }
    // Not under the lock, which the watcher may be waiting for.
    watcher_.stop();
}

}  // namespace vethpp::detail
