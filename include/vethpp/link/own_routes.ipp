// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/own_routes.hpp>
#include <vethpp/link/routes.hpp>
#include <vethpp/netns/state.hpp>

#include <algorithm>
#include <linux/rtnetlink.h>
#include <utility>

namespace vethpp::detail {

// Makes it a route by that link; fails if it is to go elsewhere.
inline void put_link(Route& route, std::uint32_t link, const std::string& name, Failure& failure) {
    if (failure) return;
    if (route.nexthop_id || !leads_on(route.type.value_or(RouteType::unicast)))
        return failure.fail(errc::invalid_option, "it goes by no link; Routes adds it");
    LinkIndex own{link};
    own.set_name(name);
    const auto put = [&](std::optional<LinkIndex>& place) {
        if (place && *place != own)
            failure.fail(errc::invalid_option, "it goes by another link; Routes adds it");
        place = own;
    };
    if (route.nexthops.empty()) put(route.link);
    for (RouteNexthop& way : route.nexthops) put(way.link);
}

VETHPP_INLINE void check_routes(const LinkOptions& options, Failure& failure) {
    for (const Route& route : options.routes) {
        if (failure) return;
        Route own = route;
        put_link(own, options.index.value_or(0), options.name, failure);
        check_route(own, failure);
        if (!options.up)
            failure.fail(errc::invalid_option, "a route needs its link to be up (.up = true)");
        if (own.is_v6() && !options.ipv6.value_or(true))
            failure.fail(errc::invalid_option, "an IPv6 route without IPv6");
        if (failure) failure.context.object = concat({options.name, ", ", route.to_string()});
    }
}

VETHPP_INLINE OwnRoutes add_routes(const NetnsPtr& netns,
                                   std::uint32_t link,
                                   LinkOptions& options,
                                   Failure& failure) {
    if (failure || options.routes.empty()) return {};
    for (Route& route : options.routes) put_link(route, link, options.name, failure);
    change_routes(netns, netlink::RouteChange::add, options.routes, failure);
    if (failure) {
        failure.context.object = concat({options.name, ", ", failure.context.object});
        failure.context.netns = netns->label;
        return {};
    }
    return std::make_shared<const std::vector<Route>>(std::move(options.routes));
}

// What is there may be another one by now: it is enough that packets to there have a way.
[[nodiscard]] inline bool serves(const Route& there, const Route& wanted) {
    const auto number = [](const std::optional<std::uint32_t>& value, std::uint32_t otherwise) {
        return value.value_or(otherwise);
    };
    const auto is_default = [](const Route& route) {
        return !route.destination || route.destination->length() == 0;
    };
    return there.is_v6() == wanted.is_v6() &&
           (there.destination == wanted.destination || (is_default(there) && is_default(wanted))) &&
           there.from == wanted.from && there.table == number(wanted.table, RT_TABLE_MAIN) &&
           (!wanted.metric || there.metric == wanted.metric ||
            number(there.metric, 0) == *wanted.metric) &&
           number(there.tos, 0) == number(wanted.tos, 0);
}

VETHPP_INLINE void find_missing_routes(netlink::Session& session,
                                       std::uint32_t link,
                                       std::span<const Route> wanted,
                                       FunctionRef<void(std::string&&)> lacks,
                                       Failure& failure) {
    const std::vector<Route> all =
        netlink::list_nameless_routes(session, {.table = 0, .link = LinkIndex{link}}, failure);
    if (failure) return;
    for (const Route& route : wanted) {
        constexpr std::uint32_t unusable = RTNH_F_DEAD | RTNH_F_LINKDOWN;
        const auto found = std::find_if(
            all.begin(), all.end(), [&](const Route& one) { return serves(one, route); });
        if (found != all.end() && (found->flags & unusable) == 0) continue;
        const bool is_there = found != all.end();
        lacks(concat(
            {"the route ", route.to_string(), is_there ? " is not usable yet" : " is not there"}));
    }
}

}  // namespace vethpp::detail
