// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/format.hpp>
#include <vethpp/message/scalars.hpp>
#include <vethpp/value/interface_address.hpp>
#include <vethpp/value/prefix.hpp>
#include <vethpp/wire/message.hpp>

#include <cstdint>
#include <linux/rtnetlink.h>
#include <optional>
#include <string>
#include <sys/socket.h>

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
};

/// Where packets go (ip-route(8)); empty members are the kernel's, or those of `ip route add`.
struct Route {
    std::optional<Prefix> destination{};  ///< all addresses unless given: the default route
    std::optional<IpAddress> via{};       ///< the gateway
    std::optional<std::uint32_t> link{};  ///< the index of the link; that of the gateway's network
    std::optional<std::uint32_t> metric{};  ///< of several, the lowest counts
    std::optional<IpAddress> source{};      ///< what connections from here come from
    std::optional<std::uint32_t> table{};   ///< 254, "main", unless given
    std::optional<RouteType> type{};
    std::optional<AddressScope> scope{};
    std::optional<std::uint32_t> protocol{};  ///< 0 to 255: who added it, RTPROT_*

    [[nodiscard]] bool is_v6() const noexcept {
        return (destination && destination->is_v6()) || (via && via->is_v6()) ||
               (source && source->is_v6());
    }
    /// "10.0.1.0/24 via 10.0.2.1 dev 3 metric 50": as ip(8) says it, but for the link's name.
    [[nodiscard]] std::string to_string() const {
        std::string out = destination ? destination->to_string() : "default";
        if (via) out += " via " + via->to_string();
        if (link) out += " dev " + std::to_string(*link);
        if (source) out += " src " + source->to_string();
        if (metric) out += " metric " + std::to_string(*metric);
        return out;
    }
    friend bool operator==(const Route&, const Route&) = default;

    void complete(rtmsg& header) const noexcept {
        header.rtm_family = is_v6() ? AF_INET6 : AF_INET;
        header.rtm_dst_len = destination ? destination->length() : std::uint8_t{0};
    }
    void adopt(const rtmsg& header) {
        if (destination) destination = Prefix{destination->address(), header.rtm_dst_len};
    }
    static constexpr auto header() {
        using wire::Fixed;
        return wire::Header<rtmsg,
                            Fixed<&Route::type, &rtmsg::rtm_type, "type">,
                            Fixed<&Route::scope, &rtmsg::rtm_scope, "scope">,
                            Fixed<&Route::protocol, &rtmsg::rtm_protocol, "protocol">>{};
    }
    static constexpr auto fields() {
        using message::Ip, message::U32;
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&Route::destination, Attribute<RTA_DST, message::Range, "destination">>,
            Field<&Route::via, Attribute<RTA_GATEWAY, Ip, "via">>,
            Field<&Route::link, Attribute<RTA_OIF, U32, "link">>,
            Field<&Route::metric, Attribute<RTA_PRIORITY, U32, "metric">>,
            Field<&Route::source, Attribute<RTA_PREFSRC, Ip, "source">>,
            Field<&Route::table, Attribute<RTA_TABLE, U32, "table">>>{};
    }
};

}  // namespace vethpp
