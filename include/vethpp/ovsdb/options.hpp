// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>

namespace vethpp::ovsdb {

/// Where Open vSwitch listens unless told otherwise (Debian, RHEL).
inline constexpr const char* default_address = "unix:/run/openvswitch/db.sock";

struct ClientOptions {
    std::chrono::milliseconds timeout{5000};             ///< of connecting, and of each call
    std::size_t message_limit = std::size_t{64} << 20U;  ///< of what is received, in bytes
};

}  // namespace vethpp::ovsdb
