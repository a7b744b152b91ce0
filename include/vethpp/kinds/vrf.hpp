// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/kind_link.hpp>
#include <vethpp/message/scalars.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace vethpp {

struct VrfSettings {
    static constexpr std::string_view kind = "vrf";

    std::optional<std::uint32_t> table{};  ///< the routing table of its ports; must be given

    static constexpr auto fields() {
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&VrfSettings::table, Attribute<IFLA_VRF_TABLE, message::U32, "table">>>{};
    }
    void check(Failure& failure) const {
        if (!table || *table == 0)
            failure.fail(errc::invalid_option, "a VRF needs a routing table");
    }
    friend bool operator==(const VrfSettings&, const VrfSettings&) = default;
};

/// What a link is as the port of a VRF: `state.port_data<VrfPortSettings>()`. Read only.
struct VrfPortSettings {
    static constexpr std::string_view kind = "vrf";

    std::uint32_t table = 0;

    static constexpr auto fields() {
        using wire::Attribute, wire::Field;
        return wire::Fields<Field<&VrfPortSettings::table,
                                  Attribute<IFLA_VRF_PORT_TABLE, message::U32, "table">>>{};
    }
    friend bool operator==(const VrfPortSettings&, const VrfPortSettings&) = default;
};

/// A routing domain (Documentation/networking/vrf.rst): the links whose master it is route by its
/// table, and so do sockets that are bound to it (SO_BINDTODEVICE). It must be up.
///
///     Vrf red{{.netns = ns, .name = "red", .up = true}, {.table = 10}};
///     VethPair pair{{.netns = ns, .name = "eth0", .master = red, .up = true}, {...}};
class Vrf : public KindLink<VrfSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
