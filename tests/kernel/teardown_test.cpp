// SPDX-License-Identifier: BSL-1.0
// What goes, and who can tell: links are gone for whoever looks, whatever is left to the kernel.
#include "support/catch.hpp"
#include "support/failing_new.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include <vethpp/kinds/ifb.hpp>
#include <vethpp/kinds/macvlan.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/veth.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <linux/nsfs.h>
#include <memory>
#include <optional>
#include <sched.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using vethpp::detail::UniqueFd;

Names names_here() {
    Names found;
    std::ifstream file{"/proc/thread-self/net/dev"};
    for (std::string line; std::getline(file, line);)
        if (const auto colon = line.find(':'); colon != std::string::npos)
            if (auto name = line.substr(0, colon); true) {
                name.erase(0, name.find_first_not_of(' '));
                if (name != "lo" && !name.starts_with("gre") && !name.starts_with("erspan"))
                    found.push_back(name);
            }
    std::sort(found.begin(), found.end());
    return found;
}

// Looks into a namespace behind the library's back: by a copy of the descriptor that this process
// has of it, found as a debugger would.
class Spy {
public:
    explicit Spy(const Netns& netns) {
        finish_removals();  // no descriptor is closed while they are looked at
        const ::ino_t wanted = NetnsRef{netns}.state()->place.inode;
        for (int fd = 0; fd < 1024 && !copy_; ++fd) {
            struct stat file {};
            if (::fstat(fd, &file) != 0 || file.st_ino != wanted) continue;
            if (::ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET)
                copy_ = UniqueFd{::fcntl(fd, F_DUPFD_CLOEXEC, 0)};
        }
        REQUIRE(copy_);
    }
    [[nodiscard]] Names names() const {
        Names found;
        bool inside = false;
        std::thread{[&] {
            inside = ::setns(copy_.get(), CLONE_NEWNET) == 0;
            found = names_here();
        }}.join();
        REQUIRE(inside);
        return found;
    }

private:
    UniqueFd copy_{};
};

// Two namespaces and what is to go.
struct Lab {
    Netns a = Netns::create("a");
    Netns b = Netns::create("b");
    std::optional<VethPair> pair = VethPair{{.netns = a, .name = "left", .up = true},
                                            {.netns = b, .name = "right", .up = true}};
};

// A child process that does something when it is told to, and says how that was.
class Child {
public:
    explicit Child(const std::function<bool()>& f) {
        std::array<int, 2> go{};
        std::array<int, 2> done{};
        REQUIRE(::pipe2(go.data(), O_CLOEXEC) == 0);
        REQUIRE(::pipe2(done.data(), O_CLOEXEC) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::close(go[1]);
            char none = 0;
            (void)!::write(done[1], "r", 1);
            if (::read(go[0], &none, 1) != 1) ::_exit(0);
            const bool good = f();
            (void)!::write(done[1], good ? "y" : "n", 1);
            (void)!::read(go[0], &none, 1);
            ::_exit(0);
        }
        ::close(go[0]);
        ::close(done[1]);
        go_ = UniqueFd{go[1]};
        done_ = UniqueFd{done[0]};
        REQUIRE(said() == 'r');
    }
    ~Child() {
        go_ = {};
        ::waitpid(pid_, nullptr, 0);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    [[nodiscard]] bool is_true() const { return ::write(go_.get(), "x", 1) == 1 && said() == 'y'; }

private:
    [[nodiscard]] char said() const {
        char what = 0;
        return ::read(done_.get(), &what, 1) == 1 ? what : '-';
    }

    pid_t pid_ = -1;
    UniqueFd go_{};
    UniqueFd done_{};
};

const Names none{};

// Where a handler was called.
volatile std::sig_atomic_t signals_here = 0;
volatile std::sig_atomic_t signals_elsewhere = 0;
::pid_t remover = 0;

void count_signal(int) {
    if (::gettid() == remover)
        signals_here = signals_here + 1;
    else
        signals_elsewhere = signals_elsewhere + 1;
}

}  // namespace

// --- Nothing is sent where nobody can tell ---

