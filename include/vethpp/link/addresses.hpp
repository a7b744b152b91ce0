// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/addresses.hpp>
#include <vethpp/netns/ptr.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace vethpp::detail {

/// Adds or replaces addresses of a link, and sees to what the kernel needs beforehand. Says of a
/// failure what is known, and returns the position of the address that failed.
std::size_t put_addresses(const NetnsPtr& netns,
                          std::uint32_t link,
                          netlink::AddressChange change,
                          std::span<const InterfaceAddress> addresses,
                          Failure& failure);

/// Removes an address; one that has a peer also where that is not given, if it is the only one.
void remove_address(netlink::Session& session,
                    std::uint32_t link,
                    const InterfaceAddress& address,
                    Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/addresses.ipp>
#endif
