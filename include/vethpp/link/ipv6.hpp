// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netns/ptr.hpp>
#include <vethpp/value/error.hpp>
#include <vethpp/value/sysctl.hpp>

#include <string_view>
#include <vector>

// What a link is told by sysctls only (Documentation/networking/ip-sysctl.rst).
namespace vethpp::detail {

/// Turns detection of duplicate addresses on for a link of that name, if it is off there and in its
/// namespace: else the kernel takes an address that asks for it as if it had not.
void detect_duplicates(const NetnsPtr& netns, std::string_view link, Failure& failure);

/// Turns IPv6 on or off on a link of that name.
void set_ipv6(const NetnsPtr& netns, std::string_view link, bool on, Failure& failure);

/// LinkOptions::sysctls of a link of that name.
void set_sysctls(const NetnsPtr& netns,
                 std::string_view link,
                 const std::vector<Sysctl>& sysctls,
                 Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/ipv6.ipp>
#endif
