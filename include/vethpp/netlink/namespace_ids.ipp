// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netlink/namespace_ids.hpp>
#include <vethpp/wire/codec.hpp>

#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace vethpp::netlink {

VETHPP_INLINE std::optional<std::int32_t> get_namespace_id(Session& session,
                                                           int netns,
                                                           Failure& failure) {
    static constexpr RequestType type{.type = RTM_GETNSID};
    std::int32_t id = NETNSA_NSID_NOT_ASSIGNED;
    const auto ask = [&](wire::Writer& w) {
        w.pod(rtgenmsg{.rtgen_family = AF_UNSPEC});
        wire::Scalar<std::int32_t>::write(w, NETNSA_FD, netns);
    };
    const auto read = [&](const wire::RawMessage& m) {
        wire::Attributes list{wire::after(m.payload, wire::align(sizeof(rtgenmsg)))};
        for (const wire::RawAttribute& attribute : list)
            if (attribute.type == NETNSA_NSID) (void)wire::load(attribute.payload, id);
    };
    session.request(type, ask, read, failure);
    if (id < 0) return std::nullopt;
    return id;
}

VETHPP_INLINE std::optional<std::int32_t> assign_namespace_id(Session& session,
                                                              int netns,
                                                              Failure& failure) {
    static constexpr RequestType type{.type = RTM_NEWNSID};
    const auto id = get_namespace_id(session, netns, failure);
    if (failure || id) return id;
    Failure once;
    session.request(
        type,
        [&](wire::Writer& w) {
            w.pod(rtgenmsg{.rtgen_family = AF_UNSPEC});
            wire::Scalar<std::int32_t>::write(w, NETNSA_FD, netns);
            wire::Scalar<std::int32_t>::write(w, NETNSA_NSID, NETNSA_NSID_NOT_ASSIGNED);
        },
        once);
    // It may have got one meanwhile.
    if (once.code != boost::system::errc::file_exists) failure.take(std::move(once));
    return get_namespace_id(session, netns, failure);
}

}  // namespace vethpp::netlink
