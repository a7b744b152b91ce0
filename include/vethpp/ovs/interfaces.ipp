// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovs/interfaces.hpp>
#include <vethpp/ovs/ports.hpp>

#include <boost/json/serialize.hpp>

#include <utility>

namespace vethpp::detail {

VETHPP_INLINE ovsdb::json::object OvsInterfaces::request() {
    const ovsdb::json::object columns{{"columns",
                                       {"name",
                                        "type",
                                        "ofport",
                                        "error",
                                        "admin_state",
                                        "link_state",
                                        "mac_in_use",
                                        "mtu",
                                        "options",
                                        "statistics"}}};
    return {{"Interface", ovsdb::json::array{columns}}};
}

VETHPP_INLINE void OvsInterfaces::update(const ovsdb::json::value& tables) {
    const ovsdb::json::object* all = tables.if_object();
    const ovsdb::json::value rows =
        all != nullptr ? ovsdb::column(*all, "Interface") : ovsdb::json::value{};
    const ovsdb::json::object* table = rows.if_object();
    if (table == nullptr) return;
    for (const auto& row : *table)
        if (const ovsdb::json::object* changes = row.value().if_object())
            update_row(std::string{row.key()}, *changes);
}

VETHPP_INLINE void OvsInterfaces::notified(const ovsdb::json::array& parameters) {
    if (parameters.size() > 1) update(parameters[1]);
}

VETHPP_INLINE std::optional<OvsPortEvent> OvsInterfaces::take() {
    if (events_.empty()) return std::nullopt;
    std::optional<OvsPortEvent> event = std::move(events_.front());
    events_.pop_front();
    return event;
}

// By what has happened to it: {"initial": {COLUMN: VALUE}}, "insert", "modify", or "delete": null.
VETHPP_INLINE void OvsInterfaces::update_row(const std::string& id,
                                             const ovsdb::json::object& changes) {
    using Kind = OvsPortEvent::Kind;
    for (const auto& [word, value] : changes) {
        if (word == "delete")
            remove(id);
        else if (const ovsdb::json::object* columns = value.if_object())
            change(id,
                   word == "initial"  ? Kind::present
                   : word == "insert" ? Kind::added
                                      : Kind::changed,
                   *columns);
    }
}

VETHPP_INLINE void OvsInterfaces::remove(const std::string& id) {
    const auto found = rows_.find(id);
    if (found == rows_.end()) return;
    tell(OvsPortEvent::Kind::removed, found->second);
    rows_.erase(found);
}

// The pairs of a map, each under its key as JSON.
[[nodiscard]] inline std::map<std::string, ovsdb::json::array> pairs_by_key(
    const ovsdb::json::value& map) {
    std::map<std::string, ovsdb::json::array> pairs;
    const ovsdb::json::value* list = ovsdb::tagged(map, "map");
    const ovsdb::json::array* entries = list != nullptr ? list->if_array() : nullptr;
    if (entries == nullptr) return pairs;
    for (const ovsdb::json::value& entry : *entries)
        if (const auto* pair = entry.if_array(); pair != nullptr && pair->size() == 2)
            pairs[boost::json::serialize((*pair)[0])] = *pair;
    return pairs;
}

// Of a map an update carries the difference: new and changed pairs with their values, removed ones
// as they were.
[[nodiscard]] inline ovsdb::json::value merged_map(const ovsdb::json::value& old,
                                                   const ovsdb::json::value& difference) {
    auto merged = pairs_by_key(old);
    for (auto& [key, pair] : pairs_by_key(difference)) {
        const auto found = merged.find(key);
        if (found != merged.end() && found->second == pair)
            merged.erase(found);
        else
            merged[key] = pair;
    }
    ovsdb::json::array list;
    for (auto& [key, pair] : merged) list.push_back(std::move(pair));
    return ovsdb::json::array{"map", std::move(list)};
}

// "initial" and "insert" carry whole rows, "modify" the columns that have changed.
VETHPP_INLINE void OvsInterfaces::change(const std::string& id,
                                         OvsPortEvent::Kind kind,
                                         const ovsdb::json::object& columns) {
    ovsdb::json::object& row = rows_[id];
    if (kind != OvsPortEvent::Kind::changed) row.clear();
    for (const auto& [name, value] : columns) {
        const ovsdb::json::value* old = row.if_contains(name);
        const bool is_map = ovsdb::tagged(value, "map") != nullptr;
        row[name] = old != nullptr && is_map ? merged_map(*old, value) : value;
    }
    tell(kind, row);
}

VETHPP_INLINE void OvsInterfaces::tell(OvsPortEvent::Kind kind, const ovsdb::json::object& row) {
    OvsPortEvent event{.kind = kind};
    event.port.name = ovsdb::text(ovsdb::column(row, "name"));
    read_interface(row, event.port);
    events_.push_back(std::move(event));
}

}  // namespace vethpp::detail
