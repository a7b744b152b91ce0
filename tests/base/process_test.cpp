// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include <vethpp/base/process.hpp>

#include <csignal>
#include <functional>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using vethpp::detail::Birthplace;

namespace {

// Of a child with a memory of its own, made by clone(2) with these flags and no library's
// knowledge.
bool in_raw_child(unsigned long flags, const std::function<bool()>& f) {
    const long pid = ::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    if (pid == 0) ::_exit(f() ? 0 : 1);
    REQUIRE(pid > 0);
    int status = -1;
    REQUIRE(::waitpid(static_cast<pid_t>(pid), &status, 0) == pid);
    return status == 0;
}

}  // namespace

TEST_CASE("an object knows the process that made it", "[birthplace]") {
    const Birthplace mine;
    CHECK(mine.is_here());

    SECTION("from every thread") {
        bool here = false;
        std::thread{[&] { here = mine.is_here() && Birthplace{}.is_here(); }}.join();
        CHECK(here);
    }
    SECTION("not in a child, which makes objects of its own") {
        CHECK(in_raw_child(0, [&] {
            const Birthplace childs;
            return !mine.is_here() && childs.is_here();
        }));
        CHECK(mine.is_here());
    }
    SECTION("not in a grandchild") {
        CHECK(in_raw_child(0, [&] {
            const Birthplace childs;
            return in_raw_child(0, [&] { return !mine.is_here() && !childs.is_here(); });
        }));
    }
    SECTION("a copy of the object is as old as the object") {
        const Birthplace copy{mine};
        CHECK(copy.is_here());
        CHECK(in_raw_child(0, [&] { return !Birthplace{copy}.is_here(); }));
    }
    SECTION("not where both are process 1 of a namespace") {
        // In a user namespace of its own anybody may have a PID namespace, if at all.
        CHECK(in_raw_child(0, [] {
            if (::unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) return true;
            return in_raw_child(0, [] {
                const Birthplace first;
                if (::getpid() != 1 || ::unshare(CLONE_NEWPID) != 0) return false;
                return in_raw_child(0, [&] { return ::getpid() == 1 && !first.is_here(); });
            });
        }));
    }
}
