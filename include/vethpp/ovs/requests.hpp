// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/text.hpp>
#include <vethpp/ovs/options.hpp>
#include <vethpp/ovsdb/client.hpp>
#include <vethpp/value/interface_name.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace vethpp::detail {

namespace json = boost::json;

/// Who made something: the process, and when it started, since process ids are used again. Ids mean
/// something within one PID namespace, so that is named, too.
struct OvsOwner {
    static constexpr const char* key = "vethpp-owner";

    [[nodiscard]] static std::string of_process(const std::string& pid) {
        std::ifstream file{"/proc/" + pid + "/stat"};
        std::string stat{std::istreambuf_iterator<char>{file}, {}};
        // The name, in parentheses, may contain anything; the start time is field 22 of proc(5).
        const std::size_t end = stat.rfind(')');
        if (end == stat.npos) return {};
        std::size_t at = end + 2;
        for (int field = 3; field < 22; ++field)
            at = std::min(stat.find(' ', at), stat.size() - 1) + 1;
        return concat({pid, "@", space(), ":", stat.substr(at, stat.find(' ', at) - at)});
    }
    [[nodiscard]] static std::string self() { return of_process(std::to_string(::getpid())); }
    /// Whether it certainly lives no more; what is of another PID namespace cannot be judged.
    [[nodiscard]] static bool is_dead(const std::string& owner) {
        const std::size_t at = owner.find('@');
        const std::size_t colon = owner.find(':', at == owner.npos ? 0 : at);
        if (at == owner.npos || colon == owner.npos) return false;
        if (owner.substr(at + 1, colon - at - 1) != space()) return false;
        return of_process(owner.substr(0, at)) != owner;
    }

private:
    static std::string space() {
        struct stat info {};
        return ::stat("/proc/self/ns/pid", &info) == 0 ? std::to_string(info.st_ino) : "";
    }
};

inline json::array where_name(std::string_view name) {
    return {ovsdb::clause("name", "==", json::string{name})};
}

/// What goes to Open vSwitch as one transaction, and is then waited for.
class OvsRequest {
public:
    ovsdb::Transaction transaction{};
    std::vector<std::string> interfaces{};  ///< those that must have been set up afterwards

    /// Remembers what it means if an operation is refused.
    void explain(std::size_t operation, std::string meaning, errc code) {
        meanings_.push_back({operation, std::move(meaning), code});
    }
    void require_bridge(const std::string& bridge) {
        explain(transaction.wait(
                    "Bridge", where_name(bridge), {"name"}, "==", {json::object{{"name", bridge}}}),
                concat({"there is no bridge ", bridge}),
                errc::ovsdb_refused);
    }

    /// Commits, and waits until ovs-vswitchd has carried it out (next_cfg, cur_cfg).
    void apply(ovsdb::Client& client, ovsdb::Client::Clock::time_point until, Failure& failure) {
        using ovsdb::clause;
        transaction.mutate("Open_vSwitch", {}, {clause("next_cfg", "+=", 1)});
        const std::size_t select = transaction.select("Open_vSwitch", {}, {"next_cfg"});
        ovsdb::OperationError refused;
        const json::array results = client.transact(transaction, until, failure, &refused);
        if (failure.code == errc::ovsdb_refused) translate(refused, failure);
        if (failure.code == boost::system::errc::timed_out)
            failure.context.hint = "the database does not answer; it may carry it out later";
        if (failure) return;
        committed = true;
        std::int64_t next = 0;
        for (const json::object& row : ovsdb::rows(results[select]))
            next = ovsdb::number(ovsdb::column(row, "next_cfg")).value_or(0);
        json::object columns{{"columns", json::array{"cur_cfg"}}};
        json::object rows = client.monitor_cond(
            "cur_cfg", {{"Open_vSwitch", json::array{columns}}}, "Open_vSwitch", until, failure);
        while (!failure && !reached(rows, next)) {
            auto update = client.next_notification(until, failure);
            if (update && update->parameters.size() > 1 && update->parameters[1].is_object())
                rows = update->parameters[1].get_object();
        }
        if (failure.code == boost::system::errc::timed_out)
            failure.context.hint = "ovs-vswitchd has not carried it out; does it run?";
        if (!failure) verify(client, until, failure);
    }

    bool committed = false;

private:
    struct Meaning {
        std::size_t operation = 0;
        std::string text{};
        errc code = errc::ovsdb_refused;
    };

    void translate(const ovsdb::OperationError& refused, Failure& failure) const {
        for (const Meaning& meaning : meanings_)
            if (meaning.operation == refused.index) failure.fail(meaning.code, meaning.text);
    }

