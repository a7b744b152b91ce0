// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/format.hpp>
#include <vethpp/message/generic.hpp>
#include <vethpp/message/scalars.hpp>

#include <cstdint>
#include <linux/fou.h>
#include <optional>

namespace vethpp::message {

/// The family "fou" (<linux/fou.h>).
struct FouMessage {
    std::optional<std::uint32_t> port{};
    std::optional<std::uint8_t> family{};
    std::optional<std::uint32_t> protocol{};
    std::optional<std::uint8_t> type{};  // FOU_ENCAP_*
    std::optional<IpAddress> local_v4{};
    std::optional<IpAddress> local_v6{};
    std::optional<IpAddress> peer_v4{};
    std::optional<IpAddress> peer_v6{};
    std::optional<std::uint32_t> peer_port{};
    std::optional<LinkIndex> link{};

    static constexpr auto fields() {
        using F = FouMessage;
        using wire::Attribute, wire::Field;
        return wire::Fields<Field<&F::port, Attribute<FOU_ATTR_PORT, Port, "port">>,
                            Field<&F::family, Attribute<FOU_ATTR_AF, U8, "family">>,
                            Field<&F::protocol, Attribute<FOU_ATTR_IPPROTO, Number8, "protocol">>,
                            Field<&F::type, Attribute<FOU_ATTR_TYPE, U8, "encapsulation">>,
                            Field<&F::local_v4, Attribute<FOU_ATTR_LOCAL_V4, Ip, "local">>,
                            Field<&F::local_v6, Attribute<FOU_ATTR_LOCAL_V6, Ip, "local">>,
                            Field<&F::peer_v4, Attribute<FOU_ATTR_PEER_V4, Ip, "peer">>,
                            Field<&F::peer_v6, Attribute<FOU_ATTR_PEER_V6, Ip, "peer">>,
                            Field<&F::peer_port, Attribute<FOU_ATTR_PEER_PORT, Port, "peer_port">>,
                            Field<&F::link, Attribute<FOU_ATTR_IFINDEX, Index, "link">>>{};
    }
    friend bool operator==(const FouMessage&, const FouMessage&) = default;
};

}  // namespace vethpp::message
