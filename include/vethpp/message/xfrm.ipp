// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/message/xfrm.hpp>

#include <algorithm>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <utility>

namespace vethpp {

VETHPP_INLINE std::string to_string(XfrmProtocol protocol) {
    switch (protocol) {
        case XfrmProtocol::esp:
            return "esp";
        case XfrmProtocol::ah:
            return "ah";
        case XfrmProtocol::compression:
            return "comp";
    }
    return std::to_string(static_cast<unsigned>(protocol));
}

VETHPP_INLINE std::string to_string(XfrmMode mode) {
    switch (mode) {
        case XfrmMode::transport:
            return "transport";
        case XfrmMode::tunnel:
            return "tunnel";
        case XfrmMode::beet:
            return "beet";
    }
    return std::to_string(static_cast<unsigned>(mode));
}

namespace message {

inline std::string protocol_name(std::uint32_t protocol) {
    struct Known {
        std::uint32_t number;
        const char* name;
    };
    static constexpr Known known[] = {{IPPROTO_ICMP, "icmp"},
                                      {IPPROTO_TCP, "tcp"},
                                      {IPPROTO_UDP, "udp"},
                                      {IPPROTO_ICMPV6, "ipv6-icmp"},
                                      {IPPROTO_SCTP, "sctp"},
                                      {IPPROTO_ESP, "esp"},
                                      {IPPROTO_AH, "ah"},
                                      {IPPROTO_COMP, "comp"}};
    for (const auto& [number, name] : known)
        if (number == protocol) return name;
    return std::to_string(protocol);
}

VETHPP_INLINE xfrm_address_t to_kernel(const IpAddress& address) noexcept {
    xfrm_address_t out{};
    if (address.is_v6()) {
        const auto bytes = address.to_v6().to_bytes();
        std::memcpy(&out, bytes.data(), bytes.size());
    } else {
        const auto bytes = address.to_v4().to_bytes();
        std::memcpy(&out, bytes.data(), bytes.size());
    }
    return out;
}

VETHPP_INLINE std::optional<IpAddress> from_kernel(const xfrm_address_t& address,
                                                   unsigned family) noexcept {
    boost::asio::ip::address_v6::bytes_type v6{};
    boost::asio::ip::address_v4::bytes_type v4{};
    std::memcpy(v6.data(), &address, v6.size());
    std::memcpy(v4.data(), &address, v4.size());
    if (family == AF_INET6) return IpAddress{boost::asio::ip::address_v6{v6}};
    if (family == AF_INET) return IpAddress{boost::asio::ip::address_v4{v4}};
    return std::nullopt;
}

VETHPP_INLINE xfrm_selector to_kernel(const XfrmSelector& selector, unsigned family) noexcept {
    xfrm_selector out{};
    const bool any = !selector.source && !selector.destination;
    if (!any) family = selector.is_v6() ? AF_INET6 : AF_INET;
    out.family = static_cast<__u16>(family);
    if (selector.source) out.saddr = to_kernel(selector.source->address());
    if (selector.source) out.prefixlen_s = selector.source->length();
    if (selector.destination) out.daddr = to_kernel(selector.destination->address());
    if (selector.destination) out.prefixlen_d = selector.destination->length();
    out.proto = static_cast<__u8>(selector.protocol.value_or(0));
    const auto port = [](const auto& given, __be16& number, __be16& mask) {
        if (!given) return;
        number = htons(static_cast<std::uint16_t>(*given));
        mask = 0xffff;
    };
    port(selector.source_port, out.sport, out.sport_mask);
    port(selector.destination_port, out.dport, out.dport_mask);
    out.ifindex = static_cast<int>(selector.link.value_or(0));
    return out;
}

VETHPP_INLINE XfrmSelector from_kernel(const xfrm_selector& selector) {
    XfrmSelector out;
    if (auto from = from_kernel(selector.saddr, selector.family))
        out.source = Prefix{*std::move(from), selector.prefixlen_s};
    if (auto to = from_kernel(selector.daddr, selector.family))
        out.destination = Prefix{*std::move(to), selector.prefixlen_d};
    if (selector.proto != 0) out.protocol = selector.proto;
    if (selector.sport_mask != 0) out.source_port = ntohs(selector.sport);
    if (selector.dport_mask != 0) out.destination_port = ntohs(selector.dport);
    if (selector.ifindex != 0) out.link = static_cast<std::uint32_t>(selector.ifindex);
    return out;
}

// Bytes and packets without a limit are the largest number, times are zero.
VETHPP_INLINE xfrm_lifetime_cfg to_kernel(const XfrmLimits& limits) noexcept {
    const auto count = [](const auto& given) { return given.value_or(XFRM_INF); };
    const auto time = [](const auto& given) {
        return given ? static_cast<__u64>(given->count()) : __u64{0};
    };
    return {.soft_byte_limit = count(limits.soft_bytes),
            .hard_byte_limit = count(limits.hard_bytes),
            .soft_packet_limit = count(limits.soft_packets),
            .hard_packet_limit = count(limits.hard_packets),
            .soft_add_expires_seconds = time(limits.soft_time),
            .hard_add_expires_seconds = time(limits.hard_time),
            .soft_use_expires_seconds = time(limits.soft_use_time),
            .hard_use_expires_seconds = time(limits.hard_use_time)};
}

VETHPP_INLINE XfrmLimits from_kernel(const xfrm_lifetime_cfg& limits) noexcept {
    const auto count = [](__u64 limit) {
        return limit == XFRM_INF ? std::nullopt : std::optional<std::uint64_t>{limit};
    };
    const auto time = [](__u64 limit) {
        using Seconds = std::chrono::seconds;
        return limit == 0 ? std::nullopt : std::optional{Seconds{static_cast<std::int64_t>(limit)}};
    };
    return {.soft_bytes = count(limits.soft_byte_limit),
            .hard_bytes = count(limits.hard_byte_limit),
            .soft_packets = count(limits.soft_packet_limit),
            .hard_packets = count(limits.hard_packet_limit),
            .soft_time = time(limits.soft_add_expires_seconds),
            .hard_time = time(limits.hard_add_expires_seconds),
            .soft_use_time = time(limits.soft_use_expires_seconds),
            .hard_use_time = time(limits.hard_use_expires_seconds)};
}

VETHPP_INLINE void check(const XfrmSelector& selector, Failure& failure) {
    const auto& source = selector.source;
    const auto& destination = selector.destination;
    if (source) detail::check_prefix(*source, failure);
    if (destination) detail::check_prefix(*destination, failure);
    if (source && destination && source->is_v6() != destination->is_v6())
        failure.fail(errc::invalid_option, "the selector is IPv4 at one end and IPv6 at the other");
    if (selector.protocol.value_or(0) > 255)
        failure.fail(errc::invalid_option, "an IP protocol is 0 to 255");
    if (std::max(selector.source_port.value_or(0), selector.destination_port.value_or(0)) > 65535)
        failure.fail(errc::invalid_option, "a port is 0 to 65535");
}

VETHPP_INLINE void check(const XfrmLimits& limits, Failure& failure) {
    for (const auto& time :
         {limits.soft_time, limits.hard_time, limits.soft_use_time, limits.hard_use_time})
        if (time && time->count() < 0)
            failure.fail(errc::invalid_option, "a limit in time is no time that has passed");
}

VETHPP_INLINE std::string hex_number(std::uint32_t value) {
    const std::string digits = detail::hex(value, 8);
    return "0x" + digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
}

VETHPP_INLINE void append(std::string& out, const char* what, const std::optional<XfrmMark>& mark) {
    if (mark) out += detail::concat({what, hex_number(mark->value), "/", hex_number(mark->mask)});
}

VETHPP_INLINE void append(std::string& out, const std::optional<XfrmOffload>& offload) {
    if (!offload) return;
    out += detail::concat({offload->packet ? " packet" : " crypto",
                           " offload parameters: dev ",
                           std::to_string(offload->link),
                           offload->inbound ? " dir in" : " dir out"});
}

inline constexpr std::uint8_t offload_packet = 4;  // XFRM_OFFLOAD_PACKET, newer than some headers

VETHPP_INLINE void OffloadTo::write(wire::Writer& w,
                                    std::uint16_t id,
                                    const XfrmOffload& v) noexcept {
    xfrm_user_offload out{};
    out.ifindex = static_cast<int>(v.link);
    out.flags =
        static_cast<__u8>((v.inbound ? XFRM_OFFLOAD_INBOUND : 0) | (v.packet ? offload_packet : 0));
    wire::Scalar<xfrm_user_offload>::write(w, id, out);
}

VETHPP_INLINE bool OffloadTo::read(wire::Bytes bytes, XfrmOffload& v) noexcept {
    xfrm_user_offload in{};
    if (!wire::load(bytes, in)) return false;
    v = {.link = static_cast<std::uint32_t>(in.ifindex),
         .inbound = (in.flags & XFRM_OFFLOAD_INBOUND) != 0,
         .packet = (in.flags & offload_packet) != 0};
    return true;
}

}  // namespace message

VETHPP_INLINE std::string XfrmSelector::to_string() const {
    const std::string any = is_v6() ? "::/0" : "0.0.0.0/0";
    std::string out = detail::concat({"src ",
                                      source ? source->to_string() : any,
                                      " dst ",
                                      destination ? destination->to_string() : any});
    const bool icmp = protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
    if (protocol) out += " proto " + message::protocol_name(*protocol);
    if (source_port) out += (icmp ? " type " : " sport ") + std::to_string(*source_port);
    if (destination_port) out += (icmp ? " code " : " dport ") + std::to_string(*destination_port);
    if (link) out += " dev " + std::to_string(*link);
    return out;
}

}  // namespace vethpp
