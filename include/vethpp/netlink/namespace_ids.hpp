// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/session.hpp>
#include <vethpp/wire/codec.hpp>

#include <cstdint>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <optional>
#include <sys/socket.h>

namespace vethpp::netlink {

/// The number by which the session's namespace knows another one, as in IFLA_LINK_NETNSID; empty if
/// it knows it by none.
inline std::optional<std::int32_t> get_namespace_id(Session& session, int netns, Failure& failure) {
    static constexpr RequestType type{.type = RTM_GETNSID};
    std::int32_t id = NETNSA_NSID_NOT_ASSIGNED;
    session.request(
        type,
        [&](wire::Writer& w) {
            w.pod(rtgenmsg{.rtgen_family = AF_UNSPEC});
            wire::Scalar<std::int32_t>::write(w, NETNSA_FD, netns);
        },
        [&](const wire::RawMessage& m) {
            wire::Attributes list{wire::after(m.payload, wire::align(sizeof(rtgenmsg)))};
            for (const auto& attribute : list)
                if (attribute.type == NETNSA_NSID)
                    id = wire::load<std::int32_t>(attribute.payload).value_or(id);
        },
        failure);
    if (id < 0) return std::nullopt;
    return id;
}

}  // namespace vethpp::netlink
