// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/text.hpp>
#include <vethpp/value/error.hpp>
#include <vethpp/value/interface_address.hpp>

#include <boost/asio/ip/address.hpp>

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
    std::uint64_t count = 1;  ///< how many requests, at least 1
    /// From one request to the next; 0 sends as fast as the kernel takes them.
    std::chrono::microseconds interval = std::chrono::milliseconds{10};
    /// How long answers are waited for after the last request.
    std::chrono::microseconds timeout = std::chrono::seconds{1};
    std::size_t size = 56;              ///< bytes after the ICMP header, at most max_ping_size
    std::optional<int> ttl{};           ///< 1 to 255 hops; the namespace's default unless given
    std::optional<IpAddress> source{};  ///< an address of the namespace; the route's unless given
};

namespace detail {

/// Fails with invalid_option and the value that is out of range.
inline void check_ping_options(const PingOptions& options, Failure& failure) {
    const auto refuse = [&](std::string_view name, std::string value, std::string_view range) {
        if (!failure)
            failure.fail(errc::invalid_option, concat({name, " is ", value, ", not ", range}));
    };
    if (options.count == 0) refuse("count", "0", "at least 1");
    if (options.interval.count() < 0)
        refuse("interval", std::to_string(options.interval.count()) + " us", "0 or more");
    if (options.timeout.count() < 0)
        refuse("timeout", std::to_string(options.timeout.count()) + " us", "0 or more");
    if (options.size > max_ping_size)
        refuse("size", std::to_string(options.size), "0 to 65507 bytes");
    if (options.ttl && (*options.ttl < 1 || *options.ttl > 255))
        refuse("ttl", std::to_string(*options.ttl), "1 to 255");
}

/// A destination as it is written: an address, and for IPv6 possibly a %scope.
struct PingTarget {
    IpAddress address{};
    std::string scope{};  ///< name or index of a link of the namespace that pings
};

/// IPv4 written as IPv6 (::ffff:10.1.1.3) travels as IPv4.
[[nodiscard]] inline IpAddress unmapped(const IpAddress& address) {
    using namespace boost::asio::ip;
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return make_address_v4(v4_mapped, address.to_v6());
    return address;
}

/// The scope is left as text: its number is the business of another namespace than the caller's,
/// in which Asio would look it up.
[[nodiscard]] inline PingTarget parse_ping_target(std::string_view text, Failure& failure) {
    PingTarget target;
    const std::size_t percent = text.find('%');
    error_code ec;
    target.address = unmapped(boost::asio::ip::make_address(text.substr(0, percent), ec));
    if (ec || text.find('\0') != std::string_view::npos) {
        failure.fail(errc::invalid_address,
                     "expected an IPv4 or IPv6 address; names are not looked up");
        return {};
    }
    if (percent == std::string_view::npos) return target;
    target.scope = text.substr(percent + 1);
    if (target.address.is_v4())
        failure.fail(errc::invalid_address, "only an IPv6 address has a %scope");
    else if (target.scope.empty())
        failure.fail(errc::invalid_address, "the scope after the '%' is empty");
    return target;
}

}  // namespace detail
}  // namespace vethpp
