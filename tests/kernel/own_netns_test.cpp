// SPDX-License-Identifier: BSL-1.0
// The namespace that the thread is in anyway: without the right to enter any, without /proc, and
// with one session for all that is in it.
#include "support/capabilities.hpp"
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/veth_pair.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <fcntl.h>
#include <functional>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using std::chrono::milliseconds;
using vethpp::detail::UniqueFd;

VethPair pair_of_own(bool far_end_up = true) {
    return VethPair{{.name = "own0", .addresses = {"10.9.0.1/24", "fd09::1/64"}, .up = true},
                    {.name = "own1", .up = far_end_up}};
}

bool answers(const NetnsRef& from, const char* to) {
    return ping(from, to, {.timeout = long_enough}).outcome() == PingOutcome::replied;
}

// In a child that has a namespace of its own and may not enter any: CAP_SYS_ADMIN is gone,
// CAP_NET_ADMIN is not.
template <class F>
void without_sys_admin(F&& f) {
    const Ended ended = in_child([&] {
        if (::unshare(CLONE_NEWNET) != 0 || !give_up(CAP_SYS_ADMIN)) return 98;
        Netns::current().link("lo").set_up();
        const ::ino_t before = here();
        const int code = f();
        return here() == before ? code : 97;
    });
    CAPTURE(ended.status, ended.output);
    CHECK(ended.exited(0));
}

}  // namespace

TEST_CASE("own namespace: CAP_NET_ADMIN and CAP_NET_RAW do", "[kernel][netns][own]") {
    SECTION("to make a pair, wait for it, and ping") {
        without_sys_admin([] {
            const VethPair pair = pair_of_own();
            pair.wait_ready(long_enough);
            for (const char* const to : {"10.9.0.1", "fd09::1"}) {
                if (!answers(Netns::current(), to)) return 1;
                if (!answers(NetnsRef{}, to)) return 2;
            }
            return 0;
        });
    }
    SECTION("to wait for what is not ready") {
        without_sys_admin([] {
            const VethPair pair = pair_of_own(false);
            error_code ec;
            pair.wait_ready(milliseconds{1}, ec);
            if (ec != errc::not_ready) return 1;
            Netns::current().wait_ready(milliseconds{1}, ec);
            if (ec != errc::not_ready) return 2;
            Bridge bridge{{.name = "own2", .up = true}};
            VethPair ports{{.name = "own3", .master = bridge, .up = true}, {.name = "own4"}};
            bridge.wait_ready(milliseconds{1}, ec);
            return ec == errc::not_ready ? 0 : 3;
        });
    }
    SECTION("to run something there, by whatever way it was opened") {
        without_sys_admin([] {
            const UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
            const Netns here_now = Netns::current();
            const std::vector<Netns> ways = [&] {
                std::vector<Netns> all;
                all.push_back(Netns::current());
                all.push_back(Netns::of_socket(socket.get()));
                all.push_back(Netns::of_process(::getpid()));
                all.push_back(Netns::open_path("/proc/thread-self/ns/net"));
                all.push_back(Netns::of_descriptor(here_now.native_handle()));
                return all;
            }();
            for (const Netns& way : ways) {
                const ::ino_t outside = here();
                if (way != here_now || way.run([] { return here(); }) != outside) return 1;
                const NetnsGuard guard{way};
                const NetnsGuard inner{way, here_now};
                if (here() != outside) return 2;
                if (!way.link("lo")) return 3;
            }
            return 0;
        });
    }
    SECTION("not to enter another one") {
        const Netns other = Netns::create("other");
        without_sys_admin([&] {
            const Netns home = Netns::current();
            error_code ec;
            { const NetnsGuard refused{other, ec}; }
            if (ec != boost::system::errc::operation_not_permitted) return 1;
            { const NetnsGuard refused{other, home, ec}; }
            if (ec != boost::system::errc::operation_not_permitted) return 2;
            // A home that is not true is no way in.
            { const NetnsGuard refused{other, other, ec}; }
            if (ec != boost::system::errc::operation_not_permitted) return 3;
            (void)ping(other, "127.0.0.1", {}, ec);
            return ec == boost::system::errc::operation_not_permitted ? 0 : 4;
        });
    }
}

TEST_CASE("own namespace: a guard brings the thread back also from where its own code has led it",
          "[kernel][netns][own]") {
    const Netns other = Netns::create("other");
    const Ledger before = Ledger::now();
    {
        const NetnsGuard guard{Netns::current()};
        REQUIRE(::setns(other.native_handle(), CLONE_NEWNET) == 0);
    }
    before.check_unchanged();
    const Ended ended = in_child([&] {
        const NetnsGuard guard{Netns::current()};
        if (::setns(other.native_handle(), CLONE_NEWNET) != 0) return 1;
        return give_up(CAP_SYS_ADMIN) ? 2 : 3;
    });
    CAPTURE(ended.status, ended.output);
    CHECK(ended.aborted());
}

