// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/wire/reader.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace vethpp::wire {

/// A codec knows one payload shape: the C++ value, how it is written, how it is read.
/// read() returns false only for a payload that cannot be what the codec describes.
template <class C>
concept Codec = requires(Writer& w, std::uint16_t id, const typename C::Value& in, Bytes bytes,
                         typename C::Value& out) {
    C::write(w, id, in);
    { C::read(bytes, out) } -> std::same_as<bool>;
};

/// A value as the machine holds it: integers in host byte order, fixed kernel structs.
template <class T>
struct Scalar {
    using Value = T;
    static void write(Writer& w, std::uint16_t id, const T& v) noexcept {
        w.attribute(id, &v, sizeof v);
    }
    static bool read(Bytes bytes, T& v) noexcept {
        const auto loaded = load<T>(bytes);
        if (loaded) v = *loaded;
        return loaded.has_value();
    }
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
        if (!bytes.empty()) std::memcpy(&v, bytes.data(), std::min(bytes.size(), sizeof v));
        return true;
    }
};

/// A value that the wire carries in another type: bool or an enumeration as an integer.
template <class T, class Wire>
struct As {
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

/// Hundredths of a second, the unit of the bridge's timers (USER_HZ).
using Centiseconds = std::chrono::duration<std::uint32_t, std::centi>;

struct Duration {
    using Value = Centiseconds;
    static void write(Writer& w, std::uint16_t id, Value v) noexcept {
        Scalar<std::uint32_t>::write(w, id, v.count());
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
        w.attribute(id, v.c_str(), v.size() + 1);
    }
    static bool read(Bytes bytes, std::string& v) {
        v.assign(text(bytes));
        return true;
    }
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
        v.assign(bytes.begin(), bytes.end());
        return true;
    }
};

/// One attribute, described once: its number, its payload, its name.
template <std::uint16_t Id, Codec C>
struct Attribute {
    static constexpr std::uint16_t id = Id;
    using codec = C;
    using Value = typename C::Value;
    std::string_view name;
};

/// An attribute and the member that holds it, either as the value (absent leaves the default) or
/// as an optional of it (absent is empty).
template <class Owner, class A, class Member>
struct Field {
    using attribute_type = A;
    using codec = typename A::codec;
    static constexpr bool optional = std::same_as<Member, std::optional<typename A::Value>>;
    A attribute;
    Member Owner::*member;
};

template <class Owner, class A, class Member>
    requires std::same_as<Member, typename A::Value> ||
             std::same_as<Member, std::optional<typename A::Value>>
constexpr Field<Owner, A, Member> field(A attribute, Member Owner::*member) {
    return {attribute, member};
}

/// A described type lists its fields; writing, reading, printing and naming follow from the list.
template <class T>
concept Described = requires { std::tuple_size<decltype(T::fields())>::value; };

template <Described T>
void write(Writer& w, const T& value) {
    const auto one = [&]<class F>(const F& f) {
        using C = typename F::codec;
        if constexpr (F::optional) {
            if (value.*f.member) C::write(w, F::attribute_type::id, *(value.*f.member));
        } else {
            C::write(w, F::attribute_type::id, value.*f.member);
        }
    };
    std::apply([&](const auto&... f) { (one(f), ...); }, T::fields());
}

namespace detail {

template <Described T>
using ReadField = bool (*)(Bytes, T&);

template <Described T, std::size_t I>
bool read_field(Bytes bytes, T& value) {
    constexpr auto f = std::get<I>(T::fields());
    using F = std::remove_const_t<decltype(f)>;
    if constexpr (F::optional) {
        auto& member = value.*f.member;
        if (F::codec::read(bytes, member.emplace())) return true;
        member.reset();
        return false;
    } else {
        return F::codec::read(bytes, value.*f.member);
    }
}

// Indexed by attribute number, so that reading a message costs one step an attribute however many
// fields the type has: a link carries 60 attributes.
template <Described T>
constexpr auto read_table() {
    using Fields = decltype(T::fields());
    constexpr std::size_t count = std::tuple_size_v<Fields>;
    return []<std::size_t... I>(std::index_sequence<I...>) {
        constexpr std::size_t limit =
            std::max({std::size_t{0},
                      std::size_t{std::tuple_element_t<I, Fields>::attribute_type::id}...}) + 1;
        std::array<ReadField<T>, limit> table{};
        ((table[std::tuple_element_t<I, Fields>::attribute_type::id] = &read_field<T, I>), ...);
        return table;
    }(std::make_index_sequence<count>{});
}

}  // namespace detail

/// Reads the attributes that T describes into value and skips the others; the last of a repeated
/// attribute wins, as in the kernel. False for malformed bytes; value then holds what came before.
template <Described T>
[[nodiscard]] bool read(Bytes payload, T& value) {
    static constexpr auto table = detail::read_table<T>();
    Attributes attributes{payload};
    for (const auto& raw : attributes)
        if (raw.type < table.size() && table[raw.type] != nullptr &&
            !table[raw.type](raw.payload, value))
            return false;
    return !attributes.malformed();
}

/// The dotted name of the attribute at an offset into the payload, "linkinfo.data.peer.mtu";
/// appended to path. Numbers stand for attributes that T does not describe.
template <Described T>
void name_at(Bytes payload, std::size_t offset, std::string& path) {
    for (std::size_t start = 0; start < payload.size();) {
        Bytes rest = payload.subspan(start);
        const auto raw = wire::detail::AttributeFormat::next(rest);
        if (!raw) return;
        const std::size_t end = start + sizeof(nlattr) + raw->payload.size();
        if (offset < end) {
            std::string name = std::to_string(raw->type);
            const std::size_t inside = start + sizeof(nlattr);
            std::string below;
            const auto one = [&]<class F>(const F& f) {
                if (F::attribute_type::id != raw->type) return;
                name = f.attribute.name;
                if constexpr (requires { F::codec::name_at(raw->payload, offset, below); })
                    if (offset >= inside) F::codec::name_at(raw->payload, offset - inside, below);
            };
            std::apply([&](const auto&... f) { (one(f), ...); }, T::fields());
            if (!path.empty()) path += '.';
            path += name;
            if (!below.empty()) path += '.' + below;
            return;
        }
        start += align(sizeof(nlattr) + raw->payload.size());
    }
}

template <Described T>
struct Nested {
    using Value = T;
    static void write(Writer& w, std::uint16_t id, const T& v) {
        w.nest(id, [&](Writer& inner) { wire::write(inner, v); });
    }
    static bool read(Bytes bytes, T& v) { return wire::read(bytes, v); }
    static void name_at(Bytes bytes, std::size_t offset, std::string& path) {
        wire::name_at<T>(bytes, offset, path);
    }
};

/// A fixed header followed by attributes (VETH_INFO_PEER carries a whole ifinfomsg message).
template <class Header, Described T>
struct Headed {
    using Value = T;
    static void write(Writer& w, std::uint16_t id, const T& v) {
        w.enclose(id, [&](Writer& inner) {
            inner.pod(Header{});
            wire::write(inner, v);
        });
    }
    static bool read(Bytes bytes, T& v) {
        return bytes.size() >= sizeof(Header) && wire::read(after(bytes, align(sizeof(Header))), v);
    }
    static void name_at(Bytes bytes, std::size_t offset, std::string& path) {
        if (offset < sizeof(Header)) return;
        wire::name_at<T>(after(bytes, align(sizeof(Header))), offset - align(sizeof(Header)), path);
    }
};

}  // namespace vethpp::wire
