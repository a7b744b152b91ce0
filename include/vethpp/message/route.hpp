// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/family.hpp>
#include <vethpp/value/interface_address.hpp>
#include <vethpp/value/link_index.hpp>
#include <vethpp/value/prefix.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <linux/rtnetlink.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp {

/// What becomes of a packet (ip-route(8), RTN_*).
enum class RouteType : std::uint8_t {
    unicast = RTN_UNICAST,
    local = RTN_LOCAL,
    broadcast = RTN_BROADCAST,
    anycast = RTN_ANYCAST,
    multicast = RTN_MULTICAST,
    blackhole = RTN_BLACKHOLE,
    unreachable = RTN_UNREACHABLE,
    prohibit = RTN_PROHIBIT,
    /// As if the table had no route: the lookup goes on in the next one.
    throw_ = RTN_THROW,  // NOLINT(readability-identifier-naming): a keyword
};

/// "unicast", "throw", ...
[[nodiscard]] std::string_view to_string(RouteType type) noexcept;

/// What a router says of itself to hosts that may choose (RFC 4191).
enum class RoutePreference : std::uint8_t { medium = 0, high = 1, low = 3 };

/// "medium", "high", "low"
[[nodiscard]] std::string_view to_string(RoutePreference preference) noexcept;

/// What TCP and IP assume of a path (ip-route(8), RTAX_*); empty members are the kernel's.
struct RouteMetrics {
    struct Description;  // <vethpp/message/route_message.hpp>

    std::optional<std::uint32_t> locks{};   ///< bits 1 << RTAX_*: what the kernel must not change
    std::optional<std::uint32_t> mtu{};     ///< in bytes
    std::optional<std::uint32_t> window{};  ///< the largest that is offered, in bytes
    std::optional<std::chrono::milliseconds> rtt{};      ///< the first estimate
    std::optional<std::chrono::milliseconds> rtt_var{};  ///< its variance
    std::optional<std::uint32_t> ssthresh{};             ///< in packets
    std::optional<std::uint32_t> cwnd{};                 ///< in packets; only if locked
    std::optional<std::uint32_t> advmss{};               ///< in bytes
    std::optional<std::uint32_t> reordering{};           ///< in packets
    std::optional<std::uint32_t> hoplimit{};             ///< 0 to 255
    std::optional<std::uint32_t> initcwnd{};             ///< in packets
    std::optional<std::uint32_t> features{};             ///< RTAX_FEATURE_*
    std::optional<std::chrono::milliseconds> rto_min{};  ///< the shortest time to resend
    std::optional<std::uint32_t> initrwnd{};             ///< in packets
    std::optional<std::uint32_t> quickack{};             ///< 1: acknowledge at once
    std::optional<std::string> congestion_control{};     ///< "cubic"
    std::optional<std::uint32_t> fastopen_no_cookie{};

    friend bool operator==(const RouteMetrics&, const RouteMetrics&) = default;
};

/// What packets are wrapped into on their way (lightweight tunnels, ip-route(8)): the attributes as
/// the kernel has them.
struct RouteEncapsulation {
    std::uint32_t type = 0;         ///< LWTUNNEL_ENCAP_*: 1 MPLS, 5 SRv6; none if 0
    std::vector<std::byte> data{};  ///< the attributes of that type

    friend bool operator==(const RouteEncapsulation&, const RouteEncapsulation&) = default;
};

/// One of several ways that packets are spread over.
struct RouteNexthop {
    std::optional<IpAddress> via{};   ///< the gateway; of an IPv4 route also an IPv6 one
    std::optional<LinkIndex> link{};  ///< that of the gateway's network unless given
    std::uint32_t weight = 1;         ///< 1 to 256: its share
    bool onlink = false;              ///< the gateway is there, whatever the addresses say
    RouteEncapsulation encapsulation{};
    std::uint32_t flags = 0;  ///< read only: RTNH_F_DEAD, RTNH_F_LINKDOWN, ...

    /// "via 10.0.2.1 dev eth0 weight 1"
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const RouteNexthop&, const RouteNexthop&) = default;
};

/// Where packets go (ip-route(8)); empty members are the kernel's, or those of `ip route add`.
struct Route {
    /// All addresses unless given: the default route, of the gateway's family. "0.0.0.0/0" and
    /// "::/0" are those of a family.
    std::optional<Prefix> destination{};
    std::optional<IpAddress> via{};         ///< the gateway; of an IPv4 route also an IPv6 one
    std::optional<LinkIndex> link{};        ///< that of the gateway's network unless given
    std::optional<std::uint32_t> metric{};  ///< of several, the lowest counts
    std::optional<IpAddress> source{};      ///< what connections from here come from
    std::optional<std::uint32_t> table{};   ///< 254, "main", unless given
    std::optional<RouteType> type{};
    std::optional<AddressScope> scope{};
    std::optional<std::uint32_t> protocol{};  ///< 0 to 255: who added it, RTPROT_*
    std::optional<Prefix> from{};             ///< IPv6 only: of packets that come from there
    std::optional<std::uint32_t> tos{};       ///< IPv4 only: of packets with that type of service
    bool onlink = false;                      ///< the gateway is there, whatever the addresses say
    std::vector<RouteNexthop> nexthops{};     ///< several ways, instead of via and link
    std::optional<std::uint32_t> nexthop_id{};  ///< a nexthop object, instead of via and link
    RouteMetrics metrics{};
    std::optional<RoutePreference> preference{};    ///< IPv6 only
    std::optional<std::chrono::seconds> expires{};  ///< IPv6 only: how long it stays
    RouteEncapsulation encapsulation{};
    std::uint32_t flags = 0;  ///< read only: RTNH_F_DEAD, RTNH_F_LINKDOWN, RTM_F_*

    [[nodiscard]] Family family() const noexcept;
    [[nodiscard]] bool is_v6() const noexcept { return family() == Family::ipv6; }
    /// "10.0.1.0/24 via 10.0.2.1 dev eth0 metric 50": as `ip route` says it.
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const Route&, const Route&) = default;
};

/// Which routes are listed or flushed; what is not given does not matter.
struct RouteFilter {
    std::optional<Family> family{};
    std::optional<std::uint32_t> table{};  ///< 254, "main", unless given; 0 for all
    std::optional<LinkIndex> link{};       ///< one of its ways is that link
    std::optional<std::uint32_t> protocol{};
    std::optional<RouteType> type{};
};

/// Which packet Routes::find() is about, besides where it goes (ip-route(8), `get`).
struct RouteQuery {
    std::optional<IpAddress> from{};   ///< where it comes from
    std::optional<LinkIndex> input{};  ///< where it came in; that is, it is to be forwarded
    std::optional<LinkIndex> link{};   ///< where it is to go out
    std::optional<std::uint32_t> mark{};
    std::optional<std::uint32_t>
        uid{};  ///< of the user who sends it; needs to be that user or root
    std::optional<std::uint32_t> tos{};
    std::optional<std::uint32_t> ip_protocol{};       ///< IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP
    std::optional<std::uint32_t> source_port{};       ///< with ip_protocol
    std::optional<std::uint32_t> destination_port{};  ///< the same
    bool entry = false;  ///< the entry of the table, instead of what becomes of the packet
};

/// The way that a packet goes.
struct RoutePath : Route {
    /// The largest packet in bytes: what the path is known to take, or the route, or the link says.
    std::uint32_t mtu = 0;

    friend bool operator==(const RoutePath&, const RoutePath&) = default;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/route.ipp>
#endif
