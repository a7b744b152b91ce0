// SPDX-License-Identifier: BSL-1.0
// Whether the owner of something lives: only what is certain counts. And what is taken away.
#include "support/catch.hpp"
#include "support/netns_watch.hpp"
#include "support/ovs.hpp"
#include <vethpp/ovs/leftovers.hpp>
#include <vethpp/ovs/owned_rows.hpp>
#include <vethpp/ovs/owner.hpp>

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using detail::OvsOwner;

// The owner's text of a child that has ended and was waited for.
std::string dead_owner() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    exit_status_of([&] {
        const std::string self = OvsOwner::self();
        return ::write(ends[1], self.data(), self.size()) > 0 ? 0 : 1;
    });
    char text[256];
    const ssize_t size = ::read(ends[0], text, sizeof text);
    ::close(ends[0]);
    ::close(ends[1]);
    REQUIRE(size > 0);
    return {text, static_cast<std::size_t>(size)};
}

// The same text with another part: from after one character to before the next one.
std::string with(std::string owner, char after, char before, const std::string& part) {
    const std::size_t from = after == '\0' ? 0 : owner.find(after) + 1;
    return owner.replace(from, owner.find(before, from) - from, part);
}

constexpr int no_privilege = 77;

}  // namespace

TEST_CASE("ovs owner: alive, dead, and what cannot be judged") {
    const std::string self = OvsOwner::self();
    const std::string dead = dead_owner();
    INFO(self << " " << dead);
    CHECK(OvsOwner::self() == self);
    CHECK_FALSE(OvsOwner::is_dead(self));
    CHECK(OvsOwner::is_dead(dead));
    // The id is in use, by a process that started at another time.
    CHECK(OvsOwner::is_dead(self + "1"));
    for (const std::string& owner : {self, dead}) {
        CHECK_FALSE(OvsOwner::is_dead(with(owner, '@', ',', "1")));
        CHECK_FALSE(OvsOwner::is_dead(with(owner, '@', ',', "")));
        CHECK_FALSE(OvsOwner::is_dead(with(owner, ',', ':', "1,another-boot")));
        for (const char* process : {"", "0", "-1", "+1", "1x", "../self", "99999999999999999999"})
            CHECK_FALSE(OvsOwner::is_dead(with(owner, '\0', '@', process)));
        for (std::size_t size = 0; size < owner.find(':'); ++size)
            CHECK_FALSE(OvsOwner::is_dead(owner.substr(0, size)));
    }
    for (const char* none : {"", "@", ":", "1", "1@2", "1@2:3", "1:2@3", "@,,:", "1@,,:"})
        CHECK_FALSE(OvsOwner::is_dead(none));
    // Of another time namespace, by whose clock nothing is known: certain only where the id is
    // free.
    const std::string other_clock = with(self + "1", ',', ',', "1");
    CHECK_FALSE(OvsOwner::is_dead(other_clock));
    CHECK(OvsOwner::is_dead(with(dead, ',', ',', "1")));
}

TEST_CASE("ovs owner: with no descriptor left, nobody is dead") {
    const std::string self = OvsOwner::self();
    const std::string later = self + "1";
    CHECK(OvsOwner::is_dead(later));
    CHECK(exit_status_of([&] {
              rlimit limit{};
              ::getrlimit(RLIMIT_NOFILE, &limit);
              limit.rlim_cur = 0;
              ::setrlimit(RLIMIT_NOFILE, &limit);
              const bool judged = OvsOwner::is_dead(self) || OvsOwner::is_dead(later);
              limit.rlim_cur = limit.rlim_max;
              ::setrlimit(RLIMIT_NOFILE, &limit);
              return judged ? 1 : 0;
          }) == 0);
}

