// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/ip6gre.hpp>

namespace vethpp {

using Ip6gretapSettings = Ip6greSettingsOf<"ip6gretap">;

/// A GRE tunnel between two IPv6 addresses that carries Ethernet frames.
class Ip6gretap : public KindLink<Ip6gretapSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
