// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/mac_address.hpp>
#include <vethpp/wire/codec.hpp>

#include <cstdint>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
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
[[nodiscard]] constexpr std::string_view to_string(Operstate state) noexcept {
    switch (state) {
        case Operstate::unknown:
            return "unknown";
        case Operstate::not_present:
            return "not present";
        case Operstate::down:
            return "down";
        case Operstate::lower_layer_down:
            return "lower layer down";
        case Operstate::testing:
            return "testing";
        case Operstate::dormant:
            return "dormant";
        case Operstate::up:
            return "up";
    }
    return "unknown";
}

/// Counters of a link in packets and bytes since it was made, with the kernel's member names.
using LinkStatistics = rtnl_link_stats64;

}  // namespace vethpp

namespace vethpp::message {

using U8 = wire::Scalar<std::uint8_t>;
using U16 = wire::Scalar<std::uint16_t>;
using U32 = wire::Scalar<std::uint32_t>;
using S32 = wire::Scalar<std::int32_t>;
using Flag8 = wire::As<bool, std::uint8_t>;
using Flag32 = wire::As<bool, std::uint32_t>;

// Links of other types have addresses of other lengths; those are left zero and never fail a dump.
struct Mac {
    using Value = MacAddress;
    static void write(wire::Writer& w, std::uint16_t id, const MacAddress& v) noexcept {
        w.attribute(id, v.bytes().data(), v.bytes().size());
    }
    static bool read(wire::Bytes bytes, MacAddress& v) noexcept {
        std::array<std::uint8_t, 6> copy{};
        if (bytes.size() == copy.size()) std::memcpy(copy.data(), bytes.data(), copy.size());
        v = MacAddress{copy};
        return true;
    }
};

/// The attributes of a link (<linux/if_link.h>), each described once.
namespace ifla {
using wire::Attribute;
// Newer (Linux 6.3) than the headers of the oldest supported distribution.
inline constexpr std::uint16_t ifla_gso_ipv4_max_size = 63;
inline constexpr std::uint16_t ifla_gro_ipv4_max_size = 64;
using mac = Attribute<IFLA_ADDRESS, Mac, "mac">;
using broadcast = Attribute<IFLA_BROADCAST, Mac, "broadcast">;
using name = Attribute<IFLA_IFNAME, wire::Text, "name">;
using mtu = Attribute<IFLA_MTU, U32, "mtu">;
using min_mtu = Attribute<IFLA_MIN_MTU, U32, "min_mtu">;
using max_mtu = Attribute<IFLA_MAX_MTU, U32, "max_mtu">;
using link = Attribute<IFLA_LINK, U32, "link">;
using link_netnsid = Attribute<IFLA_LINK_NETNSID, S32, "link_netnsid">;
using qdisc = Attribute<IFLA_QDISC, wire::Text, "qdisc">;
using statistics = Attribute<IFLA_STATS64, wire::Growing<rtnl_link_stats64>, "statistics">;
using master = Attribute<IFLA_MASTER, U32, "master">;
using txqlen = Attribute<IFLA_TXQLEN, U32, "txqlen">;
using operstate = Attribute<IFLA_OPERSTATE, wire::As<Operstate, std::uint8_t>, "operstate">;
using linkmode = Attribute<IFLA_LINKMODE, U8, "linkmode">;
using alias = Attribute<IFLA_IFALIAS, wire::Text, "alias">;
using alternative_names =
    Attribute<IFLA_PROP_LIST, wire::TextList<IFLA_ALT_IFNAME>, "alternative_names">;
using group = Attribute<IFLA_GROUP, U32, "group">;
using netns_fd = Attribute<IFLA_NET_NS_FD, U32, "netns_fd">;
using target_netnsid = Attribute<IFLA_TARGET_NETNSID, S32, "target_netnsid">;
using ext_mask = Attribute<IFLA_EXT_MASK, U32, "ext_mask">;
using promiscuity = Attribute<IFLA_PROMISCUITY, U32, "promiscuity">;
using allmulti = Attribute<IFLA_ALLMULTI, U32, "allmulti">;
using tx_queues = Attribute<IFLA_NUM_TX_QUEUES, U32, "tx_queues">;
using rx_queues = Attribute<IFLA_NUM_RX_QUEUES, U32, "rx_queues">;
using gso_max_size = Attribute<IFLA_GSO_MAX_SIZE, U32, "gso_max_size">;
using gso_max_segs = Attribute<IFLA_GSO_MAX_SEGS, U32, "gso_max_segs">;
using gro_max_size = Attribute<IFLA_GRO_MAX_SIZE, U32, "gro_max_size">;
using gso_ipv4_max_size = Attribute<ifla_gso_ipv4_max_size, U32, "gso_ipv4_max_size">;
using gro_ipv4_max_size = Attribute<ifla_gro_ipv4_max_size, U32, "gro_ipv4_max_size">;
using tso_max_size = Attribute<IFLA_TSO_MAX_SIZE, U32, "tso_max_size">;
using tso_max_segs = Attribute<IFLA_TSO_MAX_SEGS, U32, "tso_max_segs">;
using carrier = Attribute<IFLA_CARRIER, Flag8, "carrier">;
using carrier_changes = Attribute<IFLA_CARRIER_CHANGES, U32, "carrier_changes">;
using carrier_up_count = Attribute<IFLA_CARRIER_UP_COUNT, U32, "carrier_up_count">;
using carrier_down_count = Attribute<IFLA_CARRIER_DOWN_COUNT, U32, "carrier_down_count">;
using protocol_down = Attribute<IFLA_PROTO_DOWN, Flag8, "protocol_down">;
}  // namespace ifla

/// What a request can say about a link; what is not set is not sent.
struct LinkAttributes {
    std::optional<std::string> name{};
    std::optional<MacAddress> mac{};
    std::optional<MacAddress> broadcast{};
    std::optional<std::uint32_t> mtu{};
    std::optional<std::uint32_t> txqlen{};
    std::optional<std::uint32_t> group{};
    std::optional<std::uint32_t> tx_queues{};
    std::optional<std::uint32_t> rx_queues{};
    std::optional<std::uint32_t> gso_max_size{};
    std::optional<std::uint32_t> gso_max_segs{};
    std::optional<std::uint32_t> gro_max_size{};
    std::optional<std::uint32_t> gso_ipv4_max_size{};
    std::optional<std::uint32_t> gro_ipv4_max_size{};
    std::optional<std::uint32_t> link{};
    std::optional<std::uint32_t> master{};  ///< 0 takes the link out of its master
    std::optional<std::uint8_t> linkmode{};
    std::optional<std::string> alias{};
    std::optional<std::vector<std::string>> alternative_names{};
    std::optional<std::uint32_t> netns_fd{};
    std::optional<std::int32_t> target_netnsid{};
    std::optional<std::uint32_t> ext_mask{};

