// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/session.hpp>

#include <cstdint>
#include <string_view>

namespace vethpp::detail {

/// Whether links of the kind take an MTU for the user's own only where it is changed: what the
/// creating message says is then the kernel's to adjust.
[[nodiscard]] bool adjusts_its_mtu(std::string_view kind) noexcept;

/// Sets the MTU of such a link so that it stays, whatever ports come and go.
void set_own_mtu(netlink::Session& session,
                 std::uint32_t index,
                 std::uint32_t mtu,
                 Failure& failure);

/// Sets the MTU of any link, of which it asks the kind.
void set_mtu(netlink::Session& session, std::uint32_t index, std::uint32_t mtu, Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/mtu.ipp>
#endif
