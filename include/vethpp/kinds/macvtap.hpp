// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/macvlan.hpp>

namespace vethpp {

using MacvtapSettings = MacvlanSettingsOf<"macvtap">;

/// A macvlan whose frames a program reads and writes, at the character device /dev/tapN, N being
/// the link's index. Opening that is the program's.
class Macvtap : public KindLink<MacvtapSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
