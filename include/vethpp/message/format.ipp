// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/message/format.hpp>

#include <cstdint>
#include <cstring>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <utility>

namespace vethpp::detail {

// As it is where it is one plain word, otherwise quoted: an alias may hold anything.
VETHPP_INLINE void append_value(std::string& out, std::string_view text) {
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

VETHPP_INLINE void append_value(std::string& out, const std::vector<std::byte>& bytes) {
    for (const std::byte byte : bytes) out += hex(std::to_integer<std::uint32_t>(byte), 2);
}

VETHPP_INLINE void append_value(std::string& out, std::chrono::seconds time) {
    out += std::to_string(time.count());
    out += 's';
}

VETHPP_INLINE void append_value(std::string& out, wire::Centiseconds time) {
    out += std::to_string(time.count() / 100);
    if (const auto rest = time.count() % 100; rest != 0) {
        out += rest < 10 ? ".0" : ".";
        out += std::to_string(rest % 10 == 0 ? rest / 10 : rest);
    }
    out += 's';
}

VETHPP_INLINE void append_value(std::string& out, std::chrono::milliseconds time) {
    out += concat({std::to_string(time.count()), "ms"});
}

VETHPP_INLINE void append_value(std::string& out, const ifa_cacheinfo& lifetimes) {
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

VETHPP_INLINE void append_value(std::string& out, const rtnl_link_stats64& counters) {
    using S = rtnl_link_stats64;
    struct Counter {
        std::string_view name;
        __u64 S::*member;
    };
    static constexpr Counter names[] = {
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
    };
    char separator = '{';
    for (const auto& [name, member] : names) {
        out += std::exchange(separator, ' ');
        out += concat({name, "=", std::to_string(counters.*member)});
    }
    out += '}';
}

VETHPP_INLINE void append_flags(std::string& out, std::uint32_t flags) {
    out += concat({"0x", hex(flags, 8)});
}

VETHPP_INLINE bool same_bytes(const void* a, const void* b, std::size_t n) noexcept {
    return std::memcmp(a, b, n) == 0;
}

}  // namespace vethpp::detail
