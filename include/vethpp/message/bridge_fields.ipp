// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/bridge_fields.hpp>
#include <vethpp/message/format.hpp>

namespace vethpp {

VETHPP_INLINE std::string to_string(const BridgeSettings& settings) {
    return detail::text_of(settings);
}
VETHPP_INLINE std::string to_string(const BridgePortSettings& settings) {
    return detail::text_of(settings);
}
VETHPP_INLINE std::string to_string(const BridgeStatus& status) { return detail::text_of(status); }

VETHPP_INLINE bool read_data(std::span<const std::byte> attributes, BridgeSettings& settings) {
    return wire::read(attributes, settings);
}
VETHPP_INLINE bool read_data(std::span<const std::byte> attributes, BridgePortSettings& settings) {
    return wire::read(attributes, settings);
}
VETHPP_INLINE bool read_data(std::span<const std::byte> attributes, BridgeStatus& status) {
    return wire::read(attributes, status);
}

}  // namespace vethpp
