// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/addresses.hpp>
#include <vethpp/link/explain.hpp>
#include <vethpp/link/ipv6.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netns/state.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace vethpp::detail {

VETHPP_INLINE std::size_t put_addresses(const NetnsPtr& netns,
                                        std::uint32_t link,
                                        netlink::AddressChange change,
                                        std::span<const InterfaceAddress> addresses,
                                        Failure& failure) {
    if (failure) return addresses.size();
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (!addresses[i].is_v6() || !addresses[i].options().duplicate_address_detection) continue;
        // Its name of now: somebody else may have renamed it.
        const auto own = netlink::look_up(netns->session, {.index = link}, failure);
        detect_duplicates(netns, own.name, failure);
        if (failure) return i;
        break;
    }
    const std::size_t which =
        netlink::change_addresses(netns->session, change, link, addresses, failure);
    if (which < addresses.size()) explain_address(netns->session, link, addresses[which], failure);
    return which;
}

// The kernel finds an IPv4 address by its peer, too.
VETHPP_INLINE void remove_address(netlink::Session& session,
                                  std::uint32_t link,
                                  const InterfaceAddress& address,
                                  Failure& failure) {
    // What is removed need only be found.
    if (!address.is_valid()) failure.fail(errc::invalid_address, std::string{address.problem()});
    if (failure) return;
    constexpr auto remove = netlink::AddressChange::remove;
    Failure once;
    netlink::change_addresses(session, remove, link, {&address, 1}, once);
    const bool not_found = once.code == boost::system::errc::address_not_available;
    if (not_found) once.explain("the link does not have that address");
    if (!not_found || address.is_v6() || address.options().peer)
        return failure.take(std::move(once));
    Failure unknown;
    auto others = netlink::list_addresses(session, link, unknown);
    std::erase_if(others, [&](const AddressState& other) {
        const std::string& label = address.options().label;
        return other.address() != address.address() ||
               (!label.empty() && other.options().label != label);
    });
    const auto fits = [&](const AddressState& other) {
        return other.prefix_length() == address.prefix_length();
    };
    const auto last = std::partition(others.begin(), others.end(), fits);
    if (last - others.begin() == 1) {
        const InterfaceAddress& only = others.front();
        once = {};
        netlink::change_addresses(session, remove, link, {&only, 1}, once);
    } else if (!others.empty()) {
        once.context.hint = last == others.begin()
                                ? concat({"the link has ", others.front().to_string()})
                                : "the link has it with more than one peer; .peer says which";
    }
    failure.take(std::move(once));
}

}  // namespace vethpp::detail
