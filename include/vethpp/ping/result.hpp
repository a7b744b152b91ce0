// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/ip_address.hpp>
#include <vethpp/value/print.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vethpp {

/// What came of a ping as a whole. That there is no route is not among them: then the kernel
/// refuses to send at all, which is an Error.
enum class PingOutcome : std::uint8_t {
    replied,       ///< at least one reply
    unreachable,   ///< no reply, but somebody said that the destination cannot be reached
    ttl_exceeded,  ///< no reply, but routers said that the TTL ran out there
    timed_out,     ///< nothing came
    not_sent,      ///< no request could be sent; the error_code says why
};

[[nodiscard]] std::string_view to_string(PingOutcome outcome) noexcept;

/// What came back, and after what time. Prints like the end of ping(8).
struct PingResult {
    std::string destination{};  ///< as it was given
    std::uint64_t sent = 0;  ///< requests; those for which the kernel had room within the timeout
    std::uint64_t received = 0;      ///< requests that were answered
    std::uint64_t duplicates = 0;    ///< further replies to requests that had been answered
    std::uint64_t errors = 0;        ///< "unreachable" and the like: ICMP errors, refusals to send
    std::uint64_t ttl_exceeded = 0;  ///< how many of the errors say that the TTL ran out
    /// The last of the errors as an errno, such as EHOSTUNREACH, or why not all could be sent; none
    /// if there was none.
    error_code last_error{};
    std::optional<IpAddress> last_error_from{};  ///< the host or router that reported it

    // Round trips of first replies; duplicates do not count.
    std::chrono::nanoseconds min{};
    std::chrono::nanoseconds avg{};
    std::chrono::nanoseconds max{};
    std::chrono::nanoseconds mdev{};  ///< standard deviation
    std::chrono::nanoseconds time{};  ///< from the first request to the end

    /// Requests without a reply, in percent; 100 if none was sent.
    [[nodiscard]] double loss() const noexcept;
    [[nodiscard]] PingOutcome outcome() const noexcept;

    /// The last lines of ping(8) of iputils, without a newline at the end:
    ///
    ///     --- 10.1.1.3 ping statistics ---
    ///     3 packets transmitted, 3 received, 0% packet loss, time 20ms
    ///     rtt min/avg/max/mdev = 0.068/0.084/0.201/0.032 ms
    [[nodiscard]] std::string to_string() const;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ping/result.ipp>
#endif
