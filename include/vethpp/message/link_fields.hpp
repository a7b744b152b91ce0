// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/link.hpp>
#include <vethpp/message/scalars.hpp>
#include <vethpp/message/xdp_fields.hpp>
#include <vethpp/wire/message.hpp>

#include <cstdint>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

/// The attributes of a link (<linux/if_link.h>), each described once.
namespace vethpp::message::ifla {

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
using xdp = Attribute<IFLA_XDP, AttachedXdp, "xdp">;
using protocol_down = Attribute<IFLA_PROTO_DOWN, Flag8, "protocol_down">;

}  // namespace vethpp::message::ifla

namespace vethpp {

struct LinkInfo::Description {
    static constexpr auto fields() {
        using wire::Attribute, wire::Field, wire::Fields, wire::Raw, wire::Text;
        return Fields<
            Field<&LinkInfo::kind, Attribute<IFLA_INFO_KIND, Text, "kind">>,
            Field<&LinkInfo::data, Attribute<IFLA_INFO_DATA, Raw, "data">>,
            Field<&LinkInfo::port_kind, Attribute<IFLA_INFO_SLAVE_KIND, Text, "port_kind">>,
            Field<&LinkInfo::port_data, Attribute<IFLA_INFO_SLAVE_DATA, Raw, "port_data">>>{};
    }
};

struct LinkState::Description {
    static constexpr auto header() {
        using wire::Fixed;
        return wire::Header<ifinfomsg,
                            Fixed<&LinkState::index, &ifinfomsg::ifi_index, "index">,
                            Fixed<&LinkState::type, &ifinfomsg::ifi_type, "type">,
                            Fixed<&LinkState::flags, &ifinfomsg::ifi_flags, "flags">>{};
    }
    static constexpr auto fields() {
        namespace ifla = message::ifla;
        using wire::Attribute, wire::Field, wire::Fields, wire::Nested;
        return Fields<
            Field<&LinkState::name, ifla::name>,
            Field<&LinkState::operstate, ifla::operstate>,
            Field<&LinkState::mtu, ifla::mtu>,
            Field<&LinkState::min_mtu, ifla::min_mtu>,
            Field<&LinkState::max_mtu, ifla::max_mtu>,
            Field<&LinkState::mac, ifla::mac>,
            Field<&LinkState::broadcast, ifla::broadcast>,
            Field<&LinkState::txqlen, ifla::txqlen>,
            Field<&LinkState::group, ifla::group>,
            Field<&LinkState::alias, ifla::alias>,
            Field<&LinkState::alternative_names, ifla::alternative_names>,
            Field<&LinkState::master, ifla::master>,
            Field<&LinkState::link, ifla::link>,
            Field<&LinkState::link_netnsid, ifla::link_netnsid>,
            Field<&LinkState::carrier, ifla::carrier>,
            Field<&LinkState::carrier_changes, ifla::carrier_changes>,
            Field<&LinkState::carrier_up_count, ifla::carrier_up_count>,
            Field<&LinkState::carrier_down_count, ifla::carrier_down_count>,
            Field<&LinkState::linkmode, ifla::linkmode>,
            Field<&LinkState::protocol_down, ifla::protocol_down>,
            Field<&LinkState::promiscuity, ifla::promiscuity>,
            Field<&LinkState::allmulti, ifla::allmulti>,
            Field<&LinkState::tx_queues, ifla::tx_queues>,
            Field<&LinkState::rx_queues, ifla::rx_queues>,
            Field<&LinkState::gso_max_size, ifla::gso_max_size>,
            Field<&LinkState::gso_max_segs, ifla::gso_max_segs>,
            Field<&LinkState::gro_max_size, ifla::gro_max_size>,
            Field<&LinkState::gso_ipv4_max_size, ifla::gso_ipv4_max_size>,
            Field<&LinkState::gro_ipv4_max_size, ifla::gro_ipv4_max_size>,
            Field<&LinkState::tso_max_size, ifla::tso_max_size>,
            Field<&LinkState::tso_max_segs, ifla::tso_max_segs>,
            Field<&LinkState::qdisc, ifla::qdisc>,
            Field<&LinkState::statistics, ifla::statistics>,
            Field<&LinkState::xdp, ifla::xdp>,
            Field<&LinkState::info, Attribute<IFLA_LINKINFO, Nested<LinkInfo>, "linkinfo">>>{};
    }
};

namespace message {

/// What a request about links can carry: that of a reply, and what only requests have.
inline constexpr wire::NamedField request_fields[] = {
    wire::named<ifla::netns_fd>(),
    wire::named<ifla::target_netnsid>(),
    wire::named<ifla::ext_mask>(),
};
inline constexpr wire::Names link_request_names{
    .header = sizeof(ifinfomsg), .fields = request_fields, .also = &wire::names<LinkState>};

}  // namespace message
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/link_fields.ipp>
#endif
