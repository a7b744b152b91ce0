// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/print.hpp>
#include <vethpp/wire/message.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// NOLINTBEGIN(readability-identifier-naming): the kernel's
struct ifa_cacheinfo;
struct rtnl_link_stats64;
// NOLINTEND(readability-identifier-naming)

// What follows from a description beside reading and writing: text, and equality.
namespace vethpp {
namespace detail {

/// As it is where it is one plain word, otherwise quoted: an alias may hold anything.
void append_value(std::string& out, std::string_view text);
/// In hexadecimal.
void append_value(std::string& out, const std::vector<std::byte>& bytes);
void append_value(std::string& out, wire::Centiseconds time);
void append_value(std::string& out, std::chrono::milliseconds time);
void append_value(std::string& out, std::chrono::seconds time);
void append_value(std::string& out, const ifa_cacheinfo& lifetimes);
void append_value(std::string& out, const rtnl_link_stats64& counters);
/// Flags are read as bits.
void append_flags(std::string& out, std::uint32_t flags);

template <class T>
void append_value(std::string& out, const T& value);

template <class T>
void append_value(std::string& out, const std::vector<T>& list) {
    char separator = '[';
    for (const T& item : list) {
        out += std::exchange(separator, ' ');
        append_value(out, item);
    }
    out += list.empty() ? "[]" : "]";
}

template <class M>
void append_member(std::string& out, char& separator, std::string_view name, const M& member) {
    if constexpr (requires { member.has_value(); }) {
        if (member) append_member(out, separator, name, *member);
    } else {
        out += std::exchange(separator, ' ');
        out += name;
        out += '=';
        if constexpr (std::same_as<M, std::uint32_t>) {
            if (name == "flags") return append_flags(out, member);
        }
        append_value(out, member);
    }
}
template <class T, class Pod, class... F>
void append_header(std::string& out, char& separator, const T& value, wire::Header<Pod, F...>) {
    (append_member(out, separator, F::name, value.*F::member), ...);
}
template <class F, class T>
void append_field(std::string& out, char& separator, const T& value) {
    if constexpr (requires { F::codec::has(value.*F::member); }) {
        if (!F::codec::has(value.*F::member)) return;
    }
    append_member(out, separator, F::attribute::name, value.*F::member);
}
template <class T, class... F>
void append_fields(std::string& out, char& separator, const T& value, wire::Fields<F...>) {
    (append_field<F>(out, separator, value), ...);
}

/// {name=value ...}: every field that is set.
template <wire::Described T>
[[nodiscard]] std::string text_of(const T& value) {
    std::string out;
    char separator = '{';
    if constexpr (wire::Message<T>) append_header(out, separator, value, wire::header_of<T>());
    append_fields(out, separator, value, wire::fields_of<T>());
    return out += separator == '{' ? "{}" : "}";
}

template <class T>
void append_value(std::string& out, const T& value) {
    if constexpr (wire::Described<T>)
        out += text_of(value);
    else if constexpr (std::same_as<T, bool>)
        out += value ? "true" : "false";
    else if constexpr (std::integral<T>)
        out += std::to_string(value);
    else if constexpr (HasText<T>)
        out += value.to_string();
    else if constexpr (HasWord<T>)
        append_value(out, std::string_view{to_string(value)});
    else if constexpr (std::is_enum_v<T>)
        out += std::to_string(static_cast<std::underlying_type_t<T>>(value));
    else
        append_value(out, std::string_view{value});
}

[[nodiscard]] bool same_bytes(const void* a, const void* b, std::size_t n) noexcept;

template <class M>
[[nodiscard]] bool same_member(const M& a, const M& b) {
    if constexpr (std::equality_comparable<M>)
        return a == b;
    else  // a kernel struct, which is integers from end to end
        return same_bytes(&a, &b, sizeof a);
}
template <class T, class Pod, class... F>
[[nodiscard]] bool same_fields(const T& a, const T& b, wire::Header<Pod, F...>) {
    return (same_member(a.*F::member, b.*F::member) && ...);
}
template <class T, class... F>
[[nodiscard]] bool same_fields(const T& a, const T& b, wire::Fields<F...>) {
    return (same_member(a.*F::member, b.*F::member) && ...);
}

}  // namespace detail

/// A described type, such as the settings of a kind of link, as text on one line: every field that
/// is set, by name, as in {mode=bridge}. For people: the names and their order may change.
template <wire::Described T>
[[nodiscard]] std::string to_string(const T& value) {
    return detail::text_of(value);
}

namespace message {  // whose types are found there only
using vethpp::is_of_vethpp;
using vethpp::to_string;
}  // namespace message

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/format.ipp>
#endif
