// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovs/async_monitor.hpp>

namespace vethpp {

VETHPP_INLINE AsyncOvsMonitor::AsyncOvsMonitor(executor_type executor, ovsdb::ClientOptions options)
    : executor_{std::move(executor)},
      state_{std::make_shared<State>(State{ovsdb::AsyncClient{executor_, options}})} {}

VETHPP_INLINE AsyncOvsMonitor::AsyncOvsMonitor(AsyncOvsMonitor&& other) noexcept
    : executor_{other.executor_}, state_{std::move(other.state_)} {}

VETHPP_INLINE AsyncOvsMonitor& AsyncOvsMonitor::operator=(AsyncOvsMonitor&& other) noexcept {
    if (this == &other) return *this;
    close();
    executor_ = other.executor_;
    state_ = std::move(other.state_);
    return *this;
}

VETHPP_INLINE AsyncOvsMonitor::~AsyncOvsMonitor() { close(); }

VETHPP_INLINE void AsyncOvsMonitor::close() noexcept {
    if (state_) state_->client.close();
}

}  // namespace vethpp
