// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/value/interface_address.hpp>

#include <linux/if_addr.h>

namespace vethpp {

VETHPP_INLINE InterfaceAddress::InterfaceAddress(std::string_view text, AddressOptions options)
    : options_{std::move(options)}, problem_{detail::parse_prefix(text, address_, prefix_length_)} {
    if (problem_.empty()) return;
    address_ = {};
    prefix_length_ = 0;
    refused_ = detail::quoted(text);
}

VETHPP_INLINE InterfaceAddress InterfaceAddress::parse(std::string_view text, OnError on_error) {
    InterfaceAddress result{text};
    Failure failure;
    if (!result.is_valid()) {
        failure.context.operation = "parse an interface address";
        failure.context.object = result.to_string();
        failure.fail(errc::invalid_address, std::string{result.problem()});
        result = {};
    }
    on_error(std::move(failure));
    return result;
}

VETHPP_INLINE std::string InterfaceAddress::to_string() const {
    if (!is_valid()) return refused_;
    return detail::concat({address_.to_string(), "/", std::to_string(prefix_length_)});
}

namespace detail {

VETHPP_INLINE void check_address(const InterfaceAddress& address, Failure& failure) {
    const AddressOptions& options = address.options();
    if (!address.is_valid()) failure.fail(errc::invalid_address, std::string{address.problem()});
    if (!address.address().is_valid()) check_ip(address.address(), failure);
    if (options.peer) check_ip(*options.peer, failure);
    if (options.broadcast) check_ip(*options.broadcast, failure);
    if (!address.is_v6() && address.address().is_unspecified())
        failure.fail(errc::invalid_address,
                     "a link cannot have it: the kernel takes it, and adds nothing");
    std::string_view problem;
    const auto negative = [](const auto& time) { return time && time->count() < 0; };
    if (negative(options.valid_lifetime) || negative(options.preferred_lifetime))
        problem = "a lifetime is not negative";
    else if (options.peer && options.peer->is_v6() != address.is_v6())
        problem = "the peer is of the other IP version";
    else if (options.broadcast && (address.is_v6() || options.broadcast->is_v6()))
        problem = "only IPv4 has a broadcast address";
    else if (!options.label.empty() && address.is_v6())
        problem = "only an IPv4 address has a label";
    if (!problem.empty()) failure.fail(errc::invalid_option, std::string{problem});
}

}  // namespace detail

VETHPP_INLINE bool AddressState::is_tentative() const noexcept {
    return (flags_ & IFA_F_TENTATIVE) != 0 && (flags_ & IFA_F_OPTIMISTIC) == 0;
}
VETHPP_INLINE bool AddressState::is_duplicate() const noexcept {
    return (flags_ & IFA_F_DADFAILED) != 0;
}
VETHPP_INLINE bool AddressState::is_permanent() const noexcept {
    return (flags_ & IFA_F_PERMANENT) != 0;
}

}  // namespace vethpp
