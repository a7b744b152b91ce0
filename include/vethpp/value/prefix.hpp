// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/ip_address.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace vethpp {

/// A range of addresses, as the destination of a route: "10.0.1.0/24", "fd00:1::/64". An address
/// without a length is that one address, as for `ip route`.
class Prefix {
public:
    Prefix() = default;
    // NOLINTBEGIN(google-explicit-constructor): options are written as `.destination =
    // "10.0.0.0/8"`
    /// What is no prefix makes this invalid, which whoever is given it reports
    /// (errc::invalid_address).
    Prefix(std::string_view text);
    Prefix(const char* text) : Prefix{std::string_view{text}} {}
    Prefix(const std::string& text) : Prefix{std::string_view{text}} {}
    // NOLINTEND(google-explicit-constructor)
    Prefix(IpAddress address, std::uint8_t length)
        : address_{std::move(address)}, length_{length} {}

    [[nodiscard]] const IpAddress& address() const noexcept { return address_; }
    /// In bits.
    [[nodiscard]] std::uint8_t length() const noexcept { return length_; }
    [[nodiscard]] bool is_v6() const noexcept { return address_.is_v6(); }
    [[nodiscard]] bool is_valid() const noexcept { return problem_.empty(); }
    /// Why it is invalid; empty if it is not.
    [[nodiscard]] std::string_view problem() const noexcept { return problem_; }

    /// "10.0.1.0/24"; of an invalid one, the text that it was made of, in quotes.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const Prefix&, const Prefix&) = default;

private:
    IpAddress address_{};
    std::uint8_t length_ = 0;
    std::string_view problem_{};  // a literal
    std::string refused_{};
};

namespace detail {

/// Fails with invalid_address for an invalid one.
void check_prefix(const Prefix& prefix, Failure& failure);

}  // namespace detail
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/value/prefix.ipp>
#endif
