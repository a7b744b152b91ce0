// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/vti.hpp>

namespace vethpp {

using Vti6Settings = VtiSettingsOf<"vti6">;

/// The same as Vti, between two IPv6 addresses.
class Vti6 : public KindLink<Vti6Settings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
