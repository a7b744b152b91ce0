// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/options.hpp>
#include <vethpp/ovs/ports.hpp>
#include <vethpp/ovsdb/async_client.hpp>
#include <vethpp/ovsdb/client.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace vethpp {

/// What happened to an interface of an Open vSwitch. The port is as it is now: link_state,
/// statistics and all; what belongs to the port and not to its interface (tag, trunks) is not set.
/// ovs-vswitchd refreshes statistics every 5 s (other_config:stats-update-interval).
struct OvsPortEvent {
    enum class Kind { present, added, changed, removed };
    Kind kind = Kind::present;  ///< present: it was there when the monitor began
    OvsPort port{};
};

[[nodiscard]] constexpr std::string_view to_string(OvsPortEvent::Kind kind) noexcept {
    switch (kind) {
        case OvsPortEvent::Kind::present:
            return "present";
        case OvsPortEvent::Kind::added:
            return "added";
        case OvsPortEvent::Kind::changed:
            return "changed";
        case OvsPortEvent::Kind::removed:
            return "removed";
    }
    return "";
}

namespace detail {

/// The table Interface as its updates tell it; no I/O.
class OvsInterfaces {
public:
    static constexpr const char* table = "Interface";

    [[nodiscard]] static boost::json::object request() {
        boost::json::array columns;
        for (const char* column : {"name",
                                   "type",
                                   "ofport",
                                   "error",
                                   "admin_state",
                                   "link_state",
                                   "mac_in_use",
                                   "mtu",
                                   "options",
                                   "statistics"})
            columns.push_back(column);
        const boost::json::object one{{"columns", std::move(columns)}};
        return {{table, boost::json::array{one}}};
    }

    /// Takes table updates in the form of monitor_cond ("update2" in ovsdb-server(7)).
    void update(const boost::json::value& tables) {
        const boost::json::object* all = tables.if_object();
        const boost::json::value rows = all != nullptr ? ovsdb::column(*all, table) : nullptr;
        if (const boost::json::object* object = rows.if_object())
            for (const auto& row : *object) update_row(std::string{row.key()}, row.value());
    }
    [[nodiscard]] std::optional<OvsPortEvent> take() {
        if (events_.empty()) return std::nullopt;
        std::optional<OvsPortEvent> event = std::move(events_.front());
        events_.pop_front();
        return event;
    }

private:
    void update_row(const std::string& id, const boost::json::value& change) {
        const boost::json::object* object = change.if_object();
        if (object == nullptr) return;
        for (const auto& [word, value] : *object) {
            using Kind = OvsPortEvent::Kind;
            if (word == "delete") {
                if (const auto found = rows_.find(id); found != rows_.end()) {
                    tell(Kind::removed, found->second);
                    rows_.erase(found);
                }
            } else if (const boost::json::object* row = value.if_object()) {
                boost::json::object& now = rows_[id];
                if (word != "modify") now.clear();
                for (const auto& column : *row) merge(now, column.key(), column.value());
                tell(word == "initial"  ? Kind::present
                     : word == "insert" ? Kind::added
                                        : Kind::changed,
                     now);
            }
        }
    }

    // Of a map an update carries the difference: new and changed pairs with their values, removed
    // ones as they were.
    static void merge(boost::json::object& row,
                      boost::json::string_view name,
                      const boost::json::value& value) {
        const boost::json::value* old = row.if_contains(name);
        if (old == nullptr || ovsdb::tagged(value, "map") == nullptr) {
            row[name] = value;
            return;
        }
        std::map<std::string, boost::json::value> pairs;
        const auto each = [](const boost::json::value& map, auto&& f) {
            const boost::json::value* list = ovsdb::tagged(map, "map");
            if (list == nullptr || !list->is_array()) return;
            for (const boost::json::value& entry : list->get_array())
                if (const auto* pair = entry.if_array(); pair != nullptr && pair->size() == 2)
                    f(boost::json::serialize((*pair)[0]), (*pair)[0], (*pair)[1]);
        };
        std::map<std::string, boost::json::array> merged;
        each(*old, [&](const std::string& key, const auto& k, const auto& v) {
            merged[key] = {k, v};
        });
        each(value, [&](const std::string& key, const auto& k, const auto& v) {
            const auto found = merged.find(key);
            if (found != merged.end() && found->second[1] == v)
                merged.erase(found);
            else
                merged[key] = {k, v};
        });
        boost::json::array list;
        for (auto& [key, pair] : merged) list.push_back(std::move(pair));
        row[name] = boost::json::array{"map", std::move(list)};
    }

