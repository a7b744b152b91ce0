// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/bridge_state.hpp>

#include <string>

namespace vethpp::detail {

/// A port on its way into a bridge: unless it has arrived, it is taken out again, now or by the
/// next operation.
class OvsBridgeState::Addition {
public:
    /// A port that is committed is waited for until the deadline. A database that took it does not
    /// take long to take it back: that has a second of its own.
    Addition(OvsBridgeState& state, const std::string& port, Deadline deadline)
        : state_{state}, port_{port}, deadline_{deadline} {}
    Addition(const Addition&) = delete;
    Addition& operator=(const Addition&) = delete;
    ~Addition();

    /// From now on it may be in the database, with that id.
    Member& begin(const std::string& id) { return (*state_.members_)[port_] = {.id = id}; }
    /// It never was there.
    void was_refused() noexcept { state_.members_->erase(port_); }
    void arrive(bool stays_watched) noexcept;

private:
    void take_back() noexcept;

    OvsBridgeState& state_;
    const std::string& port_;
    Deadline deadline_;
    bool arrived_ = false;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/addition.ipp>
#endif
