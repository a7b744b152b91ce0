// SPDX-License-Identifier: BSL-1.0
// A user's program with Open vSwitch in it, which need not be installed to build it.
#include "form.hpp"
#include <vethpp/ovs/bridge.hpp>

#include <fmt/core.h>

int main() {
    vethpp::error_code ec;
    const vethpp::OvsBridge br0{{.database = "unix:/nowhere/db.sock", .name = "br0"}, ec};
    if (ec != boost::system::errc::no_such_file_or_directory) return 1;
    fmt::print("built with vethpp: {}\n", "consumer of Open vSwitch");
}
