// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/request.hpp>

#include <string>
#include <string_view>
#include <vector>

// Taking bridges and ports out of a switch again, by their UUIDs: a name may be somebody else's by
// now. A row goes when nothing refers to it any more.
namespace vethpp::detail {

/// The rows of a table that match, by their UUIDs.
[[nodiscard]] std::vector<std::string> find_rows(ovsdb::Client& client,
                                                 std::string_view table,
                                                 ovsdb::json::array where,
                                                 Deadline deadline,
                                                 Failure& failure);

/// Takes ports out of whichever bridges have them, and bridges out of the switch.
void erase_rows(OvsRequest& request,
                const std::vector<std::string>& ports,
                const std::vector<std::string>& bridges);
/// Takes ports out of one bridge.
void erase_ports(OvsRequest& request,
                 std::string_view bridge,
                 const std::vector<std::string>& ports);

/// Deletes what bears that id, if it can be done by then: a bridge whose insertion may have been
/// carried out, although nobody is there to own it.
void undo_bridge(const std::string& database, std::string_view id, Deadline deadline);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/removal.ipp>
#endif
