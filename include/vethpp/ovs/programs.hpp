// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/datapath.hpp>
#include <vethpp/ovs/supervisor.hpp>
#include <vethpp/value/error.hpp>

#include <string>
#include <vector>

// Which programs an Open vSwitch consists of, and how they are started.
namespace vethpp::detail {

/// Paths; errc::not_installed names the package of what is not there.
struct OvsPrograms {
    OvsPrograms(const std::string& directory, const std::string& schema, Failure& failure);

    std::string tool;      ///< ovsdb-tool(1)
    std::string server;    ///< ovsdb-server(1)
    std::string vswitchd;  ///< ovs-vswitchd(8)
    std::string schema;    ///< vswitch.ovsschema
};

/// The address of the database of a switch that works in a directory.
[[nodiscard]] std::string ovs_database(const std::string& directory);

/// What makes a fresh database in the working directory, and starts both daemons.
[[nodiscard]] std::vector<OvsCommand> ovs_commands(const OvsPrograms& programs,
                                                   const std::string& directory,
                                                   OvsDatapath datapath);
/// Keeps them from the places of the system's own switch.
[[nodiscard]] std::vector<std::string> ovs_environment(const std::string& directory);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/programs.ipp>
#endif
