// SPDX-License-Identifier: BSL-1.0
// The thread that follows the links of ports: where it cannot be started, and what it does when the
// database is away.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/ovs.hpp"
#include <vethpp/ovs/port_watcher.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;
using detail::NetnsPtr;

// From now on this process gets no new threads: EAGAIN, as at the limit of a container.
bool refuse_threads() {
    constexpr unsigned low = std::endian::native == std::endian::little ? 0 : 4;
    std::array<sock_filter, 7> code{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0]) + low),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog program{.len = code.size(), .filter = code.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

bool same_mask(const sigset_t& a, const sigset_t& b) {
    for (int signal = 1; signal < 32; ++signal)
        if (::sigismember(&a, signal) != ::sigismember(&b, signal)) return false;
    return true;
}

std::vector<std::string> port_names(const OvsBridge& bridge) {
    std::vector<std::string> found;
    for (const OvsPort& port : bridge.ports()) found.push_back(port.name);
    return found;
}

// Of a bridge that gives up soon, but not before its operations are done, here and now.
OvsBridgeOptions impatient(const Switch& sw, const char* name) {
    OvsBridgeOptions options = sw.options(name);
    options.timeout = 500ms + 10 * duration_of([&] { OvsBridge{options}.remove(); });
    return options;
}

}  // namespace

TEST_CASE("ovs watcher: no thread can be started", "[ovs]") {
    (void)Switch{};
    const Ended ended = in_child([] {
        Switch sw;
        const Host a{sw, "a", "10.1.1.1/24"};
        sigset_t before;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
        if (!refuse_threads()) return 77;
        error_code ec;
        const OvsPort port = sw.br0.add_port(a.pair.second(), {}, ec);
        if (ec != boost::system::errc::resource_unavailable_try_again) return 1;
        if (port != OvsPort{}) return 2;
        sigset_t after;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
        if (!same_mask(before, after)) return 3;
        if (!sw.br0.ports().empty()) return 4;
        // What needs no thread goes on.
        sw.br0.add_internal_port("i0");
        if (port_names(sw.br0) != std::vector<std::string>{"i0"}) return 5;
        sw.br0.add_port(a.pair.second());
        return 0;
    });
    if (ended.exited(77)) skip("this machine refuses filters of system calls");
    CHECK(ended.exited(99));
    CHECK(ended.output ==
          "add a port to: br0 (ovs-a): Resource temporarily unavailable (no thread could be "
          "started)");
}

TEST_CASE("ovs watcher: no descriptor is left for its socket", "[ovs]") {
    (void)Switch{};
    const Ended ended = in_child([] {
        Switch sw;
        const Host a{sw, "a", "10.1.1.1/24"};
        const int next = ::dup(0);
        ::close(next);
        // One for each connection to the database; the socket of events needs two more.
        for (rlim_t more = 0; more < 12; ++more) {
            rlimit limit{};
            ::getrlimit(RLIMIT_NOFILE, &limit);
            const rlimit before = limit;
            limit.rlim_cur = static_cast<rlim_t>(next) + more;
            ::setrlimit(RLIMIT_NOFILE, &limit);
            error_code ec;
            const OvsPort port = sw.br0.add_port(a.pair.second(), {}, ec);
            ::setrlimit(RLIMIT_NOFILE, &before);
            if (!ec) return more > 0 && port.name == "ovs-a" ? 0 : 1;
            if (port != OvsPort{} || !sw.br0.ports().empty()) return 2;
        }
        return 3;
    });
    INFO(ended.output);
    CHECK(ended.exited(0));
}

TEST_CASE("ovs watcher: a port whose link goes while the database is away is replaced", "[ovs]") {
    Switch sw;
    OvsBridge br1{impatient(sw, "br1")};
    {
        const Host a{sw, "a", "10.1.1.1/24"};
        br1.add_port(a.pair.second());
        const Stopped stopped{process_in(sw.ovs.directory(), "ovsdb-server")};
        sw.netns.link("ovs-a").remove();
        // The watcher's attempt is one of those that fail.
        for (int i = 0; i < 2; ++i) {
            error_code ec;
            (void)br1.ports(ec);
            CHECK(ec == boost::system::errc::timed_out);
        }
    }
    const Host again{sw, "a", "10.1.1.1/24"};
    CHECK(br1.add_port(again.pair.second()).ofport > 0);
    CHECK(port_names(br1) == std::vector<std::string>{"ovs-a"});
    br1.remove_port("ovs-a");
    CHECK(port_names(br1).empty());
}

