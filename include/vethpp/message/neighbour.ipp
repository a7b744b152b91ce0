// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/neighbour.hpp>

#include <sys/socket.h>

namespace vethpp {

VETHPP_INLINE std::string_view to_string(NeighbourState state) noexcept {
    switch (state) {
        case NeighbourState::none:
            return "NONE";
        case NeighbourState::incomplete:
            return "INCOMPLETE";
        case NeighbourState::reachable:
            return "REACHABLE";
        case NeighbourState::stale:
            return "STALE";
        case NeighbourState::delay:
            return "DELAY";
        case NeighbourState::probe:
            return "PROBE";
        case NeighbourState::failed:
            return "FAILED";
        case NeighbourState::noarp:
            return "NOARP";
        case NeighbourState::permanent:
            return "PERMANENT";
    }
    return "UNKNOWN";
}

namespace message {

VETHPP_INLINE void NeighbourAgesCodec::write(wire::Writer& w,
                                             std::uint16_t id,
                                             const Value& v) noexcept {
    const auto ticks = [](wire::Centiseconds age) {
        return static_cast<std::uint32_t>(age.count());
    };
    const nda_cacheinfo info{.ndm_confirmed = ticks(v.confirmed),
                             .ndm_used = ticks(v.used),
                             .ndm_updated = ticks(v.updated),
                             .ndm_refcnt = v.references};
    w.attribute(id, &info, sizeof info);
}

VETHPP_INLINE bool NeighbourAgesCodec::read(wire::Bytes bytes, Value& v) noexcept {
    nda_cacheinfo info{};
    if (!wire::load(bytes, info)) return false;
    v = {.used = wire::Centiseconds{info.ndm_used},
         .confirmed = wire::Centiseconds{info.ndm_confirmed},
         .updated = wire::Centiseconds{info.ndm_updated},
         .references = info.ndm_refcnt};
    return true;
}

}  // namespace message

VETHPP_INLINE std::string Neighbour::to_string() const {
    std::string out = address ? address->to_string() : "no address";
    if (link) out += " dev " + link->to_string();
    if (mac) out += " lladdr " + mac->to_string();
    if (router) out += " router";
    if (proxy) out += " proxy";
    if (managed) out += " managed";
    if (extern_learn) out += " extern_learn";
    if (offloaded) out += " offload";
    if (use) out += " use";
    if (state && *state != NeighbourState::none) {
        out += ' ';
        out += vethpp::to_string(*state);
    }
    if (protocol) out += " proto " + std::to_string(*protocol);
    return out;
}

VETHPP_INLINE void Neighbour::complete(ndmsg& header) const noexcept {
    header.ndm_family = is_v6() ? AF_INET6 : AF_INET;
    if (link) header.ndm_ifindex = static_cast<int>(link->index());
    unsigned flags = 0;
    if (proxy) flags |= unsigned{NTF_PROXY};
    if (router) flags |= unsigned{NTF_ROUTER};
    if (extern_learn) flags |= unsigned{NTF_EXT_LEARNED};
    if (use) flags |= unsigned{NTF_USE};
    header.ndm_flags = static_cast<__u8>(flags);
}

VETHPP_INLINE void Neighbour::adopt(const ndmsg& header) {
    if (header.ndm_ifindex != 0) link = LinkIndex{header.ndm_ifindex};
    const unsigned flags = header.ndm_flags;
    proxy = (flags & unsigned{NTF_PROXY}) != 0;
    router = (flags & unsigned{NTF_ROUTER}) != 0;
    extern_learn = (flags & unsigned{NTF_EXT_LEARNED}) != 0;
    offloaded = (flags & unsigned{NTF_OFFLOADED}) != 0;
}

}  // namespace vethpp
