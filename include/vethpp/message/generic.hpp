// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/wire/description.hpp>

#include <array>
#include <cstdint>
#include <linux/genetlink.h>
#include <vector>

/// What messages of generic netlink have in common (Documentation/userspace-api/netlink/intro).
namespace vethpp::message {

/// An attribute that says something by being there.
struct Flag {
    using Value = bool;
    static bool has(bool v) noexcept { return v; }
    static void write(wire::Writer& w, std::uint16_t id, bool v) noexcept {
        if (v) w.attribute(id, nullptr, 0);
    }
    static bool read(wire::Bytes, bool& v) noexcept {
        v = true;
        return true;
    }
};

/// A nest that repeats one nest. An empty list is not written.
template <wire::Described T, std::uint16_t Id, wire::Name Text>
struct NestedList {
    using Value = std::vector<T>;
    static bool has(const Value& v) noexcept { return !v.empty(); }
    static void write(wire::Writer& w, std::uint16_t id, const Value& v) {
        if (!has(v)) return;
        w.nest(id, [&](wire::Writer& inner) {
            for (const T& item : v) wire::Nested<T>::write(inner, Id, item);
        });
    }
    static bool read(wire::Bytes bytes, Value& v) {
        v.clear();
        wire::Attributes list{bytes};
        for (const auto& item : list)
            if (item.type == Id && !wire::read(item.payload, v.emplace_back())) return false;
        return !list.malformed();
    }
    static constexpr std::array<wire::NamedField, 1> fields{
        wire::NamedField{Id, Text.view(), &wire::names<T>}};
    static constexpr wire::Names names{.fields = fields};
};

/// The names of what stands after the header of a message, with further ones.
template <wire::Described T>
inline constexpr wire::Names generic_names{.header = sizeof(genlmsghdr),
                                           .fields = wire::names<T>.fields};
template <wire::Described T, wire::Described More>
inline constexpr wire::Names generic_names_with{
    .header = sizeof(genlmsghdr), .fields = wire::names<T>.fields, .also = &wire::names<More>};

}  // namespace vethpp::message
