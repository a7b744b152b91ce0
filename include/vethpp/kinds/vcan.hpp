// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/kind_link.hpp>

#include <string_view>

namespace vethpp {

struct VcanSettings {
    static constexpr std::string_view kind = "vcan";

    static constexpr wire::Fields<> fields() { return {}; }
    friend bool operator==(const VcanSettings&, const VcanSettings&) = default;
};

/// A virtual CAN bus of its own (Documentation/networking/can.rst): what one socket sends, the
/// others get. It has no MAC address and takes no IP addresses.
class Vcan : public KindLink<VcanSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
