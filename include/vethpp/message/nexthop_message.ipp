// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/nexthop_message.hpp>

#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <utility>

namespace vethpp::message {

VETHPP_INLINE void NexthopGroup::write(wire::Writer& w, std::uint16_t id, const Value& v) {
    std::vector<nexthop_grp> members;
    for (const NexthopMember& member : v) {
        if (member.weight < 1 || member.weight > 256) w.refuse("a weight is 1 to 256");
        members.push_back({.id = member.id,
                           .weight = static_cast<std::uint8_t>(member.weight - 1),
                           .resvd1 = 0,
                           .resvd2 = 0});
    }
    w.attribute(id, members.data(), members.size() * sizeof(nexthop_grp));
}

VETHPP_INLINE bool NexthopGroup::read(wire::Bytes bytes, Value& v) {
    v.clear();
    for (nexthop_grp one{}; wire::load(bytes, one); bytes = wire::after(bytes, sizeof one))
        v.push_back({.id = one.id, .weight = one.weight + std::uint32_t{1}});
    return bytes.empty();
}

// A group's members have families, and it has none.
[[nodiscard]] inline std::uint32_t family_of(const Nexthop& nexthop) {
    if (!nexthop.group.empty()) return AF_UNSPEC;
    if (nexthop.via) return nexthop.via->is_v6() ? AF_INET6 : AF_INET;
    return static_cast<std::uint32_t>(nexthop.family.value_or(Family::ipv4));
}

VETHPP_INLINE void write_nexthop(wire::Writer& w, const Nexthop& nexthop) {
    NexthopObject m{.family = family_of(nexthop),
                    .protocol = nexthop.protocol.value_or(RTPROT_UNSPEC),
                    .flags = nexthop.onlink ? std::uint32_t{RTNH_F_ONLINK} : 0,
                    .blackhole = nexthop.blackhole,
                    .via = nexthop.via,
                    .fdb = nexthop.fdb,
                    .resilient = nexthop.resilient};
    if (nexthop.id != 0) m.id = nexthop.id;
    if (!nexthop.group.empty()) m.group = nexthop.group;
    if (nexthop.resilient) m.group_type = std::uint16_t{NEXTHOP_GRP_TYPE_RES};
    if (nexthop.link) m.link = nexthop.link->index();
    if (nexthop.encapsulation.type != 0) {
        m.encapsulation_type = nexthop.encapsulation.type;
        m.encapsulation = nexthop.encapsulation.data;
    }
    wire::write_message(w, m);
}

VETHPP_INLINE void write_nexthop_filter(wire::Writer& w, const NexthopFilter& filter) {
    NexthopObject m{.groups = filter.groups, .fdb = filter.fdb};
    if (filter.family) m.family = static_cast<std::uint32_t>(*filter.family);
    if (filter.link) m.link = filter.link->index();
    wire::write_message(w, m);
}

VETHPP_INLINE bool read_nexthop(wire::Bytes payload, Nexthop& nexthop) {
    NexthopObject m;
    if (!wire::read_message(payload, m)) return false;
    nexthop = {.id = m.id.value_or(0),
               .via = m.via,
               .onlink = (m.flags & RTNH_F_ONLINK) != 0,
               .blackhole = m.blackhole,
               .fdb = m.fdb,
               .group = std::move(m.group).value_or(std::vector<NexthopMember>{}),
               .resilient = m.resilient,
               .scope = m.scope,
               .flags = m.flags & ~std::uint32_t{RTNH_F_ONLINK}};
    if (m.link) nexthop.link = LinkIndex{*m.link};
    if (m.protocol != RTPROT_UNSPEC) nexthop.protocol = m.protocol;
    if (m.family == AF_INET || m.family == AF_INET6) nexthop.family = static_cast<Family>(m.family);
    if (m.encapsulation_type.value_or(0) != 0)
        nexthop.encapsulation = {*m.encapsulation_type,
                                 std::move(m.encapsulation).value_or(std::vector<std::byte>{})};
    return true;
}

VETHPP_INLINE const wire::Names& nexthop_names() noexcept {
    return wire::message_names<NexthopObject>;
}

}  // namespace vethpp::message
