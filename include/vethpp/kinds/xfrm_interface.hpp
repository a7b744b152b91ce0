// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/tunnel.hpp>

#include <linux/if_link.h>

namespace vethpp {

/// The settings of an IPsec interface (ip-link(8), "type xfrm"; IFLA_XFRM_*).
struct XfrmInterfaceSettings {
    static constexpr std::string_view kind = "xfrm";
    static constexpr bool changes_as_a_whole = true;
    static constexpr bool is_made_in_underlay = true;

    std::optional<NetnsRef> underlay{};  ///< where its packets go, if not in its own namespace
    std::optional<LinkRef> lower{};      ///< its packets leave by this link
    std::optional<std::uint32_t> identifier{};  ///< if_id of its states and policies; not 0
    std::optional<bool> collect_metadata{};  ///< the identifier comes with each packet; Linux 6.2

    static constexpr auto fields() {
        using S = XfrmInterfaceSettings;
        using message::Presence, message::U32, wire::Attribute, wire::Field;
        constexpr std::uint16_t ifla_xfrm_collect_metadata = 3;  // Linux 6.2
        return wire::Fields<
            Field<&S::lower, Attribute<IFLA_XFRM_LINK, detail::LowerIndex, "lower">>,
            Field<&S::identifier, Attribute<IFLA_XFRM_IF_ID, U32, "identifier">>,
            Field<&S::collect_metadata,
                  Attribute<ifla_xfrm_collect_metadata, Presence, "collect_metadata">>>{};
    }
    void check(Failure& failure) const {
        if (!collect_metadata.value_or(false) && identifier.value_or(0) == 0)
            failure.fail(errc::invalid_option, "an xfrm interface needs an identifier, not 0");
    }
    [[nodiscard]] std::string_view why_refused(error_code code) const {
        return code == boost::system::errc::file_exists ? "another one has the identifier"
                                                        : std::string_view{};
    }
    friend bool operator==(const XfrmInterfaceSettings&, const XfrmInterfaceSettings&) = default;
};

/// A link whose packets go through the IPsec states and policies of its identifier (ip-xfrm(8)).
class XfrmInterface : public KindLink<XfrmInterfaceSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
