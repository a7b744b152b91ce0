// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link/options.hpp>
#include <vethpp/value/error.hpp>
#include <vethpp/value/print.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Which processors serve the queues of a link (Documentation/networking/scaling.rst of the kernel).
//
// These are files in sysfs, and /sys shows the links of the namespace in which it was mounted,
// which is that of the caller's machine: what is written here goes by a sysfs of the link's own
// namespace, mounted for the call and nowhere that anybody sees (fsopen(2), Linux 5.2). That takes
// CAP_SYS_ADMIN over the namespace, some 0.3 ms, and, in a user namespace, a whole /sys: where a
// container covers parts of it, the kernel refuses another one there (EPERM). How many queues there
// are is in LinkOptions::rx_queues and ::tx_queues.
namespace vethpp {

/// Receive packet steering: the processors that work on what a receive queue has taken in.
struct RpsSettings {
    std::uint32_t queue = 0;
    /// Numbers of processors; none turns it off. Those that are offline do not count.
    std::vector<std::uint32_t> cpus{};
    /// How many flows of the queue are followed to where they are read; the kernel rounds it up to
    /// a power of two. 0 turns it off; it stays as it is unless given.
    std::optional<std::uint32_t> flow_count{};

    /// "rx-0 cpus=0,1 flow_count=128"
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const RpsSettings&, const RpsSettings&) = default;
};

/// Transmit packet steering: which processors, or what comes from which receive queues, use a
/// transmit queue; none of either turns it off. A link with a single transmit queue has no XPS
/// (ENOENT).
struct XpsSettings {
    std::uint32_t queue = 0;
    std::vector<std::uint32_t> cpus{};
    std::vector<std::uint32_t> rx_queues{};

    /// "tx-0 cpus=0,1 rx_queues=0"
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const XpsSettings&, const XpsSettings&) = default;
};

///     vethpp::set_rps(link, {.queue = 0, .cpus = {0, 1}});
///
/// The kernel wants CAP_NET_ADMIN of the machine for it: in a user namespace
/// it refuses (EPERM), and reading works.
void set_rps(const LinkRef& link, const RpsSettings& settings, OnError on_error = {});
void set_xps(const LinkRef& link, const XpsSettings& settings, OnError on_error = {});
/// Of all its queues, in order; what the kernel does not have is empty.
[[nodiscard]] std::vector<RpsSettings> rps(const LinkRef& link, OnError on_error = {});
[[nodiscard]] std::vector<XpsSettings> xps(const LinkRef& link, OnError on_error = {});

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/queues.ipp>
#endif
