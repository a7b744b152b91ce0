// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/request.hpp>

#include <string>
#include <string_view>
#include <vector>

// Taking bridges and ports out of a switch again. A row goes when nothing refers to it any more.
namespace vethpp::detail {

/// The rows of a table with that name, by their UUIDs.
[[nodiscard]] std::vector<std::string> find_rows(ovsdb::Client& client,
                                                 std::string_view table,
                                                 std::string_view name,
                                                 Deadline deadline,
                                                 Failure& failure);

/// Takes ports out of the bridges that have them, and bridges out of the switch; by their UUIDs.
void erase_rows(OvsRequest& request,
                const std::vector<std::string>& ports,
                const std::vector<std::string>& bridges);

/// Undoes, within a second, an OvsRequest that was committed but did not come true.
void undo_port(ovsdb::Client& client, const std::string& name);
void undo_bridge(ovsdb::Client& client, const std::string& name);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/removal.ipp>
#endif
