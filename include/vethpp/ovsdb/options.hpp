// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>

namespace vethpp::ovsdb {

/// Where Open vSwitch listens unless told otherwise (Debian, RHEL).
inline constexpr const char* default_address = "unix:/run/openvswitch/db.sock";

struct ClientOptions {
    std::chrono::milliseconds timeout{5000};  ///< of connecting, and of each call
    /// Of each message that is received, in bytes; a longer one is EMSGSIZE.
    std::size_t message_limit = std::size_t{64} << 20U;
    /// Of the notifications that nobody has taken yet, in bytes as received; one that does not fit
    /// is ENOBUFS, unless it is the only one.
    std::size_t backlog_limit = std::size_t{16} << 20U;
};

}  // namespace vethpp::ovsdb
