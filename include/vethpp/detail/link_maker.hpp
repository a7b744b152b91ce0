// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/detail/concat.hpp>
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
        if (!failure && options.master) check_master(failure);
        if (!failure && options.port && !options.master)
            failure.fail(errc::invalid_option, "port settings without a master");
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
        if (!failure && !options.alternative_names.empty())
            netlink::change_alternative_names(
                session, RTM_NEWLINKPROP, index, options.alternative_names, failure);
        if (!failure && !created && (options.master || mask() != 0)) {
            message::LinkAttributes attributes;
            if (options.master) attributes.master = options.master->index();
            netlink::set_link(session, index, attributes, flags(), mask(), failure);
        }
        if (!failure && options.port)
            netlink::set_link_data<BridgePortSettings>(
                session, index, {.port_kind = "bridge", .port_data = options.port}, failure);
        // Last among the attributes: as long as the link is in the group of its own, a creation of
        // unknown outcome can be taken back.
        if (!failure && options.group)
            netlink::set_link(session, index, {.group = options.group}, 0, 0, failure);
        std::size_t which = 0;
        if (!failure && !options.addresses.empty()) {
            netlink::change_addresses(
                session, netlink::AddressChange::add, index, options.addresses, which, failure);
            if (failure)
                failure.context.object =
                    concat({options.name, ", ", options.addresses[which].to_string()});
        }
        if (failure) describe(failure);
    }

    /// Adds to a failure what this link has to do with it.
    void describe(Failure& failure) const {
        if (failure.context.object.empty()) failure.context.object = options.name;
        if (failure.context.netns.empty())
            failure.context.netns = netns ? netns->label : options.netns.label();
        if (failure.code == boost::system::errc::no_such_device && options.master)
            failure.context.hint = concat({"is the master, ", options.master->name(), ", gone?"});
        if (failure.code == boost::system::errc::operation_not_permitted &&
            failure.context.hint.empty())
            failure.context.hint = "CAP_NET_ADMIN is needed in the namespace";
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

    [[nodiscard]] Link link(bool owned) const {
        return Link{
            netns, index, options.name, options.group ? 0 : tag, options.group.value_or(0), owned};
    }

private:
    void check_master(Failure& failure) const {
        const NetnsRef& other = options.master->netns();
        if (!other.is_current() && netns_id(*other.state()) == netns_id(*netns)) return;
        failure.fail(errc::invalid_option,
                     concat({"the master, ",
                             options.master->name(),
                             ", is in another namespace, ",
                             other.label()}));
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
