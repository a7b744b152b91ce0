// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/value/print.hpp>

namespace vethpp::detail {

VETHPP_INLINE fmt::format_context::iterator TextSpecification::write(
    std::string_view text, fmt::format_context& context) const {
    // Not by fmt::vformat_to, whose symbol in the compiled library Clang 19 mangles differently.
    const fmt::string_view argument{text.data(), text.size()};
    const std::string formatted =
        fmt::vformat(concat({"{:", specification_, "}"}), fmt::make_format_args(argument));
    auto out = context.out();
    for (const char c : formatted) *out++ = c;
    return out;
}

}  // namespace vethpp::detail
