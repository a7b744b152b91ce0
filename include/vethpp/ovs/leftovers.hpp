// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovsdb/options.hpp>
#include <vethpp/value/error.hpp>

#include <string>
#include <string_view>
#include <vector>

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

/// What processes that are certainly dead have left in an Open vSwitch. What cannot be judged is
/// not listed: owners of another PID namespace, another machine or an earlier boot; and, if the id
/// is in use, owners of another time namespace or of whom the kernel does not tell when they
/// started. Nor is a bridge listed in which somebody else has a port.
[[nodiscard]] std::vector<OvsLeftover> list_ovs_leftovers(
    const std::string& database = ovsdb::default_address, OnError on_error = {});

/// Removes it, in one transaction, and returns what it was. What becomes another's in between is
/// not removed.
std::vector<OvsLeftover> remove_ovs_leftovers(const std::string& database = ovsdb::default_address,
                                              OnError on_error = {});

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/leftovers.ipp>
#endif
