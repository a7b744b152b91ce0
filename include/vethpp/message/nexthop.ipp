// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/message/nexthop.hpp>
#include <vethpp/message/route_words.hpp>

namespace vethpp {

VETHPP_INLINE std::string Nexthop::to_string() const {
    using detail::concat;
    std::string out = concat({"id ", std::to_string(id)});
    const char* separator = " group ";
    for (const NexthopMember& member : group) {
        out += concat({separator, std::to_string(member.id)});
        if (member.weight != 1) out += concat({",", std::to_string(member.weight)});
        separator = "/";
    }
    if (resilient) out += " type resilient";
    if (resilient && resilient->buckets)
        out += concat({" buckets ", std::to_string(*resilient->buckets)});
    detail::append_way(out, via && via->is_v6(), encapsulation, via);
    if (link) out += concat({" dev ", link->to_string()});
    if (scope && *scope != AddressScope::universe)
        out += concat({" scope ", detail::scope_word(*scope)});
    if (blackhole) out += " blackhole";
    if (protocol) out += concat({" proto ", detail::protocol_word(*protocol)});
    detail::append_route_flags(out, flags, onlink);
    if (fdb) out += " fdb";
    return out;
}

}  // namespace vethpp
