// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/options.hpp>
#include <vethpp/ovs/request.hpp>

#include <cstddef>
#include <string>
#include <string_view>

// Bridges and ports as rows of the database; ovs-vswitchd.conf.db(5).
namespace vethpp::detail {

/// A port that is to be: its name, Interface.type and Interface.options.
struct OvsPortSpec {
    std::string name{};
    std::string type{};
    ovsdb::TextMap options{};
};

[[nodiscard]] OvsPortSpec tunnel_spec(const std::string& name, const OvsTunnel& tunnel);

/// Whose a row is, in external_ids: the process that made it, and a number that no other row has.
/// By that it is found where the answer to its insertion, which has its UUID, did not arrive.
struct OvsLabel {
    static constexpr const char* id_key = "vethpp-id";

    std::string owner{};
    std::string id = random_id();

    [[nodiscard]] static std::string random_id();
};

/// Both return the operation that inserts the row of the bridge or port; where: the bridge.
std::size_t insert_bridge(OvsRequest& request,
                          const OvsBridgeOptions& options,
                          const OvsLabel& label);
std::size_t insert_port(OvsRequest& request,
                        ovsdb::json::array where,
                        const OvsPortSpec& spec,
                        const OvsPortOptions& options,
                        const OvsLabel& label);
/// Changes what the options say of a bridge that is there, and leaves it the rest.
void adopt_bridge(OvsRequest& request, std::string_view uuid, const OvsBridgeOptions& options);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/rows.ipp>
#endif
