// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <type_traits>

namespace vethpp::detail {

template <class Signature>
class FunctionRef;

/// Refers to a callable for the duration of a call; never allocates, never owns.
template <class Result, class... Args>
class FunctionRef<Result(Args...)> {
public:
    /// None: not to be called.
    FunctionRef() noexcept = default;
    // Not constrained to what can be called so: the check costs every use of it compile time, and
    // nothing is overloaded on what a callable takes. Inline without optimization, too, or there
    // were one more function for each of some hundred uses.
    // NOLINTBEGIN(google-explicit-constructor): a parameter type, meant to convert
    template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>)
        [[gnu::always_inline]] FunctionRef(F&& f) noexcept
        : object_{const_cast<void*>(static_cast<const void*>(&f))},
          call_{&call<std::remove_reference_t<F>>} {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] explicit operator bool() const noexcept { return call_ != nullptr; }
    Result operator()(Args... args) const { return call_(object_, static_cast<Args&&>(args)...); }

private:
    template <class F>
    static Result call(void* object, Args... args) {
        return (*static_cast<F*>(object))(static_cast<Args&&>(args)...);
    }

    void* object_ = nullptr;
    Result (*call_)(void*, Args...) = nullptr;
};

}  // namespace vethpp::detail
