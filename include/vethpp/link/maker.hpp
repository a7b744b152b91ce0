// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/text.hpp>
#include <vethpp/link.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/random.h>
#include <utility>

namespace vethpp::detail {

/// What all kinds of links have in common when they are made: checking the options, one message for
/// what the kernel takes in one, further ones for the rest, and removal if anything fails.
struct LinkMaker {
    NetnsPtr netns{};
    LinkOptions options{};
    std::uint32_t index = 0;
    std::uint32_t tag = 0;  ///< the random group in which the link is made

    LinkMaker(LinkOptions wanted,
              std::uint32_t mark,
              std::string_view made_up_name,
              Failure& failure)
        : options{std::move(wanted)}, tag{mark} {
        if (options.name.empty()) options.name = made_up_name;
        check_name(options.name, failure);
        for (const std::string& name : options.alternative_names)
            if (!failure) check_name(name, failure, max_alternative_name);
        if (!failure) netns = options.netns.resolve(failure);
        if (!failure && options.master) check_master(*options.master, *netns, failure);
        if (!failure && options.port && !options.master)
            failure.fail(errc::invalid_option, "port settings without a master");
        for (const InterfaceAddress& address : options.addresses) {
            if (failure) break;
            check_address(address, failure);
            if (failure) failure.context.object = of_address(address);
        }
        if (failure) describe(failure);
    }

    /// A random number that no other link's group is, for practical purposes; never 0, and positive
    /// for those who print groups as signed.
    [[nodiscard]] static std::uint32_t random_tag() noexcept {
        std::uint32_t tag = 0;
        if (::getrandom(&tag, sizeof tag, 0) < 0) tag = 0x76657468;
        return (tag & 0x7fffffffU) | 0x40000000U;
    }

    /// What the creating message says of the link; the master only where the kernel heeds it.
    [[nodiscard]] message::LinkAttributes attributes(bool with_master) const {
        message::LinkAttributes result{.name = options.name,
                                       .mac = options.mac,
                                       .mtu = options.mtu,
                                       .txqlen = options.txqlen,
                                       .group = tag,
                                       .tx_queues = options.tx_queues,
                                       .rx_queues = options.rx_queues,
                                       .gso_max_size = options.gso_max_size,
                                       .gso_max_segs = options.gso_max_segs,
                                       .gro_max_size = options.gro_max_size};
        if (with_master && options.master) result.master = options.master->index();
        return result;
    }

    [[nodiscard]] ifinfomsg header() const { return message::link_header(0, flags(), mask()); }

    /// What is still to be said after creation. created: the creating message carried the master
    /// and the flags, as it does for all but the second end of a pair.
    void finish(bool created, Failure& failure) {
        netlink::Session& session = netns->session;
        if (!options.alias.empty())
            netlink::set_link(session, index, {.alias = options.alias}, 0, 0, failure);
        if (!failure && !options.alternative_names.empty()) add_alternative_names(session, failure);
        if (!failure && !created && (options.master || mask() != 0)) {
            message::LinkAttributes attributes;
            if (options.master) attributes.master = options.master->index();
            netlink::set_link(session, index, attributes, flags(), mask(), failure);
        }
        if (!failure && options.port) set_port(session, index, *options.port, failure);
        // Last among the attributes: as long as the link is in the group of its own, a creation of
        // unknown outcome can be taken back.
        if (!failure && options.group)
            netlink::set_link(session, index, {.group = options.group}, 0, 0, failure);
        std::size_t which = 0;
        if (!failure && !options.addresses.empty()) {
            constexpr auto add = netlink::AddressChange::add;
            netlink::change_addresses(session, add, index, options.addresses, which, failure);
            if (failure) {
                failure.context.object = of_address(options.addresses[which]);
                explain_address(add, options.addresses[which], failure);
            }
        }
        if (failure) describe(failure);
    }

