// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/text.hpp>
#include <vethpp/message/link.hpp>

#include <fmt/format.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <linux/if_addr.h>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace vethpp::detail {

// As it is where it is one plain word, otherwise quoted: an alias may hold anything.
inline void append_value(std::string& out, std::string_view text) {
    bool plain = !text.empty();
    for (const char c : text)
        plain =
            plain && (c < 0 || c > ' ') && std::string_view{"\"\\{}[]=\x7f"}.find(c) == text.npos;
    if (plain) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if ((c >= 0 && c < ' ') || c == '\x7f')
            out += "\\x" + hex(static_cast<unsigned char>(c), 2);
        else
            out += c;
    }
    out += '"';
}

inline void append_value(std::string& out, const std::vector<std::byte>& bytes) {
    for (const std::byte byte : bytes) out += hex(std::to_integer<std::uint32_t>(byte), 2);
}

inline void append_value(std::string& out, wire::Centiseconds time) {
    out += std::to_string(time.count() / 100);
    if (const auto rest = time.count() % 100; rest != 0) {
        out += rest < 10 ? ".0" : ".";
        out += std::to_string(rest % 10 == 0 ? rest / 10 : rest);
    }
    out += 's';
}

inline void append_value(std::string& out, const ifa_cacheinfo& lifetimes) {
    out += concat({"{preferred=",
                   std::to_string(lifetimes.ifa_prefered),
                   " valid=",
                   std::to_string(lifetimes.ifa_valid),
                   " created=",
                   std::to_string(lifetimes.cstamp),
                   " updated=",
                   std::to_string(lifetimes.tstamp),
                   "}"});
}

inline void append_value(std::string& out, const LinkStatistics& counters) {
    using S = LinkStatistics;
    static constexpr auto names = std::to_array<std::pair<std::string_view, __u64 S::*>>({
        {"rx_packets", &S::rx_packets},
        {"tx_packets", &S::tx_packets},
        {"rx_bytes", &S::rx_bytes},
        {"tx_bytes", &S::tx_bytes},
        {"rx_errors", &S::rx_errors},
        {"tx_errors", &S::tx_errors},
        {"rx_dropped", &S::rx_dropped},
        {"tx_dropped", &S::tx_dropped},
        {"multicast", &S::multicast},
        {"collisions", &S::collisions},
        {"rx_length_errors", &S::rx_length_errors},
        {"rx_over_errors", &S::rx_over_errors},
        {"rx_crc_errors", &S::rx_crc_errors},
        {"rx_frame_errors", &S::rx_frame_errors},
        {"rx_fifo_errors", &S::rx_fifo_errors},
        {"rx_missed_errors", &S::rx_missed_errors},
        {"tx_aborted_errors", &S::tx_aborted_errors},
        {"tx_carrier_errors", &S::tx_carrier_errors},
        {"tx_fifo_errors", &S::tx_fifo_errors},
        {"tx_heartbeat_errors", &S::tx_heartbeat_errors},
        {"tx_window_errors", &S::tx_window_errors},
        {"rx_compressed", &S::rx_compressed},
        {"tx_compressed", &S::tx_compressed},
        {"rx_nohandler", &S::rx_nohandler},
    });
    char separator = '{';
    for (const auto& [name, member] : names) {
        out += std::exchange(separator, ' ');
        out += concat({name, "=", std::to_string(counters.*member)});
    }
    out += '}';
}

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

template <class T, class... F>
void append_fields(std::string& out, char separator, const T& value, wire::Fields<F...>) {
    const auto one = [&](std::string_view name, const auto& member) {
        out += std::exchange(separator, ' ');
        out += name;
        out += '=';
        append_value(out, member);
    };
    [[maybe_unused]] const auto field = [&]<class Field>() {
        const auto& member = value.*Field::member;
        if constexpr (!Field::optional)
            one(Field::attribute::name, member);
        else if (member)
            one(Field::attribute::name, *member);
    };
    if constexpr (std::same_as<T, LinkState>) {  // what is in the header, and no attribute
        one("index", value.index);
        one("type", value.type);
        one("flags", concat({"0x", hex(value.flags, 8)}));
    }
    (field.template operator()<F>(), ...);
    out += separator == '{' ? "{}" : "}";
}

template <class T>
void append_value(std::string& out, const T& value) {
    if constexpr (wire::Described<T>)
        append_fields(out, '{', value, T::fields());
    else if constexpr (std::same_as<T, bool>)
        out += value ? "true" : "false";
    else if constexpr (std::integral<T>)
        out += std::to_string(value);
    else if constexpr (requires { value.to_string(); })
        out += value.to_string();
    else if constexpr (requires { to_string(value); })
        append_value(out, std::string_view{to_string(value)});
    else if constexpr (std::is_enum_v<T>)
        out += std::to_string(static_cast<std::underlying_type_t<T>>(value));
    else
        append_value(out, std::string_view{value});
}

}  // namespace vethpp::detail

/// Prints a described type, such as a LinkState or BridgeSettings, on one line: every field that is
/// set, by name, as in {name=veth0 mtu=1400 linkinfo={kind=veth}}. For people: the names and their
/// order may change.
template <vethpp::wire::Described T>
struct fmt::formatter<T> : fmt::formatter<fmt::string_view> {
    auto format(const T& value, format_context& ctx) const {
        std::string out;
        vethpp::detail::append_value(out, value);
        return fmt::formatter<fmt::string_view>::format(out, ctx);
    }
};