    static constexpr auto fields() {
        using wire::Field, wire::Fields;
        using L = LinkAttributes;
        return Fields<Field<&L::name, ifla::name>,
                      Field<&L::mac, ifla::mac>,
                      Field<&L::broadcast, ifla::broadcast>,
                      Field<&L::mtu, ifla::mtu>,
                      Field<&L::txqlen, ifla::txqlen>,
                      Field<&L::group, ifla::group>,
                      Field<&L::tx_queues, ifla::tx_queues>,
                      Field<&L::rx_queues, ifla::rx_queues>,
                      Field<&L::gso_max_size, ifla::gso_max_size>,
                      Field<&L::gso_max_segs, ifla::gso_max_segs>,
                      Field<&L::gro_max_size, ifla::gro_max_size>,
                      Field<&L::gso_ipv4_max_size, ifla::gso_ipv4_max_size>,
                      Field<&L::gro_ipv4_max_size, ifla::gro_ipv4_max_size>,
                      Field<&L::link, ifla::link>,
                      Field<&L::master, ifla::master>,
                      Field<&L::linkmode, ifla::linkmode>,
                      Field<&L::alias, ifla::alias>,
                      Field<&L::alternative_names, ifla::alternative_names>,
                      Field<&L::netns_fd, ifla::netns_fd>,
                      Field<&L::target_netnsid, ifla::target_netnsid>,
                      Field<&L::ext_mask, ifla::ext_mask>>{};
    }
    friend bool operator==(const LinkAttributes&, const LinkAttributes&) = default;
};

/// IFLA_LINKINFO in a request: the kind, and the data of that kind, or of the master's kind for
/// what a link is as a port.
template <wire::Described Data>
struct KindData {
    std::optional<std::string> kind{};
    std::optional<Data> data{};
    std::optional<std::string> port_kind{};
    std::optional<Data> port_data{};

