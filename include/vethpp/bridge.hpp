// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link.hpp>
#include <vethpp/message/bridge.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace vethpp {

/// A Linux bridge: a switch whose ports are links of the same namespace.
///
/// Unless told otherwise it has a random, fixed MAC address: by the kernel's default a bridge takes
/// that of one of its ports and changes it as they come and go. Spanning tree is off, so that ports
/// forward at once.
/// **Ownership.** The object owns the bridge and removes it when it goes; the ports stay.
class Bridge : public Link {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): as in `bridges.push_back({{.netns = ns1}, {}})`
    Bridge(LinkOptions options, const BridgeSettings& settings = {}, OnError on_error = {});
    Bridge(LinkOptions options, ErrorCode auto& ec) : Bridge{std::move(options), {}, ec} {}

    /// Changes the settings that are given and leaves the others.
    void configure(const BridgeSettings& settings, OnError on_error = {});
    [[nodiscard]] BridgeSettings settings(OnError on_error = {}) const;
    /// The spanning tree as this bridge sees it.
    [[nodiscard]] BridgeStatus status(OnError on_error = {}) const;

    void add_port(Link& port, OnError on_error = {}) { port.set_master(*this, on_error); }
    /// The links that are its ports now.
    [[nodiscard]] std::vector<LinkState> ports(OnError on_error = {}) const;

    /// Link::wait_ready for the bridge and all its ports under one deadline. Not for what hosts
    /// have yet to report, see BridgeSettings::multicast_querier.
    void wait_ready(Deadline deadline = std::chrono::seconds{1}, OnError on_error = {}) const;
    void wait_ready(ErrorCode auto& ec) const { wait_ready(std::chrono::seconds{1}, ec); }

private:
    static Link make(LinkOptions&& options, const BridgeSettings& settings, OnError on_error);
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/bridge.ipp>
#endif
