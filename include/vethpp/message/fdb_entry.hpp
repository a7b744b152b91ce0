// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/neighbour.hpp>

#include <cstdint>
#include <linux/neighbour.h>
#include <optional>
#include <string>
#include <string_view>

namespace vethpp {

/// How long an entry of a forwarding database stays (bridge(8)).
enum class FdbState {
    permanent,  ///< for ever; on a bridge, frames to that address are for the bridge itself
    static_,    ///< for ever; NOLINT(readability-identifier-naming): a keyword
    dynamic,    ///< until it is not used any more
    stale,      ///< the same, and not used for some time; listed only
};

/// "permanent", as bridge(8) prints it, or "dynamic".
[[nodiscard]] std::string_view to_string(FdbState state) noexcept;

namespace message {

inline constexpr std::uint32_t ntf_ext_locked = 1U << 1U;  // NTF_EXT_LOCKED, Linux 6.2

/// A UDP port, in network byte order.
using BigEndianPort = wire::Narrow<std::uint32_t, wire::BigEndian16>;

}  // namespace message

/// Behind which port of a bridge a MAC address is, or behind which remote host of a VXLAN
/// (bridge(8), "fdb"). Empty members are the kernel's, or those of `bridge fdb add`.
struct FdbEntry {
    std::optional<MacAddress> mac{};         ///< of a VXLAN, zeroes for all that are not known
    std::optional<LinkIndex> link{};         ///< the port, or the bridge or VXLAN itself
    std::optional<IpAddress> destination{};  ///< VXLAN: the remote host
    std::optional<std::uint32_t> vlan{};     ///< bridge: 1 to 4094; all of the port unless given
    std::optional<std::uint32_t> port{};     ///< VXLAN: the UDP port there
    std::optional<std::uint32_t> vni{};      ///< VXLAN: the network identifier there
    std::optional<std::uint32_t>
        source_vni{};                ///< VXLAN with metadata: of the frames that it is about
    std::optional<LinkIndex> via{};  ///< VXLAN: the link by which that host is reached
    std::optional<std::uint32_t> nexthop{};  ///< VXLAN: a nexthop group, instead; Linux 5.8
    std::optional<FdbState> state{};         ///< permanent unless given
    /// In the database of the link itself (a bridge, a VXLAN), or in that of the bridge whose port
    /// it is. Unless given, it is the bridge's for a port, and the link's own for a bridge or a
    /// VXLAN.
    bool self = false;
    bool of_master = false;  ///< see self
    bool router = false;
    bool extern_learn = false;  ///< a program has learnt it, and looks after it
    bool sticky = false;        ///< it does not move to another port; Linux 4.20
    // What is listed only.
    std::optional<LinkIndex> master{};  ///< the bridge
    bool offloaded = false;
    bool locked = false;  ///< of a host that may not send yet; Linux 6.2
    std::optional<NeighbourAges> ages{};

    /// "02:00:00:00:00:01 dev eth0 master br0 static": as bridge(8) says it.
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const FdbEntry&, const FdbEntry&) = default;

    /// For the library: what of an entry goes into a request. The bridge's own entries are listed
    /// as those of its ports are.
    [[nodiscard]] FdbEntry as_sent() const;
    void complete(ndmsg& header) const noexcept;
    void adopt(const ndmsg& header);
    static constexpr auto header() { return wire::Header<ndmsg>{}; }
    static constexpr auto fields() {
        using message::Index, message::Number16, message::U32;
        using wire::Attribute, wire::Field;
        using F = FdbEntry;
        return wire::Fields<
            Field<&F::mac, Attribute<NDA_LLADDR, message::Mac, "mac">>,
            Field<&F::destination, Attribute<NDA_DST, message::Ip, "destination">>,
            Field<&F::vlan, Attribute<NDA_VLAN, Number16, "vlan">>,
            Field<&F::port, Attribute<NDA_PORT, message::BigEndianPort, "port">>,
            Field<&F::vni, Attribute<NDA_VNI, U32, "vni">>,
            Field<&F::source_vni, Attribute<NDA_SRC_VNI, U32, "source_vni">>,
            Field<&F::via, Attribute<NDA_IFINDEX, Index, "via">>,
            Field<&F::nexthop, Attribute<NDA_NH_ID, U32, "nexthop">>,
            Field<&F::master, Attribute<NDA_MASTER, Index, "master">>,
            Field<
                &F::locked,
                Attribute<NDA_FLAGS_EXT, message::ExtendedFlag<message::ntf_ext_locked>, "locked">>,
            Field<&F::ages, Attribute<NDA_CACHEINFO, message::NeighbourAgesCodec, "ages">>>{};
    }
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/fdb_entry.ipp>
#endif
