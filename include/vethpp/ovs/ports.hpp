// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/options.hpp>
#include <vethpp/ovsdb/client.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace vethpp::detail {

/// What a row of Interface says about a port.
inline void read_interface(const boost::json::object& row, OvsPort& port) {
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

inline void read_port(const boost::json::object& row, OvsPort& port) {
    port.name = ovsdb::text(ovsdb::column(row, "name"));
    if (const auto tag = ovsdb::number(ovsdb::column(row, "tag")))
        port.tag = static_cast<std::uint16_t>(*tag);
    for (const auto& vlan : ovsdb::elements(ovsdb::column(row, "trunks")))
        if (const auto number = ovsdb::number(vlan))
            port.trunks.push_back(static_cast<std::uint16_t>(*number));
    port.vlan_mode = ovsdb::text(ovsdb::column(row, "vlan_mode"));
    port.external_ids = ovsdb::text_map(ovsdb::column(row, "external_ids"));
}

/// The ports of a bridge by name, without the bridge's own.
inline std::vector<OvsPort> list_ports(ovsdb::Client& client,
                                       const std::string& bridge,
                                       ovsdb::Client::Clock::time_point until,
                                       Failure& failure) {
    ovsdb::Transaction look;
    look.select("Bridge", {ovsdb::clause("name", "==", boost::json::string{bridge})}, {"ports"});
    look.select("Port", {});
    look.select("Interface", {});
    const boost::json::array results = client.transact(look, until, failure);
    if (failure) return {};
    const auto bridges = ovsdb::rows(results[0]);
    if (bridges.empty()) {
        failure.fail(errc::ovsdb_refused, "there is no bridge of that name");
        return {};
    }
    const auto members = ovsdb::uuids(ovsdb::column(bridges[0], "ports"));
    std::map<std::string, boost::json::object> interfaces;
    for (auto& row : ovsdb::rows(results[2])) {
        std::string name = ovsdb::text(ovsdb::column(row, "name"));
        interfaces.emplace(std::move(name), std::move(row));
    }
    std::vector<OvsPort> ports;
    for (const auto& row : ovsdb::rows(results[1])) {
        const auto id = ovsdb::uuids(ovsdb::column(row, "_uuid"));
        if (id.empty() || std::find(members.begin(), members.end(), id[0]) == members.end())
            continue;
        OvsPort port;
        read_port(row, port);
        if (port.name == bridge) continue;
        // vethpp makes ports of one interface; of a bond, the one of its name is shown.
        if (const auto found = interfaces.find(port.name); found != interfaces.end())
            read_interface(found->second, port);
        ports.push_back(std::move(port));
    }
    std::sort(ports.begin(), ports.end(), [](const OvsPort& a, const OvsPort& b) {
        return a.name < b.name;
    });
    return ports;
}

}  // namespace vethpp::detail
