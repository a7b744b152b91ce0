// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/wire/reader.hpp>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vethpp::wire {

/// A codec knows one payload shape: the C++ value, how it is written, how it is read.
/// read() returns false only for a payload that cannot be what the codec describes.
template <class C>
concept Codec = requires(
    Writer& w, std::uint16_t id, const typename C::Value& in, Bytes bytes, typename C::Value& out) {
    C::write(w, id, in);
    bool{C::read(bytes, out)};
};

/// A value as the machine holds it: integers in host byte order, fixed kernel structs.
template <class T>
struct Scalar {
    using Value = T;
    static void write(Writer& w, std::uint16_t id, const T& v) noexcept {
        w.attribute(id, &v, sizeof v);
    }
    static bool read(Bytes bytes, T& v) noexcept { return load(bytes, v); }
};

/// A kernel struct that grows with the kernel: a shorter one leaves the rest zero, of a longer one
/// the known part is read.
template <class T>
struct Growing {
    using Value = T;
    static void write(Writer& w, std::uint16_t id, const T& v) noexcept {
        w.attribute(id, &v, sizeof v);
    }
    static bool read(Bytes bytes, T& v) noexcept {
        v = T{};
        if (!bytes.empty())
            std::memcpy(&v, bytes.data(), bytes.size() < sizeof v ? bytes.size() : sizeof v);
        return true;
    }
};

/// A value that the wire carries in another type: bool or an enumeration as an integer.
template <class T, class Wire>
struct As {
    static_assert(sizeof(T) <= sizeof(Wire), "it may not fit");
    using Value = T;
    static void write(Writer& w, std::uint16_t id, const T& v) noexcept {
        Scalar<Wire>::write(w, id, static_cast<Wire>(v));
    }
    static bool read(Bytes bytes, T& v) noexcept {
        Wire wire{};
        if (!Scalar<Wire>::read(bytes, wire)) return false;
        v = static_cast<T>(wire);
        return true;
    }
};

/// A number that the wire carries in fewer bits than the program: one that does not fit is refused.
/// An optional of the narrower type would have cut it before anybody could see.
template <class T, Codec C>
struct Narrow {
    using Value = T;
    static void write(Writer& w, std::uint16_t id, const T& v) noexcept {
        if (!std::in_range<typename C::Value>(v)) w.refuse("the number is out of range");
        C::write(w, id, static_cast<typename C::Value>(v));
    }
    static bool read(Bytes bytes, T& v) noexcept {
        typename C::Value wire{};
        if (!C::read(bytes, wire)) return false;
        v = wire;
        return true;
    }
};

/// Hundredths of a second, the unit of the bridge's timers (USER_HZ). The wire has 32 bits of them.
using Centiseconds = std::chrono::duration<std::int64_t, std::centi>;

struct Duration {
    using Value = Centiseconds;
    static void write(Writer& w, std::uint16_t id, Value v) noexcept {
        if (!std::in_range<std::uint32_t>(v.count())) w.refuse("a time is 0 to 497 days");
        Scalar<std::uint32_t>::write(w, id, static_cast<std::uint32_t>(v.count()));
    }
    static bool read(Bytes bytes, Value& v) noexcept {
        std::uint32_t count = 0;
        if (!Scalar<std::uint32_t>::read(bytes, count)) return false;
        v = Value{count};
        return true;
    }
};

/// 16 bits in network byte order, kept in host byte order.
struct BigEndian16 {
    using Value = std::uint16_t;
    static void write(Writer& w, std::uint16_t id, Value v) noexcept {
        const std::array<unsigned char, 2> bytes{static_cast<unsigned char>(v >> 8U),
                                                 static_cast<unsigned char>(v & 0xffU)};
        w.attribute(id, bytes.data(), bytes.size());
    }
    static bool read(Bytes bytes, Value& v) noexcept {
        if (bytes.size() < 2) return false;
        v = static_cast<Value>((std::to_integer<unsigned>(bytes[0]) << 8U) |
                               std::to_integer<unsigned>(bytes[1]));
        return true;
    }
};

struct Text {
    using Value = std::string;
    static void write(Writer& w, std::uint16_t id, const std::string& v) noexcept {
        if (v.find('\0') != v.npos) w.refuse("a text has no NUL byte");
        w.attribute(id, v.c_str(), v.size() + 1);
    }
    static bool read(Bytes bytes, std::string& v) {
        v.assign(text(bytes));
        return true;
    }
};

/// Text, or nothing: an empty one is neither written nor printed.
struct TextIfAny {
    using Value = std::string;
    static bool has(const std::string& v) noexcept { return !v.empty(); }
    static void write(Writer& w, std::uint16_t id, const std::string& v) noexcept {
        if (has(v)) Text::write(w, id, v);
    }
    static bool read(Bytes bytes, std::string& v) { return Text::read(bytes, v); }
};

/// A nest that repeats one text attribute, as IFLA_PROP_LIST repeats IFLA_ALT_IFNAME.
template <std::uint16_t Id>
struct TextList {
    using Value = std::vector<std::string>;
    static void write(Writer& w, std::uint16_t id, const Value& v) {
        w.nest(id, [&](Writer& inner) {
            for (const auto& item : v) Text::write(inner, Id, item);
        });
    }
    static bool read(Bytes bytes, Value& v) {
        v.clear();
        Attributes list{bytes};
        for (const auto& item : list)
            if (item.type == Id) v.emplace_back(text(item.payload));
        return !list.malformed();
    }
};

/// The payload as it is, for contents whose type depends on another attribute.
struct Raw {
    using Value = std::vector<std::byte>;
    static void write(Writer& w, std::uint16_t id, const Value& v) noexcept {
        w.attribute(id, v.data(), v.size());
    }
    static bool read(Bytes bytes, Value& v) {
        v.resize(bytes.size());
        if (!bytes.empty()) std::memcpy(v.data(), bytes.data(), bytes.size());
        return true;
    }
};

}  // namespace vethpp::wire
