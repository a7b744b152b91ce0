// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/session.hpp>

#include <cstdint>
#include <optional>

namespace vethpp::netlink {

/// The number by which the session's namespace knows another one, as in IFLA_LINK_NETNSID; empty if
/// it knows it by none.
std::optional<std::int32_t> get_namespace_id(Session& session, int netns, Failure& failure);

/// The same, and a number is given to one that has none.
std::optional<std::int32_t> assign_namespace_id(Session& session, int netns, Failure& failure);

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/namespace_ids.ipp>
#endif
