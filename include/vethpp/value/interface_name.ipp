// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/value/interface_name.hpp>

#include <string>

namespace vethpp {

VETHPP_INLINE std::string_view name_problem(std::string_view name, std::size_t limit) noexcept {
    if (name.empty()) return "an interface name has at least 1 byte";
    if (name.size() > limit)
        return limit == max_name ? "an interface name has at most 15 bytes"
                                 : "an alternative name has at most 127 bytes";
    if (name == "." || name == "..") return "\".\" and \"..\" are not interface names";
    // An alternative name has no directory among them.
    if ((name == "all" || name == "default") && limit == max_name)
        return "\"all\" and \"default\" are not interface names: the kernel's sysctls have them";
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

VETHPP_INLINE void check_name(std::string_view name, Failure& failure, std::size_t limit) {
    const std::string_view problem = name_problem(name, limit);
    if (problem.empty() || failure) return;
    failure.context.object = quoted(name);
    failure.fail(errc::invalid_name, std::string{problem});
}

}  // namespace detail
}  // namespace vethpp