TEST_CASE("ovs owner: with a /proc that hides it, or that of another PID namespace") {
    const std::string self = OvsOwner::self();
    const bool hidden = GENERATE(true, false);
    const int status = exit_status_of([&] {
        if (::unshare(CLONE_NEWNS | (hidden ? 0 : CLONE_NEWPID)) != 0) return no_privilege;
        if (::mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) != 0) return no_privilege;
        if (!hidden) {
            // The child is process 1, and for the /proc that stays mounted something else.
            const ::pid_t inner = ::fork();
            if (inner == 0) {
                const std::string one = OvsOwner::self();
                // /proc/1 is another process, which started earlier.
                ::_exit(one.substr(0, 2) == "1@" && !OvsOwner::is_dead(one) ? 0 : 1);
            }
            int ended = 0;
            ::waitpid(inner, &ended, 0);
            return WIFEXITED(ended) ? WEXITSTATUS(ended) : 2;
        }
        // Process 1 is root's, which another user does not see, and which lives.
        std::string first = self;
        first.replace(0, first.find('@'), "1");
        if (::kill(1, 0) != 0) return no_privilege;
        if (::mount("proc", "/proc", "proc", 0, "hidepid=2") != 0) return no_privilege;
        if (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0)
            return no_privilege;
        if (::access("/proc/1/stat", F_OK) == 0) return no_privilege;
        return OvsOwner::is_dead(first) ? 1 : 0;
    });
    if (status == no_privilege) skip("a mount of /proc needs privileges over the PID namespace");
    CHECK(status == 0);
}

TEST_CASE("ovs leftovers: what others have put into a dead one's bridge keeps it", "[ovs]") {
    Switch sw;
    const std::string database = sw.ovs.database();
    const std::string dead = dead_owner();
    const auto run = [&](const std::string& arguments) {
        INFO(arguments);
        CHECK(vsctl(sw.ovs, arguments) == "");
    };
    const auto left = [&] {
        std::vector<std::string> found;
        for (const OvsLeftover& one : list_ovs_leftovers(database)) found.push_back(one.name);
        std::sort(found.begin(), found.end());
        return found;
    };
    const std::string owner = "external_ids:vethpp-owner='\"" + dead + "\"'";
    run("add-br old -- set bridge old datapath_type=" + sw.ovs.datapath_type() + " " + owner);
    run("add-port old old0 -- set port old0 " + owner + " -- set interface old0 type=internal");
    CHECK(left() == Names{"old", "old0"});
    run("add-port old new0 -- set interface new0 type=internal");
    CHECK(left() == Names{"old0"});
    run("set port new0 external_ids:vethpp-owner='\"" + OvsOwner::self() + "\"'");
    CHECK(left() == Names{"old0"});
    CHECK(remove_ovs_leftovers(database).size() == 1);
    CHECK(vsctl(sw.ovs, "list-ports old") == "new0");
    run("del-port new0");
    CHECK(remove_ovs_leftovers(database).size() == 1);
    CHECK(vsctl(sw.ovs, "list-br") == "br0");
}

TEST_CASE("ovs leftovers: what became another's after the look is not removed", "[ovs]") {
    Switch sw;
    ovsdb::Client client{sw.ovs.database(), {.timeout = long_enough}};
    const std::string owner = "external_ids:vethpp-owner='\"" + dead_owner() + "\"'";
    const auto erase = [&](const std::string& change) {
        Failure failure;
        const Deadline deadline{long_enough};
        const auto found = detail::find_leftovers(client, deadline, failure);
        REQUIRE_FALSE(failure);
        REQUIRE(found.size() == 1);
        CHECK(vsctl(sw.ovs, change) == "");
        detail::erase_leftovers(client, found, deadline, failure);
        return failure.code;
    };
    SECTION("a port") {
        CHECK(vsctl(sw.ovs, "add-port br0 p -- set port p " + owner) == "");
        CHECK(erase("set port p external_ids:vethpp-owner=\"" + OvsOwner::self() + "\"") ==
              errc::ovsdb_refused);
        CHECK(vsctl(sw.ovs, "list-ports br0") == "p");
        CHECK(remove_ovs_leftovers(sw.ovs.database()).empty());
    }
    SECTION("a bridge") {
        CHECK(vsctl(sw.ovs, "add-br old -- set bridge old " + owner) == "");
        CHECK(erase("add-port old p") == errc::ovsdb_refused);
        CHECK(vsctl(sw.ovs, "list-br") == "br0\nold");
    }
    SECTION("what others have removed is none") {
        CHECK(vsctl(sw.ovs, "add-port br0 p -- set port p " + owner) == "");
        CHECK(erase("del-port p") == errc::ovsdb_refused);
        CHECK(remove_ovs_leftovers(sw.ovs.database()).empty());
    }
}
