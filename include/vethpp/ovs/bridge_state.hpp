// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link.hpp>
#include <vethpp/message/link_summary.hpp>
#include <vethpp/ovs/options.hpp>
#include <vethpp/ovs/port.hpp>
#include <vethpp/ovs/port_watcher.hpp>
#include <vethpp/ovs/request.hpp>
#include <vethpp/ovs/rows.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace vethpp::detail {

/// What an OvsBridge is: a bridge in a database, and the watch over the links of its ports.
///
/// Operations take turns. Each has a connection of its own, 0.3 ms: one that idles has to answer
/// the server's probes, and would take a thread.
class OvsBridgeState {
public:
    explicit OvsBridgeState(OvsBridgeOptions options);
    OvsBridgeState(const OvsBridgeState&) = delete;
    OvsBridgeState& operator=(const OvsBridgeState&) = delete;
    /// Asks for the deletion of a bridge that create() has made, and does not wait for it.
    ~OvsBridgeState();

    [[nodiscard]] const OvsBridgeOptions& options() const noexcept { return options_; }

    void create(Failure& failure);
    [[nodiscard]] OvsPort add_port(const OvsPortSpec& spec,
                                   const OvsPortOptions& wanted,
                                   Failure& failure);
    /// With all that it needs to be a port, and until it is gone.
    [[nodiscard]] OvsPort add_link(const Link& link,
                                   const OvsPortOptions& wanted,
                                   Failure& failure);
    void remove_port(const std::string& name, Failure& failure);
    [[nodiscard]] std::vector<OvsPort> ports(Failure& failure) const;
    [[nodiscard]] OvsPort port(const std::string& name, Failure& failure) const;
    /// Waits until it is gone.
    void remove(Failure& failure);
    void release() noexcept { owned_ = false; }

private:
    [[nodiscard]] Deadline deadline() const { return options_.timeout; }
    [[nodiscard]] ovsdb::Client connect(Deadline deadline, Failure& failure) const;

    // Under the lock:
    [[nodiscard]] OvsPort insert(const OvsPortSpec& spec,
                                 const OvsPortOptions& wanted,
                                 Deadline deadline,
                                 Failure& failure);
    bool erase(const std::string& port, Deadline deadline, Failure& failure) const;
    void prepare(const Link& link,
                 const message::LinkSummary& now,
                 const OvsPortOptions& wanted,
                 Deadline deadline,
                 Failure& failure) const;
    void erase_predecessor(const message::LinkSummary& now, Deadline deadline, Failure& failure);
    void follow(const Link& link, const std::string& port, Failure& failure);
    [[nodiscard]] OvsRequest removal(ovsdb::Client& client,
                                     Deadline deadline,
                                     Failure& failure) const;

    // Called by the watcher's thread.
    void link_is_gone(const std::string& port, std::uint32_t index) noexcept;

    OvsBridgeOptions options_;
    std::string owner_;
    std::atomic<bool> owned_ = false;
    // One operation at a time. It is taken before that of the watcher, which takes none while it
    // calls.
    mutable std::mutex mutex_{};
    OvsPortWatcher watcher_;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/bridge_state.ipp>
#endif
