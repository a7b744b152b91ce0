// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/ipvlan.hpp>

namespace vethpp {

using IpvtapSettings = IpvlanSettingsOf<"ipvtap">;

/// An ipvlan whose frames a program reads and writes, at the character device /dev/tapN, N being
/// the link's index. Opening that is the program's.
class Ipvtap : public KindLink<IpvtapSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
