// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link.hpp>
#include <vethpp/ovs/options.hpp>
#include <vethpp/ovs/port_watcher.hpp>
#include <vethpp/ovs/ports.hpp>
#include <vethpp/ovs/requests.hpp>
#include <vethpp/ovs/userspace.hpp>
#include <vethpp/ovsdb/client.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace vethpp {

/// A bridge of an Open vSwitch, driven through its database (ovs-vswitchd.conf.db(5)).
///
/// Each operation is one transaction, after which it waits until ovs-vswitchd has carried it out;
/// what it could not do is an Error (errc::ovs_port_failed), although the database took it.
/// **Ownership.** A bridge that this object made goes with it; an adopted one stays. A port goes
/// with its link, also when somebody else deletes that: one thread for each bridge with links as
/// ports follows the kernel's events.
/// **Blocking.** 1 to 4 ms for a port, some 10 to 100 ms for a bridge, at most the timeout.
/// **Threads.** The functions may be called from several threads at once; they take turns.
class OvsBridge {
public:
    explicit OvsBridge(OvsBridgeOptions options, OnError on_error = {})
        : state_{std::make_unique<State>(std::move(options))} {
        Failure failure;
        state_->create(failure);
        state_->describe("create the Open vSwitch bridge", failure);
        on_error(std::move(failure));
    }
    OvsBridge(OvsBridge&&) noexcept = default;
    OvsBridge& operator=(OvsBridge&&) noexcept = default;
    ~OvsBridge() = default;

    [[nodiscard]] const std::string& name() const { return state_->options.name; }
    [[nodiscard]] const std::string& database() const { return state_->options.database; }

    /// Makes a link a port, which must be in the namespace of ovs-vswitchd. Over a userspace
    /// datapath it turns the transmit checksum offload of the far end of a veth pair off first:
    /// frames would arrive without checksums, and TCP would die while ping works. It also lets the
    /// link answer ARP requests for its own addresses only (arp_ignore in the kernel's ip-sysctl).
    OvsPort add_port(const Link& link, const OvsPortOptions& options = {}, OnError on_error = {}) {
        Failure failure;
        const OvsPort port = state_->add_link(link, options, failure);
        finish("add a port to", link.name(), std::move(failure), on_error);
        return port;
    }
    /// A port that is a new link of the switch's own namespace, as a host has it on its switch. It
    /// is down, and when it is set up, a userspace datapath drops its frames until it has noticed:
    /// until admin_state is "up" (OvsMonitor tells).
    OvsPort add_internal_port(const std::string& name,
                              const OvsPortOptions& options = {},
                              OnError on_error = {}) {
        return add({.name = name, .type = "internal"}, options, on_error);
    }
    /// One end of a wire to another bridge of the same switch; the other bridge has the other.
    OvsPort add_patch_port(const std::string& name,
                           const std::string& peer,
                           const OvsPortOptions& options = {},
                           OnError on_error = {}) {
        return add({.name = name, .type = "patch", .options = {{"peer", peer}}}, options, on_error);
    }
    OvsPort add_tunnel(const std::string& name,
                       const OvsTunnel& tunnel,
                       const OvsPortOptions& options = {},
                       OnError on_error = {}) {
        detail::OvsPortSpec spec{.name = name};
        spec.type = tunnel.type == OvsTunnelType::vxlan    ? "vxlan"
                    : tunnel.type == OvsTunnelType::geneve ? "geneve"
                                                           : "gre";
        spec.options["remote_ip"] = tunnel.remote.to_string();
        if (tunnel.local) spec.options["local_ip"] = tunnel.local->to_string();
        if (tunnel.key) spec.options["key"] = std::to_string(*tunnel.key);
        if (tunnel.destination_port)
            spec.options["dst_port"] = std::to_string(*tunnel.destination_port);
        return add(spec, options, on_error);
    }
    /// Takes a port out and waits until the switch has let go of it.
    void remove_port(const std::string& name, OnError on_error = {}) {
        Failure failure;
        state_->remove_port(name, failure);
        finish("remove a port from", name, std::move(failure), on_error);
    }

    /// All ports, without the one that is the bridge itself.
    [[nodiscard]] std::vector<OvsPort> ports(OnError on_error = {}) const {
        Failure failure;
        auto ports = state_->ports(failure);
        state_->describe("list the ports of", failure);
        on_error(std::move(failure));
        return ports;
    }
    [[nodiscard]] OvsPort port(const std::string& name, OnError on_error = {}) const {
        Failure failure;
        OvsPort found;
        bool there = false;
        for (OvsPort& one : state_->ports(failure)) {
            if (one.name != name) continue;
            found = std::move(one);
            there = true;
        }
        if (!failure && !there)
            failure.fail(errc::ovsdb_refused, detail::concat({"it has no port ", name}));
        state_->describe("look at a port of", failure);
        on_error(std::move(failure));
        return found;
    }

