// SPDX-License-Identifier: BSL-1.0
// Many threads, many times, and others who make links at the same time.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/patience.hpp"
#include "support/skip.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <latch>
#include <memory>
#include <optional>
#include <poll.h>
#include <sched.h>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;

constexpr std::size_t thread_count = 8;

// Assertions are for one thread at a time, so the others throw.
void need(bool condition, const char* what) {
    if (!condition) throw std::runtime_error{what};
}

// Runs f(i) on 8 threads that start together. Fails the test if one of them throws, or is in
// another namespace afterwards.
template <class F>
void on_threads(F&& f) {
    const Ledger before = Ledger::now();
    std::array<std::string, thread_count> problems{};
    std::latch start{thread_count};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < thread_count; ++i)
        threads.emplace_back([&, i] {
            const ::ino_t place = here();
            start.arrive_and_wait();
            try {
                f(i);
                need(here() == place, "the thread is in another namespace");
            } catch (const std::exception& error) {
                problems[i] = error.what();
            }
        });
    for (std::thread& thread : threads) thread.join();
    for (std::size_t i = 0; i < thread_count; ++i) {
        CAPTURE(i);
        CHECK(problems[i].empty());
        if (!problems[i].empty()) UNSCOPED_INFO(problems[i]);
    }
    before.check_unchanged();
}

Netns opened_again(const Netns& netns) {
    return Netns::open_path("/proc/self/fd/" + std::to_string(netns.native_handle()));
}

// The seed's network 3.2.
struct Network {
    Netns ns1 = Netns::create("ns1");
    Netns ns2 = Netns::create("ns2");
    Netns fabric = Netns::create("fabric");
    Bridge br0{{.netns = fabric, .name = "br0", .up = true}};
    VethPair pair0{{.netns = ns1, .name = "veth0", .addresses = {"10.1.1.2/24"}, .up = true},
                   {.netns = fabric, .name = "br-veth0", .master = br0, .up = true}};
    VethPair pair1{{.netns = ns2, .name = "veth1", .addresses = {"10.1.1.3/24"}, .up = true},
                   {.netns = fabric, .name = "br-veth1", .master = br0, .up = true}};
};

}  // namespace

TEST_CASE("many: a name that was used before is free, 96 times in one namespace",
          "[kernel][concurrency]") {
    const Netns a = Netns::create("A");
    const Netns b = Netns::create("B");
    std::atomic<int> made = 0;
    on_threads([&](std::size_t i) {
        const std::string name = "x" + std::to_string(i);
        for (int round = 0; round < 12; ++round) {
            // Both in one, or one in each; gone with the object, or removed.
            VethPair pair{{.netns = a, .name = name},
                          {.netns = round % 2 == 0 ? a : b, .name = name + "p"}};
            need(a.link(name).index() == pair.first().index(), "another link has the name");
            if (round % 3 == 0) pair.remove();
            ++made;
        }
    });
    CHECK(made == 96);
    CHECK(names(a).empty());
    CHECK(names(b).empty());
}

TEST_CASE("many: likewise 104 times in new namespaces, with the other end always in the same",
          "[kernel][concurrency]") {
    const Netns stays = Netns::create("stays");
    std::atomic<int> made = 0;
    on_threads([&](std::size_t i) {
        const std::string name = "x" + std::to_string(i);
        for (int round = 0; round < 13; ++round) {
            const Netns fresh = Netns::create("fresh");
            const LinkOptions one{.netns = fresh, .name = "veth0", .up = true};
            const LinkOptions two{.netns = stays, .name = name, .up = true};
            const VethPair pair = round % 2 == 0 ? VethPair{one, two} : VethPair{two, one};
            ++made;
        }
    });
    CHECK(made == 104);
    CHECK(names(stays).empty());
}

TEST_CASE("many: 8 threads build and remove whole networks", "[kernel][concurrency]") {
    std::atomic<int> answered = 0;
    on_threads([&](std::size_t) {
        for (int round = 0; round < 3; ++round) {
            const Network net;
            net.pair0.wait_ready(long_enough);
            net.pair1.wait_ready(long_enough);
            need(net.fabric.links().size() == 4, "links are missing, or others are there");
            const auto result =
                vethpp::ping(net.ns1, "10.1.1.3", {.count = 1, .timeout = long_enough});
            need(result.received == 1, "no answer");
            net.ns2.run([&] { need(Netns::current() == net.ns2, "run() is somewhere else"); });
            ++answered;
        }
    });
    CHECK(answered == 3 * thread_count);
}

