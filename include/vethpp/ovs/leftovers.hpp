// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/requests.hpp>
#include <vethpp/ovsdb/client.hpp>

#include <string>
#include <utility>
#include <vector>

namespace vethpp {

/// A bridge or port that vethpp made for a process that lives no more.
struct OvsLeftover {
    enum class Kind { bridge, port };
    Kind kind = Kind::port;
    std::string name{};
    std::string owner{};  ///< process id, PID namespace and start time
    std::string uuid{};
};

namespace detail {

inline std::vector<OvsLeftover> find_leftovers(ovsdb::Client& client, Failure& failure) {
    std::vector<OvsLeftover> found;
    ovsdb::Transaction look;
    const boost::json::array columns{"_uuid", "name", "external_ids"};
    look.select("Bridge", {}, columns);
    look.select("Port", {}, columns);
    const boost::json::array results = client.transact(look, client.deadline(), failure);
    for (std::size_t i = 0; i < results.size() && i < 2; ++i) {
        for (const boost::json::object& row : ovsdb::rows(results[i])) {
            const auto ids = ovsdb::text_map(ovsdb::column(row, "external_ids"));
            const auto owner = ids.find(OvsOwner::key);
            const auto uuid = ovsdb::uuids(ovsdb::column(row, "_uuid"));
            if (owner == ids.end() || uuid.empty() || !OvsOwner::is_dead(owner->second)) continue;
            found.push_back({i == 0 ? OvsLeftover::Kind::bridge : OvsLeftover::Kind::port,
                             ovsdb::text(ovsdb::column(row, "name")),
                             owner->second,
                             uuid[0]});
        }
    }
    return found;
}

}  // namespace detail

/// What dead processes have left in an Open vSwitch. What belongs to another PID namespace cannot
/// be judged, and is not listed.
[[nodiscard]] inline std::vector<OvsLeftover> list_ovs_leftovers(
    const std::string& database = ovsdb::default_address, OnError on_error = {}) {
    Failure failure;
    ovsdb::Client client{database, {}, failure};
    std::vector<OvsLeftover> found;
    if (!failure) found = detail::find_leftovers(client, failure);
    on_error(std::move(failure));
    return found;
}

/// Removes it, in one transaction, and returns what it was.
inline std::vector<OvsLeftover> remove_ovs_leftovers(
    const std::string& database = ovsdb::default_address, OnError on_error = {}) {
    Failure failure;
    ovsdb::Client client{database, {}, failure};
    std::vector<OvsLeftover> found;
    if (!failure) found = detail::find_leftovers(client, failure);
    detail::OvsRequest request;
    std::vector<std::string> ports;
    std::vector<std::string> bridges;
    for (const OvsLeftover& one : found)
        (one.kind == OvsLeftover::Kind::bridge ? bridges : ports).push_back(one.uuid);
    detail::erase(request, ports, bridges);
    if (!failure && !found.empty()) request.apply(client, client.deadline(), failure);
    if (failure) {
        found.clear();
        failure.context.operation = "remove the leftovers from Open vSwitch";
    }
    on_error(std::move(failure));
    return found;
}

}  // namespace vethpp
