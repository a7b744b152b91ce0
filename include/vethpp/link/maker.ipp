// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/net_if.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/addresses.hpp>
#include <vethpp/link/explain.hpp>
#include <vethpp/link/ipv6.hpp>
#include <vethpp/link/maker.hpp>
#include <vethpp/link/mtu.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/message/veth.hpp>
#include <vethpp/netlink/deletion.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netlink/namespace_ids.hpp>
#include <vethpp/value/interface_name.hpp>

#include <utility>

namespace vethpp::detail {

VETHPP_INLINE LinkMaker::LinkMaker(LinkOptions options,
                                   std::uint32_t tag,
                                   std::string_view made_up_name,
                                   Failure& failure)
    : options_{std::move(options)}, tag_{tag} {
    if (failure) return;
    if (options_.name.empty()) options_.name = made_up_name;
    check(failure);
    if (failure) describe(failure);
}

VETHPP_INLINE LinkMaker::~LinkMaker() { take_back(); }

VETHPP_INLINE void LinkMaker::check(Failure& failure) {
    check_name(options_.name, failure);
    for (const std::string& name : options_.alternative_names)
        check_name(name, failure, max_alternative_name);
    if (options_.mac) check_mac(*options_.mac, failure);
    netns_ = options_.netns.resolve(failure);
    if (options_.master) check_master(*options_.master, *netns_, failure);
    if (options_.port && !options_.master)
        failure.fail(errc::invalid_option, "port settings without a master");
    if (options_.index && (*options_.index < 1 || *options_.index > 0x7fffffffU))
        failure.fail(errc::invalid_option, "an index is 1 to 2147483647");
    for (const InterfaceAddress& address : options_.addresses) {
        if (failure) return;
        check_address(address, failure);
        if (address.is_v6() && !options_.ipv6.value_or(true))
            failure.fail(errc::invalid_option, "an IPv6 address without IPv6");
        if (failure) failure.context.object = of_address(address);
    }
    check_routes(options_, failure);
}

VETHPP_INLINE void LinkMaker::create(std::string_view kind,
                                     const Foundation& foundation,
                                     const message::AnyData& data,
                                     Failure& failure) {
    send(kind, foundation, data, 0, nullptr, failure);
}

VETHPP_INLINE void LinkMaker::create_with(LinkMaker& end, std::uint32_t index, Failure& failure) {
    // The kernel heeds a master and flags only at the end that the message is about.
    end.is_peer_ = true;
    const int there = failure ? -1 : end.netns_->descriptor();
    const auto write_end = [&](wire::Writer& w) {
        end.write_attributes(w, false);
        if (end.netns_ != netns_)
            message::ifla::netns_fd::put(w, static_cast<std::uint32_t>(there));
    };
    const message::VethEnd other{end.options_.index.value_or(0), write_end};
    send("veth", {}, message::veth_data(other), index, &end, failure);
}

VETHPP_INLINE void LinkMaker::send(std::string_view kind,
                                   const Foundation& foundation,
                                   const message::AnyData& data,
                                   std::uint32_t index,
                                   LinkMaker* end,
                                   Failure& failure) {
    const NetnsPtr where = site_of(foundation, kind, netns_, failure);
    if (failure) return;
    kind_ = kind;
    is_alone_ = where == netns_ && foundation.lower == nullptr;
    // The link is made where the request is sent unless told otherwise.
    const bool elsewhere = where != netns_ && netns_id(*where) != netns_id(*netns_);
    const int here = netns_->descriptor();
    std::optional<std::int32_t> there;
    if (elsewhere && foundation.is_made_there) {
        there = netlink::assign_namespace_id(netns_->session, where->descriptor(), failure);
        if (failure) return;
        comes_up_later_ = true;  // a link that moves is set down
    }
    const auto attributes = [&](wire::Writer& w) {
        write_attributes(w, true);
        if (foundation.is_required) message::ifla::link::put(w, foundation.lower->index());
        if (elsewhere) message::ifla::netns_fd::put(w, static_cast<std::uint32_t>(here));
        message::ifla::link_netnsid::put(w, there);
    };
    // IPv6 begins when a link comes up, so that waits for its sysctls.
    const std::uint32_t now = has_sysctls() || there ? ~std::uint32_t{IFF_UP} : ~0U;
    ifinfomsg header =
        netlink::link_header(options_.index.value_or(index), flags() & now, mask() & now);
    made_ = true;  // also should an exception come out of the request: what is not there stays away
    const auto create = [&](Failure& outcome) {
        return netlink::create_link(elsewhere ? where->session : netns_->session,
                                    {.header = header,
                                     .name = options_.name,
                                     .attributes = attributes,
                                     .kind = kind,
                                     .data = data,
                                     .elsewhere = elsewhere ? &netns_->session : nullptr},
                                    outcome);
    };
    Failure once;
    auto created = create(once);
    if (is_up_too_early(netns_->session, options_, once) && (header.ifi_flags & IFF_UP) != 0) {
        // The kernel sets it up first, and a bond takes no port that is up.
        header.ifi_flags &= ~unsigned{IFF_UP};
        header.ifi_change &= ~unsigned{IFF_UP};
        comes_up_later_ = true;
        created = create(failure);
    } else {
        failure.take(std::move(once));
    }
    made_ = created.sent;
    index_ = created.index;
    if (end != nullptr) end->index_ = created.link;
    if (!elsewhere || failure) return;
    connect(netns_, where);
    // When the lower link goes, this one does, too: nothing is left to the kernel here or there.
    netns_->share();
}

VETHPP_INLINE void LinkMaker::adopt(std::string_view kind, std::uint32_t index, Failure& failure) {
    if (failure) return;
    kind_ = kind;
    index_ = index;
    made_ = true;
    is_peer_ = true;
    is_alone_ = false;
    netlink::set_link(
        netns_->session, index, [&](wire::Writer& w) { write_attributes(w, false); }, failure);
}

VETHPP_INLINE void LinkMaker::finish(Failure& failure) {
    if (failure) return;
    namespace ifla = message::ifla;
    netlink::Session& session = netns_->session;
    if (!options_.alias.empty())
        netlink::set_link(
            session,
            index_,
            [&](wire::Writer& w) { ifla::alias::put(w, options_.alias); },
            failure);
    add_alternative_names(failure);
    if (options_.mtu && adjusts_its_mtu(kind_))
        set_own_mtu(session, index_, *options_.mtu, failure);
    if (options_.ipv6) set_ipv6(netns_, options_.name, *options_.ipv6, failure);
    set_sysctls(netns_, options_.name, options_.sysctls, failure);
    if (is_peer_ || has_sysctls() || comes_up_later_) set_master_and_flags(failure);
    if (options_.port) set_port(session, index_, *options_.port, failure);
    // Last among the attributes: as long as the link is in the group of its own, a creation of
    // unknown outcome can be taken back.
    if (options_.group)
        netlink::set_link(
            session,
            index_,
            [&](wire::Writer& w) { ifla::group::put(w, options_.group); },
            failure);
    add_addresses(failure);
    if (failure) describe(failure);
}

VETHPP_INLINE void LinkMaker::describe(Failure& failure) const {
    if (failure.context.object.empty()) failure.context.object = options_.name;
    if (failure.context.netns.empty() && !options_.netns.is_none())
        failure.context.netns = netns_ ? std::string_view{netns_->label} : options_.netns.label();
    if (!failure) return;
    if (netns_ && options_.master)
        explain_master(netns_->session, index_, *options_.master, failure);
    if (failure.context.hint.empty()) failure.context.hint = suspect(options_, failure.code);
}

// What the creating message says of the link; the master only where the kernel heeds it.
VETHPP_INLINE void LinkMaker::write_attributes(wire::Writer& w, bool with_master) const {
    namespace ifla = message::ifla;
    ifla::name::put(w, options_.name);
    ifla::mac::put(w, options_.mac);
    if (!adjusts_its_mtu(kind_)) ifla::mtu::put(w, options_.mtu);
    ifla::txqlen::put(w, options_.txqlen);
    ifla::group::put(w, tag_);
    ifla::tx_queues::put(w, options_.tx_queues);
    ifla::rx_queues::put(w, options_.rx_queues);
    ifla::gso_max_size::put(w, options_.gso_max_size);
    ifla::gso_max_segs::put(w, options_.gso_max_segs);
    ifla::gro_max_size::put(w, options_.gro_max_size);
    if (with_master && options_.master) ifla::master::put(w, options_.master->index());
}

VETHPP_INLINE std::uint32_t LinkMaker::flags() const noexcept {
    return (options_.up ? unsigned{IFF_UP} : 0U) |
           (options_.arp && !*options_.arp ? unsigned{IFF_NOARP} : 0U) |
           (options_.multicast.value_or(false) ? unsigned{IFF_MULTICAST} : 0U) |
           (options_.promiscuous.value_or(false) ? unsigned{IFF_PROMISC} : 0U);
}

VETHPP_INLINE std::uint32_t LinkMaker::mask() const noexcept {
    return (options_.up ? unsigned{IFF_UP} : 0U) | (options_.arp ? unsigned{IFF_NOARP} : 0U) |
           (options_.multicast ? unsigned{IFF_MULTICAST} : 0U) |
           (options_.promiscuous ? unsigned{IFF_PROMISC} : 0U);
}

VETHPP_INLINE void LinkMaker::set_master_and_flags(Failure& failure) {
    if (failure || (!options_.master && mask() == 0)) return;
    const auto master = [&](wire::Writer& w) {
        if (options_.master) message::ifla::master::put(w, options_.master->index());
    };
    const auto set =
        [&](std::uint32_t change, netlink::Session::WriteOne attributes, Failure& outcome) {
            netlink::set_link(netns_->session,
                              netlink::link_header(index_, flags() & change, mask() & change),
                              attributes,
                              outcome);
        };
    Failure once;
    set(~0U, master, once);
    if (!is_up_too_early(netns_->session, options_, once)) return failure.take(std::move(once));
    // Before Linux 6.0 it is set up first here, too.
    netlink::set_link_flags(netns_->session, index_, 0, IFF_UP, failure);
    set(~std::uint32_t{IFF_UP}, master, failure);
    set(
        ~0U, [](wire::Writer&) {}, failure);
}

VETHPP_INLINE void LinkMaker::add_alternative_names(Failure& failure) {
    if (failure || options_.alternative_names.empty()) return;
    netlink::change_alternative_names(
        netns_->session, RTM_NEWLINKPROP, index_, options_.alternative_names, failure);
    if (failure.code == boost::system::errc::file_exists)
        failure.context.hint = "an alternative name is taken";
}

VETHPP_INLINE void LinkMaker::add_addresses(Failure& failure) {
    if (failure || options_.addresses.empty()) return;
    const std::size_t which =
        put_addresses(netns_, index_, netlink::AddressChange::add, options_.addresses, failure);
    if (failure && which < options_.addresses.size())
        failure.context.object = of_address(options_.addresses[which]);
}

VETHPP_INLINE std::string LinkMaker::of_address(const InterfaceAddress& address) const {
    return concat({options_.name, ", ", address.to_string()});
}

VETHPP_INLINE void LinkMaker::take_back() noexcept {
    if (!std::exchange(made_, false)) return;
    try {
        Failure ignored;
        if (index_ != 0)
            netlink::delete_link(netns_->session, index_, ignored);
        else
            netlink::delete_marked(netns_->session, {.group = tag_}, ignored);
    } catch (...) {
        return;  // no memory to say what was refused
    }
}

VETHPP_INLINE HeldLink LinkMaker::commit(bool owned) noexcept {
    HeldLink link;
    link.netns = NetnsRef{netns_};
    link.index = index_;
    link.name = std::move(options_.name);
    link.tag = options_.group ? 0 : tag_;
    link.group = options_.group.value_or(0);
    link.routes = std::move(routes_);
    link.owned = owned;
    link.is_bridge = kind_ == BridgePortSettings::kind;
    link.is_local = is_alone_ && (link.is_bridge || kind_ == "ifb" || kind_ == "dummy" ||
                                  kind_ == "veth" || is_peer_);
    made_ = false;
    return link;
}

}  // namespace vethpp::detail
