// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/address.hpp>
#include <vethpp/netlink/session.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace vethpp::netlink {

enum class AddressChange { add, replace, remove };

/// Changes addresses of a link, many in one send; the first failure is reported, the others are
/// still attempted. `which` is set to the position of the failed one.
inline void change_addresses(Session& session,
                             AddressChange change,
                             std::uint32_t link,
                             std::span<const InterfaceAddress> addresses,
                             std::size_t& which,
                             Failure& failure) {
    const bool remove = change == AddressChange::remove;
    const int flags = remove                         ? 0
                      : change == AddressChange::add ? NLM_F_CREATE | NLM_F_EXCL
                                                     : NLM_F_CREATE | NLM_F_REPLACE;
    const RequestType type{.type = static_cast<std::uint16_t>(remove ? RTM_DELADDR : RTM_NEWADDR),
                           .flags = static_cast<std::uint16_t>(flags),
                           .name_attribute = &message::address_attribute_at};
    session.batch(
        type,
        addresses.size(),
        [&](wire::Writer& w, std::size_t i) { message::write_address(w, link, addresses[i]); },
        [&](std::size_t i, Failure&& f) {
            if (failure) return;
            which = i;
            failure.code = f.code;
            failure.context.kernel_message = std::move(f.context.kernel_message);
            failure.context.attribute = std::move(f.context.attribute);
            failure.context.hint = std::move(f.context.hint);
        });
}

/// The addresses of a link, or of all links for 0; IPv4 and IPv6.
inline std::vector<AddressState> list_addresses(Session& session,
                                                std::uint32_t link,
                                                Failure& failure) {
    static constexpr RequestType type{.type = RTM_GETADDR};
    std::vector<AddressState> addresses;
    bool good = true;
    session.dump(
        type,
        [&](wire::Writer& w) {
            ifaddrmsg header{};
            header.ifa_index = link;
            w.pod(header);
        },
        [&] {
            addresses.clear();
            good = true;
        },
        [&](const wire::RawMessage& m) {
            if (m.header.nlmsg_type != RTM_NEWADDR) return;
            AddressState state;
            good = message::read_address(m.payload, state) && good;
            // A kernel without strict checking ignores the index and lists all.
            if (link == 0 || state.link() == link) addresses.push_back(std::move(state));
        },
        failure);
    if (!failure && !good) failure.fail(errc::malformed_reply);
    if (failure) addresses.clear();
    return addresses;
}

}  // namespace vethpp::netlink
