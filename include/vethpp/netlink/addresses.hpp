// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/list.hpp>
#include <vethpp/netlink/session.hpp>
#include <vethpp/value/interface_address.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vethpp::netlink {

enum class AddressChange { add, replace, remove };

/// Changes addresses of a link, many in one send; the first failure is reported, the others are
/// still attempted. Returns the position of the failed one.
std::size_t change_addresses(Session& session,
                             AddressChange change,
                             std::uint32_t link,
                             std::span<const InterfaceAddress> addresses,
                             Failure& failure);

/// Removes all of them.
void flush_addresses(Session& session, std::uint32_t link, Failure& failure);

/// The addresses of a link, or of all links for 0; IPv4 and IPv6.
[[nodiscard]] std::vector<AddressState> list_addresses(Session& session,
                                                       std::uint32_t link,
                                                       Failure& failure);
/// The same as they come; each is to be read as a message::AddressMessage. A kernel without strict
/// checking ignores the link and lists all.
[[nodiscard]] RawList list_raw_addresses(Session& session,
                                         std::uint32_t link,
                                         Failure& failure,
                                         int attempts = Session::dump_attempts);

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/addresses.ipp>
#endif
