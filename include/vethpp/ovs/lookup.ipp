// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ovs/lookup.hpp>
#include <vethpp/ovs/request.hpp>

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace vethpp::detail {

[[nodiscard]] inline bool has_text(const std::vector<std::string>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

// An OvsDaemon says what it has chosen: where it has no taps, "netdev" is among the types, too, and
// cannot be used.
[[nodiscard]] inline std::string default_datapath_type(const ovsdb::json::object& row,
                                                       const std::vector<std::string>& types) {
    constexpr const char* key = "vethpp-datapath-type";
    ovsdb::TextMap ids = ovsdb::text_map(ovsdb::column(row, "external_ids"));
    if (const auto chosen = ids.find(key); chosen != ids.end()) return std::move(chosen->second);
    for (const char* usual : {"system", "netdev"})
        if (has_text(types, usual)) return usual;
    return {};
}

// All columns, since an older switch has fewer of them.
VETHPP_INLINE OvsSwitch look_at_switch(ovsdb::Client& client,
                                       const std::string& bridge,
                                       Deadline deadline,
                                       Failure& failure) {
    OvsSwitch there;
    if (failure) return there;
    ovsdb::Transaction look;
    look.select("Open_vSwitch", {});
    look.select("Bridge", where_name(bridge), {"_uuid"});
    const ovsdb::json::array results = client.transact(look, deadline, failure);
    if (failure) return there;
    for (const ovsdb::json::object& row : ovsdb::rows(results[0])) {
        for (const ovsdb::json::value& type : ovsdb::elements(ovsdb::column(row, "datapath_types")))
            if (std::string text = ovsdb::text(type); !text.empty())
                there.datapath_types.push_back(std::move(text));
        there.datapath_type = default_datapath_type(row, there.datapath_types);
    }
    for (const ovsdb::json::object& row : ovsdb::rows(results[1]))
        for (std::string& id : ovsdb::uuids(ovsdb::column(row, "_uuid")))
            there.bridge = std::move(id);
    return there;
}

VETHPP_INLINE void choose_datapath_type(const OvsSwitch& there,
                                        OvsBridgeOptions& options,
                                        Failure& failure) {
    if (failure) return;
    std::string& type = options.datapath_type;
    const bool adopted = options.existing == OvsExisting::adopt && !there.bridge.empty();
    if (type.empty() && !adopted) type = there.datapath_type;
    const std::vector<std::string>& types = there.datapath_types;
    if (type.empty() || types.empty() || has_text(types, type)) return;
    std::string all;
    for (const std::string& one : types) all += concat({all.empty() ? "" : ", ", one});
    failure.fail(errc::invalid_option,
                 concat({"datapath_type: this Open vSwitch has ",
                         all,
                         " (Open_vSwitch.datapath_types), and not ",
                         detail::quoted(type)}));
}

VETHPP_INLINE OvsPlace look_at_place(ovsdb::Client& client,
                                     std::string_view bridge,
                                     std::string_view port,
                                     Deadline deadline,
                                     Failure& failure) {
    OvsPlace place;
    if (failure) return place;
    ovsdb::Transaction look;
    look.select("Bridge", where_uuid(bridge), {"ports", "datapath_type"});
    look.select("Port", where_name(port), {"_uuid"});
    const ovsdb::json::array results = client.transact(look, deadline, failure);
    if (failure) return place;
    const std::vector<ovsdb::json::object> bridges = ovsdb::rows(results[0]);
    if (bridges.empty()) failure.fail(errc::ovsdb_refused, std::string{ovs_bridge_gone});
    if (failure) return place;
    place.datapath_type = ovsdb::text(ovsdb::column(bridges[0], "datapath_type"));
    for (const ovsdb::json::object& row : ovsdb::rows(results[1]))
        for (std::string& id : ovsdb::uuids(ovsdb::column(row, "_uuid")))
            place.port = std::move(id);
    place.ours = has_text(ovsdb::uuids(ovsdb::column(bridges[0], "ports")), place.port);
    return place;
}

}  // namespace vethpp::detail
