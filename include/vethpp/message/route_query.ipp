// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/route_query.hpp>
#include <vethpp/message/scalars.hpp>
#include <vethpp/wire/reader.hpp>

#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace vethpp::message {

VETHPP_INLINE void write_route_query(wire::Writer& w,
                                     const IpAddress& address,
                                     std::uint32_t link,
                                     std::uint32_t flags,
                                     std::uint32_t domain) {
    rtmsg header{};
    header.rtm_family = address.is_v6() ? AF_INET6 : AF_INET;
    header.rtm_dst_len = address.is_v6() ? 128 : 32;
    header.rtm_flags = flags;
    w.pod(header);
    Ip::write(w, RTA_DST, address);
    // Only a link-local address is ambiguous; for others the link would hide routes of other links.
    if (address.is_v6() && address.to_v6().is_link_local())
        U32::write(w, RTA_OIF, link);
    else if (domain != 0)
        U32::write(w, RTA_OIF, domain);
}

VETHPP_INLINE bool is_own_route(wire::Bytes payload) {
    rtmsg answer{};
    if (!wire::load(payload, answer)) return false;
    wire::Bytes rest = wire::after(payload, wire::align(sizeof answer));
    wire::RawAttribute attribute;
    while (wire::next(rest, attribute)) {
    }
    if (!rest.empty()) return false;
    // A multicast or broadcast address is one of IPv4's that nobody should have, but anybody can.
    return answer.rtm_type == RTN_LOCAL || answer.rtm_type == RTN_MULTICAST ||
           answer.rtm_type == RTN_BROADCAST;
}

}  // namespace vethpp::message
