// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ovs/programs.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace vethpp::detail {

inline void not_installed(std::string_view what, const char* hint, Failure& failure) {
    if (failure) return;
    failure.fail(errc::not_installed, hint);
    failure.context.object = what;
}

// From where the programs work, relative paths lead elsewhere.
[[nodiscard]] inline std::string absolute_path(const std::string& path, Failure& failure) {
    std::error_code ec;
    std::string absolute = std::filesystem::absolute(path, ec).string();
    if (ec) failure.fail_errno(ec.value(), concat({"the working directory, for ", path}));
    return absolute;
}

// In a list of directories, as in $PATH.
[[nodiscard]] inline std::string find_program(std::string_view name,
                                              std::string_view places,
                                              Failure& failure) {
    while (!failure && !places.empty()) {
        const std::size_t end = std::min(places.find(':'), places.size());
        std::string file = concat({places.substr(0, end), "/", name});
        if (end != 0 && ::access(file.c_str(), X_OK) == 0) return absolute_path(file, failure);
        places.remove_prefix(std::min(end + 1, places.size()));
    }
    not_installed(name, "Debian and Ubuntu have it in openvswitch-switch", failure);
    return {};
}

[[nodiscard]] inline std::string find_schema(Failure& failure) {
    for (const char* place : {"/usr/share/openvswitch", "/usr/local/share/openvswitch"}) {
        std::string file = concat({place, "/vswitch.ovsschema"});
        if (::access(file.c_str(), R_OK) == 0) return file;
    }
    not_installed("vswitch.ovsschema", "Debian and Ubuntu have it in openvswitch-common", failure);
    return {};
}

VETHPP_INLINE OvsPrograms::OvsPrograms(const std::string& directory,
                                       const std::string& wanted_schema,
                                       Failure& failure) {
    std::string places = directory;
    if (places.empty()) {
        const char* path = std::getenv("PATH");
        places = concat(
            {path != nullptr ? path : "", ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"});
    }
    tool = find_program("ovsdb-tool", places, failure);
    server = find_program("ovsdb-server", places, failure);
    vswitchd = find_program("ovs-vswitchd", places, failure);
    schema = wanted_schema.empty() ? find_schema(failure) : absolute_path(wanted_schema, failure);
}

VETHPP_INLINE std::string ovs_database(const std::string& directory) {
    return concat({"unix:", directory, "/db.sock"});
}

// In the background, with a log in the directory.
[[nodiscard]] inline OvsCommand ovs_daemon_command(const std::string& path,
                                                   const std::string& directory) {
    const std::string name = path.substr(path.rfind('/') + 1);
    return {path,
            {"--detach",
             "--no-chdir",
             "-vconsole:off",
             "-vsyslog:off",
             "-vfile:info",
             concat({"--log-file=", directory, "/", name, ".log"}),
             concat({"--pidfile=", directory, "/", name, ".pid"})}};
}

VETHPP_INLINE std::vector<OvsCommand> ovs_commands(const OvsPrograms& programs,
                                                   const std::string& directory,
                                                   OvsDatapath datapath) {
    const OvsCommand create{programs.tool, {"create", "conf.db", programs.schema}};
    // The root row, without which ovs-vswitchd waits; with what a bridge's datapath_type has to be,
    // for whoever uses this database.
    const OvsCommand insert{
        programs.tool,
        {"transact",
         "conf.db",
         concat({R"(["Open_vSwitch",{"op":"insert","table":"Open_vSwitch","row":{)",
                 R"("external_ids":["map",[["vethpp-datapath-type",")",
                 datapath_type(datapath),
                 R"("]]]}}])"})}};
    OvsCommand server = ovs_daemon_command(programs.server, directory);
    server.arguments.push_back("--remote=p" + ovs_database(directory));
    server.arguments.emplace_back("conf.db");
    OvsCommand vswitchd = ovs_daemon_command(programs.vswitchd, directory);
    if (datapath != OvsDatapath::kernel) vswitchd.arguments.emplace_back("--disable-system");
    if (datapath == OvsDatapath::dummy) vswitchd.arguments.emplace_back("--enable-dummy");
    vswitchd.arguments.push_back(ovs_database(directory));
    return {create, insert, server, vswitchd};
}

VETHPP_INLINE std::vector<std::string> ovs_environment(const std::string& directory) {
    std::vector<std::string> environment;
    for (const char* name : {"OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR"})
        environment.push_back(concat({name, "=", directory}));
    environment.emplace_back("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
    return environment;
}

}  // namespace vethpp::detail
