// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/net_in.hpp>
#include <vethpp/kinds/kind_link.hpp>
#include <vethpp/message/scalars.hpp>

#include <cstdint>
#include <linux/if_tunnel.h>
#include <optional>
#include <string>
#include <string_view>

// What IP tunnels have in common. Each kind has a header of its own: <vethpp/kinds/gre.hpp> and so
// on.
namespace vethpp {

/// What a tunnel's packets are wrapped in once more, so that they pass as UDP (ip-fou(8);
/// TUNNEL_ENCAP_*). Receiving takes a port that is bound to it.
enum class TunnelEncapsulation : std::uint16_t { none, fou, gue, mpls };

/// "none", "fou", ...
[[nodiscard]] std::string_view to_string(TunnelEncapsulation encapsulation) noexcept;

/// What stands in the IPv6 header of a tunnel's packets.
struct Ipv6Flow {
    std::uint32_t traffic_class = 0;  ///< 0 to 255
    std::uint32_t label = 0;          ///< 0 to 0xfffff

    /// "tclass 0x10 flowlabel 0x00005", as ip(8) says it.
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const Ipv6Flow&, const Ipv6Flow&) = default;
};

namespace message {

struct Ipv6FlowCodec {
    using Value = Ipv6Flow;
    static void write(wire::Writer& w, std::uint16_t id, const Ipv6Flow& v) noexcept {
        if (v.traffic_class > 0xff) w.refuse("a traffic class is 0 to 255");
        if (v.label > 0xfffff) w.refuse("a flow label is 0 to 0xfffff");
        BigEndian32::write(w, id, v.traffic_class << 20U | v.label);
    }
    static bool read(wire::Bytes bytes, Ipv6Flow& v) noexcept {
        std::uint32_t both = 0;
        if (!BigEndian32::read(bytes, both)) return false;
        v = {both >> 20U & 0xffU, both & 0xfffffU};
        return true;
    }
};

}  // namespace message

namespace detail {

/// Fails unless the addresses are of the family of the tunnel, and of one family.
void check_tunnel(bool v6,
                  const std::optional<IpAddress>& local,
                  const std::optional<IpAddress>& remote,
                  Failure& failure);

/// Hints for what the kernel refuses without a word.
[[nodiscard]] std::string_view why_no_tunnel(error_code code, bool encapsulated) noexcept;

/// `key` stands for both directions.
template <class S>
void spread_key(S& settings, const S& given) {
    if (!given.key) return;
    if (!given.input_key) settings.input_key = given.key;
    if (!given.output_key) settings.output_key = given.key;
}
template <class S>
void join_keys(S& settings) {
    settings.key.reset();
    if (settings.input_key == settings.output_key) settings.key = settings.input_key;
}

/// Of the flags of a tunnel over IPv6 the upper ones are the kernel's own (IP6_TNL_F_CAP_*).
inline void drop_own_flags(std::optional<std::uint32_t>& flags) noexcept {
    if (flags) flags = *flags & 0xffffU;
}

/// Encapsulation, whose four attributes follow upon one another.
template <class S, std::uint16_t First>
constexpr auto encapsulation_fields() {
    using Encapsulation = wire::As<TunnelEncapsulation, std::uint16_t>;
    using message::Number16, message::Port, wire::Attribute, wire::Field;
    return wire::Fields<
        Field<&S::encapsulation, Attribute<First, Encapsulation, "encapsulation">>,
        Field<&S::encapsulation_flags, Attribute<First + 1, Number16, "encapsulation_flags">>,
        Field<&S::encapsulation_source_port,
              Attribute<First + 2, Port, "encapsulation_source_port">>,
        Field<&S::encapsulation_destination_port,
              Attribute<First + 3, Port, "encapsulation_destination_port">>>{};
}

}  // namespace detail
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/kinds/tunnel.ipp>
#endif
