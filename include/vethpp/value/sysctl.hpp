// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace vethpp {

/// What a sysctl is set to: a text, a whole number, a bool as 0 or 1, or several numbers:
/// "cubic", 2, true, {4096, 87380, 6291456}.
class SysctlValue {
public:
    SysctlValue() = default;
    // NOLINTBEGIN(google-explicit-constructor): options are written as `{"net.ipv4.ip_forward", 1}`
    template <class Text>
    requires std::convertible_to<const Text&, std::string_view> SysctlValue(const Text& text)
        : text_{std::string_view{text}} {}
    template <std::integral Integer>
    SysctlValue(Integer number) : text_{std::to_string(+number)} {}
    SysctlValue(std::initializer_list<std::int64_t> numbers) {
        for (const std::int64_t number : numbers)
            text_ += (text_.empty() ? "" : " ") + std::to_string(number);
    }
    // NOLINTEND(google-explicit-constructor)

    /// As it is written, without a newline.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    friend bool operator==(const SysctlValue&, const SysctlValue&) = default;

private:
    std::string text_{};
};

/// A sysctl and its value, in options.
struct Sysctl {
    std::string name{};   ///< "net.ipv4.tcp_syncookies"; of a link "ipv6.accept_ra"
    SysctlValue value{};  ///< "2", or 2

    friend bool operator==(const Sysctl&, const Sysctl&) = default;
};

}  // namespace vethpp
