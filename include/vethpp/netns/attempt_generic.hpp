// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/generic.hpp>
#include <vethpp/netns/ref.hpp>

#include <string_view>

namespace vethpp::detail {

/// attempt() with a family of generic netlink in a namespace: body(family, failure).
void attempt_generic(const NetnsRef& netns,
                     const char* operation,
                     std::string_view object,
                     const netlink::GenericFamily& family,
                     OnError on_error,
                     FunctionRef<void(netlink::Generic&, Failure&)> body);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/attempt_generic.ipp>
#endif
