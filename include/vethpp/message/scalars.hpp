// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/ip_address.hpp>
#include <vethpp/value/link_index.hpp>
#include <vethpp/value/mac_address.hpp>
#include <vethpp/value/prefix.hpp>
#include <vethpp/wire/codec.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

/// The payloads that attributes of all families have in common.
namespace vethpp::message {

using U8 = wire::Scalar<std::uint8_t>;
using U16 = wire::Scalar<std::uint16_t>;
using U32 = wire::Scalar<std::uint32_t>;
using Number8 = wire::Narrow<std::uint32_t, U8>;
using Number16 = wire::Narrow<std::uint32_t, U16>;
using S32 = wire::Scalar<std::int32_t>;
using Flag8 = wire::As<bool, std::uint8_t>;
using Flag32 = wire::As<bool, std::uint32_t>;

/// 32 bits in network byte order, kept in host byte order.
struct BigEndian32 {
    using Value = std::uint32_t;
    static void write(wire::Writer& w, std::uint16_t id, Value v) noexcept {
        const std::array<std::uint8_t, 4> bytes{static_cast<std::uint8_t>(v >> 24U),
                                                static_cast<std::uint8_t>(v >> 16U),
                                                static_cast<std::uint8_t>(v >> 8U),
                                                static_cast<std::uint8_t>(v)};
        w.attribute(id, bytes.data(), bytes.size());
    }
    static bool read(wire::Bytes bytes, Value& v) noexcept {
        std::array<std::uint8_t, 4> raw{};
        if (!wire::load(bytes, raw)) return false;
        v = 0;
        for (const std::uint8_t byte : raw) v = v << 8U | byte;
        return true;
    }
};
/// 16 bits in network byte order, such as a port.
using Port = wire::Narrow<std::uint32_t, wire::BigEndian16>;

/// A time, in 32 bits of its unit.
template <class Duration>
struct Time32 {
    using Value = Duration;
    static void write(wire::Writer& w, std::uint16_t id, Value v) noexcept {
        if (!std::in_range<std::uint32_t>(v.count())) w.refuse("the time is out of range");
        U32::write(w, id, static_cast<std::uint32_t>(v.count()));
    }
    static bool read(wire::Bytes bytes, Value& v) noexcept {
        std::uint32_t count = 0;
        if (!U32::read(bytes, count)) return false;
        v = Value{count};
        return true;
    }
};

/// An attribute without a payload: it is there, or not (NLA_FLAG).
struct Presence {
    using Value = bool;
    static void write(wire::Writer& w, std::uint16_t id, bool v) noexcept {
        if (v) w.attribute(id, nullptr, 0);
    }
    static bool read(wire::Bytes, bool& v) noexcept { return v = true; }
};

// Links of other types have addresses of other lengths; those are left zero and never fail a dump.
struct Mac {
    using Value = MacAddress;
    static void write(wire::Writer& w, std::uint16_t id, const MacAddress& v) noexcept {
        w.attribute(id, v.bytes().data(), v.bytes().size());
    }
    static bool read(wire::Bytes bytes, MacAddress& v) noexcept {
        std::array<std::uint8_t, 6> copy{};
        if (bytes.size() == copy.size()) std::memcpy(copy.data(), bytes.data(), copy.size());
        v = MacAddress{copy};
        return true;
    }
};

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
        boost::asio::ip::address_v6::bytes_type v6;
        boost::asio::ip::address_v4::bytes_type v4;
        if (wire::load(bytes, v6))
            v = boost::asio::ip::address_v6{v6};
        else if (wire::load(bytes, v4))
            v = boost::asio::ip::address_v4{v4};
        else
            return false;
        return true;
    }
};

/// A link of the same namespace.
struct Index {
    using Value = LinkIndex;
    static void write(wire::Writer& w, std::uint16_t id, const LinkIndex& v) noexcept {
        U32::write(w, id, v.index());
    }
    static bool read(wire::Bytes bytes, LinkIndex& v) noexcept {
        std::uint32_t index = 0;
        if (!U32::read(bytes, index)) return false;
        v = LinkIndex{index};
        return true;
    }
};

/// A nest of addresses, numbered from 0.
struct IpList {
    using Value = std::vector<IpAddress>;
    static void write(wire::Writer& w, std::uint16_t id, const Value& v) {
        w.nest(id, [&](wire::Writer& inner) {
            for (std::size_t i = 0; i < v.size(); ++i)
                Ip::write(inner, static_cast<std::uint16_t>(i), v[i]);
        });
    }
    static bool read(wire::Bytes bytes, Value& v) {
        v.clear();
        wire::Attributes list{bytes};
        for (const auto& item : list)
            if (!Ip::read(item.payload, v.emplace_back())) return false;
        return !list.malformed();
    }
};

/// The address of a prefix, whose length stands in the fixed header.
struct Range {
    using Value = Prefix;
    static void write(wire::Writer& w, std::uint16_t id, const Prefix& v) noexcept {
        Ip::write(w, id, v.address());
    }
    static bool read(wire::Bytes bytes, Prefix& v) {
        IpAddress address;
        if (!Ip::read(bytes, address)) return false;
        v = Prefix{address, 0};
        return true;
    }
};

/// A time that the wire carries in 32 bits, in parts of a millisecond.
template <int Parts>
struct Milliseconds {
    using Value = std::chrono::milliseconds;
    static void write(wire::Writer& w, std::uint16_t id, Value v) noexcept {
        constexpr auto most = std::numeric_limits<std::uint32_t>::max() / Parts;
        if (v.count() < 0 || v.count() > most) w.refuse("a time is 0 to 6 days");
        U32::write(w, id, static_cast<std::uint32_t>(v.count() * Parts));
    }
    static bool read(wire::Bytes bytes, Value& v) noexcept {
        std::uint32_t count = 0;
        if (!U32::read(bytes, count)) return false;
        v = Value{count / Parts};
        return true;
    }
};

}  // namespace vethpp::message
