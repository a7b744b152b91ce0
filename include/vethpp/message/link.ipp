// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/net_if.hpp>
#include <vethpp/message/link.hpp>

namespace vethpp {

VETHPP_INLINE std::string_view to_string(Operstate state) noexcept {
    switch (state) {
        case Operstate::unknown:
            return "unknown";
        case Operstate::not_present:
            return "not present";
        case Operstate::down:
            return "down";
        case Operstate::lower_layer_down:
            return "lower layer down";
        case Operstate::testing:
            return "testing";
        case Operstate::dormant:
            return "dormant";
        case Operstate::up:
            return "up";
    }
    return "unknown";
}

VETHPP_INLINE bool LinkState::is_up() const noexcept { return (flags & IFF_UP) != 0; }
VETHPP_INLINE bool LinkState::is_loopback() const noexcept { return (flags & IFF_LOOPBACK) != 0; }

}  // namespace vethpp
