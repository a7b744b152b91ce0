// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include <vethpp/base/deadline.hpp>

#include <chrono>
#include <limits>

namespace {

using namespace std::chrono_literals;
using vethpp::Deadline;
using Clock = Deadline::Clock;

}  // namespace

TEST_CASE("Deadline: from any duration, without overflow") {
    const auto years = [](const Deadline& deadline) {
        return std::chrono::duration<double>(deadline.time() - Clock::now()) / 24h / 365;
    };
    CHECK(years(std::chrono::milliseconds::max()) > 99);
    CHECK(years(std::chrono::seconds::max()) > 99);
    CHECK(years(std::chrono::hours::max()) > 99);
    CHECK(years(std::chrono::nanoseconds::max()) > 99);
    CHECK(years(std::chrono::duration<double>::max()) > 99);
    CHECK(years(std::chrono::duration<double>{std::numeric_limits<double>::infinity()}) > 99);
    for (const Deadline& over :
         {Deadline{0ms},
          Deadline{-1ms},
          Deadline{std::chrono::milliseconds::min()},
          Deadline{std::chrono::hours::min()},
          Deadline{std::chrono::duration<double>::min()},
          Deadline{std::chrono::duration<double>{std::numeric_limits<double>::quiet_NaN()}}}) {
        CHECK(over.has_passed());
        CHECK(over.left() == 0);
        CHECK(over.time() <= Clock::now());
    }
}

TEST_CASE("Deadline: what is left, as poll(2) takes it") {
    const Deadline soon{20s};
    CHECK(soon.left() <= 20000);
    CHECK(soon.left() > 0);
    CHECK_FALSE(soon.has_passed());
    // Rounded up, so that who waits so long is not early; and no more than an int holds.
    CHECK(Deadline{std::chrono::hours::max()}.left() == 900'000);
    const Deadline now{1ns};
    while (!now.has_passed()) {
    }
    CHECK(now.left() == 0);
}
