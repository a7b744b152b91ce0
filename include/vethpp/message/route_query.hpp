// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/ip_address.hpp>
#include <vethpp/wire/writer.hpp>

#include <cstdint>

namespace vethpp::message {

/// Asks how the kernel would treat a packet to this address that came by the link (RTM_GETROUTE).
/// flags: RTM_F_FIB_MATCH (Linux 4.13) asks for the entry of the table instead, which costs the
/// kernel less: for IPv6 it chooses a source among all addresses of the namespace otherwise.
/// domain: the VRF of the link, whose table is asked; 0 for none.
void write_route_query(wire::Writer& w,
                       const IpAddress& address,
                       std::uint32_t link,
                       std::uint32_t flags = 0,
                       std::uint32_t domain = 0);

/// The answer: the address is one of this namespace's own, and packets to it are delivered.
[[nodiscard]] bool is_own_route(wire::Bytes payload);

}  // namespace vethpp::message

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/route_query.ipp>
#endif
