// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/mptcp.hpp>
#include <vethpp/netlink/link_names.hpp>
#include <vethpp/netns/attempt_generic.hpp>
#include <vethpp/netns/own_link.hpp>
#include <vethpp/netns/state.hpp>

#include <cerrno>
#include <sys/socket.h>

namespace vethpp {
namespace detail {

inline constexpr netlink::GenericFamily mptcp_family{
    .name = MPTCP_PM_NAME, .needs = "it takes Linux 5.6 with CONFIG_MPTCP"};

struct MptcpFlag {
    bool MptcpEndpoint::*member;
    std::uint32_t bit;
    std::string_view name;
};
inline constexpr MptcpFlag mptcp_flags[] = {
    {&MptcpEndpoint::signal, MPTCP_PM_ADDR_FLAG_SIGNAL, "signal"},
    {&MptcpEndpoint::subflow, MPTCP_PM_ADDR_FLAG_SUBFLOW, "subflow"},
    {&MptcpEndpoint::backup, MPTCP_PM_ADDR_FLAG_BACKUP, "backup"},
    {&MptcpEndpoint::fullmesh, MPTCP_PM_ADDR_FLAG_FULLMESH, "fullmesh"},
    {&MptcpEndpoint::implicit, MPTCP_PM_ADDR_FLAG_IMPLICIT, "implicit"},
};

[[nodiscard]] inline message::MptcpAddress message_of(const MptcpEndpoint& endpoint) {
    message::MptcpAddress out{
        .id = endpoint.id, .port = endpoint.port, .flags = 0U, .link = endpoint.link};
    for (const MptcpFlag& flag : mptcp_flags)
        if (endpoint.*flag.member) *out.flags |= flag.bit;
    if (endpoint.address) {
        const bool v6 = endpoint.address->is_v6();
        out.family = v6 ? AF_INET6 : AF_INET;
        (v6 ? out.v6 : out.v4) = endpoint.address;
    }
    return out;
}

[[nodiscard]] inline MptcpEndpoint endpoint_of(const message::MptcpAddress& address) {
    MptcpEndpoint out{.address = address.v4 ? address.v4 : address.v6,
                      .port = address.port,
                      .id = address.id,
                      .link = address.link};
    // The kernel says 0 for what there is none of.
    if (out.port == 0U) out.port.reset();
    if (out.link && out.link->index() == 0) out.link.reset();
    for (const MptcpFlag& flag : mptcp_flags)
        out.*flag.member = (address.flags.value_or(0) & flag.bit) != 0;
    return out;
}

inline void send_endpoint(netlink::Generic& generic,
                          std::uint8_t command,
                          const message::MptcpAddress& endpoint,
                          Failure& failure) {
    generic.request(
        {command, &message::generic_names<message::MptcpMessage>},
        [&](wire::Writer& w) { wire::write(w, message::MptcpMessage{endpoint}); },
        failure);
}

[[nodiscard]] inline std::vector<MptcpEndpoint> list_endpoints(netlink::Generic& generic,
                                                               Failure& failure) {
    std::vector<MptcpEndpoint> endpoints;
    for (const auto& one :
         generic.list<message::MptcpMessage>({MPTCP_PM_CMD_GET_ADDR}, {}, failure))
        if (one.endpoint) endpoints.push_back(endpoint_of(*one.endpoint));
    return endpoints;
}

}  // namespace detail

VETHPP_INLINE std::string MptcpEndpoint::to_string() const {
    std::string out = address ? address->to_string() : "";
    if (port) out += detail::concat({" port ", std::to_string(*port)});
    if (id) out += detail::concat({" id ", std::to_string(*id)});
    for (const detail::MptcpFlag& flag : detail::mptcp_flags)
        if (this->*flag.member) out += detail::concat({" ", flag.name});
    if (link) out += detail::concat({" dev ", link->to_string()});
    return address || out.empty() ? out : out.substr(1);
}

VETHPP_INLINE void MptcpEndpoints::add(const MptcpEndpoint& endpoint, OnError on_error) const {
    detail::attempt_generic(
        netns_,
        "add the MPTCP endpoint",
        endpoint.to_string(),
        detail::mptcp_family,
        on_error,
        [&](netlink::Generic& generic, Failure& failure) {
            if (!endpoint.address) failure.fail(errc::invalid_option, "an endpoint has an address");
            if (endpoint.address) detail::check_ip(*endpoint.address, failure);
            if (endpoint.link) detail::check_link(endpoint.link, netns_.resolve(failure), failure);
            detail::send_endpoint(
                generic, MPTCP_PM_CMD_ADD_ADDR, detail::message_of(endpoint), failure);
        });
}

VETHPP_INLINE void MptcpEndpoints::change(const MptcpEndpoint& endpoint, OnError on_error) const {
    detail::attempt_generic(netns_,
                            "change the MPTCP endpoint",
                            endpoint.to_string(),
                            detail::mptcp_family,
                            on_error,
                            [&](netlink::Generic& generic, Failure& failure) {
                                if (endpoint.address) detail::check_ip(*endpoint.address, failure);
                                message::MptcpAddress message = detail::message_of(endpoint);
                                detail::send_endpoint(
                                    generic, MPTCP_PM_CMD_SET_FLAGS, message, failure);
                            });
}

VETHPP_INLINE void MptcpEndpoints::remove(std::uint32_t id, OnError on_error) const {
    detail::attempt_generic(netns_,
                            "remove the MPTCP endpoint",
                            detail::concat({"id ", std::to_string(id)}),
                            detail::mptcp_family,
                            on_error,
                            [&](netlink::Generic& generic, Failure& failure) {
                                detail::send_endpoint(
                                    generic, MPTCP_PM_CMD_DEL_ADDR, {.id = id}, failure);
                            });
}

VETHPP_INLINE void MptcpEndpoints::remove(const IpAddress& address, OnError on_error) const {
    detail::attempt_generic(
        netns_,
        "remove the MPTCP endpoint",
        address.to_string(),
        detail::mptcp_family,
        on_error,
        [&](netlink::Generic& generic, Failure& failure) {
            detail::check_ip(address, failure);
            bool found = false;
            for (const MptcpEndpoint& one : detail::list_endpoints(generic, failure)) {
                if (one.address != address) continue;
                found = true;
                detail::send_endpoint(
                    generic, MPTCP_PM_CMD_DEL_ADDR, detail::message_of(one), failure);
            }
            if (!found && !failure) failure.fail_errno(ENOENT, "no endpoint has that address");
        });
}

VETHPP_INLINE void MptcpEndpoints::flush(OnError on_error) const {
    detail::attempt_generic(netns_,
                            "flush the MPTCP endpoints",
                            {},
                            detail::mptcp_family,
                            on_error,
                            [](netlink::Generic& generic, Failure& failure) {
                                generic.request({MPTCP_PM_CMD_FLUSH_ADDRS}, {}, failure);
                            });
}

VETHPP_INLINE std::vector<MptcpEndpoint> MptcpEndpoints::list(OnError on_error) const {
    std::vector<MptcpEndpoint> endpoints;
    detail::attempt_generic(netns_,
                            "list the MPTCP endpoints",
                            {},
                            detail::mptcp_family,
                            on_error,
                            [&](netlink::Generic& generic, Failure& failure) {
                                endpoints = detail::list_endpoints(generic, failure);
                                const detail::NetnsPtr state = netns_.resolve(failure);
                                if (failure) return;
                                netlink::LinkNames names{state->session};
                                for (MptcpEndpoint& one : endpoints) names.put(one.link);
                            });
    return endpoints;
}

VETHPP_INLINE MptcpLimits MptcpEndpoints::limits(OnError on_error) const {
    MptcpLimits limits;
    detail::attempt_generic(netns_,
                            "get the MPTCP limits",
                            {},
                            detail::mptcp_family,
                            on_error,
                            [&](netlink::Generic& generic, Failure& failure) {
                                bool good = true;
                                const auto keep = [&](wire::Bytes bytes) {
                                    good = wire::read(bytes, limits);
                                };
                                generic.request({MPTCP_PM_CMD_GET_LIMITS}, {}, keep, failure);
                                if (!good) failure.fail(errc::malformed_reply);
                            });
    return limits;
}

VETHPP_INLINE void MptcpEndpoints::set_limits(const MptcpLimits& limits, OnError on_error) const {
    detail::attempt_generic(netns_,
                            "set the MPTCP limits",
                            {},
                            detail::mptcp_family,
                            on_error,
                            [&](netlink::Generic& generic, Failure& failure) {
                                generic.request(
                                    {MPTCP_PM_CMD_SET_LIMITS, &message::generic_names<MptcpLimits>},
                                    [&](wire::Writer& w) { wire::write(w, limits); },
                                    failure);
                            });
}

}  // namespace vethpp
