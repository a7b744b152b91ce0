// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/netns/state.hpp>

#include <utility>

namespace vethpp {

VETHPP_INLINE NetnsRef::NetnsRef(detail::NetnsPtr state) noexcept
    : state_{std::move(state)}, current_{false} {}

VETHPP_INLINE std::string_view NetnsRef::label() const noexcept {
    if (state_) return state_->label;
    return current_ ? "the current namespace" : "no namespace";
}

VETHPP_INLINE int NetnsRef::native_handle() const noexcept {
    return state_ ? state_->shared_descriptor() : -1;
}

VETHPP_INLINE detail::NetnsPtr NetnsRef::resolve(Failure& failure) const {
    if (is_none()) failure.fail(errc::no_such_namespace);
    if (failure) return nullptr;
    return current_ ? detail::current_netns(failure) : state_;
}

}  // namespace vethpp