    /// Deletes the bridge now and waits for it, some 0.2 s; the destructor does not wait.
    void remove(OnError on_error = {}) {
        Failure failure;
        state_->remove(true, failure);
        state_->describe("delete the Open vSwitch bridge", failure);
        on_error(std::move(failure));
    }
    /// Ends the ownership: bridge and ports stay when this object goes.
    void release() noexcept { state_->owned = false; }

private:
    using Clock = ovsdb::Client::Clock;
    using array = boost::json::array;
    using object = boost::json::object;

    struct State {
        explicit State(OvsBridgeOptions wanted)
            : options{std::move(wanted)},
              owner{detail::OvsOwner::self()},
              watcher{[this](const std::string& name) { link_is_gone(name); }} {}
        State(const State&) = delete;
        State& operator=(const State&) = delete;
        ~State() {
            watcher.stop();
            Failure ignored;
            if (!owned) return;
            try {
                remove(false, ignored);
            } catch (...) {  // out of memory
            }
        }

        // A connection for each operation, 0.3 ms: one that idles has to answer the server's
        // probes, and would take a thread.
        [[nodiscard]] ovsdb::Client connect(Failure& failure) const {
            return {options.database, {.timeout = options.timeout}, failure};
        }
        [[nodiscard]] Clock::time_point until() const { return Clock::now() + options.timeout; }

        void describe(const char* operation, Failure& failure) const {
            if (!failure) return;
            if (failure.code == errc::ovsdb_refused || failure.code == errc::ovs_port_failed ||
                failure.context.object.empty())
                failure.context.object = options.name;
            failure.context.operation = operation;
        }

        void create(Failure& failure) {
            detail::check_name(options.name, failure);
            if (failure) return;
            ovsdb::Client client = connect(failure);
            const auto deadline = until();
            bool there = false;
            if (!failure && options.existing == OvsExisting::adopt)
                there =
                    !detail::find_rows(client, "Bridge", options.name, deadline, failure).empty();
            if (failure) return;
            detail::OvsRequest request;
            if (there)
                adopt(request);
            else
                detail::insert_bridge(request, options, owner);
            request.apply(client, deadline, failure);
            if (failure && request.committed && !there) detail::undo(client, {}, {options.name});
            owned = !failure && !there;
        }
        void adopt(detail::OvsRequest& request) const {
            request.require_bridge(options.name);
            const array where = detail::where_name(options.name);
            if (const object row = detail::bridge_row(options); !row.empty())
                request.transaction.update("Bridge", where, row);
            // A key that is there keeps its value unless it is deleted first.
            const auto merge = [&](const char* column, const ovsdb::TextMap& pairs) {
                if (pairs.empty()) return;
                array keys;
                for (const auto& [key, value] : pairs) keys.push_back(boost::json::string{key});
                request.transaction.mutate(
                    "Bridge",
                    where,
                    {ovsdb::clause(column, "delete", ovsdb::set(std::move(keys))),
                     ovsdb::clause(column, "insert", ovsdb::map(pairs))});
            };
            merge("other_config", detail::bridge_config(options));
            merge("external_ids", options.external_ids);
        }

        OvsPort add_link(const Link& link, const OvsPortOptions& wanted, Failure& failure) {
            if (!link || link.netns().is_current()) {
                failure.fail(errc::no_such_link, "the object refers to no link");
                return {};
            }
            error_code ec;
            const LinkState now = link.state(ec);
            failure.fail(ec);
            if (!failure && is_userspace(failure)) {
                detail::leave_arp_to_the_switch(link, now);
                if (!wanted.keep_offloads && now.kind() == "veth")
                    detail::complete_checksums(link, now, wanted, failure);
            }
            if (failure) return {};
            {
                const std::lock_guard lock{mutex};
                // The port of a link of that name that is gone: its end may not have been noticed
                // yet.
                if (watcher.watches_another(now.name, now.index)) {
                    watcher.forget(now.name);
                    erase_port(now.name, failure);
                }
            }
            const OvsPort port = failure ? OvsPort{} : add({.name = now.name}, wanted, failure);
            if (failure) {
                if (failure.code == errc::ovs_port_failed)
                    failure.context.hint += detail::concat({"; the link is in ",
                                                            link.netns().label(),
                                                            ", where ovs-vswitchd has to be, too"});
                return {};
            }
            watcher.watch(now.name, link.netns().state(), now.index, failure);
            if (failure) {
                Failure ignored;
                remove_port(now.name, ignored);
            }
            return port;
        }

