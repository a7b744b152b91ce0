// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/base/net_in.hpp>
#include <vethpp/message/scalars.hpp>
#include <vethpp/value/link_index.hpp>
#include <vethpp/value/print.hpp>
#include <vethpp/wire/message.hpp>

#include <cstdint>
#include <linux/if_bridge.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp {

/// Whether the listed sources of a group are those that are wanted, or those that are not.
enum class MulticastFilter : std::uint8_t { exclude = 0, include = 1 };

/// "include"
[[nodiscard]] std::string_view to_string(MulticastFilter filter) noexcept;

/// A port of a bridge gets what is sent to a multicast group (bridge(8), "mdb").
struct MdbEntry {
    std::optional<LinkIndex> link{};          ///< the port, or the bridge itself
    std::optional<IpAddress> group{};         ///< of IPv4 or IPv6, or
    std::optional<MacAddress> mac{};          ///< of Ethernet; Linux 5.11
    std::optional<IpAddress> source{};        ///< from this source only
    std::optional<std::uint32_t> vlan{};      ///< 1 to 4094
    bool permanent = false;                   ///< otherwise until nobody asks for it any more
    std::optional<MulticastFilter> filter{};  ///< Linux 6.3
    std::vector<IpAddress> sources{};         ///< that the filter is about; Linux 6.3
    std::optional<std::uint32_t> protocol{};  ///< 0 to 255: who added it; set by Linux 6.3
    // What is listed only.
    std::optional<LinkIndex> bridge{};
    bool offloaded = false;
    bool fast_leave = false;
    bool by_exclusion = false;  ///< of a source that another entry of the group does not exclude
    bool blocked = false;
    std::optional<wire::Centiseconds> expires{};  ///< 0 for a permanent one

    /// "dev br0 port eth0 grp 239.1.1.1 permanent": as bridge(8) says it.
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const MdbEntry&, const MdbEntry&) = default;
};

namespace message {

/// IP addresses, each in a nest of its own.
struct SourceList {
    using Value = std::vector<IpAddress>;
    static void write(wire::Writer& w, std::uint16_t id, const Value& v);
    static bool read(wire::Bytes bytes, Value& v);
};

/// What a request says of an entry beside its fixed part (MDBE_ATTR_*).
struct MdbAttributes {
    std::optional<IpAddress> source{};
    std::optional<std::vector<IpAddress>> sources{};
    std::optional<MulticastFilter> filter{};
    std::optional<std::uint32_t> protocol{};

    static constexpr auto fields() {
        using wire::As, wire::Attribute, wire::Field;
        using A = MdbAttributes;
        // MDBE_ATTR_SRC_LIST, GROUP_MODE and RTPROT: Linux 6.3
        return wire::Fields<
            Field<&A::source, Attribute<MDBE_ATTR_SOURCE, Ip, "source">>,
            Field<&A::sources, Attribute<2, SourceList, "sources">>,
            Field<&A::filter, Attribute<3, As<MulticastFilter, std::uint8_t>, "filter">>,
            Field<&A::protocol, Attribute<4, Number8, "protocol">>>{};
    }
};

struct MdbRequest {
    std::uint32_t bridge = 0;
    br_mdb_entry entry{};
    std::optional<MdbAttributes> attributes{};

    void complete(br_port_msg& header) const noexcept;
    static constexpr auto header() {
        using wire::Fixed;
        return wire::Header<br_port_msg,
                            Fixed<&MdbRequest::bridge, &br_port_msg::ifindex, "bridge">>{};
    }
    static constexpr auto fields() {
        using wire::Attribute, wire::Field, wire::Nested, wire::Scalar;
        using M = MdbRequest;
        return wire::Fields<
            Field<&M::entry, Attribute<MDBA_SET_ENTRY, Scalar<br_mdb_entry>, "entry">>,
            Field<&M::attributes,
                  Attribute<MDBA_SET_ENTRY_ATTRS, Nested<MdbAttributes>, "attributes">>>{};
    }
};

[[nodiscard]] MdbRequest mdb_request(std::uint32_t bridge, const MdbEntry& entry);

/// Calls take() with each entry in a message of a listing; false for malformed bytes.
[[nodiscard]] bool read_mdb(wire::Bytes payload, detail::FunctionRef<void(MdbEntry&&)> take);

}  // namespace message
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/mdb_entry.ipp>
#endif
