// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/reasons.hpp>
#include <vethpp/message/bridge.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netlink/namespace_ids.hpp>
#include <vethpp/netns/state.hpp>

#include <cstdint>
#include <linux/if_link.h>

namespace vethpp::detail {

/// What a port of a bridge says about itself, as far as waiting is concerned.
struct AwaitedPort {
    PortState state = PortState::forwarding;
    static constexpr auto fields() {
        using State = wire::As<PortState, std::uint8_t>;
        return wire::Fields<
            wire::Field<&AwaitedPort::state, wire::Attribute<IFLA_BRPORT_STATE, State, "state">>>{};
    }
};

VETHPP_INLINE bool forwards(const message::LinkSummary& link) {
    AwaitedPort port;
    return link.info.port_kind != "bridge" ||
           (wire::read(link.info.port_data, port) && port.state == PortState::forwarding);
}

VETHPP_INLINE bool is_operational(const message::LinkSummary& link) noexcept {
    // The carrier is told at once, the operational state later, and is then for some time that of
    // before.
    if (!link.has_carrier()) return false;
    if (link.operstate == Operstate::up) return true;
    return link.operstate == Operstate::unknown && !message::tells_state(link);
}

VETHPP_INLINE NetnsPtr find_netns(NetnsState& netns,
                                  std::int32_t id,
                                  std::span<const AwaitedLink> others) {
    const auto is_it = [&](const NetnsPtr& other) {
        Failure ignored;
        return other &&
               netlink::get_namespace_id(netns.session, other->descriptor(), ignored) == id;
    };
    for (const AwaitedLink& one : others) {
        if (is_it(one.netns)) return one.netns;
        if (is_it(one.far)) return one.far;
    }
    return netns.neighbours.find(is_it);
}

[[nodiscard]] inline std::string label_of(NetnsState& netns,
                                          std::int32_t id,
                                          std::span<const AwaitedLink> others) {
    const NetnsPtr found = find_netns(netns, id, others);
    return found ? found->label : "another namespace";
}

[[nodiscard]] inline std::string why_no_port(NetnsState& netns, const message::LinkSummary& bond) {
    Failure ignored;
    for (const message::LinkSummary& link : netlink::summarize_links(netns.session, ignored))
        if (link.master == bond.index) return "none of its ports can be used yet";
    return ignored ? "no port of it can be used yet" : "it has no ports yet";
}

VETHPP_INLINE std::string why_no_carrier(NetnsState& netns,
                                         const message::LinkSummary& link,
                                         std::span<const AwaitedLink> others) {
    if (link.info.kind == "bridge") return "none of its ports forwards yet";
    if (link.info.kind == "bond") return why_no_port(netns, link);
    std::string plain = concat({"its operational state is ", to_string(link.operstate)});
    if (link.link == 0) return plain;
    Failure ignored;
    const message::LinkSummary other = netlink::look_up(
        netns.session, {.index = link.link, .target_netnsid = link.link_netnsid}, ignored);
    if (ignored) return plain;
    const bool pair = link.info.kind == "veth" || link.info.kind == "netkit";
    const std::string named =
        concat({pair ? "the other end, " : "the lower link, ",
                other.name,
                " in ",
                link.link_netnsid ? label_of(netns, *link.link_netnsid, others) : netns.label});
    if (!other.is_up()) return concat({named, ", is down"});
    // Both ends of a pair have a carrier or none has.
    if (!pair && !other.has_carrier()) return concat({named, ", has no carrier yet"});
    return concat({"it has no carrier yet, although ", named, ", is up"});
}

VETHPP_INLINE std::string why_not_forwarding(NetnsState& netns, const message::LinkSummary& link) {
    Failure ignored;
    const message::LinkSummary bridge =
        netlink::look_up(netns.session, {.index = link.master}, ignored);
    if (!ignored && !bridge.is_up()) return concat({"its bridge, ", bridge.name, ", is down"});
    return "its bridge port does not forward yet";
}

}  // namespace vethpp::detail
