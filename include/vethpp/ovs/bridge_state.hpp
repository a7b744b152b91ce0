// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/process.hpp>
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/link.hpp>
#include <vethpp/message/link_summary.hpp>
#include <vethpp/ovs/options.hpp>
#include <vethpp/ovs/port.hpp>
#include <vethpp/ovs/port_watcher.hpp>
#include <vethpp/ovs/promiscuity.hpp>
#include <vethpp/ovs/request.hpp>
#include <vethpp/ovs/rows.hpp>
#include <vethpp/ovs/turns.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace vethpp::detail {

/// What an OvsBridge is: a bridge in a database, by its UUID, and the watch over the links of its
/// ports. In a child process it is nothing but descriptors to close.
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
    [[nodiscard]] std::vector<OvsPort> ports(Failure& failure);
    [[nodiscard]] OvsPort port(const std::string& name, Failure& failure);
    /// Waits until it is gone.
    void remove(Failure& failure);
    void release() noexcept { owned_ = false; }

private:
    using Turn = std::unique_lock<OvsTurns>;
    // A port that is to go with its link; or one that may be there, although it should not.
    struct Member {
        std::string id{};    // of its label
        std::string uuid{};  // once it is known
        bool settled = false;
        OvsPromiscuity promiscuity{};
    };
    using Members = std::map<std::string, Member>;
    class Addition;
    struct Candidate {
        const OvsPortSpec& spec;
        const OvsPortOptions& wanted;
        const Link* link = nullptr;  // if it is one's own, and its state
        const message::LinkSummary* now = nullptr;
    };

    [[nodiscard]] Deadline deadline() const { return options_.timeout; }
    [[nodiscard]] Turn take_turn(Deadline deadline, Failure& failure) const;
    [[nodiscard]] ovsdb::Client connect(Deadline deadline, Failure& failure) const;

    // In one's turn:
    [[nodiscard]] OvsPort add(const Candidate& candidate, Deadline deadline, Failure& failure);
    void make_room(const std::string& port, const Link* link, Deadline deadline, Failure& failure);
    void sweep(Deadline deadline, Failure& failure);
    void settle(Deadline deadline, Failure& failure);
    void forget(const std::string& port) noexcept;
    void close();

    // Called by the watcher's thread.
    void links_are_gone();

    OvsBridgeOptions options_;
    std::string owner_;
    Birthplace birthplace_{};
    std::string uuid_{};
    UniqueFd spare_{};  // for the destructor's connection, where there are no more
    std::atomic<bool> owned_ = false;
    // One operation at a time. It is taken before that of the watcher, which takes none while it
    // calls.
    mutable OvsTurns mutex_{};
    std::unique_ptr<Members> members_ = std::make_unique<Members>();
    std::int64_t unapplied_ = 0;  // the configuration without what was last taken out; 0 if applied
    std::atomic<bool> closed_ = false;
    OvsPortWatcher watcher_;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/bridge_state.ipp>
#endif
