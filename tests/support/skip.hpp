// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "catch.hpp"

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace vethpp_test {

/// The reasons for which the running test case has been skipped so far; main.cpp reads and clears
/// them.
inline std::vector<std::string>& skip_reasons() {
    static std::vector<std::string> reasons;
    return reasons;
}

/// Ends the running test case (or section) and counts it as skipped: listed with its reason at the
/// end of the run, and never as passed. For what the machine cannot do, not for what is broken.
[[noreturn]] inline void skip(std::string reason) {
    skip_reasons().push_back(std::move(reason));
#if __has_include(<catch2/catch_test_macros.hpp>)
    SKIP(skip_reasons().back());
    std::abort();  // SKIP throws, but does not say so
#else
    // Catch2 2 knows no SKIP. It unwinds a test with this exception, and without a failed assertion
    // before it the test has not failed; main.cpp does the counting.
    throw Catch::TestFailureException();
#endif
}

}  // namespace vethpp_test
