// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netns/ref.hpp>

#include <cstdint>
#include <string>

namespace vethpp::detail {

/// What a Link knows of its link.
struct KnownLink {
    NetnsRef& netns;
    std::uint32_t& index;
    std::string& name;
};

/// Moves the link to another namespace, under another name unless that is empty, and says where and
/// what it is now: after a failure, too, where it is known.
void move_link(KnownLink link, const NetnsRef& target, std::string name, Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/move.ipp>
#endif
