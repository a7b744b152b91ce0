// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// How long f takes, in seconds.
template <class F>
[[nodiscard]] double seconds(F&& f) {
    const auto start = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

[[nodiscard]] inline double quantile(std::vector<double> values, double q) {
    std::sort(values.begin(), values.end());
    const double position = q * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    const double part = position - static_cast<double>(below);
    return values[below] + part * (values[above] - values[below]);
}

[[nodiscard]] inline double median(std::vector<double> values) {
    return quantile(std::move(values), 0.5);
}

[[nodiscard]] inline std::string with_unit(double value) {
    if (value < 1e-3) return fmt::format("{:.2f} us", value * 1e6);
    if (value < 1) return fmt::format("{:.2f} ms", value * 1e3);
    return fmt::format("{:.2f} s", value);
}

/// One line of the table: the ratio of two series that were measured in turn, round by round, so
/// that a machine whose speed drifts changes both. `ratio` is numerator / denominator.
inline void print_ratio(std::string_view what,
                        const std::vector<double>& numerator,
                        const std::vector<double>& denominator,
                        std::string_view aim = "") {
    std::vector<double> ratios;
    ratios.reserve(numerator.size());
    for (std::size_t i = 0; i < numerator.size(); ++i)
        ratios.push_back(numerator[i] / denominator[i]);
    fmt::print("{:<40} {:>11} {:>11} {:>8.2f}  {:<15} {}\n",
               what,
               with_unit(median(numerator)),
               with_unit(median(denominator)),
               median(ratios),
               fmt::format("{:.2f} .. {:.2f}", quantile(ratios, 0.25), quantile(ratios, 0.75)),
               aim);
    std::fflush(stdout);
}

/// A line with a number instead of a ratio.
inline void print_count(std::string_view what, std::string_view value, std::string_view aim = "") {
    fmt::print("{:<40} {:>32}  {:<15} {}\n", what, value, "", aim);
    std::fflush(stdout);
}

/// The number of rounds: the first argument of the program, if there is one.
[[nodiscard]] inline int rounds(int argc, char** argv, int otherwise) {
    const int given = argc > 1 ? std::atoi(argv[1]) : 0;
    return given > 0 ? given : otherwise;
}

}  // namespace bench
