// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/random.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/value/mac_address.hpp>

#include <cstddef>
#include <cstring>
#include <utility>

namespace vethpp {
namespace detail {

inline constexpr const char* mac_example = "expected six bytes like 02:00:00:00:00:01";

[[nodiscard]] inline int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

VETHPP_INLINE void check_mac(const MacAddress& mac, Failure& failure) {
    if (!mac.is_valid())
        failure.fail(errc::invalid_address,
                     concat({mac.to_string(), " is no MAC address: ", mac_example}));
}

}  // namespace detail

VETHPP_INLINE MacAddress::MacAddress(std::string_view text) noexcept {
    if (assign(text)) return;
    bytes_ = {};
    invalid_ = true;
    const std::size_t most = refused_.size() - 1;
    std::memcpy(refused_.data(), text.data(), text.size() < most ? text.size() : most);
    if (text.size() > most) std::memcpy(refused_.data() + most - 3, "...", 3);
}

VETHPP_INLINE MacAddress MacAddress::parse(std::string_view text, OnError on_error) {
    MacAddress result;
    Failure failure;
    if (!result.assign(text)) {
        failure.context.operation = "parse a MAC address";
        failure.context.object = detail::quoted(text);
        failure.fail(errc::invalid_address, detail::mac_example);
        result = {};
    }
    on_error(std::move(failure));
    return result;
}

VETHPP_INLINE MacAddress MacAddress::random() noexcept {
    MacAddress result;
    const std::uint64_t bits = detail::random_bits();
    std::memcpy(result.bytes_.data(), &bits, result.bytes_.size());
    result.bytes_[0] = static_cast<std::uint8_t>((result.bytes_[0] & 0xfcU) | 0x02U);
    return result;
}

VETHPP_INLINE std::string MacAddress::to_string() const {
    if (invalid_) return detail::quoted(refused_.data());
    std::string out;
    for (const std::uint8_t byte : bytes_) {
        if (!out.empty()) out += ':';
        out += detail::hex(byte, 2);
    }
    return out;
}

VETHPP_INLINE bool MacAddress::assign(std::string_view text) noexcept {
    if (text.size() != 17) return false;
    for (std::size_t i = 0; i < 6; ++i) {
        const int high = detail::hex_digit(text[3 * i]);
        const int low = detail::hex_digit(text[3 * i + 1]);
        if (high < 0 || low < 0) return false;
        const bool separated = i == 5 || text[3 * i + 2] == ':' || text[3 * i + 2] == '-';
        if (!separated) return false;
        bytes_[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return true;
}

}  // namespace vethpp
