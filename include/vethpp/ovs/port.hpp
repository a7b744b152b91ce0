// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/print.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp {

/// A port as the database has it.
struct OvsPort {
    std::string name{};
    std::string type{};  ///< "" for a link, "internal", "patch", "vxlan", ...
    std::optional<std::uint16_t> tag{};
    std::vector<std::uint16_t> trunks{};
    std::string vlan_mode{};
    std::optional<std::int64_t> ofport{};  ///< -1: it could not be set up; empty: not yet
    std::string error{};                   ///< why it could not be
    std::string admin_state{};             ///< "up" or "down"
    std::string link_state{};              ///< "up" or "down"
    /// "forwarding", or what it is before, such as "listening", "learning" or "discarding": of a
    /// bridge with STP or RSTP; nothing passes until it forwards. As of the last 5 s.
    std::string stp_state{};
    std::string mac{};                  ///< mac_in_use
    std::optional<std::int64_t> mtu{};  ///< in bytes
    std::map<std::string, std::string> options{};
    std::map<std::string, std::string> external_ids{};  ///< of the port
    std::map<std::string, std::int64_t> statistics{};   ///< rx_packets, tx_bytes, ...

    /// Everything that is set, by name and on one line, as in {name=ovs-a tag=10 ofport=1}. For
    /// people: the names and their order may change.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const OvsPort&, const OvsPort&) = default;
};

/// What happened to an interface of an Open vSwitch. The port is as it is now: link_state,
/// statistics and all; what belongs to the port and not to its interface (tag, trunks) is not set.
/// ovs-vswitchd refreshes statistics every 5 s (other_config:stats-update-interval).
struct OvsPortEvent {
    enum class Kind { present, added, changed, removed };
    Kind kind = Kind::present;  ///< present: it was there when the monitor began
    OvsPort port{};

    /// "added {name=ovs-a ofport=1}"
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const OvsPortEvent&, const OvsPortEvent&) = default;
};

/// "present", "added", "changed" or "removed"
[[nodiscard]] std::string_view to_string(OvsPortEvent::Kind kind) noexcept;

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/port.ipp>
#endif
