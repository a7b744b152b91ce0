// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/gre.hpp>

namespace vethpp {

using GretapSettings = GreSettingsOf<"gretap">;

/// A GRE tunnel between two IPv4 addresses that carries Ethernet frames.
class Gretap : public KindLink<GretapSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
