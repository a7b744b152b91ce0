// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netlink/list.hpp>

#include <cstring>

namespace vethpp::netlink {

VETHPP_INLINE RawList list_raw(Session& session, const Listing& listing, Failure& failure) {
    RawList messages;
    const auto restart = [&] { messages.clear(); };
    const auto keep = [&](const wire::RawMessage& message) {
        if (message.header.nlmsg_type != listing.object) return;
        const std::size_t start = messages.size();
        messages.resize(start + sizeof message.header + wire::align(message.payload.size()));
        std::memcpy(&messages[start], &message.header, sizeof message.header);
        if (!message.payload.empty())
            std::memcpy(&messages[start + sizeof message.header],
                        message.payload.data(),
                        message.payload.size());
    };
    session.dump(listing.request, listing.write, restart, keep, failure, listing.attempts);
    if (failure) messages.clear();
    return messages;
}

}  // namespace vethpp::netlink
