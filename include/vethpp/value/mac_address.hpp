// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/text.hpp>
#include <vethpp/value/error.hpp>

#include <fmt/format.h>

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/random.h>

namespace vethpp {

/// An Ethernet (EUI-48) address.
class MacAddress {
public:
    constexpr MacAddress() noexcept = default;
    constexpr explicit MacAddress(const std::array<std::uint8_t, 6>& bytes) noexcept
        : bytes_{bytes} {}
    // NOLINTBEGIN(google-explicit-constructor): options are written as `.mac = "02:00:00:00:00:01"`
    /// Parses six hexadecimal bytes separated by ':' or '-'; throws Error (invalid_address) quoting
    /// the text.
    MacAddress(std::string_view text) : MacAddress{parse(text)} {}
    MacAddress(const char* text) : MacAddress{parse(text)} {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] static MacAddress parse(std::string_view text, OnError on_error = {}) {
        MacAddress result;
        Failure failure;
        if (!result.assign(text)) {
            failure.context.operation = "parse a MAC address";
            failure.context.object = detail::quoted(text);
            failure.fail(errc::invalid_address, "expected six bytes like 02:00:00:00:00:01");
            result = {};
        }
        on_error(std::move(failure));
        return result;
    }

    /// A locally administered unicast address, random in the remaining 46 bits.
    [[nodiscard]] static MacAddress random() noexcept {
        MacAddress result;
        // getrandom(2): requests of up to 256 bytes are never short once the pool is ready.
        if (::getrandom(result.bytes_.data(), result.bytes_.size(), 0) < 0) result.bytes_ = {};
        result.bytes_[0] = static_cast<std::uint8_t>((result.bytes_[0] & 0xfcU) | 0x02U);
        return result;
    }

    [[nodiscard]] constexpr const std::array<std::uint8_t, 6>& bytes() const noexcept {
        return bytes_;
    }
    /// "02:00:00:00:00:01"
    [[nodiscard]] std::string to_string() const {
        std::string out;
        for (const std::uint8_t byte : bytes_)
            out += (out.empty() ? "" : ":") + detail::hex(byte, 2);
        return out;
    }
    [[nodiscard]] constexpr bool is_multicast() const noexcept { return (bytes_[0] & 1U) != 0; }
    [[nodiscard]] constexpr bool is_zero() const noexcept { return *this == MacAddress{}; }

    friend constexpr auto operator<=>(const MacAddress&, const MacAddress&) noexcept = default;

private:
    [[nodiscard]] static constexpr int digit(char c) noexcept {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    }

    [[nodiscard]] constexpr bool assign(std::string_view text) noexcept {
        if (text.size() != 17) return false;
        for (std::size_t i = 0; i < 6; ++i) {
            const int high = digit(text[3 * i]);
            const int low = digit(text[3 * i + 1]);
            if (high < 0 || low < 0) return false;
            const bool separated = i == 5 || text[3 * i + 2] == ':' || text[3 * i + 2] == '-';
            if (!separated) return false;
            bytes_[i] = static_cast<std::uint8_t>(high * 16 + low);
        }
        return true;
    }

    std::array<std::uint8_t, 6> bytes_{};
};

}  // namespace vethpp

template <>
struct fmt::formatter<vethpp::MacAddress> : fmt::formatter<fmt::string_view> {
    auto format(const vethpp::MacAddress& mac, format_context& ctx) const {
        return fmt::formatter<fmt::string_view>::format(mac.to_string(), ctx);
    }
};
