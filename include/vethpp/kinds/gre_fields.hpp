// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/net_in.hpp>
#include <vethpp/kinds/tunnel.hpp>

#include <cstdint>
#include <linux/if_tunnel.h>
#include <optional>
#include <string_view>

/// What the kinds of the GRE family say of themselves in the same way (IFLA_GRE_*).
namespace vethpp::detail {

// The three flags of a header that a tunnel may have (RFC 2890), as numbers.
inline constexpr std::uint32_t gre_checksum = 0x8000;
inline constexpr std::uint32_t gre_key = 0x2000;
inline constexpr std::uint32_t gre_sequence = 0x1000;

/// What all of them have.
template <class S>
constexpr auto common_gre_fields() {
    using message::BigEndian32, message::Ip, message::Number8, message::Port, message::Presence,
        message::U32, wire::Attribute, wire::Field;
    return wire::Fields<
               Field<&S::lower, Attribute<IFLA_GRE_LINK, LowerIndex, "lower">>,
               Field<&S::input_flags, Attribute<IFLA_GRE_IFLAGS, Port, "input_flags">>,
               Field<&S::output_flags, Attribute<IFLA_GRE_OFLAGS, Port, "output_flags">>,
               Field<&S::input_key, Attribute<IFLA_GRE_IKEY, BigEndian32, "input_key">>,
               Field<&S::output_key, Attribute<IFLA_GRE_OKEY, BigEndian32, "output_key">>,
               Field<&S::local, Attribute<IFLA_GRE_LOCAL, Ip, "local">>,
               Field<&S::remote, Attribute<IFLA_GRE_REMOTE, Ip, "remote">>,
               Field<&S::ttl, Attribute<IFLA_GRE_TTL, Number8, "ttl">>,
               Field<&S::fwmark, Attribute<IFLA_GRE_FWMARK, U32, "fwmark">>,
               Field<&S::collect_metadata,
                     Attribute<IFLA_GRE_COLLECT_METADATA, Presence, "collect_metadata">>>{} +
           encapsulation_fields<S, IFLA_GRE_ENCAP_TYPE>();
}

/// Over IPv4.
template <class S>
constexpr auto gre_fields() {
    using message::Flag8, message::Number8, wire::Attribute, wire::Field;
    return common_gre_fields<S>() +
           wire::Fields<Field<&S::tos, Attribute<IFLA_GRE_TOS, Number8, "tos">>,
                        Field<&S::path_mtu_discovery,
                              Attribute<IFLA_GRE_PMTUDISC, Flag8, "path_mtu_discovery">>,
                        Field<&S::ignore_df, Attribute<IFLA_GRE_IGNORE_DF, Flag8, "ignore_df">>>{};
}

/// Over IPv6.
template <class S>
constexpr auto ip6gre_fields() {
    using message::Ipv6FlowCodec, message::Number8, message::U32, wire::Attribute, wire::Field;
    return common_gre_fields<S>() +
           wire::Fields<Field<&S::encapsulation_limit,
                              Attribute<IFLA_GRE_ENCAP_LIMIT, Number8, "encapsulation_limit">>,
                        Field<&S::flow, Attribute<IFLA_GRE_FLOWINFO, Ipv6FlowCodec, "flow">>,
                        Field<&S::flags, Attribute<IFLA_GRE_FLAGS, U32, "flags">>>{};
}

template <class S>
void complete_gre(S& s) {
    spread_key(s, s);
    const auto complete = [&](std::optional<std::uint32_t>& flags, bool key) {
        const auto set = [&](std::uint32_t bit, std::optional<bool> on) {
            if (on) flags = (*flags & ~bit) | (*on ? bit : 0);
        };
        if (!flags) flags = 0;
        set(gre_sequence, s.sequence);
        set(gre_checksum, s.checksum);
        if (key) set(gre_key, true);
    };
    complete(s.input_flags, s.input_key.has_value());
    complete(s.output_flags, s.output_key.has_value());
}

template <class S>
void adopt_gre(S& s) {
    // The kernel also tells a key that is not used.
    if ((s.input_flags.value_or(0) & gre_key) == 0) s.input_key.reset();
    if ((s.output_flags.value_or(0) & gre_key) == 0) s.output_key.reset();
    join_keys(s);
    const auto joined = [&](std::uint32_t bit) -> std::optional<bool> {
        const bool input = (s.input_flags.value_or(0) & bit) != 0;
        if (((s.output_flags.value_or(0) & bit) != 0) != input) return std::nullopt;
        return input;
    };
    s.sequence = joined(gre_sequence);
    s.checksum = joined(gre_checksum);
    if constexpr (requires { s.flow; }) drop_own_flags(s.flags);
}

template <class S>
void overlay_gre(S& s, const S& given) {
    spread_key(s, given);
    if (given.input_flags || given.output_flags) {
        s.sequence.reset();
        s.checksum.reset();
    }
    if (given.sequence) s.sequence = given.sequence;
    if (given.checksum) s.checksum = given.checksum;
}

template <class S>
void check_gre(const S& s, Failure& failure) {
    constexpr bool v6 = requires { s.flow; };
    check_tunnel(v6, s.local, s.remote, failure);
    if constexpr (!v6) {
        if (s.ignore_df.value_or(false) && s.path_mtu_discovery.value_or(true))
            failure.fail(errc::invalid_option,
                         "ignore_df does not go together with path MTU discovery, the default");
    }
}

}  // namespace vethpp::detail
