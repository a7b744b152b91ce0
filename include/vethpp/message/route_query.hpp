// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/ip_address.hpp>
#include <vethpp/wire/writer.hpp>

#include <cstdint>

namespace vethpp::message {

/// Asks how the kernel would treat a packet to this address that came by the link (RTM_GETROUTE).
void write_route_query(wire::Writer& w, const IpAddress& address, std::uint32_t link);

/// The answer: the address is one of this namespace's own, and packets to it are delivered.
[[nodiscard]] bool is_local_route(wire::Bytes payload);

}  // namespace vethpp::message

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/route_query.ipp>
#endif
