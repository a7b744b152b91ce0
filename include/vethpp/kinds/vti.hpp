// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/tunnel.hpp>

namespace vethpp {

/// The settings of a virtual tunnel interface (ip-link(8), "type vti"; IFLA_VTI_*).
template <wire::Name Kind>
struct VtiSettingsOf {
    static constexpr std::string_view kind = Kind.view();
    static constexpr bool changes_as_a_whole = true;
    static constexpr bool is_made_in_underlay = true;

    std::optional<NetnsRef> underlay{};  ///< where its packets go, if not in its own namespace
    std::optional<LinkRef> lower{};      ///< its packets leave by this link
    std::optional<IpAddress> local{};
    std::optional<IpAddress> remote{};
    std::optional<std::uint32_t> key{};  ///< of both directions; read if both have the same
    std::optional<std::uint32_t> input_key{};
    std::optional<std::uint32_t> output_key{};  ///< the mark by which IPsec's policies are found
    std::optional<std::uint32_t> fwmark{};      ///< for the route of its packets

    static constexpr auto fields() {
        using S = VtiSettingsOf;
        using message::BigEndian32, message::Ip, message::U32, wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&S::lower, Attribute<IFLA_VTI_LINK, detail::LowerIndex, "lower">>,
            Field<&S::local, Attribute<IFLA_VTI_LOCAL, Ip, "local">>,
            Field<&S::remote, Attribute<IFLA_VTI_REMOTE, Ip, "remote">>,
            Field<&S::input_key, Attribute<IFLA_VTI_IKEY, BigEndian32, "input_key">>,
            Field<&S::output_key, Attribute<IFLA_VTI_OKEY, BigEndian32, "output_key">>,
            Field<&S::fwmark, Attribute<IFLA_VTI_FWMARK, U32, "fwmark">>>{};
    }
    void complete() { detail::spread_key(*this, *this); }
    void adopt() { detail::join_keys(*this); }
    void overlay(const VtiSettingsOf& given) { detail::spread_key(*this, given); }
    void check(Failure& failure) const {
        detail::check_tunnel(kind == "vti6", local, remote, failure);
    }
    [[nodiscard]] std::string_view why_refused(error_code code) const {
        return detail::why_no_tunnel(code, false);
    }
    friend bool operator==(const VtiSettingsOf&, const VtiSettingsOf&) = default;
};

using VtiSettings = VtiSettingsOf<"vti">;

/// A tunnel between two IPv4 addresses whose packets go through IPsec (Documentation/networking,
/// xfrm): a policy with its key as the mark is the user's business.
class Vti : public KindLink<VtiSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
