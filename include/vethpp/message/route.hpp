// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/address.hpp>

#include <cstdint>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace vethpp::message {

/// Asks how the kernel would treat a packet to this address that came by the link (RTM_GETROUTE).
inline void write_route_query(wire::Writer& w, const IpAddress& address, std::uint32_t link) {
    rtmsg header{};
    header.rtm_family = address.is_v6() ? AF_INET6 : AF_INET;
    header.rtm_dst_len = address.is_v6() ? 128 : 32;
    w.pod(header);
    Ip::write(w, RTA_DST, address);
    // Only a link-local address is ambiguous; for others the link would hide routes of other links.
    if (address.is_v6() && address.to_v6().is_link_local())
        wire::Scalar<std::uint32_t>::write(w, RTA_OIF, link);
}

/// The answer: the address is one of this namespace's own, and packets to it are delivered.
[[nodiscard]] inline bool is_local_route(wire::Bytes payload) noexcept {
    const auto header = wire::load<rtmsg>(payload);
    return header && header->rtm_type == RTN_LOCAL;
}

}  // namespace vethpp::message
