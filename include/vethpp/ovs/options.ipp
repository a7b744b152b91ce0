// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovs/options.hpp>

namespace vethpp {

VETHPP_INLINE std::string_view to_string(OvsFailMode mode) noexcept {
    switch (mode) {
        case OvsFailMode::standalone:
            return "standalone";
        case OvsFailMode::secure:
            return "secure";
    }
    return "";
}

VETHPP_INLINE std::string_view to_string(OvsVlanMode mode) noexcept {
    switch (mode) {
        case OvsVlanMode::access:
            return "access";
        case OvsVlanMode::trunk:
            return "trunk";
        case OvsVlanMode::native_tagged:
            return "native-tagged";
        case OvsVlanMode::native_untagged:
            return "native-untagged";
        case OvsVlanMode::dot1q_tunnel:
            return "dot1q-tunnel";
    }
    return "";
}

VETHPP_INLINE std::string_view to_string(OvsTunnelType type) noexcept {
    switch (type) {
        case OvsTunnelType::vxlan:
            return "vxlan";
        case OvsTunnelType::geneve:
            return "geneve";
        case OvsTunnelType::gre:
            return "gre";
    }
    return "";
}

VETHPP_INLINE std::string_view to_string(OvsExisting existing) noexcept {
    switch (existing) {
        case OvsExisting::refuse:
            return "refuse";
        case OvsExisting::adopt:
            return "adopt";
    }
    return "";
}

}  // namespace vethpp
