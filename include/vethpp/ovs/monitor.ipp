// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/process.hpp>
#include <vethpp/base/text.hpp>
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
    detail::Birthplace birthplace{};

    // Half an update would be told as if it were all.
    void update(const ovsdb::json::array& parameters) {
        try {
            interfaces.notified(parameters);
        } catch (...) {
            client.close();
            throw;
        }
    }

    [[nodiscard]] OvsPortEvent next(Deadline deadline, Failure& failure) {
        if (!birthplace.is_here()) failure.fail(errc::used_after_fork);
        while (!failure) {
            if (auto event = interfaces.take()) return *std::move(event);
            if (const auto news = client.next_notification(deadline, failure))
                update(news->parameters);
        }
        if (!client.is_connected() && failure.code != errc::used_after_fork)
            failure.context.hint = detail::concat(
                {failure.context.hint, "; a new monitor begins with what is there then"});
        return {};
    }
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
            return failure ? OvsPortEvent{} : state_->next(deadline, failure);
        });
}

}  // namespace vethpp
