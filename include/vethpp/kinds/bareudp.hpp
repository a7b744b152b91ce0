// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/codecs.hpp>
#include <vethpp/kinds/kind_link.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace vethpp {

/// Source: Documentation/networking/bareudp.rst, <linux/if_link.h>, IFLA_BAREUDP_*.
struct BareudpSettings {
    static constexpr std::string_view kind = "bareudp";

    std::optional<std::uint32_t> port{};       ///< UDP; must be given
    std::optional<std::uint32_t> ethertype{};  ///< of what is inside, 0x8847 for MPLS; the same
    std::optional<NetnsRef> underlay{};        ///< where its packets go, if not where it is
    std::optional<std::uint32_t> source_port_min{};
    std::optional<bool> multiple_protocols{};  ///< IPv4 with IPv6, MPLS unicast with multicast

    static constexpr auto fields() {
        using S = BareudpSettings;
        using message::Number16, message::Port, message::Presence;
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&S::port, Attribute<IFLA_BAREUDP_PORT, Port, "port">>,
            Field<&S::ethertype, Attribute<IFLA_BAREUDP_ETHERTYPE, Port, "ethertype">>,
            Field<&S::source_port_min,
                  Attribute<IFLA_BAREUDP_SRCPORT_MIN, Number16, "source_port_min">>,
            Field<&S::multiple_protocols,
                  Attribute<IFLA_BAREUDP_MULTIPROTO_MODE, Presence, "multiple_protocols">>>{};
    }
    void check(Failure& failure) const {
        if (!port || !ethertype)
            failure.fail(errc::invalid_option, "a bareudp needs a port and an ethertype");
    }
    [[nodiscard]] static std::string_view why_refused(error_code code) noexcept {
        if (code == boost::system::errc::device_or_resource_busy)
            return "another bareudp has that port";
        if (code == boost::system::errc::address_in_use) return "the UDP port is taken";
        return {};
    }
    friend bool operator==(const BareudpSettings&, const BareudpSettings&) = default;
};

/// Packets of one protocol, such as MPLS, in UDP packets; to where says the route of each.
class Bareudp : public KindLink<BareudpSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
