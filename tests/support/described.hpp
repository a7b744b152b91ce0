// SPDX-License-Identifier: BSL-1.0
// What can be done with any described type, for tests that hold for all of them.
#pragma once

#include "link_attributes.hpp"
#include <vethpp/message/address.hpp>
#include <vethpp/message/bridge_fields.hpp>
#include <vethpp/message/link_fields.hpp>

#include <concepts>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

namespace vethpp_test {

/// Calls f with the name of each described type of the library and a value of it.
template <class F>
void for_each_described_type(F&& f) {
    using namespace vethpp;
    using namespace vethpp::message;
    f("LinkAttributes", LinkAttributes{});
    f("KindData<VethData>", KindData<VethData>{});
    f("KindData<BridgeSettings>", KindData<BridgeSettings>{});
    f("LinkInfoRequest<VethData>", LinkInfoRequest<VethData>{});
    f("LinkInfoRequest<BridgePortSettings>", LinkInfoRequest<BridgePortSettings>{});
    f("LinkInfoRequest<NoData>", LinkInfoRequest<NoData>{});
    f("LinkInfo", LinkInfo{});
    f("LinkState", LinkState{});
    f("VethData", VethData{});
    f("BridgeSettings", BridgeSettings{});
    f("BridgePortSettings", BridgePortSettings{});
    f("BridgeStatus", BridgeStatus{});
    f("AddressMessage", AddressMessage{});
}

template <class T, class... F>
void fill_fields(T& value, unsigned& seed, vethpp::wire::Fields<F...>);
template <class T, class... F>
bool same_fields(const T& a, const T& b, vethpp::wire::Fields<F...>);

/// Gives a value something else than its default, different for every seed.
template <class T>
void fill(T& value, unsigned& seed) {
    using namespace vethpp;
    ++seed;
    if constexpr (wire::Described<T>) {
        fill_fields(value, seed, vethpp::wire::fields_of<T>());
    } else if constexpr (std::same_as<T, bool>) {
        value = true;
    } else if constexpr (std::same_as<T, std::string>) {
        value = "text" + std::to_string(seed);
    } else if constexpr (std::same_as<T, MacAddress>) {
        value = MacAddress{{2, 0, 0, 0, 0, static_cast<std::uint8_t>(seed)}};
    } else if constexpr (std::same_as<T, BridgeId>) {
        fill(value.priority, seed);
        fill(value.mac, seed);
    } else if constexpr (std::same_as<T, IpAddress>) {
        value = seed % 2 != 0 ? boost::asio::ip::make_address("fd00::" + std::to_string(seed))
                              : boost::asio::ip::make_address("10.0.0." + std::to_string(seed));
    } else if constexpr (std::same_as<T, std::vector<std::string>>) {
        value = {"one", "name" + std::to_string(seed)};
    } else if constexpr (std::same_as<T, std::vector<std::byte>>) {
        value = bytes("0500 0100 01");
    } else if constexpr (std::same_as<T, wire::Centiseconds>) {
        value = wire::Centiseconds{seed * 1000};
    } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
        value = static_cast<T>(seed);
    } else {
        static_assert(std::is_trivially_copyable_v<T> && std::is_class_v<T>);
        std::memset(&value, static_cast<int>(seed), sizeof value);
    }
}

template <class T, class... F>
void fill_fields(T& value, unsigned& seed, vethpp::wire::Fields<F...>) {
    [[maybe_unused]] const auto one = [&]<class Field>() {
        auto& member = value.*Field::member;
        if constexpr (Field::optional)
            fill(member.emplace(), seed);
        else
            fill(member, seed);
    };
    (one.template operator()<F>(), ...);
}

template <class T>
T filled() {
    T value{};
    unsigned seed = 0;
    fill(value, seed);
    return value;
}

/// Equality of described values, field by field; some of them carry kernel structs without an
/// operator.
template <class T>
bool same(const T& a, const T& b) {
    if constexpr (vethpp::wire::Described<T>)
        return same_fields(a, b, vethpp::wire::fields_of<T>());
    else if constexpr (std::equality_comparable<T>)
        return a == b;
    else
        return std::memcmp(&a, &b, sizeof a) == 0;
}

template <class T, class... F>
bool same_fields(const T& a, const T& b, vethpp::wire::Fields<F...>) {
    [[maybe_unused]] const auto one = [&]<class Field>() {
        const auto& x = a.*Field::member;
        const auto& y = b.*Field::member;
        if constexpr (Field::optional)
            return x.has_value() == y.has_value() && (!x || same(*x, *y));
        else
            return same(x, y);
    };
    return (one.template operator()<F>() && ...);
}

}  // namespace vethpp_test
