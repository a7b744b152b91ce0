// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vethpp {

/// A key of WireGuard, 32 bytes: private, public, or shared beforehand. As text it is 44 characters
/// of base64, as for wg(8).
class WireGuardKey {
public:
    static constexpr std::size_t size = 32;
    using Bytes = std::array<std::uint8_t, size>;

    /// All zeros, which the kernel takes for none.
    constexpr WireGuardKey() noexcept = default;
    explicit constexpr WireGuardKey(const Bytes& bytes) noexcept : bytes_{bytes} {}
    // NOLINTBEGIN(google-explicit-constructor): options are written as `.public_key = "..."`
    /// What is no key makes this invalid, which whoever is given it reports
    /// (errc::invalid_option, without the text, which may be a secret).
    WireGuardKey(std::string_view text) noexcept;
    WireGuardKey(const char* text) noexcept : WireGuardKey{std::string_view{text}} {}
    WireGuardKey(const std::string& text) noexcept : WireGuardKey{std::string_view{text}} {}
    // NOLINTEND(google-explicit-constructor)

    /// A new private key, as `wg genkey` makes them. See WireGuardKeys for its public key.
    [[nodiscard]] static WireGuardKey generate(OnError on_error = {});
    /// A new key for two peers to share, as `wg genpsk` makes them.
    [[nodiscard]] static WireGuardKey generate_preshared(OnError on_error = {});

    [[nodiscard]] constexpr const Bytes& bytes() const noexcept { return bytes_; }
    [[nodiscard]] constexpr bool is_valid() const noexcept { return !invalid_; }
    [[nodiscard]] constexpr bool is_zero() const noexcept { return bytes_ == Bytes{}; }
    /// In base64. Of a private key this is the secret itself.
    [[nodiscard]] std::string to_string() const;

    friend constexpr auto operator<=>(const WireGuardKey&, const WireGuardKey&) = default;

private:
    Bytes bytes_{};
    bool invalid_ = false;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/value/wireguard_key.ipp>
#endif
