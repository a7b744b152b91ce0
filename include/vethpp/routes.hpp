// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/route.hpp>
#include <vethpp/netns/ref.hpp>

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace vethpp {

/// The routes of a namespace (rtnetlink(7), ip-route(8)).
///
///     vethpp::Routes{router}.add({.destination = "10.0.1.0/24", .via = "10.0.2.1"});
///
/// **Blocking.** Each call is one request, but for those of many routes, of which some 64 go in one
/// send, list() and find(), which also look up names of links. **Errors.** An Error names the route
/// and the namespace; changing needs CAP_NET_ADMIN there.
class Routes {
public:
    explicit Routes(NetnsRef netns) noexcept : netns_{std::move(netns)} {}

    /// Fails with EEXIST if there is one to that destination with that metric.
    void add(const Route& route, OnError on_error = {}) const { add({&route, 1}, on_error); }
    /// Adds it, or changes the one to that destination with that metric.
    void replace(const Route& route, OnError on_error = {}) const {
        replace({&route, 1}, on_error);
    }
    /// Adds it behind those to that destination with that metric; of IPv6, as one more way of it.
    void append(const Route& route, OnError on_error = {}) const;
    /// Removes the first that agrees with all that is given; ESRCH if there is none.
    void remove(const Route& route, OnError on_error = {}) const { remove({&route, 1}, on_error); }

    /// The same for many. None is tried if one is invalid. Those that the kernel refuses do not
    /// hold up the others: the Error names the first, and says how many more there were.
    void add(std::span<const Route> routes, OnError on_error = {}) const;
    void replace(std::span<const Route> routes, OnError on_error = {}) const;
    void remove(std::span<const Route> routes, OnError on_error = {}) const;

    /// Those of the table "main", or what the filter says, IPv4 first; with the names of their
    /// links. A table without routes is an empty list.
    [[nodiscard]] std::vector<Route> list(const RouteFilter& filter = {},
                                          OnError on_error = {}) const;
    /// Removes what list() with that filter would list, the kernel's own included, and says how
    /// many there were.
    std::size_t flush(const RouteFilter& filter, OnError on_error = {}) const;

    /// Which way a packet to that address goes, as `ip route get`: gateway, link, source, MTU.
    /// ENETUNREACH if there is none, EHOSTUNREACH, EACCES and EINVAL for routes of type
    /// unreachable, prohibit and blackhole.
    [[nodiscard]] RoutePath find(const IpAddress& to,
                                 const RouteQuery& query = {},
                                 OnError on_error = {}) const;
    [[nodiscard]] RoutePath find(const IpAddress& to, ErrorCode auto& ec) const {
        return find(to, {}, ec);
    }

private:
    NetnsRef netns_;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/routes.ipp>
#endif
