// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/error.hpp>
#include <vethpp/value/interface_address.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <iterator>
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

[[nodiscard]] constexpr std::string_view to_string(PingOutcome outcome) noexcept {
    switch (outcome) {
        case PingOutcome::replied:
            return "replied";
        case PingOutcome::unreachable:
            return "unreachable";
        case PingOutcome::ttl_exceeded:
            return "TTL exceeded";
        case PingOutcome::timed_out:
            return "timed out";
        case PingOutcome::not_sent:
            return "not sent";
    }
    return "unknown";
}

/// What came back, and after what time. Prints like the end of ping(8).
struct PingResult {
    std::string destination{};       ///< as it was given
    std::uint64_t sent = 0;          ///< requests
    std::uint64_t received = 0;      ///< requests that were answered
    std::uint64_t duplicates = 0;    ///< further replies to requests that had been answered
    std::uint64_t errors = 0;        ///< "unreachable" and the like: ICMP errors, refusals to send
    std::uint64_t ttl_exceeded = 0;  ///< how many of the errors say that the TTL ran out
    /// The last of the errors as an errno, such as EHOSTUNREACH; none if there was none.
    error_code last_error{};
    std::optional<IpAddress> last_error_from{};  ///< the host or router that reported it

    // Round trips of first replies; duplicates do not count.
    std::chrono::nanoseconds min{};
    std::chrono::nanoseconds avg{};
    std::chrono::nanoseconds max{};
    std::chrono::nanoseconds mdev{};  ///< standard deviation
    std::chrono::nanoseconds time{};  ///< from the first request to the end

    /// Requests without a reply, in percent; 100 if none was sent.
    [[nodiscard]] double loss() const noexcept {
        if (sent == 0) return 100;
        return static_cast<double>(sent - received) * 100 / static_cast<double>(sent);
    }

    [[nodiscard]] PingOutcome outcome() const noexcept {
        if (received > 0) return PingOutcome::replied;
        if (errors > 0)
            return ttl_exceeded == errors ? PingOutcome::ttl_exceeded : PingOutcome::unreachable;
        return sent > 0 ? PingOutcome::timed_out : PingOutcome::not_sent;
    }

    /// The last lines of ping(8) of iputils, without a newline at the end:
    ///
    ///     --- 10.1.1.3 ping statistics ---
    ///     3 packets transmitted, 3 received, 0% packet loss, time 20ms
    ///     rtt min/avg/max/mdev = 0.068/0.084/0.201/0.032 ms
    [[nodiscard]] std::string to_string() const {
        std::string text;
        const auto out = std::back_inserter(text);
        fmt::format_to(out,
                       "--- {} ping statistics ---\n{} packets transmitted, {} received",
                       destination,
                       sent,
                       received);
        if (duplicates > 0) fmt::format_to(out, ", +{} duplicates", duplicates);
        if (errors > 0) fmt::format_to(out, ", +{} errors", errors);
        if (sent > 0)
            fmt::format_to(
                out, ", {:g}% packet loss, time {}ms", loss(), (time.count() + 500000) / 1000000);
        if (received > 0)
            fmt::format_to(out,
                           "\nrtt min/avg/max/mdev = {}/{}/{}/{} ms",
                           milliseconds(min),
                           milliseconds(avg),
                           milliseconds(max),
                           milliseconds(mdev));
        return text;
    }

private:
    [[nodiscard]] static std::string milliseconds(std::chrono::nanoseconds duration) {
        const auto us = duration.count() / 1000;  // cut off, as ping(8) does
        return fmt::format("{}.{:03}", us / 1000, us % 1000);
    }
};

}  // namespace vethpp

template <>
struct fmt::formatter<vethpp::PingResult> : fmt::formatter<std::string_view> {
    auto format(const vethpp::PingResult& result, format_context& ctx) const {
        return fmt::formatter<std::string_view>::format(result.to_string(), ctx);
    }
};
