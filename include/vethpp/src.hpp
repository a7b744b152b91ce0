// SPDX-License-Identifier: BSL-1.0
#pragma once

// The bodies of the library, for one source file of a program in which VETHPP_SEPARATE_COMPILATION
// is defined everywhere. CMake's target vethpp::compiled does both.
#ifndef VETHPP_SEPARATE_COMPILATION
#error "<vethpp/src.hpp> needs VETHPP_SEPARATE_COMPILATION, in every source file of the program"
#endif

#include <vethpp/base/copies.ipp>
#include <vethpp/base/deadline.ipp>
#include <vethpp/base/process.ipp>
#include <vethpp/base/random.ipp>
#include <vethpp/base/text.ipp>
#include <vethpp/bridge.ipp>
#include <vethpp/kinds/kind_link.ipp>
#include <vethpp/link.ipp>
#include <vethpp/link/addresses.ipp>
#include <vethpp/link/explain.ipp>
#include <vethpp/link/ipv6.ipp>
#include <vethpp/link/look.ipp>
#include <vethpp/link/maker.ipp>
#include <vethpp/link/move.ipp>
#include <vethpp/link/mtu.ipp>
#include <vethpp/link/offloads.ipp>
#include <vethpp/link/peer.ipp>
#include <vethpp/link/readiness.ipp>
#include <vethpp/link/reasons.ipp>
#include <vethpp/message/address.ipp>
#include <vethpp/message/bridge.ipp>
#include <vethpp/message/bridge_fields.ipp>
#include <vethpp/message/format.ipp>
#include <vethpp/message/link.ipp>
#include <vethpp/message/link_fields.ipp>
#include <vethpp/message/route_query.ipp>
#include <vethpp/message/veth.ipp>
#include <vethpp/netlink/addresses.ipp>
#include <vethpp/netlink/background_send.ipp>
#include <vethpp/netlink/departing_links.ipp>
#include <vethpp/netlink/events.ipp>
#include <vethpp/netlink/exchange.ipp>
#include <vethpp/netlink/link_queries.ipp>
#include <vethpp/netlink/links.ipp>
#include <vethpp/netlink/list.ipp>
#include <vethpp/netlink/namespace_ids.ipp>
#include <vethpp/netlink/session.ipp>
#include <vethpp/netlink/socket.ipp>
#include <vethpp/netns.ipp>
#include <vethpp/netns/entry.ipp>
#include <vethpp/netns/fresh_thread.ipp>
#include <vethpp/netns/home.ipp>
#include <vethpp/netns/known_namespaces.ipp>
#include <vethpp/netns/published_name.ipp>
#include <vethpp/netns/ref.ipp>
#include <vethpp/netns/state.ipp>
#include <vethpp/netns/subscribe.ipp>
#include <vethpp/netns/sysctl.ipp>
#include <vethpp/netns/system.ipp>
#include <vethpp/netns/visit.ipp>
#include <vethpp/ping.ipp>
#include <vethpp/ping/exchange.ipp>
#include <vethpp/ping/options.ipp>
#include <vethpp/ping/result.ipp>
#include <vethpp/ping/socket.ipp>
#include <vethpp/removal.ipp>
#include <vethpp/value/attempt.ipp>
#include <vethpp/value/error.ipp>
#include <vethpp/value/interface_address.ipp>
#include <vethpp/value/interface_name.ipp>
#include <vethpp/value/ip_address.ipp>
#include <vethpp/value/mac_address.ipp>
#include <vethpp/value/prefix.ipp>
#include <vethpp/value/print.ipp>
#include <vethpp/veth_pair.ipp>
#include <vethpp/wire/names.ipp>
