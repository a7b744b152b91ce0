// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/text.hpp>
#include <vethpp/value/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace vethpp {

/// The longest interface name in bytes (IFNAMSIZ - 1), and the longest alternative name
/// (ALTIFNAMSIZ - 1).
inline constexpr std::size_t max_name = 15;
inline constexpr std::size_t max_alternative_name = 127;

/// Says why the kernel would refuse an interface name, or would read it as something else; empty
/// for a good one. The kernel itself answers EINVAL or ERANGE without a word (dev_valid_name), and
/// takes '%' for a template.
[[nodiscard]] inline std::string_view name_problem(std::string_view name,
                                                   std::size_t limit = max_name) noexcept {
    if (name.empty()) return "an interface name has at least 1 byte";
    if (name.size() > limit)
        return limit == max_name ? "an interface name has at most 15 bytes"
                                 : "an alternative name has at most 127 bytes";
    if (name == "." || name == "..") return "\".\" and \"..\" are not interface names";
    for (const char c : name) {
        if (c == '/' || c == ':') return "an interface name has no '/' and no ':'";
        if (c == '%') return "an interface name has no '%', which the kernel takes for a template";
        if (c == ' ' || (c >= '\t' && c <= '\r')) return "an interface name has no white space";
        if (c == '\0') return "an interface name has no NUL byte";
        // The kernel's isspace() is that of Latin-1, also inside a UTF-8 "à"; alternative names are
        // not put to it.
        if (c == '\xa0' && limit == max_name)
            return "an interface name has no byte 0xa0, which the kernel takes for white space";
    }
    return {};
}

namespace detail {

/// Fails with invalid_name and the reason; the object of the error is the name, quoted.
inline void check_name(std::string_view name, Failure& failure, std::size_t limit = max_name) {
    const std::string_view problem = name_problem(name, limit);
    if (problem.empty()) return;
    failure.context.object = quoted(name);
    failure.fail(errc::invalid_name, std::string{problem});
}

}  // namespace detail
}  // namespace vethpp