    // {"Open_vSwitch": {UUID: {"initial" or "modify": {"cur_cfg": n}}}}
    static bool reached(const json::object& tables, std::int64_t next) {
        const json::value table = ovsdb::column(tables, "Open_vSwitch");
        if (!table.is_object()) return false;
        for (const auto& row : table.get_object()) {
            if (!row.value().is_object()) continue;
            for (const auto& change : row.value().get_object()) {
                if (!change.value().is_object()) continue;
                const auto current =
                    ovsdb::number(ovsdb::column(change.value().get_object(), "cur_cfg"));
                if (current && *current >= next) return true;
            }
        }
        return false;
    }

    // ovs-vswitchd reports success also when a device could not be opened: the port says so, or
    // has no number.
    void verify(ovsdb::Client& client,
                ovsdb::Client::Clock::time_point until,
                Failure& failure) const {
        if (interfaces.empty()) return;
        ovsdb::Transaction look;
        look.select("Interface", {}, {"name", "ofport", "error"});
        const json::array results = client.transact(look, until, failure);
        if (failure) return;
        const std::vector<json::object> rows = ovsdb::rows(results[0]);
        for (const std::string& name : interfaces) {
            const json::object* found = nullptr;
            for (const json::object& row : rows)
                if (ovsdb::text(ovsdb::column(row, "name")) == name) found = &row;
            const std::string error = found ? ovsdb::text(ovsdb::column(*found, "error")) : "";
            const auto number = found ? ovsdb::number(ovsdb::column(*found, "ofport")) : -1;
            if (error.empty() && number && *number >= 0) continue;
            failure.fail(errc::ovs_port_failed,
                         !error.empty() ? error
                         : found ? "it got no OpenFlow port number: the bridge itself failed, as "
                                   "the log of ovs-vswitchd says"
                                 : "somebody else has removed it");
            failure.context.object = name;
            return;
        }
    }

    std::vector<Meaning> meanings_{};
};

inline const char* to_text(OvsVlanMode mode) noexcept {
    switch (mode) {
        case OvsVlanMode::access:
            return "access";
        case OvsVlanMode::trunk:
            return "trunk";
        case OvsVlanMode::native_tagged:
            return "native-tagged";
        case OvsVlanMode::native_untagged:
            return "native-untagged";
        case OvsVlanMode::dot1q_tunnel:
            return "dot1q-tunnel";
    }
    return "";
}

/// A port that is to be: its name, Interface.type and Interface.options.
struct OvsPortSpec {
    std::string name{};
    std::string type{};
    ovsdb::TextMap options{};
};

inline void check_port(const OvsPortSpec& spec, const OvsPortOptions& options, Failure& failure) {
    check_name(spec.name, failure);
    if (failure) return;
    failure.context.object = spec.name;
    const auto bad = [](std::uint16_t vlan) { return vlan > 4095; };
    if ((options.tag && bad(*options.tag)) ||
        std::any_of(options.trunks.begin(), options.trunks.end(), bad))
        failure.fail(errc::invalid_option, "a VLAN is 0 to 4095");
    if (!failure) failure = {};
}

inline void insert_port(OvsRequest& request,
                        const std::string& bridge,
                        const OvsPortSpec& spec,
                        const OvsPortOptions& options,
                        const std::string& owner) {
    using ovsdb::clause;
    // Unique within the transaction, and an identifier, which a link's name need not be.
    const std::string id = std::to_string(request.transaction.size());
    json::object interface {
        {"name", spec.name}, { "type", spec.type }
    };
    interface["options"] = ovsdb::map(spec.options);
    if (options.mtu) interface["mtu_request"] = *options.mtu;
    if (options.ofport) interface["ofport_request"] = *options.ofport;
    if (options.mac) interface["mac"] = options.mac->to_string();
    ovsdb::TextMap external = options.external_ids;
    external[OvsOwner::key] = owner;
    json::object port{{"name", spec.name},
                      {"interfaces", ovsdb::named_uuid("interface" + id)},
                      {"external_ids", ovsdb::map(external)},
                      {"other_config", ovsdb::map(options.other_config)}};
    if (options.tag) port["tag"] = *options.tag;
    if (options.vlan_mode) port["vlan_mode"] = to_text(*options.vlan_mode);
    json::array trunks;
    for (const std::uint16_t vlan : options.trunks) trunks.push_back(vlan);
    port["trunks"] = ovsdb::set(std::move(trunks));

    request.explain(
        request.transaction.wait(
            "Port", where_name(spec.name), {"name"}, "!=", {json::object{{"name", spec.name}}}),
        concat({"a bridge of that Open vSwitch has a port ", spec.name}),
        errc::ovsdb_refused);
    request.transaction.insert("Interface", std::move(interface), "interface" + id);
    request.transaction.insert("Port", std::move(port), "port" + id);
    request.transaction.mutate(
        "Bridge",
        where_name(bridge),
        {clause("ports", "insert", ovsdb::set({ovsdb::named_uuid("port" + id)}))});
    request.interfaces.push_back(spec.name);
}

