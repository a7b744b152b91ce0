// SPDX-License-Identifier: BSL-1.0
// A monitor whose server goes, or whose process forks.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/ovsdb_server.hpp"
#include "support/patience.hpp"
#include <vethpp/ovs/async_monitor.hpp>
#include <vethpp/ovs/monitor.hpp>

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;

// A monitor's beginning, with one interface, and one that comes.
void serve(Peer& peer) {
    peer.expect();
    peer.say(R"({"id":1,"result":{"Interface":{"u":{"initial":{"name":"a"}}}},"error":null})"
             R"({"method":"update2","id":null,"params":["vethpp",{"Interface":)"
             R"({"v":{"insert":{"name":"b"}}}}]})");
}

}  // namespace

TEST_CASE("ovs monitor: when the server goes, what had come is told, and what to do") {
    ScriptedServer server{serve};
    OvsMonitor monitor{server.address(), {.timeout = long_enough}};
    CHECK(monitor.next(long_enough).port.name == "a");
    CHECK(monitor.next(long_enough).port.name == "b");
    CHECK_THROWS_WITH(monitor.next(long_enough),
                      "wait for Open vSwitch: " + server.address() +
                          ": Connection reset by peer (the server closed the connection; a new "
                          "monitor begins with what is there then)");
    CHECK_THROWS_WITH(
        monitor.next(long_enough),
        contains("the connection is lost: Connection reset by peer; a new monitor begins"));
}

TEST_CASE("ovs monitor: the same asynchronously") {
    ScriptedServer server{serve};
    boost::asio::io_context io;
    AsyncOvsMonitor monitor{io.get_executor(), {.timeout = long_enough}};
    std::vector<std::string> seen;
    error_code ended;
    monitor.async_connect(server.address(), [&](error_code ec) {
        CHECK_FALSE(ec.failed());
        for (int i = 0; i < 3; ++i)
            monitor.async_next([&](error_code failed, const OvsPortEvent& event) {
                if (failed)
                    ended = failed;
                else
                    seen.push_back(event.port.name);
            });
    });
    io.run();
    CHECK(seen == Names{"a", "b"});
    CHECK(ended == boost::system::errc::connection_reset);
}

TEST_CASE("ovs monitor: a timeout may be anything, and a child's copy does nothing") {
    ScriptedServer server{[](Peer& peer) {
        serve(peer);
        peer.expect();
    }};
    auto monitor = std::make_unique<OvsMonitor>(
        server.address(), ovsdb::ClientOptions{.timeout = std::chrono::milliseconds::max()});
    const ::pid_t child = ::fork();
    if (child == 0) {
        error_code ec;
        monitor->next(long_enough, ec);
        monitor.reset();
        ::_exit(ec == errc::used_after_fork ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(monitor->next(std::chrono::milliseconds::max()).port.name == "a");
    CHECK(monitor->next(std::chrono::hours{24 * 365 * 300}).port.name == "b");
    for (const auto none : {std::chrono::milliseconds::min(), std::chrono::milliseconds{0}}) {
        error_code ec;
        monitor->next(none, ec);
        CHECK(ec == boost::system::errc::timed_out);
    }
    const OvsMonitor moved = std::move(*monitor);
    CHECK(failure_of([&](OnError on_error) { monitor->next(long_enough, on_error); }).code() ==
          errc::empty_object);
}
