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

VETHPP_INLINE void OvsRequest::require(const char* table,
                                       const std::string& name,
                                       std::string meaning) {
    add_condition(table, name, "==", std::move(meaning));
}

VETHPP_INLINE void OvsRequest::require_none(const char* table,
                                            const std::string& name,
                                            std::string meaning) {
    add_condition(table, name, "!=", std::move(meaning));
}

VETHPP_INLINE void OvsRequest::require_bridge(const std::string& bridge) {
    require("Bridge", bridge, concat({"there is no bridge ", bridge}));
}

VETHPP_INLINE void OvsRequest::add_condition(const char* table,
                                             const std::string& name,
                                             const char* until,
                                             std::string meaning) {
    const ovsdb::json::object row{{"name", name}};
    const std::size_t operation = transaction.wait(table, where_name(name), {"name"}, until, {row});
    conditions_.push_back({operation, std::move(meaning)});
}

// A condition that does not hold is a wait that timed out at once (RFC 7047, 5.2.6).
VETHPP_INLINE void OvsRequest::explain(const ovsdb::OperationError& refused,
                                       Failure& failure) const {
    if (refused.error != "timed out") return;
    for (const Condition& condition : conditions_)
        if (condition.operation == refused.index) failure.context.hint = condition.meaning;
}

// Returns the number of the configuration that is to be carried out: each request counts next_cfg
// up, and ovs-vswitchd writes the one that it has finished into cur_cfg. That is how ovs-vsctl
// waits, too.
VETHPP_INLINE std::int64_t OvsRequest::commit(ovsdb::Client& client,
                                              Deadline deadline,
                                              Failure& failure) {
    if (failure) return 0;
    transaction.mutate("Open_vSwitch", {}, {ovsdb::clause("next_cfg", "+=", 1)});
    const std::size_t select = transaction.select("Open_vSwitch", {}, {"next_cfg"});
    ovsdb::OperationError refused;
    const ovsdb::json::array results = client.transact(transaction, deadline, failure, &refused);
    explain(refused, failure);
    if (failure.code == boost::system::errc::timed_out)
        failure.explain("the database does not answer; it may carry it out later");
    if (failure) return 0;
    committed_ = true;
    const std::vector<ovsdb::json::object> rows = ovsdb::rows(results[select]);
    if (rows.empty()) return 0;
    return ovsdb::number(ovsdb::column(rows.front(), "next_cfg")).value_or(0);
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
inline void wait_until_applied(ovsdb::Client& client,
                               std::int64_t number,
                               Deadline deadline,
                               Failure& failure) {
    if (failure) return;
    const ovsdb::json::object columns{{"columns", ovsdb::json::array{"cur_cfg"}}};
    ovsdb::json::object rows = client.monitor_cond("cur_cfg",
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

// Why an interface has not been set up, by its row; empty if it has.
[[nodiscard]] inline std::string interface_problem(const ovsdb::json::object* row) {
    if (row == nullptr) return "somebody else has removed it";
    std::string error = ovsdb::text(ovsdb::column(*row, "error"));
    if (!error.empty()) return error;
    const std::optional<std::int64_t> number = ovsdb::number(ovsdb::column(*row, "ofport"));
    if (number && *number >= 0) return {};
    return "it got no OpenFlow port number: the bridge itself failed, as the log of ovs-vswitchd "
           "says";
}

// ovs-vswitchd reports success also when a device could not be opened: the port says so, or has no
// number.
VETHPP_INLINE void OvsRequest::verify(ovsdb::Client& client,
                                      Deadline deadline,
                                      Failure& failure) const {
    if (failure || interfaces.empty()) return;
    ovsdb::Transaction look;
    look.select("Interface", {}, {"name", "ofport", "error"});
    const ovsdb::json::array results = client.transact(look, deadline, failure);
    if (failure) return;
    const std::vector<ovsdb::json::object> rows = ovsdb::rows(results[0]);
    for (const std::string& name : interfaces) {
        const ovsdb::json::object* found = nullptr;
        for (const ovsdb::json::object& row : rows)
            if (ovsdb::text(ovsdb::column(row, "name")) == name) found = &row;
        const std::string problem = interface_problem(found);
        if (problem.empty()) continue;
        failure.fail(errc::ovs_port_failed, problem);
        failure.context.object = name;
        return;
    }
}

VETHPP_INLINE void OvsRequest::apply(ovsdb::Client& client, Deadline deadline, Failure& failure) {
    const std::int64_t number = commit(client, deadline, failure);
    wait_until_applied(client, number, deadline, failure);
    verify(client, deadline, failure);
}

}  // namespace vethpp::detail
