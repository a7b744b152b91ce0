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
[[nodiscard]] std::string concat(std::initializer_list<std::string_view> parts);

/// The lowest `digits` hexadecimal digits of a number.
[[nodiscard]] std::string hex(std::uint32_t value, std::size_t digits);

/// Text between quotes as it stands in a sentence: `"` and `\` escaped, control characters, of
/// which NUL would end it, as `\x00`.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/base/text.ipp>
#endif
