// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/link_summary.hpp>
#include <vethpp/veth_pair.hpp>

#include <initializer_list>
#include <iterator>
#include <span>
#include <type_traits>
#include <vector>

namespace vethpp {
namespace detail {

/// One object that is to give up its link, or its pair.
class Removable {
public:
    // NOLINTBEGIN(google-explicit-constructor): what a range consists of
    Removable(Link& link) noexcept : end_{&link} {}
    Removable(VethPair& pair) noexcept : end_{&pair.first()}, pair_{&pair} {}
    // NOLINTEND(google-explicit-constructor)

    /// What finds it in its namespace.
    [[nodiscard]] const Link& end() const noexcept { return *end_; }
    /// Of a pair, the end by which it is not found so far.
    [[nodiscard]] const Link* other_end() const noexcept;
    void use_other_end() noexcept;
    [[nodiscard]] bool is_this(const message::LinkSummary& link) const noexcept;
    /// By a message of its own.
    void remove(Failure& failure) const;
    /// It has been removed.
    void forget() const noexcept;

private:
    Link* end_;
    VethPair* pair_ = nullptr;
};

template <class T>
[[nodiscard]] Removable removable(T& object) {
    if constexpr (std::is_convertible_v<T&, Removable>)
        return object;
    else
        return *object;
}

void remove_links(std::span<const Removable> links, OnError on_error);

}  // namespace detail

/// Removes many links at once: a range of Links (Bridges and so on) or VethPairs, or of pointers
/// to them, such as std::optional; or any of them, as in `remove_links({pair, bridge})`. All that
/// are in one namespace, or have an end there, go in one message; a hundred pairs take some 40 ms.
///
/// An object whose link has been removed is empty. The error is the first one, of a link that is
/// not there any more or that cannot be removed; all others are removed nevertheless.
template <class Range>
requires requires(Range& range) { detail::removable(*std::begin(range)); }
void remove_links(Range&& links, OnError on_error = {}) {
    std::vector<detail::Removable> all;
    if constexpr (requires { std::size(links); }) all.reserve(std::size(links));
    for (auto& one : links) all.push_back(detail::removable(one));
    detail::remove_links(all, on_error);
}

inline void remove_links(std::initializer_list<detail::Removable> links, OnError on_error = {}) {
    detail::remove_links({links.begin(), links.size()}, on_error);
}

/// Waits until the kernel has done the rest of the work for what this process has removed, some
/// 20 to 40 ms after the last link, and no thread of this library is there any more. For who counts
/// threads or descriptors, and for unshare(2) with CLONE_NEWUSER, which takes a process of one
/// thread.
void finish_removals() noexcept;

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/removal.ipp>
#endif
