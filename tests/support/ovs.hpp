// SPDX-License-Identifier: BSL-1.0
// What tests with a live Open vSwitch share.
#pragma once

#include "catch.hpp"
#include "live.hpp"
#include "patience.hpp"
#include "skip.hpp"
#include <vethpp/netns.hpp>
#include <vethpp/ovs/bridge.hpp>
#include <vethpp/ovs/daemon.hpp>
#include <vethpp/ovsdb/client.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace vethpp_test {

/// A switch of one's own in a namespace of its own, with a bridge br0.
struct Switch {
    vethpp::Netns netns = vethpp::Netns::create("fabric");
    vethpp::OvsDaemon ovs = start(netns);
    vethpp::OvsBridge br0{options("br0")};

    [[nodiscard]] vethpp::OvsBridgeOptions options(const char* name) const {
        return {.database = ovs.database(),
                .name = name,
                .datapath_type = ovs.datapath_type(),
                .timeout = long_enough};
    }
    /// Internal ports are links only where there are taps.
    [[nodiscard]] bool has_taps() const { return ovs.datapath() != vethpp::OvsDatapath::dummy; }

    [[nodiscard]] static vethpp::OvsDaemon start(const vethpp::Netns& netns,
                                                 vethpp::OvsDatapath datapath = {}) {
        if (::access("/usr/sbin/ovs-vswitchd", X_OK) != 0)
            skip("openvswitch-switch is not installed");
        return vethpp::OvsDaemon{{.netns = netns, .datapath = datapath, .timeout = long_enough}};
    }
};

/// A host on a switch: its namespace, and a pair into that of the switch. It reaches another one at
/// once or not at all.
struct Host {
    vethpp::Netns netns;
    vethpp::VethPair pair;

    Host(const Switch& where,
         const std::string& name,
         const char* address,
         std::optional<vethpp::MacAddress> mac = {})
        : netns{vethpp::Netns::create(name)},
          pair{{.netns = netns, .name = "eth0", .mac = mac, .addresses = {address}, .up = true},
               {.netns = where.netns, .name = "ovs-" + name, .up = true}} {
        solicit_once(netns, pair.first());
    }
};

/// The processes that work in a directory, as those of an OvsDaemon do in theirs.
inline std::vector<::pid_t> processes_in(const std::string& directory) {
    std::vector<::pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
        const std::string pid = entry.path().filename();
        std::error_code ec;  // no process, or one that has just ended
        const std::string place = std::filesystem::read_symlink(entry.path() / "cwd", ec);
        if (!ec && (place == directory || place == directory + " (deleted)"))
            found.push_back(std::atoi(pid.c_str()));
    }
    return found;
}
/// Of these, the one that runs that program; 0 if there is none.
inline ::pid_t process_in(const std::string& directory, const std::string& program) {
    for (const ::pid_t pid : processes_in(directory)) {
        std::string name;
        std::getline(std::ifstream{"/proc/" + std::to_string(pid) + "/comm"}, name);
        if (name == program) return pid;
    }
    return 0;
}

/// Stops a process in its tracks, until the end of the scope.
class Stopped {
public:
    explicit Stopped(::pid_t pid) : pid_{pid} {
        REQUIRE(pid > 0);
        ::kill(pid_, SIGSTOP);
        // The signal has arrived when the process is shown as stopped.
        REQUIRE(comes_true([&] {
            std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
            const std::string stat{std::istreambuf_iterator<char>{file}, {}};
            return stat.find(") T ") != std::string::npos;
        }));
    }
    Stopped(const Stopped&) = delete;
    Stopped& operator=(const Stopped&) = delete;
    ~Stopped() { ::kill(pid_, SIGCONT); }

private:
    ::pid_t pid_;
};

/// Whether nobody listens there any more, or soon. A process's sockets are closed after all else.
inline bool is_refused(const std::string& database) {
    return comes_true([&] {
        vethpp::error_code ec;
        const vethpp::ovsdb::Client client{database, {}, vethpp::OnError{ec}};
        return ec == boost::system::errc::connection_refused;
    });
}

/// A timeout of operations within which the database answers, as it just did, so that what is late
/// is ovs-vswitchd.
inline std::chrono::milliseconds enough_for_the_database(const vethpp::OvsDaemon& ovs) {
    return std::chrono::milliseconds{500} +
           50 * duration_of([&] { vethpp::ovsdb::Client{ovs.database()}.echo(); });
}

/// What a command prints, without the last newline.
inline std::string output_of(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe{::popen((command + " 2>&1").c_str(), "r"),
                                                     ::pclose};
    REQUIRE(pipe);
    std::string out;
    char part[256];
    while (std::fgets(part, sizeof part, pipe.get()) != nullptr) out += part;
    while (!out.empty() && out.back() == '\n') out.pop_back();
    return out;
}

/// ovs-vsctl, an oracle that nobody here wrote.
inline std::string vsctl(const vethpp::OvsDaemon& ovs, const std::string& arguments) {
    return output_of("ovs-vsctl --no-wait --db=" + ovs.database() + " " + arguments);
}

/// What is in a database, by name: "Bridge br0", "Port ovs-a", ...; sorted.
inline std::vector<std::string> rows_in(const std::string& database) {
    vethpp::ovsdb::Client client{database, {.timeout = long_enough}};
    vethpp::ovsdb::Transaction look;
    std::vector<std::string> found;
    const char* const tables[] = {"Bridge", "Port", "Interface"};
    for (const char* table : tables) look.select(table, {}, {"name"});
    const auto results = client.transact(look);
    for (std::size_t i = 0; i < std::size(tables); ++i)
        for (const auto& row : vethpp::ovsdb::rows(results[i]))
            found.push_back(std::string{tables[i]} + " " +
                            vethpp::ovsdb::text(vethpp::ovsdb::column(row, "name")));
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace vethpp_test
