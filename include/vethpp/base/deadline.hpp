// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>

namespace vethpp {

/// The moment at which a wait ends. Made once, from any duration, when the operation begins; all
/// parts of the operation then keep the same one. `milliseconds::max()` and the like are for ever
/// (100 years), negative durations are over already.
///
///     pair.wait_ready(std::chrono::milliseconds{200});
class Deadline {
public:
    using Clock = std::chrono::steady_clock;

    // NOLINTNEXTLINE(google-explicit-constructor): a parameter type, meant to convert
    template <class Rep, class Period>
    Deadline(std::chrono::duration<Rep, Period> from_now)
        : Deadline{static_cast<double>(from_now.count()) * static_cast<double>(Period::num) /
                   static_cast<double>(Period::den)} {}

    [[nodiscard]] Clock::time_point time() const noexcept { return time_; }
    [[nodiscard]] bool has_passed() const noexcept { return left() == 0; }
    /// How long to wait, in milliseconds and rounded up, as poll(2) takes it: never less than 0,
    /// and not longer than a quarter of an hour at once.
    [[nodiscard]] int left() const noexcept;

private:
    explicit Deadline(double seconds) noexcept;

    Clock::time_point time_;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/base/deadline.ipp>
#endif
