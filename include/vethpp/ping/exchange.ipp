// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ping/exchange.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vethpp::detail {

[[nodiscard]] inline std::uint16_t word_at(std::span<const std::byte> bytes,
                                           std::size_t at) noexcept {
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[at]) << 8U |
                                      std::to_integer<unsigned>(bytes[at + 1]));
}
// The Internet checksum (RFC 1071); 0 over a message that contains its own.
[[nodiscard]] inline std::uint16_t internet_checksum(std::span<const std::byte> bytes) noexcept {
    std::uint32_t sum = 0;  // no overflow: a datagram has at most 32768 words
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += word_at(bytes, i);
    if (bytes.size() % 2 != 0) sum += std::to_integer<std::uint32_t>(bytes.back()) << 8U;
    while (sum > 0xffffU) sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum);
}

[[nodiscard]] inline PingExchange::Clock::time_point later(
    PingExchange::Clock::time_point at, std::chrono::microseconds duration) noexcept {
    const auto left =
        std::chrono::floor<std::chrono::microseconds>(PingExchange::Clock::time_point::max() - at);
    return duration < left ? at + duration : PingExchange::Clock::time_point::max();
}

VETHPP_INLINE PingExchange::PingExchange(const PingOptions& options,
                                         PingFraming framing,
                                         std::uint16_t ident,
                                         std::uint64_t cookie)
    : framing_{framing},
      ident_{ident},
      count_{options.count.as<std::uint64_t>()},
      interval_{options.interval},
      patience_{options.timeout},
      first_sequence_{
          static_cast<std::uint16_t>(options.size.as<std::size_t>() < cookie_size ? cookie : 1)},
      packet_(header_size + options.size.as<std::size_t>()),
      requests_{std::make_unique<Request[]>(count_ < window ? count_ : window)} {
    for (std::size_t i = 0; i < options.size.as<std::size_t>(); ++i)
        packet_[header_size + i] =
            static_cast<std::byte>(i < cookie_size ? cookie >> (56 - 8 * i) : i);
}

VETHPP_INLINE PingExchange::Step PingExchange::next(Clock::time_point now) const noexcept {
    if (refusal_) return Step::done;
    if (sends_more()) return now >= next_send_ ? Step::send : Step::wait;
    return open_ == 0 || now >= wake() ? Step::done : Step::wait;
}

VETHPP_INLINE PingExchange::Clock::time_point PingExchange::wake() const noexcept {
    return sends_more() ? next_send_ : later(last_sent_, patience_);
}

VETHPP_INLINE std::span<const std::byte> PingExchange::request() noexcept {
    packet_[0] = request_type();
    packet_[1] = {};
    put(2, 0);
    put(4, ident_);
    put(6, static_cast<std::uint16_t>(first_sequence_ + result_.sent));
    if (framing_ != PingFraming::v6) put(2, internet_checksum(packet_));
    return packet_;
}

VETHPP_INLINE void PingExchange::not_sent(error_code ec, Clock::time_point at) {
    const bool no_room = ec.value() == EAGAIN || ec.value() == ENOBUFS || ec.value() == ENOMEM ||
                         ec.value() == EINTR;
    if (no_room && waiting_since_ == never) waiting_since_ = at;
    const Clock::time_point end = no_room ? later(waiting_since_, patience_) : at;
    if (at < end) {
        next_send_ = std::min(end, at + std::chrono::milliseconds{1});
    } else if (result_.sent == 0) {
        refusal_ = ec;
    } else if (no_room) {
        gave_up_ = true;
        patience_ = {};
        result_.last_error = ec;
        result_.last_error_from.reset();
    } else {
        add(at, State::failed);
        count_error(ec);
    }
}