TEST_CASE("many: 8 threads use one namespace through one object", "[kernel][concurrency]") {
    const Netns netns = Netns::create("shared");
    const Netns other = Netns::create("other");
    const std::uint64_t id = netns.id();
    std::atomic<int> done = 0;
    on_threads([&](std::size_t i) {
        const std::string name = "br" + std::to_string(i);
        Bridge bridge{{.netns = netns, .name = name, .up = true}};
        for (std::uint32_t round = 0; round < 50; ++round) {
            bridge.set_mtu(1000 + round);
            need(netns.link(name).state().mtu == 1000 + round, "another MTU");
            need(bridge.state().index == bridge.index(), "another link's answer");
            need(netns.link(bridge.index()).name() == name, "another link's name");
            const auto links = netns.links();
            need(std::count_if(links.begin(),
                               links.end(),
                               [&](const auto& link) { return link.name == name; }) == 1,
                 "a listing without it");
            need(netns.run([] { return Netns::current().id(); }) == id, "another namespace");
            need(netns.id() == id && netns != other, "another number");
            ++done;
        }
    });
    CHECK(done == 50 * thread_count);
    CHECK(names(netns).empty());
}

TEST_CASE("many: 8 threads make new namespaces, and each gets another one",
          "[kernel][concurrency]") {
    std::array<std::set<std::uint64_t>, thread_count> ids{};
    on_threads([&](std::size_t i) {
        std::vector<Netns> made;
        for (int round = 0; round < 10; ++round) {
            made.push_back(Netns::create("lab"));
            need(made.back().links().size() == 1, "it is not empty");
            ids[i].insert(made.back().id());
        }
    });
    std::set<std::uint64_t> all;
    for (const auto& some : ids) all.insert(some.begin(), some.end());
    CHECK(all.size() == 10 * thread_count);
}

TEST_CASE("many: of 8 threads that want a name, one has it", "[kernel][concurrency]") {
    // Through one session, where they take turns, or through one each.
    const bool own_session = GENERATE(false, true);
    const bool pairs = GENERATE(false, true);
    const Netns netns = Netns::create("lab");
    const Netns other = Netns::create("other");
    std::vector<Netns> opened;
    for (std::size_t i = 0; i < thread_count; ++i) opened.push_back(opened_again(netns));
    constexpr int rounds = 6;
    for (int round = 0; round < rounds; ++round) {
        CAPTURE(own_session, pairs, round);
        std::array<std::optional<Bridge>, thread_count> bridges{};
        std::array<std::optional<VethPair>, thread_count> veths{};
        std::array<error_code, thread_count> outcomes{};
        on_threads([&](std::size_t i) {
            const Netns& mine = own_session ? opened[i] : netns;
            const LinkOptions wanted{.netns = mine, .name = "wanted"};
            const LinkOptions far{.netns = other, .name = "far" + std::to_string(i)};
            if (!pairs)
                bridges[i].emplace(wanted, vethpp::BridgeSettings{}, outcomes[i]);
            else if (round % 2 == 0)
                veths[i].emplace(wanted, far, outcomes[i]);
            else
                veths[i].emplace(far, wanted, outcomes[i]);
        });
        std::size_t owners = 0;
        std::size_t owner = 0;
        for (std::size_t i = 0; i < thread_count; ++i) {
            if (outcomes[i])
                CHECK(outcomes[i] == boost::system::errc::file_exists);
            else
                ++owners, owner = i;
        }
        REQUIRE(owners == 1);
        // Those who did not get it take nothing away.
        for (std::size_t i = 0; i < thread_count; ++i) {
            if (i == owner) continue;
            bridges[i].reset();
            veths[i].reset();
        }
        CHECK(names(netns) == Names{"wanted"});
        CHECK(names(other) == (pairs ? Names{"far" + std::to_string(owner)} : Names{}));
        if (pairs) CHECK(netns.link("wanted").peer_state().name == "far" + std::to_string(owner));
        bridges[owner].reset();
        veths[owner].reset();
        CHECK(names(netns).empty());
        CHECK(names(other).empty());
    }
}

