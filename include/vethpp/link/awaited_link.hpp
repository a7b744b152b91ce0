// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netns/ptr.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace vethpp {

struct Route;

namespace detail {

/// A link that somebody waits for. Index 0 stands for all links of the namespace.
struct AwaitedLink {
    NetnsPtr netns;
    std::uint32_t index = 0;
    std::string_view name{};
    bool with_ports = false;  ///< and the ports that this bridge has when the wait begins
    NetnsPtr far{};           ///< where the other end may be, if that is known
    const std::vector<Route>* routes = nullptr;  ///< those that it was made with

    /// More than one may be waited for, so that the kernel is asked for all that there are.
    [[nodiscard]] bool is_many() const noexcept { return index == 0 || with_ports; }
};

}  // namespace detail
}  // namespace vethpp
