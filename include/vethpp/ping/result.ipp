// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ping/result.hpp>

#include <cstdio>

namespace vethpp {

VETHPP_INLINE std::string_view to_string(PingOutcome outcome) noexcept {
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

VETHPP_INLINE double PingResult::loss() const noexcept {
    if (sent == 0) return 100;
    return static_cast<double>(sent - received) * 100 / static_cast<double>(sent);
}

VETHPP_INLINE PingOutcome PingResult::outcome() const noexcept {
    if (received > 0) return PingOutcome::replied;
    if (errors > 0)
        return ttl_exceeded == errors ? PingOutcome::ttl_exceeded : PingOutcome::unreachable;
    return sent > 0 ? PingOutcome::timed_out : PingOutcome::not_sent;
}

namespace detail {

// Cut off after three digits, as ping(8) does.
[[nodiscard]] inline std::string milliseconds(std::chrono::nanoseconds duration) {
    const auto us = duration.count() / 1000;
    const std::string rest = std::to_string(us % 1000);
    return concat({std::to_string(us / 1000), ".", std::string(3 - rest.size(), '0'), rest});
}

}  // namespace detail

VETHPP_INLINE std::string PingResult::to_string() const {
    using detail::concat, detail::milliseconds;
    std::string text = concat({"--- ",
                               destination,
                               " ping statistics ---\n",
                               std::to_string(sent),
                               " packets transmitted, ",
                               std::to_string(received),
                               " received"});
    if (duplicates > 0) text += concat({", +", std::to_string(duplicates), " duplicates"});
    if (errors > 0) text += concat({", +", std::to_string(errors), " errors"});
    if (sent > 0) {
        char percent[32];
        std::snprintf(percent, sizeof percent, "%g", loss());
        const auto ms = (time.count() + 500000) / 1000000;
        text += concat({", ", percent, "% packet loss, time ", std::to_string(ms), "ms"});
    }
    if (received > 0)
        text += concat({"\nrtt min/avg/max/mdev = ",
                        milliseconds(min),
                        "/",
                        milliseconds(avg),
                        "/",
                        milliseconds(max),
                        "/",
                        milliseconds(mdev),
                        " ms"});
    return text;
}

}  // namespace vethpp
