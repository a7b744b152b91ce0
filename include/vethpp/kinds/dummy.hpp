// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/kind_link.hpp>

#include <string_view>

namespace vethpp {

struct DummySettings {
    static constexpr std::string_view kind = "dummy";

    static constexpr wire::Fields<> fields() { return {}; }
    friend bool operator==(const DummySettings&, const DummySettings&) = default;
};

/// A link that drops what is sent to it: something to have an address or a route, and always there
/// (ip-link(8)).
class Dummy : public KindLink<DummySettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
