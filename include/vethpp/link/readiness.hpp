// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/deadline.hpp>
#include <vethpp/link/awaited_link.hpp>
#include <vethpp/value/error.hpp>

#include <span>

namespace vethpp::detail {

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
