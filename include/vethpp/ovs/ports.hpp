// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/port.hpp>
#include <vethpp/ovsdb/client.hpp>

#include <string>
#include <string_view>
#include <vector>

// Ports as the database tells of them.
namespace vethpp::detail {

/// What a row of Interface says about a port.
void read_interface(const ovsdb::json::object& row, OvsPort& port);

/// A bridge, and its name, which its own port has, too.
struct OvsBridgeRow {
    std::string_view uuid;
    std::string_view name;
};

/// The ports of a bridge by name, without the bridge's own.
[[nodiscard]] std::vector<OvsPort> list_ovs_ports(ovsdb::Client& client,
                                                  const OvsBridgeRow& bridge,
                                                  Deadline deadline,
                                                  Failure& failure);
/// One of them; a failure if the bridge has none of that name.
[[nodiscard]] OvsPort find_ovs_port(ovsdb::Client& client,
                                    const OvsBridgeRow& bridge,
                                    const std::string& name,
                                    Deadline deadline,
                                    Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/ports.ipp>
#endif
