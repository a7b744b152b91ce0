// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netns/ref.hpp>
#include <vethpp/ping/options.hpp>
#include <vethpp/ping/result.hpp>

#include <string_view>

namespace vethpp {

/// Sends ICMP or ICMPv6 echo requests from inside a namespace and collects the replies, in this
/// process and on this thread.
///
/// The destination is an address, IPv6 link-local ones with a link of that namespace as scope
/// ("fe80::1%veth0"). Of a multicast group, the own host is not asked.
///
/// **Blocking.** Until every request is answered or reported unreachable, at most (count - 1)
/// intervals and one timeout, beside the time that the kernel takes to send. What it has no room
/// for in that time is not sent. **Errors.** Loss is none: see PingResult::outcome(). An Error is
/// bad input, no permission, or a kernel that refuses to send, such as ENETUNREACH where there is
/// no route. Needs a group within net.ipv4.ping_group_range, or CAP_NET_RAW.
PingResult ping(const NetnsRef& from,
                std::string_view destination,
                const PingOptions& options = {},
                OnError on_error = {});

/// The same; the scope of an IPv6 address is the index of a link of that namespace.
PingResult ping(const NetnsRef& from,
                const boost::asio::ip::address& destination,
                const PingOptions& options = {},
                OnError on_error = {});

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ping.ipp>
#endif
