// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/deadline.hpp>

#include <cstdint>

namespace vethpp {

VETHPP_INLINE Deadline::Deadline(double seconds) noexcept : time_{Clock::now()} {
    constexpr double for_ever = 100.0 * 365 * 24 * 3600;
    // Also for what is not a number, which compares as neither.
    if (!(seconds > 0)) return;
    if (seconds > for_ever) seconds = for_ever;
    time_ += std::chrono::nanoseconds{static_cast<std::int64_t>(seconds * 1e9)};
}

VETHPP_INLINE int Deadline::left() const noexcept {
    const std::int64_t nanoseconds = (time_ - Clock::now()).count();
    if (nanoseconds <= 0) return 0;
    constexpr std::int64_t at_once = 900'000;
    const std::int64_t milliseconds = (nanoseconds + 999'999) / 1'000'000;
    return static_cast<int>(milliseconds < at_once ? milliseconds : at_once);
}

}  // namespace vethpp
