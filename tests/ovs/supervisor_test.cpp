// SPDX-License-Identifier: BSL-1.0
// The process that supervises an Open vSwitch: what the program sees of it, and what is left of it
// when anything at all goes wrong. Most of it with programs that only pass for those of Open
// vSwitch, since it is tried hundreds of times.
#include "support/catch.hpp"
#include "support/failing_new.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/ovs.hpp"
#include "support/ovs_daemon.hpp"
#include "support/patience.hpp"
#include "support/tracer.hpp"
#include <vethpp/ovs/copied_memory.hpp>
#include <vethpp/ovs/supervisor.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sched.h>
#include <string>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

// The supervising process and the two that pass for daemons.
bool is_alive(const std::string& directory) {
    return process_in(directory, "vethpp-ovs") != 0 && processes_in(directory).size() == 3;
}

// All that a program can do with one.
void live(const FakePrograms& programs) {
    const OvsDaemon ovs{programs.options()};
    (void)(ovs.database() + ovs.datapath_type() + ovs.datapath_reason() + ovs.directory() +
           ovs.log() + ovs.to_string());
}

// Runs f in a child that is made by a raw clone(2), of which no library knows. Its exit status.
template <class F>
int in_clone(unsigned long flags, F&& f) {
    const long pid = ::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    if (pid == 0) {
        f();
        ::_exit(0);
    }
    int status = -1;
    while (::waitpid(static_cast<::pid_t>(pid), &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

int open_descriptors() {
    int count = 0;
    for (int fd = 0; fd < 256; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return count;
}

volatile std::sig_atomic_t children_ended = 0;

struct Calls {
    std::atomic<::pid_t> owner{0};
    std::atomic<int> here{0};
    std::atomic<int> elsewhere{0};
};
Calls* handler_calls = nullptr;

}  // namespace

TEST_CASE("ovs supervisor: the program's own wait(2) and SIGCHLD know nothing of it", "[ovs]") {
    const FakePrograms programs;
    const Ended ended = in_child([&] {
        struct sigaction count {};
        count.sa_handler = [](int) { children_ended = children_ended + 1; };
        ::sigaction(SIGCHLD, &count, nullptr);
        std::string directory;
        {
            OvsDaemon ovs{programs.options()};
            directory = ovs.directory();
            if (::fork() == 0) ::_exit(0);
            int reaped = 0;
            while (::wait(nullptr) > 0 || errno == EINTR) ++reaped;
            if (errno != ECHILD || reaped < 1 || children_ended != 1) return 1;
            if (!is_alive(directory)) return 2;
            if (::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD) return 3;
        }
        // Nor is it left as a zombie.
        if (::waitpid(-1, nullptr, __WALL | WNOHANG) != -1 || errno != ECHILD) return 4;
        return children_ended == 1 && processes_in(directory).empty() ? 0 : 5;
    });
    INFO("status " << ended.status << " " << ended.output);
    CHECK(ended.exited(0));
}

TEST_CASE("ovs supervisor: one that was killed, and reaped by somebody else", "[ovs]") {
    const OwnTmpdir tmp;
    const FakePrograms programs;
    const bool reaped = GENERATE(false, true);
    const Ended ended = in_child([&] {
        OvsDaemon ovs{programs.options()};
        const std::string directory = ovs.directory();
        ::kill(process_in(directory, "vethpp-ovs"), SIGKILL);
        if (reaped && ::waitpid(-1, nullptr, __WALL) <= 0) return 1;
        if (!comes_true([&] { return processes_in(directory).empty(); })) return 2;
        // Until its owner is done with it, as it says.
        if (!std::filesystem::exists(directory + "/ovs-vswitchd.pid")) return 3;
        ovs = OvsDaemon{programs.options()};
        return !std::filesystem::exists(directory) && is_alive(ovs.directory()) ? 0 : 4;
    });
    INFO("status " << ended.status << " " << ended.output);
    CHECK(ended.exited(0));
    CHECK(tmp.content().empty());
}

TEST_CASE("ovs supervisor: after it was killed, nothing of the switch is left", "[ovs][only_vm]") {
    const OwnTmpdir tmp;
    const Netns netns = Netns::create("fabric");
    OvsDaemon ovs = Switch::start(netns);
    const OvsBridge br0{{.database = ovs.database(),
                         .name = "br0",
                         .datapath_type = ovs.datapath_type(),
                         .timeout = long_enough}};
    const std::string directory = ovs.directory();
    ::kill(process_in(directory, "vethpp-ovs"), SIGKILL);
    CHECK(comes_true([&] { return processes_in(directory).empty(); }));
    error_code ec;
    ovs = OvsDaemon{{.program_directory = "/nonexistent"}, ec};
    CHECK(tmp.content().empty());
    // The kernel's datapath would stay.
    CHECK(comes_true([&] { return names(netns).empty(); }));
}

TEST_CASE("ovs supervisor: nothing is left of an owner that is killed at any system call",
          "[ovs]") {
    const OwnTmpdir tmp;
    const FakePrograms programs;
    const Whom whom = GENERATE(Whom::itself, Whom::its_helper);
    int stops = 0;
    Killing killing = Killing::done;
    // Some 300 of them, each of which is tried on any usual machine; where it would take more than
    // half a minute, in an emulator or with a sanitizer, some of them.
    const auto whole_life =
        duration_of([&] { (void)kill_at(whom, 100'000, [&] { live(programs); }); });
    const int step = 1 + static_cast<int>(300 * whole_life / 30s);
    for (int nth = 1; killing == Killing::done; nth += step) {
        killing = kill_at(whom, nth, [&] { live(programs); });
        if (killing == Killing::no_tracer) vethpp_test::skip("ptrace(2) is refused");
        INFO("at stop " << nth);
        REQUIRE(killing != Killing::failed);
        stops = nth;
        // Where the owner lives, it has seen to it before it ended.
        if (whom == Whom::its_helper || killing == Killing::too_late)
            REQUIRE(tmp.content().empty());
        else
            REQUIRE(comes_true([&] { return tmp.content().empty(); }));
    }
    CHECK(stops > 30);
}

TEST_CASE("ovs supervisor: its copy in a child owns nothing", "[ovs]") {
    const OwnTmpdir tmp;
    const FakePrograms programs;
    const auto owns_nothing = [&](auto&& run) {
        auto ovs = std::make_unique<OvsDaemon>(programs.options());
        const std::string directory = ovs->directory();
        // Destroyed, moved, assigned to: none of it ends the original.
        if (run([&] { ovs.reset(); }) != 0) return 1;
        if (run([&] { const OvsDaemon moved = std::move(*ovs); }) != 0) return 2;
        const auto replace = [&] {
            *ovs = OvsDaemon{programs.options()};
            ovs.reset();  // that one is the child's own
        };
        if (run(replace) != 0) return 3;
        if (!is_alive(directory)) return 4;
        ovs.reset();
        return tmp.content().empty() ? 0 : 5;
    };
    SECTION("fork") {
        CHECK(owns_nothing([](auto&& f) {
                  const ::pid_t child = ::fork();
                  if (child == 0) {
                      f();
                      ::_exit(0);
                  }
                  int status = -1;
                  ::waitpid(child, &status, 0);
                  return status;
              }) == 0);
    }
    SECTION("clone") {
        CHECK(owns_nothing([](auto&& f) { return in_clone(0, f); }) == 0);
    }
    SECTION("clone of a process 1 to another process 1") {
        const Ended ended = in_child([&] {
            int status = in_clone(CLONE_NEWPID, [&] {
                // Here /proc is that of others; is_alive() works by that.
                ::_exit(::getpid() != 1 ? 10 : owns_nothing([](auto&& f) {
                    return in_clone(CLONE_NEWPID, [&] {
                        if (::getpid() != 1) ::_exit(11);
                        f();
                    });
                }));
            });
            return WIFEXITED(status) ? WEXITSTATUS(status) : 12;
        });
        INFO("status " << ended.status << " " << ended.output);
        CHECK(ended.exited(0));
    }
}

TEST_CASE("ovs supervisor: children that hold its socket do not keep its end back", "[ovs]") {
    const OwnTmpdir tmp;
    const FakePrograms programs;
    const auto never = std::chrono::milliseconds::max();
    OvsDaemonOptions options = programs.options();
    options.timeout = never;
    auto ovs = std::make_unique<OvsDaemon>(options);
    const Victim child{[] { ::pause(); }};
    ovs.reset();  // it would wait for as long as the child lives
    CHECK(tmp.content().empty());
}

TEST_CASE("ovs supervisor: it keeps no copy of the program's memory", "[ovs]") {
    if (vethpp::detail::is_sanitized)
        vethpp_test::skip("the memory of a sanitizer is needed by what it has instrumented");
    const FakePrograms programs;
    constexpr std::size_t size = 64U << 20U;
    std::vector<char> large(size, 'x');
    std::vector<std::string> many(100'000, std::string(100, 'x'));
    const auto private_memory = [](const std::string& directory) {
        const std::string pid = std::to_string(process_in(directory, "vethpp-ovs"));
        std::ifstream file{"/proc/" + pid + "/smaps_rollup"};
        long kilobytes = -1;
        for (std::string word; file >> word;)
            if (word == "Anonymous:") file >> kilobytes;
        return kilobytes;
    };
    const auto check = [&] {
        const OvsDaemon ovs{programs.options()};
        std::fill(large.begin(), large.end(), 'y');
        for (std::string& text : many) text.assign(text.size(), 'y');
        CHECK(is_alive(ovs.directory()));
        CHECK(private_memory(ovs.directory()) >= 0);
        CHECK(private_memory(ovs.directory()) < 8192);
    };
    check();
    // On another stack, too.
    std::thread{[&] { check(); }}.join();
}

TEST_CASE("ovs supervisor: however few descriptors are left, they are only the program's",
          "[ovs]") {
    const OwnTmpdir tmp;
    const FakePrograms programs;
    const TemporaryDirectory precious;
    for (const char* name : {"/one", "/two"}) std::ofstream{precious.path() + name} << "precious";
    const std::string data = precious.path() + "/data";
    std::ofstream{data} << "data";
    // How many of the first descriptors are closed.
    const int closed = GENERATE(0, 1, 3);
    // 0: it started; 1: it said why not; more: something is wrong
    const auto attempt = [&](unsigned limit) {
        return in_child([&] {
            ::syscall(SYS_close_range, 3U, ~0U, 0);
            if (::open(data.c_str(), O_WRONLY | O_APPEND) != 3 ||
                ::open(precious.path().c_str(), O_RDONLY | O_DIRECTORY) != 4)
                return 10;
            for (int fd = 0; fd < closed; ++fd) ::close(fd);
            const int before = open_descriptors();
            const rlimit low{limit, limit};
            if (::setrlimit(RLIMIT_NOFILE, &low) != 0) return 11;
            error_code ec;
            {
                const OvsDaemon ovs{programs.options(), ec};
                if (!ovs != static_cast<bool>(ec)) return 12;
            }
            if (open_descriptors() != before) return 13;
            if (!ec) return 0;
            const bool honest =
                ec == boost::system::errc::too_many_files_open || ec == errc::ovs_not_started;
            return honest ? 1 : 14;
        });
    };
    int started = 0;
    for (unsigned limit = 3; started < 3; ++limit) {
        const Ended ended = attempt(limit);
        INFO("limit " << limit << ", status " << ended.status << " " << ended.output);
        REQUIRE((ended.exited(0) || ended.exited(1)));
        if (ended.exited(0)) ++started;
        REQUIRE(tmp.content().empty());
        REQUIRE(std::filesystem::file_size(data) == 4);
        REQUIRE(std::filesystem::exists(precious.path() + "/one"));
        REQUIRE(std::filesystem::exists(precious.path() + "/two"));
        REQUIRE(limit < 100);
    }
}

TEST_CASE("ovs supervisor: no memory at any allocation", "[ovs][memory]") {
    const OwnTmpdir tmp;
    const FakePrograms programs;
    const auto once = [&](OvsDatapath datapath) {
        OvsDaemonOptions options = programs.options();
        options.datapath = datapath;
        OvsDaemon ovs{options};
        (void)(ovs.database() + ovs.datapath_type() + ovs.datapath_reason() + ovs.directory() +
               ovs.log() + ovs.to_string());
        OvsDaemon moved = std::move(ovs);
        ovs = std::move(moved);
    };
    const OvsDatapath datapath = GENERATE(OvsDatapath::dummy, OvsDatapath::automatic);
    once(datapath);  // what is made once and kept
    const Ledger before = Ledger::now();
    const auto check = [&] {
        REQUIRE(tmp.content().empty());
        const Ledger now = Ledger::now();
        REQUIRE(now.descriptors == before.descriptors);
        REQUIRE(now.signals == before.signals);
        REQUIRE(now.place == before.place);
        REQUIRE((::waitpid(-1, nullptr, __WALL | WNOHANG) == -1 && errno == ECHILD));
    };
    CHECK(at_each_allocation([&] { once(datapath); }, check) > 50);
}

TEST_CASE("ovs supervisor: no handler of the program runs in it", "[ovs]") {
    const FakePrograms programs;
    void* const shared =
        ::mmap(nullptr, sizeof(Calls), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(shared != MAP_FAILED);
    handler_calls = new (shared) Calls{};
    const Ended ended = in_child([&] {
        ::setpgid(0, 0);
        handler_calls->owner = ::getpid();
        struct sigaction count {};
        count.sa_handler = [](int) {
            ++(::getpid() == handler_calls->owner ? handler_calls->here : handler_calls->elsewhere);
        };
        count.sa_flags = SA_RESTART;
        for (const int signal : {SIGUSR1, SIGRTMIN + 3}) ::sigaction(signal, &count, nullptr);
        const ::pid_t group = ::getpid();
        const ::pid_t sender = ::fork();
        if (sender == 0) {
            for (const int signal : {SIGUSR1, SIGRTMIN + 3}) ::signal(signal, SIG_IGN);
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (int i = 0;; ++i) {
                const int before = handler_calls->here;
                ::kill(-group, i % 2 == 0 ? SIGUSR1 : SIGRTMIN + 3);
                // In its own time: who has always another one to handle gets nothing else done.
                // Some more while it has them blocked.
                for (int nap = 0; nap < 20 && handler_calls->here == before; ++nap) ::usleep(50);
                ::usleep(50);
            }
        }
        for (int i = 0; i < 10; ++i) live(programs);
        ::kill(sender, SIGKILL);
        while (::waitpid(sender, nullptr, 0) < 0 && errno == EINTR) {
        }
        return 0;
    });
    INFO("status " << ended.status << " " << ended.output);
    CHECK(ended.exited(0));
    CHECK(handler_calls->elsewhere == 0);
    ::munmap(shared, sizeof(Calls));
}

TEST_CASE("ovs supervisor: one that was stopped is killed in the end", "[ovs]") {
    const OwnTmpdir tmp;
    const FakePrograms programs;
    const std::string directory = tmp.path() + "/vethpp-ovs-1";
    const vethpp::detail::OvsCommand command{"/bin/sh", {"-c", ": >file; sleep 1000 &"}};
    vethpp::detail::OvsSupervisor supervisor;
    Failure failure;
    supervisor.start({.directory = directory, .commands = {command}, .patience = 100ms}, failure);
    REQUIRE_FALSE(failure);
    REQUIRE(supervisor.wait(static_cast<int>(long_enough.count())));
    const auto outcome = supervisor.outcome();
    REQUIRE(outcome);
    CHECK(outcome->ready);
    ::kill(process_in(directory, "vethpp-ovs"), SIGSTOP);
    supervisor.stop();
    CHECK(comes_true([&] { return processes_in(directory).empty(); }));
    CHECK(tmp.content().empty());
}

TEST_CASE("ovs supervisor: what others have put into its directory", "[ovs]") {
    const OwnTmpdir tmp;
    const FakePrograms programs;
    const TemporaryDirectory elsewhere;
    std::ofstream{elsewhere.path() + "/file"} << "of others";
    {
        const OvsDaemon ovs{programs.options()};
        const std::filesystem::path place{ovs.directory()};
        std::filesystem::create_directories(place / "a/b/c");
        for (int i = 0; i < 300; ++i)
            std::ofstream{place / "a/b" / ("a file with some name " + std::to_string(i))} << i;
        std::ofstream{place / "..."} << "no directory";
        std::filesystem::create_directory_symlink(elsewhere.path(), place / "a/link");
        // As long as it lives nobody else can have it.
        const vethpp::detail::UniqueFd fd{::open(place.c_str(), O_RDONLY | O_DIRECTORY)};
        CHECK(::flock(fd.get(), LOCK_EX | LOCK_NB) == -1);
        CHECK(errno == EWOULDBLOCK);
    }
    CHECK(tmp.content().empty());
    CHECK(std::filesystem::exists(elsewhere.path() + "/file"));
}

TEST_CASE("ovs supervisor: an owner that becomes another program", "[ovs]") {
    const OwnTmpdir tmp;
    const FakePrograms programs;
    const Fifo ready;
    Victim victim{[&] {
        const OvsDaemon ovs{programs.options()};
        ready.tell();
        ::execl("/bin/sleep", "sleep", "1000", nullptr);
    }};
    REQUIRE(ready.wait());
    CHECK(comes_true([&] { return tmp.content().empty(); }));
}

TEST_CASE("ovs supervisor: a umask that takes everything from everybody", "[ovs]") {
    const OwnTmpdir tmp;
    const ::mode_t before = ::umask(0777);
    const OvsDaemon ovs = Switch::start(Netns::create("fabric"), OvsDatapath::dummy);
    ::umask(before);
    CHECK(vsctl(ovs, "list-br").empty());
}