TEST_CASE("teardown: links of namespaces that nobody else knows go with them",
          "[kernel][teardown]") {
    std::optional<Lab> lab{std::in_place};
    std::optional<Bridge> bridge{std::in_place, LinkOptions{.netns = lab->a, .name = "br0"}};
    std::optional<Ifb> ifb{std::in_place, LinkOptions{.netns = lab->b, .name = "ifb0"}};
    const Spy in_a{lab->a};
    const Spy in_b{lab->b};
    lab->pair.reset();
    bridge.reset();
    ifb.reset();
    // A spy can tell; nobody else is there.
    CHECK(in_a.names() == Names{"br0", "left"});
    CHECK(in_b.names() == Names{"ifb0", "right"});
    lab.reset();
    CHECK(in_a.names() == Names{"br0", "left"});  // it is the spy that keeps them
}

TEST_CASE("teardown: whoever looks sees no link that is gone", "[kernel][teardown]") {
    Lab lab;
    const Spy in_a{lab.a};
    const Spy in_b{lab.b};
    Bridge bridge{{.netns = lab.a, .name = "br0"}};
    const Link loopback = lab.a.link("lo");
    lab.pair.reset();
    bridge = Bridge{{.netns = lab.b, .name = "br1"}};  // by its far end, and in another namespace
    SECTION("by a list") { CHECK(lab.a.links().size() == names(lab.a).size() + 1); }
    SECTION("by name") {
        error_code ec;
        (void)lab.a.link("left", ec);
        CHECK(ec == boost::system::errc::no_such_device);
    }
    SECTION("by a link that is there") { CHECK(loopback.state().name == "lo"); }
    SECTION("from inside") {
        lab.a.run([] { CHECK(names_here() == none); });
    }
    SECTION("by a descriptor") { CHECK(lab.a.native_handle() >= 0); }
    SECTION("by another object of the same namespace") {
        const Netns same = Netns::of_descriptor(lab.a.native_handle());
        CHECK(names(same) == none);
    }
    SECTION("by the same name") {
        const VethPair again{{.netns = lab.a, .name = "left"}, {.netns = lab.a, .name = "br0"}};
        CHECK(in_a.names() == Names{"br0", "left"});
        (void)lab.a.links();
        CHECK(in_a.names() == Names{"br0", "left"});
        CHECK(in_b.names() == Names{"br1"});
        return;
    }
    SECTION("by a link that comes there") {
        const VethPair other{{.netns = lab.b, .name = "right"}, {.netns = lab.a, .name = "left"}};
        CHECK(in_a.names() == Names{"left"});
        CHECK(in_b.names() == Names{"br1", "right"});
        return;
    }
    SECTION("by a link that is moved there") {
        VethPair other{{.netns = lab.b, .name = "x"}, {.netns = lab.b, .name = "y"}};
        other.first().move_to(lab.a, "left");
        CHECK(in_a.names() == Names{"left"});
        return;
    }
    SECTION("by a wait") { lab.a.wait_ready(long_enough); }
    SECTION("by a ping") {
        CHECK(ping(lab.a, "127.0.0.1", {.timeout = long_enough}).received == 1);
    }
    CHECK(in_a.names() == none);
    (void)lab.b.links();
    CHECK(in_b.names() == Names{"br1"});
}

TEST_CASE("teardown: by a name of the namespace", "[kernel][teardown]") {
    with_own_run([] {
        Lab lab;
        const Spy spy{lab.a};
        SECTION("that it had before") {
            lab.a.publish("lab");
            lab.pair.reset();
            CHECK(spy.names() == none);
        }
        SECTION("that it gets later") {
            lab.pair.reset();
            lab.a.publish("lab");
            CHECK(spy.names() == none);
        }
    });
}

// --- Somebody could tell ---

TEST_CASE("teardown: one namespace goes, and the other stays", "[kernel][teardown]") {
    Lab lab;
    lab.pair.reset();
    { const Netns dropped = std::move(lab.a); }
    // Its end would go with that namespace, some day.
    const VethPair again{{.netns = lab.b, .name = "right"}, {.netns = lab.b, .name = "left"}};
    CHECK(names(lab.b) == Names{"left", "right"});
}

