// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/route_message.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netlink/list.hpp>
#include <vethpp/netlink/routes.hpp>

#include <algorithm>
#include <linux/rtnetlink.h>
#include <utility>

namespace vethpp::netlink {

VETHPP_INLINE void change_routes(Session& session,
                                 RouteChange change,
                                 std::span<const Route> routes,
                                 OnRefusedRoute on_refused,
                                 Failure& failure) {
    const bool removes = change == RouteChange::remove;
    static constexpr int flags[] = {
        NLM_F_CREATE | NLM_F_EXCL, NLM_F_CREATE | NLM_F_REPLACE, NLM_F_CREATE | NLM_F_APPEND, 0};
    const RequestType type{
        .type = static_cast<std::uint16_t>(removes ? RTM_DELROUTE : RTM_NEWROUTE),
        .flags = static_cast<std::uint16_t>(flags[static_cast<std::size_t>(change)]),
        .names = &message::route_names()};
    session.batch(
        type,
        routes.size(),
        [&](wire::Writer& w, std::size_t i) { message::write_route(w, routes[i], removes); },
        [&](std::size_t i, const Failure& one) {
            if (on_refused) on_refused(routes[i], one);
        },
        failure);
}

// A table is there as soon as it has a route.
[[nodiscard]] inline bool is_no_table(const Failure& failure) {
    return failure.code == boost::system::errc::no_such_file_or_directory;
}

[[nodiscard]] inline std::uint32_t table_of(const RouteFilter& filter) noexcept {
    return filter.table.value_or(RT_TABLE_MAIN);
}

inline void write_route_filter(wire::Writer& w, Family family, const RouteFilter& filter) {
    rtmsg header{};
    header.rtm_family = static_cast<std::uint8_t>(family);
    header.rtm_type = static_cast<std::uint8_t>(filter.type.value_or(RouteType{}));
    if (filter.protocol) {
        if (*filter.protocol > 255) w.refuse("a protocol is 0 to 255");
        header.rtm_protocol = static_cast<std::uint8_t>(*filter.protocol);
    }
    w.pod(header);
    if (table_of(filter) != 0) message::U32::write(w, RTA_TABLE, table_of(filter));
    if (filter.link) message::U32::write(w, RTA_OIF, filter.link->index());
}

// A kernel without strict checking (before 4.20) lists all routes.
[[nodiscard]] inline bool passes(const RouteFilter& filter, const Route& route) {
    const auto is_there = [&](const RouteNexthop& way) { return way.link == filter.link; };
    if (table_of(filter) != 0 && route.table != table_of(filter)) return false;
    if (filter.type && route.type != filter.type) return false;
    if (filter.protocol && route.protocol != filter.protocol) return false;
    return !filter.link || route.link == filter.link || route.nexthop_id ||
           std::any_of(route.nexthops.begin(), route.nexthops.end(), is_there);
}

// Calls list(listing, failure) for each family.
template <class List>
void for_each_family(const RouteFilter& filter, Failure& failure, List&& list) {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        if (failure || (filter.family && filter.family != family)) continue;
        const auto ask = [&](wire::Writer& w) { write_route_filter(w, family, filter); };
        Failure once;
        list(Listing{{.type = RTM_GETROUTE}, ask, RTM_NEWROUTE}, once);
        if (!is_no_table(once)) failure.take(std::move(once));
    }
}

VETHPP_INLINE std::vector<Route> list_nameless_routes(Session& session,
                                                      const RouteFilter& filter,
                                                      Failure& failure) {
    std::vector<Route> routes;
    for_each_family(filter, failure, [&](const Listing& listing, Failure& once) {
        const RawList list = list_raw(session, listing, once);
        wire::RawMessage one;
        std::size_t count = routes.size();
        // A route takes more memory than what there is of it on the wire: it is taken once.
        for (wire::Bytes rest{list}; wire::next(rest, one);) ++count;
        routes.reserve(count);
        for (wire::Bytes rest{list}; !once && wire::next(rest, one);) {
            Route& route = routes.emplace_back();
            if (!message::read_route(one.payload, route)) once.fail(errc::malformed_reply);
            if (!passes(filter, route)) routes.pop_back();
        }
    });
    if (failure) routes.clear();
    return routes;
}

// By what one route is told from all others.
[[nodiscard]] inline Route key_of(Route&& route) {
    Route key{.destination = std::move(route.destination),
              .via = route.via,
              .link = std::move(route.link),
              .metric = route.metric,
              .table = route.table,
              .type = route.type,
              .scope = route.scope,
              .protocol = route.protocol,
              .from = std::move(route.from),
              .tos = route.tos,
              .nexthop_id = route.nexthop_id};
    // A nexthop object stands for its ways. Those of several are not told again.
    if (route.nexthop_id) {
        key.via.reset();
        key.link.reset();
    }
    if (!key.destination)
        key.destination = route.is_v6() ? Prefix{boost::asio::ip::address_v6{}, 0}
                                        : Prefix{boost::asio::ip::address_v4{}, 0};
    return key;
}

VETHPP_INLINE std::size_t flush_routes(Session& session,
                                       const RouteFilter& filter,
                                       Failure& failure) {
    std::size_t count = 0;
    for_each_family(filter, failure, [&](const Listing& listing, Failure& once) {
        const RawList list = list_raw(session, listing, once);
        std::vector<wire::Bytes> found;
        wire::Bytes rest{list};
        for (wire::RawMessage one; !once && wire::next(rest, one);) {
            Route route;
            if (!message::read_route(one.payload, route)) once.fail(errc::malformed_reply);
            if (passes(filter, route)) found.push_back(one.payload);
        }
        if (once) return;
        static constexpr RequestType type{.type = RTM_DELROUTE};
        const auto remove = [&](wire::Writer& w, std::size_t i) {
            Route route;
            (void)message::read_route(found[i], route);
            message::write_route(w, key_of(std::move(route)), true);
        };
        count += found.size();
        Failure refusals;
        const auto refused = [&](std::size_t, const Failure& one) {
            --count;
            // Others may be at it, too.
            if (one.code != boost::system::errc::no_such_process) once.take(Failure{one});
        };
        session.batch(type, found.size(), remove, refused, refusals);
        // Of the session itself.
        if (count != 0 && refusals.code.category() == error_category())
            once.take(std::move(refusals));
    });
    return count;
}

}  // namespace vethpp::netlink