inline json::object bridge_row(const OvsBridgeOptions& options) {
    json::object row;
    if (!options.datapath_type.empty()) row["datapath_type"] = options.datapath_type;
    if (options.fail_mode)
        row["fail_mode"] = *options.fail_mode == OvsFailMode::secure ? "secure" : "standalone";
    if (options.stp) row["stp_enable"] = *options.stp;
    if (options.rstp) row["rstp_enable"] = *options.rstp;
    return row;
}

inline ovsdb::TextMap bridge_config(const OvsBridgeOptions& options) {
    ovsdb::TextMap config = options.other_config;
    if (options.mac) config["hwaddr"] = options.mac->to_string();
    return config;
}

inline void insert_bridge(OvsRequest& request,
                          const OvsBridgeOptions& options,
                          const std::string& owner) {
    using ovsdb::clause;
    const std::string id = std::to_string(request.transaction.size());
    request.explain(request.transaction.wait("Bridge",
                                             where_name(options.name),
                                             {"name"},
                                             "!=",
                                             {json::object{{"name", options.name}}}),
                    "there is a bridge of that name",
                    errc::ovsdb_refused);
    ovsdb::TextMap external = options.external_ids;
    external[OvsOwner::key] = owner;
    request.transaction.insert(
        "Interface", {{"name", options.name}, {"type", "internal"}}, "interface" + id);
    request.transaction.insert(
        "Port",
        {{"name", options.name}, {"interfaces", ovsdb::named_uuid("interface" + id)}},
        "port" + id);
    json::object row = bridge_row(options);
    row["name"] = options.name;
    row["other_config"] = ovsdb::map(bridge_config(options));
    row["external_ids"] = ovsdb::map(external);
    row["ports"] = ovsdb::named_uuid("port" + id);
    request.transaction.insert("Bridge", std::move(row), "bridge" + id);
    request.transaction.mutate(
        "Open_vSwitch",
        {},
        {clause("bridges", "insert", ovsdb::set({ovsdb::named_uuid("bridge" + id)}))});
    request.interfaces.push_back(options.name);
}

/// The rows of a table with these names, by their UUIDs.
inline std::vector<std::string> find_rows(ovsdb::Client& client,
                                          std::string_view table,
                                          std::string_view name,
                                          ovsdb::Client::Clock::time_point until,
                                          Failure& failure) {
    ovsdb::Transaction look;
    look.select(table, where_name(name), {"_uuid"});
    const json::array results = client.transact(look, until, failure);
    std::vector<std::string> found;
    if (failure) return found;
    for (const json::object& row : ovsdb::rows(results[0]))
        for (std::string& id : ovsdb::uuids(ovsdb::column(row, "_uuid")))
            found.push_back(std::move(id));
    return found;
}

/// Takes ports out of the bridges that have them, and bridges out of the switch.
inline void erase(OvsRequest& request,
                  const std::vector<std::string>& ports,
                  const std::vector<std::string>& bridges) {
    for (const std::string& id : ports)
        request.transaction.mutate(
            "Bridge",
            {ovsdb::clause("ports", "includes", ovsdb::uuid(id))},
            {ovsdb::clause("ports", "delete", ovsdb::set({ovsdb::uuid(id)}))});
    for (const std::string& id : bridges)
        request.transaction.mutate(
            "Open_vSwitch",
            {},
            {ovsdb::clause("bridges", "delete", ovsdb::set({ovsdb::uuid(id)}))});
}

/// Undoes an OvsRequest that was committed but did not come true.
inline void undo(ovsdb::Client& client,
                 const std::vector<std::string>& ports,
                 const std::vector<std::string>& bridges) {
    Failure ignored;
    const auto until = ovsdb::Client::Clock::now() + std::chrono::seconds{1};
    OvsRequest request;
    std::vector<std::string> port_rows;
    std::vector<std::string> bridge_rows;
    for (const std::string& name : ports)
        for (std::string& id : find_rows(client, "Port", name, until, ignored))
            port_rows.push_back(std::move(id));
    for (const std::string& name : bridges)
        for (std::string& id : find_rows(client, "Bridge", name, until, ignored))
            bridge_rows.push_back(std::move(id));
    erase(request, port_rows, bridge_rows);
    if (!ignored) client.transact(request.transaction, until, ignored);
}

}  // namespace vethpp::detail
