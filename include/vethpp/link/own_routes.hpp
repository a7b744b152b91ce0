// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/link/options.hpp>
#include <vethpp/netlink/session.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

// The routes in the options of a link: they go by it, and stand when it stands.
namespace vethpp::detail {

using OwnRoutes = std::shared_ptr<const std::vector<Route>>;

/// Fails for one that cannot stand there.
void check_routes(const LinkOptions& options, Failure& failure);

/// Adds them to the link, which is up and has its addresses; null if there are none.
[[nodiscard]] OwnRoutes add_routes(const NetnsPtr& netns,
                                   std::uint32_t link,
                                   LinkOptions& options,
                                   Failure& failure);

/// Says of each that cannot be used what it lacks. One to the same destination will do: somebody
/// may have chosen another gateway since.
void find_missing_routes(netlink::Session& session,
                         std::uint32_t link,
                         std::span<const Route> wanted,
                         FunctionRef<void(std::string&&)> lacks,
                         Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/own_routes.ipp>
#endif
