// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/routes.hpp>

#include <vector>

namespace vethpp::netlink {

/// With the names of their links.
[[nodiscard]] std::vector<Route> list_routes(Session& session,
                                             const RouteFilter& filter,
                                             Failure& failure);
[[nodiscard]] RoutePath find_route(Session& session,
                                   const IpAddress& to,
                                   const RouteQuery& query,
                                   Failure& failure);

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/route_queries.ipp>
#endif
