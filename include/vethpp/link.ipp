// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/net_if.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link.hpp>
#include <vethpp/link/addresses.hpp>
#include <vethpp/link/attempt_on.hpp>
#include <vethpp/link/explain.hpp>
#include <vethpp/link/move.hpp>
#include <vethpp/link/mtu.hpp>
#include <vethpp/link/peer.hpp>
#include <vethpp/link/readiness.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/netlink/addresses.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/value/attempt.hpp>
#include <vethpp/value/interface_name.hpp>

#include <cerrno>
#include <utility>

namespace vethpp {

VETHPP_INLINE LinkRef::LinkRef(const Link& link)
    : netns_{link.netns()}, index_{link.index()}, name_{link.name()} {}

VETHPP_INLINE Link::Link(const NetnsRef& netns,
                         std::uint32_t index,
                         std::string name,
                         OnError on_error) {
    detail::attempt({"refer to the link", name, netns.label()}, on_error, [&](Failure& failure) {
        detail::NetnsPtr state = netns.resolve(failure);
        if (failure) return;
        data_.netns = NetnsRef{std::move(state)};
        data_.index = index;
        data_.name = std::move(name);
    });
}

VETHPP_INLINE Link::Link(detail::HeldLink link) noexcept : data_{std::move(link)} {}
VETHPP_INLINE Link::Link(Link&& other) noexcept : data_{std::exchange(other.data_, {})} {}

VETHPP_INLINE Link& Link::operator=(Link&& other) noexcept {
    if (this == &other) return *this;
    data_.remove_if_owned();
    data_ = std::exchange(other.data_, {});
    return *this;
}

VETHPP_INLINE Link::~Link() { data_.remove_if_owned(); }

VETHPP_INLINE std::string Link::to_string() const {
    if (data_.index == 0) return "no link";
    return detail::concat({data_.name, " in ", data_.netns.label()});
}

namespace detail {

VETHPP_INLINE void attempt_on(const Link& link,
                              const char* operation,
                              OnError on_error,
                              FunctionRef<void(netlink::Session&, Failure&)> body) {
    // Copies, as the body may move or rename the link, and a failure is told after it.
    // NOLINTBEGIN(performance-unnecessary-copy-initialization)
    const NetnsRef netns = link.netns();
    const std::string name = link.name();
    // NOLINTEND(performance-unnecessary-copy-initialization)
    const std::string_view label = netns.is_none() ? std::string_view{} : netns.label();
    attempt({operation, name, label}, on_error, [&](Failure& failure) {
        if (link.index() == 0)
            failure.fail(errc::no_such_link, "the object refers to no link");
        else
            body(netns.state()->session, failure);
    });
}

inline void set_flag(
    const Link& link, const char* operation, std::uint32_t flag, bool on, OnError on_error) {
    attempt_on(link, operation, on_error, [&](netlink::Session& session, Failure& failure) {
        netlink::set_link_flags(session, link.index(), on ? flag : 0, flag, failure);
    });
}

// An attribute of which there is nothing to say but the value.
template <class Attribute>
void set_plain(const Link& link,
               const char* operation,
               const typename Attribute::Value& value,
               OnError on_error) {
    attempt_on(link, operation, on_error, [&](netlink::Session& session, Failure& failure) {
        netlink::set_attribute<Attribute>(session, link.index(), value, failure);
    });
}

inline void change_alternative_name(const Link& link,
                                    const char* operation,
                                    std::uint16_t type,
                                    const std::string& name,
                                    OnError on_error) {
    attempt_on(link, operation, on_error, [&](netlink::Session& session, Failure& failure) {
        check_name(name, failure, max_alternative_name);
        netlink::change_alternative_names(session, type, link.index(), {name}, failure);
        explain_name(name, failure);
    });
}

inline void change_address(const Link& link,
                           const char* operation,
                           netlink::AddressChange change,
                           const InterfaceAddress& address,
                           OnError on_error) {
    attempt_on(link, operation, on_error, [&](netlink::Session& session, Failure& failure) {
        if (change == netlink::AddressChange::remove) {
            remove_address(session, link.index(), address, failure);
        } else {
            check_address(address, failure);
            put_addresses(link.netns().state(), link.index(), change, {&address, 1}, failure);
        }
        if (failure) failure.context.object = concat({link.name(), ", ", address.to_string()});
    });
}

}  // namespace detail

VETHPP_INLINE LinkState Link::state(OnError on_error) const {
    LinkState state;
    const auto get = [&](netlink::Session& session, Failure& failure) {
        state = netlink::get_link(session, {.index = data_.index}, failure);
    };
    detail::attempt_on(*this, "get the state", on_error, get);
    return state;
}

VETHPP_INLINE LinkState Link::peer_state(OnError on_error) const {
    LinkState state;
    const auto get = [&](netlink::Session& session, Failure& failure) {
        state = detail::peer_state(session, data_.index, failure);
    };
    detail::attempt_on(*this, "get the other end", on_error, get);
    return state;
}

VETHPP_INLINE Link Link::peer(OnError on_error) const {
    error_code not_there;
    if (!data_.far_netns.is_none())
        if (Link far = peer(data_.far_netns, not_there)) {
            on_error({});
            return far;
        }
    return peer(data_.netns, on_error);
}

VETHPP_INLINE Link Link::peer(const NetnsRef& where, OnError on_error) const {
    Link peer;
    const auto find = [&](netlink::Session&, Failure& failure) {
        const detail::NetnsPtr there = where.resolve(failure);
        const auto found = detail::find_peer(*data_.netns.state(), data_.index, there, failure);
        if (failure) return;
        peer.data_.netns = NetnsRef{there};
        peer.data_.index = found.index;
        peer.data_.name = found.name;
    };
    detail::attempt_on(*this, "get the other end", on_error, find);
    return peer;
}

VETHPP_INLINE void Link::set_up(OnError on_error) {
    detail::set_flag(*this, "set up", IFF_UP, true, on_error);
}
VETHPP_INLINE void Link::set_down(OnError on_error) {
    detail::set_flag(*this, "set down", IFF_UP, false, on_error);
}
VETHPP_INLINE void Link::set_promiscuous(bool on, OnError on_error) {
    detail::set_flag(*this, "set the promiscuous mode", IFF_PROMISC, on, on_error);
}
VETHPP_INLINE void Link::set_multicast(bool on, OnError on_error) {
    detail::set_flag(*this, "set multicast", IFF_MULTICAST, on, on_error);
}
VETHPP_INLINE void Link::set_all_multicast(bool on, OnError on_error) {
    detail::set_flag(*this, "set all-multicast", IFF_ALLMULTI, on, on_error);
}
VETHPP_INLINE void Link::set_arp(bool on, OnError on_error) {
    detail::set_flag(*this, "set ARP", IFF_NOARP, !on, on_error);
}

VETHPP_INLINE void Link::rename(std::string name, OnError on_error) {
    const auto set = [&](netlink::Session& session, Failure& failure) {
        detail::check_name(name, failure);
        netlink::set_attribute<message::ifla::name>(session, data_.index, name, failure);
        detail::explain_name(name, failure);
        if (!failure) data_.name = std::move(name);
    };
    detail::attempt_on(*this, "rename", on_error, set);
}

VETHPP_INLINE void Link::set_mtu(std::uint32_t mtu, OnError on_error) {
    const auto set = [&](netlink::Session& session, Failure& failure) {
        detail::set_mtu(session, data_.index, mtu, failure);
    };
    detail::attempt_on(*this, "set the MTU", on_error, set);
}

VETHPP_INLINE void Link::set_mac(const MacAddress& mac, OnError on_error) {
    const auto set = [&](netlink::Session& session, Failure& failure) {
        detail::check_mac(mac, failure);
        netlink::set_attribute<message::ifla::mac>(session, data_.index, mac, failure);
        if (failure.code == boost::system::errc::address_not_available)
            failure.context.hint = "a link's MAC address is neither zero nor multicast";
    };
    detail::attempt_on(*this, "set the MAC address", on_error, set);
}

VETHPP_INLINE void Link::set_group(std::uint32_t group, OnError on_error) {
    const auto set = [&](netlink::Session& session, Failure& failure) {
        netlink::set_attribute<message::ifla::group>(session, data_.index, group, failure);
        if (failure) return;
        data_.tag = 0;
        data_.group = group;
    };
    detail::attempt_on(*this, "set the group", on_error, set);
}

VETHPP_INLINE void Link::set_txqlen(std::uint32_t packets, OnError on_error) {
    detail::set_plain<message::ifla::txqlen>(*this, "set the queue length", packets, on_error);
}

VETHPP_INLINE void Link::set_alias(const std::string& text, OnError on_error) {
    detail::set_plain<message::ifla::alias>(*this, "set the alias", text, on_error);
}

VETHPP_INLINE void Link::add_alternative_name(const std::string& name, OnError on_error) {
    detail::change_alternative_name(
        *this, "add an alternative name", RTM_NEWLINKPROP, name, on_error);
}
VETHPP_INLINE void Link::remove_alternative_name(const std::string& name, OnError on_error) {
    detail::change_alternative_name(
        *this, "remove an alternative name", RTM_DELLINKPROP, name, on_error);
}

VETHPP_INLINE void Link::set_master(const LinkRef& master, OnError on_error) {
    const auto set = [&](netlink::Session& session, Failure& failure) {
        detail::check_master(master, *data_.netns.state(), failure);
        netlink::set_attribute<message::ifla::master>(
            session, data_.index, master.index(), failure);
        if (failure) detail::explain_master(session, data_.index, master, failure);
    };
    detail::attempt_on(*this, "set the master", on_error, set);
}

VETHPP_INLINE void Link::clear_master(OnError on_error) {
    detail::set_plain<message::ifla::master>(*this, "take out of the master", 0, on_error);
}

VETHPP_INLINE void Link::set_port(const BridgePortSettings& settings, OnError on_error) {
    const auto set = [&](netlink::Session& session, Failure& failure) {
        detail::set_port(session, data_.index, settings, failure);
    };
    detail::attempt_on(*this, "set up the bridge port", on_error, set);
}

VETHPP_INLINE BridgePortSettings Link::port(OnError on_error) const {
    BridgePortSettings settings;
    const auto get = [&](netlink::Session& session, Failure& failure) {
        const auto own = netlink::look_up(session, {.index = data_.index}, failure);
        if (own.info.port_kind != BridgePortSettings::kind)
            failure.fail(errc::invalid_option, "the link is not the port of a bridge");
        else if (!read_data(own.info.port_data, settings))
            failure.fail(errc::malformed_reply);
    };
    detail::attempt_on(*this, "get the bridge port", on_error, get);
    return settings;
}

VETHPP_INLINE void Link::move_to(const NetnsRef& target, std::string name, OnError on_error) {
    const auto move = [&](netlink::Session&, Failure& failure) {
        const detail::NetnsPtr here = data_.netns.state();
        detail::move_link({data_.netns, data_.index, data_.name}, target, name, failure);
        if (data_.netns.state() != here) data_.routes.reset();  // they are gone
    };
    detail::attempt_on(*this, "move", on_error, move);
}

VETHPP_INLINE void Link::add_address(const InterfaceAddress& address, OnError on_error) {
    constexpr auto add = netlink::AddressChange::add;
    detail::change_address(*this, "add an address to", add, address, on_error);
}
VETHPP_INLINE void Link::replace_address(const InterfaceAddress& address, OnError on_error) {
    constexpr auto replace = netlink::AddressChange::replace;
    detail::change_address(*this, "replace an address of", replace, address, on_error);
}
VETHPP_INLINE void Link::remove_address(const InterfaceAddress& address, OnError on_error) {
    constexpr auto remove = netlink::AddressChange::remove;
    detail::change_address(*this, "remove an address from", remove, address, on_error);
}

VETHPP_INLINE void Link::flush_addresses(OnError on_error) {
    const auto flush = [&](netlink::Session& session, Failure& failure) {
        netlink::flush_addresses(session, data_.index, failure);
    };
    detail::attempt_on(*this, "flush the addresses", on_error, flush);
}

VETHPP_INLINE std::vector<AddressState> Link::addresses(OnError on_error) const {
    std::vector<AddressState> addresses;
    const auto list = [&](netlink::Session& session, Failure& failure) {
        addresses = netlink::list_addresses(session, data_.index, failure);
    };
    detail::attempt_on(*this, "list the addresses", on_error, list);
    return addresses;
}

VETHPP_INLINE Offloads Link::offloads(OnError on_error) const {
    Offloads result;
    const auto get = [&](netlink::Session& session, Failure& failure) {
        const auto own = netlink::look_up(session, {.index = data_.index}, failure);
        result = detail::get_offloads(*data_.netns.state(), own.name, failure);
    };
    detail::attempt_on(*this, "get the offloads", on_error, get);
    return result;
}

VETHPP_INLINE void Link::set_offloads(const Offloads& offloads, OnError on_error) {
    const auto set = [&](netlink::Session& session, Failure& failure) {
        const auto own = netlink::look_up(session, {.index = data_.index}, failure);
        detail::set_offloads(*data_.netns.state(), own.name, offloads, failure);
    };
    detail::attempt_on(*this, "set the offloads", on_error, set);
}

VETHPP_INLINE void Link::wait_ready(Deadline deadline, OnError on_error) const {
    const auto wait = [&](netlink::Session&, Failure& failure) {
        const detail::AwaitedLink self{.netns = data_.netns.state(),
                                       .index = data_.index,
                                       .name = data_.name,
                                       .far = data_.far_netns.state(),
                                       .routes = data_.routes.get()};
        detail::wait_ready({&self, 1}, deadline, failure);
    };
    detail::attempt_on(*this, "wait until ready", on_error, wait);
}

VETHPP_INLINE void Link::remove(OnError on_error) {
    const auto remove = [&](netlink::Session&, Failure& failure) { data_.remove(failure); };
    detail::attempt_on(*this, "remove", on_error, remove);
}

}  // namespace vethpp
