// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/skip.hpp"
#include <vethpp/netns.hpp>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <type_traits>
#include <unistd.h>
#include <utility>

namespace {

using namespace vethpp;
using namespace vethpp_test;

static_assert(!std::is_copy_constructible_v<NetnsGuard>);
static_assert(!std::is_move_constructible_v<NetnsGuard>);
static_assert(!std::is_copy_assignable_v<NetnsGuard>);
static_assert(!std::is_move_assignable_v<NetnsGuard>);
static_assert(std::is_nothrow_destructible_v<NetnsGuard>);

constexpr const char* cannot_return =
    ": the thread cannot return to its own namespace; terminating\n";
constexpr const char* not_innermost =
    ": the guard ends on another thread, or out of order; terminating\n";

::ino_t inode(const Netns& netns) { return inode_of(netns.native_handle()); }

// A user namespace may be refused; the test then says so instead of failing. Exit status 77.
int need_user_namespace() { return ::unshare(CLONE_NEWUSER) == 0 ? 0 : 77; }

void skip_if_refused(const Ended& ended) {
    if (ended.exited(77)) vethpp_test::skip("this machine refuses a user namespace");
}

}  // namespace

TEST_CASE("guard: inside until the end of the block, nested in order", "[kernel][netns][guard]") {
    const Netns a = Netns::create("A");
    const Netns b = Netns::create("B");
    const Ledger before = Ledger::now();
    {
        const NetnsGuard in_a{a};
        CHECK(here() == inode(a));
        {
            const NetnsGuard in_b{b};
            CHECK(here() == inode(b));
            const NetnsGuard in_a_again{a};
            CHECK(here() == inode(a));
            const NetnsGuard same{a};
            CHECK(here() == inode(a));
        }
        CHECK(here() == inode(a));
        CHECK(b.run([] { return here(); }) == inode(b));
        CHECK(here() == inode(a));
    }
    before.check_unchanged();
}

TEST_CASE("guard: an exception ends it as well, from any depth", "[kernel][netns][guard]") {
    const Netns a = Netns::create("A");
    const Netns b = Netns::create("B");
    const Ledger before = Ledger::now();
    for (int depth = 1; depth <= 3; ++depth) {
        CAPTURE(depth);
        const auto enter = [&](const auto& self, int left) -> void {
            const NetnsGuard inside{left % 2 == 0 ? a : b};
            if (left == 0) throw std::runtime_error{"from inside"};
            self(self, left - 1);
        };
        CHECK_THROWS_WITH(enter(enter, depth - 1), "from inside");
        before.check_unchanged();
    }
}

TEST_CASE("guard: it keeps the namespace that it is in", "[kernel][netns][guard]") {
    std::optional<Netns> netns = Netns::create("A");
    const ::ino_t inside = inode(*netns);
    const Ledger before = Ledger::now();
    {
        const NetnsGuard guard{*netns};
        netns.reset();
        CHECK(here() == inside);
    }
    before.check_unchanged(-2);
}

TEST_CASE("guard: it comes back to where it was told to, true or not", "[kernel][netns][guard]") {
    const Netns a = Netns::create("A");
    const Netns b = Netns::create("B");
    const Ledger before = Ledger::now();
    {
        const NetnsGuard undo{a};
        {
            const NetnsGuard inside{a, b};
            CHECK(here() == inode(a));
        }
        CHECK(here() == inode(b));
    }
    before.check_unchanged();
}

TEST_CASE("guard: how many system calls one is", "[kernel][netns][guard]") {
    const auto system = std::make_shared<FaultySystem>();
    const Netns a = Netns::create("A", {.system = system});
    const Netns home = Netns::current();
    const auto cost = [&](auto&&... arguments) {
        system->fail(Call::count, 0);
        { const NetnsGuard inside{arguments...}; }
        return Names{std::to_string(system->calls(Call::enter)) + " setns",
                     std::to_string(system->calls(Call::current_netns)) + " open"};
    };
    CHECK(cost(a, home) == Names{"2 setns", "0 open"});
    CHECK(cost(a) == Names{"3 setns", "1 open"});  // once more: whether it may return
    CHECK(cost(a) == Names{"2 setns", "1 open"});
    CHECK(cost(a, home) == Names{"2 setns", "0 open"});
}

