// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/kind_link.hpp>

#include <string_view>

namespace vethpp {

struct NlmonSettings {
    static constexpr std::string_view kind = "nlmon";

    static constexpr wire::Fields<> fields() { return {}; }
    friend bool operator==(const NlmonSettings&, const NlmonSettings&) = default;
};

/// What goes through netlink sockets, to be captured: those of its namespace (ip-link(8), "nlmon").
class Nlmon : public KindLink<NlmonSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
