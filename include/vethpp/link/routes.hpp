// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/routes.hpp>
#include <vethpp/netns/ptr.hpp>

#include <span>

namespace vethpp::detail {

/// Changes routes of a namespace. Of several that are refused, the failure is that of the first,
/// whose text is in context.object; the others are carried out.
void change_routes(const NetnsPtr& netns,
                   netlink::RouteChange change,
                   std::span<const Route> routes,
                   Failure& failure);

/// Fails for what the kernel would read as something else, skip, or refuse without a word.
void check_route(const Route& route, Failure& failure);
/// Packets that take it go on; those of the others end here.
[[nodiscard]] bool leads_on(RouteType type) noexcept;

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/routes.ipp>
#endif
