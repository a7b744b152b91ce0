// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/options.hpp>
#include <vethpp/ovsdb/client.hpp>

#include <string>
#include <string_view>
#include <vector>

// What is there before something is done: what would make it fail is found out while nothing has
// been changed.
namespace vethpp::detail {

/// What a switch says of itself, and of a bridge of a name.
struct OvsSwitch {
    std::vector<std::string> datapath_types{};  ///< that it has; none while it has not said so
    std::string datapath_type{};                ///< what a bridge should have that asks for none
    std::string bridge{};                       ///< the UUID of the bridge of that name, if any
};

[[nodiscard]] OvsSwitch look_at_switch(ovsdb::Client& client,
                                       const std::string& bridge,
                                       Deadline deadline,
                                       Failure& failure);
/// Settles the datapath type of a bridge that is to be made, or changed if it is there; fails for
/// one that the switch does not have.
void choose_datapath_type(const OvsSwitch& there, OvsBridgeOptions& options, Failure& failure);

/// A bridge, and the port of a name, which may be another one's.
struct OvsPlace {
    std::string datapath_type{};
    std::string port{};  ///< its UUID, if there is one
    bool ours = false;   ///< whether it is in that bridge

    [[nodiscard]] bool is_userspace() const noexcept {
        return !datapath_type.empty() && datapath_type != "system";
    }
};

/// Fails if there is no bridge of that UUID any more.
[[nodiscard]] OvsPlace look_at_place(ovsdb::Client& client,
                                     std::string_view bridge,
                                     std::string_view port,
                                     Deadline deadline,
                                     Failure& failure);

/// What it means that there is no bridge of our UUID.
inline constexpr std::string_view ovs_bridge_gone =
    "the bridge is gone; if there is one of its name, it is another one";

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/lookup.ipp>
#endif
