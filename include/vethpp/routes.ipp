// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/link/routes.hpp>
#include <vethpp/netlink/route_queries.hpp>
#include <vethpp/netns/attempt_in.hpp>
#include <vethpp/netns/own_link.hpp>
#include <vethpp/routes.hpp>

#include <string>

namespace vethpp {
namespace detail {

inline void change(const NetnsRef& netns,
                   netlink::RouteChange how,
                   std::span<const Route> routes,
                   OnError on_error) {
    static constexpr const char* one[] = {
        "add the route", "replace the route", "append the route", "remove the route"};
    static constexpr const char* many[] = {
        "add the routes", "replace the routes", "append the routes", "remove the routes"};
    const bool single = routes.size() == 1;
    const char* const operation = (single ? one : many)[static_cast<std::size_t>(how)];
    const std::string text = single ? routes.front().to_string() : std::string{};
    attempt({operation, text, netns.label()}, on_error, [&](Failure& failure) {
        const NetnsPtr state = netns.resolve(failure);
        if (!failure) change_routes(state, how, routes, failure);
    });
}

}  // namespace detail

VETHPP_INLINE void Routes::add(std::span<const Route> routes, OnError on_error) const {
    detail::change(netns_, netlink::RouteChange::add, routes, on_error);
}

VETHPP_INLINE void Routes::replace(std::span<const Route> routes, OnError on_error) const {
    detail::change(netns_, netlink::RouteChange::replace, routes, on_error);
}

VETHPP_INLINE void Routes::append(const Route& route, OnError on_error) const {
    detail::change(netns_, netlink::RouteChange::append, {&route, 1}, on_error);
}

VETHPP_INLINE void Routes::remove(std::span<const Route> routes, OnError on_error) const {
    detail::change(netns_, netlink::RouteChange::remove, routes, on_error);
}

VETHPP_INLINE std::vector<Route> Routes::list(const RouteFilter& filter, OnError on_error) const {
    return detail::attempt(
        {"list the routes", {}, netns_.label()}, on_error, [&](Failure& failure) {
            const detail::NetnsPtr netns = netns_.resolve(failure);
            detail::check_link(filter.link, netns, failure);
            return failure ? std::vector<Route>{}
                           : netlink::list_routes(netns->session, filter, failure);
        });
}

VETHPP_INLINE std::size_t Routes::flush(const RouteFilter& filter, OnError on_error) const {
    return detail::attempt(
        {"flush the routes", {}, netns_.label()}, on_error, [&](Failure& failure) {
            const detail::NetnsPtr netns = netns_.resolve(failure);
            detail::check_link(filter.link, netns, failure);
            return failure ? 0 : netlink::flush_routes(netns->session, filter, failure);
        });
}

VETHPP_INLINE RoutePath Routes::find(const IpAddress& to,
                                     const RouteQuery& query,
                                     OnError on_error) const {
    const std::string text = to.to_string();
    return detail::attempt(
        {"find the route", text, netns_.label()}, on_error, [&](Failure& failure) {
            const detail::NetnsPtr netns = netns_.resolve(failure);
            detail::check_ip(to, failure);
            if (query.from) detail::check_ip(*query.from, failure);
            if (query.from && query.from->is_v6() != to.is_v6())
                failure.fail(errc::invalid_option, "the source is of another family");
            detail::check_link(query.input, netns, failure);
            detail::check_link(query.link, netns, failure);
            if (failure) return RoutePath{};
            RoutePath found = netlink::find_route(netns->session, to, query, failure);
            if (failure.code == boost::system::errc::network_unreachable)
                failure.explain("no route leads there");
            return found;
        });
}

}  // namespace vethpp
