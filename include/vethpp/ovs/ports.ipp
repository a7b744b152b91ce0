// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ovs/lookup.hpp>
#include <vethpp/ovs/ports.hpp>
#include <vethpp/ovs/request.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <utility>

namespace vethpp::detail {

VETHPP_INLINE void read_interface(const ovsdb::json::object& row, OvsPort& port) {
    const auto column = [&](const char* name) { return ovsdb::column(row, name); };
    port.type = ovsdb::text(column("type"));
    port.ofport = ovsdb::number(column("ofport"));
    port.error = ovsdb::text(column("error"));
    port.admin_state = ovsdb::text(column("admin_state"));
    port.link_state = ovsdb::text(column("link_state"));
    port.mac = ovsdb::text(column("mac_in_use"));
    port.mtu = ovsdb::number(column("mtu"));
    port.options = ovsdb::text_map(column("options"));
    for (const auto& [key, text] : ovsdb::text_map(column("statistics")))
        port.statistics[key] = std::strtoll(text.c_str(), nullptr, 10);
}

// The two protocols exclude each other.
[[nodiscard]] inline std::string spanning_tree_state(const ovsdb::json::object& row) {
    ovsdb::TextMap pairs = ovsdb::text_map(ovsdb::column(row, "status"));
    pairs.merge(ovsdb::text_map(ovsdb::column(row, "rstp_status")));
    for (const char* key : {"stp_state", "rstp_port_state"}) {
        const auto found = pairs.find(key);
        if (found == pairs.end()) continue;
        std::string state = std::move(found->second);
        for (char& c : state)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        return state;
    }
    return {};
}

inline void read_port(const ovsdb::json::object& row, OvsPort& port) {
    port.name = ovsdb::text(ovsdb::column(row, "name"));
    if (const auto tag = ovsdb::number(ovsdb::column(row, "tag")))
        port.tag = static_cast<std::uint16_t>(*tag);
    for (const ovsdb::json::value& vlan : ovsdb::elements(ovsdb::column(row, "trunks")))
        if (const auto number = ovsdb::number(vlan))
            port.trunks.push_back(static_cast<std::uint16_t>(*number));
    port.vlan_mode = ovsdb::text(ovsdb::column(row, "vlan_mode"));
    port.external_ids = ovsdb::text_map(ovsdb::column(row, "external_ids"));
    port.stp_state = spanning_tree_state(row);
}

using RowsByName = std::map<std::string, ovsdb::json::object>;

[[nodiscard]] inline RowsByName rows_by_name(const ovsdb::json::value& result) {
    RowsByName found;
    for (ovsdb::json::object& row : ovsdb::rows(result)) {
        std::string name = ovsdb::text(ovsdb::column(row, "name"));
        found.emplace(std::move(name), std::move(row));
    }
    return found;
}

// All of both tables in one transaction, so that they fit each other: the rows of one bridge cannot
// be asked for by a condition (RFC 7047 has no joins).
VETHPP_INLINE std::vector<OvsPort> list_ovs_ports(ovsdb::Client& client,
                                                  const OvsBridgeRow& bridge,
                                                  Deadline deadline,
                                                  Failure& failure) {
    if (failure) return {};
    ovsdb::Transaction look;
    look.select("Bridge", where_uuid(bridge.uuid), {"ports"});
    look.select("Port", {});
    look.select("Interface", {});
    const ovsdb::json::array results = client.transact(look, deadline, failure);
    if (failure) return {};
    const std::vector<ovsdb::json::object> bridges = ovsdb::rows(results[0]);
    if (bridges.empty()) failure.fail(errc::ovsdb_refused, std::string{ovs_bridge_gone});
    if (failure) return {};
    const std::vector<std::string> members = ovsdb::uuids(ovsdb::column(bridges[0], "ports"));
    const RowsByName interfaces = rows_by_name(results[2]);
    std::vector<OvsPort> ports;
    for (const auto& [name, row] : rows_by_name(results[1])) {
        const std::vector<std::string> id = ovsdb::uuids(ovsdb::column(row, "_uuid"));
        if (name == bridge.name || id.empty() ||
            std::find(members.begin(), members.end(), id[0]) == members.end())
            continue;
        read_port(row, ports.emplace_back());
        // vethpp makes ports of one interface; of a bond, the one of its name is shown.
        if (const auto found = interfaces.find(name); found != interfaces.end())
            read_interface(found->second, ports.back());
    }
    return ports;
}

VETHPP_INLINE OvsPort find_ovs_port(ovsdb::Client& client,
                                    const OvsBridgeRow& bridge,
                                    const std::string& name,
                                    Deadline deadline,
                                    Failure& failure) {
    for (OvsPort& port : list_ovs_ports(client, bridge, deadline, failure))
        if (port.name == name) return std::move(port);
    failure.fail(errc::ovsdb_refused, concat({"it has no port ", name}));
    return {};
}

}  // namespace vethpp::detail
