// SPDX-License-Identifier: BSL-1.0
// Whose bridges and ports are: names are used again by others, and processes have children.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/ovs.hpp"
#include "support/raw_clone.hpp"

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sched.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;

std::string bridge_uuid(const Switch& sw, const std::string& name) {
    return vsctl(sw.ovs, "get bridge " + name + " _uuid");
}

// Ways to come to a child process, each of which runs f and ends. Returns how it ended; -1 where
// this machine does not let it begin.
using Child = std::function<int(const std::function<void()>&)>;

int end_of(::pid_t child) {
    int status = -1;
    if (child < 0 || ::waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
int run(const std::function<void()>& f) {
    ::alarm(60);
    try {
        f();
        return 0;
    } catch (...) {
        return 99;
    }
}

std::map<std::string, Child> ways() {
    return {{"fork",
             [](const std::function<void()>& f) {
                 const ::pid_t child = ::fork();
                 if (child == 0) ::_exit(run(f));
                 return end_of(child);
             }},
            {"clone",
             [](const std::function<void()>& f) {
                 return end_of(raw_clone(0, [&] { return run(f); }));
             }},
            {"clone into a new PID namespace", [](const std::function<void()>& f) {
                 return end_of(raw_clone(CLONE_NEWPID, [&] { return run(f); }));
             }}};
}

}  // namespace

TEST_CASE("ovs identity: a bridge that somebody else has replaced is not ours", "[ovs]") {
    Switch sw;
    std::optional<OvsBridge> mine{sw.options("br1")};
    const Host a{sw, "a", "10.1.1.1/24"};
    mine->add_port(a.pair.second());
    CHECK(vsctl(sw.ovs, "del-br br1 -- add-br br1 -- add-port br1 theirs").empty());
    const std::string theirs = vsctl(sw.ovs, "list-ports br1");
    for (const auto& [name, call] : std::map<std::string, std::function<void(OnError)>>{
             {"add_port", [&](OnError e) { mine->add_port(a.pair.second(), {}, e); }},
             {"add_internal_port", [&](OnError e) { mine->add_internal_port("i0", {}, e); }},
             {"add_patch_port", [&](OnError e) { mine->add_patch_port("i0", "i1", {}, e); }},
             {"remove_port", [&](OnError e) { mine->remove_port("theirs", e); }},
             {"ports", [&](OnError e) { (void)mine->ports(e); }},
             {"port", [&](OnError e) { (void)mine->port("theirs", e); }},
             {"remove", [&](OnError e) { mine->remove(e); }}}) {
        INFO(name);
        const Error error = failure_of(call);
        CHECK(error.code() == errc::ovsdb_refused);
        CHECK(error.context().object == "br1");
        CHECK(error.context().hint ==
              "the bridge is gone; if there is one of its name, it is another one");
    }
    mine.reset();
    CHECK(vsctl(sw.ovs, "list-br") == "br0\nbr1");
    CHECK(vsctl(sw.ovs, "list-ports br1") == theirs);
}

TEST_CASE("ovs identity: a bridge that somebody else has taken over stays", "[ovs]") {
    const Switch sw;
    {
        const OvsBridge bridge{sw.options("br1")};
        CHECK(vsctl(sw.ovs, "set bridge br1 external_ids:vethpp-owner=somebody").empty());
    }
    CHECK(vsctl(sw.ovs, "list-br") == "br0\nbr1");
}

TEST_CASE("ovs identity: only ports of this bridge are taken out of it", "[ovs]") {
    Switch sw;
    OvsBridge br1{sw.options("br1")};
    br1.add_internal_port("p1");
    check_error(failure_of([&](OnError e) { sw.br0.remove_port("p1", e); }),
                errc::ovsdb_refused,
                "remove a port from: br0 (p1): refused by the OVSDB server (it has no port p1)");
    CHECK(vsctl(sw.ovs, "list-ports br1") == "p1");
    check_error(failure_of([&](OnError e) { br1.remove_port("br1", e); }),
                errc::invalid_option,
                "remove a port from: br1 (br1): invalid option (it is the bridge's own, which goes "
                "with the bridge)");
    check_error(failure_of([&](OnError e) { br1.remove_port("br0", e); }),
                errc::ovsdb_refused,
                "remove a port from: br1 (br0): refused by the OVSDB server (it has no port br0)");
    CHECK(br1.port("p1").name == "p1");
    CHECK(rows_in(sw.ovs.database()).size() == 8);
}

TEST_CASE("ovs identity: a port that somebody else has replaced outlives the link of ours",
          "[ovs]") {
    Switch sw;
    std::optional<Host> a{std::in_place, sw, "a", "10.1.1.1/24"};
    sw.br0.add_port(a->pair.second());
    // Theirs is a patch, which needs no link.
    CHECK(vsctl(sw.ovs,
                "del-port ovs-a -- add-port br0 ovs-a -- set interface ovs-a type=patch "
                "options:peer=x")
              .empty());
    const std::string theirs = vsctl(sw.ovs, "get port ovs-a _uuid");
    const Host b{sw, "b", "10.1.1.2/24"};
    sw.br0.add_port(b.pair.second());
    a.reset();
    sw.netns.link("ovs-b").remove();  // whose port goes later
    CHECK(comes_true([&] { return vsctl(sw.ovs, "list-ports br0") == "ovs-a"; }));
    CHECK(vsctl(sw.ovs, "get port ovs-a _uuid") == theirs);
}

TEST_CASE("ovs identity: what is refused or fails takes nothing of others away", "[ovs]") {
    Switch sw;
    CHECK(vsctl(sw.ovs, "add-br br1 -- add-port br1 theirs -- set interface theirs type=internal")
              .empty());
    const std::string before = bridge_uuid(sw, "br1") + vsctl(sw.ovs, "get port theirs _uuid");
    error_code ec;
    sw.br0.add_internal_port("theirs", {}, ec);
    CHECK(ec == errc::ovsdb_refused);
    (void)OvsBridge{sw.options("br1"), ec};
    CHECK(ec == errc::ovsdb_refused);
    (void)OvsBridge{sw.options("theirs"), ec};  // which would have a port of that name
    CHECK(ec == errc::ovsdb_refused);
    const Netns elsewhere = Netns::create("elsewhere");
    const VethPair pair{{.netns = elsewhere, .name = "theirs"}, {.netns = elsewhere, .name = "v"}};
    sw.br0.add_port(pair.first(), {}, ec);
    CHECK(ec == errc::ovsdb_refused);
    CHECK(bridge_uuid(sw, "br1") + vsctl(sw.ovs, "get port theirs _uuid") == before);
}

TEST_CASE("ovs identity: the copy in a child process owns nothing", "[ovs]") {
    Switch sw;
    const Host a{sw, "a", "10.1.1.1/24"};
    const std::string state = GENERATE("no ports", "a port", "a gone link", "removed");
    CAPTURE(state);
    std::optional<OvsBridge> br1{sw.options("br1")};
    std::optional<Stopped> stopped;
    if (state != "no ports") br1->add_port(a.pair.second());
    if (state == "a gone link") {
        stopped.emplace(process_in(sw.ovs.directory(), "ovsdb-server"));
        sw.netns.link("ovs-a").remove();
    }
    if (state == "removed") br1->remove();
    for (const auto& [name, begin] : ways()) {
        CAPTURE(name);
        const int end = begin([&] {
            const std::map<std::string, std::function<void(OnError)>> calls{
                {"add", [&](OnError e) { br1->add_port(a.pair.second(), {}, e); }},
                {"internal", [&](OnError e) { br1->add_internal_port("i0", {}, e); }},
                {"remove_port", [&](OnError e) { br1->remove_port("ovs-a", e); }},
                {"ports", [&](OnError e) { (void)br1->ports(e); }},
                {"port", [&](OnError e) { (void)br1->port("ovs-a", e); }},
                {"remove", [&](OnError e) { br1->remove(e); }}};
            for (const auto& [what, call] : calls) {
                error_code ec;
                call(ec);
                if (ec != errc::used_after_fork) ::_exit(1);
            }
            br1->release();
            OvsBridge moved = std::move(*br1);
            br1.reset();
        });
        // A user namespace is needed for a PID namespace of one's own, where one is not root.
        if (end != -1) CHECK(end == 0);
    }
    if (stopped) stopped.reset();
    if (state == "removed") {
        CHECK(vsctl(sw.ovs, "list-br") == "br0");
        return;
    }
    CHECK(vsctl(sw.ovs, "list-br") == "br0\nbr1");
    CHECK(comes_true([&] { return br1->ports().size() == (state == "a port" ? 1U : 0U); }));
    if (state == "a port") {
        sw.netns.link("ovs-a").remove();
        CHECK(comes_true([&] { return br1->ports().empty(); }));
    }
    br1.reset();
    CHECK(vsctl(sw.ovs, "list-br") == "br0");
}

TEST_CASE("ovs identity: a child's copy closes its descriptors", "[ovs]") {
    Switch sw;
    const Host a{sw, "a", "10.1.1.1/24"};
    auto br1 = std::make_unique<OvsBridge>(sw.options("br1"));
    const auto open = [] {
        int count = 0;
        for (int fd = 0; fd < 1024; ++fd)
            if (::fcntl(fd, F_GETFD) >= 0) ++count;
        return count;
    };
    const Ended ended = in_child([&] {
        const auto before = open();
        br1.reset();
        if (open() + 1 != before) return 1;  // its spare one
        return 0;
    });
    CHECK(ended.exited(0));
    br1->add_port(a.pair.second());
    const Ended with_port = in_child([&] {
        const auto before = open();
        br1.reset();
        if (open() + 3 != before) return 1;  // the watcher's two as well
        return 0;
    });
    CHECK(with_port.exited(0));
    CHECK(br1->ports().size() == 1);
}

TEST_CASE("ovs identity: a child is made while other threads work on the bridge", "[ovs]") {
    Switch sw;
    OvsBridge br1{sw.options("br1")};
    std::atomic<bool> enough = false;
    std::vector<std::thread> threads;
    for (const char* name : {"i0", "i1", "i2"})
        threads.emplace_back([&, name] {
            error_code ec;
            while (!enough) {
                br1.add_internal_port(name, {}, ec);
                br1.remove_port(name, ec);
            }
        });
    for (int i = 0; i < 30; ++i) {
        const Ended ended = in_child([&] {
            error_code ec;
            (void)br1.ports(ec);
            const OvsBridge gone = std::move(br1);
            return ec == errc::used_after_fork ? 0 : 1;
        });
        CHECK(ended.exited(0));
    }
    enough = true;
    for (std::thread& thread : threads) thread.join();
    CHECK(br1.ports().empty());
    CHECK(vsctl(sw.ovs, "list-br") == "br0\nbr1");
}

TEST_CASE("ovs identity: a bridge of no datapath type has the switch's", "[ovs]") {
    const Netns netns = Netns::create("fabric");
    const auto datapath = GENERATE(OvsDatapath::automatic, OvsDatapath::dummy);
    const OvsDaemon ovs = Switch::start(netns, datapath);
    const OvsBridgeOptions plain{.database = ovs.database(), .name = "br0", .timeout = long_enough};
    const auto check = [&] {
        // Another process knows nothing of the daemon but its address.
        const Ended ended = in_child([&] {
            OvsBridge bridge{plain};
            bridge.add_internal_port("i0");
            return vsctl(ovs, "get bridge br0 datapath_type") == ovs.datapath_type() ? 0 : 1;
        });
        INFO(ended.output);
        CHECK(ended.exited(0));
        const OvsBridge bridge{plain};
        CHECK(vsctl(ovs, "get bridge br0 datapath_type") == ovs.datapath_type());
    };
    check();
    SECTION("of a foreign switch, the usual one of those that it has") {
        if (ovs.datapath() == OvsDatapath::dummy) return;
        CHECK(vsctl(ovs, "clear Open_vSwitch . external_ids").empty());
        check();
    }
    SECTION("and none that it does not have") {
        for (const char* bad : {"nonsense", "netdevv", ""}) {
            OvsBridgeOptions odd = plain;
            odd.datapath_type = *bad != '\0' ? bad : "SYSTEM";
            const Error error = failure_of([&](OnError on_error) {
                (void)OvsBridge{odd, on_error};
            });
            CHECK(error.code() == errc::invalid_option);
            CHECK(error.context().object == "br0");
            CHECK_THAT(error.context().hint,
                       contains("datapath_type: this Open vSwitch has ") &&
                           contains(ovs.datapath_type()) &&
                           contains("(Open_vSwitch.datapath_types), and not \"" +
                                    odd.datapath_type + "\""));
        }
        CHECK(vsctl(ovs, "list-br").empty());
        // An adopted one is not changed, unless it is asked to be.
        OvsBridge bridge{plain};
        OvsBridgeOptions adopting = plain;
        adopting.existing = OvsExisting::adopt;
        CHECK(OvsBridge{adopting}.ports().empty());
        adopting.datapath_type = "nonsense";
        error_code ec;
        (void)OvsBridge{adopting, ec};
        CHECK(ec == errc::invalid_option);
        CHECK(vsctl(ovs, "get bridge br0 datapath_type") == ovs.datapath_type());
    }
}
