// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ping/options.hpp>
#include <vethpp/ping/result.hpp>
#include <vethpp/value/error.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <linux/errqueue.h>
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
    /// to others.
    PingExchange(const PingOptions& options,
                 PingFraming framing,
                 std::uint16_t ident,
                 std::uint64_t cookie)
        : framing_{framing},
          ident_{ident},
          count_{options.count},
          interval_{options.interval},
          timeout_{options.timeout},
          packet_(header_size + options.size) {
        for (std::size_t i = 0; i < options.size; ++i)
            packet_[header_size + i] =
                static_cast<std::byte>(i < cookie_size ? cookie >> (56 - 8 * i) : i);
    }

    [[nodiscard]] Step next(Clock::time_point now) const noexcept {
        if (refusal_) return Step::done;
        if (result_.sent < count_) return now >= next_send_ ? Step::send : Step::wait;
        return open_ == 0 || now >= wake() ? Step::done : Step::wait;
    }
    /// When to ask next() again if nothing comes.
    [[nodiscard]] Clock::time_point wake() const noexcept {
        return result_.sent < count_ ? next_send_ : later(last_sent_, timeout_);
    }

    /// The next echo request, from the ICMP header on. The kernel fills in the checksum of ICMPv6.
    [[nodiscard]] std::span<const std::byte> request() noexcept {
        packet_[0] = request_type();
        packet_[1] = {};
        put(2, 0);
        put(4, ident_);
        put(6, static_cast<std::uint16_t>(result_.sent + 1));
        if (framing_ != PingFraming::v6) put(2, checksum(packet_));
        return packet_;
    }
    void sent(Clock::time_point at) { add(at, State::open); }
    /// The kernel did not take the request. Without room (EAGAIN, ENOBUFS) it is tried again until
    /// the timeout. Otherwise the first one ends everything, with refusal(); a later one counts as
    /// sent and unreachable.
    void not_sent(error_code ec, Clock::time_point at) {
        const bool no_room = ec.value() == EAGAIN || ec.value() == ENOBUFS ||
                             ec.value() == ENOMEM || ec.value() == EINTR;
        if (no_room && !waiting_since_) waiting_since_ = at;
        if (no_room && at < later(*waiting_since_, timeout_)) {
            next_send_ = at + std::chrono::milliseconds{1};
        } else if (result_.sent == 0) {
            refusal_ = ec;
        } else {
            add(at, State::failed);
            count_error(ec);
        }
    }
    /// Why not even the first request could be sent.
    [[nodiscard]] error_code refusal() const noexcept { return refusal_; }

    /// A datagram from the socket; age is the time that it has lain there.
    void received(std::span<const std::byte> datagram,
                  Clock::time_point now,
                  Clock::duration age = {}) {
        std::span<const std::byte> echo = datagram;
        if (framing_ == PingFraming::v4_raw) {
            constexpr std::size_t least = 20;
            constexpr std::byte icmp{1};
            if (datagram.size() < least || (datagram[0] >> 4U) != std::byte{4} ||
                datagram[9] != icmp)
                return;
            const std::size_t length =
                std::to_integer<std::size_t>(datagram[0] & std::byte{15}) * 4;
            if (length < least || length > datagram.size()) return;
            echo = datagram.subspan(length);
            if (checksum(echo) != 0) return;
        }
        if (echo.size() != packet_.size()) return;
        Request* request = find(echo, reply_type(), echo.size());
        if (request == nullptr) return;
        if (request->state == State::answered) {
            ++result_.duplicates;
            return;
        }
        settle(*request, State::answered);
        // The age is by a clock that can be set meanwhile.
        Clock::duration round_trip = now - request->sent - age;
        if (round_trip.count() < 0 || age.count() < 0) round_trip = now - request->sent;
        count_reply(std::max(round_trip, Clock::duration{}));
    }

    /// An entry of the socket's error queue, with the part of the request that it quotes.
    void reported(const sock_extended_err& error,
                  std::span<const std::byte> quote,
                  const std::optional<IpAddress>& from) {
        const bool v4 = error.ee_origin == SO_EE_ORIGIN_ICMP && framing_ != PingFraming::v6;
        const bool v6 = error.ee_origin == SO_EE_ORIGIN_ICMP6 && framing_ == PingFraming::v6;
        constexpr std::uint8_t v4_redirect = 5;
        constexpr std::uint8_t v6_redirect = 137;
        // A redirected request has been forwarded all the same. Local errors are those of sending.
        if ((!v4 && !v6) || error.ee_type == (v4 ? v4_redirect : v6_redirect)) return;
        Request* request = find(quote, request_type(), header_size + cookie_size);
        if (request == nullptr) return;
        if (request->state == State::open) settle(*request, State::failed);
        constexpr std::uint8_t v4_time_exceeded = 11;
        constexpr std::uint8_t v6_time_exceeded = 3;
        if (error.ee_type == (v4 ? v4_time_exceeded : v6_time_exceeded) && error.ee_code == 0)
            ++result_.ttl_exceeded;
        count_error({static_cast<int>(error.ee_errno), boost::system::system_category()});
        result_.last_error_from = from;
    }

    [[nodiscard]] PingResult result(Clock::time_point now) const {
        PingResult result = result_;
        if (result.sent > 0) result.time = now - first_sent_;
        return result;
    }

