// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/value/attempt.hpp>
#include <vethpp/value/wireguard_key.hpp>

#include <cerrno>
#include <sys/random.h>

namespace vethpp {
namespace detail {

inline constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Secrets, and so from nowhere else than the kernel.
inline void fill_secretly(WireGuardKey::Bytes& bytes, Failure& failure) {
    for (;;) {
        // Of up to 256 bytes, all or none.
        if (::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()))
            return;
        if (errno == EINTR) continue;
        failure.fail(last_error(), "getrandom(2)");
        bytes = {};
        return;
    }
}

}  // namespace detail

VETHPP_INLINE WireGuardKey::WireGuardKey(std::string_view text) noexcept {
    // 256 bits are 42 digits of 6 bits, one of 4 bits, and the mark of a byte less.
    constexpr std::size_t length = 44;
    invalid_ = text.size() != length || text.back() != '=';
    std::uint32_t bits = 0;
    std::size_t n = 0;
    for (std::size_t i = 0; !invalid_ && i + 1 < length; ++i) {
        const std::size_t digit = detail::base64_digits.find(text[i]);
        if (digit == detail::base64_digits.npos) {
            invalid_ = true;
            break;
        }
        bits = bits << 6U | static_cast<std::uint32_t>(digit);
        // Every digit but the first of four completes a byte.
        if (i % 4 != 0) bytes_[n++] = static_cast<std::uint8_t>(bits >> (6 - 2 * (i % 4)));
    }
    if ((bits & 3U) != 0) invalid_ = true;
    if (invalid_) bytes_ = {};
}

VETHPP_INLINE WireGuardKey WireGuardKey::generate(OnError on_error) {
    WireGuardKey key;
    detail::attempt({"generate a key"}, on_error, [&](Failure& failure) {
        detail::fill_secretly(key.bytes_, failure);
        if (failure) return;
        // What Curve25519 asks of a private key (RFC 7748, section 5).
        key.bytes_.front() &= 0xf8U;
        key.bytes_.back() = static_cast<std::uint8_t>((key.bytes_.back() & 0x7fU) | 0x40U);
    });
    return key;
}

VETHPP_INLINE WireGuardKey WireGuardKey::generate_preshared(OnError on_error) {
    WireGuardKey key;
    detail::attempt({"generate a key"}, on_error, [&](Failure& failure) {
        detail::fill_secretly(key.bytes_, failure);
    });
    return key;
}

VETHPP_INLINE std::string WireGuardKey::to_string() const {
    if (invalid_) return "(no key)";
    std::string out;
    for (std::size_t i = 0; i < size; i += 3) {
        const auto byte = [&](std::size_t n) {
            return n < size ? std::uint32_t{bytes_[n]} : std::uint32_t{0};
        };
        const std::uint32_t bits = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
        for (const unsigned shift : {18U, 12U, 6U, 0U})
            out += detail::base64_digits[(bits >> shift) & 63U];
    }
    out.back() = '=';
    return out;
}

}  // namespace vethpp
