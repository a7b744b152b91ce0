// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link/options.hpp>
#include <vethpp/ovsdb/options.hpp>
#include <vethpp/value/ip_address.hpp>
#include <vethpp/value/mac_address.hpp>
#include <vethpp/value/number.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp {

/// What a bridge does while it has no controller (Bridge.fail_mode).
enum class OvsFailMode {
    standalone,  ///< it learns and forwards like any switch
    secure,      ///< it forwards what flows say, and nothing without them
};

/// What a port does with VLAN tags (Port.vlan_mode); ovs-vswitchd.conf.db(5).
enum class OvsVlanMode { access, trunk, native_tagged, native_untagged, dot1q_tunnel };

/// What happens when a bridge of that name exists.
enum class OvsExisting { refuse, adopt };

enum class OvsTunnelType { vxlan, geneve, gre };

/// In the words of ovs-vswitchd.conf.db(5): "standalone", "native-tagged", "vxlan", ...
[[nodiscard]] std::string_view to_string(OvsFailMode mode) noexcept;
[[nodiscard]] std::string_view to_string(OvsVlanMode mode) noexcept;
[[nodiscard]] std::string_view to_string(OvsTunnelType type) noexcept;
/// "refuse" or "adopt"
[[nodiscard]] std::string_view to_string(OvsExisting existing) noexcept;

struct OvsBridgeOptions {
    std::string database = ovsdb::default_address;  ///< "unix:PATH" or "tcp:ADDRESS:PORT"
    std::string name{};                             ///< 1 to 15 bytes
    /// "system", "netdev", or what else is in Open_vSwitch.datapath_types. If empty, what the
    /// OvsDaemon has chosen, or the first of these two that the switch has.
    std::string datapath_type{};
    OvsExisting existing = OvsExisting::refuse;  ///< an adopted bridge outlives the object
    std::optional<OvsFailMode> fail_mode{};
    /// IEEE 802.1D: a port forwards nothing before some 30 s have passed, twice the forward delay
    /// (other_config:stp-forward-delay), and nothing waits for it: see OvsPort::stp_state.
    std::optional<bool> stp{};
    /// IEEE 802.1w: the same after some 3 s.
    std::optional<bool> rstp{};
    std::optional<MacAddress> mac{};
    std::map<std::string, std::string> other_config{};
    std::map<std::string, std::string> external_ids{};
    /// Of every operation, until it is applied, its wait for its turn included; the destructor has
    /// as long for the database to answer.
    std::chrono::milliseconds timeout{5000};
};

struct OvsPortOptions {
    std::optional<Number> tag{};   ///< the VLAN of an access port, or the native one
    std::vector<Number> trunks{};  ///< the VLANs of a trunk port
    std::optional<OvsVlanMode> vlan_mode{};
    std::optional<std::uint32_t> mtu{};  ///< in bytes; of a link or an internal port
    std::optional<Number> ofport{};      ///< Interface.ofport_request
    std::optional<MacAddress> mac{};     ///< of an internal port, unicast
    std::map<std::string, std::string> other_config{};
    std::map<std::string, std::string> external_ids{};
    /// The other end of the veth pair, where vethpp does not know it: the link is not from a
    /// VethPair, and its other end is in another namespace, such as a container's.
    std::optional<LinkRef> far_end{};
    /// Leaves the far end's transmit checksum offload on. Over a userspace datapath TCP dies then.
    bool keep_offloads = false;
};

/// A tunnel as a port.
struct OvsTunnel {
    OvsTunnelType type = OvsTunnelType::vxlan;
    IpAddress remote{};
    std::optional<IpAddress> local{};
    std::optional<std::uint32_t> key{};        ///< the VNI
    std::optional<Number> destination_port{};  ///< UDP; the protocol's own unless given
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/options.ipp>
#endif
