// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/message/rule.hpp>

#include <array>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace vethpp {

VETHPP_INLINE std::string_view to_string(RuleAction action) noexcept {
    switch (action) {
        case RuleAction::to_table:
            return "lookup";
        case RuleAction::go_to:
            return "goto";
        case RuleAction::nop:
            return "nop";
        case RuleAction::blackhole:
            return "blackhole";
        case RuleAction::unreachable:
            return "unreachable";
        case RuleAction::prohibit:
            return "prohibit";
    }
    return "unknown";
}

namespace message {

VETHPP_INLINE void RulePorts::write(wire::Writer& w, std::uint16_t id, const Value& v) noexcept {
    if (!v.is_within(1, 65535)) w.refuse("ports are 1 to 65535, the first not above the last");
    const fib_rule_port_range range{.start = static_cast<__u16>(v.first()),
                                    .end = static_cast<__u16>(v.last())};
    w.attribute(id, &range, sizeof range);
}
VETHPP_INLINE bool RulePorts::read(wire::Bytes bytes, Value& v) noexcept {
    fib_rule_port_range range{};
    if (!wire::load(bytes, range)) return false;
    v = {range.start, range.end};
    return true;
}

VETHPP_INLINE void UidRange::write(wire::Writer& w, std::uint16_t id, const Value& v) noexcept {
    if (!v.is_within(0, 0xfffffffe))
        w.refuse("users are 0 to 4294967294, the first not above the last");
    const fib_rule_uid_range range{.start = static_cast<__u32>(v.first()),
                                   .end = static_cast<__u32>(v.last())};
    w.attribute(id, &range, sizeof range);
}
VETHPP_INLINE bool UidRange::read(wire::Bytes bytes, Value& v) noexcept {
    fib_rule_uid_range range{};
    if (!wire::load(bytes, range)) return false;
    v = {range.start, range.end};
    return true;
}

VETHPP_INLINE void BigEndian64::write(wire::Writer& w, std::uint16_t id, Value v) noexcept {
    std::array<unsigned char, 8> bytes{};
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte, v >>= 8U)
        *byte = static_cast<unsigned char>(v & 0xffU);
    w.attribute(id, bytes.data(), bytes.size());
}
VETHPP_INLINE bool BigEndian64::read(wire::Bytes bytes, Value& v) noexcept {
    std::array<unsigned char, 8> loaded{};
    if (!wire::load(bytes, loaded)) return false;
    v = 0;
    for (const unsigned char byte : loaded) v = (v << 8U) | byte;
    return true;
}

}  // namespace message

namespace detail {

[[nodiscard]] inline std::string rule_prefix(const std::optional<Prefix>& prefix) {
    if (!prefix || (prefix->is_valid() && prefix->length() == 0)) return "all";
    const bool one = prefix->is_valid() && prefix->length() == (prefix->is_v6() ? 128 : 32);
    return one ? prefix->address().to_string() : prefix->to_string();
}

[[nodiscard]] inline std::string short_hex(std::uint32_t number) {
    std::size_t digits = 1;
    while (digits < 8 && number >> (4 * digits) != 0) ++digits;
    return concat({"0x", hex(number, digits)});
}

// By the name that ip(8) knows without a file.
[[nodiscard]] inline std::string table_name(std::uint32_t table) {
    if (table == RT_TABLE_LOCAL) return "local";
    if (table == RT_TABLE_MAIN) return "main";
    if (table == RT_TABLE_DEFAULT) return "default";
    return std::to_string(table);
}

[[nodiscard]] inline std::string ip_protocol_name(std::uint32_t protocol) {
    if (protocol == IPPROTO_TCP) return "tcp";
    if (protocol == IPPROTO_UDP) return "udp";
    if (protocol == IPPROTO_ICMP) return "icmp";
    if (protocol == IPPROTO_ICMPV6) return "ipv6-icmp";
    if (protocol == IPPROTO_SCTP) return "sctp";
    return "ipproto-" + std::to_string(protocol);
}

}  // namespace detail

VETHPP_INLINE std::string Rule::to_string() const {
    std::string out = priority ? std::to_string(*priority) + ": " : "";
    if (invert) out += "not ";
    out += "from " + detail::rule_prefix(from);
    if (to) out += " to " + detail::rule_prefix(to);
    if (tos.value_or(0) != 0) out += " tos " + detail::short_hex(*tos);
    if (mark || mask) {
        out += " fwmark " + detail::short_hex(mark.value_or(0));
        if (mask.value_or(0xffffffff) != 0xffffffff) out += "/" + detail::short_hex(*mask);
    }
    if (!iif.empty()) out += " iif " + iif + (iif_detached ? " [detached]" : "");
    if (!oif.empty()) out += " oif " + oif + (oif_detached ? " [detached]" : "");
    if (l3mdev) out += " lookup [l3mdev-table]";
    if (uids)
        out += detail::concat(
            {" uidrange ", std::to_string(uids->first()), "-", std::to_string(uids->last())});
    if (ip_protocol) out += " ipproto " + detail::ip_protocol_name(*ip_protocol);
    if (source_ports) out += " sport " + source_ports->to_string();
    if (destination_ports) out += " dport " + destination_ports->to_string();
    if (tun_id) out += " tun_id " + std::to_string(*tun_id);
    if (table) out += " lookup " + detail::table_name(*table);
    if (suppress_prefix_length)
        out += " suppress_prefixlength " + std::to_string(*suppress_prefix_length);
    if (suppress_group) out += " suppress_ifgroup " + std::to_string(*suppress_group);
    if (realms)
        out += detail::concat({" realms ",
                               *realms >> 16U != 0 ? std::to_string(*realms >> 16U) + "/" : "",
                               std::to_string(*realms & 0xffffU)});
    if (target)
        out +=
            detail::concat({" goto ", std::to_string(*target), unresolved ? " [unresolved]" : ""});
    else if (action && *action != RuleAction::to_table)
        out += detail::concat({" ", vethpp::to_string(*action)});
    if (protocol && *protocol != RTPROT_KERNEL && *protocol != RTPROT_UNSPEC)
        out += " proto " + std::to_string(*protocol);
    return out;
}

VETHPP_INLINE void Rule::complete(fib_rule_hdr& header) const noexcept {
    header.family = is_v6() ? AF_INET6 : AF_INET;
    if (from) header.src_len = from->length();
    if (to) header.dst_len = to->length();
    header.tos = static_cast<__u8>(tos.value_or(0));
    if (table && *table <= 255) header.table = static_cast<__u8>(*table);
    if (invert) header.flags |= FIB_RULE_INVERT;
}

VETHPP_INLINE void Rule::adopt(const fib_rule_hdr& header) {
    family = header.family == AF_INET6 ? Family::ipv6 : Family::ipv4;
    if (from) from = Prefix{from->address(), header.src_len};
    if (to) to = Prefix{to->address(), header.dst_len};
    if (header.tos != 0) tos = header.tos;
    if (!priority) priority = 0;
    if (!table) table = header.table;
    // The kernel lists them also where there are none.
    if (table == std::uint32_t{RT_TABLE_UNSPEC}) table.reset();
    if (suppress_prefix_length == 0xffffffffU) suppress_prefix_length.reset();
    if (suppress_group == 0xffffffffU) suppress_group.reset();
    invert = (header.flags & FIB_RULE_INVERT) != 0;
    unresolved = (header.flags & FIB_RULE_UNRESOLVED) != 0;
    iif_detached = (header.flags & FIB_RULE_IIF_DETACHED) != 0;
    oif_detached = (header.flags & FIB_RULE_OIF_DETACHED) != 0;
}

}  // namespace vethpp
