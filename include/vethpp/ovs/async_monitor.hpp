// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/interfaces.hpp>
#include <vethpp/ovs/port.hpp>
#include <vethpp/ovsdb/async_client.hpp>

#include <boost/asio/compose.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prepend.hpp>

#include <memory>
#include <string>
#include <utility>

namespace vethpp {

/// OvsMonitor for any completion token: async_connect first, then async_next as often as wanted,
/// one at a time.
/// **Threads, Cancellation, Errors.** Those of ovsdb::AsyncClient. Events that have come before an
/// error are told before it.
class AsyncOvsMonitor {
public:
    using executor_type = ovsdb::AsyncClient::executor_type;

    explicit AsyncOvsMonitor(executor_type executor, ovsdb::ClientOptions options = {});
    AsyncOvsMonitor(AsyncOvsMonitor&& other) noexcept;
    AsyncOvsMonitor& operator=(AsyncOvsMonitor&& other) noexcept;
    ~AsyncOvsMonitor();

    [[nodiscard]] explicit operator bool() const noexcept { return state_ != nullptr; }
    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

    /// void(error_code)
    template <class Token = boost::asio::deferred_t>
    auto async_connect(std::string database, Token&& token = {}) {
        return boost::asio::async_compose<Token, void(error_code)>(
            Connect{state_, std::move(database)}, token, executor_);
    }
    /// void(error_code, OvsPortEvent)
    template <class Token = boost::asio::deferred_t>
    auto async_next(Token&& token = {}) {
        return boost::asio::async_compose<Token, void(error_code, OvsPortEvent)>(
            Next{state_}, token, executor_);
    }

    /// What is under way fails with ECANCELED, and so does what comes later.
    void close() noexcept;

private:
    struct State {
        ovsdb::AsyncClient client;
        detail::OvsInterfaces interfaces{};
    };
    struct Launched {};

    struct Connect {
        std::shared_ptr<State> state;
        std::string database;

        template <class Self>
        void operator()(Self& self) {
            if (!state) return boost::asio::post(boost::asio::prepend(std::move(self), Launched{}));
            state->client.async_connect(std::move(database), std::move(self));
        }
        template <class Self>
        void operator()(Self& self, Launched) {
            self.complete(make_error_code(errc::empty_object));
        }
        template <class Self>
        void operator()(Self& self, error_code ec) {
            if (ec) return self.complete(ec);
            state->client.async_call("monitor_cond",
                                     {"Open_vSwitch", "vethpp", detail::OvsInterfaces::request()},
                                     std::move(self));
        }
        template <class Self>
        void operator()(Self& self, error_code ec, const boost::json::value& rows) {
            if (!ec) state->interfaces.update(rows);
            self.complete(ec);
        }
    };

    struct Next {
        std::shared_ptr<State> state;

        // Nothing completes within the initiating function.
        template <class Self>
        void operator()(Self& self) {
            boost::asio::post(boost::asio::prepend(std::move(self), Launched{}));
        }
        template <class Self>
        void operator()(Self& self, Launched) {
            if (!state) return self.complete(make_error_code(errc::empty_object), {});
            take(self);
        }
        template <class Self>
        void operator()(Self& self, error_code ec, const ovsdb::Notification& update) {
            if (ec) return self.complete(ec, {});
            state->interfaces.notified(update.parameters);
            take(self);
        }
        template <class Self>
        void take(Self& self) {
            if (auto event = state->interfaces.take()) return self.complete({}, *std::move(event));
            state->client.async_next_notification(std::move(self));
        }
    };

    executor_type executor_;
    std::shared_ptr<State> state_;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/async_monitor.ipp>
#endif
