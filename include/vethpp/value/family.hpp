// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/print.hpp>

#include <cstdint>
#include <string_view>
#include <sys/socket.h>

namespace vethpp {

/// IPv4 or IPv6.
enum class Family : std::uint8_t { ipv4 = AF_INET, ipv6 = AF_INET6 };

[[nodiscard]] constexpr std::string_view to_string(Family family) noexcept {
    return family == Family::ipv6 ? "IPv6" : "IPv4";
}

}  // namespace vethpp
