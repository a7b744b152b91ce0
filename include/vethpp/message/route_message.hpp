// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/route.hpp>
#include <vethpp/message/scalars.hpp>
#include <vethpp/wire/message.hpp>

#include <cstdint>
#include <linux/rtnetlink.h>
#include <optional>
#include <vector>

namespace vethpp {

struct RouteMetrics::Description {
    static constexpr auto fields() {
        using M = RouteMetrics;
        using message::U32, message::Milliseconds;
        using wire::Attribute, wire::Field, wire::Text;
        return wire::Fields<
            Field<&M::locks, Attribute<RTAX_LOCK, U32, "locks">>,
            Field<&M::mtu, Attribute<RTAX_MTU, U32, "mtu">>,
            Field<&M::window, Attribute<RTAX_WINDOW, U32, "window">>,
            Field<&M::rtt, Attribute<RTAX_RTT, Milliseconds<8>, "rtt">>,
            Field<&M::rtt_var, Attribute<RTAX_RTTVAR, Milliseconds<4>, "rtt_var">>,
            Field<&M::ssthresh, Attribute<RTAX_SSTHRESH, U32, "ssthresh">>,
            Field<&M::cwnd, Attribute<RTAX_CWND, U32, "cwnd">>,
            Field<&M::advmss, Attribute<RTAX_ADVMSS, U32, "advmss">>,
            Field<&M::reordering, Attribute<RTAX_REORDERING, U32, "reordering">>,
            Field<&M::hoplimit, Attribute<RTAX_HOPLIMIT, U32, "hoplimit">>,
            Field<&M::initcwnd, Attribute<RTAX_INITCWND, U32, "initcwnd">>,
            Field<&M::features, Attribute<RTAX_FEATURES, U32, "features">>,
            Field<&M::rto_min, Attribute<RTAX_RTO_MIN, Milliseconds<1>, "rto_min">>,
            Field<&M::initrwnd, Attribute<RTAX_INITRWND, U32, "initrwnd">>,
            Field<&M::quickack, Attribute<RTAX_QUICKACK, U32, "quickack">>,
            Field<&M::congestion_control, Attribute<RTAX_CC_ALGO, Text, "congestion_control">>,
            Field<&M::fastopen_no_cookie,
                  Attribute<RTAX_FASTOPEN_NO_COOKIE, U32, "fastopen_no_cookie">>>{};
    }
};

namespace message {

/// A gateway of another family than the route's (RTA_VIA): the family, then the address.
struct Via {
    using Value = IpAddress;
    static void write(wire::Writer& w, std::uint16_t id, const IpAddress& v) noexcept;
    static bool read(wire::Bytes bytes, IpAddress& v) noexcept;
};

/// One of several ways (rtnexthop), as RTA_MULTIPATH repeats it.
struct NexthopMessage {
    rtnexthop head{};
    std::optional<IpAddress> gateway{};
    std::optional<IpAddress> via{};
    std::optional<std::uint32_t> encapsulation_type{};
    std::optional<std::vector<std::byte>> encapsulation{};

    static constexpr auto fields() {
        using M = NexthopMessage;
        using wire::Attribute, wire::Field, wire::Raw;
        return wire::Fields<Field<&M::gateway, Attribute<RTA_GATEWAY, Ip, "via">>,
                            Field<&M::via, Attribute<RTA_VIA, Via, "via">>,
                            Field<&M::encapsulation_type,
                                  Attribute<RTA_ENCAP_TYPE, Number16, "encapsulation_type">>,
                            Field<&M::encapsulation, Attribute<RTA_ENCAP, Raw, "encapsulation">>>{};
    }
};

struct Nexthops {
    using Value = std::vector<NexthopMessage>;
    static void write(wire::Writer& w, std::uint16_t id, const Value& v);
    static bool read(wire::Bytes bytes, Value& v);
};

/// A route as rtnetlink carries it (<linux/rtnetlink.h>, rtnetlink(7)).
struct RouteMessage {
    std::uint8_t family = 0;
    std::uint8_t destination_length = 0;
    std::uint8_t from_length = 0;
    std::uint32_t tos = 0;
    std::uint8_t first_table = 0;  ///< 0 for one that does not fit in here
    std::uint32_t protocol = 0;
    AddressScope scope = AddressScope::universe;
    RouteType type = RouteType{};
    std::uint32_t flags = 0;
    std::optional<IpAddress> destination{};
    std::optional<IpAddress> from{};
    std::optional<std::uint32_t> input{};
    std::optional<IpAddress> gateway{};
    std::optional<IpAddress> via{};
    std::optional<std::uint32_t> link{};
    std::optional<std::uint32_t> metric{};
    std::optional<IpAddress> source{};
    std::optional<RouteMetrics> metrics{};
    std::optional<std::vector<NexthopMessage>> nexthops{};
    std::optional<rta_cacheinfo> cache{};
    std::optional<std::uint32_t> table{};
    std::optional<std::uint32_t> mark{};
    std::optional<std::uint8_t> preference{};
    std::optional<std::uint32_t> encapsulation_type{};
    std::optional<std::vector<std::byte>> encapsulation{};
    std::optional<std::uint32_t> expires{};
    std::optional<std::uint32_t> uid{};
    std::optional<std::uint32_t> ip_protocol{};
    std::optional<std::uint16_t> source_port{};
    std::optional<std::uint16_t> destination_port{};
    std::optional<std::uint32_t> nexthop_id{};