TEST_CASE("teardown: where somebody could tell, a link is gone at once", "[kernel][teardown]") {
    Lab lab;
    const Spy in_a{lab.a};
    const Spy in_b{lab.b};
    const bool by_call = GENERATE(false, true);
    CAPTURE(by_call);
    const auto remove = [&] {
        if (by_call)
            lab.pair->remove();
        else
            lab.pair.reset();
    };
    SECTION("somebody was inside") {
        lab.b.run([] {});
        remove();
    }
    SECTION("somebody is inside") {
        const NetnsGuard inside{lab.a};
        remove();
        CHECK(names_here() == none);
    }
    SECTION("somebody has a descriptor") {
        (void)lab.b.native_handle();
        remove();
    }
    SECTION("behind a namespace that nobody was in") {
        const Netns c = Netns::create("c");
        const Netns d = Netns::create("d");
        const VethPair on{{.netns = lab.b}, {.netns = c}};
        const VethPair and_on{{.netns = c}, {.netns = d}};
        d.run([] {});
        remove();
        CHECK(in_b.names() == Names{on.first().name()});
        return;
    }
    SECTION("behind one that is joined to it afterwards") {
        const Netns c = Netns::create("c");
        c.run([] {});
        const VethPair on{{.netns = lab.b, .name = "on"}, {.netns = c}};
        remove();
        CHECK(in_a.names() == none);
        CHECK(in_b.names() == Names{"on"});
        return;
    }
    SECTION("at the other end of many") {
        std::vector<Netns> more;
        std::vector<VethPair> on;
        for (int i = 0; i < 100; ++i) {
            more.push_back(Netns::create());
            const Netns& before = i == 0 ? lab.b : more[more.size() - 2];
            on.emplace_back(LinkOptions{.netns = before, .name = "on"},
                            LinkOptions{.netns = more.back(), .name = "back"});
        }
        more.back().run([] {});
        remove();
        CHECK(in_a.names() == none);
        CHECK(in_b.names() == Names{"on"});
        return;
    }
    SECTION("somebody waits for it") {
        const VethPair down{{.netns = lab.a, .name = "down", .up = true}, {.netns = lab.b}};
        std::atomic<bool> failed{false};
        std::thread waits{[&] {
            error_code ec;
            lab.pair->first().wait_ready(long_enough, ec);  // ready, and so it ends at once
            down.first().wait_ready(long_enough, ec);
            failed = ec.failed();
        }};
        REQUIRE(comes_true([] { return vethpp::detail::Onlooker::is_there(); }));
        remove();
        CHECK(in_a.names() == Names{"down"});
        Link other_end = lab.b.link(down.second().index());
        other_end.set_up();
        waits.join();
        CHECK_FALSE(failed);
        return;
    }
    SECTION("a child has its descriptors") {
        const Child child{[&] {
            bool gone = false;
            lab.a.run([&] { gone = names_here().empty(); });
            return gone;
        }};
        remove();
        CHECK(in_a.names() == none);
        CHECK(child.is_true());
    }
    SECTION("it is in the program's own namespace") {
        const Netns own = Netns::current();
        VethPair here{{.netns = own, .name = "here0"}, {.netns = lab.a, .name = "there0"}};
        { const VethPair gone = std::move(here); }
        CHECK(names(own) == names_here());
        CHECK(in_a.names() == Names{"left"});
        remove();
    }
    CHECK(in_a.names() == none);
    CHECK(in_b.names() == none);
}

TEST_CASE("teardown: a child that is made afterwards sees no link either", "[kernel][teardown]") {
    Lab lab;
    const Spy spy{lab.a};
    lab.pair.reset();
    REQUIRE(spy.names() == Names{"left"});
    SECTION("and neither does its parent") {
        const Child child{[&] {
            bool gone = false;
            lab.a.run([&] { gone = names_here().empty(); });
            return gone;
        }};
        CHECK(child.is_true());
        CHECK(spy.names() == none);
        CHECK(names(lab.a) == none);
        CHECK(names(lab.b) == none);
    }
    SECTION("by a descriptor") {
        const Child child{[&] {
            return ::setns(lab.a.native_handle(), CLONE_NEWNET) == 0 && names_here().empty();
        }};
        CHECK(child.is_true());
    }
    SECTION("behind a namespace that it enters") {
        // What it left where it does not look leads to where it does.
        const Child child{[&] {
            lab.b.run([] {});
            return true;
        }};
        CHECK(child.is_true());
        CHECK(spy.names() == none);
    }
    SECTION("in a namespace that only the child keeps") {
        std::optional<Netns> dropped{std::move(lab.a)};
        const Child child{[] { return true; }};
        dropped.reset();
        CHECK(spy.names() == none);
    }
}

