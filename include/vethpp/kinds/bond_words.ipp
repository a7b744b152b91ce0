// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/kinds/bond_words.hpp>

#include <cstddef>

namespace vethpp {
namespace detail {

template <std::size_t N, class Enum>
[[nodiscard]] constexpr std::string_view word_of(const std::string_view (&words)[N],
                                                 Enum value) noexcept {
    const auto which = static_cast<std::size_t>(value);
    return which < N ? words[which] : std::string_view{"unknown"};
}

}  // namespace detail

VETHPP_INLINE std::string_view to_string(BondMode mode) noexcept {
    static constexpr std::string_view words[] = {"balance-rr",
                                                 "active-backup",
                                                 "balance-xor",
                                                 "broadcast",
                                                 "802.3ad",
                                                 "balance-tlb",
                                                 "balance-alb"};
    return detail::word_of(words, mode);
}

VETHPP_INLINE std::string_view to_string(BondHashPolicy policy) noexcept {
    static constexpr std::string_view words[] = {
        "layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"};
    return detail::word_of(words, policy);
}

VETHPP_INLINE std::string_view to_string(BondArpValidation validation) noexcept {
    static constexpr std::string_view words[] = {
        "none", "active", "backup", "all", "filter", "filter_active", "filter_backup"};
    return detail::word_of(words, validation);
}

VETHPP_INLINE std::string_view to_string(BondReselection reselection) noexcept {
    static constexpr std::string_view words[] = {"always", "better", "failure"};
    return detail::word_of(words, reselection);
}

VETHPP_INLINE std::string_view to_string(BondFailOverMac mac) noexcept {
    static constexpr std::string_view words[] = {"none", "active", "follow"};
    return detail::word_of(words, mac);
}

VETHPP_INLINE std::string_view to_string(BondLacpRate rate) noexcept {
    static constexpr std::string_view words[] = {"slow", "fast"};
    return detail::word_of(words, rate);
}

VETHPP_INLINE std::string_view to_string(BondAggregatorSelection selection) noexcept {
    static constexpr std::string_view words[] = {"stable", "bandwidth", "count", "actor_port_prio"};
    return detail::word_of(words, selection);
}

VETHPP_INLINE std::string_view to_string(BondPortCarrier carrier) noexcept {
    static constexpr std::string_view words[] = {"UP", "GOING_DOWN", "DOWN", "GOING_BACK"};
    return detail::word_of(words, carrier);
}

}  // namespace vethpp