    /// Adds to a failure what this link has to do with it.
    void describe(Failure& failure) const {
        if (failure.context.object.empty()) failure.context.object = options.name;
        if (failure.context.netns.empty())
            failure.context.netns = netns ? netns->label : options.netns.label();
        if (failure && netns && options.master)
            explain_master(netns->session, *options.master, failure);
        if (failure.context.hint.empty()) failure.context.hint = suspect(failure.code);
        if (failure.code == boost::system::errc::operation_not_permitted &&
            failure.context.hint.empty())
            failure.context.hint = "CAP_NET_ADMIN is needed in the namespace";
    }

    /// What in the options explains why a creation was refused: the kernel does not say which end
    /// of a pair it means, and for some values it has no words. Empty if nothing does.
    [[nodiscard]] std::string suspect(error_code code) const {
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

    /// Takes back a creation that failed, or whose outcome is unknown.
    void undo() const {
        Failure ignored;
        if (index != 0)
            netlink::delete_link(netns->session, index, ignored);
        else
            netlink::delete_group(netns->session, tag, ignored);
    }

    /// Whether some link has the name.
    [[nodiscard]] bool name_is_taken() const {
        Failure failure;
        netlink::get_link(netns->session, {.name = options.name}, failure);
        return !failure;
    }

    /// Whether this process may change links there.
    [[nodiscard]] bool may_change_links() const {
        Failure failure;
        constexpr std::uint32_t loopback = 1;  // LOOPBACK_IFINDEX; nothing is changed
        netlink::set_link(netns->session, loopback, {}, 0, 0, failure);
        return failure.code != boost::system::errc::operation_not_permitted;
    }

    [[nodiscard]] Link link(bool owned) const {
        return Link{
            netns, index, options.name, options.group ? 0 : tag, options.group.value_or(0), owned};
    }

private:
    [[nodiscard]] std::string of_address(const InterfaceAddress& address) const {
        return concat({options.name, ", ", address.to_string()});
    }

    void add_alternative_names(netlink::Session& session, Failure& failure) const {
        netlink::change_alternative_names(
            session, RTM_NEWLINKPROP, index, options.alternative_names, failure);
        if (failure.code == boost::system::errc::file_exists)
            failure.context.hint = "an alternative name is taken";
    }

    [[nodiscard]] std::uint32_t flags() const noexcept {
        return (options.up ? unsigned{IFF_UP} : 0U) |
               (options.arp && !*options.arp ? unsigned{IFF_NOARP} : 0U) |
               (options.multicast.value_or(false) ? unsigned{IFF_MULTICAST} : 0U) |
               (options.promiscuous.value_or(false) ? unsigned{IFF_PROMISC} : 0U);
    }
    [[nodiscard]] std::uint32_t mask() const noexcept {
        return (options.up ? unsigned{IFF_UP} : 0U) | (options.arp ? unsigned{IFF_NOARP} : 0U) |
               (options.multicast ? unsigned{IFF_MULTICAST} : 0U) |
               (options.promiscuous ? unsigned{IFF_PROMISC} : 0U);
    }
};

/// Makes a link of a kind that is one link in one namespace.
template <wire::Described Data>
[[nodiscard]] Link make_link(LinkOptions options,
                             std::string_view kind,
                             const std::optional<Data>& data,
                             Failure& failure) {
    const std::uint32_t tag = LinkMaker::random_tag();
    LinkMaker maker{std::move(options), tag, concat({kind.substr(0, 4), hex(tag, 8)}), failure};
    if (failure) return {};
    const auto created = netlink::create_link<Data>(
        maker.netns->session, maker.header(), maker.attributes(true), kind, data, failure);
    maker.index = created.index;
    if (failure) {
        maker.describe(failure);
        if (failure.code == boost::system::errc::file_exists)
            failure.context.hint = "the name is taken";
    } else {
        maker.finish(true, failure);
    }
    if (!failure) return maker.link(true);
    if (created.sent) maker.undo();
    return {};
}

}  // namespace vethpp::detail