TEST_CASE("teardown: the copies in a child remove nothing", "[kernel][teardown]") {
    Lab lab;
    CHECK(exit_status_of([&] {
              lab.pair.reset();
              return 0;
          }) == 0);
    CHECK(names(lab.a) == Names{"left"});
    lab.a.run([] {});
    CHECK(exit_status_of([&] {
              lab.pair.reset();
              finish_removals();
              return 0;
          }) == 0);
    CHECK(names(lab.b) == Names{"right"});
}

TEST_CASE("teardown: what stands on a link of another namespace is not left there",
          "[kernel][teardown]") {
    Lab lab;
    const Netns c = Netns::create("c");
    const Spy spy{c};
    {
        const Macvlan above{{.netns = c, .name = "above"}, {.lower = lab.pair->first()}};
        REQUIRE(spy.names() == Names{"above"});
    }
    CHECK(spy.names() == none);
    const Macvlan again{{.netns = c, .name = "again"}, {.lower = lab.pair->first()}};
    lab.pair.reset();  // takes it along
    CHECK(names(c) == none);
}

TEST_CASE("teardown: what was changed before is still known when it goes", "[kernel][teardown]") {
    Lab lab;
    const Spy in_a{lab.a};
    const Spy in_b{lab.b};
    SECTION("an end in another group, and the other end shows it") {
        lab.a.link("left").set_group(99);
        lab.pair.reset();
        CHECK(names(lab.a) == none);
    }
    SECTION("both ends moved and renamed") {
        const Netns c = Netns::create("c");
        lab.pair->first().move_to(c, "moved");
        lab.pair->second().set_down();  // before Linux 6.2, only then
        lab.pair->second().rename("renamed");
        lab.pair.reset();
        CHECK(names(c) == none);
        CHECK(in_b.names() == none);
    }
    SECTION("removed by somebody else, and its index is another's") {
        const auto index = lab.pair->first().index();
        lab.a.link("left").remove();
        make_foreign(lab.a, index, "other");
        lab.pair.reset();
        CHECK(names(lab.a) == Names{"other"});
    }
}

// --- It is removed ---

TEST_CASE("teardown: a name is free when its link is gone, 200 times", "[kernel][teardown]") {
    const bool known = GENERATE(false, true);
    CAPTURE(known);
    Lab lab;
    if (known) lab.a.run([] {});
    for (int i = 0; i < 200; ++i) {
        lab.pair.reset();
        lab.pair.emplace(LinkOptions{.netns = lab.a, .name = "left", .up = true},
                         LinkOptions{.netns = lab.b, .name = "right", .up = true});
    }
    Bridge bridge{{.netns = lab.a, .name = "br0"}};
    for (int i = 0; i < 10; ++i) {
        bridge.remove();
        CHECK(names(lab.a) == Names{"left"});
        bridge = Bridge{{.netns = lab.a, .name = "br0"}};
    }
}

TEST_CASE("teardown: nothing shows a link that has been removed", "[kernel][teardown][only_vm]") {
    Lab lab;
    Bridge bridge{{.netns = lab.a, .name = "br0", .up = true}};
    lab.pair->first().set_master(bridge);
    const UniqueFd raw{lab.a.run([] { return ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0); })};
    const auto is_there = [&](const char* name) {
        ifreq request{};
        std::strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
        return ::ioctl(raw.get(), SIOCGIFINDEX, &request) == 0;
    };
    REQUIRE(is_there("left"));
    SECTION("a pair") {
        lab.pair->remove();
        CHECK_FALSE(is_there("left"));
        CHECK(names(lab.a) == Names{"br0"});
        CHECK(names(lab.b) == none);
        CHECK(bridge.ports().empty());
        lab.a.run([] { CHECK(names_here() == Names{"br0"}); });
    }
    SECTION("a bridge, whose ports stay") {
        bridge.remove();
        CHECK_FALSE(is_there("br0"));
        CHECK(names(lab.a) == Names{"left"});
        CHECK_FALSE(lab.pair->first().state().master);
    }
    SECTION("in sysfs") {
        // Of the namespace in which it is mounted.
        with_own_run([&] {
            const NetnsGuard inside{lab.a};
            REQUIRE(::mount("sysfs", "/run", "sysfs", 0, nullptr) == 0);
            const char* const path = "/run/class/net/left";
            REQUIRE(::access(path, F_OK) == 0);
            lab.pair->remove();
            CHECK(::access(path, F_OK) != 0);
        });
    }
}