    static constexpr auto header() {
        using M = RouteMessage;
        using wire::Fixed;
        return wire::Header<rtmsg,
                            Fixed<&M::family, &rtmsg::rtm_family, "family">,
                            Fixed<&M::destination_length, &rtmsg::rtm_dst_len, "length">,
                            Fixed<&M::from_length, &rtmsg::rtm_src_len, "from_length">,
                            Fixed<&M::tos, &rtmsg::rtm_tos, "tos">,
                            Fixed<&M::first_table, &rtmsg::rtm_table, "first_table">,
                            Fixed<&M::protocol, &rtmsg::rtm_protocol, "protocol">,
                            Fixed<&M::scope, &rtmsg::rtm_scope, "scope">,
                            Fixed<&M::type, &rtmsg::rtm_type, "type">,
                            Fixed<&M::flags, &rtmsg::rtm_flags, "flags">>{};
    }
    static constexpr auto fields() {
        using M = RouteMessage;
        using wire::Attribute, wire::Field, wire::Growing, wire::Nested, wire::Raw;
        return wire::Fields<
            Field<&M::destination, Attribute<RTA_DST, Ip, "destination">>,
            Field<&M::from, Attribute<RTA_SRC, Ip, "from">>,
            Field<&M::input, Attribute<RTA_IIF, U32, "input">>,
            Field<&M::gateway, Attribute<RTA_GATEWAY, Ip, "via">>,
            Field<&M::via, Attribute<RTA_VIA, Via, "via">>,
            Field<&M::link, Attribute<RTA_OIF, U32, "link">>,
            Field<&M::metric, Attribute<RTA_PRIORITY, U32, "metric">>,
            Field<&M::source, Attribute<RTA_PREFSRC, Ip, "source">>,
            Field<&M::metrics, Attribute<RTA_METRICS, Nested<RouteMetrics>, "metrics">>,
            Field<&M::nexthops, Attribute<RTA_MULTIPATH, Nexthops, "nexthops">>,
            Field<&M::cache, Attribute<RTA_CACHEINFO, Growing<rta_cacheinfo>, "cache">>,
            Field<&M::table, Attribute<RTA_TABLE, U32, "table">>,
            Field<&M::mark, Attribute<RTA_MARK, U32, "mark">>,
            Field<&M::preference, Attribute<RTA_PREF, U8, "preference">>,
            Field<&M::encapsulation_type,
                  Attribute<RTA_ENCAP_TYPE, Number16, "encapsulation_type">>,
            Field<&M::encapsulation, Attribute<RTA_ENCAP, Raw, "encapsulation">>,
            Field<&M::expires, Attribute<RTA_EXPIRES, U32, "expires">>,
            Field<&M::uid, Attribute<RTA_UID, U32, "uid">>,
            Field<&M::ip_protocol, Attribute<RTA_IP_PROTO, Number8, "ip_protocol">>,
            Field<&M::source_port, Attribute<RTA_SPORT, wire::BigEndian16, "source_port">>,
            Field<&M::destination_port,
                  Attribute<RTA_DPORT, wire::BigEndian16, "destination_port">>,
            Field<&M::nexthop_id, Attribute<RTA_NH_ID, U32, "nexthop_id">>>{};
    }
};

/// Writes the payload of an RTM_NEWROUTE request, or, with `removes`, of an RTM_DELROUTE one; what
/// is not said is what ip(8) says then.
void write_route(wire::Writer& w, const Route& route, bool removes);

/// Reads the payload of an RTM_NEWROUTE message; false for malformed bytes.
[[nodiscard]] bool read_route(wire::Bytes payload, Route& route);

/// The names of a route's attributes.
[[nodiscard]] const wire::Names& route_names() noexcept;

}  // namespace message
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/route_message.ipp>
#endif
