// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/kind_link.hpp>
#include <vethpp/message/scalars.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <linux/if_link.h>
#include <optional>
#include <string_view>

namespace vethpp {

/// How frames are encrypted and signed (<linux/if_macsec.h>).
enum class MacsecCipher : std::uint64_t {
    gcm_aes_128 = 0x0080020001000001,
    gcm_aes_256 = 0x0080c20001000002,
    gcm_aes_xpn_128 = 0x0080c20001000003,  ///< with long packet numbers
    gcm_aes_xpn_256 = 0x0080c20001000004,
};

[[nodiscard]] constexpr std::string_view to_string(MacsecCipher cipher) noexcept {
    switch (cipher) {
        case MacsecCipher::gcm_aes_128:
            return "GCM-AES-128";
        case MacsecCipher::gcm_aes_256:
            return "GCM-AES-256";
        case MacsecCipher::gcm_aes_xpn_128:
            return "GCM-AES-XPN-128";
        case MacsecCipher::gcm_aes_xpn_256:
            return "GCM-AES-XPN-256";
    }
    return "unknown";
}

/// What is done with frames that are not valid (IFLA_MACSEC_VALIDATION).
enum class MacsecValidation : std::uint8_t {
    disabled,
    check,   ///< they are counted
    strict,  ///< they are dropped
};

[[nodiscard]] constexpr std::string_view to_string(MacsecValidation validation) noexcept {
    constexpr std::string_view words[] = {"disabled", "check", "strict"};
    const auto which = static_cast<std::size_t>(validation);
    return which < 3 ? words[which] : std::string_view{"unknown"};
}

namespace message {

/// A secure channel's identifier: a MAC address and a port, in network byte order.
struct Sci {
    using Value = std::uint64_t;
    static void write(wire::Writer& w, std::uint16_t id, Value v) noexcept {
        std::array<std::uint8_t, 8> bytes{};
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<std::uint8_t>(v >> (56 - 8 * i));
        w.attribute(id, bytes.data(), bytes.size());
    }
    static bool read(wire::Bytes bytes, Value& v) noexcept {
        std::array<std::uint8_t, 8> raw{};
        if (!wire::load(bytes, raw)) return false;
        v = 0;
        for (const std::uint8_t byte : raw) v = v << 8U | byte;
        return true;
    }
};

}  // namespace message

/// The settings of a MACsec link (ip-macsec(8); IFLA_MACSEC_*). The first four stay what they are.
struct MacsecSettings {
    static constexpr std::string_view kind = "macsec";

    LinkRef lower{};                      ///< the link whose frames it protects
    std::optional<std::uint32_t> port{};  ///< of its channel, whose address is the link's; 1
    std::optional<std::uint64_t> sci{};   ///< the channel as a whole, instead of the port
    std::optional<MacsecCipher> cipher{};
    std::optional<std::uint32_t> icv_length{};    ///< of a frame's signature, 8 to 16 bytes; 16
    std::optional<std::uint32_t> encoding_sa{};   ///< the association that sends, 0 to 3
    std::optional<bool> encrypt{};                ///< or only sign
    std::optional<bool> protect{};                ///< on unless given
    std::optional<bool> include_sci{};            ///< in each frame; on unless given
    std::optional<bool> end_station{};            ///< instead of include_sci, and of port and sci
    std::optional<bool> single_copy_broadcast{};  ///< instead of include_sci
    std::optional<bool> replay_protect{};         ///< needs a window
    std::optional<std::uint32_t> window{};        ///< of packets that may come late
    std::optional<MacsecValidation> validation{};

    static constexpr auto fields() {
        using S = MacsecSettings;
        using message::Flag8, message::Number8, message::Port, message::Sci, message::U32;
        using wire::As, wire::Attribute, wire::Field;
        using Cipher = As<MacsecCipher, std::uint64_t>;
        using Validation = As<MacsecValidation, std::uint8_t>;
        return wire::Fields<
            Field<&S::port, Attribute<IFLA_MACSEC_PORT, Port, "port">>,
            Field<&S::sci, Attribute<IFLA_MACSEC_SCI, Sci, "sci">>,
            Field<&S::cipher, Attribute<IFLA_MACSEC_CIPHER_SUITE, Cipher, "cipher">>,
            Field<&S::icv_length, Attribute<IFLA_MACSEC_ICV_LEN, Number8, "icv_length">>,
            Field<&S::encoding_sa, Attribute<IFLA_MACSEC_ENCODING_SA, Number8, "encoding_sa">>,
            Field<&S::encrypt, Attribute<IFLA_MACSEC_ENCRYPT, Flag8, "encrypt">>,
            Field<&S::protect, Attribute<IFLA_MACSEC_PROTECT, Flag8, "protect">>,
            Field<&S::include_sci, Attribute<IFLA_MACSEC_INC_SCI, Flag8, "include_sci">>,
            Field<&S::end_station, Attribute<IFLA_MACSEC_ES, Flag8, "end_station">>,
            Field<&S::single_copy_broadcast,
                  Attribute<IFLA_MACSEC_SCB, Flag8, "single_copy_broadcast">>,
            Field<&S::replay_protect,
                  Attribute<IFLA_MACSEC_REPLAY_PROTECT, Flag8, "replay_protect">>,
            Field<&S::window, Attribute<IFLA_MACSEC_WINDOW, U32, "window">>,
            Field<&S::validation, Attribute<IFLA_MACSEC_VALIDATION, Validation, "validation">>>{};
    }
    void check(Failure& failure) const {
        if (port && sci) failure.fail(errc::invalid_option, "an SCI contains the port");
        if (end_station.value_or(false) && (port || sci))
            failure.fail(errc::invalid_option, "the channel of an end station is its address");
        if (replay_protect.value_or(false) && !window)
            failure.fail(errc::invalid_option, "replay protection needs a window");
        if (encoding_sa.value_or(0) > 3)
            failure.fail(errc::invalid_option, "an association is 0 to 3");
        if (icv_length && (*icv_length < 8 || *icv_length > 16))
            failure.fail(errc::invalid_option, "a signature has 8 to 16 bytes");
    }
    [[nodiscard]] std::string_view why_refused(error_code code) const {
        if (code == boost::system::errc::device_or_resource_busy)
            return "another macsec of its lower link has the SCI";
        if (code != boost::system::errc::invalid_argument) return {};
        if (end_station || single_copy_broadcast)
            return "one of end_station, single_copy_broadcast and include_sci, the default";
        return port || sci || cipher || icv_length ? "its channel and its cipher stay what they are"
                                                   : std::string_view{};
    }
    friend bool operator==(const MacsecSettings&, const MacsecSettings&) = default;
};

/// A link that signs and encrypts the frames of another one (IEEE 802.1AE). Its keys, the secure
/// associations, are the user's business: `ip macsec add`, wpa_supplicant(8).
class Macsec : public KindLink<MacsecSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
