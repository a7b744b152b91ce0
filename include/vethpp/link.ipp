// SPDX-License-Identifier: BSL-1.0
#pragma once

// The longer bodies of <vethpp/link.hpp>, which includes this file.
#include <vethpp/base/text.hpp>
#include <vethpp/link.hpp>

#include <cerrno>

namespace vethpp {

inline LinkRef::LinkRef(const Link& link)
    : netns_{link.netns()}, index_{link.index()}, name_{link.name()} {}

inline void Link::report(const char* operation, Failure&& failure, OnError on_error) const {
    if (failure) {
        if (failure.context.operation.empty()) failure.context.operation = operation;
        if (failure.context.object.empty()) failure.context.object = name_;
        if (failure.context.netns.empty() && !netns_.is_current())
            failure.context.netns = netns_.label();
        if (failure.code == boost::system::errc::operation_not_permitted &&
            failure.context.kernel_message.empty() && failure.context.hint.empty())
            failure.context.hint = "CAP_NET_ADMIN is needed in the namespace";
    }
    on_error(std::move(failure));
}

template <class Body>
void Link::with_session(const char* operation, OnError on_error, Body&& body) const {
    Failure failure;
    if (index_ == 0 || netns_.is_current())
        failure.fail(errc::no_such_link, "the object refers to no link");
    else
        body(netns_.state()->session, failure);
    report(operation, std::move(failure), on_error);
}

inline LinkState Link::state(OnError on_error) const {
    LinkState state;
    with_session("get the state", on_error, [&](netlink::Session& session, Failure& failure) {
        state = netlink::get_link(session, {.index = index_}, failure);
    });
    return state;
}

inline LinkState Link::peer_state(OnError on_error) const {
    LinkState peer;
    with_session("get the other end", on_error, [&](netlink::Session& session, Failure& failure) {
        const LinkState own = netlink::get_link(session, {.index = index_}, failure);
        if (!failure && (own.kind() != "veth" || !own.link))
            failure.fail(errc::no_such_link, "the link is not the end of a veth pair");
        if (!failure)
            peer = netlink::get_link(
                session, {.index = *own.link, .target_netnsid = own.link_netnsid}, failure);
    });
    return peer;
}

inline Link Link::peer(const NetnsRef& where, OnError on_error) const {
    Link peer;
    with_session("get the other end", on_error, [&](netlink::Session& session, Failure& failure) {
        const LinkState own = netlink::get_link(session, {.index = index_}, failure);
        const detail::NetnsPtr target = failure ? nullptr : where.resolve(failure);
        if (failure) return;
        // Within one namespace the kernel names no other; otherwise its number tells which.
        const bool same = detail::netns_id(*target) == detail::netns_id(*netns_.state());
        std::optional<std::int32_t> id;
        if (!same) id = netlink::get_namespace_id(session, target->fd.get(), failure);
        if (!failure && (own.kind() != "veth" || !own.link || own.link_netnsid != id))
            failure.fail(errc::no_such_link,
                         detail::concat({"it has no other end in ", target->label}));
        if (failure) return;
        const LinkState state = netlink::get_link(target->session, {.index = *own.link}, failure);
        if (!failure) peer = Link{NetnsRef{target}, state.index, state.name};
    });
    return peer;
}

namespace detail {

/// A master is a link that exists, in the namespace of its port. Index 0 would mean "no master".
inline void check_master(const LinkRef& master, const NetnsState& netns, Failure& failure) {
    if (master.index() == 0 || master.netns().is_current())
        failure.fail(errc::no_such_link, "the master refers to no link");
    else if (netns_id(*master.netns().state()) != netns_id(netns))
        failure.fail(errc::invalid_option,
                     concat({"the master, ",
                             master.name(),
                             ", is in another namespace, ",
                             master.netns().label()}));
}

/// The kernel refuses a master that is gone (EINVAL), and one that takes no ports (EOPNOTSUPP),
/// without a word.
inline void explain_master(netlink::Session& session, const LinkRef& master, Failure& failure) {
    if (!failure.context.kernel_message.empty() || !failure.context.hint.empty()) return;
    Failure answer;
    if (failure.code == boost::system::errc::invalid_argument)
        netlink::get_link(session, {.index = master.index()}, answer);
    if (answer.code == boost::system::errc::no_such_device)
        failure.context.hint = concat({"the master, ", master.name(), ", is gone"});
    else if (failure.code == boost::system::errc::operation_not_supported)
        failure.context.hint = concat({"the master, ", master.name(), ", takes no ports"});
}

/// Before Linux 6.6 the kernel refuses an address without a word. Empty if nothing explains it.
[[nodiscard]] inline std::string_view why_refused(netlink::AddressChange change,
                                                  const InterfaceAddress& address,
                                                  error_code code) {
    namespace kernel = boost::system::errc;
    const AddressOptions& options = address.options();
    const IpAddress& ip = address.address();
    if (code == kernel::address_not_available && change == netlink::AddressChange::remove)
        return "the link does not have that address";
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
    if (options.valid_lifetime == std::chrono::seconds{0}) return "the valid lifetime is 0";
    if (!address.is_v6() && options.scope) return "another address of its subnet has another scope";
    return {};
}

inline void explain_address(netlink::AddressChange change,
                            const InterfaceAddress& address,
                            Failure& failure) {
    if (failure.context.kernel_message.empty() && failure.context.hint.empty())
        failure.context.hint = why_refused(change, address, failure.code);
}

/// Changes what a link is as a port; the kernel refuses values without a word.
inline void set_port(netlink::Session& session,
                     std::uint32_t index,
                     const BridgePortSettings& settings,
                     Failure& failure) {
    netlink::set_link_data<BridgePortSettings>(
        session, index, {.port_kind = "bridge", .port_data = settings}, failure);
    if (!failure.context.kernel_message.empty()) return;
    if (failure.code == boost::system::errc::result_out_of_range)
        failure.context.hint = "a port's cost is 1 to 65535, its priority 0 to 63";
    if (failure.code == boost::system::errc::operation_not_supported)
        failure.context.hint = "the link is not the port of a bridge";
}

}  // namespace detail

inline void Link::rename(std::string name, OnError on_error) {
    with_session("rename", on_error, [&](netlink::Session& session, Failure& failure) {
        detail::check_name(name, failure);
        if (!failure) netlink::set_link(session, index_, {.name = name}, 0, 0, failure);
        if (failure.code == boost::system::errc::file_exists)
            failure.context.hint = detail::concat({"the name ", name, " is taken"});
        if (failure.code == boost::system::errc::device_or_resource_busy)
            failure.context.hint = "this kernel renames only links that are down";
        if (!failure) name_ = std::move(name);
    });
}

inline void Link::set_mac(MacAddress mac, OnError on_error) {
    with_session("set the MAC address", on_error, [&](netlink::Session& session, Failure& failure) {
        netlink::set_link(session, index_, {.mac = mac}, 0, 0, failure);
        if (failure.code == boost::system::errc::address_not_available)
            failure.context.hint = "a link's MAC address is neither zero nor multicast";
    });
}

inline void Link::set_group(std::uint32_t group, OnError on_error) {
    with_session("set the group", on_error, [&](netlink::Session& session, Failure& failure) {
        netlink::set_link(session, index_, {.group = group}, 0, 0, failure);
        if (failure) return;
        tag_ = 0;
        group_ = group;
    });
}

inline void Link::change_alternative_name(std::uint16_t type, std::string name, OnError on_error) {
    const char* operation =
        type == RTM_NEWLINKPROP ? "add an alternative name" : "remove an alternative name";
    with_session(operation, on_error, [&](netlink::Session& session, Failure& failure) {
        detail::check_name(name, failure, max_alternative_name);
        if (failure) return;
        netlink::change_alternative_names(session, type, index_, {name}, failure);
        if (failure.code == boost::system::errc::file_exists)
            failure.context.hint = detail::concat({"the name ", name, " is taken"});
    });
}

inline void Link::set_master(const LinkRef& master, OnError on_error) {
    with_session("set the master", on_error, [&](netlink::Session& session, Failure& failure) {
        detail::check_master(master, *netns_.state(), failure);
        if (failure) return;
        netlink::set_link(session, index_, {.master = master.index()}, 0, 0, failure);
        if (failure) detail::explain_master(session, master, failure);
    });
}

inline void Link::set_port(const BridgePortSettings& settings, OnError on_error) {
    with_session(
        "set up the bridge port", on_error, [&](netlink::Session& session, Failure& failure) {
            detail::set_port(session, index_, settings, failure);
        });
}

inline BridgePortSettings Link::port(OnError on_error) const {
    BridgePortSettings settings;
    with_session("get the bridge port", on_error, [&](netlink::Session& session, Failure& failure) {
        const LinkState own = netlink::get_link(session, {.index = index_}, failure);
        const auto found = own.port_data<BridgePortSettings>();
        if (found)
            settings = *found;
        else if (!failure)
            failure.fail(errc::invalid_option, "the link is not the port of a bridge");
    });
    return settings;
}

inline void Link::move_to(const NetnsRef& target, std::string name, OnError on_error) {
    with_session("move", on_error, [&](netlink::Session& session, Failure& failure) {
        if (!name.empty()) detail::check_name(name, failure);
        const detail::NetnsPtr here = netns_.state();
        const detail::NetnsPtr there = failure ? nullptr : target.resolve(failure);
        // Its name of now: somebody else may have renamed it.
        LinkState own;
        if (!failure) own = netlink::get_link(session, {.index = index_}, failure);
        if (failure) return;
        name_ = own.name;
        if (name.empty()) name = name_;
        const bool across = detail::netns_id(*there) != detail::netns_id(*here);
        const bool rename = name != name_;
        // The kernel moves first and renames then, so a taken name would be found out too late.
        Failure free;
        if (across && rename) netlink::get_link(there->session, {.name = name}, free);
        if (across && rename && !free) {
            failure.fail(error_code{EEXIST, boost::system::system_category()});
        } else {
            message::LinkAttributes attributes{.netns_fd =
                                                   static_cast<std::uint32_t>(there->fd.get())};
            if (rename) attributes.name = name;
            netlink::set_link(session, index_, attributes, 0, 0, failure);
        }
        const bool taken = failure.code == boost::system::errc::file_exists;
        if (failure) {
            failure.context.netns = here->label;
            failure.context.hint =
                taken ? detail::concat({"the name ", name, " is taken in ", there->label})
                : failure.code == boost::system::errc::device_or_resource_busy && rename
                    ? "this kernel renames only links that are down"
                    : detail::concat({"to ", there->label});
            // Taken in the meantime: then it has moved nevertheless, under its old name.
            Failure gone;
            if (taken && across) netlink::get_link(session, {.index = index_}, gone);
            if (gone.code != boost::system::errc::no_such_device) return;
            name = name_;
        }
        // The index may have been taken there; the name cannot have been.
        Failure lookup;
        const LinkState state = netlink::get_link(there->session, {.name = name}, lookup);
        if (!lookup) {
            netns_ = NetnsRef{there};
            index_ = state.index;
            name_ = std::move(name);
        }
        if (!failure) failure = std::move(lookup);
    });
}

inline void Link::change_address(netlink::AddressChange change,
                                 const InterfaceAddress& address,
                                 OnError on_error) {
    const char* operation = change == netlink::AddressChange::add       ? "add an address to"
                            : change == netlink::AddressChange::replace ? "replace an address of"
                                                                        : "remove an address from";
    with_session(operation, on_error, [&](netlink::Session& session, Failure& failure) {
        std::size_t which = 0;
        if (change != netlink::AddressChange::remove) detail::check_address(address, failure);
        if (!failure)
            netlink::change_addresses(
                session, change, index_, std::span{&address, 1}, which, failure);
        if (!failure) return;
        failure.context.object = detail::concat({name_, ", ", address.to_string()});
        detail::explain_address(change, address, failure);
    });
}

inline void Link::flush_addresses(OnError on_error) {
    with_session("flush the addresses", on_error, [&](netlink::Session& session, Failure& failure) {
        const auto found = netlink::list_addresses(session, index_, failure);
        const std::vector<InterfaceAddress> addresses{found.begin(), found.end()};
        std::size_t which = 0;
        if (!failure)
            netlink::change_addresses(
                session, netlink::AddressChange::remove, index_, addresses, which, failure);
        // Removing a primary IPv4 address takes its secondaries along.
        if (failure.code == boost::system::errc::address_not_available) failure = {};
    });
}

inline std::vector<AddressState> Link::addresses(OnError on_error) const {
    std::vector<AddressState> addresses;
    with_session("list the addresses", on_error, [&](netlink::Session& session, Failure& failure) {
        addresses = netlink::list_addresses(session, index_, failure);
    });
    return addresses;
}

inline Offloads Link::offloads(OnError on_error) const {
    Offloads result;
    with_session("get the offloads", on_error, [&](netlink::Session& session, Failure& failure) {
        const LinkState own = netlink::get_link(session, {.index = index_}, failure);
        if (!failure) result = detail::get_offloads(*netns_.state(), own.name, failure);
    });
    return result;
}

inline void Link::set_offloads(const Offloads& offloads, OnError on_error) {
    with_session("set the offloads", on_error, [&](netlink::Session& session, Failure& failure) {
        const LinkState own = netlink::get_link(session, {.index = index_}, failure);
        if (!failure) detail::set_offloads(*netns_.state(), own.name, offloads, failure);
    });
}

inline void Link::wait_ready(std::chrono::milliseconds deadline, OnError on_error) const {
    with_session("wait until ready", on_error, [&](netlink::Session&, Failure& failure) {
        detail::wait_ready({{netns_.state(), index_, name_}}, deadline, failure);
    });
}

inline void Link::remove(OnError on_error) {
    with_session("remove", on_error, [&](netlink::Session& session, Failure& failure) {
        netlink::delete_link(session, index_, failure);
        if (failure) return;
        index_ = 0;
        owned_ = false;
    });
}

// True if the link was there and is gone now. What carries a random group of ours is ours: one
// message finds it and removes it, and cannot hit anything else. Without that mark, index, name and
// group must still agree.
inline bool Link::remove_if_ours(Failure& failure) noexcept {
    try {
        if (index_ == 0 || netns_.is_current()) return false;
        netlink::Session& session = netns_.state()->session;
        if (tag_ != 0) {
            netlink::delete_group(session, tag_, failure);
            return !failure;
        }
        const LinkState found = netlink::get_link(session, {.index = index_}, failure);
        if (failure || found.name != name_ || found.group != group_) return false;
        netlink::delete_link(session, index_, failure);
        return !failure;
    } catch (...) {
        return false;  // out of memory while reporting
    }
}

inline void Link::remove_if_owned() noexcept {
    Failure ignored;
    if (std::exchange(owned_, false)) (void)remove_if_ours(ignored);
}

}  // namespace vethpp
