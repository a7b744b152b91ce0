// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ovs/check.hpp>
#include <vethpp/value/interface_name.hpp>

#include <algorithm>
#include <cstdint>

namespace vethpp::detail {

// Text that is none makes the server refuse the condition on a name, or, with a NUL byte, take the
// whole message for damaged and close the connection: neither says which option is meant.
VETHPP_INLINE void check_ovs_name(std::string_view name, Failure& failure) {
    const std::string_view problem = ovsdb::text_problem(name);
    if (problem.empty() || failure) return;
    failure.context.object = quoted(name);
    failure.fail(errc::invalid_name, std::string{problem});
}

inline void check_ovs_text(const char* option, std::string_view text, Failure& failure) {
    const std::string_view problem = ovsdb::text_problem(text);
    if (!problem.empty()) failure.fail(errc::invalid_option, concat({option, ": ", problem}));
}

inline void check_ovs_pairs(const char* option, const ovsdb::TextMap& pairs, Failure& failure) {
    for (const auto& [key, value] : pairs) {
        check_ovs_text(option, key, failure);
        check_ovs_text(option, value, failure);
    }
}

// word: that of an enumerator; empty for a number that is none.
inline void check_ovs_word(const char* option, std::string_view word, Failure& failure) {
    if (word.empty()) failure.fail(errc::invalid_option, concat({option, ": there is no such"}));
}

VETHPP_INLINE void check_bridge(const OvsBridgeOptions& options, Failure& failure) {
    check_name(options.name, failure);
    check_ovs_name(options.name, failure);
    check_ovs_text("datapath_type", options.datapath_type, failure);
    check_ovs_word("existing", to_string(options.existing), failure);
    if (options.fail_mode) check_ovs_word("fail_mode", to_string(*options.fail_mode), failure);
    if (options.mac) check_mac(*options.mac, failure);
    check_ovs_pairs("other_config", options.other_config, failure);
    check_ovs_pairs("external_ids", options.external_ids, failure);
}

// What Open vSwitch takes for any port, and carries out for some.
inline void check_device(const OvsPortSpec& spec, const OvsPortOptions& options, Failure& failure) {
    if (options.mac) {
        check_mac(*options.mac, failure);
        const auto& bytes = options.mac->bytes();
        if ((bytes[0] & 1U) != 0 || *options.mac == MacAddress{})
            failure.fail(errc::invalid_option, "mac: a port's address is unicast, and not zero");
        if (spec.type != "internal")
            failure.fail(errc::invalid_option,
                         "mac: only an internal port takes one; a link has its own");
    }
    if (options.mtu && !spec.type.empty() && spec.type != "internal")
        failure.fail(errc::invalid_option, "mtu: only a link and an internal port have one");
}

VETHPP_INLINE void check_port(const OvsPortSpec& spec,
                              const OvsPortOptions& options,
                              Failure& failure) {
    check_name(spec.name, failure);
    check_ovs_name(spec.name, failure);
    check_ovs_pairs("options", spec.options, failure);
    const auto bad = [](Number vlan) { return !vlan.is_within(0, 4095); };
    if ((options.tag && bad(*options.tag)) ||
        std::any_of(options.trunks.begin(), options.trunks.end(), bad))
        failure.fail(errc::invalid_option, "a VLAN is 0 to 4095");
    if (options.ofport && !options.ofport->is_within(1, 65535))
        failure.fail(errc::invalid_option, "an OpenFlow port number is 1 to 65535");
    if (options.vlan_mode) check_ovs_word("vlan_mode", to_string(*options.vlan_mode), failure);
    check_device(spec, options, failure);
    check_ovs_pairs("other_config", options.other_config, failure);
    check_ovs_pairs("external_ids", options.external_ids, failure);
}

VETHPP_INLINE void check_tunnel(const OvsTunnel& tunnel, Failure& failure) {
    check_ovs_word("type", to_string(tunnel.type), failure);
    check_ip(tunnel.remote, failure);
    if (tunnel.local) check_ip(*tunnel.local, failure);
    if (tunnel.destination_port && !tunnel.destination_port->is_within(1, 65535))
        failure.fail(errc::invalid_option, "a UDP port is 1 to 65535");
}

}  // namespace vethpp::detail
