// SPDX-License-Identifier: BSL-1.0
// An Open vSwitch in a library whose calls are bound when they are first made: the process that
// supervises it has given back the tables for that, and must not need them.
#include <vethpp/ovs/daemon.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <unistd.h>

extern "C" int start_and_end() {
    if (::access("/usr/sbin/ovs-vswitchd", X_OK) != 0) {
        std::puts("skipped: openvswitch-switch is not installed");
        return 77;
    }
    std::string directory;
    try {
        const vethpp::OvsDaemon ovs{
            {.datapath = vethpp::OvsDatapath::dummy, .timeout = std::chrono::minutes{1}}};
        directory = ovs.directory();
    } catch (const vethpp::Error& error) {
        std::puts(error.what());
        return 1;
    }
    return ::access(directory.c_str(), F_OK) == 0 ? 2 : 0;
}
