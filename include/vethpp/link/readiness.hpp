// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/deadline.hpp>
#include <vethpp/netns/ref.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace vethpp::detail {

/// A link that somebody waits for. Index 0 stands for all links of the namespace.
struct AwaitedLink {
    NetnsPtr netns;
    std::uint32_t index = 0;
    std::string_view name{};
    bool with_ports = false;  ///< and the ports that this bridge has when the wait begins
    NetnsPtr far{};           ///< where the other end may be, if that is known
};

/// Waits until links can be used: the barrier behind every wait_ready().
///
/// The kernel acknowledges a link before its carrier is known, and an address before its local
/// route and its multicast membership exist; datagrams sent in between are lost or late by a
/// second.
///
/// The deadline limits the waiting: what one look finds ready is ready, whatever the time.
void wait_ready(std::span<const AwaitedLink> links, const Deadline& deadline, Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/readiness.ipp>
#endif
