// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/address.hpp>

#include <limits>
#include <sys/socket.h>
#include <utility>

namespace vethpp::message {

/// A lifetime that never ends (INFINITY_LIFE_TIME), in seconds.
inline constexpr std::uint32_t forever = std::numeric_limits<std::uint32_t>::max();

VETHPP_INLINE std::uint32_t lifetime(std::optional<std::chrono::seconds> value) noexcept {
    if (!value || value->count() >= forever) return value ? forever - 1 : forever;
    return value->count() < 0 ? 0 : static_cast<std::uint32_t>(value->count());
}

VETHPP_INLINE void write_address(wire::Writer& w,
                                 std::uint32_t link,
                                 const InterfaceAddress& address) {
    const AddressOptions& options = address.options();
    const bool loopback = !address.is_v6() && address.address().is_loopback();
    std::uint32_t flags = 0;
    if (address.is_v6() && !options.duplicate_address_detection) flags |= IFA_F_NODAD;
    if (options.home_address) flags |= IFA_F_HOMEADDRESS;
    if (options.no_prefix_route) flags |= IFA_F_NOPREFIXROUTE;

    AddressMessage message{
        .family = address.is_v6() ? std::uint8_t{AF_INET6} : std::uint8_t{AF_INET},
        .prefix_length = address.prefix_length(),
        .scope = options.scope.value_or(loopback ? AddressScope::host : AddressScope::universe),
        .link = link,
        .local = address.address(),
        .address = options.peer ? *options.peer : address.address(),
        .broadcast = options.broadcast,
        .label = options.label,
        .metric = options.metric,
        .protocol = options.protocol};
    if (flags != 0) message.flags = flags;
    if (options.valid_lifetime || options.preferred_lifetime) {
        const std::uint32_t valid = lifetime(options.valid_lifetime);
        const std::uint32_t preferred = lifetime(options.preferred_lifetime);
        message.lifetimes = ifa_cacheinfo{.ifa_prefered = preferred < valid ? preferred : valid,
                                          .ifa_valid = valid,
                                          .cstamp = 0,
                                          .tstamp = 0};
    }
    wire::write_message(w, message);
}

VETHPP_INLINE bool read_address(wire::Bytes payload, AddressState& state) {
    AddressMessage m;
    if (!wire::read_message(payload, m)) return false;
    const std::optional<IpAddress>& own = m.own();
    if (!own) return false;

    const std::uint32_t flags = m.all_flags();
    AddressOptions options{
        .broadcast = m.broadcast,
        .label = std::move(m.label),
        .scope = m.scope,
        .duplicate_address_detection = own->is_v6() && (flags & IFA_F_NODAD) == 0,
        .home_address = (flags & IFA_F_HOMEADDRESS) != 0,
        .no_prefix_route = (flags & IFA_F_NOPREFIXROUTE) != 0,
        .metric = m.metric,
        .protocol = m.protocol};
    if (m.address && *m.address != *own) options.peer = m.address;
    if (m.lifetimes && m.lifetimes->ifa_valid != forever)
        options.valid_lifetime = std::chrono::seconds{m.lifetimes->ifa_valid};
    if (m.lifetimes && m.lifetimes->ifa_prefered != forever)
        options.preferred_lifetime = std::chrono::seconds{m.lifetimes->ifa_prefered};
    state =
        AddressState{InterfaceAddress{*own, m.prefix_length, std::move(options)}, m.link, flags};
    return true;
}

}  // namespace vethpp::message
