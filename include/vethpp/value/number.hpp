// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>

namespace vethpp {

/// A number in options, from any integer: `{.count = n}` with an `int n` or a `std::size_t n` is no
/// narrowing, and what is out of range is not wrapped but refused (errc::invalid_option), by
/// whoever is given it.
class Number {
public:
    constexpr Number() noexcept = default;
    // NOLINTNEXTLINE(google-explicit-constructor): options are written as `.count = 5`
    template <std::integral Integer>
    constexpr Number(Integer value) noexcept
        : value_{value > Integer{0} && static_cast<std::uint64_t>(value) > largest
                     ? static_cast<std::int64_t>(largest)
                     : static_cast<std::int64_t>(value)} {}

    // NOLINTNEXTLINE(google-explicit-constructor): it is a number
    [[nodiscard]] constexpr operator std::int64_t() const noexcept { return value_; }
    [[nodiscard]] constexpr std::int64_t value() const noexcept { return value_; }
    /// As another type that is known to hold it.
    template <std::integral Integer>
    [[nodiscard]] constexpr Integer as() const noexcept {
        return static_cast<Integer>(value_);
    }
    [[nodiscard]] constexpr bool is_within(std::int64_t least, std::int64_t most) const noexcept {
        return value_ >= least && value_ <= most;
    }

private:
    static constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    std::int64_t value_ = 0;
};

}  // namespace vethpp
