// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/transport.hpp>

#include <cstddef>
#include <span>

namespace vethpp::netlink {

/// Takes all events that have come to a socket, without waiting, at most some thousands: more than
/// a queue holds comes only while others come as fast, and a flood must not outlast a deadline.
/// Each message goes to on_event, as far as it fits into the buffer; a longer datagram is cut,
/// which serves those who look at heads only.
///
/// True if some were lost (ENOBUFS): what was known of the state has to be read again. The ones
/// that are delivered after a loss may be older than that.
[[nodiscard]] bool take_events(Transport& socket,
                               std::span<std::byte> buffer,
                               detail::FunctionRef<void(const wire::RawMessage&)> on_event);

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/events.ipp>
#endif