TEST_CASE("teardown: what the kernel refuses is told", "[kernel][teardown][only_vm]") {
    Lab lab;
    check_error(failure_of([&](OnError e) { lab.a.link("lo").remove(e); }),
                EOPNOTSUPP,
                "remove: lo in a: Operation not supported");
    Link left = lab.a.link("left");
    Link same = lab.a.link("left");
    left.remove();
    CHECK_FALSE(left);
    CHECK(failure_of([&](OnError e) { same.remove(e); }).code() ==
          boost::system::errc::no_such_device);
    CHECK(failure_of([&](OnError e) { left.remove(e); }).code() == errc::no_such_link);
    CHECK(failure_of([&](OnError e) { lab.pair->remove(e); }).code().failed());
}

TEST_CASE("teardown: without a thread it takes its time", "[kernel][teardown]") {
    Lab lab;
    lab.a.run([] {});
    Bridge bridge{{.netns = lab.a, .name = "br0"}};
    // All threads that there may be are at something else.
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const UniqueFd in{ends[0]};
    const UniqueFd out{ends[1]};
    constexpr std::array<std::byte, 8> message{};
    std::size_t queued = netlink::BackgroundSend::limit;
    while (::send(in.get(), message.data(), message.size(), MSG_DONTWAIT) > 0) ++queued;
    finish_removals();
    for (std::size_t i = 0; i < netlink::BackgroundSend::limit; ++i)
        REQUIRE(netlink::BackgroundSend{in.get(), message});
    REQUIRE_FALSE(netlink::BackgroundSend{in.get(), message});
    lab.pair.reset();
    CHECK(names(lab.a) == Names{"br0"});
    bridge.remove();
    CHECK(names(lab.a) == none);
    check_error(failure_of([&](OnError e) { lab.a.link("lo").remove(e); }),
                EOPNOTSUPP,
                "remove: lo in a: Operation not supported");
    std::array<std::byte, 16> buffer{};
    for (std::size_t i = 0; i < queued; ++i)
        REQUIRE(::recv(out.get(), buffer.data(), buffer.size(), 0) == 8);
    finish_removals();
}

TEST_CASE("teardown: no thread and no descriptor is left a moment later", "[kernel][teardown]") {
    const Ledger before = Ledger::now();
    {
        Lab lab;
        lab.a.run([] {});
        std::vector<VethPair> pairs;
        for (int i = 0; i < 100; ++i)
            pairs.emplace_back(LinkOptions{.netns = lab.a, .up = true},
                               LinkOptions{.netns = lab.b, .up = true});
        pairs.clear();
        CHECK(names(lab.a) == Names{"left"});
    }
    // By itself.
    CHECK(comes_true([&] { return living_threads() == before.threads; }));
    CHECK(comes_true([&] {
        std::size_t open = 0;
        for (int fd = 0; fd < 1024; ++fd)
            if (::fcntl(fd, F_GETFD) >= 0) ++open;
        return open == before.descriptors.size();
    }));
    before.check_unchanged();
}

TEST_CASE("teardown: 8 threads, in namespaces of their own and in the same", "[kernel][teardown]") {
    const Netns same = Netns::create("same");
    same.run([] {});
    std::atomic<int> bad{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            const Netns own = Netns::create("own" + std::to_string(t));
            const std::string name = "x" + std::to_string(t);
            for (int i = 0; i < 20; ++i) {
                VethPair pair{{.netns = same, .name = name, .up = true},
                              {.netns = own, .name = name, .up = true}};
                Bridge bridge{{.netns = own, .name = "br0"}};
                pair.remove();
                if (names(own) != Names{"br0"}) ++bad;
                error_code ec;
                if (same.link(name, ec)) ++bad;
            }
        });
    for (std::thread& one : threads) one.join();
    CHECK(bad == 0);
    CHECK(names(same) == none);
}

