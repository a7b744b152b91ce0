// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/port.hpp>
#include <vethpp/ovsdb/value.hpp>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace vethpp::detail {

/// The table Interface as its updates tell it; no I/O.
class OvsInterfaces {
public:
    /// What to ask monitor_cond for.
    [[nodiscard]] static ovsdb::json::object request();

    /// Takes table updates in the form of monitor_cond ("update2" in ovsdb-server(7)).
    void update(const ovsdb::json::value& tables);
    /// The same, as the parameters of a notification.
    void notified(const ovsdb::json::array& parameters);
    [[nodiscard]] std::optional<OvsPortEvent> take();

private:
    void update_row(const std::string& id, const ovsdb::json::object& changes);
    void change(const std::string& id, OvsPortEvent::Kind kind, const ovsdb::json::object& columns);
    void remove(const std::string& id);
    void tell(OvsPortEvent::Kind kind, const ovsdb::json::object& row);

    std::map<std::string, ovsdb::json::object> rows_{};
    std::deque<OvsPortEvent> events_{};
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/interfaces.ipp>
#endif
