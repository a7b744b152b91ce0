// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/scalars.hpp>
#include <vethpp/value/interface_address.hpp>
#include <vethpp/wire/message.hpp>

#include <cstdint>
#include <linux/if_addr.h>
#include <optional>
#include <string>

namespace vethpp::message {

/// An address as rtnetlink carries it (<linux/if_addr.h>, rtnetlink(7)).
struct AddressMessage {
    std::uint8_t family = 0;  ///< AF_INET or AF_INET6
    std::uint8_t prefix_length = 0;
    std::uint8_t first_flags = 0;  ///< those of IFA_F_* that fit into 8 bits
    AddressScope scope = AddressScope::universe;
    std::uint32_t link = 0;
    std::optional<IpAddress> local{};
    std::optional<IpAddress> address{};  ///< the peer; the address itself where there is none
    std::optional<IpAddress> broadcast{};
    std::string label{};
    std::optional<ifa_cacheinfo> lifetimes{};
    std::optional<std::uint32_t> flags{};
    std::optional<std::uint32_t> metric{};
    std::optional<std::uint32_t> protocol{};

    /// IPv6 sends IFA_LOCAL only for an address that has a peer.
    [[nodiscard]] const std::optional<IpAddress>& own() const noexcept {
        return local ? local : address;
    }
    [[nodiscard]] std::uint32_t all_flags() const noexcept { return flags.value_or(first_flags); }

    static constexpr auto header() {
        using A = AddressMessage;
        using wire::Fixed;
        return wire::Header<ifaddrmsg,
                            Fixed<&A::family, &ifaddrmsg::ifa_family, "family">,
                            Fixed<&A::prefix_length, &ifaddrmsg::ifa_prefixlen, "prefix_length">,
                            Fixed<&A::first_flags, &ifaddrmsg::ifa_flags, "first_flags">,
                            Fixed<&A::scope, &ifaddrmsg::ifa_scope, "scope">,
                            Fixed<&A::link, &ifaddrmsg::ifa_index, "link">>{};
    }
    static constexpr auto fields() {
        using A = AddressMessage;
        using wire::Attribute, wire::Field, wire::Growing, wire::TextIfAny;
        return wire::Fields<
            Field<&A::local, Attribute<IFA_LOCAL, Ip, "local">>,
            Field<&A::address, Attribute<IFA_ADDRESS, Ip, "address">>,
            Field<&A::broadcast, Attribute<IFA_BROADCAST, Ip, "broadcast">>,
            Field<&A::label, Attribute<IFA_LABEL, TextIfAny, "label">>,
            Field<&A::lifetimes, Attribute<IFA_CACHEINFO, Growing<ifa_cacheinfo>, "lifetimes">>,
            Field<&A::flags, Attribute<IFA_FLAGS, U32, "flags">>,
            Field<&A::metric, Attribute<IFA_RT_PRIORITY, U32, "metric">>,
            Field<&A::protocol, Attribute<IFA_PROTO, Number8, "protocol">>>{};
    }
};

/// Writes the payload of an RTM_NEWADDR or RTM_DELADDR request.
void write_address(wire::Writer& w, std::uint32_t link, const InterfaceAddress& address);

/// Reads the payload of an RTM_NEWADDR or RTM_DELADDR message; false for malformed bytes.
[[nodiscard]] bool read_address(wire::Bytes payload, AddressState& state);

}  // namespace vethpp::message

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/address.ipp>
#endif
