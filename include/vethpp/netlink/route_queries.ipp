// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/route_message.hpp>
#include <vethpp/netlink/link_names.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netlink/list.hpp>
#include <vethpp/netlink/route_queries.hpp>

#include <algorithm>
#include <linux/rtnetlink.h>
#include <utility>

namespace vethpp::netlink {

VETHPP_INLINE std::vector<Route> list_routes(Session& session,
                                             const RouteFilter& filter,
                                             Failure& failure) {
    std::vector<Route> routes = list_nameless_routes(session, filter, failure);
    LinkNames names{session};
    for (Route& route : routes) {
        names.put(route.link);
        for (RouteNexthop& way : route.nexthops) names.put(way.link);
    }
    return routes;
}

inline void write_route_question(wire::Writer& w, const IpAddress& to, const RouteQuery& query) {
    const auto bits = [](const IpAddress& address) {
        return static_cast<std::uint8_t>(address.is_v6() ? 128 : 32);
    };
    const auto port = [&](const std::optional<std::uint32_t>& number) {
        if (number && !std::in_range<std::uint16_t>(*number)) w.refuse("a port is 0 to 65535");
        return number ? std::optional{static_cast<std::uint16_t>(*number)} : std::nullopt;
    };
    // Of IPv6, the table is told without being asked for.
    const std::uint32_t table = to.is_v6() ? 0 : RTM_F_LOOKUP_TABLE;
    message::RouteMessage m{
        .family = static_cast<std::uint8_t>(to.is_v6() ? Family::ipv6 : Family::ipv4),
        .destination_length = bits(to),
        .tos = query.tos.value_or(0),
        .flags = table | (query.entry ? std::uint32_t{RTM_F_FIB_MATCH} : 0),
        .destination = to,
        .from = query.from,
        .mark = query.mark,
        .uid = query.uid,
        .ip_protocol = query.ip_protocol,
        .source_port = port(query.source_port),
        .destination_port = port(query.destination_port)};
    if (query.from) m.from_length = bits(*query.from);
    if (query.input) m.input = query.input->index();
    if (query.link) m.link = query.link->index();
    wire::write_message(w, m);
}

VETHPP_INLINE RoutePath find_route(Session& session,
                                   const IpAddress& to,
                                   const RouteQuery& query,
                                   Failure& failure) {
    RoutePath found;
    bool good = true;
    session.request(
        {.type = RTM_GETROUTE, .names = &message::route_names()},
        [&](wire::Writer& w) { write_route_question(w, to, query); },
        [&](const wire::RawMessage& m) { good = message::read_route(m.payload, found); },
        failure);
    if (!good) failure.fail(errc::malformed_reply);
    if (failure) return {};
    if (found.metrics.mtu) found.mtu = *found.metrics.mtu;
    if (!found.link) return found;
    Failure gone;
    const auto link = look_up(session, {.index = found.link->index()}, gone);
    found.link->set_name(link.name);
    if (found.mtu == 0) found.mtu = link.mtu;
    return found;
}

}  // namespace vethpp::netlink
