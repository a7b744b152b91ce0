// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/ip_address.hpp>
#include <vethpp/value/number.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vethpp {

/// The most bytes that an echo request carries: an IPv4 datagram less its two headers.
inline constexpr std::size_t max_ping_size = 65507;

/// How to ping; the defaults suit a virtual network, where an answer takes microseconds.
struct PingOptions {
    Number count = 1;  ///< how many requests, at least 1
    /// From one request to the next; 0 sends as fast as the kernel takes them.
    std::chrono::microseconds interval = std::chrono::milliseconds{10};
    /// How long answers are waited for after the last request.
    std::chrono::microseconds timeout = std::chrono::seconds{1};
    Number size = 56;                   ///< bytes after the ICMP header, at most max_ping_size
    std::optional<int> ttl{};           ///< 1 to 255 hops; the namespace's default unless given
    std::optional<IpAddress> source{};  ///< an address of the namespace; the route's unless given
};

namespace detail {

/// Fails with invalid_option and the value that is out of range.
void check_ping_options(const PingOptions& options, Failure& failure);

/// A destination as it is written: an address, and for IPv6 possibly a %scope.
struct PingTarget {
    IpAddress address{};
    std::string scope{};  ///< name or index of a link of the namespace that pings
};

/// IPv4 written as IPv6 (::ffff:10.1.1.3) travels as IPv4.
[[nodiscard]] IpAddress unmapped(const IpAddress& address);

/// The scope is left as text: its number is the business of another namespace than the caller's,
/// in which Asio would look it up.
[[nodiscard]] PingTarget parse_ping_target(std::string_view text, Failure& failure);

}  // namespace detail
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ping/options.ipp>
#endif
