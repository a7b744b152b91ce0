// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link.hpp>
#include <vethpp/ovs/addition.hpp>
#include <vethpp/ovs/bridge.hpp>
#include <vethpp/ovs/bridge_state.hpp>
#include <vethpp/ovs/check.hpp>
#include <vethpp/value/attempt.hpp>

#include <utility>

namespace vethpp {
namespace detail {

// The bridge is the object of an error, and the port is the end of it that is meant.
inline void name_ovs_port(std::string_view port, Failure& failure) {
    ErrorContext& context = failure.context;
    if (!failure || port.empty()) return;
    // A name that cannot be one is quoted by whoever found that.
    if (failure.code == errc::invalid_name)
        context.end = std::exchange(context.object, {});
    else
        context.end = port;
    if (context.object == port) context.object.clear();
}

// Where the database is belongs to the reason, if there is none to talk to.
inline void name_ovs_database(std::string_view database, Failure& failure) {
    ErrorContext& context = failure.context;
    if (failure.code == boost::system::errc::timed_out)
        failure.explain("the database does not answer");
    if (!failure || database.empty() || context.object != database) return;
    context.object.clear();
    context.hint += concat({context.hint.empty() ? "" : ": ", database});
}

}  // namespace detail

VETHPP_INLINE OvsBridge::OvsBridge(OvsBridgeOptions options, OnError on_error) {
    const std::string name = options.name;
    const std::string database = options.database;
    detail::attempt({"create the Open vSwitch bridge", name}, on_error, [&](Failure& failure) {
        auto state = std::make_unique<detail::OvsBridgeState>(std::move(options));
        state->create(failure);
        if (!failure) state_ = std::move(state);
        detail::name_ovs_database(database, failure);
    });
}

VETHPP_INLINE OvsBridge::OvsBridge(OvsBridge&&) noexcept = default;
VETHPP_INLINE OvsBridge& OvsBridge::operator=(OvsBridge&&) noexcept = default;
VETHPP_INLINE OvsBridge::~OvsBridge() = default;

VETHPP_INLINE std::string OvsBridge::name() const {
    return state_ ? state_->options().name : std::string{};
}

VETHPP_INLINE std::string OvsBridge::database() const {
    return state_ ? state_->options().database : std::string{};
}

VETHPP_INLINE std::string OvsBridge::to_string() const {
    return state_ ? detail::concat({name(), " at ", database()}) : "no bridge";
}

VETHPP_INLINE void OvsBridge::with_state(const Attempt& attempt,
                                         OnError on_error,
                                         InState body) const {
    const std::string name = this->name();
    detail::attempt({attempt.operation, name}, on_error, [&](Failure& failure) {
        if (!state_) return failure.fail(errc::empty_object);
        body(*state_, failure);
        detail::name_ovs_database(state_->options().database, failure);
        detail::name_ovs_port(attempt.port, failure);
    });
}

VETHPP_INLINE OvsPort OvsBridge::add_port(const Link& link,
                                          const OvsPortOptions& options,
                                          OnError on_error) {
    OvsPort port;
    with_state({"add a port to", link.name()},
               on_error,
               [&](detail::OvsBridgeState& state, Failure& failure) {
                   port = state.add_link(link, options, failure);
               });
    return port;
}

VETHPP_INLINE OvsPort OvsBridge::add(const detail::OvsPortSpec& spec,
                                     const OvsPortOptions& options,
                                     OnError on_error) {
    OvsPort port;
    with_state({"add a port to", spec.name},
               on_error,
               [&](detail::OvsBridgeState& state, Failure& failure) {
                   port = state.add_port(spec, options, failure);
               });
    return port;
}

VETHPP_INLINE OvsPort OvsBridge::add_internal_port(const std::string& name,
                                                   const OvsPortOptions& options,
                                                   OnError on_error) {
    return add({.name = name, .type = "internal"}, options, on_error);
}

VETHPP_INLINE OvsPort OvsBridge::add_patch_port(const std::string& name,
                                                const std::string& peer,
                                                const OvsPortOptions& options,
                                                OnError on_error) {
    return add({.name = name, .type = "patch", .options = {{"peer", peer}}}, options, on_error);
}

VETHPP_INLINE OvsPort OvsBridge::add_tunnel(const std::string& name,
                                            const OvsTunnel& tunnel,
                                            const OvsPortOptions& options,
                                            OnError on_error) {
    OvsPort port;
    with_state(
        {"add a port to", name}, on_error, [&](detail::OvsBridgeState& state, Failure& failure) {
            detail::check_tunnel(tunnel, failure);
            port = state.add_port(detail::tunnel_spec(name, tunnel), options, failure);
        });
    return port;
}

VETHPP_INLINE void OvsBridge::remove_port(const std::string& name, OnError on_error) {
    with_state(
        {"remove a port from", name},
        on_error,
        [&](detail::OvsBridgeState& state, Failure& failure) { state.remove_port(name, failure); });
}

VETHPP_INLINE std::vector<OvsPort> OvsBridge::ports(OnError on_error) const {
    std::vector<OvsPort> ports;
    with_state(
        {"list the ports of"}, on_error, [&](detail::OvsBridgeState& state, Failure& failure) {
            ports = state.ports(failure);
        });
    return ports;
}

VETHPP_INLINE OvsPort OvsBridge::port(const std::string& name, OnError on_error) const {
    OvsPort port;
    with_state(
        {"look at a port of"}, on_error, [&](detail::OvsBridgeState& state, Failure& failure) {
            port = state.port(name, failure);
        });
    return port;
}

VETHPP_INLINE void OvsBridge::remove(OnError on_error) {
    with_state({"delete the Open vSwitch bridge"},
               on_error,
               [&](detail::OvsBridgeState& state, Failure& failure) { state.remove(failure); });
}

VETHPP_INLINE void OvsBridge::release() noexcept {
    if (state_) state_->release();
}

}  // namespace vethpp
