// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netns/ref.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/value/attempt.hpp>

#include <memory>
#include <string_view>
#include <utility>

namespace vethpp::detail {

/// A session of another netlink protocol than rtnetlink (NETLINK_GENERIC, NETLINK_XFRM) in a
/// namespace. It has a socket of its own, made by a visit to the namespace, and goes with it. Null
/// after a failure.
[[nodiscard]] std::unique_ptr<netlink::Session> open_session(const NetnsPtr& netns,
                                                             int protocol,
                                                             Failure& failure);

/// attempt_in() with such a session: body(session, failure).
template <class Body>
auto attempt_with(int protocol,
                  const NetnsRef& netns,
                  const char* operation,
                  std::string_view object,
                  OnError on_error,
                  Body&& body) {
    using Result = decltype(body(std::declval<netlink::Session&>(), std::declval<Failure&>()));
    return attempt({operation, object, netns.label()}, on_error, [&](Failure& failure) {
        const NetnsPtr state = netns.resolve(failure);
        const auto session = open_session(state, protocol, failure);
        return failure ? Result() : body(*session, failure);
    });
}

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/protocol_session.ipp>
#endif