TEST_CASE("own namespace: without /proc", "[kernel][netns][own]") {
    const Netns other = Netns::create("other");
    const ::ino_t outside = here();
    const ::ino_t inside = inode_of(other.native_handle());
    // As in a container without it, or with that of another PID namespace.
    const auto without_proc = [&](const std::function<int()>& f) {
        return in_child([&] {
            if (::unshare(CLONE_NEWNS) != 0) return 98;
            if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 97;
            if (::mount("tmpfs", "/run", "tmpfs", 0, "mode=755") != 0) return 96;
            if (::mount("tmpfs", "/proc", "tmpfs", 0, "mode=755") != 0) return 95;
            return f();
        });
    };
    const auto sentence = [](const std::function<void()>& f) {
        try {
            f();
            return std::string{"no failure"};
        } catch (const Error& error) {
            return std::string{error.what()};
        }
    };

    SECTION("everything works that needs nothing of it") {
        const Ended ended = without_proc([&] {
            const Netns current = Netns::current();
            if (inode_of(current.native_handle()) != outside) return 1;
            if (other.run([] { return inode_of(Netns::current().native_handle()); }) != inside)
                return 2;
            if (inode_of(Netns::current().native_handle()) != outside) return 3;
            const Netns made = Netns::create("made");
            if (made == current || made.links().size() != 1) return 4;
            if (Netns::of_descriptor(other.native_handle()) != other) return 5;
            const VethPair pair{{.netns = made, .name = "v0", .up = true}, {.name = "v1"}};
            error_code ec;
            pair.wait_ready(milliseconds{1}, ec);
            return ec == errc::not_ready ? 0 : 6;
        });
        CAPTURE(ended.status, ended.output);
        CHECK(ended.exited(0));
    }
    SECTION("the sentence says what is missing") {
        const Ended ended = without_proc([&] {
            const std::string missing =
                "No such file or directory (/proc is not mounted, or is that of another PID "
                "namespace";
            Netns made = Netns::create("made");
            if (sentence([&] { made.publish("name"); }) !=
                "publish the namespace: name in made: " + missing + ")")
                return 1;
            if (sentence([] { (void)Netns::of_process(1); }) !=
                "open the namespace: the namespace of process 1: " + missing + ")")
                return 2;
            if (!give_up(CAP_NET_ADMIN)) return 3;
            const std::string and_more =
                missing + "; without it, only CAP_NET_ADMIN tells the thread's own namespace)";
            if (sentence([] { (void)Netns::current(); }) !=
                "open the current namespace: " + and_more)
                return 4;
            if (sentence([] { (void)Netns::create("lab"); }) !=
                "create the namespace in lab: " + and_more)
                return 5;
            if (sentence([&] { other.run([] {}); }) != "enter the namespace in other: " + and_more)
                return 6;
            return 0;
        });
        CAPTURE(ended.status, ended.output);
        CHECK(ended.exited(0));
    }
}

TEST_CASE("own namespace: one session serves all that is in it", "[kernel][netns][own]") {
    const Ledger before = Ledger::now();
    SECTION("many links take two descriptors") {
        std::deque<VethPair> pairs;
        for (int i = 0; i < 20; ++i) pairs.emplace_back(LinkOptions{}, LinkOptions{});
        std::thread{[&] { pairs.emplace_back(LinkOptions{}, LinkOptions{}); }}.join();
        const Bridge bridge{LinkOptions{}};
        const Netns current = Netns::current();
        const Ledger with = Ledger::now();
        CHECK(with.descriptors.size() == before.descriptors.size() + 2);
    }
    SECTION("another namespace, another session") {
        const Netns other = Netns::create("other");
        const Netns home = Netns::current();
        const NetnsGuard inside{other};
        const Bridge bridge{{.name = "there"}};
        CHECK(bridge.netns().native_handle() != home.native_handle());
        CHECK(names(other) == Names{"there"});
        // Also where the program has moved by itself.
        REQUIRE(::setns(home.native_handle(), CLONE_NEWNET) == 0);
        const Bridge back{{.name = "here"}};
        CHECK(back.netns().native_handle() == home.native_handle());
        CHECK(names(home) == Names{"here"});
    }
    SECTION("a child has its own, whoever held the parent's") {
        const Netns current = Netns::current();
        std::atomic<bool> stop{false};
        std::vector<std::thread> threads;
        // Opening all the time: some of them hold the lock when a child is made.
        for (int i = 0; i < 2; ++i)
            threads.emplace_back([&] {
                while (!stop) (void)Netns::current();
            });
        int right = 0;
        constexpr int children = 20;
        for (int i = 0; i < children; ++i)
            right += in_child([&] {
                         error_code ec;
                         (void)current.links(ec);
                         if (ec != errc::used_after_fork) return 1;
                         const Bridge childs{{.name = "childs"}};
                         return Netns::current().link("childs").is_owned() ? 2 : 0;
                     }).exited(0)
                         ? 1
                         : 0;
        stop = true;
        for (std::thread& one : threads) one.join();
        CHECK(right == children);
    }
    SECTION("8 threads at once") {
        std::vector<std::thread> threads;
        std::atomic<int> made{0};
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] {
                for (int k = 0; k < 5; ++k) {
                    const VethPair pair{LinkOptions{}, LinkOptions{}};
                    if (pair.first().state().kind() == "veth") ++made;
                }
            });
        for (std::thread& one : threads) one.join();
        CHECK(made == 40);
    }
    before.check_unchanged();
}
