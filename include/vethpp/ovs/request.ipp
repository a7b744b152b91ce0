// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ovs/request.hpp>

#include <optional>
#include <utility>

namespace vethpp::detail {

VETHPP_INLINE ovsdb::json::array where_name(std::string_view name) {
    return {ovsdb::clause("name", "==", ovsdb::json::string{name})};
}

VETHPP_INLINE ovsdb::json::array where_uuid(std::string_view uuid) {
    return {ovsdb::clause("_uuid", "==", ovsdb::uuid(uuid))};
}

VETHPP_INLINE ovsdb::json::array where_id(std::string_view key, std::string_view value) {
    return {ovsdb::clause(
        "external_ids", "includes", ovsdb::map({{std::string{key}, std::string{value}}}))};
}

VETHPP_INLINE void OvsRequest::require(const char* table,
                                       ovsdb::json::array where,
                                       std::string meaning) {
    add_condition(table, std::move(where), "!=", std::move(meaning));
}

VETHPP_INLINE void OvsRequest::require_none(const char* table,
                                            ovsdb::json::array where,
                                            std::string meaning) {
    add_condition(table, std::move(where), "==", std::move(meaning));
}

// The rows that match are compared with none at all.
VETHPP_INLINE void OvsRequest::add_condition(const char* table,
                                             ovsdb::json::array where,
                                             const char* until,
                                             std::string meaning) {
    const std::size_t operation = transaction.wait(table, std::move(where), {"name"}, until, {});
    conditions_.push_back({operation, std::move(meaning)});
}

// A condition that does not hold is a wait that timed out at once (RFC 7047, 5.2.6).
VETHPP_INLINE void OvsRequest::explain(const ovsdb::OperationError& refused,
                                       Failure& failure) const {
    if (refused.error != "timed out") return;
    for (const Condition& condition : conditions_)
        if (condition.operation == refused.index) failure.context.hint = condition.meaning;
}

// Each request counts next_cfg up, and ovs-vswitchd writes the one that it has finished into
// cur_cfg. That is how ovs-vsctl waits, too.
VETHPP_INLINE void OvsRequest::commit(ovsdb::Client& client, Deadline deadline, Failure& failure) {
    if (failure) return;
    transaction.mutate("Open_vSwitch", {}, {ovsdb::clause("next_cfg", "+=", 1)});
    const std::size_t select = transaction.select("Open_vSwitch", {}, {"next_cfg"});
    ovsdb::OperationError refused;
    ovsdb::json::array results = client.transact(transaction, deadline, failure, &refused);
    explain(refused, failure);
    if (failure.code == boost::system::errc::timed_out)
        failure.explain("the database does not answer; it may carry it out later");
    if (failure) return;
    committed_ = true;
    results_ = std::move(results);
    const std::vector<ovsdb::json::object> rows = ovsdb::rows(results_[select]);
    if (!rows.empty()) number_ = ovsdb::number(ovsdb::column(rows.front(), "next_cfg")).value_or(0);
}

VETHPP_INLINE std::string OvsRequest::inserted(std::size_t operation) const {
    if (operation >= results_.size()) return {};
    const ovsdb::json::object* result = results_[operation].if_object();
    if (result == nullptr) return {};
    std::vector<std::string> ids = ovsdb::uuids(ovsdb::column(*result, "uuid"));
    return ids.empty() ? std::string{} : std::move(ids.front());
}

// Whether an update of a monitor says so: {"Open_vSwitch": {UUID: {"initial" or "modify":
// {"cur_cfg": n}}}}.
[[nodiscard]] inline bool has_applied(const ovsdb::json::object& tables, std::int64_t number) {
    const ovsdb::json::value table = ovsdb::column(tables, "Open_vSwitch");
    if (!table.is_object()) return false;
    for (const auto& row : table.get_object()) {
        const ovsdb::json::object* changes = row.value().if_object();
        if (changes == nullptr) continue;
        for (const auto& change : *changes) {
            const ovsdb::json::object* columns = change.value().if_object();
            if (columns == nullptr) continue;
            const auto current = ovsdb::number(ovsdb::column(*columns, "cur_cfg"));
            if (current && *current >= number) return true;
        }
    }
    return false;
}

// A monitor, which reports the row of now first, so that nothing can be missed in between.
VETHPP_INLINE void wait_until_applied(ovsdb::Client& client,
                                      std::int64_t number,
                                      Deadline deadline,
                                      Failure& failure) {
    if (failure) return;
    const ovsdb::json::object columns{{"columns", ovsdb::json::array{"cur_cfg"}}};
    // A connection may wait several times, and its monitors differ.
    ovsdb::json::object rows = client.monitor_cond(ovsdb::json::array{"cur_cfg", number},
                                                   {{"Open_vSwitch", ovsdb::json::array{columns}}},
                                                   "Open_vSwitch",
                                                   deadline,
                                                   failure);
    while (!failure && !has_applied(rows, number)) {
        std::optional<ovsdb::Notification> update = client.next_notification(deadline, failure);
        if (update && update->parameters.size() > 1 && update->parameters[1].is_object())
            rows = std::move(update->parameters[1].get_object());
    }
    if (failure.code == boost::system::errc::timed_out)
        failure.context.hint = "ovs-vswitchd has not carried it out; does it run?";
}

// One that is not as it was asked to be.
struct OvsFault {
    std::string reason{};
    bool may_be_early = false;  // what ovs-vswitchd reports a moment after "it is carried out"
};

[[nodiscard]] inline OvsFault differs(std::string_view what,
                                      std::string_view wanted,
                                      std::string_view is,
                                      bool may_be_early) {
    return {concat({"its ", what, " is ", is.empty() ? "unknown" : is, ", and not ", wanted}),
            may_be_early};
}

[[nodiscard]] inline OvsFault compare(std::string_view what,
                                      const std::optional<std::int64_t>& wanted,
                                      const ovsdb::json::value& column,
                                      bool may_be_early) {
    const std::optional<std::int64_t> number = ovsdb::number(column);
    if (!wanted || number == wanted) return {};
    return differs(what,
                   std::to_string(*wanted),
                   number ? std::to_string(*number) : std::string{},
                   may_be_early);
}

// The other end of a patch may come later. Once there is something of its name, it must be one.
[[nodiscard]] inline OvsFault compare_peer(const OvsExpected& patch,
                                           const ovsdb::json::value& result) {
    for (const ovsdb::json::object& row : ovsdb::rows(result)) {
        const ovsdb::TextMap options = ovsdb::text_map(ovsdb::column(row, "options"));
        const auto peer = options.find("peer");
        if (ovsdb::text(ovsdb::column(row, "type")) != "patch" || peer == options.end() ||
            peer->second != patch.name)
            return {concat({"its peer ", patch.peer, " is not a patch port to ", patch.name})};
    }
    return {};
}

// An interface that has been set up says so by its number; -1 and nothing are failures.
[[nodiscard]] inline OvsFault fault_of(const OvsExpected& expected,
                                       const ovsdb::json::object& row) {
    const auto column = [&](const char* name) { return ovsdb::column(row, name); };
    const std::optional<std::int64_t> number = ovsdb::number(column("ofport"));
    std::string error = ovsdb::text(column("error"));
    const bool has_number = number && *number >= 0;
    // Of a patch whose other end is not there yet, the error says just that.
    if (!error.empty() && (expected.peer.empty() || !has_number)) return {std::move(error)};
    if (!has_number)
        return {
            "it got no OpenFlow port number: the bridge itself failed, as the log of "
            "ovs-vswitchd says"};
    OvsFault fault = compare("OpenFlow port number", expected.ofport, column("ofport"), false);
    if (fault.reason.empty()) fault = compare("MTU", expected.mtu, column("mtu"), true);
    const std::string mac = ovsdb::text(column("mac_in_use"));
    if (fault.reason.empty() && !expected.mac.empty() && mac != expected.mac)
        fault = differs("MAC address", expected.mac, mac, true);
    return fault;
}

// Looks once: the first interface that is not as expected, and why.
[[nodiscard]] inline OvsFault find_fault(ovsdb::Client& client,
                                         const OvsRequest& request,
                                         Deadline deadline,
                                         Failure& failure) {
    ovsdb::Transaction look;
    for (const OvsExpected& one : request.interfaces) {
        look.select("Interface",
                    where_uuid(request.inserted(one.insertion)),
                    {"ofport", "error", "mtu", "mac_in_use"});
        if (!one.peer.empty()) look.select("Interface", where_name(one.peer), {"type", "options"});
    }
    const ovsdb::json::array results = client.transact(look, deadline, failure);
    if (failure) return {};
    std::size_t at = 0;
    for (const OvsExpected& one : request.interfaces) {
        const std::vector<ovsdb::json::object> rows = ovsdb::rows(results[at++]);
        if (rows.empty()) return {"somebody else has removed it"};
        OvsFault fault = fault_of(one, rows.front());
        if (!one.peer.empty() && fault.reason.empty()) fault = compare_peer(one, results[at]);
        if (!one.peer.empty()) ++at;
        if (!fault.reason.empty()) return fault;
    }
    return {};
}

// ovs-vswitchd reports success also when a device could not be opened, or does not take what it is
// told. Some of what it reports of devices comes after that, by its main loop: another
// configuration, which changes nothing, makes that go around.
VETHPP_INLINE void OvsRequest::verify(ovsdb::Client& client,
                                      Deadline deadline,
                                      Failure& failure) const {
    if (failure || interfaces.empty()) return;
    constexpr int rounds = 4;
    for (int round = 0; !failure; ++round) {
        OvsFault fault = find_fault(client, *this, deadline, failure);
        if (failure || fault.reason.empty()) return;
        if (!fault.may_be_early || round == rounds)
            return failure.fail(errc::ovs_port_failed, std::move(fault.reason));
        OvsRequest nothing;
        nothing.commit(client, deadline, failure);
        wait_until_applied(client, nothing.number(), deadline, failure);
    }
}

VETHPP_INLINE void OvsRequest::apply(ovsdb::Client& client, Deadline deadline, Failure& failure) {
    commit(client, deadline, failure);
    wait_until_applied(client, number_, deadline, failure);
    verify(client, deadline, failure);
}

}  // namespace vethpp::detail