    static constexpr auto fields() {
        using wire::Attribute, wire::Field, wire::Fields, wire::Nested, wire::Text;
        return Fields<
            Field<&KindData::kind, Attribute<IFLA_INFO_KIND, Text, "kind">>,
            Field<&KindData::data, Attribute<IFLA_INFO_DATA, Nested<Data>, "data">>,
            Field<&KindData::port_kind, Attribute<IFLA_INFO_SLAVE_KIND, Text, "port_kind">>,
            Field<&KindData::port_data,
                  Attribute<IFLA_INFO_SLAVE_DATA, Nested<Data>, "port_data">>>{};
    }
};

template <wire::Described Data>
struct LinkInfoRequest {
    std::optional<KindData<Data>> info{};
    static constexpr auto fields() {
        using wire::Attribute, wire::Field, wire::Fields;
        return Fields<Field<&LinkInfoRequest::info,
                            Attribute<IFLA_LINKINFO, wire::Nested<KindData<Data>>, "linkinfo">>>{};
    }
};

/// For kinds that take no data of their own.
struct NoData {
    static constexpr wire::Fields<> fields() { return {}; }
};

/// What IFLA_LINKINFO says in a reply; the data stays raw until somebody asks for its kind.
struct LinkInfo {
    std::string kind{};
    std::vector<std::byte> data{};
    std::string port_kind{};
    std::vector<std::byte> port_data{};

    static constexpr auto fields() {
        using wire::Attribute, wire::Field, wire::Fields, wire::Raw, wire::Text;
        return Fields<
            Field<&LinkInfo::kind, Attribute<IFLA_INFO_KIND, Text, "kind">>,
            Field<&LinkInfo::data, Attribute<IFLA_INFO_DATA, Raw, "data">>,
            Field<&LinkInfo::port_kind, Attribute<IFLA_INFO_SLAVE_KIND, Text, "port_kind">>,
            Field<&LinkInfo::port_data, Attribute<IFLA_INFO_SLAVE_DATA, Raw, "port_data">>>{};
    }
    friend bool operator==(const LinkInfo&, const LinkInfo&) = default;
};

}  // namespace vethpp::message

namespace vethpp {

/// A snapshot of a link as the kernel reports it. Lengths are in bytes; what a kernel or a kind of
/// link does not report keeps its default.
struct LinkState {
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
    message::LinkInfo info{};

    /// "veth", "bridge", ...; empty for a link without a kind, such as the loopback.
    [[nodiscard]] const std::string& kind() const noexcept { return info.kind; }
    /// What kind of master it is a port of: "bridge", "openvswitch", ...
    [[nodiscard]] const std::string& port_kind() const noexcept { return info.port_kind; }
    /// The link is administratively up (IFF_UP).
    [[nodiscard]] bool is_up() const noexcept { return (flags & IFF_UP) != 0; }
    [[nodiscard]] bool is_loopback() const noexcept { return (flags & IFF_LOOPBACK) != 0; }

    /// The data of the link's kind (`data<BridgeSettings>()`); empty if it is of another kind.
    template <wire::Described Data>
    [[nodiscard]] std::optional<Data> data() const {
        return decode<Data>(info.kind, info.data);
    }
    /// What the link is as a port (`port_data<BridgePortSettings>()`); empty if it is none.
    template <wire::Described Data>
    [[nodiscard]] std::optional<Data> port_data() const {
        return decode<Data>(info.port_kind, info.port_data);
    }

