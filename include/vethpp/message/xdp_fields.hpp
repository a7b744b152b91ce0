// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/scalars.hpp>
#include <vethpp/message/xdp.hpp>
#include <vethpp/wire/description.hpp>

#include <cstdint>
#include <linux/if_link.h>
#include <optional>

namespace vethpp {

/// What a link says of its programs (IFLA_XDP).
struct XdpState::Description {
    static constexpr auto fields() {
        using message::U32;
        using wire::As, wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&XdpState::mode, Attribute<IFLA_XDP_ATTACHED, As<XdpMode, std::uint8_t>, "mode">>,
            Field<&XdpState::id, Attribute<IFLA_XDP_PROG_ID, U32, "id">>,
            Field<&XdpState::native_id, Attribute<IFLA_XDP_DRV_PROG_ID, U32, "native_id">>,
            Field<&XdpState::generic_id, Attribute<IFLA_XDP_SKB_PROG_ID, U32, "generic_id">>,
            Field<&XdpState::offload_id, Attribute<IFLA_XDP_HW_PROG_ID, U32, "offload_id">>>{};
    }
};

namespace message {

struct AttachedXdp : wire::Nested<XdpState> {
    static bool has(const XdpState& v) noexcept { return static_cast<bool>(v); }
};

/// What is attached, and instead of what.
struct XdpRequest {
    std::int32_t program = -1;  ///< -1 takes it off
    std::uint32_t flags = 0;    ///< XDP_FLAGS_*
    std::optional<std::int32_t> expected{};

    static constexpr auto fields() {
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&XdpRequest::program, Attribute<IFLA_XDP_FD, S32, "fd">>,
            Field<&XdpRequest::flags, Attribute<IFLA_XDP_FLAGS, U32, "flags">>,
            Field<&XdpRequest::expected, Attribute<IFLA_XDP_EXPECTED_FD, S32, "expected_fd">>>{};
    }
};

}  // namespace message
}  // namespace vethpp