private:
    static constexpr std::size_t header_size = 8;
    static constexpr std::size_t cookie_size = 8;
    static constexpr std::size_t window = 65536;  // sequence numbers

    enum class State : std::uint8_t { open, failed, answered };
    struct Request {
        Clock::time_point sent;
        State state;
    };

    [[nodiscard]] std::byte request_type() const noexcept {
        return framing_ == PingFraming::v6 ? std::byte{128} : std::byte{8};
    }
    [[nodiscard]] std::byte reply_type() const noexcept {
        return framing_ == PingFraming::v6 ? std::byte{129} : std::byte{0};
    }

    void put(std::size_t at, std::uint16_t value) noexcept {
        packet_[at] = static_cast<std::byte>(value >> 8U);
        packet_[at + 1] = static_cast<std::byte>(value & 0xffU);
    }
    [[nodiscard]] static std::uint16_t get(std::span<const std::byte> bytes,
                                           std::size_t at) noexcept {
        return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[at]) << 8U |
                                          std::to_integer<unsigned>(bytes[at + 1]));
    }
    // The Internet checksum (RFC 1071); 0 over a message that contains its own.
    [[nodiscard]] static std::uint16_t checksum(std::span<const std::byte> bytes) noexcept {
        std::uint32_t sum = 0;  // no overflow: a datagram has at most 32768 words
        for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += get(bytes, i);
        if (bytes.size() % 2 != 0) sum += std::to_integer<std::uint32_t>(bytes.back()) << 8U;
        while (sum > 0xffffU) sum = (sum & 0xffffU) + (sum >> 16U);
        return static_cast<std::uint16_t>(~sum);
    }

    // The request that a message is about; null if it is not about one of ours. Of what follows the
    // header, so much must be what we sent as is there, up to a limit: a quote can be cut, and
    // beyond the cookie it can be padded (RFC 4884).
    [[nodiscard]] Request* find(std::span<const std::byte> echo,
                                std::byte type,
                                std::size_t limit) noexcept {
        if (echo.size() < header_size || echo[0] != type || echo[1] != std::byte{0} ||
            get(echo, 4) != ident_)
            return nullptr;
        const std::size_t size = std::min({echo.size(), packet_.size(), limit});
        if (!std::equal(echo.begin() + header_size,
                        echo.begin() + static_cast<std::ptrdiff_t>(size),
                        packet_.begin() + header_size))
            return nullptr;
        // Numbers come again after 65536 requests: the last use is meant.
        const std::uint16_t back = static_cast<std::uint16_t>(result_.sent - get(echo, 6));
        if (back >= result_.sent) return nullptr;
        return &requests_[(result_.sent - 1 - back) % window];
    }

    void add(Clock::time_point at, State state) {
        const std::size_t slot = result_.sent % window;
        if (slot == requests_.size())
            requests_.push_back({at, state});
        else {
            if (requests_[slot].state == State::open) --open_;
            requests_[slot] = {at, state};
        }
        if (state == State::open) ++open_;
        if (result_.sent++ == 0) first_sent_ = at;
        last_sent_ = at;
        next_send_ = later(at, interval_);
        waiting_since_.reset();
    }
    void settle(Request& request, State state) noexcept {
        if (request.state == State::open) --open_;
        request.state = state;
    }

    void count_error(error_code ec) {
        ++result_.errors;
        result_.last_error = ec;
        result_.last_error_from.reset();
    }
    // Welford's algorithm: squares of nanoseconds overflow and cancel otherwise.
    void count_reply(std::chrono::nanoseconds round_trip) noexcept {
        const bool first = result_.received++ == 0;
        const auto ns = static_cast<double>(round_trip.count());
        const double distance = ns - mean_;
        mean_ += distance / static_cast<double>(result_.received);
        squares_ += distance * (ns - mean_);
        result_.min = first ? round_trip : std::min(result_.min, round_trip);
        result_.max = std::max(result_.max, round_trip);
        result_.avg = std::chrono::nanoseconds{std::llround(mean_)};
        result_.mdev = std::chrono::nanoseconds{
            std::llround(std::sqrt(squares_ / static_cast<double>(result_.received)))};
    }

    [[nodiscard]] static Clock::time_point later(Clock::time_point at,
                                                 std::chrono::microseconds duration) noexcept {
        const auto left =
            std::chrono::floor<std::chrono::microseconds>(Clock::time_point::max() - at);
        return duration < left ? at + duration : Clock::time_point::max();
    }

    PingFraming framing_;
    std::uint16_t ident_;
    std::uint64_t count_;
    std::chrono::microseconds interval_;
    std::chrono::microseconds timeout_;
    std::vector<std::byte> packet_;
    std::vector<Request> requests_{};  // the last 65536 at most
    std::size_t open_ = 0;             // neither answered nor reported unreachable
    Clock::time_point first_sent_{};
    Clock::time_point last_sent_{};
    Clock::time_point next_send_ = Clock::time_point::min();
    std::optional<Clock::time_point> waiting_since_{};  // for room to send
    error_code refusal_{};
    PingResult result_{};
    double mean_ = 0;
    double squares_ = 0;
};

}  // namespace vethpp::detail
