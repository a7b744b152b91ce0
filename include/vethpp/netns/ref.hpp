// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netns/ptr.hpp>
#include <vethpp/value/error.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>

namespace vethpp {

/// Which namespace is meant, in options and arguments. It converts from a Netns and keeps what it
/// needs of it alive, so that moving or destroying the Netns leaves nothing dangling.
///
/// One by default means the namespace of the calling thread, wherever it is used. One of a Netns
/// that is empty means none: whatever it is given to fails with errc::no_such_namespace.
class NetnsRef {
public:
    NetnsRef() noexcept = default;
    explicit NetnsRef(detail::NetnsPtr state) noexcept;
    /// For who writes a name: the compiler then says what is expected, instead of only that nothing
    /// fits.
    // NOLINTNEXTLINE(google-explicit-constructor): it is chosen in order to fail
    template <class Text>
    requires(std::convertible_to<const Text&, std::string_view> &&
             !std::same_as<Text, std::nullptr_t>) NetnsRef(const Text&) {
        static_assert(sizeof(Text) == 0,
                      "a namespace (.netns) is a Netns, and no text: Netns::open(\"name\")");
    }
    [[nodiscard]] static NetnsRef none() noexcept { return NetnsRef{nullptr}; }

    [[nodiscard]] bool is_current() const noexcept { return current_; }
    [[nodiscard]] bool is_none() const noexcept { return !current_ && state_ == nullptr; }
    /// The label given to Netns::create, or the name or path that was opened.
    [[nodiscard]] std::string_view label() const noexcept;
    /// The namespace's descriptor; -1 for the current one, and for none.
    [[nodiscard]] int native_handle() const noexcept;

    /// For this library's own use: the state behind it; null for the current one, and for none.
    [[nodiscard]] const detail::NetnsPtr& state() const noexcept { return state_; }
    /// The state behind it; for the current one that of the calling thread's namespace.
    [[nodiscard]] detail::NetnsPtr resolve(Failure& failure) const;

    /// Of one Netns, or both current, or both none.
    friend bool operator==(const NetnsRef&, const NetnsRef&) = default;

private:
    detail::NetnsPtr state_{};
    bool current_ = true;  // one that was moved from is none
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/ref.ipp>
#endif
