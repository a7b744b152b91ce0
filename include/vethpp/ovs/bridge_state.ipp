// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/ovs/bridge_state.hpp>
#include <vethpp/ovs/check.hpp>
#include <vethpp/ovs/creation.hpp>
#include <vethpp/ovs/lookup.hpp>
#include <vethpp/ovs/owner.hpp>
#include <vethpp/ovs/ports.hpp>
#include <vethpp/ovs/removal.hpp>
#include <vethpp/ovs/userspace.hpp>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <exception>
#include <sys/eventfd.h>
#include <utility>

namespace vethpp::detail {

VETHPP_INLINE OvsBridgeState::OvsBridgeState(OvsBridgeOptions options)
    : options_{std::move(options)}, owner_{OvsOwner::self()}, watcher_{[this] {
          links_are_gone();
      }} {}

VETHPP_INLINE OvsBridgeState::~OvsBridgeState() {
    if (!birthplace_.is_here()) {
        // What another thread of the parent was changing at that moment stays half changed here.
        Turn turn{mutex_, std::try_to_lock};
        [[maybe_unused]] const Members* const left = turn ? nullptr : members_.release();
        // Not given on: a thread of the parent may have been in the middle of that, and it holds a
        // lock of the C library meanwhile.
        turn.release();
        return;
    }
    constexpr int attempts = 3;
    for (int i = 0; i < attempts; ++i) {
        try {
            close();
            return;
        } catch (const std::exception&) {
            continue;  // out of memory: the bridge stays, and is among the leftovers
        }
    }
}

// One deadline for all of it: what the watcher is about has begun before, and ends before. The
// deletion does not wait for that. It is sent in any case, for a server that answers later.
VETHPP_INLINE void OvsBridgeState::close() {
    closed_ = true;
    const Deadline until = deadline();
    Failure ignored;
    spare_ = {};
    if (!owned_) {
        const Turn turn = take_turn(until, ignored);
        return sweep(until, ignored);
    }
    ovsdb::Client client = connect(until, ignored);
    OvsRequest request;
    ovsdb::json::array where = where_uuid(uuid_);
    where.push_back(where_id(OvsOwner::key, owner_).front());
    request.require("Bridge", std::move(where), "");
    erase_rows(request, {}, {uuid_});
    request.commit(client, until, ignored);
    Failure busy;
    if (const Turn turn = take_turn(until, busy))
        while (!members_->empty()) forget(members_->begin()->first);
}

VETHPP_INLINE OvsBridgeState::Turn OvsBridgeState::take_turn(Deadline deadline,
                                                             Failure& failure) const {
    if (!birthplace_.is_here()) failure.fail(errc::used_after_fork);
    if (failure) return {};
    Turn turn{mutex_, deadline.time()};
    if (!turn) failure.fail_errno(ETIMEDOUT, "other operations on the bridge took the time");
    return turn;
}

VETHPP_INLINE ovsdb::Client OvsBridgeState::connect(Deadline deadline, Failure& failure) const {
    return {options_.database, {.timeout = options_.timeout}, deadline, failure};
}

VETHPP_INLINE void OvsBridgeState::create(Failure& failure) {
    check_bridge(options_, failure);
    const Deadline until = deadline();
    spare_ = UniqueFd{::eventfd(0, EFD_CLOEXEC)};
    if (!spare_) failure.fail(last_error());
    const OvsLabel label{.owner = owner_};
    OvsCreation creation{options_.database, label.id, until};
    ovsdb::Client client = connect(until, failure);
    OvsSwitch there = look_at_switch(client, options_.name, until, failure);
    choose_datapath_type(there, options_, failure);
    if (failure) return;
    OvsRequest request;
    std::size_t insertion = 0;
    const bool adopted = options_.existing == OvsExisting::adopt && !there.bridge.empty();
    if (adopted)
        adopt_bridge(request, there.bridge, options_);
    else
        insertion = insert_bridge(request, options_, label);
    if (!adopted) creation.begin();
    request.apply(client, until, failure);
    if (failure.code == errc::ovs_port_failed && !options_.datapath_type.empty())
        failure.context.hint += concat({"; its datapath_type is ", options_.datapath_type});
    if (request.committed())
        creation.give_more_time();
    else if (failure.code == errc::ovsdb_refused)
        creation.end();
    if (failure) return;
    uuid_ = adopted ? std::move(there.bridge) : request.inserted(insertion);
    creation.end();
    owned_ = !adopted;
}

// What is gone or should not be there makes way; also the port of a link that lost its name to this
// one, of which nobody may have noticed yet. Out of the switch, not only out of the database: one
// that goes and comes in the same breath stays what it was.
VETHPP_INLINE void OvsBridgeState::make_room(const std::string& port,
                                             const Link* link,
                                             Deadline deadline,
                                             Failure& failure) {
    const auto found = members_->find(port);
    if (link != nullptr && found != members_->end() &&
        watcher_.is_replaced(port, link->netns().state(), link->index()))
        found->second.settled = false;
    sweep(deadline, failure);
    settle(deadline, failure);
}

// Takes out what is gone, and what is there although it should not be, in one transaction.
VETHPP_INLINE void OvsBridgeState::sweep(Deadline deadline, Failure& failure) {
    if (failure) return;
    std::vector<std::string> names;
    for (const auto& [name, member] : *members_)
        if (!member.settled || watcher_.is_gone(name)) names.push_back(name);
    if (names.empty()) return;
    ovsdb::Client client = connect(deadline, failure);
    std::vector<std::string> rows;
    for (const std::string& name : names) {
        const Member& member = members_->at(name);
        if (!member.uuid.empty()) {
            rows.push_back(member.uuid);
            continue;
        }
        const ovsdb::json::array where = where_id(OvsLabel::id_key, member.id);
        for (std::string& id : find_rows(client, "Port", where, deadline, failure))
            rows.push_back(std::move(id));
    }
    OvsRequest request;
    erase_ports(request, uuid_, rows);
    if (!rows.empty()) request.commit(client, deadline, failure);
    if (failure) return;
    if (request.committed()) unapplied_ = request.number();
    for (const std::string& name : names) forget(name);
}

// Waits until what was taken out is out of the switch, too.
VETHPP_INLINE void OvsBridgeState::settle(Deadline deadline, Failure& failure) {
    if (failure || unapplied_ == 0) return;
    ovsdb::Client client = connect(deadline, failure);
    wait_until_applied(client, unapplied_, deadline, failure);
    if (failure) return;
    unapplied_ = 0;
    forget_flows(options_.database, deadline);
}

VETHPP_INLINE void OvsBridgeState::forget(const std::string& port) noexcept {
    const auto found = members_->find(port);
    if (found != members_->end() && !watcher_.is_gone(port)) found->second.promiscuity.give_back();
    watcher_.forget(port);
    if (found != members_->end()) members_->erase(found);
}

// What cannot be done now is done later: the watcher tells again, and each operation sweeps.
VETHPP_INLINE void OvsBridgeState::links_are_gone() {
    if (closed_) return;
    Failure failure;
    const Deadline until = deadline();
    const Turn turn = take_turn(until, failure);
    if (closed_) return;
    sweep(until, failure);
    settle(until, failure);
}

VETHPP_INLINE void OvsBridgeState::remove_port(const std::string& name, Failure& failure) {
    check_ovs_name(name, failure);
    if (name == options_.name)
        failure.fail(errc::invalid_option, "it is the bridge's own, which goes with the bridge");
    const Deadline until = deadline();
    const Turn turn = take_turn(until, failure);
    ovsdb::Client client = connect(until, failure);
    const OvsPlace place = look_at_place(client, uuid_, name, until, failure);
    std::string absent = concat({"it has no port ", name});
    if (!place.ours) failure.fail(errc::ovsdb_refused, absent);
    if (failure) return;
    OvsRequest request;
    ovsdb::json::array where = where_uuid(uuid_);
    where.push_back(ovsdb::clause("ports", "includes", ovsdb::uuid(place.port)));
    request.require("Bridge", std::move(where), std::move(absent));
    erase_ports(request, uuid_, {place.port});
    request.commit(client, until, failure);
    if (failure) return;
    forget(name);
    unapplied_ = request.number();
    settle(until, failure);
}

VETHPP_INLINE std::vector<OvsPort> OvsBridgeState::ports(Failure& failure) {
    const Deadline until = deadline();
    const Turn turn = take_turn(until, failure);
    sweep(until, failure);
    ovsdb::Client client = connect(until, failure);
    return list_ovs_ports(client, {uuid_, options_.name}, until, failure);
}

VETHPP_INLINE OvsPort OvsBridgeState::port(const std::string& name, Failure& failure) {
    const Deadline until = deadline();
    const Turn turn = take_turn(until, failure);
    sweep(until, failure);
    ovsdb::Client client = connect(until, failure);
    return find_ovs_port(client, {uuid_, options_.name}, name, until, failure);
}

VETHPP_INLINE void OvsBridgeState::remove(Failure& failure) {
    {
        const Deadline until = deadline();
        const Turn turn = take_turn(until, failure);
        ovsdb::Client client = connect(until, failure);
        // What the database does not answer is not sent, or it might be carried out later.
        (void)look_at_place(client, uuid_, options_.name, until, failure);
        if (failure) return;
        OvsRequest request;
        request.require("Bridge", where_uuid(uuid_), std::string{ovs_bridge_gone});
        erase_rows(request, {}, {uuid_});
        request.commit(client, until, failure);
        if (!request.committed()) return;
        // Its ports have gone with it, and with them the need to follow their links.
        owned_ = false;
        while (!members_->empty()) forget(members_->begin()->first);
        wait_until_applied(client, request.number(), until, failure);
    }
    // Not in one's turn, which the watcher may be waiting for.
    watcher_.stop();
}

}  // namespace vethpp::detail
