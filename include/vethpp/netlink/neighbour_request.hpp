// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/neighbour.hpp>
#include <vethpp/netlink/session.hpp>

#include <cstdint>

namespace vethpp::netlink {

[[nodiscard]] inline netlink::RequestType neighbour_request(int type, int flags) noexcept {
    return {.type = static_cast<std::uint16_t>(type),
            .flags = static_cast<std::uint16_t>(flags),
            .names = &wire::message_names<Neighbour>};
}

}  // namespace vethpp::netlink
