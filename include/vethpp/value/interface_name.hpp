// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/error.hpp>

#include <cstddef>
#include <string_view>

namespace vethpp {

/// The longest interface name in bytes (IFNAMSIZ - 1), and the longest alternative name
/// (ALTIFNAMSIZ - 1).
inline constexpr std::size_t max_name = 15;
inline constexpr std::size_t max_alternative_name = 127;

/// Says why the kernel would refuse an interface name, or would read it as something else; empty
/// for a good one. The kernel itself answers EINVAL or ERANGE without a word (dev_valid_name), and
/// takes '%' for a template.
[[nodiscard]] std::string_view name_problem(std::string_view name,
                                            std::size_t limit = max_name) noexcept;

namespace detail {

/// Fails with invalid_name and the reason; the object of the error is the name, quoted.
void check_name(std::string_view name, Failure& failure, std::size_t limit = max_name);

}  // namespace detail
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/value/interface_name.ipp>
#endif
