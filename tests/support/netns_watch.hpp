// SPDX-License-Identifier: BSL-1.0
// What tests of namespaces share: where the calling thread is, what a process has open, system
// calls that fail on demand, and children that may die.
#pragma once

#include "catch.hpp"
#include <vethpp/error.hpp>
#include <vethpp/system.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sched.h>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

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

/// What a process holds that an error path could forget.
struct Ledger {
    int descriptors = 0;
    int inheritable = 0;  ///< of these, the ones that a child program would inherit
    int threads = 0;
    ::ino_t place = 0;

    static Ledger now() {
        Ledger found;
        // By number, since listing /proc/self/fd would open one more.
        for (int fd = 0; fd < 1024; ++fd) {
            const int flags = ::fcntl(fd, F_GETFD);
            if (flags < 0) continue;
            ++found.descriptors;
            if ((flags & FD_CLOEXEC) == 0) ++found.inheritable;
        }
        found.threads = living_threads();
        found.place = here();
        return found;
    }

    /// Fails the test unless everything is as it was then.
    void check_unchanged(int more_descriptors = 0) const {
        const Ledger found = now();
        CHECK(found.descriptors == descriptors + more_descriptors);
        CHECK(found.inheritable == inheritable);
        CHECK(found.threads == threads);
        CHECK(found.place == place);
    }
};

enum class Call : std::size_t {
    open,
    write,
    status,
    control,
    unshare,
    enter,
    current_netns,
    netlink,
    make_directory,
    lock,
    mount,
    unmount,
    unlink,
    count  ///< how many there are
};

/// System calls of which one kind fails: from the nth on, so many times. It counts them all.
class FaultySystem : public vethpp::System {
public:
    /// Counts from this moment on; the first call is number 1.
    void fail(Call call, int error, int nth = 1, int times = 1) {
        for (auto& calls : calls_) calls = 0;
        hits_ = 0;
        call_ = call;
        error_ = error;
        first_ = nth;
        last_ = nth + times - 1;
    }
    [[nodiscard]] int hits() const { return hits_; }
    [[nodiscard]] int calls(Call call) const { return calls_[static_cast<std::size_t>(call)]; }

    vethpp::detail::UniqueFd open(const char* path,
                                  int flags,
                                  vethpp::error_code& ec) const override {
        if (fails(Call::open, ec)) return {};
        return System::open(path, flags, ec);
    }
    void write(int fd, std::string_view text, vethpp::error_code& ec) const override {
        if (!fails(Call::write, ec)) System::write(fd, text, ec);
    }
    struct stat status(int fd, vethpp::error_code& ec) const override {
        if (fails(Call::status, ec)) return {};
        return System::status(fd, ec);
    }
    int control(int fd,
                unsigned long request,
                void* argument,
                vethpp::error_code& ec) const override {
        if (fails(Call::control, ec)) return -1;
        return System::control(fd, request, argument, ec);
    }
    void unshare(int flags, vethpp::error_code& ec) const override {
        if (!fails(Call::unshare, ec)) System::unshare(flags, ec);
    }
    void enter(int netns, vethpp::error_code& ec) const override {
        if (!fails(Call::enter, ec)) System::enter(netns, ec);
    }
    vethpp::detail::UniqueFd current_netns(vethpp::error_code& ec) const override {
        if (fails(Call::current_netns, ec)) return {};
        return System::current_netns(ec);
    }
    std::unique_ptr<vethpp::netlink::Transport> netlink(vethpp::error_code& ec) const override {
        if (fails(Call::netlink, ec)) return nullptr;
        return System::netlink(ec);
    }
    void make_directory(const char* path, unsigned mode, vethpp::error_code& ec) const override {
        if (!fails(Call::make_directory, ec)) System::make_directory(path, mode, ec);
    }
    void lock(int fd, vethpp::error_code& ec) const override {
        if (!fails(Call::lock, ec)) System::lock(fd, ec);
    }
    void mount(const char* source,
               const char* target,
               unsigned long flags,
               vethpp::error_code& ec) const override {
        if (!fails(Call::mount, ec)) System::mount(source, target, flags, ec);
    }
    void unmount(const char* target, vethpp::error_code& ec) const override {
        if (!fails(Call::unmount, ec)) System::unmount(target, ec);
    }
    void unlink(const char* path, vethpp::error_code& ec) const override {
        if (!fails(Call::unlink, ec)) System::unlink(path, ec);
    }

private:
    bool fails(Call call, vethpp::error_code& ec) const {
        const int number = ++calls_[static_cast<std::size_t>(call)];
        if (call != call_ || number < first_ || number > last_) return false;
        ++hits_;
        ec = vethpp::error_code{error_, boost::system::system_category()};
        return true;
    }

    mutable std::array<std::atomic<int>, static_cast<std::size_t>(Call::count)> calls_{};
    mutable std::atomic<int> hits_ = 0;
    Call call_ = Call::count;
    int error_ = 0;
    int first_ = 0;
    int last_ = 0;
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
        ::alarm(30);
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
