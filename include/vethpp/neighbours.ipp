// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/neighbours.hpp>
#include <vethpp/netlink/link_names.hpp>
#include <vethpp/netlink/list.hpp>
#include <vethpp/netlink/neighbour_request.hpp>
#include <vethpp/netns/own_link.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/value/attempt.hpp>

#include <algorithm>
#include <cerrno>
#include <linux/rtnetlink.h>
#include <string>
#include <utility>

namespace vethpp {
namespace detail {

[[nodiscard]] inline bool contains(const Prefix& prefix, const IpAddress& address) {
    if (prefix.is_v6() != address.is_v6()) return false;
    const auto same = [&](const auto& a, const auto& b) {
        unsigned left = prefix.length();
        for (std::size_t i = 0; left != 0; ++i) {
            const unsigned bits = std::min(left, 8U);
            if (((unsigned{a[i]} ^ unsigned{b[i]}) >> (8 - bits)) != 0) return false;
            left -= bits;
        }
        return true;
    };
    return address.is_v6() ? same(prefix.address().to_v6().to_bytes(), address.to_v6().to_bytes())
                           : same(prefix.address().to_v4().to_bytes(), address.to_v4().to_bytes());
}

[[nodiscard]] inline bool is_meant(const Neighbour& one,
                                   const NeighbourFilter& filter,
                                   bool permanent) {
    if (filter.link && one.link != filter.link) return false;
    if (filter.to && !(one.address && contains(*filter.to, *one.address))) return false;
    if (filter.all || one.proxy) return true;
    const NeighbourState state = one.state.value_or(NeighbourState::none);
    if (filter.states.empty())
        return state != NeighbourState::noarp && (permanent || state != NeighbourState::permanent);
    return std::find(filter.states.begin(), filter.states.end(), state) != filter.states.end();
}

[[nodiscard]] inline std::vector<Neighbour> list_neighbours(const NetnsPtr& netns,
                                                            const NeighbourFilter& filter,
                                                            bool permanent,
                                                            Failure& failure) {
    check_link(filter.link, netns, failure);
    check_link(filter.master, netns, failure);
    if (filter.to) check_prefix(*filter.to, failure);
    if (failure) return {};
    const auto ask = [&](wire::Writer& w) {
        ndmsg header{};
        if (filter.family) header.ndm_family = static_cast<__u8>(*filter.family);
        if (filter.proxies) header.ndm_flags = NTF_PROXY;
        w.pod(header);
        if (filter.link) message::Index::write(w, NDA_IFINDEX, *filter.link);
        if (filter.master) message::Index::write(w, NDA_MASTER, *filter.master);
    };
    auto found = netlink::list<Neighbour>(
        netns->session, {netlink::neighbour_request(RTM_GETNEIGH, 0), ask, RTM_NEWNEIGH}, failure);
    std::erase_if(found, [&](const Neighbour& one) { return !is_meant(one, filter, permanent); });
    return found;
}

inline void explain_neighbour(const Neighbour& neighbour, std::uint16_t type, Failure& failure) {
    if (failure.code == boost::system::errc::file_exists)
        failure.explain("the link has an entry for that address");
    if (failure.code == boost::system::errc::no_such_file_or_directory)
        failure.explain(type == RTM_DELNEIGH ? "there is no entry for that address"
                                             : "there is no entry for that address to be changed");
    if (failure.code == boost::system::errc::no_such_device) failure.explain("the link is gone");
    if (failure.code != boost::system::errc::invalid_argument) return;
    if (!neighbour.mac)
        failure.explain("it needs a MAC address");
    else if (neighbour.is_v6())
        failure.explain("the link has no IPv6; its MTU may be below 1280 bytes");
}

// The kernel makes an entry before it finds that the rest of the request is wrong.
inline void remove_half_made(const NetnsPtr& netns, const Neighbour& neighbour) {
    Failure unknown;
    const std::uint8_t bits = neighbour.is_v6() ? 128 : 32;
    const auto left = list_neighbours(netns,
                                      {.link = neighbour.link,
                                       .to = Prefix{*neighbour.address, bits},
                                       .states = {NeighbourState::none}},
                                      true,
                                      unknown);
    if (left.empty()) return;
    netns->session.request(
        netlink::neighbour_request(RTM_DELNEIGH, 0),
        [&](wire::Writer& w) {
            wire::write_message(w, Neighbour{.address = neighbour.address, .link = neighbour.link});
        },
        unknown);
}

}  // namespace detail

VETHPP_INLINE Neighbours::Neighbours(NetnsRef netns) noexcept : netns_{std::move(netns)} {}
VETHPP_INLINE Neighbours::Neighbours(const LinkRef& link) : netns_{link.netns()}, link_{link} {}

VETHPP_INLINE void Neighbours::add(const Neighbour& neighbour, OnError on_error) const {
    constexpr int flags = NLM_F_CREATE | NLM_F_EXCL;
    change("add the neighbour", RTM_NEWNEIGH, flags, neighbour, on_error);
}
VETHPP_INLINE void Neighbours::replace(const Neighbour& neighbour, OnError on_error) const {
    constexpr int flags = NLM_F_CREATE | NLM_F_REPLACE;
    change("replace the neighbour", RTM_NEWNEIGH, flags, neighbour, on_error);
}
VETHPP_INLINE void Neighbours::remove(const Neighbour& neighbour, OnError on_error) const {
    change("remove the neighbour", RTM_DELNEIGH, 0, neighbour, on_error);
}

VETHPP_INLINE void Neighbours::change(const char* operation,
                                      std::uint16_t type,
                                      int flags,
                                      Neighbour neighbour,
                                      OnError on_error) const {
    if (!neighbour.link) neighbour.link = link_;
    const std::string text = neighbour.to_string();
    detail::attempt({operation, text, netns_.label()}, on_error, [&](Failure& failure) {
        const detail::NetnsPtr netns = netns_.resolve(failure);
        if (!neighbour.address) failure.fail(errc::invalid_option, "a neighbour has an address");
        if (!neighbour.link && !neighbour.proxy)
            failure.fail(errc::invalid_option, "a neighbour is one of a link");
        detail::check_link(neighbour.link, netns, failure);
        if (neighbour.address) detail::check_ip(*neighbour.address, failure);
        if (neighbour.mac) detail::check_mac(*neighbour.mac, failure);
        if (failure) return;
        // What ip(8) says where nothing is said.
        if (type == RTM_DELNEIGH) neighbour.state.reset();
        if (!neighbour.state && !neighbour.managed) neighbour.state = NeighbourState::permanent;
        neighbour.probes.reset();
        neighbour.ages.reset();
        netns->session.request(
            netlink::neighbour_request(type, flags),
            [&](wire::Writer& w) { wire::write_message(w, neighbour); },
            failure);
        detail::explain_neighbour(neighbour, type, failure);
        if (failure && type == RTM_NEWNEIGH && neighbour.link && !neighbour.proxy)
            detail::remove_half_made(netns, neighbour);
    });
}

VETHPP_INLINE Neighbour Neighbours::find(const IpAddress& address, OnError on_error) const {
    const std::string text = address.to_string();
    const detail::Operation operation{"find the neighbour", text, netns_.label()};
    return detail::attempt(operation, on_error, [&](Failure& failure) {
        detail::check_ip(address, failure);
        const detail::NetnsPtr netns = netns_.resolve(failure);
        if (failure) return Neighbour{};
        const std::uint8_t bits = address.is_v6() ? 128 : 32;
        auto found =
            detail::list_neighbours(netns,
                                    {.link = link_,
                                     .family = address.is_v6() ? Family::ipv6 : Family::ipv4,
                                     .to = Prefix{address, bits},
                                     .all = true},
                                    true,
                                    failure);
        if (found.empty()) failure.fail_errno(ENOENT, "there is no entry for that address");
        if (failure) return Neighbour{};
        netlink::LinkNames{netns->session}.put(found.front().link);
        return std::move(found.front());
    });
}

VETHPP_INLINE std::vector<Neighbour> Neighbours::list(const NeighbourFilter& filter,
                                                      OnError on_error) const {
    const detail::Operation operation{"list the neighbours", {}, netns_.label()};
    return detail::attempt(operation, on_error, [&](Failure& failure) {
        const detail::NetnsPtr netns = netns_.resolve(failure);
        if (failure) return std::vector<Neighbour>{};
        NeighbourFilter own = filter;
        if (!own.link) own.link = link_;
        auto found = detail::list_neighbours(netns, own, true, failure);
        netlink::LinkNames names{netns->session};
        for (Neighbour& one : found) names.put(one.link);
        return found;
    });
}

VETHPP_INLINE std::size_t Neighbours::flush(const NeighbourFilter& filter, OnError on_error) const {
    const detail::Operation operation{"flush the neighbours", {}, netns_.label()};
    return detail::attempt(operation, on_error, [&](Failure& failure) {
        const detail::NetnsPtr netns = netns_.resolve(failure);
        if (failure) return std::size_t{0};
        NeighbourFilter own = filter;
        if (!own.link) own.link = link_;
        const auto found = detail::list_neighbours(netns, own, false, failure);
        std::size_t left = 0;
        Failure any;
        const auto refused = [&](std::size_t, const Failure& one) {
            ++left;
            // It has gone by itself, or with its link.
            if (one.code == boost::system::errc::no_such_file_or_directory ||
                one.code == boost::system::errc::no_such_device)
                return;
            failure.take(Failure{one});
        };
        netns->session.batch(
            netlink::neighbour_request(RTM_DELNEIGH, 0),
            found.size(),
            [&](wire::Writer& w, std::size_t i) {
                wire::write_message(w,
                                    Neighbour{.address = found[i].address,
                                              .link = found[i].link,
                                              .proxy = found[i].proxy});
            },
            refused,
            any);
        return found.size() - left;
    });
}

}  // namespace vethpp
