// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace vethpp::detail {

/// What can stand behind co_await: an awaiter, or a type with the operator, as member or not.
template <class T>
concept Awaitable = requires(T& t) {
    t.await_ready();
}
|| requires(T&& t) { static_cast<T&&>(t).operator co_await(); }
|| requires(T&& t) { operator co_await(static_cast<T&&>(t)); };

}  // namespace vethpp::detail
