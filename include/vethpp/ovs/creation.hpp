// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/deadline.hpp>
#include <vethpp/ovs/removal.hpp>

#include <chrono>
#include <exception>
#include <string>

namespace vethpp::detail {

/// A bridge on its way into the database: unless it has arrived, it is taken out again.
class OvsCreation {
public:
    OvsCreation(const std::string& database, const std::string& id, Deadline deadline)
        : database_{database}, id_{id}, deadline_{deadline} {}
    OvsCreation(const OvsCreation&) = delete;
    OvsCreation& operator=(const OvsCreation&) = delete;
    ~OvsCreation() {
        if (!begun_) return;
        try {
            undo_bridge(database_, id_, deadline_);
        } catch (const std::exception&) {
            return;  // out of memory: the bridge stays, and is among the leftovers
        }
    }
    /// From now on it may be there.
    void begin() noexcept { begun_ = true; }
    /// It has arrived, or will not come.
    void end() noexcept { begun_ = false; }
    /// What is committed is waited for until the deadline. A database that took it does not take
    /// long to take it back.
    void give_more_time() noexcept { deadline_ = std::chrono::seconds{1}; }

private:
    const std::string& database_;
    const std::string& id_;
    Deadline deadline_;
    bool begun_ = false;
};

}  // namespace vethpp::detail
