// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/error.hpp>

#include <string>
#include <string_view>

// Names of sysctls, and what is known of those that are refused.
namespace vethpp::detail {

/// "net/ipv4/conf/eth0.100/forwarding", the path below /proc/sys, for what sysctl(8) takes:
/// "net.ipv4.conf.eth0/100.forwarding" or "net/ipv4/conf/eth0.100/forwarding". Fails for a name
/// that is not below net, and so not of a network namespace.
[[nodiscard]] std::string sysctl_path(std::string_view name, Failure& failure);

/// The same for one of a link: "ipv6.accept_ra" is net/ipv6/conf/LINK/accept_ra, and
/// "ipv4.neigh.retrans_time_ms" net/ipv4/neigh/LINK/retrans_time_ms.
[[nodiscard]] std::string sysctl_path_of_link(std::string_view name,
                                              std::string_view link,
                                              Failure& failure);

/// Fails unless it is one line that the kernel reads in one piece.
void check_sysctl_value(std::string_view value, Failure& failure);

/// Why there is none of that path.
[[nodiscard]] std::string why_no_sysctl(std::string_view path, bool directory_exists);

/// Whether writing that turns detection of duplicate addresses on for new links.
[[nodiscard]] bool turns_detection_on(std::string_view path, std::string_view value) noexcept;

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/sysctl_name.ipp>
#endif
