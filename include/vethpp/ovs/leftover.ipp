// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ovs/leftover.hpp>

namespace vethpp {

VETHPP_INLINE std::string OvsLeftover::to_string() const {
    return detail::concat({vethpp::to_string(kind), " ", name, " of ", owner});
}

VETHPP_INLINE std::string_view to_string(OvsLeftover::Kind kind) noexcept {
    switch (kind) {
        case OvsLeftover::Kind::bridge:
            return "bridge";
        case OvsLeftover::Kind::port:
            return "port";
    }
    return "";
}

}  // namespace vethpp
