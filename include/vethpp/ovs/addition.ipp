// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/ovs/addition.hpp>
#include <vethpp/ovs/check.hpp>
#include <vethpp/ovs/lookup.hpp>
#include <vethpp/ovs/ports.hpp>
#include <vethpp/ovs/preparation.hpp>
#include <vethpp/ovs/userspace.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <utility>

namespace vethpp::detail {

VETHPP_INLINE OvsPort OvsBridgeState::add_port(const OvsPortSpec& spec,
                                               const OvsPortOptions& wanted,
                                               Failure& failure) {
    check_port(spec, wanted, failure);
    const Deadline until = deadline();
    const Turn turn = take_turn(until, failure);
    return add({spec, wanted}, until, failure);
}

VETHPP_INLINE OvsPort OvsBridgeState::add_link(const Link& link,
                                               const OvsPortOptions& wanted,
                                               Failure& failure) {
    if (!link) failure.fail(errc::no_such_link, "the object refers to no link");
    const Deadline until = deadline();
    const Turn turn = take_turn(until, failure);
    if (failure) return {};
    const message::LinkSummary now =
        netlink::look_up(link.netns().state()->session, {.index = link.index()}, failure);
    const OvsPortSpec spec{.name = now.name};
    check_port(spec, wanted, failure);
    OvsPort port = add({spec, wanted, &link, &now}, until, failure);
    // What Open vSwitch says if it finds no such link.
    if (failure.code == errc::ovs_port_failed &&
        failure.context.hint.find("No such device") != std::string::npos)
        failure.context.hint += concat(
            {"; the link is in ", link.netns().label(), ", where ovs-vswitchd has to be, too"});
    return port;
}

VETHPP_INLINE OvsBridgeState::Addition::~Addition() {
    if (arrived_) return;
    const auto found = state_.members_->find(port_);
    if (found != state_.members_->end()) {
        if (!found->second.uuid.empty()) deadline_ = std::chrono::seconds{1};
        take_back();
    }
    if (!state_.members_->contains(port_)) state_.watcher_.forget(port_);
}

VETHPP_INLINE void OvsBridgeState::Addition::take_back() noexcept {
    try {
        Failure ignored;
        state_.sweep(deadline_, ignored);
    } catch (const std::exception&) {
        return;  // out of memory: it stays among those that are to be swept
    }
}

VETHPP_INLINE void OvsBridgeState::Addition::arrive(bool stays_watched) noexcept {
    arrived_ = true;
    const auto found = state_.members_->find(port_);
    if (stays_watched)
        found->second.settled = true;
    else
        state_.members_->erase(found);
}

// A link that went is the reason for whatever else is wrong with its port.
inline void look_again(const Link& link, Failure& failure) {
    if (failure && failure.code != errc::ovs_port_failed) return;
    Failure now;
    netlink::check_exists(link.netns().state()->session, {.index = link.index()}, now);
    if (now.code != boost::system::errc::no_such_device) return;
    failure = {};
    failure.fail(now.code, "the link went while it was made a port");
}

// First it is found out what speaks against it; then the link is watched and prepared; then it is
// made a port; and then it is looked at once more, since it may have gone in the meantime.
VETHPP_INLINE OvsPort OvsBridgeState::add(const Candidate& candidate,
                                          Deadline deadline,
                                          Failure& failure) {
    if (failure) return {};
    const auto& [spec, wanted, link, now] = candidate;
    make_room(spec.name, link, deadline, failure);
    Addition addition{*this, spec.name, deadline};
    OvsPreparation preparation;
    ovsdb::Client client = connect(deadline, failure);
    const OvsPlace place = look_at_place(client, uuid_, spec.name, deadline, failure);
    std::string taken = concat({"a bridge of that Open vSwitch has a port ", spec.name});
    if (!place.port.empty()) failure.fail(errc::ovsdb_refused, taken);
    if (failure) return {};
    forget(spec.name);
    if (link != nullptr) {
        watcher_.watch(spec.name, link->netns().state(), link->index(), failure);
        if (place.is_userspace()) preparation.prepare(*link, *now, wanted, failure);
    }
    if (failure) return {};
    OvsRequest request;
    const OvsLabel label{.owner = owner_};
    request.require("Bridge", where_uuid(uuid_), std::string{ovs_bridge_gone});
    request.require_none("Port", where_name(spec.name), std::move(taken));
    const std::size_t insertion = insert_port(request, where_uuid(uuid_), spec, wanted, label);
    Member& member = addition.begin(label.id);
    request.apply(client, deadline, failure);
    member.uuid = request.inserted(insertion);
    if (failure.code == errc::ovsdb_refused && !request.committed()) addition.was_refused();
    OvsPort port = find_ovs_port(client, {uuid_, options_.name}, spec.name, deadline, failure);
    if (link != nullptr) look_again(*link, failure);
    if (failure) return {};
    forget_flows(options_.database, deadline);
    member.promiscuity = preparation.keep();
    addition.arrive(link != nullptr);
    return port;
}

}  // namespace vethpp::detail