namespace {

// Removes all links of a namespace, as somebody else would, and at once.
void remove_all(const Netns& netns) {
    constexpr std::uint32_t doomed = 4711;
    Failure failure;
    for (const auto& link : netns.links())
        if (!link.is_loopback())
            vethpp_test::set_link(session(netns), link.index, {.group = doomed}, 0, 0, failure);
    vethpp::netlink::delete_marked(session(netns), {.group = doomed}, failure);
    REQUIRE_FALSE(failure);
    REQUIRE(names(netns).empty());
}

// Makes what a stale handle could take for its own: the same index, and by turns the same name or,
// with a group of the user's, that group.
void make_similar(const Link& link, const Netns& netns, std::uint32_t group, bool same_name) {
    make_foreign(netns,
                 link.index(),
                 (same_name ? "" : "not-") + link.name(),
                 same_name ? 0 : group,
                 "veth");
}

}  // namespace

TEST_CASE("many: 8 threads publish one namespace, and it has one name in the end",
          "[kernel][concurrency]") {
    with_own_run([] {
        const auto published = [] {
            std::size_t count = 0;
            std::error_code ec;
            for (std::filesystem::directory_iterator at{"/run/netns", ec}, end; at != end; ++at)
                ++count;
            return count;
        };
        {
            Netns netns = Netns::create("lab");
            std::atomic<int> failed{0};
            std::vector<std::thread> threads;
            for (std::size_t i = 0; i < thread_count; ++i)
                threads.emplace_back([&, i] {
                    for (int k = 0; k < 10; ++k) {
                        vethpp::error_code ec;
                        netns.publish(std::to_string(i) + "-" + std::to_string(k), ec);
                        if (ec) ++failed;
                    }
                });
            for (std::thread& thread : threads) thread.join();
            CHECK(failed == 0);
            CHECK(published() == 1);
        }
        CHECK(published() == 0);
    });
}

TEST_CASE("many: a stale handle never removes a link of somebody else", "[kernel][concurrency]") {
    const Netns netns = Netns::create("lab");
    // Known by a mark of ours, or put into a group of the user's.
    const auto group = GENERATE(std::optional<std::uint32_t>{}, std::optional<std::uint32_t>{7});
    for (const bool same_name : {true, false}) {
        CAPTURE(group.has_value(), same_name);
        std::vector<Bridge> bridges;
        LinkOptions wanted{.netns = netns, .group = group};
        for (int i = 0; i < 10; ++i) {
            wanted.name = "br" + std::to_string(i);
            bridges.emplace_back(wanted);
        }
        remove_all(netns);
        for (const Bridge& bridge : bridges)
            make_similar(bridge, netns, group.value_or(0), same_name);
        const Names before = names(netns);
        REQUIRE(before.size() == 20);
        bridges.clear();
        CHECK(names(netns) == before);
        // Likewise those by which a link was only looked at.
        for (const auto& link : netns.links()) CHECK_FALSE(netns.link(link.index).is_owned());
        CHECK(names(netns) == before);
        remove_all(netns);
    }
}

TEST_CASE("many: 400 stale pairs remove no links of somebody else", "[kernel][concurrency]") {
    const Netns a = Netns::create("A");
    const Netns b = Netns::create("B");
    const auto group = GENERATE(std::optional<std::uint32_t>{}, std::optional<std::uint32_t>{7});
    for (int round = 0; round < 4; ++round) {
        CAPTURE(group.has_value(), round);
        std::vector<VethPair> pairs;
        LinkOptions one{.netns = a, .group = group};
        LinkOptions two{.netns = b, .group = group};
        for (int i = 0; i < 50; ++i) {
            one.name = "one" + std::to_string(i);
            two.name = "two" + std::to_string(i);
            pairs.emplace_back(one, two);
        }
        remove_all(b);
        REQUIRE(names(a).empty());
        for (const VethPair& pair : pairs) {
            make_similar(pair.first(), a, group.value_or(0), round % 2 == 0);
            make_similar(pair.second(), b, group.value_or(0), round % 2 == 0);
        }
        const Names in_a = names(a);
        const Names in_b = names(b);
        REQUIRE(in_a.size() == 100);
        REQUIRE(in_b.size() == 100);
        pairs.clear();
        CHECK(names(a) == in_a);
        CHECK(names(b) == in_b);
        remove_all(a);
        remove_all(b);
    }
}

