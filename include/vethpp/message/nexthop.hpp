// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/route.hpp>
#include <vethpp/wire/codec.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vethpp {

/// A nexthop in a group of them.
struct NexthopMember {
    std::uint32_t id = 0;
    std::uint32_t weight = 1;  ///< 1 to 256: its share

    friend bool operator==(const NexthopMember&, const NexthopMember&) = default;
};

/// A group that keeps its flows where they are as long as it can (ip-nexthop(8), `type resilient`;
/// Linux 5.13); empty members are the kernel's.
struct ResilientGroup {
    struct Description;  // <vethpp/message/nexthop_message.hpp>

    std::optional<std::uint32_t> buckets{};  ///< 1 to 65535
    /// How long a bucket must be without packets to be given to another; in hundredths of a second.
    std::optional<wire::Centiseconds> idle_timer{};
    /// How long a group may be out of balance before buckets are given away that are in use; never
    /// if 0.
    std::optional<wire::Centiseconds> unbalanced_timer{};

    friend bool operator==(const ResilientGroup&, const ResilientGroup&) = default;
};

/// A way by which routes go that name its number (ip-nexthop(8), Linux 5.3): one way, or a group of
/// them.
struct Nexthop {
    std::uint32_t id = 0;             ///< the kernel's choice if 0
    std::optional<IpAddress> via{};   ///< the gateway
    std::optional<LinkIndex> link{};  ///< needed, but for `fdb`
    bool onlink = false;              ///< the gateway is there, whatever the addresses say
    bool blackhole = false;           ///< packets end here
    bool fdb = false;  ///< for forwarding databases of VXLAN links, and not for routes (Linux 5.8)
    std::vector<NexthopMember> group{};         ///< these, instead of a way of its own
    std::optional<ResilientGroup> resilient{};  ///< with `group`
    std::optional<std::uint32_t> protocol{};    ///< 0 to 255: who added it, RTPROT_*
    std::optional<Family> family{};             ///< the gateway's, or IPv4, unless given
    RouteEncapsulation encapsulation{};
    std::optional<AddressScope> scope{};  ///< read only
    std::uint32_t flags = 0;              ///< read only: RTNH_F_DEAD, RTNH_F_LINKDOWN, ...

    /// "id 1 via 10.0.1.1 dev eth0 scope link": as `ip nexthop` says it.
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const Nexthop&, const Nexthop&) = default;
};

/// Which nexthops are listed or flushed; what is not given does not matter.
struct NexthopFilter {
    std::optional<Family> family{};  ///< groups have none
    std::optional<LinkIndex> link{};
    bool groups = false;  ///< groups only
    bool fdb = false;     ///< those for forwarding databases only
    std::optional<std::uint32_t> protocol{};
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/nexthop.ipp>
#endif
