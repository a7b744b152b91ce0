// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/scalars.hpp>
#include <vethpp/value/family.hpp>
#include <vethpp/value/number_range.hpp>
#include <vethpp/value/prefix.hpp>
#include <vethpp/value/print.hpp>
#include <vethpp/wire/message.hpp>

#include <cstdint>
#include <linux/fib_rules.h>
#include <optional>
#include <string>
#include <string_view>

namespace vethpp {

/// What becomes of a packet that a rule is about (ip-rule(8), FR_ACT_*).
enum class RuleAction : std::uint8_t {
    to_table = FR_ACT_TO_TBL,          ///< looked up in the table of the rule
    go_to = FR_ACT_GOTO,               ///< on with the rule of the priority `target`
    nop = FR_ACT_NOP,                  ///< on with the next rule
    blackhole = FR_ACT_BLACKHOLE,      ///< dropped; its sender sees EINVAL
    unreachable = FR_ACT_UNREACHABLE,  ///< ENETUNREACH
    prohibit = FR_ACT_PROHIBIT,        ///< EACCES
};

/// "blackhole", as ip(8) prints it.
[[nodiscard]] std::string_view to_string(RuleAction action) noexcept;

namespace message {

/// Ports, each in 16 bits, from the first to the last.
struct RulePorts {
    using Value = NumberRange;
    static void write(wire::Writer& w, std::uint16_t id, const Value& v) noexcept;
    static bool read(wire::Bytes bytes, Value& v) noexcept;
};
/// The same of users.
struct UidRange {
    using Value = NumberRange;
    static void write(wire::Writer& w, std::uint16_t id, const Value& v) noexcept;
    static bool read(wire::Bytes bytes, Value& v) noexcept;
};
/// A table whose number does not fit into the header.
struct LargeTable {
    using Value = std::uint32_t;
    static void write(wire::Writer& w, std::uint16_t id, std::uint32_t v) noexcept {
        if (v > 255) U32::write(w, id, v);
    }
    static bool read(wire::Bytes bytes, std::uint32_t& v) noexcept { return U32::read(bytes, v); }
};
/// 1, or no attribute at all.
struct OnlyIfSet {
    using Value = bool;
    static void write(wire::Writer& w, std::uint16_t id, bool v) noexcept {
        if (v) Flag8::write(w, id, v);
    }
    static bool read(wire::Bytes bytes, bool& v) noexcept { return Flag8::read(bytes, v); }
};
/// 64 bits in network byte order, kept in host byte order.
struct BigEndian64 {
    using Value = std::uint64_t;
    static void write(wire::Writer& w, std::uint16_t id, Value v) noexcept;
    static bool read(wire::Bytes bytes, Value& v) noexcept;
};

}  // namespace message

/// Which packets look into which table of routes (ip-rule(8)). What is not given, holds for every
/// packet. Rules are asked in the order of their priorities, the lowest first.
struct Rule {
    /// That of the addresses; IPv4 of a rule without an address, as for `ip rule`. Who means both
    /// adds two.
    std::optional<Family> family{};
    std::optional<Prefix> from{};
    std::optional<Prefix> to{};
    std::string iif{};  ///< the name of the link where it came in; "lo" for what is sent from here
    std::string oif{};  ///< of sockets that are bound to a link
    std::optional<std::uint32_t> mark{};      ///< SO_MARK, or that of the firewall
    std::optional<std::uint32_t> mask{};      ///< the bits of the mark that count; all unless given
    std::optional<std::uint32_t> priority{};  ///< one less than all others of users unless given
    std::optional<std::uint32_t> table{};     ///< 254, "main", unless given
    std::optional<NumberRange> uids{};        ///< the users of the sockets
    std::optional<std::uint32_t> ip_protocol{};  ///< IPPROTO_*; Linux 4.17, as the ports
    std::optional<NumberRange> source_ports{};
    std::optional<NumberRange> destination_ports{};
    std::optional<std::uint32_t> tos{};
    /// What the table finds does not count if its prefix is at most so long: 0 for a default route.
    std::optional<std::uint32_t> suppress_prefix_length{};
    /// What the table finds does not count if its link is in this group.
    std::optional<std::uint32_t> suppress_group{};
    std::optional<std::uint32_t> target{};    ///< the priority of the rule where it goes on
    bool l3mdev = false;                      ///< the table is that of the VRF of the link
    bool invert = false;                      ///< all but those packets
    std::optional<RuleAction> action{};       ///< to_table unless given, or go_to with a target
    std::optional<std::uint32_t> protocol{};  ///< 0 to 255: who added it, RTPROT_*
    std::optional<std::uint64_t> tun_id{};    ///< of the tunnel that it came by
    std::optional<std::uint32_t> realms{};    ///< from in the upper 16 bits, to in the lower; IPv4
    // What is listed only.
    bool unresolved = false;    ///< there is no rule of the priority `target`
    bool iif_detached = false;  ///< there is no link of that name
    bool oif_detached = false;

