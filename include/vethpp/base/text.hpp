// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace vethpp::detail {

/// Joins pieces of text. The texts of errors are made by this instead of by fmt::format, each of
/// whose calls costs every including program some 20 ms of compile time.
[[nodiscard]] inline std::string concat(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (const std::string_view part : parts) size += part.size();
    std::string out;
    out.reserve(size);
    for (const std::string_view part : parts) out += part;
    return out;
}

/// The lowest `digits` hexadecimal digits of a number.
[[nodiscard]] inline std::string hex(std::uint32_t value, std::size_t digits) {
    std::string out(digits, '0');
    for (; digits > 0; value >>= 4U) out[--digits] = "0123456789abcdef"[value & 15U];
    return out;
}

/// Text as it stands in a sentence; control characters, of which NUL would end it, as `\x00`.
[[nodiscard]] inline std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto value = static_cast<unsigned char>(c);
        if (value < 0x20 || value == 0x7f)
            out += concat({"\\x", hex(value, 2)});
        else
            out += c;
    }
    return out += '"';
}

}  // namespace vethpp::detail