VETHPP_INLINE void PingExchange::received(std::span<const std::byte> datagram,
                                          Clock::time_point now,
                                          Clock::duration age) {
    std::span<const std::byte> echo = datagram;
    if (framing_ == PingFraming::v4_raw) {
        constexpr std::size_t least = 20;
        constexpr std::byte icmp{1};
        if (datagram.size() < least || (datagram[0] >> 4U) != std::byte{4} || datagram[9] != icmp)
            return;
        const std::size_t length = std::to_integer<std::size_t>(datagram[0] & std::byte{15}) * 4;
        if (length < least || length > datagram.size()) return;
        echo = datagram.subspan(length);
        if (internet_checksum(echo) != 0) return;
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
    if (round_trip.count() < 0) round_trip = {};
    count_reply(round_trip);
}

VETHPP_INLINE void PingExchange::reported(const sock_extended_err& error,
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

VETHPP_INLINE PingResult PingExchange::result(Clock::time_point now) const {
    PingResult result = result_;
    if (result.sent > 0) result.time = now - first_sent_;
    return result;
}

VETHPP_INLINE void PingExchange::put(std::size_t at, std::uint16_t value) noexcept {
    packet_[at] = static_cast<std::byte>(value >> 8U);
    packet_[at + 1] = static_cast<std::byte>(value & 0xffU);
}

VETHPP_INLINE PingExchange::Request* PingExchange::find(std::span<const std::byte> echo,
                                                        std::byte type,
                                                        std::size_t limit) noexcept {
    if (echo.size() < header_size || echo[0] != type || echo[1] != std::byte{0} ||
        word_at(echo, 4) != ident_)
        return nullptr;
    std::size_t size = packet_.size() < limit ? packet_.size() : limit;
    if (echo.size() < size) size = echo.size();
    if (std::memcmp(echo.data() + header_size, packet_.data() + header_size, size - header_size) !=
        0)
        return nullptr;
    // Numbers come again after 65536 requests: the last use is meant.
    const auto back =
        static_cast<std::uint16_t>(first_sequence_ + result_.sent - 1 - word_at(echo, 6));
    if (back >= result_.sent) return nullptr;
    return &requests_[(result_.sent - 1 - back) % window];
}

VETHPP_INLINE void PingExchange::add(Clock::time_point at, State state) {
    Request& request = requests_[result_.sent % window];
    if (request.state == State::open) --open_;
    request = {at, state};
    if (state == State::open) ++open_;
    if (result_.sent++ == 0) first_sent_ = at;
    last_sent_ = at;
    next_send_ = later(at, interval_);
    if (waiting_since_ == never) return;
    const auto waited = std::chrono::ceil<std::chrono::microseconds>(at - waiting_since_);
    patience_ -= std::min(waited, patience_);
    waiting_since_ = never;
}

VETHPP_INLINE void PingExchange::settle(Request& request, State state) noexcept {
    if (request.state == State::open) --open_;
    request.state = state;
}

VETHPP_INLINE void PingExchange::count_error(error_code ec) {
    ++result_.errors;
    result_.last_error = ec;
    result_.last_error_from.reset();
}

VETHPP_INLINE void PingExchange::count_reply(std::chrono::nanoseconds round_trip) noexcept {
    const bool first = result_.received++ == 0;
    const auto ns = static_cast<double>(round_trip.count());
    const double distance = ns - mean_;
    mean_ += distance / static_cast<double>(result_.received);
    squares_ += distance * (ns - mean_);
    if (first || round_trip < result_.min) result_.min = round_trip;
    if (round_trip > result_.max) result_.max = round_trip;
    result_.avg = std::chrono::nanoseconds{__builtin_llround(mean_)};
    // <cmath>, with its special functions, would cost each user of this header more than all else
    // that it includes.
    result_.mdev = std::chrono::nanoseconds{
        __builtin_llround(__builtin_sqrt(squares_ / static_cast<double>(result_.received)))};
}

VETHPP_INLINE std::byte PingExchange::request_type() const noexcept {
    return framing_ == PingFraming::v6 ? std::byte{128} : std::byte{8};
}
VETHPP_INLINE std::byte PingExchange::reply_type() const noexcept {
    return framing_ == PingFraming::v6 ? std::byte{129} : std::byte{0};
}

}  // namespace vethpp::detail
