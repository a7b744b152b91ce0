// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/value/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp {

/// What carries the frames of an Open vSwitch.
enum class OvsDatapath {
    automatic,  ///< the first of the following that works here
    kernel,     ///< the kernel's module `openvswitch`; datapath_type "system"
    userspace,  ///< ovs-vswitchd itself, with taps from /dev/net/tun; datapath_type "netdev"
    dummy,      ///< the same without taps: it needs no device, and its internal ports are deaf
};

/// "automatic", "kernel", "userspace" or "dummy"
[[nodiscard]] std::string_view to_string(OvsDatapath datapath) noexcept;

namespace detail {

struct OvsDatapathChoice {
    OvsDatapath datapath = OvsDatapath::automatic;
    std::string reason{};
};

/// The datapath that is wanted, or what `automatic` means here; fails where it does not work.
[[nodiscard]] OvsDatapathChoice choose_datapath(OvsDatapath wanted, Failure& failure);

/// What removes the kernel's datapath from a namespace: it outlives ovs-vswitchd, and its links
/// with it. One that was there before belongs to somebody else, and stays: then there is nothing to
/// send.
struct OvsDatapathRemoval {
    UniqueFd kernel{};  ///< a socket of generic netlink in that namespace
    std::vector<std::byte> request{};
};
[[nodiscard]] OvsDatapathRemoval removal_of_datapath(const NetnsRef& netns, Failure& failure);

/// "system", "netdev" or "dummy", as Bridge.datapath_type has it; empty for `automatic`
[[nodiscard]] std::string_view datapath_type(OvsDatapath datapath) noexcept;

}  // namespace detail
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/datapath.ipp>
#endif
