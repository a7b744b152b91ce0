// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/error.hpp>
#include <vethpp/value/print.hpp>

#include <array>
#include <compare>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace vethpp {

/// An Ethernet (EUI-48) address.
class MacAddress {
public:
    constexpr MacAddress() noexcept = default;
    constexpr explicit MacAddress(const std::array<std::uint8_t, 6>& bytes) noexcept
        : bytes_{bytes} {}
    // NOLINTBEGIN(google-explicit-constructor): options are written as `.mac = "02:00:00:00:00:01"`
    /// Six hexadecimal bytes separated by ':' or '-'. What is none makes the address invalid, which
    /// whoever is given it reports (errc::invalid_address); parse() reports it at once.
    MacAddress(std::string_view text) noexcept;
    MacAddress(const char* text) noexcept : MacAddress{std::string_view{text}} {}
    template <std::same_as<std::string> String>  // a list of numbers is not to become one
    MacAddress(const String& text) noexcept : MacAddress{std::string_view{text}} {}
    // NOLINTEND(google-explicit-constructor)

    /// Quotes the text in its Error.
    [[nodiscard]] static MacAddress parse(std::string_view text, OnError on_error = {});

    /// A locally administered unicast address, random in the remaining 46 bits.
    [[nodiscard]] static MacAddress random() noexcept;

    [[nodiscard]] constexpr const std::array<std::uint8_t, 6>& bytes() const noexcept {
        return bytes_;
    }
    /// "02:00:00:00:00:01"; of an invalid one, the text that it was made of, in quotes.
    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] constexpr bool is_valid() const noexcept { return !invalid_; }
    [[nodiscard]] constexpr bool is_multicast() const noexcept { return (bytes_[0] & 1U) != 0; }
    [[nodiscard]] constexpr bool is_zero() const noexcept { return *this == MacAddress{}; }

    friend constexpr auto operator<=>(const MacAddress&, const MacAddress&) noexcept = default;

private:
    [[nodiscard]] bool assign(std::string_view text) noexcept;

    std::array<std::uint8_t, 6> bytes_{};
    bool invalid_ = false;
    std::array<char, 21> refused_{};  // how the text began that was no address, for its Error
};

namespace detail {

/// Fails with invalid_address for an invalid one.
void check_mac(const MacAddress& mac, Failure& failure);

}  // namespace detail
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/value/mac_address.ipp>
#endif
