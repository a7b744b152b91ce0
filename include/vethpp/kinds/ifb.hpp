// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/kind_link.hpp>

#include <string_view>

namespace vethpp {

struct IfbSettings {
    static constexpr std::string_view kind = "ifb";

    static constexpr wire::Fields<> fields() { return {}; }
    friend bool operator==(const IfbSettings&, const IfbSettings&) = default;
};

/// An intermediate functional block: what arrives at another link is redirected to it, to be queued
/// as if it were sent (Documentation/networking, "ifb"; tc-mirred(8)).
class Ifb : public KindLink<IfbSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
