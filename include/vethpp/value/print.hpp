// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fmt/core.h>

#include <concepts>
#include <iosfwd>
#include <string_view>

// How the library's types become text: `fmt::print("{}", link)`, `std::cout << link`, and by the
// latter the messages of GoogleTest and Catch2. A type takes part by a member to_string(), or by a
// function of that name beside it.
namespace vethpp {
namespace detail {

template <class T>
concept HasText = requires(const T& value) {
    std::string_view{value.to_string()};
};
template <class T>
concept HasWord = requires(const T& value) {
    std::string_view{to_string(value)};
};
template <class T>
concept Printable = (HasText<T> || HasWord<T>)&&requires(const T& value) {
    is_of_vethpp(value);
};

// Here, because in the namespace of a formatter to_string() would be fmt's.
template <Printable T>
[[nodiscard]] auto as_text(const T& value) {
    if constexpr (HasText<T>)
        return value.to_string();
    else
        return to_string(value);
}

/// A format specification for text ("{:>10}"), kept until there is the text. Formatters that derive
/// from fmt's own need <fmt/format.h>, which costs every including program 0.1 s of compile time.
class TextSpecification {
public:
    constexpr const char* parse(fmt::format_parse_context& context) {
        const char* end = context.begin();
        while (end != context.end() && *end != '}') ++end;
        specification_ = {context.begin(), static_cast<std::size_t>(end - context.begin())};
        return end;
    }
    fmt::format_context::iterator write(std::string_view text, fmt::format_context& context) const;

private:
    std::string_view specification_{};
};

}  // namespace detail

/// Found by argument-dependent lookup, and so for this library's types only: an Asio address has a
/// to_string(), too.
template <class T>
constexpr void is_of_vethpp(const T&) noexcept {}

template <class Traits, detail::Printable T>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                             const T& value) {
    return out << std::string_view{detail::as_text(value)};
}

}  // namespace vethpp

template <vethpp::detail::Printable T>
struct fmt::formatter<T> : vethpp::detail::TextSpecification {
    fmt::format_context::iterator format(const T& value, fmt::format_context& context) const {
        return write(vethpp::detail::as_text(value), context);
    }
};

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/value/print.ipp>
#endif
