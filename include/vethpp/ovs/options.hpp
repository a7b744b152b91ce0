// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link/options.hpp>
#include <vethpp/ovsdb/stream.hpp>
#include <vethpp/value/mac_address.hpp>

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
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

struct OvsBridgeOptions {
    std::string database = ovsdb::default_address;  ///< "unix:PATH" or "tcp:ADDRESS:PORT"
    std::string name{};                             ///< 1 to 15 bytes
    std::string datapath_type{};                    ///< "system", "netdev"; the daemon's if empty
    OvsExisting existing = OvsExisting::refuse;     ///< an adopted bridge outlives the object
    std::optional<OvsFailMode> fail_mode{};
    std::optional<bool> stp{};
    std::optional<bool> rstp{};
    std::optional<MacAddress> mac{};
    std::map<std::string, std::string> other_config{};
    std::map<std::string, std::string> external_ids{};
    std::chrono::milliseconds timeout{5000};  ///< of every operation, until it is applied
};

struct OvsPortOptions {
    std::optional<std::uint16_t> tag{};   ///< the VLAN of an access port, or the native one
    std::vector<std::uint16_t> trunks{};  ///< the VLANs of a trunk port
    std::optional<OvsVlanMode> vlan_mode{};
    std::optional<std::uint32_t> mtu{};     ///< Interface.mtu_request, in bytes
    std::optional<std::uint16_t> ofport{};  ///< Interface.ofport_request
    std::optional<MacAddress> mac{};        ///< of an internal port
    std::map<std::string, std::string> other_config{};
    std::map<std::string, std::string> external_ids{};
    /// The other end of the veth pair, where vethpp does not know it: the link is not from a
    /// VethPair, and its other end is in another namespace, such as a container's.
    std::optional<LinkRef> far_end{};
    /// Leaves the far end's transmit checksum offload on. Over a userspace datapath TCP dies then.
    bool keep_offloads = false;
};

enum class OvsTunnelType { vxlan, geneve, gre };

/// A tunnel as a port.
struct OvsTunnel {
    OvsTunnelType type = OvsTunnelType::vxlan;
    boost::asio::ip::address remote{};
    std::optional<boost::asio::ip::address> local{};
    std::optional<std::uint32_t> key{};               ///< the VNI
    std::optional<std::uint16_t> destination_port{};  ///< UDP; the protocol's own unless given
};

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
    std::string mac{};                     ///< mac_in_use
    std::optional<std::int64_t> mtu{};     ///< in bytes
    std::map<std::string, std::string> options{};
    std::map<std::string, std::string> external_ids{};  ///< of the port
    std::map<std::string, std::int64_t> statistics{};   ///< rx_packets, tx_bytes, ...
};

}  // namespace vethpp
