// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/wire/reader.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <span>
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

/// A name as a template argument.
template <std::size_t N>
struct Name {
    char text[N]{};
    // NOLINTNEXTLINE(google-explicit-constructor): written as Attribute<IFLA_MTU, U32, "mtu">
    constexpr Name(const char (&literal)[N]) noexcept { std::copy_n(literal, N, text); }
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, N - 1}; }
};

/// One attribute, described once: its number, its payload, its name.
template <std::uint16_t Id, Codec C, Name Text>
struct Attribute {
    static constexpr std::uint16_t id = Id;
    static constexpr std::string_view name = Text.view();
    using codec = C;
    using Value = typename C::Value;
};

template <class T>
struct MemberOf;
template <class Owner, class Member>
struct MemberOf<Member Owner::*> {
    using type = Member;
};

/// A member and the attribute that it holds, either as the value (absent leaves the default) or as
/// an optional of it (absent is empty).
template <auto Member, class A>
struct Field {
    using type = typename MemberOf<decltype(Member)>::type;
    using attribute = A;
    using codec = typename A::codec;
    static constexpr auto member = Member;
    static constexpr bool optional = std::same_as<type, std::optional<typename A::Value>>;
    static_assert(optional || std::same_as<type, typename A::Value>,
                  "the member's type is not that of the attribute");
};

/// The fields of a described type, in the order in which they are written. A list of types and not
/// a std::tuple of values, which would triple the time that the library takes to compile.
template <class... F>
struct Fields {
    static constexpr std::size_t count = sizeof...(F);
};

namespace detail {
template <class T>
inline constexpr bool is_fields = false;
template <class... F>
inline constexpr bool is_fields<Fields<F...>> = true;
}  // namespace detail

/// A described type lists its fields; writing, reading, printing and naming follow from the list.
template <class T>
concept Described = detail::is_fields<decltype(T::fields())>;

namespace detail {

template <class F, class T>
void write_field(Writer& w, const T& value) {
    const auto& member = value.*F::member;
    if constexpr (F::optional) {
        if (member) F::codec::write(w, F::attribute::id, *member);
    } else {
        F::codec::write(w, F::attribute::id, member);
    }
}

template <class T, class... F>
void write_fields(Writer& w, const T& value, Fields<F...>) {
    (write_field<F>(w, value), ...);
}

template <class T>
using ReadField = bool (*)(Bytes, T&);

template <class F, class T>
bool read_field(Bytes bytes, T& value) {
    auto& member = value.*F::member;
    if constexpr (F::optional) {
        if (F::codec::read(bytes, member.emplace())) return true;
        member.reset();
        return false;
    } else {
        return F::codec::read(bytes, member);
    }
}

// Indexed by attribute number, so that reading a message costs one step an attribute however many
// fields the type has: a link carries 60 attributes.
template <class T, class... F>
constexpr auto read_table(Fields<F...>) {
    constexpr std::size_t limit = std::max({std::size_t{0}, std::size_t{F::attribute::id}...}) + 1;
    std::array<ReadField<T>, limit> table{};
    ((table[F::attribute::id] = &read_field<F, T>), ...);
    return table;
}

// What name_at() needs of a field; below is null unless the attribute has attributes inside.
struct NamedField {
    std::uint16_t id = 0;
    std::string_view name{};
    void (*below)(Bytes, std::size_t, std::string&) = nullptr;
};

template <class F>
constexpr NamedField named_field() {
    NamedField field{F::attribute::id, F::attribute::name};
    if constexpr (requires { &F::codec::name_at; }) field.below = &F::codec::name_at;
    return field;
}

inline void name_at(std::span<const NamedField> fields,
                    Bytes payload,
                    std::size_t offset,
                    std::string& path) {
    for (std::size_t start = 0; start < payload.size();) {
        Bytes rest = payload.subspan(start);
        const auto raw = AttributeFormat::next(rest);
        if (!raw) return;
        const std::size_t inside = start + sizeof(nlattr);
        if (offset < inside + raw->payload.size()) {
            const auto field = std::find_if(fields.begin(), fields.end(), [&](const NamedField& f) {
                return f.id == raw->type;
            });
            if (!path.empty()) path += '.';
            if (field == fields.end()) {
                path += std::to_string(raw->type);
                return;
            }
            path += field->name;
            if (field->below != nullptr && offset >= inside)
                field->below(raw->payload, offset - inside, path);
            return;
        }
        start += align(sizeof(nlattr) + raw->payload.size());
    }
}

template <class... F>
void name_fields_at(Fields<F...>, Bytes payload, std::size_t offset, std::string& path) {
    static constexpr std::array<NamedField, sizeof...(F)> fields{named_field<F>()...};
    name_at(fields, payload, offset, path);
}

}  // namespace detail

template <Described T>
void write(Writer& w, const T& value) {
    detail::write_fields(w, value, T::fields());
}

/// Reads the attributes that T describes into value and skips the others; the last of a repeated
/// attribute wins, as in the kernel. False for malformed bytes; value then holds what came before.
template <Described T>
[[nodiscard]] bool read(Bytes payload, T& value) {
    static constexpr auto table = detail::read_table<T>(T::fields());
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
    detail::name_fields_at(T::fields(), payload, offset, path);
}

template <Described T>
struct Nested {
    using Value = T;
    static void write(Writer& w, std::uint16_t id, const T& v) {
        w.nest(id, [&](Writer& inner) { wire::write(inner, v); });
    }
    static bool read(Bytes bytes, T& v) {
        v = T{};  // of a repeated nest, nothing of the first remains
        return wire::read(bytes, v);
    }
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
        v = T{};
        return bytes.size() >= sizeof(Header) && wire::read(after(bytes, align(sizeof(Header))), v);
    }
    static void name_at(Bytes bytes, std::size_t offset, std::string& path) {
        if (offset < sizeof(Header)) return;
        wire::name_at<T>(after(bytes, align(sizeof(Header))), offset - align(sizeof(Header)), path);
    }
};

}  // namespace vethpp::wire
