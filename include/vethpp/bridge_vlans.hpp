// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link/options.hpp>
#include <vethpp/message/bridge_vlan.hpp>
#include <vethpp/value/error.hpp>

#include <utility>
#include <vector>

namespace vethpp {

/// The VLANs of a bridge port, or of a bridge itself: those that it takes frames of, as a host
/// (bridge(8), `bridge vlan`). They count with BridgeSettings::vlan_filtering.
///
///     vethpp::BridgeVlans{port}.add({.id = 10, .pvid = true, .untagged = true});
///     vethpp::BridgeVlans{br0}.add({.id = 20, .end = 29});
///
/// A new port has VLAN 1 (BridgeSettings::vlan_default_pvid).
/// **Blocking.** Each call is two requests of some microseconds, the first of which looks at the
/// link. **Errors.** errc::invalid_option, with the reason, for what is no VLAN; where the kernel's
/// bridges have none, errc::operation_not_supported of Boost. Changing needs CAP_NET_ADMIN.
class BridgeVlans {
public:
    explicit BridgeVlans(LinkRef link) noexcept : link_{std::move(link)} {}

    /// Adds it, or changes whether it is the PVID and untagged: those that are there stay. What is
    /// refused in part is not there at all.
    void add(const BridgeVlan& vlan, OnError on_error = {}) const;
    /// Removes those from id to end; what is not there is no failure, as with bridge(8).
    void remove(const BridgeVlan& vlan, OnError on_error = {}) const;
    /// Sets its state and what follows of VLANs that are there; the rest is not looked at.
    void configure(const BridgeVlan& vlan, OnError on_error = {}) const;
    /// Those that follow each other and are alike as one; needs Linux 5.6.
    [[nodiscard]] std::vector<BridgeVlan> list(OnError on_error = {}) const;
    /// Each by itself, with its counters.
    [[nodiscard]] std::vector<BridgeVlan> statistics(OnError on_error = {}) const;

    /// What the whole bridge does in VLANs that it has itself; of a bridge, not of a port.
    void configure_bridge(const BridgeVlanOptions& options, OnError on_error = {}) const;
    [[nodiscard]] std::vector<BridgeVlanOptions> bridge_options(OnError on_error = {}) const;

private:
    LinkRef link_;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/bridge_vlans.ipp>
#endif
