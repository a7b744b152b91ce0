// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/link.hpp>

#include <linux/veth.h>

namespace vethpp::message {

/// The data of kind "veth": the other end, a whole link message inside the attribute.
struct VethData {
    static constexpr std::string_view kind = "veth";

    // Header and attributes are not a pure nest, so the attribute goes without NLA_F_NESTED.
    std::optional<LinkAttributes> peer{};

    static constexpr auto fields() {
        using Peer = wire::Headed<ifinfomsg, LinkAttributes>;
        return wire::Fields<
            wire::Field<&VethData::peer, wire::Attribute<VETH_INFO_PEER, Peer, "peer">>>{};
    }
    friend bool operator==(const VethData&, const VethData&) = default;
};

}  // namespace vethpp::message
