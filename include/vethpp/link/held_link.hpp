// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netns/ref.hpp>
#include <vethpp/value/error.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vethpp {

struct Route;

namespace detail {

/// A random number that no other link's group is, for practical purposes; never 0, and positive for
/// those who print groups as signed.
[[nodiscard]] std::uint32_t random_tag() noexcept;

/// By what an object knows its link, and what it takes to remove that and no other.
struct HeldLink {
    NetnsRef netns = NetnsRef::none();
    std::uint32_t index = 0;
    std::string name{};
    std::uint32_t tag = 0;                  // a group that nothing else is in, or 0
    std::uint32_t group = 0;                // the group that the user asked for, if tag is 0
    NetnsRef far_netns = NetnsRef::none();  // where the other end of a VethPair was made
    std::shared_ptr<const std::vector<Route>> routes{};  // those of the options
    bool owned = false;
    bool is_bridge = false;  // when it goes, the kernel waits with its lock held
    bool is_local = false;   // nothing outside of its namespace depends on it, but a peer

    /// Whoever owns it.
    void remove(Failure& failure);
    void forget() noexcept;
    /// True if the link was there and is gone now. What carries a random group of ours is ours: one
    /// message finds it and removes it, and cannot hit anything else. Without that mark, index,
    /// name and group must still agree, and then it gets one.
    [[nodiscard]] bool remove_if_ours(Failure& failure) noexcept;
    /// Whether nobody can tell if it is there.
    [[nodiscard]] bool may_be_left() const noexcept;
    void remove_if_owned() noexcept;
};

}  // namespace detail
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/held_link.ipp>
#endif