TEST_CASE("teardown: while signals come", "[kernel][teardown]") {
    struct sigaction counting {};
    struct sigaction before {};
    counting.sa_handler = count_signal;  // without SA_RESTART
    REQUIRE(::sigaction(SIGUSR1, &counting, &before) == 0);
    signals_here = 0;
    signals_elsewhere = 0;
    remover = ::gettid();
    Lab lab;
    lab.a.run([] {});
    std::atomic<bool> stop{false};
    const pthread_t self = ::pthread_self();
    std::thread sender{[&] {
        while (!stop) {
            ::pthread_kill(self, SIGUSR1);
            std::this_thread::sleep_for(std::chrono::microseconds{300});
        }
    }};
    int rounds = 0;
    for (; rounds < 20 || (signals_here < 20 && rounds < 10'000); ++rounds) {
        Bridge bridge{{.netns = lab.a, .name = "br0"}};
        lab.pair->remove();
        bridge.remove();
        if (!names(lab.a).empty() || !names(lab.b).empty()) break;
        lab.pair.emplace(LinkOptions{.netns = lab.a, .name = "left", .up = true},
                         LinkOptions{.netns = lab.b, .name = "right", .up = true});
    }
    stop = true;
    sender.join();
    CHECK(rounds >= 20);
    CHECK(names(lab.a) == Names{"left"});
    CHECK(signals_here >= 20);
    CHECK(signals_elsewhere == 0);
    REQUIRE(::sigaction(SIGUSR1, &before, nullptr) == 0);
}

TEST_CASE("teardown: static objects are removed at the end of the program", "[kernel][teardown]") {
    const Netns outside = Netns::create("outside");
    outside.run([] {});
    // A leak checker takes threads of the parent, that the child does not have, for its own.
    finish_removals();
    const Ended ended = in_child([&]() -> int {
        const Netns where = Netns::of_descriptor(outside.native_handle());
        // What is static in here is made, and destroyed, in the child alone.
        static std::optional<Netns> there;
        there.emplace(Netns::of_descriptor(outside.native_handle()));
        static const Netns inner = Netns::create("inner");
        static const VethPair pair{{.netns = *there, .name = "static0", .up = true},
                                   {.netns = inner, .name = "static1", .up = true}};
        static const Bridge bridge{{.netns = *there, .name = "static2", .up = true}};
        static const VethPair other{{.netns = *there, .name = "static3", .master = bridge},
                                    {.netns = inner}};
        if (names(where).size() != 3) return 1;
        std::exit(0);
    });
    INFO(ended.status << ended.output);
    CHECK(ended.exited(0));
    CHECK(ended.output.empty());
    CHECK(names(outside) == none);
}

// --- Many at once ---

TEST_CASE("teardown: many links in one message", "[kernel][teardown][only_vm]") {
    Lab lab;
    const bool known = GENERATE(false, true);
    if (known) lab.a.run([] {});
    std::vector<VethPair> pairs;
    for (int i = 0; i < 30; ++i)
        pairs.emplace_back(
            LinkOptions{.netns = lab.a,
                        .group = i % 3 == 0 ? std::optional<std::uint32_t>{7} : std::nullopt},
            LinkOptions{.netns = i % 2 == 0 ? lab.a : lab.b});
    std::vector<std::unique_ptr<Bridge>> bridges;
    for (int i = 0; i < 3; ++i)
        bridges.push_back(
            std::make_unique<Bridge>(LinkOptions{.netns = i == 0 ? lab.b : lab.a, .up = true}));
    make_foreign(lab.a, 1000, "foreign", 7);
    SECTION("pairs") {
        remove_links(pairs);
        for (const VethPair& pair : pairs) CHECK_FALSE(pair);
        CHECK(names(lab.a).size() == 4);
        remove_links(bridges);
        for (const auto& bridge : bridges) CHECK_FALSE(*bridge);
        CHECK(names(lab.a) == Names{"foreign", "left"});
        CHECK(names(lab.b) == Names{"right"});
    }
    SECTION("pairs and bridges together, each by either end") {
        const Spy in_a{lab.a};
        Bridge bridge{{.netns = lab.b, .name = "last", .up = true}};
        VethPair one{{.netns = lab.a}, {.netns = lab.b, .master = bridge}};
        VethPair two{{.netns = lab.a}, {.netns = lab.b, .master = bridge}};
        const auto before = in_a.names().size();
        remove_links({bridge, one, two, *lab.pair});
        CHECK_FALSE(bridge);
        CHECK_FALSE(one);
        CHECK_FALSE(*lab.pair);
        CHECK(in_a.names().size() == before - 3);
        CHECK(names(lab.a).size() == before - 3);
    }
    SECTION("links that are only looked at") {
        std::vector<Link> links;
        for (const LinkState& link : lab.a.links())
            if (!link.is_loopback()) links.push_back(lab.a.link(link.index));
        // Both ends of some pairs: the second is gone with the first.
        error_code ec;
        remove_links(links, ec);
        CHECK(names(lab.a) == none);
        CHECK(names(lab.b) == Names{bridges.front()->name()});
    }
    SECTION("one of them cannot be removed") {
        std::vector<Link> links;
        links.push_back(lab.a.link("lo"));
        links.push_back(lab.a.link("foreign"));
        links.push_back(lab.a.link("left"));
        check_error(failure_of([&](OnError e) {
                        remove_links(links, e);
                        // In its other form it finds the rest gone.
                        links.resize(1);
                    }),
                    EOPNOTSUPP,
                    "remove the links: lo in a: Operation not supported");
        CHECK(lab.a.link("lo").state().group == 0);
        CHECK(lab.a.link("lo").state().is_up());
        error_code ec;
        (void)lab.a.link("foreign", ec);
        CHECK(ec == boost::system::errc::no_such_device);
    }
    SECTION("some are gone, and some are others by now") {
        const auto first = pairs[0].first().index();
        lab.a.link(first).remove();
        make_foreign(lab.a, first, "z", 7);
        lab.a.link(pairs[1].first().index()).remove();
        error_code ec;
        remove_links(pairs, ec);
        CHECK(ec.failed());
        CHECK(std::count_if(pairs.begin(), pairs.end(), [](const VethPair& one) {
                  return static_cast<bool>(one);
              }) == 2);
        CHECK(names(lab.a).size() == 5);
    }
    SECTION("empty objects") {
        const VethPair moved = std::move(pairs[5]);
        std::vector<Link> nothing(2);
        check_error(failure_of([&](OnError e) { remove_links(nothing, e); }),
                    errc::no_such_link,
                    "remove the links: no link to act on (the object refers to no link)");
        remove_links(std::vector<VethPair>{});
        error_code ec;
        remove_links(pairs, ec);
        CHECK(ec == errc::no_such_link);
        CHECK(moved.first().state().name == moved.first().name());
    }
}

TEST_CASE("teardown: no memory", "[kernel][teardown][memory]") {
    Lab lab;
    lab.pair.reset();
    const Netns known = Netns::create("known");
    known.run([] {});
    SECTION("a link that goes") {
        for (const Netns* other : std::array<const Netns*, 2>{&lab.b, &known})
            at_each_allocation(
                [&] {
                    std::optional<VethPair> pair;
                    try {
                        pair.emplace(LinkOptions{.netns = lab.a, .name = "x"},
                                     LinkOptions{.netns = *other, .name = "y"});
                    } catch (const Error&) {
                        throw std::bad_alloc{};
                    }
                    pair.reset();
                },
                [&] {
                    CHECK(names(lab.a) == none);
                    CHECK(names(*other) == none);
                });
    }
    SECTION("many at once") {
        at_each_allocation(
            [&] {
                std::vector<VethPair> pairs;
                for (int i = 0; i < 3; ++i)
                    pairs.emplace_back(LinkOptions{.netns = lab.a}, LinkOptions{.netns = lab.b});
                remove_links(pairs);
            },
            [&] {
                CHECK(names(lab.a) == none);
                CHECK(names(lab.b) == none);
            });
    }
}
