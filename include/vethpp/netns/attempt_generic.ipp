// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netns/attempt_generic.hpp>
#include <vethpp/netns/protocol_session.hpp>

#include <linux/netlink.h>

namespace vethpp::detail {

VETHPP_INLINE void attempt_generic(const NetnsRef& netns,
                                   const char* operation,
                                   std::string_view object,
                                   const netlink::GenericFamily& family,
                                   OnError on_error,
                                   FunctionRef<void(netlink::Generic&, Failure&)> body) {
    attempt_with(NETLINK_GENERIC,
                 netns,
                 operation,
                 object,
                 on_error,
                 [&](netlink::Session& session, Failure& failure) {
                     netlink::Generic generic{session, family, failure};
                     if (!failure) body(generic, failure);
                 });
}

}  // namespace vethpp::detail
