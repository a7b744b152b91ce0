// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

namespace vethpp {

/// A bridge or port that vethpp made for a process that lives no more.
struct OvsLeftover {
    enum class Kind { bridge, port };
    Kind kind = Kind::port;
    std::string name{};
    std::string owner{};  ///< process id, its PID and time namespaces, the boot, and its start
    std::string uuid{};

    /// "port ovs-a of 1234@4026531836,4026531834,51c6...:567"
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const OvsLeftover&, const OvsLeftover&) = default;
};

/// "bridge" or "port"
[[nodiscard]] std::string_view to_string(OvsLeftover::Kind kind) noexcept;

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/leftover.ipp>
#endif
