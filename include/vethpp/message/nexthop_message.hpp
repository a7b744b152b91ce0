// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/nexthop.hpp>
#include <vethpp/message/scalars.hpp>
#include <vethpp/wire/message.hpp>

#include <cstdint>
#include <linux/nexthop.h>
#include <optional>
#include <vector>

namespace vethpp {

struct ResilientGroup::Description {
    static constexpr auto fields() {
        using G = ResilientGroup;
        using wire::Attribute, wire::Duration, wire::Field;
        return wire::Fields<
            Field<&G::buckets, Attribute<NHA_RES_GROUP_BUCKETS, message::Number16, "buckets">>,
            Field<&G::idle_timer, Attribute<NHA_RES_GROUP_IDLE_TIMER, Duration, "idle_timer">>,
            Field<&G::unbalanced_timer,
                  Attribute<NHA_RES_GROUP_UNBALANCED_TIMER, Duration, "unbalanced_timer">>>{};
    }
};

namespace message {

/// The members of a group, one struct after another.
struct NexthopGroup {
    using Value = std::vector<NexthopMember>;
    static void write(wire::Writer& w, std::uint16_t id, const Value& v);
    static bool read(wire::Bytes bytes, Value& v);
};

/// A nexthop as rtnetlink carries it (<linux/nexthop.h>).
struct NexthopObject {
    std::uint32_t family = 0;
    AddressScope scope = AddressScope::universe;
    std::uint32_t protocol = 0;
    std::uint32_t flags = 0;
    std::optional<std::uint32_t> id{};
    std::optional<std::vector<NexthopMember>> group{};
    std::optional<std::uint16_t> group_type{};
    bool blackhole = false;
    std::optional<std::uint32_t> link{};
    std::optional<IpAddress> via{};
    std::optional<std::uint32_t> encapsulation_type{};
    std::optional<std::vector<std::byte>> encapsulation{};
    bool groups = false;  ///< of a question
    bool fdb = false;
    std::optional<ResilientGroup> resilient{};

    static constexpr auto header() {
        using M = NexthopObject;
        using wire::Fixed;
        return wire::Header<nhmsg,
                            Fixed<&M::family, &nhmsg::nh_family, "family">,
                            Fixed<&M::scope, &nhmsg::nh_scope, "scope">,
                            Fixed<&M::protocol, &nhmsg::nh_protocol, "protocol">,
                            Fixed<&M::flags, &nhmsg::nh_flags, "flags">>{};
    }
    static constexpr auto fields() {
        using M = NexthopObject;
        using wire::Attribute, wire::Field, wire::Nested, wire::Raw;
        return wire::Fields<
            Field<&M::id, Attribute<NHA_ID, U32, "id">>,
            Field<&M::group, Attribute<NHA_GROUP, NexthopGroup, "group">>,
            Field<&M::group_type, Attribute<NHA_GROUP_TYPE, U16, "group_type">>,
            Field<&M::blackhole, Attribute<NHA_BLACKHOLE, Presence, "blackhole">>,
            Field<&M::link, Attribute<NHA_OIF, U32, "link">>,
            Field<&M::via, Attribute<NHA_GATEWAY, Ip, "via">>,
            Field<&M::encapsulation_type,
                  Attribute<NHA_ENCAP_TYPE, Number16, "encapsulation_type">>,
            Field<&M::encapsulation, Attribute<NHA_ENCAP, Raw, "encapsulation">>,
            Field<&M::groups, Attribute<NHA_GROUPS, Presence, "groups">>,
            Field<&M::fdb, Attribute<NHA_FDB, Presence, "fdb">>,
            Field<&M::resilient, Attribute<NHA_RES_GROUP, Nested<ResilientGroup>, "resilient">>>{};
    }
};

/// Writes the payload of an RTM_NEWNEXTHOP request.
void write_nexthop(wire::Writer& w, const Nexthop& nexthop);

/// Writes the payload of an RTM_GETNEXTHOP request that lists.
void write_nexthop_filter(wire::Writer& w, const NexthopFilter& filter);

/// Reads the payload of an RTM_NEWNEXTHOP message; false for malformed bytes.
[[nodiscard]] bool read_nexthop(wire::Bytes payload, Nexthop& nexthop);

/// The names of a nexthop's attributes.
[[nodiscard]] const wire::Names& nexthop_names() noexcept;

}  // namespace message
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/nexthop_message.ipp>
#endif
