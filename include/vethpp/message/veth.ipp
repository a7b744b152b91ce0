// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/message/veth.hpp>

#include <linux/veth.h>

namespace vethpp::message {

inline constexpr wire::NamedField veth_fields[] = {{VETH_INFO_PEER, "peer", &link_request_names}};
inline constexpr wire::Names veth_names{.fields = veth_fields};

VETHPP_INLINE AnyData veth_data(const VethEnd& end) noexcept {
    const auto write = [](wire::Writer& w, const void* value) {
        // Header and attributes are not a pure nest, so the attribute goes without NLA_F_NESTED.
        w.enclose(VETH_INFO_PEER, [&](wire::Writer& inner) {
            const VethEnd& other = *static_cast<const VethEnd*>(value);
            ifinfomsg header{};
            header.ifi_index = static_cast<int>(other.index);
            inner.pod(header);
            other.attributes(inner);
        });
    };
    return {&end, write, &veth_names};
}

}  // namespace vethpp::message
