// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/xdp.hpp>

namespace vethpp {

VETHPP_INLINE std::string_view to_string(XdpMode mode) noexcept {
    switch (mode) {
        case XdpMode::none:
            return "none";
        case XdpMode::native:
            return "native";
        case XdpMode::generic:
            return "generic";
        case XdpMode::offload:
            return "offload";
        case XdpMode::several:
            return "several";
    }
    return "unknown";
}

VETHPP_INLINE std::string to_string(const XdpState& state) {
    std::string out;
    const auto append = [&](const char* what, const std::optional<std::uint32_t>& id) {
        if (!id) return;
        if (!out.empty()) out += ' ';
        out += what + std::to_string(*id);
    };
    append("prog/xdp id ", state.id);
    if (state.id) return out;
    append("prog/xdpdrv id ", state.native_id);
    append("prog/xdpgeneric id ", state.generic_id);
    append("prog/xdpoffload id ", state.offload_id);
    return out;
}

}  // namespace vethpp
