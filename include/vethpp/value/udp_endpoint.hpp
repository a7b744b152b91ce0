// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/ip_address.hpp>
#include <vethpp/value/number.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace vethpp {

/// An address and a port of UDP: "10.0.0.2:51820", "[fd00::2]:51820".
class UdpEndpoint {
public:
    UdpEndpoint() = default;
    // NOLINTBEGIN(google-explicit-constructor): options are written as `.endpoint =
    // "10.0.0.2:51820"`
    /// What is none makes this invalid, which whoever is given it reports (errc::invalid_address).
    UdpEndpoint(std::string_view text);
    UdpEndpoint(const char* text) : UdpEndpoint{std::string_view{text}} {}
    UdpEndpoint(const std::string& text) : UdpEndpoint{std::string_view{text}} {}
    // NOLINTEND(google-explicit-constructor)
    UdpEndpoint(IpAddress address, Number port) : address_{std::move(address)}, port_{port} {}

    [[nodiscard]] const IpAddress& address() const noexcept { return address_; }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_.as<std::uint16_t>(); }
    [[nodiscard]] bool is_valid() const noexcept {
        return refused_.empty() && address_.is_valid() && port_.is_within(0, 65535);
    }
    /// As it is written; of an invalid one, the text that it was made of, in quotes.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const UdpEndpoint& a, const UdpEndpoint& b) noexcept {
        return a.address_ == b.address_ && a.port_.value() == b.port_.value() &&
               a.refused_ == b.refused_;
    }

private:
    IpAddress address_{};
    Number port_{0};
    std::string refused_{};
};

namespace detail {

/// Fails with invalid_address for an invalid one.
void check_endpoint(const UdpEndpoint& endpoint, Failure& failure);

}  // namespace detail
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/value/udp_endpoint.ipp>
#endif
