// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/ping/exchange.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <sys/socket.h>
#include <vector>

namespace vethpp::detail {

/// An IPv4 or IPv6 address, without a port, as socket calls take it.
class PingAddress {
public:
    PingAddress(const IpAddress& address, std::uint32_t scope) noexcept;

    [[nodiscard]] const sockaddr* data() const noexcept {
        return reinterpret_cast<const sockaddr*>(&storage_);
    }
    [[nodiscard]] socklen_t size() const noexcept { return size_; }

    /// The address in a sockaddr_in or sockaddr_in6; none in anything else.
    [[nodiscard]] static std::optional<IpAddress> read(std::span<const std::byte> bytes) noexcept;

private:
    sockaddr_storage storage_{};
    socklen_t size_ = 0;
};

/// A socket of a namespace for echo requests to one address: a ping socket (icmp(7)) where the
/// namespace allows that to the caller's group, otherwise a raw one.
class PingSocket {
public:
    using Clock = PingExchange::Clock;

    /// scope: the index of the link for a link-local address, otherwise 0.
    PingSocket(const NetnsRef& netns,
               const IpAddress& target,
               std::uint32_t scope,
               const PingOptions& options,
               Failure& failure);

    [[nodiscard]] PingFraming framing() const noexcept { return framing_; }
    [[nodiscard]] std::uint16_t ident() const noexcept { return ident_; }

    /// Sends the exchange's next request and tells it the outcome.
    void send(PingExchange& exchange);
    /// Hands everything that has come to the exchange.
    void drain(PingExchange& exchange);
    /// Waits until something comes or the time has come.
    void wait(Clock::time_point until) const noexcept;

private:
    void open(const NetnsRef& netns, bool v6, Failure& failure);
    void configure(bool v6, const PingOptions& options, Failure& failure);
    bool set(int level, int option, int value) const noexcept;
    void filter(bool v6) const noexcept;
    void bind(bool v6, std::uint32_t scope, const PingOptions& options, Failure& failure);
    void connect(const IpAddress& target, const Failure& failure) const noexcept;
    bool receive(PingExchange& exchange);
    bool receive_error(PingExchange& exchange);
    ssize_t receive(msghdr& message, std::span<std::byte> control, int flags);

    Onlooker onlooker_;
    PingAddress target_;
    std::vector<std::byte> buffer_;
    UniqueFd fd_{};
    PingFraming framing_ = PingFraming::v6;
    bool raw_ = false;
    std::uint16_t ident_ = 0;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ping/socket.ipp>
#endif
