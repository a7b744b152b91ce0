// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netns/state.hpp>

#include <string>
#include <utility>

namespace vethpp {

/// Which namespace is meant, in options and arguments. It converts from a Netns and keeps what it
/// needs of it alive, so that moving or destroying the Netns leaves nothing dangling. An empty one
/// means the namespace of the calling thread.
class NetnsRef {
public:
    NetnsRef() noexcept = default;
    explicit NetnsRef(detail::NetnsPtr state) noexcept : state_{std::move(state)} {}

    [[nodiscard]] bool is_current() const noexcept { return state_ == nullptr; }
    /// The label given to Netns::create, or the name or path that was opened.
    [[nodiscard]] const std::string& label() const noexcept {
        static const std::string current = "the current namespace";
        return state_ ? state_->label : current;
    }
    /// The namespace's descriptor; -1 for an empty reference.
    [[nodiscard]] int native_handle() const noexcept { return state_ ? state_->fd.get() : -1; }

    [[nodiscard]] const detail::NetnsPtr& state() const noexcept { return state_; }
    /// The state behind it; for an empty reference that of the calling thread's namespace.
    [[nodiscard]] detail::NetnsPtr resolve(Failure& failure) const {
        return state_ ? state_ : detail::current_netns(System::real(), failure);
    }

private:
    detail::NetnsPtr state_;
};

}  // namespace vethpp