    [[nodiscard]] bool is_v6() const noexcept {
        return family ? *family == Family::ipv6 : (from && from->is_v6()) || (to && to->is_v6());
    }
    /// "32765: from 10.0.0.0/24 lookup 100": as ip(8) says it.
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const Rule&, const Rule&) = default;

    void complete(fib_rule_hdr& header) const noexcept;
    void adopt(const fib_rule_hdr& header);
    static constexpr auto header() {
        using wire::Fixed;
        return wire::Header<fib_rule_hdr, Fixed<&Rule::action, &fib_rule_hdr::action, "action">>{};
    }
    static constexpr auto fields() {
        using message::Number8, message::RulePorts, message::U32;
        using wire::Attribute, wire::Field, wire::TextIfAny;
        using R = Rule;
        return wire::Fields<
            Field<&R::to, Attribute<FRA_DST, message::Range, "to">>,
            Field<&R::from, Attribute<FRA_SRC, message::Range, "from">>,
            Field<&R::iif, Attribute<FRA_IIFNAME, TextIfAny, "iif">>,
            Field<&R::oif, Attribute<FRA_OIFNAME, TextIfAny, "oif">>,
            Field<&R::priority, Attribute<FRA_PRIORITY, U32, "priority">>,
            Field<&R::mark, Attribute<FRA_FWMARK, U32, "mark">>,
            Field<&R::mask, Attribute<FRA_FWMASK, U32, "mask">>,
            Field<&R::table, Attribute<FRA_TABLE, message::LargeTable, "table">>,
            Field<&R::uids, Attribute<FRA_UID_RANGE, message::UidRange, "uids">>,
            Field<&R::ip_protocol, Attribute<FRA_IP_PROTO, Number8, "ip_protocol">>,
            Field<&R::source_ports, Attribute<FRA_SPORT_RANGE, RulePorts, "source_ports">>,
            Field<&R::destination_ports,
                  Attribute<FRA_DPORT_RANGE, RulePorts, "destination_ports">>,
            Field<&R::suppress_prefix_length,
                  Attribute<FRA_SUPPRESS_PREFIXLEN, U32, "suppress_prefix_length">>,
            Field<&R::suppress_group, Attribute<FRA_SUPPRESS_IFGROUP, U32, "suppress_group">>,
            Field<&R::target, Attribute<FRA_GOTO, U32, "target">>,
            Field<&R::l3mdev, Attribute<FRA_L3MDEV, message::OnlyIfSet, "l3mdev">>,
            Field<&R::protocol, Attribute<FRA_PROTOCOL, Number8, "protocol">>,
            Field<&R::tun_id, Attribute<FRA_TUN_ID, message::BigEndian64, "tun_id">>,
            Field<&R::realms, Attribute<FRA_FLOW, U32, "realms">>>{};
    }
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/rule.ipp>
#endif
