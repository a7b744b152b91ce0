// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/number.hpp>

#include <chrono>

namespace vethpp::ovsdb {

/// Where Open vSwitch listens unless told otherwise (Debian, RHEL).
inline constexpr const char* default_address = "unix:/run/openvswitch/db.sock";

struct ClientOptions {
    std::chrono::milliseconds timeout{5000};  ///< of connecting, and of each call
    /// Of each message that is received, in bytes; a longer one is EMSGSIZE.
    Number message_limit = 64 << 20;
    /// Of the notifications that nobody has taken yet, in bytes as received; one that does not fit
    /// is ENOBUFS, unless it is the only one.
    Number backlog_limit = 16 << 20;
};

}  // namespace vethpp::ovsdb
