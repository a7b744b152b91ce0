// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>

namespace vethpp::detail {

/// What a Netns and everything in it share; <vethpp/netns/state.hpp>.
class NetnsState;
using NetnsPtr = std::shared_ptr<NetnsState>;

}  // namespace vethpp::detail
