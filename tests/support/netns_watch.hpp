// SPDX-License-Identifier: BSL-1.0
// What tests of namespaces share: where the calling thread is, what a process could leave behind,
// children that may die, and a /run of one's own.
#pragma once

#include "catch.hpp"
#include "faulty.hpp"
#include "patience.hpp"
#include <vethpp/netlink/background_send.hpp>
#include <vethpp/value/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <ostream>
#include <sched.h>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace vethpp_test {

/// The inode of the network namespace of the calling thread, without any help of vethpp.
inline ::ino_t here() {
    struct stat found {};
    return ::stat("/proc/thread-self/ns/net", &found) == 0 ? found.st_ino : 0;
}
inline ::ino_t inode_of(int fd) {
    struct stat found {};
    return ::fstat(fd, &found) == 0 ? found.st_ino : 0;
}

/// How many threads this process has. One that has been joined may be listed for a moment longer,
/// but it has been marked as exiting by then (PF_EXITING) and does not count.
inline int living_threads() {
    // ThreadSanitizer starts one of its own with the first.
    [[maybe_unused]] static const bool first = (std::thread{[] {}}.join(), true);
    int count = 0;
    for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task"}) {
        std::ifstream file{task.path() / "stat"};
        std::string line;
        std::getline(file, line);
        std::istringstream rest{line.substr(std::min(line.size(), line.rfind(')') + 1))};
        std::string field;
        for (int i = 0; i < 7; ++i) rest >> field;  // state ppid pgrp session tty tpgid flags
        constexpr unsigned long exiting = 0x4;
        if (rest && (std::stoul(field) & exiting) == 0) ++count;
    }
    return count;
}

/// The signals that are blocked for the calling thread.
inline std::vector<int> blocked_signals() {
    sigset_t mask;
    ::sigemptyset(&mask);
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    std::vector<int> blocked;
    for (int number = 1; number < SIGRTMAX; ++number)
        if (::sigismember(&mask, number) == 1) blocked.push_back(number);
    return blocked;
}

/// What a process can leave behind: descriptors with what they are, threads, mounts, names of
/// namespaces, the namespace that the calling thread is in, the links there, and its signal mask.
struct Ledger {
    std::map<int, std::string> descriptors{};
    int inheritable = 0;  ///< of these, the ones that a child program would inherit
    int threads = 0;
    std::ptrdiff_t mounts = 0;
    ::ino_t place = 0;
    std::vector<std::string> links{};
    std::vector<std::string> published{};
    std::vector<int> signals = blocked_signals();

    static Ledger now() {
        Ledger found;
        // So that what an earlier test removed is not part of what there is.
        vethpp::netlink::BackgroundSend::wait_for_all();
        // By number, since listing /proc/self/fd would open one more.
        for (int fd = 0; fd < 1024; ++fd) {
            const int flags = ::fcntl(fd, F_GETFD);
            if (flags < 0) continue;
            if ((flags & FD_CLOEXEC) == 0) ++found.inheritable;
            std::error_code ignored;
            const auto link = std::filesystem::path{"/proc/self/fd"} / std::to_string(fd);
            found.descriptors[fd] = std::filesystem::read_symlink(link, ignored).string();
        }
        found.threads = living_threads();
        std::ifstream mountinfo{"/proc/thread-self/mountinfo"};
        found.mounts = std::count(std::istreambuf_iterator<char>{mountinfo}, {}, '\n');
        found.place = here();
        std::ifstream links{"/proc/thread-self/net/dev"};
        for (std::string line; std::getline(links, line);)
            if (const auto colon = line.find(':'); colon != std::string::npos)
                found.links.push_back(line.substr(0, colon).substr(line.find_first_not_of(' ')));
        std::sort(found.links.begin(), found.links.end());
        std::error_code none;
        for (const auto& name : std::filesystem::directory_iterator{"/run/netns", none})
            found.published.push_back(name.path().filename());
        std::sort(found.published.begin(), found.published.end());
        return found;
    }

