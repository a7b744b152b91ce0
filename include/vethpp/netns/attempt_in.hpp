// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netns/ref.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/value/attempt.hpp>

#include <string_view>

namespace vethpp::detail {

/// attempt() with the session of a namespace: body(session, failure). What it returns is empty
/// where there is no such namespace.
template <class Body>
auto attempt_in(const NetnsRef& netns,
                const char* operation,
                std::string_view object,
                OnError on_error,
                Body&& body) {
    using Result = decltype(body(netns.state()->session, std::declval<Failure&>()));
    return attempt({operation, object, netns.label()}, on_error, [&](Failure& failure) {
        const NetnsPtr state = netns.resolve(failure);
        return failure ? Result() : body(state->session, failure);
    });
}

}  // namespace vethpp::detail
