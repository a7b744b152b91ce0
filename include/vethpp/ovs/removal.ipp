// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovs/removal.hpp>

#include <chrono>
#include <utility>

namespace vethpp::detail {

VETHPP_INLINE std::vector<std::string> find_rows(ovsdb::Client& client,
                                                 std::string_view table,
                                                 std::string_view name,
                                                 Deadline deadline,
                                                 Failure& failure) {
    std::vector<std::string> found;
    if (failure) return found;
    ovsdb::Transaction look;
    look.select(table, where_name(name), {"_uuid"});
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

VETHPP_INLINE void undo_port(ovsdb::Client& client, const std::string& name) {
    Failure ignored;
    const Deadline deadline{std::chrono::seconds{1}};
    OvsRequest request;
    erase_rows(request, find_rows(client, "Port", name, deadline, ignored), {});
    client.transact(request.transaction, deadline, ignored);
}

VETHPP_INLINE void undo_bridge(ovsdb::Client& client, const std::string& name) {
    Failure ignored;
    const Deadline deadline{std::chrono::seconds{1}};
    OvsRequest request;
    erase_rows(request, {}, find_rows(client, "Bridge", name, deadline, ignored));
    client.transact(request.transaction, deadline, ignored);
}

}  // namespace vethpp::detail
