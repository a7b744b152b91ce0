// SPDX-License-Identifier: BSL-1.0
// Fifty bridges with twenty ports each, in an Open vSwitch of the program's own: as one
// transaction, and by one call of ovs-vsctl for each bridge and each port. Both sides wait until
// ovs-vswitchd has carried everything out. And one port more on a switch with one bridge, either
// way.
//
//     open_vswitch [ROUNDS]
#include "support/measure.hpp"
#include "support/private_namespaces.hpp"
#include <vethpp/ovs/bridge.hpp>
#include <vethpp/ovs/daemon.hpp>
#include <vethpp/ovs/owner.hpp>
#include <vethpp/ovs/rows.hpp>
#include <vethpp/veth.hpp>

#include <cstdlib>
#include <exception>

namespace {

constexpr int bridges = 50;
constexpr int ports = 20;

std::string bridge_name(int bridge) { return fmt::format("br{}", bridge); }
std::string port_name(int bridge, int port) { return fmt::format("p{}-{}", bridge, port); }

// The datapath without taps, on both sides: otherwise a thousand internal ports would be a thousand
// devices of the kernel, and those are what would be measured.
struct Switch {
    vethpp::Netns netns = vethpp::Netns::create("switch");
    vethpp::OvsDaemon ovs{{.netns = netns, .datapath = vethpp::OvsDatapath::dummy}};

    [[nodiscard]] vethpp::OvsBridgeOptions options(const std::string& name) const {
        return {.database = ovs.database(), .name = name, .datapath_type = ovs.datapath_type()};
    }
    void vsctl(const std::string& arguments) const {
        const std::string command = "ovs-vsctl --db=" + ovs.database() + " " + arguments;
        if (std::system(command.c_str()) != 0) throw std::runtime_error{command};
    }
};

void all_by_transaction(const Switch& there) {
    using namespace vethpp;
    const detail::OvsLabel label{.owner = detail::OvsOwner::self()};
    detail::OvsRequest request;
    for (int b = 0; b < bridges; ++b) {
        detail::insert_bridge(request, there.options(bridge_name(b)), label);
        for (int p = 0; p < ports; ++p)
            detail::insert_port(request,
                                detail::where_name(bridge_name(b)),
                                {.name = port_name(b, p), .type = "internal"},
                                {},
                                label);
    }
    Failure failure;
    const Deadline deadline{std::chrono::minutes{1}};
    ovsdb::Client client{there.ovs.database(), {}, deadline, failure};
    request.apply(client, deadline, failure);
    if (failure) throw Error{std::move(failure)};
}

void all_by_vsctl(const Switch& there) {
    for (int b = 0; b < bridges; ++b) {
        there.vsctl(fmt::format("add-br {0} -- set bridge {0} datapath_type={1}",
                                bridge_name(b),
                                there.ovs.datapath_type()));
        for (int p = 0; p < ports; ++p)
            there.vsctl(fmt::format("add-port {} {} -- set interface {} type=internal",
                                    bridge_name(b),
                                    port_name(b, p),
                                    port_name(b, p)));
    }
}

}  // namespace

int main(int argc, char** argv) try {
    bench::enter_private_namespaces();
    const int rounds = bench::rounds(argc, argv, 1);
    std::vector<double> started;
    std::vector<double> by_library;
    std::vector<double> by_vsctl;
    for (int round = 0; round < rounds; ++round) {
        const Switch first;
        by_library.push_back(bench::seconds([&] { all_by_transaction(first); }));
        const Switch second;
        by_vsctl.push_back(bench::seconds([&] { all_by_vsctl(second); }));
    }
    bench::print_ratio("50 bridges of 20 ports: ovs-vsctl / lib.", by_vsctl, by_library);

    constexpr int singles = 40;
    by_library.clear();
    by_vsctl.clear();
    const Switch there;
    vethpp::OvsBridge br0{there.options("br0")};
    for (int i = 0; i < singles; ++i) {
        by_library.push_back(bench::seconds([&] { br0.add_internal_port(fmt::format("a{}", i)); }));
        by_vsctl.push_back(bench::seconds([&] {
            there.vsctl(fmt::format("add-port br0 b{0} -- set interface b{0} type=internal", i));
        }));
    }
    bench::print_ratio("one port: ovs-vsctl / library", by_vsctl, by_library);
    for (int i = 0; i < singles; ++i) started.push_back(bench::seconds([] { const Switch one; }));
    bench::print_count("namespace and daemon, started and ended",
                       fmt::format("{}, at most {}",
                                   bench::with_unit(bench::median(started)),
                                   bench::with_unit(bench::quantile(started, 1))),
                       "well under 0.2 s");
} catch (const vethpp::Error& error) {
    if (error.code() != vethpp::errc::not_installed) throw;
    fmt::print("open_vswitch: left out: {}\n", error.what());
}
