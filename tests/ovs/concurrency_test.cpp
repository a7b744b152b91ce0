// SPDX-License-Identifier: BSL-1.0
// One bridge, used by many threads at once while links come and go: nothing hangs, nothing is
// thrown that is no Error, and nothing stays. What the thread sanitizer sees of it is half of the
// test.
#include "support/catch.hpp"
#include "support/ovs.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <latch>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;

// Runs them on threads that start together; returns what was thrown.
std::vector<std::string> at_once(const std::vector<std::function<void()>>& works) {
    std::latch start{static_cast<std::ptrdiff_t>(works.size())};
    std::vector<std::string> thrown(works.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < works.size(); ++i)
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            try {
                works[i]();
            } catch (const std::exception& error) {
                thrown[i] = error.what();
            }
        });
    for (std::thread& thread : threads) thread.join();
    std::erase(thrown, std::string{});
    return thrown;
}

}  // namespace

TEST_CASE("ovs concurrency: add_port, remove_port, ports and remove by many threads", "[ovs]") {
    Switch sw;
    const Netns far = Netns::create("far");
    constexpr std::size_t pairs = 4;
    for (int round = 0; round < 3; ++round) {
        CAPTURE(round);
        std::array<std::optional<VethPair>, pairs> made{};
        for (std::size_t i = 0; i < pairs; ++i)
            made[i].emplace(LinkOptions{.netns = far, .name = "far" + std::to_string(i)},
                            LinkOptions{.netns = sw.netns, .name = "near" + std::to_string(i)});
        OvsBridge br1{sw.options("br1")};
        std::atomic<int> added{0};
        std::vector<std::function<void()>> works;
        for (std::size_t i = 0; i < pairs; ++i)
            works.emplace_back([&, i] {
                error_code ec;
                br1.add_port(made[i]->second(), {}, ec);
                if (!ec) ++added;
                // Half of the ports go by themselves, with their links.
                if (i % 2 == 0)
                    made[i].reset();
                else
                    br1.remove_port("near" + std::to_string(i), ec);
            });
        works.emplace_back([&] {
            for (int i = 0; i < 5; ++i) {
                error_code ec;
                (void)br1.ports(ec);
            }
        });
        // In the last round the bridge goes in the midst of it.
        const bool removed = round == 2;
        for (int i = 0; removed && i < 2; ++i)
            works.emplace_back([&] {
                error_code ec;
                br1.remove(ec);
            });
        CHECK(at_once(works).empty());
        if (removed) {
            CHECK(vsctl(sw.ovs, "list-br") == "br0");
        } else {
            CHECK(added == static_cast<int>(pairs));
            CHECK(comes_true([&] { return br1.ports().empty(); }));
        }
        for (std::size_t i = 1; i < pairs; i += 2) made[i].reset();
    }
    CHECK(vsctl(sw.ovs, "list-br") == "br0");
    CHECK(names(sw.netns).size() <= 2);  // br0 and the datapath, where there are taps
}