namespace {

// How an endurance run ends: what went wrong is on standard error.
enum Exit { endured = 0, exhausted = 1, leaked = 2, wrong = 3, no_user_namespace = 77 };

// For how long the limit has to be met to count, and at the end what is left.
struct Patience {
    std::chrono::milliseconds limit = long_enough;
    std::chrono::milliseconds leak = long_enough;
};

// Makes and drops two namespaces with a pair, again and again, where there may be 12: whoever
// forgets one meets the limit soon. The kernel gives a place back a moment after a namespace went,
// so the limit counts only if it lasts. forget_every: forgets a namespace on purpose.
int endure(int cycles, const Patience& patience = {}, int forget_every = 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
        std::fprintf(stderr, "no user namespace can be made here: %s", std::strerror(errno));
        return no_user_namespace;
    }
    std::ofstream limit{"/proc/sys/user/max_net_namespaces"};
    if (!(limit << 12 << std::flush)) {
        std::fprintf(stderr, "user.max_net_namespaces cannot be set here");
        return no_user_namespace;
    }
    limit.close();
    const auto create = [&](const char* label) {
        const auto end = std::chrono::steady_clock::now() + patience.limit;
        for (;;) {
            error_code ec;
            Netns netns = Netns::create(label, {}, ec);
            if (!ec) return netns;
            if (ec != boost::system::errc::no_space_on_device ||
                std::chrono::steady_clock::now() > end)
                throw Error{Failure{.code = ec}};
            ::poll(nullptr, 0, 1);
        }
    };
    const Ledger before = Ledger::now();
    for (int cycle = 1; cycle <= cycles; ++cycle) {
        try {
            const Netns ns1 = create("ns1");
            const Netns ns2 = create("ns2");
            VethPair pair{
                {.netns = ns1, .name = "veth0", .addresses = {"10.1.1.2/24"}, .up = true},
                {.netns = ns2, .name = "veth1", .addresses = {"10.1.1.3/24"}, .up = true}};
            pair.wait_ready(long_enough);
            if (forget_every != 0 && cycle % forget_every == 0)
                ::fcntl(ns1.native_handle(), F_DUPFD_CLOEXEC, 0);
            // Removing the pair takes 16 ms; otherwise it goes with its namespaces.
            if (cycle % 4 != 0) pair.release();
        } catch (const Error& error) {
            std::fprintf(stderr, "cycle %d: %s\n", cycle, error.what());
            return error.code() == boost::system::errc::no_space_on_device ? exhausted : wrong;
        }
    }
    const Ledger after = before.settled(0, patience.leak);
    if (after == before) return endured;
    std::ostringstream text;
    text << "before:" << before << "\nafter:" << after << '\n';
    std::fputs(text.str().c_str(), stderr);
    return leaked;
}

}  // namespace

TEST_CASE("many: 200 networks where 12 namespaces may be", "[kernel][concurrency]") {
    const Ended ended = in_child([] { return endure(200); });
    CAPTURE(ended.status, ended.output);
    if (ended.exited(no_user_namespace)) vethpp_test::skip(ended.output);
    CHECK(ended.exited(endured));
}

TEST_CASE("many: a namespace that is forgotten now and then would be noticed",
          "[kernel][concurrency]") {
    // Early by the limit, and after fewer by what is left. No machine is too slow to notice at
    // once.
    constexpr std::chrono::milliseconds short_one{500};
    const bool by_the_limit = GENERATE(true, false);
    const Ended ended = in_child([=] {
        return by_the_limit ? endure(300, {.limit = short_one}, 5)
                            : endure(10, {.leak = short_one}, 10);
    });
    CAPTURE(ended.status, ended.output);
    if (ended.exited(no_user_namespace)) vethpp_test::skip(ended.output);
    CHECK(ended.exited(by_the_limit ? exhausted : leaked));
}
