// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/print.hpp>
#include <vethpp/wire/codec.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vethpp {

/// A key, as ip-xfrm(8) takes it: "0x" and hexadecimal digits, or any other text, whose bytes it
/// then is. It does not print.
class XfrmKey {
public:
    XfrmKey() = default;
    // NOLINTBEGIN(google-explicit-constructor): options are written as {"cbc(aes)", "0x0011..."}
    /// Digits that are none make this invalid, which whoever is given it reports.
    XfrmKey(std::string_view text);
    XfrmKey(const char* text) : XfrmKey{std::string_view{text}} {}
    XfrmKey(const std::string& text) : XfrmKey{std::string_view{text}} {}
    XfrmKey(std::vector<std::byte> bytes) noexcept : bytes_{std::move(bytes)} {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] const std::vector<std::byte>& bytes() const noexcept { return bytes_; }
    [[nodiscard]] bool is_valid() const noexcept { return valid_; }

    friend bool operator==(const XfrmKey&, const XfrmKey&) = default;

private:
    std::vector<std::byte> bytes_{};
    bool valid_ = true;
};

/// An algorithm, by the kernel's name of it (/proc/crypto), and its key.
struct XfrmAlgorithm {
    std::string name{};  ///< "cbc(aes)", "hmac(sha256)", "rfc4106(gcm(aes))"
    XfrmKey key{};
    /// The length of what proves a packet: what is left of the digest, or the check value of an
    /// AEAD. Of a digest the kernel's default is meant unless given, which for hmac(sha256) is 96
    /// bits, and not the 128 of RFC 4868.
    std::optional<std::uint32_t> bits{};

    friend bool operator==(const XfrmAlgorithm&, const XfrmAlgorithm&) = default;
};

/// "hmac(sha256) <<Keys hidden>> 128", as `ip xfrm state list nokeys` says it.
[[nodiscard]] std::string to_string(const XfrmAlgorithm& algorithm);

namespace message {

/// struct xfrm_algo, or, with bits, xfrm_algo_auth and xfrm_algo_aead, and the key behind it.
void write_algorithm(wire::Writer& w, std::uint16_t id, const XfrmAlgorithm& v, bool with_bits);
[[nodiscard]] bool read_algorithm(wire::Bytes bytes, XfrmAlgorithm& v, bool with_bits);

template <bool WithBits>
struct Algorithm {
    using Value = XfrmAlgorithm;
    static void write(wire::Writer& w, std::uint16_t id, const XfrmAlgorithm& v) {
        write_algorithm(w, id, v, WithBits);
    }
    static bool read(wire::Bytes bytes, XfrmAlgorithm& v) {
        return read_algorithm(bytes, v, WithBits);
    }
};

}  // namespace message
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/xfrm_algorithm.ipp>
#endif
