// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ovs/supervisor.hpp>
#include <vethpp/ovs/text_file.hpp>
#include <vethpp/ovs/userspace.hpp>
#include <vethpp/ovsdb/client.hpp>

#include <algorithm>
#include <string_view>

namespace vethpp::detail {

VETHPP_INLINE void forget_flows(const std::string& database, Deadline deadline) {
    constexpr std::string_view scheme = "unix:";
    const std::size_t end = database.rfind('/');
    if (!database.starts_with(scheme) || end == database.npos) return;
    const std::string directory = database.substr(scheme.size(), end - scheme.size());
    const std::string_view name = std::string_view{directory}.substr(directory.rfind('/') + 1);
    if (!name.starts_with(ovs_directory_name)) return;
    const std::string daemon = directory + "/ovs-vswitchd.";
    std::string pid = read_text_file(daemon + "pid");
    pid.erase(std::min(pid.find('\n'), pid.size()));
    // The socket of ovs-appctl(8), which speaks the same JSON-RPC.
    Failure ignored;
    ovsdb::Client control{concat({scheme, daemon, pid, ".ctl"}), {}, deadline, ignored};
    control.call("revalidator/purge", {}, deadline, ignored);
}

}  // namespace vethpp::detail
