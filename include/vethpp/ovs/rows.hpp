// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/options.hpp>
#include <vethpp/ovs/request.hpp>

#include <string>

// Bridges and ports as rows of the database; ovs-vswitchd.conf.db(5).
namespace vethpp::detail {

/// A port that is to be: its name, Interface.type and Interface.options.
struct OvsPortSpec {
    std::string name{};
    std::string type{};
    ovsdb::TextMap options{};
};

[[nodiscard]] OvsPortSpec tunnel_spec(const std::string& name, const OvsTunnel& tunnel);

void insert_bridge(OvsRequest& request, const OvsBridgeOptions& options, const std::string& owner);
/// Changes what the options say of a bridge that is there, and leaves it the rest.
void adopt_bridge(OvsRequest& request, const OvsBridgeOptions& options);
void insert_port(OvsRequest& request,
                 const std::string& bridge,
                 const OvsPortSpec& spec,
                 const OvsPortOptions& options,
                 const std::string& owner);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/rows.ipp>
#endif
