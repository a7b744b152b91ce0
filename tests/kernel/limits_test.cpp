// SPDX-License-Identifier: BSL-1.0
// Surroundings that are short of something: descriptors, threads; and what signals, children and
// other threads may do in between.
#include "support/capabilities.hpp"
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/raw_clone.hpp"
#include "support/skip.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/removal.hpp>
#include <vethpp/veth_pair.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <pthread.h>
#include <sched.h>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using std::chrono::milliseconds;
using vethpp::detail::UniqueFd;

std::size_t open_descriptors() {
    vethpp::finish_removals();
    std::size_t count = 0;
    for (int fd = 0; fd < 1024; ++fd)
        if (::fcntl(fd, F_GETFD) >= 0) ++count;
    return count;
}

// So that so many more descriptors can be opened, and no more.
void leave_descriptors(rlim_t more) {
    int highest = 0;
    for (int fd = 0; fd < 1024; ++fd)
        if (::fcntl(fd, F_GETFD) >= 0) highest = fd;
    // The holes below count as well.
    while (true) {
        const int fd = ::dup(0);
        if (fd < 0) break;
        if (fd > highest) {
            ::close(fd);
            break;
        }
    }
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = static_cast<rlim_t>(highest) + 1 + more;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<std::string> published() {
    std::vector<std::string> found;
    std::error_code none;
    for (const auto& name : std::filesystem::directory_iterator{"/run/netns", none})
        found.push_back(name.path().filename());
    return found;
}

// Where a handler was called.
volatile std::sig_atomic_t calls_at_home = 0;
volatile std::sig_atomic_t calls_abroad = 0;
::ino_t home_inode = 0;

void note_where(int) {
    struct stat found {};
    const bool home = ::stat("/proc/thread-self/ns/net", &found) == 0 && found.st_ino == home_inode;
    if (home)
        calls_at_home = calls_at_home + 1;
    else
        calls_abroad = calls_abroad + 1;
}

// A signal comes just when the thread is in another namespace.
struct Signalling : FaultySystem {
    void unshare(int flags, error_code& ec) const override {
        FaultySystem::unshare(flags, ec);
        ::raise(SIGUSR1);
    }
    void enter(int netns, error_code& ec) const override {
        FaultySystem::enter(netns, ec);
        ::raise(SIGUSR1);
    }
    std::unique_ptr<netlink::Transport> events(std::span<const int> groups,
                                               error_code& ec) const override {
        ::raise(SIGUSR1);
        return FaultySystem::events(groups, ec);
    }
};

// A child by clone(2) itself, with a memory of its own, as process 1 of a new PID namespace.
template <class F>
int raw_child(F&& f) {
    const ::pid_t pid = raw_clone(CLONE_NEWPID, f);
    if (pid < 0) return -1;
    int status = -1;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("limits: each number of free descriptors", "[kernel][limits]") {
    with_own_run([] {
        const auto round = [](rlim_t more, bool& done) {
            const Netns a = Netns::create("a");
            const Netns b = Netns::create("b");
            const VethPair wire{{.netns = a, .name = "left", .up = true},
                                {.netns = b, .name = "right"}};
            std::string complaints;
            const ::ino_t home = here();
            leave_descriptors(more);
            const std::size_t before = open_descriptors();
            std::size_t failed = 0;
            const auto attempt = [&](const char* what, const std::function<void()>& f) {
                try {
                    f();
                } catch (const Error& error) {
                    if (error.code() == errc::not_ready) return;
                    ++failed;
                    const std::string_view text = error.what();
                    if (error.code() != boost::system::errc::too_many_files_open ||
                        text.find("(") == text.npos)
                        complaints += std::string{what} + ": " + error.what() + '\n';
                }
                if (here() != home) complaints += std::string{what} + ": abroad\n";
                if (open_descriptors() != before)
                    complaints += std::string{what} + ": descriptors\n";
            };
            attempt("create", [] { (void)Netns::create("c"); });
            attempt("publish", [] {
                Netns made = Netns::create("c");
                made.publish("c");
            });
            attempt("open_path", [] { (void)Netns::open_path("/proc/self/ns/net"); });
            attempt("pair", [&] { const VethPair made{{.netns = a}, {.netns = b}}; });
            attempt("pair here", [] { const VethPair made{LinkOptions{}, LinkOptions{}}; });
            attempt("wait_ready", [&] { a.wait_ready(milliseconds{1}); });
            attempt("run", [&] { a.run([] {}); });
            attempt("ping", [&] { (void)ping(a, "127.0.0.1", {.timeout = long_enough}); });
            done = failed == 0;
            if (!published().empty()) complaints += "a name is left\n";
            return complaints;
        };
        bool all = false;
        for (rlim_t more = 0; !all && more < 20; ++more) {
            const Ended ended = in_child([&] {
                bool done = false;
                const std::string complaints = round(more, done);
                (void)!::write(STDERR_FILENO, complaints.data(), complaints.size());
                return !complaints.empty() ? 1 : done ? 0 : 2;
            });
            CAPTURE(more, ended.status, ended.output);
            CHECK(ended.output.empty());
            CHECK((ended.exited(0) || ended.exited(2)));
            all = ended.exited(0);
        }
        CHECK(all);
    });
}

TEST_CASE("limits: destructors need no descriptor", "[kernel][limits]") {
    with_own_run([] {
        const Netns fabric = Netns::create("fabric");
        const Ended ended = in_child([&] {
            const Netns own = Netns::create("own");
            std::optional<Netns> named = Netns::create("named");
            named->publish("named");
            std::optional<Bridge> bridge{std::in_place, LinkOptions{.netns = own}};
            std::optional<VethPair> pair{
                std::in_place, LinkOptions{.netns = own}, LinkOptions{.netns = *named}};
            rlimit none{};
            ::getrlimit(RLIMIT_NOFILE, &none);
            none.rlim_cur = 0;
            ::setrlimit(RLIMIT_NOFILE, &none);
            pair.reset();
            bridge.reset();
            named.reset();
            none.rlim_cur = none.rlim_max;
            ::setrlimit(RLIMIT_NOFILE, &none);
            if (!published().empty()) return 1;
            return names(own).empty() ? 0 : 2;
        });
        CAPTURE(ended.status, ended.output);
        CHECK(ended.exited(0));
    });
}

TEST_CASE("limits: without a thread, the signal mask stays as it was", "[kernel][limits]") {
    const Ended ended = in_child([] {
        // What is to be done where the thread cannot come back needs another one.
        const auto system = std::make_shared<FaultySystem>();
        const auto mask = blocked_signals();
        // A stack for which there is no room.
        pthread_attr_t too_large;
        ::pthread_attr_init(&too_large);
        ::pthread_attr_setstacksize(&too_large, std::size_t{1} << 47U);
        if (::pthread_setattr_default_np(&too_large) != 0) return 3;
        system->fail(Call::enter, EPERM);
        error_code ec;
        (void)Netns::create("lab", {.system = system}, ec);
        if (blocked_signals() != mask) return 1;
        return ec == boost::system::errc::resource_unavailable_try_again ? 0 : 2;
    });
    CAPTURE(ended.status, ended.output);
    CHECK(ended.exited(0));
}

TEST_CASE("limits: no handler of the program runs in another namespace", "[kernel][limits]") {
    const auto system = std::make_shared<Signalling>();
    struct sigaction noting {};
    struct sigaction before {};
    noting.sa_handler = note_where;
    REQUIRE(::sigaction(SIGUSR1, &noting, &before) == 0);
    home_inode = here();
    calls_at_home = 0;
    calls_abroad = 0;
    const Netns made = Netns::create("lab", {.system = system});
    CHECK(calls_at_home > 0);
    CHECK(calls_abroad == 0);
    calls_at_home = 0;
    const VethPair pair{{.netns = made, .up = true}, {.netns = made}};
    error_code ec;
    made.wait_ready(milliseconds{1}, ec);
    CHECK(ec == errc::not_ready);
    CHECK(calls_at_home > 0);
    CHECK(calls_abroad == 0);
    REQUIRE(::sigaction(SIGUSR1, &before, nullptr) == 0);
}

TEST_CASE("limits: a signal while another process publishes", "[kernel][limits]") {
    with_own_run([] {
        std::filesystem::create_directory("/run/netns");
        const UniqueFd held{::open("/run/netns", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        REQUIRE(::flock(held.get(), LOCK_EX) == 0);
        struct sigaction counting {};
        struct sigaction before {};
        counting.sa_handler = note_where;  // without SA_RESTART
        REQUIRE(::sigaction(SIGUSR1, &counting, &before) == 0);
        const UniqueFd wanted{::open("/run/netns", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        std::atomic<pid_t> waiting{0};
        error_code ec;
        std::thread waiter{[&] {
            waiting = ::gettid();
            System{}.lock(wanted.get(), ec);
        }};
        // What the kernel says of the thread: a sanitizer may call the handler later.
        const auto says = [&](const char* file, const char* what) {
            if (waiting == 0) return false;
            std::ifstream in{"/proc/self/task/" + std::to_string(waiting.load()) + "/" + file};
            const std::string text{std::istreambuf_iterator<char>{in}, {}};
            return text.find(what) != text.npos;
        };
        for (int i = 0; i < 5; ++i) {
            CHECK(comes_true([&] { return says("stat", ") S "); }));
            ::pthread_kill(waiter.native_handle(), SIGUSR1);
            CHECK(comes_true([&] { return says("status", "SigPnd:\t0000000000000000\n"); }));
        }
        ::flock(held.get(), LOCK_UN);
        waiter.join();
        CHECK_FALSE(ec);
        REQUIRE(::sigaction(SIGUSR1, &before, nullptr) == 0);
    });
}

TEST_CASE("limits: threads publish one namespace", "[kernel][limits]") {
    with_own_run([] {
        const Ledger before = Ledger::now();
        {
            Netns netns = Netns::create("lab");
            // The mounts belong to a mount namespace, which these threads have to be in.
            std::vector<std::thread> threads;
            std::atomic<int> failures{0};
            for (int i = 0; i < 4; ++i)
                threads.emplace_back([&, i] {
                    for (int k = 0; k < 10; ++k) {
                        error_code ec;
                        netns.publish("name" + std::to_string(i), ec);
                        if (ec) ++failures;
                        netns.publish("same", ec);
                        if (ec) ++failures;
                    }
                });
            for (std::thread& one : threads) one.join();
            CHECK(failures == 0);
            CHECK(published() == std::vector<std::string>{"same"});
            CHECK(Netns::open("same") == netns);
        }
        CHECK(published().empty());
        ::umount2("/run/netns", MNT_DETACH);
        std::filesystem::remove("/run/netns");
        before.check_unchanged();
    });
}

TEST_CASE("limits: a child that the library did not see made owns nothing", "[kernel][limits]") {
    with_own_run([] {
        std::optional<Netns> a = Netns::create("a");
        a->publish("a");
        Netns b = Netns::create("b");
        VethPair pair{{.netns = *a, .name = "left"}, {.netns = b, .name = "right"}};
        Bridge bridge{{.netns = b, .name = "bridge", .group = 4711}};
        Link here_too = Netns::current().link("lo");
        const int code = raw_child([&] {
            error_code ec;
            a->publish("b", ec);
            if (ec != errc::used_after_fork) return 1;
            bridge.set_up(ec);
            if (ec != errc::used_after_fork) return 2;
            pair.first().move_to(b, {}, ec);
            if (ec != errc::used_after_fork) return 3;
            here_too.set_up(ec);
            if (ec != errc::used_after_fork) return 4;
            { const VethPair gone = std::move(pair); }
            { const Bridge gone = std::move(bridge); }
            a.reset();
            // As process 1 of its namespace it makes a child that is process 1 as well.
            const Netns own = Netns::create("own");
            VethPair made{{.netns = own, .name = "own0"}, {.netns = own, .name = "own1"}};
            const int grandchild = raw_child([&] {
                { const VethPair copy{std::move(made)}; }
                return 0;
            });
            if (grandchild != 0) return 5;
            return names(own).size() == 2 ? 0 : 6;
        });
        if (code == -1) vethpp_test::skip("this machine refuses a PID namespace");
        CHECK(code == 0);
        CHECK(names(*a) == Names{"left"});
        CHECK(names(b) == Names{"bridge", "right"});
        CHECK(published() == std::vector<std::string>{"a"});
        // The parent's are as good as before.
        bridge.set_up();
        pair.first().set_up();
    });
}