TEST_CASE("ovs watcher: a bridge that could not be deleted still follows its links", "[ovs]") {
    Switch sw;
    OvsBridge br1{impatient(sw, "br1")};
    const Host a{sw, "a", "10.1.1.1/24"};
    br1.add_port(a.pair.second());
    {
        const Stopped stopped{process_in(sw.ovs.directory(), "ovsdb-server")};
        error_code ec;
        br1.remove(ec);
        CHECK(ec == boost::system::errc::timed_out);
    }
    CHECK(port_names(br1) == std::vector<std::string>{"ovs-a"});
    sw.netns.link("ovs-a").remove();
    CHECK(comes_true([&] { return port_names(br1).empty(); }));
}

TEST_CASE("ovs watcher: a bridge is deleted by several threads at once", "[ovs]") {
    Switch sw;
    const Host a{sw, "a", "10.1.1.1/24"};
    for (int round = 0; round < 5; ++round) {
        OvsBridge br1{sw.options("br1")};
        br1.add_port(a.pair.second());
        std::array<error_code, 3> ends{};
        std::vector<std::thread> threads;
        for (error_code& ec : ends) threads.emplace_back([&] { br1.remove(ec); });
        for (std::thread& thread : threads) thread.join();
        CHECK(std::count(ends.begin(), ends.end(), error_code{}) == 1);
        CHECK(std::count(ends.begin(), ends.end(), make_error_code(errc::ovsdb_refused)) == 2);
    }
}

TEST_CASE("ovs watcher: it tells until it is told to forget, and is started again", "[ovs]") {
    const Netns netns = Netns::create("watched");
    std::atomic<int> told = 0;
    detail::OvsPortWatcher watcher{[&] { ++told; }};
    Failure failure;
    const auto watch = [&](const Link& link, const char* name) {
        watcher.watch(name, link.netns().state(), link.index(), failure);
        REQUIRE_FALSE(failure);
    };
    VethPair one{{.netns = netns, .name = "a"}, {.netns = netns, .name = "b"}};
    watch(one.first(), "a");
    watch(one.second(), "b");
    CHECK_FALSE(watcher.is_any_gone());
    watcher.forget("b");
    const std::uint32_t index = one.first().index();
    one.first().remove();
    CHECK(comes_true([&] { return told > 2; }));  // again and again
    CHECK(watcher.is_gone("a"));
    CHECK_FALSE(watcher.is_gone("b"));
    watcher.stop();
    watcher.stop();
    // What it has seen it knows, and it is started by the next one.
    CHECK(watcher.is_any_gone());
    VethPair two{{.netns = netns, .name = "a"}, {.netns = netns, .name = "b"}};
    const Netns elsewhere = Netns::create("elsewhere");
    const NetnsPtr same = NetnsRef{netns}.state();
    CHECK(watcher.is_replaced("a", same, two.first().index()));
    CHECK_FALSE(watcher.is_replaced("a", same, index));
    CHECK_FALSE(watcher.is_replaced("a", NetnsRef{elsewhere}.state(), two.first().index()));
    CHECK_FALSE(watcher.is_replaced("c", same, index));
    watch(two.first(), "a");  // instead of the one before
    CHECK_FALSE(watcher.is_replaced("a", same, two.first().index()));
    CHECK(watcher.is_replaced("a", same, index));
    CHECK_FALSE(watcher.is_any_gone());
    told = 0;
    two.second().remove();
    CHECK(comes_true([&] { return told > 0; }));
    watcher.forget("a");
    CHECK_FALSE(watcher.is_replaced("a", same, index));
    CHECK_FALSE(watcher.is_any_gone());
    watch(Link{netns, 1, "lo"}, "lo");
    watcher.stop();
    CHECK_FALSE(watcher.is_any_gone());
}
