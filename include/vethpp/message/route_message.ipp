// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/route_message.hpp>

#include <cstring>
#include <sys/socket.h>
#include <utility>

namespace vethpp::message {

VETHPP_INLINE void Via::write(wire::Writer& w, std::uint16_t id, const IpAddress& v) noexcept {
    const std::uint16_t family = v.is_v6() ? AF_INET6 : AF_INET;
    std::byte bytes[sizeof family + 16];
    std::memcpy(bytes, &family, sizeof family);
    const auto put = [&](const auto& address) {
        std::memcpy(bytes + sizeof family, address.data(), address.size());
        w.attribute(id, bytes, sizeof family + address.size());
    };
    if (v.is_v6())
        put(v.to_v6().to_bytes());
    else
        put(v.to_v4().to_bytes());
}

VETHPP_INLINE bool Via::read(wire::Bytes bytes, IpAddress& v) noexcept {
    return Ip::read(wire::after(bytes, sizeof(std::uint16_t)), v);
}

VETHPP_INLINE void Nexthops::write(wire::Writer& w, std::uint16_t id, const Value& v) {
    w.enclose(id, [&](wire::Writer& list) {
        for (const NexthopMessage& way : v) {
            // It begins as an attribute does: its length, and two bytes more.
            const std::uint8_t head[] = {way.head.rtnh_flags, way.head.rtnh_hops};
            std::uint16_t type = 0;
            std::memcpy(&type, head, sizeof type);
            list.enclose(type, [&](wire::Writer& one) {
                one.pod(way.head.rtnh_ifindex);
                wire::write(one, way);
            });
        }
    });
}

VETHPP_INLINE bool Nexthops::read(wire::Bytes bytes, Value& v) {
    v.clear();
    while (!bytes.empty()) {
        NexthopMessage& way = v.emplace_back();
        if (!wire::load(bytes, way.head) || way.head.rtnh_len < sizeof way.head ||
            way.head.rtnh_len > bytes.size())
            return false;
        const wire::Bytes one = bytes.first(way.head.rtnh_len);
        if (!wire::read(wire::after(one, sizeof way.head), way)) return false;
        bytes = wire::after(bytes, wire::align(one.size()));
    }
    return true;
}

// The two attributes for a gateway: one for those of the route's family, one for others.
template <class Message>
void put_gateway(Message& m, bool of_v6, const std::optional<IpAddress>& via) {
    if (via) (via->is_v6() == of_v6 ? m.gateway : m.via) = *via;
}
template <class Message>
void put_encapsulation(Message& m, const RouteEncapsulation& encapsulation) {
    if (encapsulation.type == 0) return;
    m.encapsulation_type = encapsulation.type;
    m.encapsulation = encapsulation.data;
}
template <class Message>
[[nodiscard]] RouteEncapsulation take_encapsulation(Message& m) {
    if (m.encapsulation_type.value_or(0) == 0) return {};
    return {*m.encapsulation_type, std::move(m.encapsulation).value_or(std::vector<std::byte>{})};
}

// Where packets of a route go, unless that is said.
[[nodiscard]] inline AddressScope scope_of(const Route& route, RouteType type, bool removes) {
    if (route.scope) return *route.scope;
    if (route.is_v6()) return AddressScope::universe;  // there is no other
    if (type == RouteType::local) return AddressScope::host;
    if (type == RouteType::broadcast || type == RouteType::multicast || type == RouteType::anycast)
        return AddressScope::link;
    if (removes) return AddressScope::nowhere;  // any
    const bool has_gateway = route.via || !route.nexthops.empty() || route.nexthop_id;
    return type == RouteType::unicast && !has_gateway ? AddressScope::link : AddressScope::universe;
}

[[nodiscard]] inline std::uint32_t table_of(const Route& route, RouteType type) {
    if (route.table) return *route.table;
    const bool local =
        type == RouteType::local || type == RouteType::broadcast || type == RouteType::anycast;
    return local ? RT_TABLE_LOCAL : RT_TABLE_MAIN;
}

[[nodiscard]] inline std::vector<NexthopMessage> nexthops_of(wire::Writer& w, const Route& route) {
    std::vector<NexthopMessage> ways;
    for (const RouteNexthop& way : route.nexthops) {
        NexthopMessage& m = ways.emplace_back();
        if (way.weight < 1 || way.weight > 256) w.refuse("a weight is 1 to 256");
        m.head.rtnh_hops = static_cast<std::uint8_t>(way.weight - 1);
        m.head.rtnh_flags = way.onlink ? RTNH_F_ONLINK : 0;
        m.head.rtnh_ifindex = way.link ? static_cast<int>(way.link->index()) : 0;
        put_gateway(m, route.is_v6(), way.via);
        put_encapsulation(m, way.encapsulation);
    }
    return ways;
}

// The kernel heeds that one only if it is locked.
inline constexpr std::uint32_t rto_min_lock = 1U << RTAX_RTO_MIN;

VETHPP_INLINE void write_route(wire::Writer& w, const Route& route, bool removes) {
    const auto type = route.type.value_or(removes ? RouteType{} : RouteType::unicast);
    const std::uint32_t table = table_of(route, type);
    constexpr std::uint32_t largest = 255;
    RouteMessage m{
        .family = static_cast<std::uint8_t>(route.family()),
        .tos = route.tos.value_or(0),
        .first_table = static_cast<std::uint8_t>(table <= largest ? table : RT_TABLE_UNSPEC),
        .protocol = route.protocol.value_or(removes ? RTPROT_UNSPEC : RTPROT_BOOT),
        .scope = scope_of(route, type, removes),
        .type = type,
        .flags = route.onlink ? std::uint32_t{RTNH_F_ONLINK} : 0,
        .metric = route.metric,
        .source = route.source,
        .nexthop_id = route.nexthop_id};
    if (route.destination && route.destination->length() != 0) {
        m.destination_length = route.destination->length();
        m.destination = route.destination->address();
    }
    if (route.from) {
        m.from_length = route.from->length();
        m.from = route.from->address();
    }
    put_gateway(m, route.is_v6(), route.via);
    if (route.link) m.link = route.link->index();
    if (route.metrics != RouteMetrics{}) {
        m.metrics = route.metrics;
        if (m.metrics->rto_min) m.metrics->locks = m.metrics->locks.value_or(0) | rto_min_lock;
    }
    if (!route.nexthops.empty()) m.nexthops = nexthops_of(w, route);
    if (table > largest) m.table = table;
    if (route.preference) m.preference = static_cast<std::uint8_t>(*route.preference);
    put_encapsulation(m, route.encapsulation);
    if (route.expires) {
        if (!std::in_range<std::uint32_t>(route.expires->count()))
            w.refuse("a time is 0 to 4294967295 seconds");
        m.expires = static_cast<std::uint32_t>(route.expires->count());
    }
    wire::write_message(w, m);
}

[[nodiscard]] inline RouteNexthop nexthop(NexthopMessage& m) {
    RouteNexthop way{.via = m.gateway ? m.gateway : m.via,
                     .weight = m.head.rtnh_hops + std::uint32_t{1},
                     .onlink = (m.head.rtnh_flags & RTNH_F_ONLINK) != 0,
                     .encapsulation = take_encapsulation(m),
                     .flags = m.head.rtnh_flags & ~std::uint32_t{RTNH_F_ONLINK}};
    if (m.head.rtnh_ifindex != 0)
        way.link = LinkIndex{static_cast<std::uint32_t>(m.head.rtnh_ifindex)};
    return way;
}

VETHPP_INLINE bool read_route(wire::Bytes payload, Route& route) {
    RouteMessage m;
    if (!wire::read_message(payload, m)) return false;
    const bool v6 = m.family == AF_INET6;
    route = {};
    if (m.destination) route.destination = Prefix{*m.destination, m.destination_length};
    if (m.from) route.from = Prefix{*m.from, m.from_length};
    route.via = m.gateway ? m.gateway : m.via;
    if (m.link) route.link = LinkIndex{*m.link};
    route.metric = m.metric;
    route.source = m.source;
    route.table = m.table.value_or(m.first_table);
    route.type = m.type;
    route.scope = m.scope;
    route.protocol = m.protocol;
    if (m.tos != 0) route.tos = m.tos;
    route.onlink = (m.flags & RTNH_F_ONLINK) != 0;
    route.flags = m.flags & ~std::uint32_t{RTNH_F_ONLINK};
    if (m.nexthops)
        for (NexthopMessage& way : *m.nexthops) route.nexthops.push_back(nexthop(way));
    route.nexthop_id = m.nexthop_id;
    if (m.metrics) {
        auto& locks = m.metrics->locks;
        if (locks && m.metrics->rto_min) *locks &= ~rto_min_lock;
        if (locks == 0U) locks.reset();
        route.metrics = std::move(*m.metrics);
    }
    if (m.preference) route.preference = static_cast<RoutePreference>(*m.preference);
    constexpr int ticks = 100;  // USER_HZ, a second
    if (m.cache && m.cache->rta_expires != 0)
        route.expires = std::chrono::seconds{m.cache->rta_expires / ticks};
    route.encapsulation = take_encapsulation(m);
    // Of what else is there, the default route's family could not be told.
    if (!route.destination && route.is_v6() != v6)
        route.destination = v6 ? Prefix{boost::asio::ip::address_v6{}, 0}
                               : Prefix{boost::asio::ip::address_v4{}, 0};
    return true;
}

VETHPP_INLINE const wire::Names& route_names() noexcept {
    return wire::message_names<RouteMessage>;
}

}  // namespace vethpp::message
