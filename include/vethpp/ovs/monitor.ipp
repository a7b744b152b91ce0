// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovs/interfaces.hpp>
#include <vethpp/ovs/monitor.hpp>
#include <vethpp/ovsdb/client.hpp>
#include <vethpp/value/attempt.hpp>

#include <optional>
#include <utility>

namespace vethpp {

struct OvsMonitor::State {
    std::string database;
    ovsdb::Client client;
    detail::OvsInterfaces interfaces{};
};

VETHPP_INLINE OvsMonitor::OvsMonitor(const std::string& database,
                                     ovsdb::ClientOptions options,
                                     OnError on_error) {
    detail::attempt({"follow Open vSwitch", database}, on_error, [&](Failure& failure) {
        const Deadline deadline{options.timeout};
        auto state = std::make_unique<State>(
            State{database, ovsdb::Client{database, options, deadline, failure}});
        state->interfaces.update(state->client.monitor_cond(
            "vethpp", detail::OvsInterfaces::request(), "Open_vSwitch", deadline, failure));
        if (!failure) state_ = std::move(state);
    });
}

VETHPP_INLINE OvsMonitor::OvsMonitor(OvsMonitor&&) noexcept = default;
VETHPP_INLINE OvsMonitor& OvsMonitor::operator=(OvsMonitor&&) noexcept = default;
VETHPP_INLINE OvsMonitor::~OvsMonitor() = default;

VETHPP_INLINE OvsPortEvent OvsMonitor::next(Deadline deadline, OnError on_error) {
    const std::string database = state_ ? state_->database : std::string{};
    return detail::attempt(
        {"wait for Open vSwitch", database}, on_error, [&](Failure& failure) -> OvsPortEvent {
            if (!state_) failure.fail(errc::empty_object);
            while (!failure) {
                if (auto event = state_->interfaces.take()) return *std::move(event);
                if (const auto update = state_->client.next_notification(deadline, failure))
                    state_->interfaces.notified(update->parameters);
            }
            return {};
        });
}

}  // namespace vethpp
