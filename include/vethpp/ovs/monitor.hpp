// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/deadline.hpp>
#include <vethpp/ovs/port.hpp>
#include <vethpp/ovsdb/options.hpp>
#include <vethpp/value/error.hpp>

#include <memory>
#include <string>

namespace vethpp {

/// Follows the interfaces of an Open vSwitch: what is there first, then what happens.
/// **Errors.** Those of ovsdb::Client. When the server ends or restarts, what has come before is
/// told, then next() fails with ECONNRESET and for good: make a new monitor, which begins with what
/// is there then. The same happens if nobody calls next() for some 10 s and the address is a tcp:
/// one, over which the server asks whether its clients still live; only within a call is that
/// answered (AsyncOvsMonitor answers always). ETIMEDOUT changes nothing.
/// **fork.** A child's copy answers with errc::used_after_fork; the parent's goes on.
class OvsMonitor {
public:
    explicit OvsMonitor(const std::string& database = ovsdb::default_address,
                        ovsdb::ClientOptions options = {},
                        OnError on_error = {});
    OvsMonitor(OvsMonitor&&) noexcept;
    OvsMonitor& operator=(OvsMonitor&&) noexcept;
    ~OvsMonitor();

    [[nodiscard]] explicit operator bool() const noexcept { return state_ != nullptr; }

    /// The next event; ETIMEDOUT if there is none in time.
    OvsPortEvent next(Deadline deadline, OnError on_error = {});

private:
    struct State;
    std::unique_ptr<State> state_{};
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/monitor.ipp>
#endif
