// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/random.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ovs/owner.hpp>
#include <vethpp/ovs/rows.hpp>

#include <cstdint>
#include <utility>

namespace vethpp::detail {

VETHPP_INLINE OvsPortSpec tunnel_spec(const std::string& name, const OvsTunnel& tunnel) {
    OvsPortSpec spec{.name = name, .type = std::string{to_string(tunnel.type)}};
    spec.options["remote_ip"] = tunnel.remote.to_string();
    if (tunnel.local) spec.options["local_ip"] = tunnel.local->to_string();
    if (tunnel.key) spec.options["key"] = std::to_string(*tunnel.key);
    if (tunnel.destination_port)
        spec.options["dst_port"] = std::to_string(*tunnel.destination_port);
    return spec;
}

[[nodiscard]] inline ovsdb::json::string json_word(std::string_view word) {
    return ovsdb::json::string{word};
}

VETHPP_INLINE std::string OvsLabel::random_id() {
    const std::uint64_t bits = random_bits();
    return hex(static_cast<std::uint32_t>(bits >> 32U), 8) +
           hex(static_cast<std::uint32_t>(bits), 8);
}

[[nodiscard]] inline ovsdb::json::value labelled(ovsdb::TextMap external_ids,
                                                 const OvsLabel& label) {
    external_ids[OvsOwner::key] = label.owner;
    external_ids[OvsLabel::id_key] = label.id;
    return ovsdb::map(external_ids);
}

[[nodiscard]] inline ovsdb::json::object bridge_row(const OvsBridgeOptions& options) {
    ovsdb::json::object row;
    if (!options.datapath_type.empty()) row["datapath_type"] = options.datapath_type;
    if (options.fail_mode) row["fail_mode"] = json_word(to_string(*options.fail_mode));
    if (options.stp) row["stp_enable"] = *options.stp;
    if (options.rstp) row["rstp_enable"] = *options.rstp;
    return row;
}

[[nodiscard]] inline ovsdb::TextMap bridge_config(const OvsBridgeOptions& options) {
    ovsdb::TextMap config = options.other_config;
    if (options.mac) config["hwaddr"] = options.mac->to_string();
    return config;
}

// Names of new rows are unique within the transaction, and identifiers, which a link's name need
// not be.
[[nodiscard]] inline std::string row_name(const char* table, const OvsRequest& request) {
    return table + std::to_string(request.transaction.size());
}

// Lists a new row in a column of its parent, without which the row would vanish.
inline void list_row(OvsRequest& request,
                     const char* table,
                     ovsdb::json::array where,
                     const char* column,
                     const std::string& row) {
    request.transaction.mutate(
        table,
        std::move(where),
        {ovsdb::clause(column, "insert", ovsdb::set({ovsdb::named_uuid(row)}))});
}

// A bridge has a port and an interface of its own name: they are what a host sees of it.
VETHPP_INLINE std::size_t insert_bridge(OvsRequest& request,
                                        const OvsBridgeOptions& options,
                                        const OvsLabel& label) {
    request.require_none("Bridge", where_name(options.name), "there is a bridge of that name");
    const std::string interface = row_name("interface", request);
    const std::string port = row_name("port", request);
    const std::string bridge = row_name("bridge", request);
    request.interfaces.push_back(
        {.insertion = request.transaction.insert(
             "Interface", {{"name", options.name}, {"type", "internal"}}, interface),
         .name = options.name});
    request.transaction.insert(
        "Port", {{"name", options.name}, {"interfaces", ovsdb::named_uuid(interface)}}, port);
    ovsdb::json::object row = bridge_row(options);
    row["name"] = options.name;
    row["other_config"] = ovsdb::map(bridge_config(options));
    row["external_ids"] = labelled(options.external_ids, label);
    row["ports"] = ovsdb::named_uuid(port);
    const std::size_t insertion = request.transaction.insert("Bridge", std::move(row), bridge);
    list_row(request, "Open_vSwitch", {}, "bridges", bridge);
    return insertion;
}

// A key that is there keeps its value unless it is deleted first.
inline void merge_pairs(OvsRequest& request,
                        std::string_view uuid,
                        const char* column,
                        const ovsdb::TextMap& pairs) {
    if (pairs.empty()) return;
    ovsdb::json::array keys;
    for (const auto& [key, value] : pairs) keys.push_back(json_word(key));
    request.transaction.mutate("Bridge",
                               where_uuid(uuid),
                               {ovsdb::clause(column, "delete", ovsdb::set(std::move(keys))),
                                ovsdb::clause(column, "insert", ovsdb::map(pairs))});
}

VETHPP_INLINE void adopt_bridge(OvsRequest& request,
                                std::string_view uuid,
                                const OvsBridgeOptions& options) {
    request.require("Bridge", where_uuid(uuid), "somebody else has removed it just now");
    if (ovsdb::json::object row = bridge_row(options); !row.empty())
        request.transaction.update("Bridge", where_uuid(uuid), std::move(row));
    merge_pairs(request, uuid, "other_config", bridge_config(options));
    merge_pairs(request, uuid, "external_ids", options.external_ids);
}

[[nodiscard]] inline ovsdb::json::object interface_row(const OvsPortSpec& spec,
                                                       const OvsPortOptions& options) {
    ovsdb::json::object row;
    row["name"] = spec.name;
    row["type"] = spec.type;
    row["options"] = ovsdb::map(spec.options);
    if (options.mtu) row["mtu_request"] = *options.mtu;
    if (options.ofport) row["ofport_request"] = options.ofport->value();
    if (options.mac) row["mac"] = options.mac->to_string();
    return row;
}

[[nodiscard]] inline ovsdb::json::object port_row(const OvsPortSpec& spec,
                                                  const OvsPortOptions& options,
                                                  const std::string& interface,
                                                  const OvsLabel& label) {
    ovsdb::json::object row;
    row["name"] = spec.name;
    row["interfaces"] = ovsdb::named_uuid(interface);
    row["external_ids"] = labelled(options.external_ids, label);
    row["other_config"] = ovsdb::map(options.other_config);
    if (options.tag) row["tag"] = options.tag->value();
    if (options.vlan_mode) row["vlan_mode"] = json_word(to_string(*options.vlan_mode));
    ovsdb::json::array trunks;
    for (const Number vlan : options.trunks) trunks.emplace_back(vlan.value());
    row["trunks"] = ovsdb::set(std::move(trunks));
    return row;
}

VETHPP_INLINE std::size_t insert_port(OvsRequest& request,
                                      ovsdb::json::array where,
                                      const OvsPortSpec& spec,
                                      const OvsPortOptions& options,
                                      const OvsLabel& label) {
    const std::string interface = row_name("interface", request);
    const std::string port = row_name("port", request);
    OvsExpected expected{.name = spec.name, .mtu = options.mtu, .ofport = options.ofport};
    expected.insertion =
        request.transaction.insert("Interface", interface_row(spec, options), interface);
    if (options.mac) expected.mac = options.mac->to_string();
    if (const auto peer = spec.options.find("peer");
        spec.type == "patch" && peer != spec.options.end())
        expected.peer = peer->second;
    request.interfaces.push_back(std::move(expected));
    const std::size_t insertion =
        request.transaction.insert("Port", port_row(spec, options, interface, label), port);
    list_row(request, "Bridge", std::move(where), "ports", port);
    return insertion;
}

}  // namespace vethpp::detail
