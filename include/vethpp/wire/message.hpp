// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/wire/description.hpp>

#include <optional>
#include <type_traits>

namespace vethpp::wire {

/// A member that stands in the fixed header of a message, and its name. An optional one that is not
/// set leaves the header's as it is.
template <auto Member, auto InHeader, Name Text>
struct Fixed {
    static constexpr auto member = Member;
    static constexpr auto in_header = InHeader;
    static constexpr std::string_view name = Text.view();
};

/// The fixed header before the attributes (ifinfomsg, rtmsg, ...), and what of it are members.
template <class P, class... F>
struct Header {
    using Pod = P;
};

/// A described type that is a whole message: its header() says how it begins. Two hooks serve what
/// is in the header, but in no member as it stands there: complete(header) before it is written,
/// and adopt(header) after everything has been read.
template <class T>
constexpr bool has_header() {
    if constexpr (requires { typename T::Description; }) {
        static_assert(sizeof(typename T::Description) != 0, "its description is not included");
        return requires { T::Description::header(); };
    } else {
        return requires { T::header(); };
    }
}
template <class T>
concept Message = Described<T> && has_header<T>();

template <Message T>
constexpr auto header_of() {
    if constexpr (requires { typename T::Description; })
        return T::Description::header();
    else
        return T::header();
}

template <class F, class T, class Pod>
[[gnu::always_inline]] inline bool write_fixed(const T& value, Pod& header) {
    auto& place = header.*F::in_header;
    using Place = std::remove_reference_t<decltype(place)>;
    const auto put = [&](const auto& member) {
        place = static_cast<Place>(member);
        // Flags and indexes are of the same width and of the other sign.
        return sizeof member <= sizeof place ||
               static_cast<std::decay_t<decltype(member)>>(place) == member;
    };
    const auto& member = value.*F::member;
    if constexpr (requires { member.has_value(); })
        return !member || put(*member);
    else
        return put(member);
}
template <class F, class T, class Pod>
[[gnu::always_inline]] inline void read_fixed(const Pod& header, T& value) {
    auto& member = value.*F::member;
    using Member = std::remove_reference_t<decltype(member)>;
    if constexpr (requires { typename Member::value_type; })
        member = static_cast<typename Member::value_type>(header.*F::in_header);
    else
        member = static_cast<Member>(header.*F::in_header);
}

template <class T, class Pod, class... F>
bool write_header(const T& value, Pod& header, Header<Pod, F...>) {
    return (write_fixed<F>(value, header) & ... & true);
}
template <class T, class Pod, class... F>
void read_header(const Pod& header, T& value, Header<Pod, F...>) {
    (read_fixed<F>(header, value), ...);
}

template <Message T>
void write_message(Writer& w, const T& value) {
    typename decltype(header_of<T>())::Pod header{};
    if constexpr (requires { value.complete(header); }) value.complete(header);
    if (!write_header(value, header, header_of<T>())) w.refuse("a number is out of range");
    w.pod(header);
    write(w, value);
}

/// False for malformed bytes.
template <Message T>
[[nodiscard]] bool read_message(Bytes payload, T& value) {
    typename decltype(header_of<T>())::Pod header;
    if (!load(payload, header) || !read(after(payload, align(sizeof header)), value)) return false;
    read_header(header, value, header_of<T>());
    if constexpr (requires { value.adopt(header); }) value.adopt(header);
    return true;
}

/// The names of what stands after the header.
template <Message T>
inline constexpr Names message_names{.header = sizeof(typename decltype(header_of<T>())::Pod),
                                     .fields = NamesOf<decltype(fields_of<T>())>::value};

/// A whole message inside an attribute. Header and attributes are not a pure nest, so it goes
/// without NLA_F_NESTED.
template <Message T>
struct Enclosed {
    using Value = T;
    static void write(Writer& w, std::uint16_t id, const T& v) {
        w.enclose(id, [&](Writer& inner) { write_message(inner, v); });
    }
    static bool read(Bytes bytes, T& v) {
        v = T{};
        return read_message(bytes, v);
    }
    static constexpr const Names& names = message_names<T>;
};

}  // namespace vethpp::wire
