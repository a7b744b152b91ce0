// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netns/ptr.hpp>
#include <vethpp/value/error.hpp>
#include <vethpp/value/link_index.hpp>

#include <optional>

namespace vethpp::detail {

/// Fails if it refers to no link, or to one of another namespace.
void check_link(const LinkIndex& link, const NetnsPtr& netns, Failure& failure);
void check_link(const std::optional<LinkIndex>& link, const NetnsPtr& netns, Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/own_link.ipp>
#endif
