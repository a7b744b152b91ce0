// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/scalars.hpp>
#include <vethpp/value/link_index.hpp>
#include <vethpp/value/print.hpp>
#include <vethpp/wire/message.hpp>

#include <cstdint>
#include <linux/neighbour.h>
#include <optional>
#include <string>
#include <string_view>

namespace vethpp {

/// What the kernel knows of a neighbour (ip-neighbour(8), NUD_*).
enum class NeighbourState : std::uint16_t {
    none = 0,
    incomplete = NUD_INCOMPLETE,  ///< asked for, no answer yet
    reachable = NUD_REACHABLE,
    stale = NUD_STALE,  ///< was reachable; asked again when it is needed
    delay = NUD_DELAY,
    probe = NUD_PROBE,
    failed = NUD_FAILED,        ///< asked for in vain
    noarp = NUD_NOARP,          ///< needs no resolution, such as a multicast address
    permanent = NUD_PERMANENT,  ///< stays until somebody removes it
};

/// "PERMANENT", as ip(8) prints it.
[[nodiscard]] std::string_view to_string(NeighbourState state) noexcept;

/// How long ago something happened to an entry.
struct NeighbourAges {
    wire::Centiseconds used{};
    wire::Centiseconds confirmed{};
    wire::Centiseconds updated{};
    std::uint32_t references = 0;
    friend bool operator==(const NeighbourAges&, const NeighbourAges&) = default;
};

namespace message {

struct NeighbourAgesCodec {
    using Value = NeighbourAges;
    static void write(wire::Writer& w, std::uint16_t id, const Value& v) noexcept;
    static bool read(wire::Bytes bytes, Value& v) noexcept;
};

/// One bit of NDA_FLAGS_EXT, which is left out where that is not set.
template <std::uint32_t Bit>
struct ExtendedFlag {
    using Value = bool;
    static void write(wire::Writer& w, std::uint16_t id, bool v) noexcept {
        if (v) U32::write(w, id, Bit);
    }
    static bool read(wire::Bytes bytes, bool& v) noexcept {
        std::uint32_t flags = 0;
        if (!U32::read(bytes, flags)) return false;
        v = (flags & Bit) != 0;
        return true;
    }
};

}  // namespace message

/// Who is behind an address on a link: its MAC address (ip-neighbour(8)). Empty members are the
/// kernel's, or those of `ip neighbour add`.
struct Neighbour {
    std::optional<IpAddress> address{};
    std::optional<MacAddress> mac{};
    std::optional<LinkIndex> link{};        ///< `.link = pair.first()`, or an index
    std::optional<NeighbourState> state{};  ///< permanent unless given
    bool proxy = false;         ///< the link answers for that address; has no MAC address
    bool router = false;        ///< IPv6: it is a router
    bool extern_learn = false;  ///< a program has learnt it, and looks after it
    bool managed = false;       ///< the kernel keeps it resolved; Linux 5.16
    bool use = false;           ///< resolve it now; never listed
    std::optional<std::uint32_t> protocol{};  ///< 0 to 255: who added it, RTPROT_*; Linux 5.0
    // What is listed only.
    bool offloaded = false;
    std::optional<std::uint32_t> probes{};
    std::optional<NeighbourAges> ages{};

    [[nodiscard]] bool is_v6() const noexcept { return address && address->is_v6(); }
    /// "10.0.0.2 dev eth0 lladdr 02:00:00:00:00:02 PERMANENT": as ip(8) says it.
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const Neighbour&, const Neighbour&) = default;

    void complete(ndmsg& header) const noexcept;
    void adopt(const ndmsg& header);
    static constexpr auto header() {
        using wire::Fixed;
        return wire::Header<ndmsg, Fixed<&Neighbour::state, &ndmsg::ndm_state, "state">>{};
    }
    static constexpr auto fields() {
        using wire::Attribute, wire::Field;
        using N = Neighbour;
        return wire::Fields<
            Field<&N::address, Attribute<NDA_DST, message::Ip, "address">>,
            Field<&N::mac, Attribute<NDA_LLADDR, message::Mac, "mac">>,
            Field<&N::protocol, Attribute<NDA_PROTOCOL, message::Number8, "protocol">>,
            Field<&N::managed,
                  Attribute<NDA_FLAGS_EXT, message::ExtendedFlag<NTF_EXT_MANAGED>, "managed">>,
            Field<&N::probes, Attribute<NDA_PROBES, message::U32, "probes">>,
            Field<&N::ages, Attribute<NDA_CACHEINFO, message::NeighbourAgesCodec, "ages">>>{};
    }
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/neighbour.ipp>
#endif
