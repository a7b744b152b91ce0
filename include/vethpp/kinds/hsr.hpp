// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/codecs.hpp>
#include <vethpp/kinds/kind_link.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace vethpp {

/// How a frame goes two ways at once (IEC 62439-3).
enum class HsrProtocol : std::uint8_t { hsr, prp };

[[nodiscard]] constexpr std::string_view to_string(HsrProtocol protocol) noexcept {
    return protocol == HsrProtocol::hsr ? "hsr" : protocol == HsrProtocol::prp ? "prp" : "unknown";
}

/// Source: ip-link(8), "HSR Type Support"; <linux/if_link.h>, IFLA_HSR_*.
struct HsrSettings {
    static constexpr std::string_view kind = "hsr";

    std::optional<LinkRef> lower{};              ///< the first link of the ring; must be given
    std::optional<LinkRef> second_lower{};       ///< the other one, in the same namespace; the same
    std::optional<LinkRef> interlink{};          ///< to a host that speaks neither; Linux 6.10
    std::optional<std::uint32_t> supervision{};  ///< the last byte of supervision_address
    std::optional<std::uint32_t> version{};      ///< of HSR, 0 or 1
    std::optional<HsrProtocol> protocol{};
    std::optional<MacAddress> supervision_address{};  ///< read only
    std::optional<std::uint16_t> sequence_number{};   ///< read only

    static constexpr auto fields() {
        constexpr std::uint16_t ifla_interlink = 8;  // IFLA_HSR_INTERLINK
        using S = HsrSettings;
        using detail::LowerIndex;
        using message::Mac, message::Number8, message::ReadOnly, message::U16;
        using wire::As, wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&S::lower, Attribute<IFLA_HSR_SLAVE1, LowerIndex, "lower">>,
            Field<&S::second_lower, Attribute<IFLA_HSR_SLAVE2, LowerIndex, "second_lower">>,
            Field<&S::interlink, Attribute<ifla_interlink, LowerIndex, "interlink">>,
            Field<&S::supervision, Attribute<IFLA_HSR_MULTICAST_SPEC, Number8, "supervision">>,
            Field<&S::version, Attribute<IFLA_HSR_VERSION, Number8, "version">>,
            Field<&S::protocol,
                  Attribute<IFLA_HSR_PROTOCOL, As<HsrProtocol, std::uint8_t>, "protocol">>,
            Field<&S::supervision_address,
                  Attribute<IFLA_HSR_SUPERVISION_ADDR, ReadOnly<Mac>, "supervision_address">>,
            Field<&S::sequence_number,
                  Attribute<IFLA_HSR_SEQ_NR, ReadOnly<U16>, "sequence_number">>>{};
    }
    void check(Failure& failure) const {
        if (!lower || !second_lower || second_lower->index() == 0)
            failure.fail(errc::no_such_link, "an HSR link needs two lower links");
    }
    friend bool operator==(const HsrSettings&, const HsrSettings&) = default;
};

/// A link whose frames go both ways round a ring, or through two networks, so that one may fail.
class Hsr : public KindLink<HsrSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
