// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/route.hpp>
#include <vethpp/netlink/session.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vethpp::netlink {

enum class RouteChange : std::uint8_t { add, replace, append, remove };

/// Told which route was refused, and how.
using OnRefusedRoute = detail::FunctionRef<void(const Route&, const Failure&)>;

/// Changes routes, many in one send. Each that is refused is reported; the others are carried out,
/// and the failure is that of the first.
void change_routes(Session& session,
                   RouteChange change,
                   std::span<const Route> routes,
                   OnRefusedRoute on_refused,
                   Failure& failure);

/// Without the names of their links.
[[nodiscard]] std::vector<Route> list_nameless_routes(Session& session,
                                                      const RouteFilter& filter,
                                                      Failure& failure);

/// Removes them; how many there were.
std::size_t flush_routes(Session& session, const RouteFilter& filter, Failure& failure);

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/routes.ipp>
#endif
