// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/fdb_entry.hpp>

#include <sys/socket.h>

namespace vethpp {

VETHPP_INLINE std::string_view to_string(FdbState state) noexcept {
    switch (state) {
        case FdbState::permanent:
            return "permanent";
        case FdbState::static_:
            return "static";
        case FdbState::dynamic:
            return "dynamic";
        case FdbState::stale:
            return "stale";
    }
    return "unknown";
}

namespace detail {

// What bridge(8) sends. The kernel reads single bits of it.
[[nodiscard]] inline __u16 fdb_bits(FdbState state) noexcept {
    if (state == FdbState::permanent) return NUD_PERMANENT | NUD_NOARP;
    if (state == FdbState::static_) return NUD_REACHABLE | NUD_NOARP;
    return NUD_REACHABLE;
}

[[nodiscard]] inline FdbState fdb_state(__u16 bits) noexcept {
    if ((bits & NUD_PERMANENT) != 0) return FdbState::permanent;
    if ((bits & NUD_NOARP) != 0) return FdbState::static_;
    return (bits & NUD_STALE) != 0 ? FdbState::stale : FdbState::dynamic;
}

}  // namespace detail

VETHPP_INLINE std::string FdbEntry::to_string() const {
    std::string out = mac ? mac->to_string() : "no address";
    const auto number = [&](const char* word, const std::optional<std::uint32_t>& value) {
        if (value) out += word + std::to_string(*value);
    };
    if (link) out += " dev " + link->to_string();
    if (destination) out += " dst " + destination->to_string();
    number(" vlan ", vlan);
    number(" port ", port);
    number(" vni ", vni);
    number(" src_vni ", source_vni);
    if (via) out += " via " + via->to_string();
    number(" nhid ", nexthop);
    if (self) out += " self";
    if (router) out += " router";
    if (extern_learn) out += " extern_learn";
    if (offloaded) out += " offload";
    if (sticky) out += " sticky";
    if (locked) out += " locked";
    if (master)
        out += " master " + master->to_string();
    else if (of_master)
        out += " master";
    if (state && *state != FdbState::dynamic) {
        out += ' ';
        out += vethpp::to_string(*state);
    }
    return out;
}

VETHPP_INLINE FdbEntry FdbEntry::as_sent() const {
    FdbEntry sent = *this;
    if (of_master && link && master == link) {
        sent.self = true;
        sent.of_master = false;
    }
    sent.master.reset();
    sent.ages.reset();
    sent.locked = false;
    return sent;
}

VETHPP_INLINE void FdbEntry::complete(ndmsg& header) const noexcept {
    header.ndm_family = AF_BRIDGE;
    if (link) header.ndm_ifindex = static_cast<int>(link->index());
    if (state) header.ndm_state = detail::fdb_bits(*state);
    unsigned flags = 0;
    if (self) flags |= unsigned{NTF_SELF};
    if (of_master) flags |= unsigned{NTF_MASTER};
    if (router) flags |= unsigned{NTF_ROUTER};
    if (extern_learn) flags |= unsigned{NTF_EXT_LEARNED};
    if (sticky) flags |= unsigned{NTF_STICKY};
    header.ndm_flags = static_cast<__u8>(flags);
}

VETHPP_INLINE void FdbEntry::adopt(const ndmsg& header) {
    if (header.ndm_ifindex != 0) link = LinkIndex{header.ndm_ifindex};
    state = detail::fdb_state(header.ndm_state);
    const unsigned flags = header.ndm_flags;
    self = (flags & unsigned{NTF_SELF}) != 0;
    of_master = !self && (master || (flags & unsigned{NTF_MASTER}) != 0);
    router = (flags & unsigned{NTF_ROUTER}) != 0;
    extern_learn = (flags & unsigned{NTF_EXT_LEARNED}) != 0;
    sticky = (flags & unsigned{NTF_STICKY}) != 0;
    offloaded = (flags & unsigned{NTF_OFFLOADED}) != 0;
}

}  // namespace vethpp
