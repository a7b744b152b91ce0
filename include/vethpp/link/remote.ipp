// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/net_in.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/reasons.hpp>
#include <vethpp/link/remote.hpp>
#include <vethpp/message/scalars.hpp>
#include <vethpp/netns/state.hpp>

#include <cstdint>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace vethpp::detail {

/// How a kind of tunnel says where its packets go. 0 for what it does not say.
struct TunnelWords {
    std::string_view kind{};
    std::uint16_t remote = 0;
    std::uint16_t remote6 = 0;
    std::uint16_t lower = 0;
    std::uint16_t mark = 0;
};
struct TunnelWay {
    IpAddress remote{};
    std::uint32_t lower = 0;
    std::uint32_t mark = 0;
};

[[nodiscard]] inline TunnelWords words_of(std::string_view kind) noexcept {
    constexpr TunnelWords gre{{}, IFLA_GRE_REMOTE, 0, IFLA_GRE_LINK, IFLA_GRE_FWMARK};
    constexpr TunnelWords iptun{{}, IFLA_IPTUN_REMOTE, 0, IFLA_IPTUN_LINK, IFLA_IPTUN_FWMARK};
    constexpr TunnelWords vti{{}, IFLA_VTI_REMOTE, 0, IFLA_VTI_LINK, IFLA_VTI_FWMARK};
    if (kind == "vxlan") return {kind, IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6, IFLA_VXLAN_LINK, 0};
    if (kind == "geneve") return {kind, IFLA_GENEVE_REMOTE, IFLA_GENEVE_REMOTE6, 0, 0};
    if (kind == "ipip" || kind == "sit" || kind == "ip6tnl") return iptun;
    if (kind == "vti" || kind == "vti6") return vti;
    return kind.find("gre") != kind.npos || kind.find("erspan") != kind.npos ? gre : TunnelWords{};
}

[[nodiscard]] inline TunnelWay way_of(const message::LinkSummary& link) {
    TunnelWay way;
    const TunnelWords words = words_of(link.info.kind);
    if (words.remote == 0) return way;
    wire::Attributes list{link.info.data};
    for (const wire::RawAttribute& one : list) {
        if (one.type == words.remote || (words.remote6 != 0 && one.type == words.remote6))
            (void)message::Ip::read(one.payload, way.remote);
        if (words.lower != 0 && one.type == words.lower) (void)wire::load(one.payload, way.lower);
        if (words.mark != 0 && one.type == words.mark) (void)wire::load(one.payload, way.mark);
    }
    return way;
}

[[nodiscard]] inline bool has_route(netlink::Session& session,
                                    const TunnelWay& way,
                                    Failure& failure) {
    static constexpr netlink::RequestType type{.type = RTM_GETROUTE};
    bool leads = false;
    const auto ask = [&](wire::Writer& w) {
        rtmsg header{};
        header.rtm_family = way.remote.is_v6() ? AF_INET6 : AF_INET;
        header.rtm_dst_len = way.remote.is_v6() ? 128 : 32;
        w.pod(header);
        message::Ip::write(w, RTA_DST, way.remote);
        if (way.lower != 0) message::U32::write(w, RTA_OIF, way.lower);
        if (way.mark != 0) message::U32::write(w, RTA_MARK, way.mark);
    };
    const auto read = [&](const wire::RawMessage& m) {
        rtmsg answer{};
        leads = wire::load(m.payload, answer) &&
                (answer.rtm_type == RTN_UNICAST || answer.rtm_type == RTN_LOCAL);
    };
    Failure refusal;
    session.request(type, ask, read, refusal);
    // Where no route leads, the kernel says so in various words.
    if (refusal.code.category() == error_category()) failure.take(Failure{refusal});
    return leads && !refusal;
}

VETHPP_INLINE MissingRemote find_missing_remote(const AwaitedLink& awaited,
                                                const message::LinkSummary& link,
                                                std::span<const AwaitedLink> others,
                                                Failure& failure) {
    if (failure || !message::is_silent(link.info.kind)) return {};
    const TunnelWay way = way_of(link);
    if (way.remote.is_unspecified() || way.remote.is_multicast()) return {};
    NetnsPtr underlay = awaited.netns;
    if (link.link_netnsid) underlay = find_netns(*awaited.netns, *link.link_netnsid, others);
    if (!underlay || has_route(underlay->session, way, failure) || failure) return {};
    // Geneve does not tell where its packets go, but that is a namespace that this one knows.
    const auto leads = [&](const NetnsPtr& other) {
        return other && has_route(other->session, way, failure);
    };
    if (link.info.kind == "geneve" && awaited.netns->neighbours.find(leads)) return {};
    std::string text = concat({"no route leads to its remote, ", way.remote.to_string()});
    if (underlay != awaited.netns) text += concat({", in ", underlay->label});
    return {std::move(underlay), std::move(text)};
}

}  // namespace vethpp::detail
