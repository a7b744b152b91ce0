// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/message/route.hpp>
#include <vethpp/message/route_words.hpp>

#include <utility>

namespace vethpp {
namespace detail {

using Word = std::pair<std::uint32_t, std::string_view>;

// The word for a number, or the number.
template <std::size_t N>
[[nodiscard]] std::string word_for(std::uint32_t number, const Word (&words)[N]) {
    for (const auto& [its, word] : words)
        if (its == number) return std::string{word};
    return std::to_string(number);
}

// Those of iproute2's rt_protos.
VETHPP_INLINE std::string protocol_word(std::uint32_t protocol) {
    static constexpr Word words[] = {
        {0, "unspec"},    {1, "redirect"}, {2, "kernel"}, {3, "boot"},   {4, "static"},
        {8, "gated"},     {9, "ra"},       {10, "mrt"},   {11, "zebra"}, {12, "bird"},
        {13, "dnrouted"}, {14, "xorp"},    {15, "ntk"},   {16, "dhcp"},  {18, "keepalived"},
        {42, "babel"},    {99, "openr"},   {186, "bgp"},  {187, "isis"}, {188, "ospf"},
        {189, "rip"},     {192, "eigrp"}};
    return word_for(protocol, words);
}

[[nodiscard]] inline std::string table_word(std::uint32_t table) {
    static constexpr Word words[] = {{255, "local"}, {254, "main"}, {253, "default"}};
    return word_for(table, words);
}

VETHPP_INLINE std::string scope_word(AddressScope scope) {
    static constexpr Word words[] = {
        {0, "global"}, {255, "nowhere"}, {254, "host"}, {253, "link"}, {200, "site"}};
    return word_for(static_cast<std::uint32_t>(scope), words);
}

[[nodiscard]] inline std::string encapsulation_word(std::uint32_t type) {
    static constexpr Word words[] = {{1, "mpls"},
                                     {2, "ip"},
                                     {3, "ila"},
                                     {4, "ip6"},
                                     {5, "seg6"},
                                     {6, "bpf"},
                                     {7, "seg6local"},
                                     {8, "rpl"},
                                     {9, "ioam6"},
                                     {10, "xfrm"}};
    return word_for(type, words);
}

// A prefix as ip(8) says it.
[[nodiscard]] inline std::string range(const Prefix& prefix) {
    if (prefix.is_valid() && prefix.length() == 0) return "default";
    const bool one = prefix.is_valid() && prefix.length() == (prefix.is_v6() ? 128 : 32);
    return one ? prefix.address().to_string() : prefix.to_string();
}

VETHPP_INLINE void append_route_flags(std::string& out, std::uint32_t flags, bool onlink) {
    if ((flags & RTNH_F_DEAD) != 0) out += " dead";
    if (onlink) out += " onlink";
    if ((flags & RTNH_F_PERVASIVE) != 0) out += " pervasive";
    if ((flags & RTNH_F_OFFLOAD) != 0) out += " offload";
    if ((flags & RTNH_F_TRAP) != 0) out += " trap";
    if ((flags & RTNH_F_LINKDOWN) != 0) out += " linkdown";
    if ((flags & RTNH_F_UNRESOLVED) != 0) out += " unresolved";
}

VETHPP_INLINE void append_way(std::string& out,
                              bool of_v6,
                              const RouteEncapsulation& encapsulation,
                              const std::optional<IpAddress>& via) {
    if (encapsulation.type != 0) {
        out += concat({" encap ", encapsulation_word(encapsulation.type), " "});
        for (const std::byte byte : encapsulation.data)
            out += hex(std::to_integer<std::uint32_t>(byte), 2);
    }
    if (!via) return;
    const bool other = via->is_valid() && via->is_v6() != of_v6;
    out += concat({" via ", other ? via->is_v6() ? "inet6 " : "inet " : "", via->to_string()});
}

inline void append_metrics(std::string& out, const RouteMetrics& metrics) {
    const auto put =
        [&](std::string_view word, unsigned bit, const std::optional<std::uint32_t>& value) {
            if (!value) return;
            const bool locked = (metrics.locks.value_or(0) >> bit & 1U) != 0;
            out += concat({" ", word, locked ? " lock " : " ", std::to_string(*value)});
        };
    const auto put_time = [&](std::string_view word,
                              const std::optional<std::chrono::milliseconds>& time) {
        if (time) out += concat({" ", word, " ", std::to_string(time->count()), "ms"});
    };
    put("mtu", RTAX_MTU, metrics.mtu);
    put("window", RTAX_WINDOW, metrics.window);
    put_time("rtt", metrics.rtt);
    put_time("rttvar", metrics.rtt_var);
    put("ssthresh", RTAX_SSTHRESH, metrics.ssthresh);
    put("cwnd", RTAX_CWND, metrics.cwnd);
    put("advmss", RTAX_ADVMSS, metrics.advmss);
    put("reordering", RTAX_REORDERING, metrics.reordering);
    put("hoplimit", RTAX_HOPLIMIT, metrics.hoplimit);
    put("initcwnd", RTAX_INITCWND, metrics.initcwnd);
    if (metrics.features) {
        out += " features";
        const std::uint32_t rest = *metrics.features & ~std::uint32_t{RTAX_FEATURE_ECN};
        if (rest != *metrics.features) out += " ecn";
        if (rest != 0) out += concat({" 0x", hex(rest, 8)});
    }
    put_time("rto_min lock", metrics.rto_min);
    put("initrwnd", RTAX_INITRWND, metrics.initrwnd);
    put("quickack", RTAX_QUICKACK, metrics.quickack);
    if (metrics.congestion_control) out += concat({" congctl ", *metrics.congestion_control});
    put("fastopen_no_cookie", RTAX_FASTOPEN_NO_COOKIE, metrics.fastopen_no_cookie);
}

inline void append_nexthop(std::string& out, bool of_v6, const RouteNexthop& way) {
    append_way(out, of_v6, way.encapsulation, way.via);
    if (way.link) out += concat({" dev ", way.link->to_string()});
    out += concat({" weight ", std::to_string(way.weight)});
    append_route_flags(out, way.flags, way.onlink);
}

}  // namespace detail

VETHPP_INLINE std::string_view to_string(RouteType type) noexcept {
    static constexpr std::string_view words[] = {"unspec",
                                                 "unicast",
                                                 "local",
                                                 "broadcast",
                                                 "anycast",
                                                 "multicast",
                                                 "blackhole",
                                                 "unreachable",
                                                 "prohibit",
                                                 "throw"};
    const auto number = static_cast<std::size_t>(type);
    return number < std::size(words) ? words[number] : "unknown";
}

VETHPP_INLINE std::string_view to_string(RoutePreference preference) noexcept {
    if (preference == RoutePreference::high) return "high";
    return preference == RoutePreference::low ? "low" : "medium";
}

VETHPP_INLINE std::string RouteNexthop::to_string() const {
    std::string out;
    detail::append_nexthop(out, via && via->is_v6(), *this);
    return out.substr(1);
}

VETHPP_INLINE Family Route::family() const noexcept {
    const auto of = [](bool v6) { return v6 ? Family::ipv6 : Family::ipv4; };
    if (destination) return of(destination->is_v6());
    if (via) return of(via->is_v6());
    if (from) return of(from->is_v6());
    if (source) return of(source->is_v6());
    for (const RouteNexthop& way : nexthops)
        if (way.via) return of(way.via->is_v6());
    return Family::ipv4;
}

VETHPP_INLINE std::string Route::to_string() const {
    using detail::concat;
    std::string out;
    if (type && *type != RouteType::unicast) out = concat({vethpp::to_string(*type), " "});
    out += destination ? detail::range(*destination) : "default";
    if (from) out += concat({" from ", detail::range(*from)});
    if (nexthop_id) out += concat({" nhid ", std::to_string(*nexthop_id)});
    if (tos && *tos != 0) out += concat({" tos 0x", detail::hex(*tos, 2)});
    detail::append_way(out, is_v6(), encapsulation, via);
    if (link) out += concat({" dev ", link->to_string()});
    if (table && *table != RT_TABLE_MAIN) out += concat({" table ", detail::table_word(*table)});
    const bool is_answer = (flags & RTM_F_CLONED) != 0;
    if (!is_answer && protocol && *protocol != RTPROT_BOOT)
        out += concat({" proto ", detail::protocol_word(*protocol)});
    if (!is_answer && scope && *scope != AddressScope::universe)
        out += concat({" scope ", detail::scope_word(*scope)});
    if (source) out += concat({" src ", source->to_string()});
    if (metric) out += concat({" metric ", std::to_string(*metric)});
    detail::append_route_flags(out, flags, onlink);
    if (expires) out += concat({" expires ", std::to_string(expires->count()), "sec"});
    detail::append_metrics(out, metrics);
    if (preference) out += concat({" pref ", vethpp::to_string(*preference)});
    for (const RouteNexthop& way : nexthops) {
        out += " nexthop";
        detail::append_nexthop(out, is_v6(), way);
    }
    return out;
}

}  // namespace vethpp
