// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/route.hpp>

#include <cstdint>
#include <optional>
#include <string>

/// The words of ip(8) for what routes and nexthops have in common.
namespace vethpp::detail {

/// "static", "bgp", ..., or the number.
[[nodiscard]] std::string protocol_word(std::uint32_t protocol);
/// "link", "host", ..., or the number.
[[nodiscard]] std::string scope_word(AddressScope scope);
/// " encap mpls 00064100 via 10.0.0.1", as far as there is something; of_v6: a gateway that is not
/// goes without its family.
void append_way(std::string& out,
                bool of_v6,
                const RouteEncapsulation& encapsulation,
                const std::optional<IpAddress>& via);
/// " onlink linkdown"
void append_route_flags(std::string& out, std::uint32_t flags, bool onlink);

}  // namespace vethpp::detail
