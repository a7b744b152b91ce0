// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/link_fields.hpp>

#include <cstdint>
#include <net/if.h>
#include <optional>
#include <string>

namespace vethpp::message {

/// What is asked of a link on the way to something else: less than a LinkState to carry, to read,
/// and to compile.
struct LinkSummary {
    std::uint32_t index = 0;
    std::uint32_t flags = 0;
    std::string name{};
    Operstate operstate = Operstate::unknown;
    std::uint32_t group = 0;
    std::uint32_t master = 0;  ///< none if 0
    std::uint32_t link = 0;    ///< the link below, or the other end; none if 0
    std::optional<std::int32_t> link_netnsid{};
    LinkInfo info{};

    [[nodiscard]] bool is_up() const noexcept { return (flags & IFF_UP) != 0; }

    static constexpr auto header() {
        using wire::Fixed;
        return wire::Header<ifinfomsg,
                            Fixed<&LinkSummary::index, &ifinfomsg::ifi_index, "index">,
                            Fixed<&LinkSummary::flags, &ifinfomsg::ifi_flags, "flags">>{};
    }
    static constexpr auto fields() {
        using wire::Attribute, wire::Field, wire::Nested;
        return wire::Fields<
            Field<&LinkSummary::name, ifla::name>,
            Field<&LinkSummary::operstate, ifla::operstate>,
            Field<&LinkSummary::group, ifla::group>,
            Field<&LinkSummary::master, ifla::master>,
            Field<&LinkSummary::link, ifla::link>,
            Field<&LinkSummary::link_netnsid, ifla::link_netnsid>,
            Field<&LinkSummary::info, Attribute<IFLA_LINKINFO, Nested<LinkInfo>, "linkinfo">>>{};
    }
};

}  // namespace vethpp::message