    /// Fails the test unless everything is as it was then, but for so many more descriptors.
    void check_unchanged(int more_descriptors = 0) const {
        Ledger found = settled(more_descriptors);
        Ledger expected = *this;
        if (more_descriptors != 0) {
            CHECK(static_cast<int>(found.descriptors.size()) ==
                  static_cast<int>(descriptors.size()) + more_descriptors);
            expected.descriptors.clear();
            found.descriptors.clear();
        }
        CHECK(found == expected);
    }

    /// What there is once it is as it was then, or at the deadline. A namespace that was dropped is
    /// cleaned up in the background, and what was joined to it goes then.
    [[nodiscard]] Ledger settled(int more_descriptors = 0,
                                 std::chrono::milliseconds deadline = long_enough) const {
        Ledger found;
        const auto same = [&] {
            found = now();
            Ledger compared = found;
            if (more_descriptors != 0) compared.descriptors = descriptors;
            return compared == *this;
        };
        comes_true(same, deadline);
        return found;
    }

    friend bool operator==(const Ledger&, const Ledger&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Ledger& ledger) {
        for (const auto& [fd, what] : ledger.descriptors)
            out << "\n    descriptor " << fd << ": " << what;
        out << "\n    " << ledger.inheritable << " inheritable\n    " << ledger.threads
            << " threads\n    " << ledger.mounts << " mounts\n    in net:[" << ledger.place << ']';
        for (const std::string& link : ledger.links) out << "\n    link " << link;
        for (const std::string& name : ledger.published) out << "\n    name " << name;
        out << "\n    " << ledger.signals.size() << " signals blocked";
        return out;
    }
};

/// How a child ended, and what it wrote to its standard error.
struct Ended {
    int status = 0;
    std::string output{};

    [[nodiscard]] bool exited(int code) const {
        return WIFEXITED(status) && WEXITSTATUS(status) == code;
    }
    [[nodiscard]] bool aborted() const {
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
    }
};

/// Runs f in a forked child, whose exit status is what f returns; 99 if f throws. No assertions in
/// there. A child that hangs is ended by SIGALRM.
template <class F>
Ended in_child(F&& f) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
        // Catch2 would report the end of the child as that of the test.
        ::signal(SIGABRT, SIG_DFL);
        ::signal(SIGALRM, SIG_DFL);
        const rlimit no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        ::alarm(300);
        int code = 99;
        try {
            code = std::forward<F>(f)();
        } catch (const std::exception& error) {
            const std::string_view text = error.what();
            (void)!::write(STDERR_FILENO, text.data(), text.size());
        }
        ::_exit(code);
    }
    ::close(ends[1]);
    Ended ended;
    std::array<char, 4096> part{};
    for (;;) {
        const ::ssize_t size = ::read(ends[0], part.data(), part.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) break;
        ended.output.append(part.data(), static_cast<std::size_t>(size));
    }
    ::close(ends[0]);
    while (::waitpid(child, &ended.status, 0) < 0 && errno == EINTR) {
    }
    return ended;
}

/// The exit status of such a child, which ends by itself.
template <class F>
int exit_status_of(F&& f) {
    const Ended ended = in_child(std::forward<F>(f));
    INFO("status " << ended.status << " " << ended.output);
    REQUIRE(WIFEXITED(ended.status));
    return WEXITSTATUS(ended.status);
}

/// Runs f on a thread with a mount namespace of its own and an empty /run in it, so that names can
/// be published without anybody seeing them. Assertions are allowed in there.
template <class F>
void with_own_run(F&& f) {
    std::exception_ptr thrown;
    std::thread{[&] {
        try {
            REQUIRE(::unshare(CLONE_NEWNS) == 0);
            REQUIRE(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
            REQUIRE(::mount("tmpfs", "/run", "tmpfs", 0, "mode=755") == 0);
            std::forward<F>(f)();
        } catch (...) {
            thrown = std::current_exception();
        }
    }}.join();
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace vethpp_test
