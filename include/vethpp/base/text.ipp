// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>

namespace vethpp::detail {

VETHPP_INLINE std::string concat(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (const std::string_view part : parts) size += part.size();
    std::string out;
    out.reserve(size);
    for (const std::string_view part : parts) out += part;
    return out;
}

VETHPP_INLINE std::string hex(std::uint32_t value, std::size_t digits) {
    std::string out(digits, '0');
    for (; digits > 0; value >>= 4U) out[--digits] = "0123456789abcdef"[value & 15U];
    return out;
}

VETHPP_INLINE std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto value = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') out += '\\';
        if (value < 0x20 || value == 0x7f)
            out += concat({"\\x", hex(value, 2)});
        else
            out += c;
    }
    return out += '"';
}

}  // namespace vethpp::detail
