// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/scalars.hpp>
#include <vethpp/value/number_range.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vethpp {

/// Whether the packets of a tunnel may be cut (the bit DF of IPv4).
enum class DontFragment : std::uint8_t { unset, set, inherit };

[[nodiscard]] constexpr std::string_view to_string(DontFragment df) noexcept {
    return df == DontFragment::unset     ? "unset"
           : df == DontFragment::set     ? "set"
           : df == DontFragment::inherit ? "inherit"
                                         : "unknown";
}

/// The payloads that several kinds of links have in common.
namespace message {

/// An address of either family where each has an attribute of its own: the field of IPv4's writes
/// both, that of IPv6's (OfIpv6) reads only.
template <std::uint16_t OfIpv6>
struct EitherIp : Ip {
    static void write(wire::Writer& w, std::uint16_t id, const IpAddress& v) noexcept {
        Ip::write(w, v.is_v6() ? OfIpv6 : id, v);
    }
};
struct OtherIp : Ip {
    static bool has(const std::optional<IpAddress>&) noexcept { return false; }
    static void write(wire::Writer&, std::uint16_t, const IpAddress&) noexcept {}
};

/// What the kernel tells and does not take.
template <wire::Codec C>
struct ReadOnly : C {
    static void write(wire::Writer&, std::uint16_t, const typename C::Value&) noexcept {}
};

/// Taken as an attribute without a payload, told as a byte.
struct Switch {
    using Value = bool;
    static void write(wire::Writer& w, std::uint16_t id, bool v) noexcept {
        if (v) w.attribute(id, nullptr, 0);
    }
    static bool read(wire::Bytes bytes, bool& v) noexcept {
        v = bytes.empty() || bytes[0] != std::byte{0};
        return true;
    }
};

/// An enumeration of 16 bits in network byte order.
template <class E>
struct BigEndianEnum {
    using Value = E;
    static void write(wire::Writer& w, std::uint16_t id, E v) noexcept {
        wire::BigEndian16::write(w, id, static_cast<std::uint16_t>(v));
    }
    static bool read(wire::Bytes bytes, E& v) noexcept {
        std::uint16_t number = 0;
        if (!wire::BigEndian16::read(bytes, number)) return false;
        v = static_cast<E>(number);
        return true;
    }
};

/// Two ports in network byte order.
struct Ports {
    using Value = NumberRange;
    static void write(wire::Writer& w, std::uint16_t id, const NumberRange& v) noexcept {
        if (!v.is_within(0, 0xffff)) return w.refuse("ports are 0 to 65535, the first one first");
        BigEndian32::write(
            w,
            id,
            static_cast<std::uint32_t>(v.first()) << 16U | static_cast<std::uint32_t>(v.last()));
    }
    static bool read(wire::Bytes bytes, NumberRange& v) noexcept {
        std::uint32_t both = 0;
        if (!BigEndian32::read(bytes, both)) return false;
        v = NumberRange{both >> 16U, both & 0xffffU};
        return true;
    }
};

/// The label of a flow (RFC 6437), 20 bits.
struct FlowLabel : BigEndian32 {
    static void write(wire::Writer& w, std::uint16_t id, std::uint32_t v) noexcept {
        if (v > 0xfffff) w.refuse("a flow label is 0 to 0xfffff");
        BigEndian32::write(w, id, v);
    }
};

/// The number of an overlay, 24 bits.
struct Vni : U32 {
    static void write(wire::Writer& w, std::uint16_t id, std::uint32_t v) noexcept {
        if (v > 0xffffff) w.refuse("a VNI is 0 to 16777215");
        U32::write(w, id, v);
    }
};

}  // namespace message
}  // namespace vethpp
