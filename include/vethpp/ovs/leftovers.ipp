// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovs/leftovers.hpp>
#include <vethpp/ovs/owned_rows.hpp>
#include <vethpp/value/attempt.hpp>

#include <utility>

namespace vethpp {

namespace detail {

// Looks again where the server refuses because something has changed since the last look: others
// remove leftovers, too, or begin to use a bridge.
[[nodiscard]] inline std::vector<OwnedRow> remove_leftovers(ovsdb::Client& client,
                                                            Deadline deadline,
                                                            Failure& failure) {
    Failure refused;
    for (std::vector<OwnedRow> before;;) {
        std::vector<OwnedRow> found = find_leftovers(client, deadline, failure);
        if (!found.empty() && found == before) failure.take(std::move(refused));
        if (failure) return {};
        refused = {};
        erase_leftovers(client, found, deadline, refused);
        if (!refused) return found;
        if (refused.code != errc::ovsdb_refused) failure.take(std::move(refused));
        before = std::move(found);
    }
}

[[nodiscard]] inline std::vector<OvsLeftover> without_ports(std::vector<OwnedRow>&& rows) {
    std::vector<OvsLeftover> plain;
    for (OwnedRow& row : rows) plain.push_back(std::move(row.what));
    return plain;
}

}  // namespace detail

VETHPP_INLINE std::vector<OvsLeftover> list_ovs_leftovers(const std::string& database,
                                                          OnError on_error) {
    return detail::attempt(
        {"list the leftovers in Open vSwitch", database}, on_error, [&](Failure& failure) {
            const Deadline deadline{ovsdb::ClientOptions{}.timeout};
            ovsdb::Client client{database, {}, deadline, failure};
            return detail::without_ports(detail::find_leftovers(client, deadline, failure));
        });
}

VETHPP_INLINE std::vector<OvsLeftover> remove_ovs_leftovers(const std::string& database,
                                                            OnError on_error) {
    return detail::attempt(
        {"remove the leftovers from Open vSwitch", database}, on_error, [&](Failure& failure) {
            const Deadline deadline{ovsdb::ClientOptions{}.timeout};
            ovsdb::Client client{database, {}, deadline, failure};
            return detail::without_ports(detail::remove_leftovers(client, deadline, failure));
        });
}

}  // namespace vethpp