TEST_CASE("guard: one that cannot enter stays outside and says so", "[kernel][netns][guard]") {
    const auto system = std::make_shared<FaultySystem>();
    const Netns a = Netns::create("lab", {.system = system});
    const Netns home = Netns::current();
    const Ledger before = Ledger::now();
    const auto hint_of = [](int error) -> std::string {
        if (error != EMFILE) return {};
        return " (RLIMIT_NOFILE is reached; a namespace takes two descriptors)";
    };
    struct Case {
        Call call;
        int nth;
        const char* hint;
    };
    for (const int error : {EINTR, ENOMEM, EMFILE, EACCES}) {
        for (const Case& one :
             {Case{Call::current_netns, 1, ""},
              Case{Call::enter,
                   1,
                   " (this process could not return to its own namespace; started with `unshare "
                   "-n`, it has one to which it can)"},
              Case{Call::enter, 2, ""}}) {
            CAPTURE(error, one.nth);
            const Error failed = failure_of([&](OnError e) {
                system->fail(one.call, error, one.nth);
                const NetnsGuard inside{a, e};
                CHECK(here() == before.place);
            });
            CHECK(system->hits() == 1);
            check_error(failed,
                        error,
                        std::string{"enter the namespace in lab: "} + std::strerror(error) +
                            (*one.hint != '\0' ? one.hint : hint_of(error)));
            before.check_unchanged();
        }
        const Error failed = failure_of([&](OnError e) {
            system->fail(Call::enter, error);
            const NetnsGuard inside{a, home, e};
            CHECK(here() == before.place);
        });
        check_error(
            failed,
            error,
            std::string{"enter the namespace in lab: "} + std::strerror(error) + hint_of(error));
        before.check_unchanged();
    }
    const Error refused = failure_of([&](OnError e) {
        system->fail(Call::enter, EPERM, 2);
        const NetnsGuard inside{a, e};
    });
    check_error(refused,
                EPERM,
                "enter the namespace in lab: Operation not permitted (entering needs CAP_SYS_ADMIN "
                "in its user namespace)");
    system->fail(Call::count, 0);
    error_code ec = make_error_code(errc::malformed_reply);
    {
        const NetnsGuard inside{a, ec};
        CHECK(ec == error_code{});
        CHECK(here() == inode(a));
    }
    before.check_unchanged();
}

TEST_CASE("guard: of run, f is not called where it could not enter", "[kernel][netns][guard]") {
    const auto system = std::make_shared<FaultySystem>();
    const Netns a = Netns::create("lab", {.system = system});
    const Ledger before = Ledger::now();
    system->fail(Call::enter, ENOMEM, 2);
    bool called = false;
    CHECK_THROWS_WITH(a.run([&] { called = true; }),
                      "enter the namespace in lab: Cannot allocate memory");
    CHECK_FALSE(called);
    before.check_unchanged();
}

TEST_CASE("guard: coming back is tried three times", "[kernel][netns][guard]") {
    const auto system = std::make_shared<FaultySystem>();
    const Netns a = Netns::create("lab", {.system = system});
    const Ledger before = Ledger::now();
    for (const int error : {EINTR, ENOMEM}) {
        {
            const NetnsGuard inside{a};
            system->fail(Call::enter, error, 1, 2);
        }
        CHECK(system->hits() == 2);
        CHECK(system->calls(Call::enter) == 3);
        before.check_unchanged();
    }
}

TEST_CASE("guard: a thread that cannot come back ends the process", "[kernel][netns][guard]") {
    for (const int error : {EPERM, ENOMEM, EINTR}) {
        const Ended ended = in_child([error] {
            const auto system = std::make_shared<FaultySystem>();
            const Netns a = Netns::create("the lab", {.system = system});
            {
                const NetnsGuard inside{a};
                system->fail(Call::enter, error, 1, 3);
            }
            return 1;
        });
        CAPTURE(error, ended.status, ended.output);
        CHECK(ended.aborted());
        CHECK_THAT(ended.output, contains(std::string{"vethpp: entered the lab"} + cannot_return));
    }
}

TEST_CASE("guard: likewise after an exception, and with a named home", "[kernel][netns][guard]") {
    const bool named_home = GENERATE(false, true);
    const Ended ended = in_child([named_home] {
        const auto system = std::make_shared<FaultySystem>();
        const Netns a = Netns::create("the lab", {.system = system});
        const Netns home = Netns::current();
        try {
            if (named_home) {
                const NetnsGuard guard{a, home};
                system->fail(Call::enter, EPERM, 1, 100);
                throw std::runtime_error{"from inside"};
            }
            a.run([&] {
                system->fail(Call::enter, EPERM, 1, 100);
                throw std::runtime_error{"from inside"};
            });
        } catch (const std::runtime_error&) {
            return 1;
        }
        return 2;
    });
    CAPTURE(ended.status, ended.output);
    CHECK(ended.aborted());
    CHECK_THAT(ended.output, contains(std::string{"vethpp: entered the lab"} + cannot_return));
}

TEST_CASE("guard: a thread that gives up the right to come back ends the process",
          "[kernel][netns][guard]") {
    const Ended ended = in_child([] {
        const Netns a = Netns::create("the lab");
        const NetnsGuard inside{a};
        // The capabilities that the kernel asks for are now those of another user namespace.
        return need_user_namespace();
    });
    CAPTURE(ended.status, ended.output);
    // Whatever it returned: the guard ends after that, and before the exit.
    if (ended.exited(77)) vethpp_test::skip("this machine refuses a user namespace");
    CHECK(ended.aborted());
    CHECK_THAT(ended.output, contains(std::string{"vethpp: entered the lab"} + cannot_return));
}

