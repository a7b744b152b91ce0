// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/value/prefix.hpp>

namespace vethpp {

VETHPP_INLINE Prefix::Prefix(std::string_view text) {
    if (text.find('/') == text.npos) {
        address_ = text;
        length_ = address_.is_v6() ? 128 : 32;
        if (!address_.is_valid()) problem_ = "expected an IPv4 or IPv6 address";
    } else {
        problem_ = detail::parse_prefix(text, address_, length_);
    }
    if (problem_.empty()) return;
    address_ = {};
    length_ = 0;
    refused_ = detail::quoted(text);
}

VETHPP_INLINE std::string Prefix::to_string() const {
    if (!is_valid()) return refused_;
    return detail::concat({address_.to_string(), "/", std::to_string(length_)});
}

namespace detail {

VETHPP_INLINE void check_prefix(const Prefix& prefix, Failure& failure) {
    if (!prefix.is_valid())
        failure.fail(errc::invalid_address, concat({prefix.to_string(), ": ", prefix.problem()}));
}

}  // namespace detail
}  // namespace vethpp
