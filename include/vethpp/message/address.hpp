// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/interface_address.hpp>
#include <vethpp/wire/codec.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <optional>
#include <string>
#include <sys/socket.h>

namespace vethpp::message {

/// An IPv4 or IPv6 address in network byte order; the length tells which.
struct Ip {
    using Value = IpAddress;
    static void write(wire::Writer& w, std::uint16_t id, const IpAddress& v) noexcept {
        if (v.is_v4()) {
            const auto bytes = v.to_v4().to_bytes();
            w.attribute(id, bytes.data(), bytes.size());
        } else {
            const auto bytes = v.to_v6().to_bytes();
            w.attribute(id, bytes.data(), bytes.size());
        }
    }
    static bool read(wire::Bytes bytes, IpAddress& v) noexcept {
        if (const auto v6 = wire::load<boost::asio::ip::address_v6::bytes_type>(bytes))
            v = boost::asio::ip::address_v6{*v6};
        else if (const auto v4 = wire::load<boost::asio::ip::address_v4::bytes_type>(bytes))
            v = boost::asio::ip::address_v4{*v4};
        else
            return false;
        return true;
    }
};

/// The attributes of an address (<linux/if_addr.h>).
struct AddressAttributes {
    std::optional<IpAddress> local{};
    std::optional<IpAddress> address{};  ///< the peer; the address itself where there is none
    std::optional<IpAddress> broadcast{};
    std::optional<std::string> label{};
    std::optional<ifa_cacheinfo> lifetimes{};
    std::optional<std::uint32_t> flags{};
    std::optional<std::uint32_t> metric{};
    std::optional<std::uint8_t> protocol{};

    static constexpr auto fields() {
        using wire::Attribute, wire::Field, wire::Fields, wire::Growing, wire::Scalar, wire::Text;
        using A = AddressAttributes;
        return Fields<
            Field<&A::local, Attribute<IFA_LOCAL, Ip, "local">>,
            Field<&A::address, Attribute<IFA_ADDRESS, Ip, "address">>,
            Field<&A::broadcast, Attribute<IFA_BROADCAST, Ip, "broadcast">>,
            Field<&A::label, Attribute<IFA_LABEL, Text, "label">>,
            Field<&A::lifetimes, Attribute<IFA_CACHEINFO, Growing<ifa_cacheinfo>, "lifetimes">>,
            Field<&A::flags, Attribute<IFA_FLAGS, Scalar<std::uint32_t>, "flags">>,
            Field<&A::metric, Attribute<IFA_RT_PRIORITY, Scalar<std::uint32_t>, "metric">>,
            Field<&A::protocol, Attribute<IFA_PROTO, Scalar<std::uint8_t>, "protocol">>>{};
    }
};

/// A lifetime that never ends (INFINITY_LIFE_TIME), in seconds.
inline constexpr std::uint32_t forever = std::numeric_limits<std::uint32_t>::max();

[[nodiscard]] inline std::uint32_t lifetime(std::optional<std::chrono::seconds> value) noexcept {
    if (!value) return forever;
    return static_cast<std::uint32_t>(
        std::clamp<std::chrono::seconds::rep>(value->count(), 0, forever - 1));
}

/// Writes the payload of an RTM_NEWADDR or RTM_DELADDR request.
inline void write_address(wire::Writer& w, std::uint32_t link, const InterfaceAddress& address) {
    const AddressOptions& options = address.options();
    const bool loopback = !address.is_v6() && address.address().is_loopback();
    ifaddrmsg header{};
    header.ifa_family = address.is_v6() ? AF_INET6 : AF_INET;
    header.ifa_prefixlen = address.prefix_length();
    header.ifa_scope = static_cast<std::uint8_t>(
        options.scope.value_or(loopback ? AddressScope::host : AddressScope::universe));
    header.ifa_index = link;

    std::uint32_t flags = 0;
    if (address.is_v6() && !options.duplicate_address_detection) flags |= IFA_F_NODAD;
    if (options.home_address) flags |= IFA_F_HOMEADDRESS;
    if (options.no_prefix_route) flags |= IFA_F_NOPREFIXROUTE;

    AddressAttributes attributes{.local = address.address(),
                                 .address = options.peer.value_or(address.address()),
                                 .broadcast = options.broadcast,
                                 .metric = options.metric,
                                 .protocol = options.protocol};
    if (!options.label.empty()) attributes.label = options.label;
    if (flags != 0) attributes.flags = flags;
    if (options.valid_lifetime || options.preferred_lifetime) {
        const std::uint32_t valid = lifetime(options.valid_lifetime);
        attributes.lifetimes =
            ifa_cacheinfo{.ifa_prefered = std::min(valid, lifetime(options.preferred_lifetime)),
                          .ifa_valid = valid,
                          .cstamp = 0,
                          .tstamp = 0};
    }
    w.pod(header);
    wire::write(w, attributes);
}

/// Reads the payload of an RTM_NEWADDR or RTM_DELADDR message; false for malformed bytes.
[[nodiscard]] inline bool read_address(wire::Bytes payload, AddressState& state) {
    const auto header = wire::load<ifaddrmsg>(payload);
    AddressAttributes a;
    if (!header || !wire::read(wire::after(payload, wire::align(sizeof(ifaddrmsg))), a))
        return false;
    // IPv6 sends IFA_LOCAL only for an address that has a peer.
    const auto own = a.local ? a.local : a.address;
    if (!own) return false;

    const std::uint32_t flags = a.flags.value_or(header->ifa_flags);
    AddressOptions options{.broadcast = a.broadcast,
                           .label = a.label.value_or(std::string{}),
                           .scope = static_cast<AddressScope>(header->ifa_scope),
                           .duplicate_address_detection = own->is_v6() && !(flags & IFA_F_NODAD),
                           .home_address = (flags & IFA_F_HOMEADDRESS) != 0,
                           .no_prefix_route = (flags & IFA_F_NOPREFIXROUTE) != 0,
                           .metric = a.metric,
                           .protocol = a.protocol};
    if (a.address && *a.address != *own) options.peer = a.address;
    if (a.lifetimes && a.lifetimes->ifa_valid != forever)
        options.valid_lifetime = std::chrono::seconds{a.lifetimes->ifa_valid};
    if (a.lifetimes && a.lifetimes->ifa_prefered != forever)
        options.preferred_lifetime = std::chrono::seconds{a.lifetimes->ifa_prefered};
    state = AddressState{InterfaceAddress{*own, header->ifa_prefixlen, std::move(options)},
                         header->ifa_index,
                         flags};
    return true;
}

/// Names the attribute at an offset into the payload of an address request.
[[nodiscard]] inline std::string address_attribute_at(wire::Bytes payload, std::size_t offset) {
    const std::size_t header = wire::align(sizeof(ifaddrmsg));
    std::string path;
    if (offset >= header)
        wire::name_at<AddressAttributes>(wire::after(payload, header), offset - header, path);
    return path;
}

}  // namespace vethpp::message
