// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/gre_fields.hpp>

namespace vethpp {

/// Which way a mirrored frame went.
enum class ErspanDirection : std::uint8_t { ingress, egress };

[[nodiscard]] constexpr std::string_view to_string(ErspanDirection direction) noexcept {
    return direction == ErspanDirection::ingress ? "ingress" : "egress";
}

/// The settings of an ERSPAN tunnel over IPv4 (ip-link(8), "type erspan"; IFLA_GRE_*).
struct ErspanSettings {
    static constexpr std::string_view kind = "erspan";
    static constexpr bool changes_as_a_whole = true;
    static constexpr bool is_made_in_underlay = true;

    std::optional<NetnsRef> underlay{};  ///< where its packets go, if not in its own namespace
    std::optional<LinkRef> lower{};      ///< its packets leave by this link
    std::optional<IpAddress> local{};
    std::optional<IpAddress> remote{};
    std::optional<std::uint32_t> key{};  ///< the session, of both directions
    std::optional<std::uint32_t> input_key{};
    std::optional<std::uint32_t> output_key{};
    std::optional<bool> sequence{};  ///< packets are numbered, in both directions
    std::optional<bool> checksum{};  ///< in both directions
    /// GRE_KEY, GRE_SEQ, GRE_CSUM of one direction; made of the members above.
    std::optional<std::uint32_t> input_flags{};
    std::optional<std::uint32_t> output_flags{};
    std::optional<std::uint32_t> ttl{};  ///< 1 to 255; 0, the default: that of the packet inside
    std::optional<std::uint32_t> tos{};  ///< 1: that of the packet inside
    std::optional<bool> path_mtu_discovery{};     ///< the kernel's default is true
    std::optional<bool> ignore_df{};              ///< not together with path_mtu_discovery
    std::optional<std::uint32_t> fwmark{};        ///< for the route of its packets
    std::optional<bool> collect_metadata{};       ///< addresses and keys come with each packet
    std::optional<std::uint32_t> version{};       ///< 1 (the default, type II), 2 (III), 0 (I)
    std::optional<std::uint32_t> erspan_index{};  ///< of type II, 20 bits: the port mirrored
    std::optional<ErspanDirection> direction{};   ///< of type III
    std::optional<std::uint32_t> hardware_id{};   ///< of type III, 6 bits
    std::optional<TunnelEncapsulation> encapsulation{};
    std::optional<std::uint32_t> encapsulation_flags{};  ///< TUNNEL_ENCAP_FLAG_*
    std::optional<std::uint32_t> encapsulation_source_port{};
    std::optional<std::uint32_t> encapsulation_destination_port{};

    static constexpr auto fields() {
        using S = ErspanSettings;
        using message::Number16, message::Number8, message::U32, wire::Attribute, wire::Field;
        return detail::gre_fields<S>() +
               wire::Fields<
                   Field<&S::version, Attribute<IFLA_GRE_ERSPAN_VER, Number8, "version">>,
                   Field<&S::erspan_index, Attribute<IFLA_GRE_ERSPAN_INDEX, U32, "erspan_index">>,
                   Field<&S::direction,
                         Attribute<IFLA_GRE_ERSPAN_DIR,
                                   wire::As<ErspanDirection, std::uint8_t>,
                                   "direction">>,
                   Field<&S::hardware_id,
                         Attribute<IFLA_GRE_ERSPAN_HWID, Number16, "hardware_id">>>{};
    }
    void complete() {
        // Without a number in each packet there is neither type II nor III.
        if (is_marked() && !sequence && !input_flags && !output_flags) sequence = true;
        detail::complete_gre(*this);
    }
    void adopt() { detail::adopt_gre(*this); }
    void overlay(const ErspanSettings& given) { detail::overlay_gre(*this, given); }
    void check(Failure& failure) const {
        detail::check_gre(*this, failure);
        const std::uint32_t keys = key.value_or(0) | input_key.value_or(0) | output_key.value_or(0);
        if (keys > 1023) failure.fail(errc::invalid_option, "the key, a session, is 0 to 1023");
        if (is_marked() && !key && !input_key && !output_key)
            failure.fail(errc::invalid_option, "erspan needs a key, the number of its session");
        if (version.value_or(1) > 2) failure.fail(errc::invalid_option, "a version is 0 to 2");
        if (erspan_index.value_or(0) > 0xfffff)
            failure.fail(errc::invalid_option, "an index is 0 to 0xfffff");
        if (hardware_id.value_or(0) > 63)
            failure.fail(errc::invalid_option, "a hardware identifier is 0 to 63");
    }
    [[nodiscard]] std::string_view why_refused(error_code code) const {
        return detail::why_no_tunnel(code, encapsulation.has_value());
    }
    /// Type II or III, whose sessions have numbers.
    [[nodiscard]] bool is_marked() const noexcept {
        return version.value_or(1) != 0 && !collect_metadata.value_or(false);
    }
    friend bool operator==(const ErspanSettings&, const ErspanSettings&) = default;
};

/// A GRE tunnel between two IPv4 addresses that carries mirrored Ethernet frames to where they are
/// looked at (Encapsulated Remote Switched Port Analyzer).
class Erspan : public KindLink<ErspanSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
