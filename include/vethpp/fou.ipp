// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/fou.hpp>
#include <vethpp/message/fou.hpp>
#include <vethpp/netlink/link_names.hpp>
#include <vethpp/netns/attempt_generic.hpp>
#include <vethpp/netns/own_link.hpp>
#include <vethpp/netns/state.hpp>

#include <sys/socket.h>

namespace vethpp {
namespace detail {

inline constexpr netlink::GenericFamily fou_family{.name = FOU_GENL_NAME,
                                                   .needs = "its module, fou, is not loaded"};

// What tells one port from another.
[[nodiscard]] inline message::FouMessage message_of(const FouPort& port) {
    message::FouMessage out{.port = port.port,
                            .family = port.ipv6 ? AF_INET6 : AF_INET,
                            .peer_port = port.peer_port,
                            .link = port.link};
    if (port.local) (port.ipv6 ? out.local_v6 : out.local_v4) = port.local;
    if (port.peer) (port.ipv6 ? out.peer_v6 : out.peer_v4) = port.peer;
    return out;
}

[[nodiscard]] inline FouPort port_of(const message::FouMessage& message) {
    const auto given = [](const std::optional<IpAddress>& v4, const std::optional<IpAddress>& v6) {
        const auto& address = v4 ? v4 : v6;
        return address && !address->is_unspecified() ? address : std::optional<IpAddress>{};
    };
    FouPort out{.port = message.port,
                .encapsulation = static_cast<FouEncapsulation>(message.type.value_or(0)),
                .ipv6 = message.family == AF_INET6,
                .local = given(message.local_v4, message.local_v6),
                .peer = given(message.peer_v4, message.peer_v6)};
    // The kernel says 0 for what there is none of.
    if (message.protocol.value_or(0) != 0) out.protocol = message.protocol;
    if (message.peer_port.value_or(0) != 0) out.peer_port = message.peer_port;
    if (message.link && message.link->index() != 0) out.link = message.link;
    return out;
}

inline void check_fou(const FouPort& port, const NetnsRef& netns, Failure& failure) {
    if (!port.port || *port.port == 0) failure.fail(errc::invalid_option, "it is 1 to 65535");
    for (const auto& address : {port.local, port.peer}) {
        if (!address) continue;
        check_ip(*address, failure);
        if (address->is_v6() != port.ipv6)
            failure.fail(errc::invalid_option,
                         port.ipv6 ? "an IPv6 port has IPv6 addresses"
                                   : "an IPv4 port has IPv4 addresses (.ipv6)");
    }
    if (port.link) check_link(port.link, netns.resolve(failure), failure);
}

}  // namespace detail

VETHPP_INLINE std::string FouPort::to_string() const {
    std::string out = "port " + (port ? std::to_string(*port) : std::string{"?"});
    if (encapsulation == FouEncapsulation::gue) out += " gue";
    if (protocol) out += detail::concat({" ipproto ", std::to_string(*protocol)});
    if (ipv6) out += " -6";
    if (local) out += detail::concat({" local ", local->to_string()});
    if (peer) out += detail::concat({" peer ", peer->to_string()});
    if (peer_port) out += detail::concat({" peer_port ", std::to_string(*peer_port)});
    if (link) out += detail::concat({" dev ", link->to_string()});
    return out;
}

VETHPP_INLINE void FouPorts::add(const FouPort& port, OnError on_error) const {
    detail::attempt_generic(netns_,
                            "add the FOU port",
                            port.to_string(),
                            detail::fou_family,
                            on_error,
                            [&](netlink::Generic& generic, Failure& failure) {
                                detail::check_fou(port, netns_, failure);
                                const bool gue = port.encapsulation == FouEncapsulation::gue;
                                if (gue == port.protocol.has_value())
                                    failure.fail(errc::invalid_option,
                                                 gue ? "with GUE the packets say the protocol"
                                                     : "a protocol is needed, or GUE");
                                message::FouMessage message = detail::message_of(port);
                                message.protocol = port.protocol;
                                message.type = static_cast<std::uint8_t>(
                                    port.encapsulation.value_or(FouEncapsulation::direct));
                                generic.request(
                                    {FOU_CMD_ADD, &message::generic_names<message::FouMessage>},
                                    [&](wire::Writer& w) { wire::write(w, message); },
                                    failure);
                                if (failure.code == boost::system::errc::address_in_use)
                                    failure.explain("it is one already, or another socket has it");
                            });
}

VETHPP_INLINE void FouPorts::remove(const FouPort& port, OnError on_error) const {
    detail::attempt_generic(
        netns_,
        "remove the FOU port",
        port.to_string(),
        detail::fou_family,
        on_error,
        [&](netlink::Generic& generic, Failure& failure) {
            detail::check_fou(port, netns_, failure);
            generic.request(
                {FOU_CMD_DEL, &message::generic_names<message::FouMessage>},
                [&](wire::Writer& w) { wire::write(w, detail::message_of(port)); },
                failure);
            if (failure.code == boost::system::errc::invalid_argument)
                failure.explain("there is no such port");
        });
}

VETHPP_INLINE std::vector<FouPort> FouPorts::list(OnError on_error) const {
    std::vector<FouPort> ports;
    detail::attempt_generic(netns_,
                            "list the FOU ports",
                            {},
                            detail::fou_family,
                            on_error,
                            [&](netlink::Generic& generic, Failure& failure) {
                                const auto found =
                                    generic.list<message::FouMessage>({FOU_CMD_GET}, {}, failure);
                                const detail::NetnsPtr state = netns_.resolve(failure);
                                if (failure) return;
                                netlink::LinkNames names{state->session};
                                for (const message::FouMessage& one : found)
                                    names.put(ports.emplace_back(detail::port_of(one)).link);
                            });
    return ports;
}

}  // namespace vethpp
