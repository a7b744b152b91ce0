// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovs/removal.hpp>
#include <vethpp/ovs/rows.hpp>

#include <utility>

namespace vethpp::detail {

VETHPP_INLINE std::vector<std::string> find_rows(ovsdb::Client& client,
                                                 std::string_view table,
                                                 ovsdb::json::array where,
                                                 Deadline deadline,
                                                 Failure& failure) {
    std::vector<std::string> found;
    if (failure) return found;
    ovsdb::Transaction look;
    look.select(table, std::move(where), {"_uuid"});
    const ovsdb::json::array results = client.transact(look, deadline, failure);
    if (failure) return found;
    for (const ovsdb::json::object& row : ovsdb::rows(results[0]))
        for (std::string& id : ovsdb::uuids(ovsdb::column(row, "_uuid")))
            found.push_back(std::move(id));
    return found;
}

// Not a "delete": the rows are no roots of the database, and go when nobody lists them any more.
VETHPP_INLINE void erase_rows(OvsRequest& request,
                              const std::vector<std::string>& ports,
                              const std::vector<std::string>& bridges) {
    for (const std::string& id : ports)
        request.transaction.mutate(
            "Bridge",
            {ovsdb::clause("ports", "includes", ovsdb::uuid(id))},
            {ovsdb::clause("ports", "delete", ovsdb::set({ovsdb::uuid(id)}))});
    for (const std::string& id : bridges)
        request.transaction.mutate(
            "Open_vSwitch",
            {},
            {ovsdb::clause("bridges", "delete", ovsdb::set({ovsdb::uuid(id)}))});
}

VETHPP_INLINE void erase_ports(OvsRequest& request,
                               std::string_view bridge,
                               const std::vector<std::string>& ports) {
    if (ports.empty()) return;
    ovsdb::json::array ids;
    for (const std::string& id : ports) ids.push_back(ovsdb::uuid(id));
    request.transaction.mutate("Bridge",
                               where_uuid(bridge),
                               {ovsdb::clause("ports", "delete", ovsdb::set(std::move(ids)))});
}

VETHPP_INLINE void undo_bridge(const std::string& database,
                               std::string_view id,
                               Deadline deadline) {
    Failure ignored;
    ovsdb::Client client{database, {}, deadline, ignored};
    OvsRequest request;
    erase_rows(request,
               {},
               find_rows(client, "Bridge", where_id(OvsLabel::id_key, id), deadline, ignored));
    if (!request.transaction.empty()) request.commit(client, deadline, ignored);
}

}  // namespace vethpp::detail
