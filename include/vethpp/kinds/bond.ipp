// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/kinds/bond.hpp>
#include <vethpp/link/attempt_on.hpp>
#include <vethpp/link/explain.hpp>
#include <vethpp/netlink/links.hpp>

#include <cerrno>

namespace vethpp {
namespace detail {

inline void check_targets(const std::optional<std::vector<IpAddress>>& targets,
                          bool v6,
                          Failure& failure) {
    if (!targets) return;
    if (targets->size() > 16) failure.fail(errc::invalid_option, "a bond has at most 16 targets");
    for (const IpAddress& target : *targets) {
        check_ip(target, failure);
        if (target.is_v6() != v6)
            failure.fail(errc::invalid_option,
                         concat({target.to_string(),
                                 v6 ? " is no IPv6 address, as its targets are"
                                    : " is no IPv4 address, as its targets are"}));
    }
}

}  // namespace detail

VETHPP_INLINE void BondSettings::check(Failure& failure) const {
    detail::check_targets(arp_ip_targets, false, failure);
    detail::check_targets(ns_ip6_targets, true, failure);
}

VETHPP_INLINE std::string_view BondSettings::why_refused(error_code code) const {
    namespace kernel = boost::system::errc;
    if (code == kernel::permission_denied) return "a setting is none of the bond's mode";
    if (code == kernel::directory_not_empty) return "a bond that has ports cannot change that";
    if (code == kernel::device_or_resource_busy) return "a bond that is up cannot change that";
    if (code == kernel::invalid_argument && arp_interval && miimon)
        return "a bond looks at the carrier or asks by ARP, not both";
    if (code == kernel::operation_not_permitted &&
        (updelay || downdelay || peer_notification_delay) && !miimon)
        return "delays need miimon";
    return {};
}

VETHPP_INLINE BondStatus Bond::status(OnError on_error) const {
    BondStatus status;
    AnyKindLink::read(
        BondStatus::kind,
        [&](std::span<const std::byte> data, std::uint32_t) { return read_data(data, status); },
        on_error);
    return status;
}

VETHPP_INLINE void set_bond_port(const Link& port,
                                 const BondPortSettings& settings,
                                 OnError on_error) {
    const auto set = [&](netlink::Session& session, Failure& failure) {
        const message::AnyData data = message::any_data(settings);
        const auto found = netlink::look_up(session, {.index = port.index()}, failure);
        if (!failure && found.info.port_kind != BondPortSettings::kind)
            failure.fail(errc::invalid_option, "the link is not the port of a bond");
        netlink::set_port_data(session, port.index(), BondPortSettings::kind, data, failure);
        if (failure.code == boost::system::errc::operation_not_permitted && settings.queue)
            detail::explain_value(
                session, "a queue is one that the bond has, and of one port only", failure);
        if (failure.code == boost::system::errc::permission_denied)
            failure.explain("ports have priorities in the modes that have an active port");
    };
    detail::attempt_on(port, "set the port", on_error, set);
}

}  // namespace vethpp
