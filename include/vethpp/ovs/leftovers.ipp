// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ovs/leftovers.hpp>
#include <vethpp/ovs/owner.hpp>
#include <vethpp/ovs/removal.hpp>
#include <vethpp/value/attempt.hpp>

namespace vethpp {

VETHPP_INLINE std::string OvsLeftover::to_string() const {
    return detail::concat({vethpp::to_string(kind), " ", name, " of ", owner});
}

VETHPP_INLINE std::string_view to_string(OvsLeftover::Kind kind) noexcept {
    switch (kind) {
        case OvsLeftover::Kind::bridge:
            return "bridge";
        case OvsLeftover::Kind::port:
            return "port";
    }
    return "";
}

namespace detail {

// Appends what the dead own among the rows that were selected from a table.
inline void add_leftovers(OvsLeftover::Kind kind,
                          const ovsdb::json::value& result,
                          std::vector<OvsLeftover>& found) {
    for (const ovsdb::json::object& row : ovsdb::rows(result)) {
        const ovsdb::TextMap ids = ovsdb::text_map(ovsdb::column(row, "external_ids"));
        const auto owner = ids.find(OvsOwner::key);
        const std::vector<std::string> uuid = ovsdb::uuids(ovsdb::column(row, "_uuid"));
        if (owner == ids.end() || uuid.empty() || !OvsOwner::is_dead(owner->second)) continue;
        found.push_back(
            {kind, ovsdb::text(ovsdb::column(row, "name")), owner->second, uuid.front()});
    }
}

[[nodiscard]] inline std::vector<OvsLeftover> find_leftovers(ovsdb::Client& client,
                                                             Deadline deadline,
                                                             Failure& failure) {
    if (failure) return {};
    ovsdb::Transaction look;
    const ovsdb::json::array columns{"_uuid", "name", "external_ids"};
    look.select("Bridge", {}, columns);
    look.select("Port", {}, columns);
    const ovsdb::json::array results = client.transact(look, deadline, failure);
    std::vector<OvsLeftover> found;
    if (failure) return found;
    add_leftovers(OvsLeftover::Kind::bridge, results[0], found);
    add_leftovers(OvsLeftover::Kind::port, results[1], found);
    return found;
}

inline void erase_leftovers(ovsdb::Client& client,
                            const std::vector<OvsLeftover>& leftovers,
                            Deadline deadline,
                            Failure& failure) {
    if (failure || leftovers.empty()) return;
    std::vector<std::string> ports;
    std::vector<std::string> bridges;
    for (const OvsLeftover& one : leftovers)
        (one.kind == OvsLeftover::Kind::bridge ? bridges : ports).push_back(one.uuid);
    OvsRequest request;
    erase_rows(request, ports, bridges);
    request.apply(client, deadline, failure);
}

}  // namespace detail

VETHPP_INLINE std::vector<OvsLeftover> list_ovs_leftovers(const std::string& database,
                                                          OnError on_error) {
    return detail::attempt(
        {"list the leftovers in Open vSwitch", database}, on_error, [&](Failure& failure) {
            const Deadline deadline{ovsdb::ClientOptions{}.timeout};
            ovsdb::Client client{database, {}, deadline, failure};
            return detail::find_leftovers(client, deadline, failure);
        });
}

VETHPP_INLINE std::vector<OvsLeftover> remove_ovs_leftovers(const std::string& database,
                                                            OnError on_error) {
    return detail::attempt(
        {"remove the leftovers from Open vSwitch", database}, on_error, [&](Failure& failure) {
            const Deadline deadline{ovsdb::ClientOptions{}.timeout};
            ovsdb::Client client{database, {}, deadline, failure};
            std::vector<OvsLeftover> found = detail::find_leftovers(client, deadline, failure);
            detail::erase_leftovers(client, found, deadline, failure);
            if (failure) found.clear();
            return found;
        });
}

}  // namespace vethpp
