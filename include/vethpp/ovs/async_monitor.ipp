// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovs/async_monitor.hpp>

namespace vethpp {
namespace detail {

VETHPP_INLINE AsyncMonitorConnect::AsyncMonitorConnect(std::shared_ptr<OvsInterfaces> interfaces,
                                                       std::string database)
    : interfaces_{std::move(interfaces)},
      connect_{std::move(database)},
      call_{ovsdb::Call{"monitor_cond", {"Open_vSwitch", "vethpp", OvsInterfaces::request()}}} {}

VETHPP_INLINE bool AsyncMonitorConnect::resume(OvsdbConnection& connection, error_code waited) {
    if (!called_) {
        if (!connect_.resume(connection, waited)) return false;
        if (connect_.code()) return true;
        call_.start(connection);
        called_ = true;
    }
    if (!call_.resume(connection, waited)) return false;
    if (!call_.code()) interfaces_->update(call_.value());
    return true;
}

VETHPP_INLINE error_code AsyncMonitorConnect::code() const noexcept {
    return called_ ? call_.code() : connect_.code();
}

VETHPP_INLINE AsyncMonitorNext::AsyncMonitorNext(std::shared_ptr<OvsInterfaces> interfaces)
    : interfaces_{std::move(interfaces)} {}

VETHPP_INLINE bool AsyncMonitorNext::resume(OvsdbConnection& connection, error_code waited) {
    for (;;) {
        if (std::optional<OvsPortEvent> event = interfaces_->take()) {
            value_ = *std::move(event);
            return true;
        }
        ovsdb::Next next;
        if (!next.resume(connection.exchange(), waited)) return false;
        code_ = next.code();
        if (code_) return true;
        interfaces_->notified(next.value().parameters);
    }
}

}  // namespace detail

VETHPP_INLINE AsyncOvsMonitor::AsyncOvsMonitor(executor_type executor, ovsdb::ClientOptions options)
    : handle_{std::move(executor), options},
      interfaces_{std::make_shared<detail::OvsInterfaces>()} {}

}  // namespace vethpp
