// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netns/ptr.hpp>

#include <cstdint>
#include <string_view>

namespace vethpp::detail {

/// A link that somebody waits for. Index 0 stands for all links of the namespace.
struct AwaitedLink {
    NetnsPtr netns;
    std::uint32_t index = 0;
    std::string_view name{};
    bool with_ports = false;  ///< and the ports that this bridge has when the wait begins
    NetnsPtr far{};           ///< where the other end may be, if that is known
};

}  // namespace vethpp::detail