    static constexpr auto fields() {
        using wire::Attribute, wire::Field, wire::Fields, wire::Nested;
        using S = LinkState;
        namespace ifla = message::ifla;
        return Fields<
            Field<&S::name, ifla::name>,
            Field<&S::operstate, ifla::operstate>,
            Field<&S::mtu, ifla::mtu>,
            Field<&S::min_mtu, ifla::min_mtu>,
            Field<&S::max_mtu, ifla::max_mtu>,
            Field<&S::mac, ifla::mac>,
            Field<&S::broadcast, ifla::broadcast>,
            Field<&S::txqlen, ifla::txqlen>,
            Field<&S::group, ifla::group>,
            Field<&S::alias, ifla::alias>,
            Field<&S::alternative_names, ifla::alternative_names>,
            Field<&S::master, ifla::master>,
            Field<&S::link, ifla::link>,
            Field<&S::link_netnsid, ifla::link_netnsid>,
            Field<&S::carrier, ifla::carrier>,
            Field<&S::carrier_changes, ifla::carrier_changes>,
            Field<&S::carrier_up_count, ifla::carrier_up_count>,
            Field<&S::carrier_down_count, ifla::carrier_down_count>,
            Field<&S::linkmode, ifla::linkmode>,
            Field<&S::protocol_down, ifla::protocol_down>,
            Field<&S::promiscuity, ifla::promiscuity>,
            Field<&S::allmulti, ifla::allmulti>,
            Field<&S::tx_queues, ifla::tx_queues>,
            Field<&S::rx_queues, ifla::rx_queues>,
            Field<&S::gso_max_size, ifla::gso_max_size>,
            Field<&S::gso_max_segs, ifla::gso_max_segs>,
            Field<&S::gro_max_size, ifla::gro_max_size>,
            Field<&S::gso_ipv4_max_size, ifla::gso_ipv4_max_size>,
            Field<&S::gro_ipv4_max_size, ifla::gro_ipv4_max_size>,
            Field<&S::tso_max_size, ifla::tso_max_size>,
            Field<&S::tso_max_segs, ifla::tso_max_segs>,
            Field<&S::qdisc, ifla::qdisc>,
            Field<&S::statistics, ifla::statistics>,
            Field<&S::info, Attribute<IFLA_LINKINFO, Nested<message::LinkInfo>, "linkinfo">>>{};
    }

private:
    template <class Data>
    static std::optional<Data> decode(const std::string& kind,
                                      const std::vector<std::byte>& bytes) {
        Data data;
        if (kind != Data::kind || !wire::read(bytes, data)) return std::nullopt;
        return data;
    }
};

namespace message {

/// Reads the payload of an RTM_NEWLINK or RTM_DELLINK message; false for malformed bytes.
[[nodiscard]] inline bool read_link(wire::Bytes payload, LinkState& state) {
    const auto header = wire::load<ifinfomsg>(payload);
    if (!header) return false;
    state.index = static_cast<std::uint32_t>(header->ifi_index);
    state.type = header->ifi_type;
    state.flags = header->ifi_flags;
    return wire::read(wire::after(payload, wire::align(sizeof(ifinfomsg))), state);
}

/// The header of a link message that changes flags; the bits outside mask stay as they are.
[[nodiscard]] inline ifinfomsg link_header(std::uint32_t index,
                                           std::uint32_t flags = 0,
                                           std::uint32_t mask = 0) noexcept {
    ifinfomsg header{};
    header.ifi_family = AF_UNSPEC;
    header.ifi_index = static_cast<int>(index);
    header.ifi_flags = flags;
    header.ifi_change = mask;
    return header;
}

/// Names the attribute at an offset into the payload of a link request ("mtu",
/// "linkinfo.data.peer").
template <wire::Described Data = NoData>
[[nodiscard]] std::string link_attribute_at(wire::Bytes payload, std::size_t offset) {
    const std::size_t header = wire::align(sizeof(ifinfomsg));
    if (offset < header) return {};
    const auto attributes = wire::after(payload, header);
    std::string path;
    wire::name_at<LinkInfoRequest<Data>>(attributes, offset - header, path);
    if (path.starts_with("linkinfo")) return path;
    path.clear();
    wire::name_at<LinkAttributes>(attributes, offset - header, path);
    return path;
}

}  // namespace message
}  // namespace vethpp

template <>
struct fmt::formatter<vethpp::Operstate> : fmt::formatter<fmt::string_view> {
    auto format(vethpp::Operstate state, format_context& ctx) const {
        return fmt::formatter<fmt::string_view>::format(vethpp::to_string(state), ctx);
    }
};
