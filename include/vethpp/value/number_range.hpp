// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/number.hpp>
#include <vethpp/value/print.hpp>

#include <concepts>
#include <cstdint>
#include <string>

namespace vethpp {

/// Numbers from the first to the last, such as ports: `.source_ports = 80` or `{{1000, 1999}}`.
class NumberRange {
public:
    constexpr NumberRange() noexcept = default;
    // NOLINTNEXTLINE(google-explicit-constructor): options are written like that
    template <std::integral Integer>
    constexpr NumberRange(Integer one) noexcept : NumberRange{one, one} {}
    constexpr NumberRange(Number first, Number last) noexcept : first_{first}, last_{last} {}

    [[nodiscard]] constexpr std::int64_t first() const noexcept { return first_; }
    [[nodiscard]] constexpr std::int64_t last() const noexcept { return last_; }
    [[nodiscard]] constexpr bool is_within(std::int64_t least, std::int64_t most) const noexcept {
        return first_.is_within(least, most) && last_.is_within(first_, most);
    }
    /// "80", or "1000-1999".
    [[nodiscard]] std::string to_string() const {
        const std::string first = std::to_string(this->first());
        return first_ == last_ ? first : first + "-" + std::to_string(last());
    }
    friend constexpr bool operator==(const NumberRange& a, const NumberRange& b) noexcept {
        return a.first() == b.first() && a.last() == b.last();
    }

private:
    Number first_{};
    Number last_{};
};

}  // namespace vethpp
