// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netlink/events.hpp>

namespace vethpp::netlink {

VETHPP_INLINE bool take_events(Transport& socket,
                               std::span<std::byte> buffer,
                               detail::FunctionRef<void(const wire::RawMessage&)> on_event) {
    constexpr int enough = 4096;
    bool lost = false;
    for (int i = 0; i < enough; ++i) {
        error_code ec;
        const Datagram datagram = socket.receive(buffer, ec);
        if (ec == boost::system::errc::interrupted) continue;
        if (ec == boost::system::errc::no_buffer_space) {
            lost = true;
            continue;
        }
        if (ec) break;
        if (datagram.sender != 0) continue;
        const bool whole = datagram.size <= buffer.size();
        wire::Bytes rest = datagram.buffer.first(whole ? datagram.size : buffer.size());
        wire::RawMessage message;
        while (wire::next(rest, message)) on_event(message);
        // Of one that was cut, the head.
        if (!whole && wire::load(rest, message.header)) {
            message.payload = wire::after(rest, sizeof message.header);
            on_event(message);
        }
    }
    return lost;
}

}  // namespace vethpp::netlink
