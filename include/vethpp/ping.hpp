// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/text.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping/exchange.hpp>
#include <vethpp/ping/options.hpp>
#include <vethpp/ping/result.hpp>
#include <vethpp/ping/socket.hpp>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace vethpp {
namespace detail {

/// The index of the link that a %scope names, by name or by number; 0 without a failure if it is
/// neither needed nor given.
[[nodiscard]] inline std::uint32_t ping_scope(const Netns& from,
                                              const PingTarget& target,
                                              Failure& failure) {
    if (!target.scope.empty()) {
        error_code ec;
        std::uint32_t index = from.link(target.scope, ec).index();
        const char* const end = target.scope.data() + target.scope.size();
        if (ec && std::from_chars(target.scope.data(), end, index).ptr == end)
            index = from.link(index, ec).index();
        failure.fail(ec);
        if (ec) failure.context.hint = concat({"the scope ", target.scope, " is no link there"});
        return index;
    }
    if (target.address.is_v6()) {
        const auto v6 = target.address.to_v6();
        if (v6.is_link_local() || v6.is_multicast_link_local())
            failure.fail(errc::invalid_address,
                         "a link-local address needs the link as scope, as in fe80::1%veth0");
    }
    return 0;
}

inline void check_ping_source(const PingTarget& target,
                              const PingOptions& options,
                              Failure& failure) {
    if (!failure && options.source && options.source->is_v4() != target.address.is_v4())
        failure.fail(
            errc::invalid_address,
            concat({"the source ", options.source->to_string(), " is of the other IP version"}));
}

/// Why the kernel refuses to send from here to there; what else can be wrong is checked before.
[[nodiscard]] inline std::string ping_refusal(int error,
                                              std::string_view target,
                                              std::string_view netns) {
    switch (error) {
        case ENETUNREACH:
        case EHOSTUNREACH:
        case ENETDOWN:
        case EADDRNOTAVAIL:  // IPv6: no address to send from
            return concat({"there is no route to ", target, " from ", netns});
        case EACCES:
            return concat({"the route to ", target, " from ", netns, " prohibits it"});
        case EINVAL:
            return concat({"the route to ", target, " from ", netns, " is a blackhole"});
        case EPERM:
            return concat({"a packet filter in ", netns, " refuses it"});
        default:
            return {};
    }
}

[[nodiscard]] inline PingResult ping(const Netns& from,
                                     const PingTarget& target,
                                     std::string_view destination,
                                     const PingOptions& options,
                                     Failure& failure) {
    PingResult result;
    result.destination = destination;
    check_ping_options(options, failure);
    check_ping_source(target, options, failure);
    std::uint32_t scope = 0;
    if (!failure) scope = ping_scope(from, target, failure);
    if (failure) return result;

    PingSocket socket{NetnsRef{from}.state(), target.address, scope, options, failure};
    if (failure) return result;
    PingExchange exchange{options, socket.framing(), socket.ident(), random_bits()};
    for (bool done = false; !done;) {
        const auto now = PingExchange::Clock::now();
        socket.drain(exchange);
        switch (exchange.next(now)) {
            case PingExchange::Step::send:
                socket.send(exchange);
                break;
            case PingExchange::Step::wait:
                socket.wait(exchange.wake());
                break;
            case PingExchange::Step::done:
                done = true;
                break;
        }
    }
    if (const error_code refusal = exchange.refusal()) {
        failure.fail(refusal);
        failure.context.hint = ping_refusal(refusal.value(), destination, from.label());
    }
    result = exchange.result(PingExchange::Clock::now());
    result.destination = destination;
    return result;
}

inline void describe_ping(const Netns& from, std::string object, Failure& failure) {
    if (!failure) return;
    failure.context.operation = "ping";
    failure.context.object = std::move(object);
    failure.context.netns = from.label();
}

}  // namespace detail

/// Sends ICMP or ICMPv6 echo requests from inside a namespace and collects the replies, in this
/// process and on this thread.
///
/// The destination is an address, IPv6 link-local ones with a link of that namespace as scope
/// ("fe80::1%veth0"). **Blocking.** Until every request is answered or reported unreachable, at
/// most (count - 1) intervals and one timeout. **Errors.** Loss is none: see PingResult::outcome().
/// An Error is bad input, no permission, or a kernel that refuses to send, such as ENETUNREACH
/// where there is no route. Needs a group within net.ipv4.ping_group_range, or CAP_NET_RAW.
inline PingResult ping(const Netns& from,
                       std::string_view destination,
                       const PingOptions& options = {},
                       OnError on_error = {}) {
    Failure failure;
    PingResult result;
    result.destination = destination;
    const detail::PingTarget target = detail::parse_ping_target(destination, failure);
    if (!failure) result = detail::ping(from, target, destination, options, failure);
    detail::describe_ping(from, detail::quoted(destination), failure);
    on_error(std::move(failure));
    return result;
}

/// The same; the scope of an IPv6 address is the index of a link of that namespace.
inline PingResult ping(const Netns& from,
                       const IpAddress& destination,
                       const PingOptions& options = {},
                       OnError on_error = {}) {
    // Asio would print the scope as the name that the index has in the caller's namespace.
    detail::PingTarget target{.address = detail::unmapped(destination)};
    std::string text = destination.to_string();
    if (destination.is_v6() && destination.to_v6().scope_id() != 0) {
        target.scope = std::to_string(destination.to_v6().scope_id());
        text = detail::concat({text.substr(0, text.find('%')), "%", target.scope});
    }
    Failure failure;
    PingResult result = detail::ping(from, target, text, options, failure);
    detail::describe_ping(from, text, failure);
    on_error(std::move(failure));
    return result;
}

}  // namespace vethpp
