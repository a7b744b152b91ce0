// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/message/bridge.hpp>

namespace vethpp {

VETHPP_INLINE std::string_view to_string(PortState state) noexcept {
    switch (state) {
        case PortState::disabled:
            return "disabled";
        case PortState::listening:
            return "listening";
        case PortState::learning:
            return "learning";
        case PortState::forwarding:
            return "forwarding";
        case PortState::blocking:
            return "blocking";
    }
    return "unknown";
}

VETHPP_INLINE std::string_view to_string(MulticastRouter router) noexcept {
    switch (router) {
        case MulticastRouter::never:
            return "never";
        case MulticastRouter::query:
            return "query";
        case MulticastRouter::permanent:
            return "permanent";
        case MulticastRouter::temporary:
            return "temporary";
    }
    return "unknown";
}

VETHPP_INLINE std::string BridgeId::to_string() const {
    return detail::concat({detail::hex(priority, 4), ".", mac.to_string()});
}

}  // namespace vethpp