        // Over a datapath of the kernel, which completes checksums itself and keeps the frames of a
        // port from the rest of the kernel, there is nothing to prepare.
        [[nodiscard]] bool is_userspace(Failure& failure) const {
            ovsdb::Client client = connect(failure);
            ovsdb::Transaction look;
            look.select("Bridge", detail::where_name(options.name), {"datapath_type"});
            const array results = failure ? array{} : client.transact(look, until(), failure);
            if (failure) return false;
            std::string type;
            for (const object& row : ovsdb::rows(results[0]))
                type = ovsdb::text(ovsdb::column(row, "datapath_type"));
            return !type.empty() && type != "system";
        }

        OvsPort add(const detail::OvsPortSpec& spec,
                    const OvsPortOptions& wanted,
                    Failure& failure) {
            detail::check_port(spec, wanted, failure);
            if (failure) return {};
            const std::lock_guard lock{mutex};
            ovsdb::Client client = connect(failure);
            if (failure) return {};
            detail::OvsRequest request;
            request.require_bridge(options.name);
            detail::insert_port(request, options.name, spec, wanted, owner);
            // The two ends of a patch are set up when both are there.
            if (spec.type == "patch") request.interfaces.clear();
            request.apply(client, until(), failure);
            if (failure) {
                if (request.committed) detail::undo(client, {spec.name}, {});
                return {};
            }
            detail::forget_flows(options.database, until());
            for (OvsPort& port : list(client, failure))
                if (port.name == spec.name) return std::move(port);
            return {};
        }

        void remove_port(const std::string& port, Failure& failure) {
            watcher.forget(port);
            const std::lock_guard lock{mutex};
            erase_port(port, failure);
        }
        // Under the lock.
        void erase_port(const std::string& port, Failure& failure) const {
            ovsdb::Client client = connect(failure);
            if (failure) return;
            const auto deadline = until();
            const auto rows = detail::find_rows(client, "Port", port, deadline, failure);
            if (!failure && rows.empty())
                failure.fail(errc::ovsdb_refused, detail::concat({"it has no port ", port}));
            if (failure) return;
            detail::OvsRequest request;
            request.require_bridge(options.name);
            detail::erase(request, rows, {});
            request.apply(client, deadline, failure);
            if (!failure) detail::forget_flows(options.database, until());
        }
        void link_is_gone(const std::string& port) noexcept {
            try {
                Failure ignored;
                const std::lock_guard lock{mutex};
                // Somebody may have added a new link of that name in the meantime.
                if (!watcher.watches_another(port, 0)) erase_port(port, ignored);
            } catch (...) {  // out of memory: the port stays, and is among the leftovers
            }
        }

        void remove(bool wait, Failure& failure) {
            watcher.stop();
            const std::lock_guard lock{mutex};
            ovsdb::Client client = connect(failure);
            if (failure) return;
            const auto deadline = until();
            const auto rows = detail::find_rows(client, "Bridge", options.name, deadline, failure);
            if (!failure && rows.empty()) failure.fail(errc::ovsdb_refused, "there is none");
            if (failure) return;
            detail::OvsRequest request;
            detail::erase(request, {}, rows);
            if (wait)
                request.apply(client, deadline, failure);
            else
                client.transact(request.transaction, deadline, failure);
            if (!failure) owned = false;
        }

        [[nodiscard]] std::vector<OvsPort> ports(Failure& failure) const {
            const std::lock_guard lock{mutex};
            ovsdb::Client client = connect(failure);
            if (failure) return {};
            return list(client, failure);
        }
        [[nodiscard]] std::vector<OvsPort> list(ovsdb::Client& client, Failure& failure) const {
            return detail::list_ports(client, options.name, until(), failure);
        }

        OvsBridgeOptions options;
        std::string owner;
        bool owned = false;
        mutable std::mutex mutex{};  // one operation at a time
        detail::OvsPortWatcher watcher;
    };

    OvsPort add(const detail::OvsPortSpec& spec, const OvsPortOptions& options, OnError on_error) {
        Failure failure;
        const OvsPort port = state_->add(spec, options, failure);
        finish("add a port to", spec.name, std::move(failure), on_error);
        return port;
    }
    void finish(const char* operation,
                const std::string& port,
                Failure&& failure,
                OnError on_error) const {
        if (failure) {
            state_->describe(operation, failure);
            failure.context.end = port;
        }
        on_error(std::move(failure));
    }

    std::unique_ptr<State> state_;
};

}  // namespace vethpp
