// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/address.hpp>
#include <vethpp/netlink/addresses.hpp>

#include <linux/rtnetlink.h>
#include <utility>

namespace vethpp::netlink {

VETHPP_INLINE std::size_t change_addresses(Session& session,
                                           AddressChange change,
                                           std::uint32_t link,
                                           std::span<const InterfaceAddress> addresses,
                                           Failure& failure) {
    const bool remove = change == AddressChange::remove;
    const int flags = remove                         ? 0
                      : change == AddressChange::add ? NLM_F_CREATE | NLM_F_EXCL
                                                     : NLM_F_CREATE | NLM_F_REPLACE;
    const RequestType type{.type = static_cast<std::uint16_t>(remove ? RTM_DELADDR : RTM_NEWADDR),
                           .flags = static_cast<std::uint16_t>(flags),
                           .names = &wire::message_names<message::AddressMessage>};
    std::size_t first = addresses.size();
    session.batch(
        type,
        addresses.size(),
        [&](wire::Writer& w, std::size_t i) { message::write_address(w, link, addresses[i]); },
        [&](std::size_t i, const Failure&) {
            if (first == addresses.size()) first = i;
        },
        failure);
    return first;
}

inline void write_address_query(wire::Writer& w, std::uint32_t link) {
    ifaddrmsg header{};
    header.ifa_index = link;
    w.pod(header);
}

VETHPP_INLINE RawList list_raw_addresses(Session& session,
                                         std::uint32_t link,
                                         Failure& failure,
                                         int attempts) {
    const auto ask = [&](wire::Writer& w) { write_address_query(w, link); };
    return list_raw(session, {{.type = RTM_GETADDR}, ask, RTM_NEWADDR, attempts}, failure);
}

VETHPP_INLINE void flush_addresses(Session& session, std::uint32_t link, Failure& failure) {
    const RawList addresses = list_raw_addresses(session, link, failure);
    wire::Bytes rest{addresses};
    for (wire::RawMessage one; !failure && wire::next(rest, one);) {
        ifaddrmsg header{};
        if (!wire::load(one.payload, header) || header.ifa_index != link) continue;
        static constexpr RequestType type{.type = RTM_DELADDR};
        const auto same = [&](wire::Writer& w) { w.bytes(one.payload.data(), one.payload.size()); };
        Failure once;
        session.request(type, same, once);
        // Removing a primary IPv4 address takes its secondaries along.
        if (once.code != boost::system::errc::address_not_available) failure.take(std::move(once));
    }
}

VETHPP_INLINE std::vector<AddressState> list_addresses(Session& session,
                                                       std::uint32_t link,
                                                       Failure& failure) {
    const auto ask = [&](wire::Writer& w) { write_address_query(w, link); };
    auto addresses = list<AddressState>(
        session, {{.type = RTM_GETADDR}, ask, RTM_NEWADDR}, &message::read_address, failure);
    if (link != 0)
        std::erase_if(addresses, [&](const AddressState& one) { return one.link() != link; });
    return addresses;
}

}  // namespace vethpp::netlink
