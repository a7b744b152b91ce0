// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/ovs/preparation.hpp>

#include <cstddef>
#include <exception>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <utility>

namespace vethpp::detail {

inline constexpr std::uint16_t arp_ignore_setting = 19;  // IPV4_DEVCONF_ARP_IGNORE of <linux/ip.h>

[[nodiscard]] inline wire::Bytes find_attribute(wire::Bytes within, std::uint16_t type) {
    wire::Attributes attributes{within};
    for (const auto& attribute : attributes)
        if (attribute.type == type) return attribute.payload;
    return {};
}

// The kernel answers with all settings of IPv4, as an array.
[[nodiscard]] inline std::optional<std::uint32_t> get_arp_ignore(netlink::Session& session,
                                                                 std::uint32_t index) {
    std::optional<std::uint32_t> value;
    Failure ignored;
    session.request(
        {.type = RTM_GETLINK},
        [&](wire::Writer& w) { w.pod(netlink::link_header(index)); },
        [&](const wire::RawMessage& m) {
            if (m.header.nlmsg_type != RTM_NEWLINK) return;
            const wire::Bytes families =
                find_attribute(wire::after(m.payload, sizeof(ifinfomsg)), IFLA_AF_SPEC);
            const wire::Bytes settings =
                find_attribute(find_attribute(families, AF_INET), IFLA_INET_CONF);
            constexpr std::size_t at = (arp_ignore_setting - 1) * sizeof(std::uint32_t);
            if (settings.size() > at) value = wire::load<std::uint32_t>(settings.subspan(at));
        },
        ignored);
    return value;
}

inline void set_arp_ignore(netlink::Session& session, std::uint32_t index, std::uint32_t value) {
    Failure ignored;
    netlink::set_link(
        session,
        index,
        [&](wire::Writer& w) {
            w.nest(IFLA_AF_SPEC, [&](wire::Writer& families) {
                families.nest(AF_INET, [&](wire::Writer& inet) {
                    inet.nest(IFLA_INET_CONF, [&](wire::Writer& settings) {
                        settings.attribute(arp_ignore_setting, &value, sizeof value);
                    });
                });
            });
        },
        ignored);
}

VETHPP_INLINE OvsPreparation::~OvsPreparation() {
    if (kept_) return;
    try {
        restore();
    } catch (const std::exception&) {
        return;  // out of memory: the link stays prepared
    }
}

VETHPP_INLINE void OvsPreparation::prepare(const Link& link,
                                           const message::LinkSummary& now,
                                           const OvsPortOptions& wanted,
                                           Failure& failure) {
    if (failure) return;
    promiscuity_.take(link, now);
    leave_arp_to_the_switch(link);
    complete_checksums(link, now, wanted, failure);
}

// Without this the kernel answers ARP requests that arrive at the port for the addresses of all
// links there, such as an internal port's, with the port's MAC address, in a race with the right
// answer: for a second, nothing arrives. Nothing else is lost without it, or without the
// permission.
VETHPP_INLINE void OvsPreparation::leave_arp_to_the_switch(const Link& link) {
    netlink::Session& session = link.netns().state()->session;
    constexpr std::uint32_t of_other_links = 1;
    netns_ = link.netns();
    index_ = link.index();
    arp_ignore_ = get_arp_ignore(session, index_);
    set_arp_ignore(session, index_, of_other_links);
}

// Turns the transmit checksum offload of the far end of a veth pair off.
VETHPP_INLINE void OvsPreparation::complete_checksums(const Link& link,
                                                      const message::LinkSummary& now,
                                                      const OvsPortOptions& wanted,
                                                      Failure& failure) {
    if (wanted.keep_offloads || now.info.kind != "veth") return;
    error_code ec;
    Link far =
        wanted.far_end
            ? Link{wanted.far_end->netns(), wanted.far_end->index(), wanted.far_end->name(), ec}
            : link.peer(ec);
    Offloads before;
    if (!ec) before = far.offloads(ec);
    if (!ec) {
        far_ = std::move(far);
        // The others that it takes along come back with it.
        offloads_ = {.tx_checksum = before.tx_checksum,
                     .scatter_gather = before.scatter_gather,
                     .tso = before.tso};
        far_.set_offloads({.tx_checksum = false}, ec);
    }
    failure.fail(
        ec,
        concat({"the far end of ",
                now.name,
                " is not known: over a userspace datapath its transmit checksum offload must be "
                "off; name it as .far_end, or .keep_offloads"}));
}

VETHPP_INLINE void OvsPreparation::restore() {
    promiscuity_.give_back();
    if (arp_ignore_) set_arp_ignore(netns_.state()->session, index_, *arp_ignore_);
    error_code ignored;
    if (far_) far_.set_offloads(offloads_, ignored);
}

}  // namespace vethpp::detail
