// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/netlink/session.hpp>
#include <vethpp/value/error.hpp>

namespace vethpp {

class Link;

namespace detail {

/// attempt() on a link, with the session of its namespace; errc::no_such_link if it is none.
void attempt_on(const Link& link,
                const char* operation,
                OnError on_error,
                FunctionRef<void(netlink::Session&, Failure&)> body);

}  // namespace detail
}  // namespace vethpp
