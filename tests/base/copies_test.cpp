// SPDX-License-Identifier: BSL-1.0
// Whether another process has this one's memory.
#include "support/catch.hpp"
#include "support/netns_watch.hpp"
#include <vethpp/base/copies.hpp>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using vethpp::detail::copies_may_exist;
using vethpp::detail::watch_for_copies;
using vethpp_test::comes_true;
using vethpp_test::exit_status_of;

// A child that lives until its parent closes the other end of a pipe; how it is made, and what it
// does, the test says.
class Child {
public:
    template <class Make, class Do>
    Child(Make&& make, Do&& first) {
        std::array<int, 2> ends{};
        REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
        REQUIRE(::pipe2(ready_.data(), O_CLOEXEC) == 0);
        wake_ = ends[1];
        pid_ = make();
        if (pid_ == 0) {
            ::close(ends[1]);
            first();
            (void)!::write(ready_[1], "x", 1);
            char none = 0;
            (void)!::read(ends[0], &none, 1);
            ::_exit(0);
        }
        ::close(ends[0]);
        ::close(ready_[1]);
        REQUIRE(pid_ > 0);
        char ready = 0;
        REQUIRE(::read(ready_[0], &ready, 1) == 1);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        ::close(ready_[0]);
        ::close(wake_);
        ::waitpid(pid_, nullptr, 0);
    }

private:
    std::array<int, 2> ready_{};
    int wake_ = -1;
    pid_t pid_ = -1;
};

const auto nothing = [] {};
const auto by_fork = [] { return ::fork(); };
const auto by_clone = [] {
    return static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
};

}  // namespace

TEST_CASE("copies: a child has this process's memory until it ends", "[copies]") {
    // On a thread of its own nothing changes: it is the process that matters.
    watch_for_copies();
    REQUIRE_FALSE(copies_may_exist());
    {
        const Child child{by_fork, nothing};
        CHECK(copies_may_exist());
    }
    CHECK_FALSE(copies_may_exist());
    {
        const Child child{by_clone, nothing};
        CHECK(copies_may_exist());
        const Child other{by_fork, nothing};
        CHECK(copies_may_exist());
    }
    CHECK_FALSE(copies_may_exist());
}

TEST_CASE("copies: what a child does with its own does not hide it", "[copies]") {
    watch_for_copies();
    {
        const Child child{by_fork, [] {
                              watch_for_copies();
                              (void)copies_may_exist();
                          }};
        CHECK(copies_may_exist());
    }
    CHECK_FALSE(copies_may_exist());
}

TEST_CASE("copies: a grandchild whose parent has ended", "[copies]") {
    watch_for_copies();
    std::array<int, 2> ends{};
    std::array<int, 2> ready{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    REQUIRE(::pipe2(ready.data(), O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        if (::fork() != 0) ::_exit(0);
        ::close(ends[1]);
        (void)!::write(ready[1], "x", 1);
        char none = 0;
        (void)!::read(ends[0], &none, 1);
        ::_exit(0);
    }
    REQUIRE(child > 0);
    char one = 0;
    REQUIRE(::read(ready[0], &one, 1) == 1);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    CHECK(copies_may_exist());
    for (const int fd : {ends[0], ends[1], ready[0], ready[1]}) ::close(fd);
    CHECK(comes_true([] { return !copies_may_exist(); }));
}

TEST_CASE("copies: another program has none", "[copies]") {
    watch_for_copies();
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[0], STDIN_FILENO);
        ::execlp("cat", "cat", nullptr);
        ::_exit(1);
    }
    REQUIRE(child > 0);
    ::close(ends[0]);
    // It has its own memory from the moment of execve(2) on, and runs until the pipe is closed.
    CHECK(comes_true([] { return !copies_may_exist(); }));
    CHECK(::waitpid(child, nullptr, WNOHANG) == 0);
    ::close(ends[1]);
    CHECK(::waitpid(child, nullptr, 0) == child);
}

TEST_CASE("copies: a child begins anew", "[copies]") {
    watch_for_copies();
    CHECK(exit_status_of([] {
              if (!copies_may_exist()) return 1;  // it has not begun to watch
              watch_for_copies();
              if (copies_may_exist()) return 2;  // its parent has none of its own page
              const pid_t grandchild = ::fork();
              if (grandchild == 0) {
                  ::pause();
                  ::_exit(0);
              }
              const bool seen = copies_may_exist();
              ::kill(grandchild, SIGKILL);
              ::waitpid(grandchild, nullptr, 0);
              if (!seen) return 3;
              return copies_may_exist() ? 4 : 0;
          }) == 0);
}
