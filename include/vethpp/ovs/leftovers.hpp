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
    std::string owner{};  ///< process id, PID namespace and start time
    std::string uuid{};

    /// "port ovs-a of 1234@4026531836:567"
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const OvsLeftover&, const OvsLeftover&) = default;
};

/// "bridge" or "port"
[[nodiscard]] std::string_view to_string(OvsLeftover::Kind kind) noexcept;

/// What dead processes have left in an Open vSwitch. What belongs to another PID namespace cannot
/// be judged, and is not listed.
[[nodiscard]] std::vector<OvsLeftover> list_ovs_leftovers(
    const std::string& database = ovsdb::default_address, OnError on_error = {});

/// Removes it, in one transaction, and returns what it was.
std::vector<OvsLeftover> remove_ovs_leftovers(const std::string& database = ovsdb::default_address,
                                              OnError on_error = {});

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/leftovers.ipp>
#endif
