// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/wire/codec.hpp>
#include <vethpp/wire/names.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace vethpp::wire {

/// A name as a template argument.
template <std::size_t N>
struct Name {
    char text[N]{};
    // NOLINTNEXTLINE(google-explicit-constructor): written as Attribute<IFLA_MTU, U32, "mtu">
    constexpr Name(const char (&literal)[N]) noexcept {
        for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
    }
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, N - 1}; }
};

/// One attribute, described once: its number, its payload, its name.
template <std::uint16_t Id, Codec C, Name Text>
struct Attribute {
    static constexpr std::uint16_t id = Id;
    static constexpr std::string_view name = Text.view();
    using codec = C;
    using Value = typename C::Value;

    // Inline without optimization, too: there are hundreds, and each as a function takes a compiler
    // longer than its call.
    [[gnu::always_inline]] static void put(Writer& w, const Value& value) {
        C::write(w, Id, value);
    }
    [[gnu::always_inline]] static void put(Writer& w, const std::optional<Value>& value) {
        if (value) C::write(w, Id, *value);
    }
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
    static constexpr bool optional = std::is_same_v<type, std::optional<typename A::Value>>;
    static_assert(optional || std::is_same_v<type, typename A::Value>,
                  "the member's type is not that of the attribute");
};

/// The fields of a described type, in the order in which they are written. A list of types and not
/// a std::tuple of values, which would triple the time that the library takes to compile.
template <class... F>
struct Fields {
    static constexpr std::size_t count = sizeof...(F);
};

/// Those of one list and then those of another.
template <class... F, class... G>
constexpr Fields<F..., G...> operator+(Fields<F...>, Fields<G...>) noexcept {
    return {};
}

template <class T>
inline constexpr bool is_fields = false;
template <class... F>
inline constexpr bool is_fields<Fields<F...>> = true;

/// A described type lists its fields; writing, reading, printing and naming follow from the list.
/// The list is its fields(), or that of its nested Description where the type's own header is to be
/// without what concerns the wire.
template <class T>
concept Described = requires {
    typename T::Description;
}
|| requires { T::fields(); };

template <Described T>
constexpr auto fields_of() {
    if constexpr (requires { typename T::Description; })
        return T::Description::fields();
    else
        return T::fields();
}

template <class T, class... F>
void write_fields(Writer& w, const T& value, Fields<F...>) {
    (F::attribute::put(w, value.*F::member), ...);
}

template <Described T>
void write(Writer& w, const T& value) {
    write_fields(w, value, fields_of<T>());
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
    constexpr std::size_t limit = [] {
        std::size_t most = 0;
        ((most = F::attribute::id > most ? F::attribute::id : most), ...);
        return most + 1;
    }();
    std::array<ReadField<T>, limit> table{};
    ((table[F::attribute::id] = &read_field<F, T>), ...);
    return table;
}

/// Reads the attributes that T describes into value and skips the others; the last of a repeated
/// attribute wins, as in the kernel. False for malformed bytes; value then holds what came before.
template <Described T>
[[nodiscard]] bool read(Bytes payload, T& value) {
    static constexpr auto table = read_table<T>(fields_of<T>());
    Attributes attributes{payload};
    for (const RawAttribute& raw : attributes)
        if (raw.type < table.size() && table[raw.type] != nullptr &&
            !table[raw.type](raw.payload, value))
            return false;
    return !attributes.malformed();
}

template <class A>
constexpr NamedField named() {
    if constexpr (requires { A::codec::names; })
        return {A::id, A::name, &A::codec::names};
    else
        return {A::id, A::name};
}

template <class... F>
struct NamesOf;
template <class... F>
struct NamesOf<Fields<F...>> {
    static constexpr std::array<NamedField, sizeof...(F)> value{named<typename F::attribute>()...};
};

/// The names of a described type, without a header.
template <Described T>
inline constexpr Names names{.fields = NamesOf<decltype(fields_of<T>())>::value};

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
    static constexpr const Names& names = wire::names<T>;
};

}  // namespace vethpp::wire
