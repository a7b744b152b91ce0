// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/error.hpp>

#include <string_view>
#include <type_traits>

namespace vethpp::detail {

/// What is attempted, on what and where: what an Error says before its reason.
struct Operation {
    const char* name = "";      ///< "set the MTU"
    std::string_view object{};  ///< the name of a link
    std::string_view netns{};   ///< the label of its namespace
};

/// Adds to a failure what it was that failed, where its own place has not said it, and reports the
/// outcome.
void conclude(const Operation& operation, Failure&& failure, OnError on_error);

/// The one frame of a call: every public function that can fail runs its body(failure) in here, and
/// returns what that returns.
template <class Body>
auto attempt(const Operation& operation, OnError on_error, Body&& body) {
    Failure failure;
    if constexpr (std::is_void_v<decltype(body(failure))>) {
        body(failure);
        conclude(operation, std::move(failure), on_error);
    } else {
        auto result = body(failure);
        conclude(operation, std::move(failure), on_error);
        return result;
    }
}

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/value/attempt.ipp>
#endif
