// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace vethpp::detail {

template <class Signature>
class FunctionRef;

/// Refers to a callable for the duration of a call; never allocates, never owns.
template <class Result, class... Args>
class FunctionRef<Result(Args...)> {
public:
    // NOLINTBEGIN(google-explicit-constructor): a parameter type, meant to convert
    template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> &&
             std::is_invocable_r_v<Result, F&, Args...>) FunctionRef(F&& f)
    noexcept
        : object_{const_cast<void*>(static_cast<const void*>(std::addressof(f)))},
          call_{[](void* object, Args... args) -> Result {
              return (*static_cast<std::remove_reference_t<F>*>(object))(
                  std::forward<Args>(args)...);
          }} {}
    // NOLINTEND(google-explicit-constructor)

    Result operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

private:
    void* object_;
    Result (*call_)(void*, Args...);
};

}  // namespace vethpp::detail
