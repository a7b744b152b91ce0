// SPDX-License-Identifier: BSL-1.0
// No clock decides whether a test passes: the machine may be emulated, or busy with other things.
#pragma once

#include <chrono>
#include <thread>

namespace vethpp_test {

/// Longer than anything takes; a wait that needs it all is a failure anyway.
inline constexpr std::chrono::milliseconds long_enough = std::chrono::minutes{1};

/// Whether something comes true of which no event tells.
template <class Condition>
bool comes_true(Condition&& condition, std::chrono::milliseconds patience = long_enough) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
}

/// How long something takes here and now: a measure for what has to be over, or still under way.
template <class Action>
std::chrono::milliseconds duration_of(Action&& action) {
    const auto begin = std::chrono::steady_clock::now();
    action();
    return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

}  // namespace vethpp_test
