// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/net_in.hpp>
#include <vethpp/value/prefix.hpp>
#include <vethpp/value/print.hpp>
#include <vethpp/wire/codec.hpp>

#include <chrono>
#include <cstdint>
#include <linux/xfrm.h>
#include <optional>
#include <string>
#include <string_view>

// What states and policies of IPsec have in common (<linux/xfrm.h>, ip-xfrm(8)).
namespace vethpp {

/// What protects a packet, by the number of the IP protocol; others are cast to it.
enum class XfrmProtocol : std::uint8_t {
    esp = 50,
    ah = 51,
    compression = 108,
};
/// What becomes of the IP header.
enum class XfrmMode : std::uint8_t {
    transport = XFRM_MODE_TRANSPORT,
    tunnel = XFRM_MODE_TUNNEL,
    beet = XFRM_MODE_BEET,
};

/// "esp", "ah", "comp"; "tunnel", ...: as ip(8) says them, and numbers for others.
[[nodiscard]] std::string to_string(XfrmProtocol protocol);
[[nodiscard]] std::string to_string(XfrmMode mode);

/// Which packets; what is not given is any.
struct XfrmSelector {
    std::optional<Prefix> source{};
    std::optional<Prefix> destination{};
    std::optional<std::uint32_t> protocol{};          ///< 0 to 255, IPPROTO_*
    std::optional<std::uint32_t> source_port{};       ///< 0 to 65535; of ICMP the type
    std::optional<std::uint32_t> destination_port{};  ///< 0 to 65535; of ICMP the code
    std::optional<std::uint32_t> link{};              ///< the index of the link

    [[nodiscard]] bool is_v6() const noexcept {
        return (source && source->is_v6()) || (destination && destination->is_v6());
    }
    /// "src 10.1.0.0/24 dst 10.2.0.0/24 proto udp dport 53": as ip(8) says it, but for the link's
    /// name.
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const XfrmSelector&, const XfrmSelector&) = default;
};

/// Packets of a mark: those whose mark has this value in the bits of the mask.
struct XfrmMark {
    std::uint32_t value = 0;
    std::uint32_t mask = 0xffffffffU;
    friend bool operator==(const XfrmMark&, const XfrmMark&) = default;
};

/// When something ends; at a soft limit the kernel only tells. What is not given is no limit.
struct XfrmLimits {
    std::optional<std::uint64_t> soft_bytes{};
    std::optional<std::uint64_t> hard_bytes{};
    std::optional<std::uint64_t> soft_packets{};
    std::optional<std::uint64_t> hard_packets{};
    std::optional<std::chrono::seconds> soft_time{};  ///< since it was added
    std::optional<std::chrono::seconds> hard_time{};
    std::optional<std::chrono::seconds> soft_use_time{};  ///< since its first use
    std::optional<std::chrono::seconds> hard_use_time{};
    friend bool operator==(const XfrmLimits&, const XfrmLimits&) = default;
};

/// What the kernel has counted; not written.
struct XfrmUse {
    std::uint64_t bytes = 0;
    std::uint64_t packets = 0;
    std::uint32_t replayed = 0;          ///< of a state: packets that had been there before
    std::uint32_t integrity_failed = 0;  ///< of a state: packets that were not what was sent
    friend bool operator==(const XfrmUse&, const XfrmUse&) = default;
};

/// The hardware that does the work (XFRMA_OFFLOAD_DEV). What a link cannot do the kernel does
/// itself, unless `packet`.
struct XfrmOffload {
    std::uint32_t link = 0;  ///< its index
    bool inbound = false;
    bool packet = false;  ///< all of it, and not only the encryption: Linux 6.2
    friend bool operator==(const XfrmOffload&, const XfrmOffload&) = default;
};

namespace message {

[[nodiscard]] xfrm_address_t to_kernel(const IpAddress& address) noexcept;
/// Empty for a family that is none of IP.
[[nodiscard]] std::optional<IpAddress> from_kernel(const xfrm_address_t& address,
                                                   unsigned family) noexcept;
/// `family` where the selector has no address.
[[nodiscard]] xfrm_selector to_kernel(const XfrmSelector& selector, unsigned family) noexcept;
[[nodiscard]] XfrmSelector from_kernel(const xfrm_selector& selector);
[[nodiscard]] xfrm_lifetime_cfg to_kernel(const XfrmLimits& limits) noexcept;
[[nodiscard]] XfrmLimits from_kernel(const xfrm_lifetime_cfg& limits) noexcept;

void check(const XfrmSelector& selector, Failure& failure);
void check(const XfrmLimits& limits, Failure& failure);

/// "0x5"
[[nodiscard]] std::string hex_number(std::uint32_t value);
/// " mark 0x5/0xff"
void append(std::string& out, const char* what, const std::optional<XfrmMark>& mark);
void append(std::string& out, const std::optional<XfrmOffload>& offload);

using Marked = wire::Scalar<XfrmMark>;
static_assert(sizeof(XfrmMark) == sizeof(xfrm_mark));

struct XfrmAddress {
    using Value = IpAddress;
    static void write(wire::Writer& w, std::uint16_t id, const IpAddress& v) noexcept {
        wire::Scalar<xfrm_address_t>::write(w, id, to_kernel(v));
    }
    // Its family stands in the header.
    static bool read(wire::Bytes bytes, IpAddress&) noexcept {
        return bytes.size() >= sizeof(xfrm_address_t);
    }
};

struct OffloadTo {
    using Value = XfrmOffload;
    static void write(wire::Writer& w, std::uint16_t id, const XfrmOffload& v) noexcept;
    static bool read(wire::Bytes bytes, XfrmOffload& v) noexcept;
};

}  // namespace message
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/xfrm.ipp>
#endif
