// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netns/ref.hpp>
#include <vethpp/value/error.hpp>
#include <vethpp/value/print.hpp>

#include <optional>
#include <string>

namespace vethpp {

/// What a link leaves to hardware, or, between the two ends of a veth pair, undone: with transmit
/// checksums offloaded, a frame crosses the pair without a checksum. Userspace switches and raw
/// sockets then see frames that look damaged. Empty members are left as they are. Source:
/// ethtool(8).
struct Offloads {
    std::optional<bool> tx_checksum{};
    std::optional<bool> rx_checksum{};
    std::optional<bool> scatter_gather{};
    std::optional<bool> tso{};  ///< TCP segmentation
    std::optional<bool> gso{};  ///< generic segmentation
    std::optional<bool> gro{};  ///< generic receive

    /// All of them on, or all off.
    [[nodiscard]] static constexpr Offloads all(bool on) noexcept {
        return {on, on, on, on, on, on};
    }

    /// {tx_checksum=true tso=false ...}: those that are set.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const Offloads&, const Offloads&) = default;
};

namespace detail {

[[nodiscard]] Offloads get_offloads(NetnsState& netns, const std::string& name, Failure& failure);
void set_offloads(NetnsState& netns,
                  const std::string& name,
                  const Offloads& offloads,
                  Failure& failure);

}  // namespace detail
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/offloads.ipp>
#endif
