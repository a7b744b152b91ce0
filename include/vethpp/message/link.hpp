// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/xdp.hpp>
#include <vethpp/value/mac_address.hpp>
#include <vethpp/value/print.hpp>

#include <cstddef>
#include <cstdint>
#include <linux/if_link.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp {

/// The operational state of a link (RFC 2863, Documentation/networking/operstates.rst).
enum class Operstate : std::uint8_t {
    unknown = 0,      ///< the driver does not say: loopback, and devices that are always up
    not_present = 1,  ///< not used by the kernel
    down = 2,
    lower_layer_down = 3,  ///< a link below, or the other end of a pair, is down
    testing = 4,
    dormant = 5,
    up = 6,
};

/// "up", "down", "lower layer down", ...
[[nodiscard]] std::string_view to_string(Operstate state) noexcept;

/// Counters of a link in packets and bytes since it was made, with the kernel's member names.
using LinkStatistics = rtnl_link_stats64;

/// What a link is (IFLA_LINKINFO); the data stays raw until somebody asks for its kind.
struct LinkInfo {
    struct Description;  // <vethpp/message/link_fields.hpp>

    std::string kind{};
    std::vector<std::byte> data{};
    std::string port_kind{};
    std::vector<std::byte> port_data{};

    friend bool operator==(const LinkInfo&, const LinkInfo&) = default;
};

/// A snapshot of a link as the kernel reports it. Lengths are in bytes; what a kernel or a kind of
/// link does not report keeps its default.
struct LinkState {
    struct Description;  // <vethpp/message/link_fields.hpp>

    std::uint32_t index = 0;  ///< unique within a namespace
    std::string name{};
    std::uint16_t type = 0;   ///< ARPHRD_*, as in <linux/if_arp.h>; 1 is Ethernet
    std::uint32_t flags = 0;  ///< IFF_*, as in <linux/if.h>
    Operstate operstate = Operstate::unknown;
    std::uint32_t mtu = 0;
    std::uint32_t min_mtu = 0;
    std::uint32_t max_mtu = 0;
    MacAddress mac{};          ///< zero for links whose address has another length than 6
    MacAddress broadcast{};    ///< the same
    std::uint32_t txqlen = 0;  ///< in packets
    std::uint32_t group = 0;
    std::string alias{};
    std::vector<std::string> alternative_names{};
    std::optional<std::uint32_t> master{};  ///< the index of the bridge
    std::optional<std::uint32_t> link{};    ///< the index of the link below, or of the other end
    std::optional<std::int32_t> link_netnsid{};  ///< where that is, if not in this namespace
    bool carrier = false;
    std::uint32_t carrier_changes = 0;
    std::uint32_t carrier_up_count = 0;
    std::uint32_t carrier_down_count = 0;
    std::uint8_t linkmode = 0;
    bool protocol_down = false;
    std::uint32_t promiscuity = 0;  ///< how many users asked for it
    std::uint32_t allmulti = 0;
    std::uint32_t tx_queues = 0;
    std::uint32_t rx_queues = 0;
    std::uint32_t gso_max_size = 0;
    std::uint32_t gso_max_segs = 0;
    std::uint32_t gro_max_size = 0;
    std::uint32_t gso_ipv4_max_size = 0;
    std::uint32_t gro_ipv4_max_size = 0;
    std::uint32_t tso_max_size = 0;
    std::uint32_t tso_max_segs = 0;
    std::string qdisc{};
    LinkStatistics statistics{};
    XdpState xdp{};  ///< the XDP programs
    LinkInfo info{};

    /// "veth", "bridge", ...; empty for a link without a kind, such as the loopback.
    [[nodiscard]] const std::string& kind() const noexcept { return info.kind; }
    /// What kind of master it is a port of: "bridge", "openvswitch", ...
    [[nodiscard]] const std::string& port_kind() const noexcept { return info.port_kind; }
    /// The link is administratively up (IFF_UP).
    [[nodiscard]] bool is_up() const noexcept;
    [[nodiscard]] bool is_loopback() const noexcept;

    /// The data of the link's kind (`data<BridgeSettings>()`); empty if it is of another kind.
    template <class Data>
    [[nodiscard]] std::optional<Data> data() const {
        return decode<Data>(info.kind, info.data);
    }
    /// What the link is as a port (`port_data<BridgePortSettings>()`); empty if it is none.
    template <class Data>
    [[nodiscard]] std::optional<Data> port_data() const {
        return decode<Data>(info.port_kind, info.port_data);
    }

    friend bool operator==(const LinkState& a, const LinkState& b) noexcept;

private:
    template <class Data>
    static std::optional<Data> decode(const std::string& kind, std::span<const std::byte> bytes) {
        std::optional<Data> data;
        // read_data() stands beside the type: what it takes from the attributes of its kind.
        if (kind == Data::kind && !read_data(bytes, data.emplace())) data.reset();
        return data;
    }
};

/// Every field that is set, by name and on one line, as in {name=veth0 mtu=1400
/// linkinfo={kind=veth}}. For people: the names and their order may change.
[[nodiscard]] std::string to_string(const LinkState& state);
[[nodiscard]] std::string to_string(const LinkInfo& info);

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/link.ipp>
#include <vethpp/message/link_fields.hpp>
#endif
