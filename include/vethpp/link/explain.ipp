// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/explain.hpp>
#include <vethpp/message/bridge_fields.hpp>
#include <vethpp/netlink/links.hpp>

#include <cerrno>
#include <linux/if_arp.h>

namespace vethpp::detail {

VETHPP_INLINE void check_master(const LinkRef& master, const NetnsState& netns, Failure& failure) {
    if (failure) return;
    const NetnsPtr& its = master.netns().state();
    if (master.index() == 0 || !its)
        failure.fail(errc::no_such_link, "the master refers to no link");
    else if (netns_id(*its) != netns_id(netns))
        failure.fail(
            errc::invalid_option,
            concat({"the master, ", master.name(), ", is in another namespace, ", its->label}));
}

VETHPP_INLINE void explain_master(netlink::Session& session,
                                  std::uint32_t link,
                                  const LinkRef& master,
                                  Failure& failure) {
    if (!failure.context.kernel_message.empty() || !failure.context.hint.empty()) return;
    Failure unknown;
    if (failure.code == boost::system::errc::operation_not_supported)
        failure.explain(concat({"the master, ", master.name(), ", takes no ports"}));
    if (failure.code == error_code{EXFULL, boost::system::system_category()})
        failure.explain(
            concat({"the master, ", master.name(), ", has 1023 ports, as many as it can"}));
    if (failure.code != boost::system::errc::invalid_argument) return;
    if (!netlink::exists(session, {.index = master.index()}, unknown) && !unknown)
        return failure.explain(concat({"the master, ", master.name(), ", is gone"}));
    if (link == 0) return;
    const message::LinkSummary port = netlink::look_up(session, {.index = link}, unknown);
    if (!unknown && port.type != ARPHRD_ETHER)
        failure.explain("a bridge takes Ethernet links only");
}

VETHPP_INLINE bool explain_taken(netlink::Session& session,
                                 const LinkOptions& options,
                                 Failure& failure) {
    Failure none;
    if (options.index && netlink::exists(session, {.index = *options.index}, none)) {
        failure.context.hint = concat({"the index ", std::to_string(*options.index), " is taken"});
        return true;
    }
    none = {};
    const auto other = netlink::look_up(session, {.name = options.name}, none);
    if (none) return false;
    failure.context.hint = "the name is taken";
    // A pair outlives a namespace of one end by some time. The kernel still has its number then,
    // but takes no question to it (get_net_ns_by_id).
    if (!other.link_netnsid) return true;
    (void)netlink::look_up(
        session, {.index = other.link, .target_netnsid = other.link_netnsid}, none);
    if (none.code == boost::system::errc::invalid_argument)
        failure.context.hint +=
            " for some more milliseconds: the namespace of that link's other end is going";
    return true;
}

VETHPP_INLINE bool may_change_links(netlink::Session& session) {
    Failure failure;
    constexpr std::uint32_t loopback = 1;  // LOOPBACK_IFINDEX; nothing is changed
    netlink::set_link_flags(session, loopback, 0, 0, failure);
    return failure.code != boost::system::errc::operation_not_permitted;
}

VETHPP_INLINE void explain_value(netlink::Session& session,
                                 std::string_view hint,
                                 Failure& failure) {
    if (!hint.empty() && failure.code == boost::system::errc::operation_not_permitted &&
        may_change_links(session))
        failure.context.hint.clear();
    failure.explain(hint);
}

VETHPP_INLINE bool is_up_too_early(netlink::Session& session,
                                   const LinkOptions& options,
                                   const Failure& failure) {
    if (failure.code != boost::system::errc::operation_not_permitted || !options.up ||
        !options.master)
        return false;
    Failure unknown;
    return netlink::look_up(session, {.index = options.master->index()}, unknown).info.kind ==
           "bond";
}

[[nodiscard]] inline std::string_view why_refused(const InterfaceAddress& address,
                                                  error_code code) {
    namespace kernel = boost::system::errc;
    const AddressOptions& options = address.options();
    const IpAddress& ip = address.address();
    if (code == kernel::file_exists) return "the link has that address already";
    if (code == kernel::permission_denied && address.is_v6()) return "IPv6 is disabled on the link";
    if (code == kernel::address_not_available && address.is_v6()) {
        if (ip.is_multicast()) return "an IPv6 multicast address cannot be assigned";
        if (ip.is_loopback()) return "::1 is an address of the loopback only";
        if (ip.is_unspecified()) return "the unspecified address cannot be assigned";
    }
    if (code != kernel::invalid_argument) return {};
    if (address.prefix_length() > (address.is_v6() ? 128 : 32))
        return address.is_v6() ? "an IPv6 prefix has at most 128 bits"
                               : "an IPv4 prefix has at most 32 bits";
    if (options.valid_lifetime && options.valid_lifetime->count() == 0)
        return "the valid lifetime is 0";
    if (!address.is_v6() && options.scope) return "another address of its subnet has another scope";
    return {};
}

VETHPP_INLINE void explain_name(std::string_view name, Failure& failure) {
    if (failure.code == boost::system::errc::file_exists)
        failure.explain(concat({"the name ", name, " is taken"}));
    if (failure.code == boost::system::errc::device_or_resource_busy)
        failure.explain("this kernel renames only links that are down");
}

VETHPP_INLINE void explain_address(netlink::Session& session,
                                   std::uint32_t link,
                                   const InterfaceAddress& address,
                                   Failure& failure) {
    failure.explain(why_refused(address, failure.code));
    if (failure.code != boost::system::errc::invalid_argument || !address.is_v6()) return;
    Failure unknown;
    const message::LinkSummary state = netlink::look_up(session, {.index = link}, unknown);
    if (!unknown && state.mtu < 1280)  // IPV6_MIN_MTU
        failure.explain("IPv6 needs an MTU of 1280 bytes or more");
}

VETHPP_INLINE std::string_view suspect(const LinkOptions& options, error_code code) {
    const auto above = [](const std::optional<std::uint32_t>& value, std::uint32_t most) {
        return value.value_or(0) > most;
    };
    const auto no_count = [](const std::optional<std::uint32_t>& value) {
        return value && (*value < 1 || *value > 4096);
    };
    if (code == boost::system::errc::address_not_available && options.mac &&
        (options.mac->is_multicast() || options.mac->is_zero()))
        return "a link's MAC address is neither zero nor multicast";
    if (code != boost::system::errc::invalid_argument) return {};
    // ETH_MIN_MTU and ETH_MAX_MTU, netif_alloc_netdev_queues, GSO_MAX_SIZE, GRO_MAX_SIZE
    if (options.mtu.value_or(68) < 68 || above(options.mtu, 65535))
        return "the MTU is 68 to 65535 bytes";
    if (no_count(options.tx_queues) || no_count(options.rx_queues))
        return "a link has 1 to 4096 queues of each kind";
    if (above(options.gso_max_size, 524280) || above(options.gro_max_size, 524280))
        return "GSO and GRO take at most 524280 bytes";
    if (above(options.gso_max_segs, 65535)) return "GSO takes at most 65535 segments";
    return {};
}

VETHPP_INLINE void set_port(netlink::Session& session,
                            std::uint32_t index,
                            const BridgePortSettings& settings,
                            Failure& failure) {
    if (failure) return;
    netlink::set_port_data(
        session, index, BridgePortSettings::kind, message::any_data(settings), failure);
    if (failure.code == boost::system::errc::result_out_of_range)
        failure.explain("a port's cost is 1 to 65535, its priority 0 to 63");
    if (failure.code == boost::system::errc::operation_not_supported)
        failure.explain("the link is not the port of a bridge");
}

}  // namespace vethpp::detail
