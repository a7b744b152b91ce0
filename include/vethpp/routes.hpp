// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/route.hpp>
#include <vethpp/message/route_query.hpp>
#include <vethpp/netlink/list.hpp>
#include <vethpp/netns/attempt_in.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace vethpp {

/// The routes of a namespace (rtnetlink(7), ip-route(8)).
///
///     vethpp::Routes{router}.add({.destination = "10.0.1.0/24", .via = "10.0.2.1"});
///
/// **Blocking.** Each call is one request, but list(), which is two. **Errors.** An Error names the
/// route and the namespace; changing needs CAP_NET_ADMIN there.
class Routes {
public:
    explicit Routes(NetnsRef netns) noexcept : netns_{std::move(netns)} {}

    /// Fails with EEXIST if there is one to that destination with that metric.
    void add(const Route& route, OnError on_error = {}) const {
        change("add the route", RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route, on_error);
    }
    /// Adds it, or changes the one to that destination with that metric.
    void replace(const Route& route, OnError on_error = {}) const {
        change("replace the route", RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route, on_error);
    }
    /// Removes the first that agrees with all that is given; ESRCH if there is none.
    void remove(Route route, OnError on_error = {}) const {
        if (!route.scope) route.scope = AddressScope::nowhere;  // any
        change("remove the route", RTM_DELROUTE, 0, route, on_error);
    }
    /// Those of a table, IPv4 first.
    [[nodiscard]] std::vector<Route> list(std::uint32_t table = RT_TABLE_MAIN,
                                          OnError on_error = {}) const {
        return detail::attempt_in(
            netns_,
            "list the routes",
            {},
            on_error,
            [&](netlink::Session& session, Failure& failure) {
                std::vector<Route> routes;
                for (const char* any : {"0.0.0.0", "::"}) {
                    const auto ask = [&](wire::Writer& w) {
                        rtmsg header{};
                        Route{.via = any}.complete(header);
                        w.pod(header);
                        message::U32::write(w, RTA_TABLE, table);
                    };
                    Failure once;
                    // A kernel without strict checking lists all tables.
                    for (Route& route : netlink::list<Route>(
                             session, {{.type = RTM_GETROUTE}, ask, RTM_NEWROUTE}, once))
                        if (route.table == table) routes.push_back(std::move(route));
                    // A table is there as soon as it has a route.
                    if (once.code != boost::system::errc::no_such_file_or_directory)
                        failure.take(std::move(once));
                }
                return routes;
            });
    }
    /// Which way a packet to that address goes, as `ip route get`; ENETUNREACH if none.
    [[nodiscard]] Route find(const IpAddress& to, OnError on_error = {}) const {
        const std::string text = to.to_string();
        return detail::attempt_in(
            netns_,
            "find the route",
            text,
            on_error,
            [&](netlink::Session& session, Failure& failure) {
                detail::check_ip(to, failure);
                Route found;
                session.request(
                    {.type = RTM_GETROUTE},
                    [&](wire::Writer& w) { message::write_route_query(w, to, 0); },
                    [&](const wire::RawMessage& m) { (void)wire::read_message(m.payload, found); },
                    failure);
                return found;
            });
    }

private:
    void change(
        const char* operation, std::uint16_t type, int flags, Route route, OnError on_error) const {
        const std::string text = route.to_string();
        detail::attempt_in(
            netns_, operation, text, on_error, [&](netlink::Session& session, Failure& failure) {
                if (route.destination) detail::check_prefix(*route.destination, failure);
                if (route.via) detail::check_ip(*route.via, failure);
                if (route.source) detail::check_ip(*route.source, failure);
                // What ip(8) says where nothing is said.
                if (!route.table) route.table = RT_TABLE_MAIN;
                if (type == RTM_NEWROUTE && !route.type) route.type = RouteType::unicast;
                if (type == RTM_NEWROUTE && !route.protocol) route.protocol = RTPROT_BOOT;
                if (!route.scope && route.type == RouteType::unicast && !route.via)
                    route.scope = AddressScope::link;
                session.request(
                    {.type = type,
                     .flags = static_cast<std::uint16_t>(flags),
                     .names = &wire::message_names<Route>},
                    [&](wire::Writer& w) { wire::write_message(w, route); },
                    failure);
                if (failure.code == boost::system::errc::network_unreachable)
                    failure.explain("no link of the namespace leads to the gateway");
            });
    }
    NetnsRef netns_;
};

}  // namespace vethpp