TEST_CASE("create: a thread that cannot come back ends the process", "[kernel][netns][guard]") {
    const Ended ended = in_child([] {
        const auto system = std::make_shared<FaultySystem>();
        system->fail(Call::enter, ENOMEM, 2, 3);
        const Netns a = Netns::create("the lab", {.system = system});
        return 1;
    });
    CAPTURE(ended.status, ended.output);
    CHECK(ended.aborted());
    CHECK_THAT(ended.output, contains(std::string{"vethpp: entered a namespace"} + cannot_return));
}

TEST_CASE("guard: one that ends on another thread ends the process", "[kernel][netns][guard]") {
    // The other thread may be in no namespace of its own, or in a guard of the same namespace.
    const bool other_is_inside = GENERATE(false, true);
    const Ended ended = in_child([other_is_inside] {
        const Netns a = Netns::create("the lab");
        std::unique_ptr<NetnsGuard> guard;
        std::thread{[&] { guard = std::make_unique<NetnsGuard>(a); }}.join();
        std::optional<NetnsGuard> own;
        if (other_is_inside) own.emplace(a);
        guard.reset();
        return 1;
    });
    CAPTURE(ended.status, ended.output);
    CHECK(ended.aborted());
    CHECK_THAT(ended.output, contains(std::string{"vethpp: entered the lab"} + not_innermost));
}

TEST_CASE("guard: one that ends before the inner one ends the process", "[kernel][netns][guard]") {
    const Ended ended = in_child([] {
        const Netns a = Netns::create("outer");
        const Netns b = Netns::create("inner");
        auto outer = std::make_unique<NetnsGuard>(a);
        const NetnsGuard inner{b};
        outer.reset();
        return 1;
    });
    CAPTURE(ended.status, ended.output);
    CHECK(ended.aborted());
    CHECK_THAT(ended.output, contains(std::string{"vethpp: entered outer"} + not_innermost));
}

TEST_CASE("guard: in a fork of a guarded thread it ends as in the parent",
          "[kernel][netns][guard]") {
    const Netns a = Netns::create("A");
    const ::ino_t outside = here();
    const NetnsGuard undo{a};
    const Ended ended = in_child([&] {
        std::optional<NetnsGuard> inside;
        inside.emplace(a);
        if (here() != inode(a)) return 1;
        inside.reset();
        return here() == inode(a) && here() != outside ? 0 : 2;
    });
    CAPTURE(ended.status, ended.output);
    CHECK(ended.exited(0));
    CHECK(here() == inode(a));
}

TEST_CASE("guard: a process in a user namespace can make namespaces, but is not let in",
          "[kernel][netns][guard]") {
    // Its own network namespace belongs to the user namespace that it left: no way back.
    const Ended ended = in_child([] {
        if (const int refused = need_user_namespace()) return refused;
        const ::ino_t before = here();
        const Netns a = Netns::create("lab");
        if (here() != before || a.links().size() != 1 || !a.link("lo").state().is_up()) return 1;
        const Netns again = Netns::open_path("/proc/self/fd/" + std::to_string(a.native_handle()));
        if (here() != before || again != a) return 2;
        bool called = false;
        try {
            a.run([&] { called = true; });
        } catch (const Error& error) {
            if (called || here() != before) return 3;
            if (std::string{error.what()} !=
                "enter the namespace in lab: Operation not permitted (this process could not "
                "return to its own namespace; started with `unshare -n`, it has one to which it "
                "can)")
                throw;
            return 0;
        }
        return 4;
    });
    CAPTURE(ended.status, ended.output);
    skip_if_refused(ended);
    CHECK(ended.exited(0));
}

TEST_CASE("guard: that one thread could come back says nothing of another",
          "[kernel][netns][guard]") {
    const bool named_home = GENERATE(false, true);
    const Ended ended = in_child([named_home] {
        if (const int refused = need_user_namespace()) return refused;
        const ::ino_t before = here();
        const Netns a = Netns::create("lab");
        int inside = 0;
        std::thread{[&] {
            // This thread's namespace belongs to the new user namespace: it comes and goes freely.
            if (::unshare(CLONE_NEWNET) != 0) return;
            if (!named_home) return a.run([&] { ++inside; });
            const Netns home = Netns::current();
            const NetnsGuard guard{a, home};
            ++inside;
        }}.join();
        if (inside != 1) return 1;
        error_code ec;
        const NetnsGuard refused{a, ec};
        if (here() != before) return 2;
        return ec == boost::system::errc::operation_not_permitted ? 0 : 3;
    });
    CAPTURE(ended.status, ended.output);
    skip_if_refused(ended);
    CHECK(ended.exited(0));
}
