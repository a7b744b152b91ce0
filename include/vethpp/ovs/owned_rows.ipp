// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovs/owned_rows.hpp>
#include <vethpp/ovs/owner.hpp>
#include <vethpp/ovs/removal.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace vethpp::detail {

[[nodiscard]] inline std::vector<OwnedRow> read_owned_rows(OvsLeftover::Kind kind,
                                                           const ovsdb::json::value& result) {
    std::vector<OwnedRow> found;
    for (const ovsdb::json::object& row : ovsdb::rows(result)) {
        const ovsdb::TextMap ids = ovsdb::text_map(ovsdb::column(row, "external_ids"));
        const auto owner = ids.find(OvsOwner::key);
        const std::vector<std::string> uuid = ovsdb::uuids(ovsdb::column(row, "_uuid"));
        if (uuid.empty()) continue;
        found.push_back({{kind,
                          ovsdb::text(ovsdb::column(row, "name")),
                          owner == ids.end() ? std::string{} : owner->second,
                          uuid.front()},
                         ovsdb::column(row, "ports")});
    }
    return found;
}

// Whether others have ports in a bridge: all but the dead, and the bridge's own, which has its name
// and no owner.
[[nodiscard]] inline bool has_ports_of_others(const OwnedRow& bridge,
                                              const std::vector<OwnedRow>& all_ports) {
    const std::vector<std::string> ids = ovsdb::uuids(bridge.ports);
    return std::any_of(all_ports.begin(), all_ports.end(), [&](const OwnedRow& port) {
        if (std::find(ids.begin(), ids.end(), port.what.uuid) == ids.end()) return false;
        const bool is_own = port.what.owner.empty() && port.what.name == bridge.what.name;
        return !is_own && !OvsOwner::is_dead(port.what.owner);
    });
}

VETHPP_INLINE std::vector<OwnedRow> find_leftovers(ovsdb::Client& client,
                                                   Deadline deadline,
                                                   Failure& failure) {
    std::vector<OwnedRow> found;
    if (failure) return found;
    ovsdb::Transaction look;
    look.select("Bridge", {}, {"_uuid", "name", "external_ids", "ports"});
    look.select("Port", {}, {"_uuid", "name", "external_ids"});
    const ovsdb::json::array results = client.transact(look, deadline, failure);
    if (failure) return found;
    const std::vector<OwnedRow> ports = read_owned_rows(OvsLeftover::Kind::port, results[1]);
    for (OwnedRow& bridge : read_owned_rows(OvsLeftover::Kind::bridge, results[0]))
        if (OvsOwner::is_dead(bridge.what.owner) && !has_ports_of_others(bridge, ports))
            found.push_back(std::move(bridge));
    for (const OwnedRow& port : ports)
        if (OvsOwner::is_dead(port.what.owner)) found.push_back(port);
    return found;
}

// Makes it a condition that a row is still as it was seen, and its owner's.
inline void require_unchanged(OvsRequest& request, const OwnedRow& row) {
    const bool is_bridge = row.what.kind == OvsLeftover::Kind::bridge;
    ovsdb::json::array columns{"name"};
    ovsdb::json::object seen{{"name", row.what.name}};
    if (is_bridge) {
        columns.emplace_back("ports");
        seen["ports"] = row.ports;
    }
    const ovsdb::json::value owner = ovsdb::map({{OvsOwner::key, row.what.owner}});
    request.transaction.wait(is_bridge ? "Bridge" : "Port",
                             {ovsdb::clause("_uuid", "==", ovsdb::uuid(row.what.uuid)),
                              ovsdb::clause("external_ids", "includes", owner)},
                             std::move(columns),
                             "==",
                             {std::move(seen)});
}

VETHPP_INLINE void erase_leftovers(ovsdb::Client& client,
                                   const std::vector<OwnedRow>& leftovers,
                                   Deadline deadline,
                                   Failure& failure) {
    if (failure || leftovers.empty()) return;
    OvsRequest request;
    std::vector<std::string> ports;
    std::vector<std::string> bridges;
    for (const OwnedRow& one : leftovers) {
        require_unchanged(request, one);
        (one.what.kind == OvsLeftover::Kind::bridge ? bridges : ports).push_back(one.what.uuid);
    }
    erase_rows(request, ports, bridges);
    request.apply(client, deadline, failure);
}

}  // namespace vethpp::detail
