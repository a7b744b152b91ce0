// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ping/options.hpp>
#include <vethpp/ping/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <linux/errqueue.h>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace vethpp::detail {

/// What a socket for echo requests gives its reader (icmp(7), raw(7), ipv6(7)).
enum class PingFraming : std::uint8_t {
    v4_datagram,  ///< the ICMP message, checked and meant for this socket
    v4_raw,       ///< the IPv4 header and the ICMP message, for whomever, checksum unchecked
    v6,           ///< the ICMPv6 message, checked; if raw, for whomever
};

/// A ping without I/O: says when to send what, is told what comes, and keeps the statistics.
///
/// The driver repeats: take the time, hand over everything that the socket holds, ask next(). In
/// that order, a reply that came in time counts however late the driver's thread is.
class PingExchange {
public:
    using Clock = std::chrono::steady_clock;
    enum class Step : std::uint8_t {
        send,  ///< send request(), then say sent() or not_sent()
        wait,  ///< for the socket, until wake()
        done,
    };

    /// ident is what the socket uses; the cookie is random and tells this ping's answers from those
    /// to others. What of it has no room in a small request, the sequence numbers begin with.
    PingExchange(const PingOptions& options,
                 PingFraming framing,
                 std::uint16_t ident,
                 std::uint64_t cookie);

    [[nodiscard]] Step next(Clock::time_point now) const noexcept;
    /// When to ask next() again if nothing comes.
    [[nodiscard]] Clock::time_point wake() const noexcept;

    /// The next echo request, from the ICMP header on. The kernel fills in the checksum of ICMPv6.
    [[nodiscard]] std::span<const std::byte> request() noexcept;
    void sent(Clock::time_point at) { add(at, State::open); }
    /// The kernel did not take the request. Without room (EAGAIN, ENOBUFS) it is tried again: all
    /// requests together, and the answers to the last, are waited for no longer than the timeout,
    /// and what has not been sent by then never is. Otherwise the first one ends everything, with
    /// refusal(); a later one counts as sent and unreachable.
    void not_sent(error_code ec, Clock::time_point at);
    /// Why not even the first request could be sent.
    [[nodiscard]] error_code refusal() const noexcept { return refusal_; }

    /// A datagram from the socket; age is the time that it has lain there.
    void received(std::span<const std::byte> datagram,
                  Clock::time_point now,
                  Clock::duration age = {});

    /// An entry of the socket's error queue, with the part of the request that it quotes.
    void reported(const sock_extended_err& error,
                  std::span<const std::byte> quote,
                  const std::optional<IpAddress>& from);

    [[nodiscard]] PingResult result(Clock::time_point now) const;

private:
    static constexpr std::size_t header_size = 8;
    static constexpr std::size_t cookie_size = 8;
    static constexpr std::size_t window = 65536;  // sequence numbers

    enum class State : std::uint8_t { none, open, failed, answered };
    struct Request {
        Clock::time_point sent{};
        State state = State::none;
    };

    [[nodiscard]] std::byte request_type() const noexcept;
    [[nodiscard]] std::byte reply_type() const noexcept;

    void put(std::size_t at, std::uint16_t value) noexcept;
    // The request that a message is about; null if it is not about one of ours. Of what follows the
    // header, so much must be what we sent as is there, up to a limit: a quote can be cut, and
    // beyond the cookie it can be padded (RFC 4884).
    [[nodiscard]] Request* find(std::span<const std::byte> echo,
                                std::byte type,
                                std::size_t limit) noexcept;

    [[nodiscard]] bool sends_more() const noexcept { return result_.sent < count_ && !gave_up_; }
    void add(Clock::time_point at, State state);
    void settle(Request& request, State state) noexcept;

    void count_error(error_code ec);
    // Welford's algorithm: squares of nanoseconds overflow and cancel otherwise.
    void count_reply(std::chrono::nanoseconds round_trip) noexcept;

    PingFraming framing_;
    std::uint16_t ident_;
    std::uint64_t count_;
    std::chrono::microseconds interval_;
    std::chrono::microseconds patience_;  // what is left of the timeout
    std::uint16_t first_sequence_;
    std::vector<std::byte> packet_;
    std::unique_ptr<Request[]> requests_;  // the last 65536 at most
    std::size_t open_ = 0;                 // neither answered nor reported unreachable
    Clock::time_point first_sent_{};
    Clock::time_point last_sent_{};
    Clock::time_point next_send_ = Clock::time_point::min();
    static constexpr Clock::time_point never = Clock::time_point::max();
    Clock::time_point waiting_since_ = never;  // for room to send
    bool gave_up_ = false;                     // there is none
    error_code refusal_{};
    PingResult result_{};
    double mean_ = 0;
    double squares_ = 0;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ping/exchange.ipp>
#endif