    void tell(OvsPortEvent::Kind kind, const boost::json::object& row) {
        OvsPortEvent event{.kind = kind};
        event.port.name = ovsdb::text(ovsdb::column(row, "name"));
        read_interface(row, event.port);
        events_.push_back(std::move(event));
    }

    std::map<std::string, boost::json::object> rows_{};
    std::deque<OvsPortEvent> events_{};
};

}  // namespace detail

/// Follows the interfaces of an Open vSwitch: what is there first, then what happens.
/// **Errors.** Those of ovsdb::Client.
class OvsMonitor {
public:
    explicit OvsMonitor(const std::string& database = ovsdb::default_address,
                        ovsdb::ClientOptions options = {},
                        OnError on_error = {}) {
        Failure failure;
        client_ = std::make_unique<ovsdb::Client>(database, options, failure);
        if (!failure)
            interfaces_.update(client_->monitor_cond("vethpp",
                                                     detail::OvsInterfaces::request(),
                                                     "Open_vSwitch",
                                                     client_->deadline(),
                                                     failure));
        on_error(std::move(failure));
    }

    /// The next event; ETIMEDOUT if there is none in time.
    OvsPortEvent next(std::chrono::milliseconds timeout, OnError on_error = {}) {
        Failure failure;
        const auto until = ovsdb::Client::Clock::now() + timeout;
        std::optional<OvsPortEvent> event;
        while (!failure && !(event = interfaces_.take()))
            if (const auto update = client_->next_notification(until, failure);
                update && update->parameters.size() > 1)
                interfaces_.update(update->parameters[1]);
        on_error(std::move(failure));
        return event ? *std::move(event) : OvsPortEvent{};
    }

private:
    std::unique_ptr<ovsdb::Client> client_{};
    detail::OvsInterfaces interfaces_{};
};

/// The same, asynchronous: async_connect first, then async_next as often as wanted, one at a time.
/// **Threads, Cancellation.** Those of ovsdb::AsyncClient.
class AsyncOvsMonitor {
public:
    using executor_type = ovsdb::AsyncClient::executor_type;

    explicit AsyncOvsMonitor(executor_type executor, ovsdb::ClientOptions options = {})
        : impl_{std::make_shared<Impl>(std::move(executor), options)} {}

    [[nodiscard]] executor_type get_executor() const { return impl_->client.get_executor(); }

    /// void(error_code)
    template <class Token>
    auto async_connect(const std::string& database, Token&& token) {
        return boost::asio::async_compose<Token, void(error_code)>(
            Connect{impl_, database}, token, get_executor());
    }
    /// void(error_code, OvsPortEvent)
    template <class Token>
    auto async_next(Token&& token) {
        return boost::asio::async_compose<Token, void(error_code, OvsPortEvent)>(
            Next{impl_}, token, get_executor());
    }

private:
    struct Impl {
        Impl(executor_type executor, ovsdb::ClientOptions options)
            : client{std::move(executor), options} {}
        ovsdb::AsyncClient client;
        detail::OvsInterfaces interfaces{};
    };

    struct Connect {
        std::shared_ptr<Impl> impl;
        std::string database;

        template <class Self>
        void operator()(Self& self) {
            Impl& there = *impl;
            const std::string address = database;
            there.client.async_connect(address, std::move(self));
        }
        template <class Self>
        void operator()(Self& self, error_code ec) {
            if (ec) return self.complete(ec);
            Impl& there = *impl;
            boost::json::array parameters{
                "Open_vSwitch", "vethpp", detail::OvsInterfaces::request()};
            there.client.async_call("monitor_cond", std::move(parameters), std::move(self));
        }
        template <class Self>
        void operator()(Self& self, error_code ec, const boost::json::value& rows) {
            if (!ec) impl->interfaces.update(rows);
            self.complete(ec);
        }
    };

    struct Next {
        std::shared_ptr<Impl> impl;

        template <class Self>
        void operator()(Self& self) {
            // Never completes from within the initiating function. The executor first: what self
            // holds goes with it.
            const executor_type executor = impl->client.get_executor();
            boost::asio::post(executor,
                              [self = std::move(self)]() mutable { self(error_code{}, false); });
        }
        template <class Self>
        void operator()(Self& self, error_code ec, bool) {
            if (ec) return self.complete(ec, {});
            if (auto event = impl->interfaces.take()) return self.complete({}, *std::move(event));
            Impl& there = *impl;
            there.client.async_next_notification(std::move(self));
        }
        template <class Self>
        void operator()(Self& self, error_code ec, const ovsdb::Notification& next) {
            if (!ec && next.parameters.size() > 1) impl->interfaces.update(next.parameters[1]);
            (*this)(self, ec, false);
        }
    };

    std::shared_ptr<Impl> impl_;
};

}  // namespace vethpp
