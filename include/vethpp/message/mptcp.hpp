// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/net_in.hpp>
#include <vethpp/message/format.hpp>
#include <vethpp/message/generic.hpp>
#include <vethpp/message/scalars.hpp>

#include <cstdint>
#include <linux/mptcp.h>
#include <optional>

/// The family "mptcp_pm" (<linux/mptcp.h>), but for the limits.
namespace vethpp::message {

struct MptcpAddress {
    std::optional<std::uint16_t> family{};
    std::optional<std::uint32_t> id{};
    std::optional<IpAddress> v4{};
    std::optional<IpAddress> v6{};
    std::optional<std::uint32_t> port{};
    std::optional<std::uint32_t> flags{};  // MPTCP_PM_ADDR_FLAG_*
    std::optional<LinkIndex> link{};

    static constexpr auto fields() {
        using A = MptcpAddress;
        using wire::Attribute, wire::Field;
        return wire::Fields<Field<&A::family, Attribute<MPTCP_PM_ADDR_ATTR_FAMILY, U16, "family">>,
                            Field<&A::id, Attribute<MPTCP_PM_ADDR_ATTR_ID, Number8, "id">>,
                            Field<&A::v4, Attribute<MPTCP_PM_ADDR_ATTR_ADDR4, Ip, "address">>,
                            Field<&A::v6, Attribute<MPTCP_PM_ADDR_ATTR_ADDR6, Ip, "address">>,
                            Field<&A::port, Attribute<MPTCP_PM_ADDR_ATTR_PORT, Number16, "port">>,
                            Field<&A::flags, Attribute<MPTCP_PM_ADDR_ATTR_FLAGS, U32, "flags">>,
                            Field<&A::link, Attribute<MPTCP_PM_ADDR_ATTR_IF_IDX, Index, "link">>>{};
    }
    friend bool operator==(const MptcpAddress&, const MptcpAddress&) = default;
};

struct MptcpMessage {
    std::optional<MptcpAddress> endpoint{};

    static constexpr auto fields() {
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&MptcpMessage::endpoint,
                  Attribute<MPTCP_PM_ATTR_ADDR, wire::Nested<MptcpAddress>, "endpoint">>>{};
    }
    friend bool operator==(const MptcpMessage&, const MptcpMessage&) = default;
};

}  // namespace vethpp::message
