// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include <vethpp/ping/result.hpp>

#include <fmt/format.h>

#include <chrono>

using namespace vethpp;
using namespace vethpp_test;
using namespace std::chrono_literals;

// The texts are those of ping(8), iputils 20221126; kernel/ping_test.cpp runs it beside ours.
TEST_CASE("a ping result prints like the last lines of ping(8)", "[ping]") {
    PingResult result{.destination = "10.1.1.3",
                      .sent = 3,
                      .received = 3,
                      .min = 68999ns,
                      .avg = 84000ns,
                      .max = 201000ns,
                      .mdev = 32000ns,
                      .time = 20400us};
    CHECK(fmt::format("{}", result) ==
          "--- 10.1.1.3 ping statistics ---\n"
          "3 packets transmitted, 3 received, 0% packet loss, time 20ms\n"
          "rtt min/avg/max/mdev = 0.068/0.084/0.201/0.032 ms");

    SECTION("one of three lost, the time rounded, round trips above a millisecond") {
        result.received = 2;
        result.time = 20500us;
        result.max = 1234567us;
        CHECK(fmt::format("{}", result) ==
              "--- 10.1.1.3 ping statistics ---\n"
              "3 packets transmitted, 2 received, 33.3333% packet loss, time 21ms\n"
              "rtt min/avg/max/mdev = 0.068/0.084/1234.567/0.032 ms");
    }
    SECTION("duplicates and errors, in that order") {
        result.received = 1;
        result.duplicates = 2;
        result.errors = 1;
        CHECK(fmt::format("{}", result) ==
              "--- 10.1.1.3 ping statistics ---\n"
              "3 packets transmitted, 1 received, +2 duplicates, +1 errors, "
              "66.6667% packet loss, time 20ms\n"
              "rtt min/avg/max/mdev = 0.068/0.084/0.201/0.032 ms");
    }
    SECTION("without a reply there are no round trips") {
        result.received = 0;
        CHECK(fmt::format("{}", result) ==
              "--- 10.1.1.3 ping statistics ---\n"
              "3 packets transmitted, 0 received, 100% packet loss, time 20ms");
    }
    SECTION("without a request there is no loss either") {
        CHECK(fmt::format("{}", PingResult{.destination = "fd00::3"}) ==
              "--- fd00::3 ping statistics ---\n0 packets transmitted, 0 received");
    }
}

TEST_CASE("a ping result tells apart what came of it", "[ping]") {
    CHECK(PingResult{}.outcome() == PingOutcome::not_sent);
    CHECK(PingResult{.sent = 2}.outcome() == PingOutcome::timed_out);
    CHECK(PingResult{.sent = 2, .errors = 1}.outcome() == PingOutcome::unreachable);
    CHECK(PingResult{.sent = 2, .errors = 2, .ttl_exceeded = 1}.outcome() ==
          PingOutcome::unreachable);
    CHECK(PingResult{.sent = 2, .errors = 2, .ttl_exceeded = 2}.outcome() ==
          PingOutcome::ttl_exceeded);
    CHECK(PingResult{.sent = 2, .received = 1, .errors = 1}.outcome() == PingOutcome::replied);
    CHECK(to_string(PingOutcome::timed_out) == "timed out");

    CHECK(PingResult{}.loss() == 100.0);
    CHECK(PingResult{.sent = 4, .received = 3}.loss() == 25.0);
    CHECK(PingResult{.sent = 4, .received = 4}.loss() == 0.0);
}
