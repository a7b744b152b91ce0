// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/random.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/message/route_query.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/ping/exchange.hpp>
#include <vethpp/ping/socket.hpp>
#include <vethpp/value/attempt.hpp>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <linux/rtnetlink.h>
#include <string>

namespace vethpp {
namespace detail {

/// The index of the link that a %scope names, by name or by number; 0 without a failure if it is
/// neither needed nor given.
[[nodiscard]] inline std::uint32_t ping_scope(const NetnsRef& from,
                                              const PingTarget& target,
                                              Failure& failure) {
    if (failure) return 0;
    if (!target.scope.empty()) {
        const NetnsPtr netns = from.resolve(failure);
        if (failure) return 0;
        Failure unknown;
        std::uint32_t index =
            netlink::look_up(netns->session, {.name = target.scope}, unknown).index;
        const char* const end = target.scope.data() + target.scope.size();
        if (unknown && std::from_chars(target.scope.data(), end, index).ptr == end && index != 0) {
            unknown = {};
            netlink::check_exists(netns->session, {.index = index}, unknown);
        }
        failure.fail(unknown.code, concat({"the scope ", target.scope, " is no link there"}));
        return failure ? 0 : index;
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
    if (options.source && options.source->is_v4() != target.address.is_v4())
        failure.fail(
            errc::invalid_address,
            concat({"the source ", options.source->to_string(), " is of the other IP version"}));
}

/// What the kernel says of a route that is a blackhole, rather than of one that it knows.
[[nodiscard]] inline bool is_blackhole(const NetnsRef& from,
                                       const IpAddress& target,
                                       std::uint32_t scope) {
    Failure answer;
    const NetnsPtr netns = from.resolve(answer);
    if (answer) return true;
    static constexpr netlink::RequestType type{.type = RTM_GETROUTE};
    const auto ask = [&](wire::Writer& w) { message::write_route_query(w, target, scope); };
    netns->session.request(type, ask, answer);
    return answer.code.failed();
}

/// Why the kernel refuses to send from here to there; what else can be wrong is checked before.
[[nodiscard]] inline std::string ping_refusal(int error,
                                              const NetnsRef& from,
                                              const IpAddress& address,
                                              std::uint32_t scope,
                                              std::string_view target) {
    const std::string_view netns = from.label();
    // Of neighbours there is one table, for all namespaces. IPv6 calls a full one an invalid
    // argument.
    const auto full = [&](std::string_view queue) {
        return concat({"no room in ",
                       queue,
                       "the table of neighbours, which all namespaces of the machine share (net.",
                       address.is_v6() ? "ipv6" : "ipv4",
                       ".neigh.default.gc_thresh3 of the first one)"});
    };
    switch (error) {
        case ENETUNREACH:
        case EHOSTUNREACH:
        case ENETDOWN:
        case EADDRNOTAVAIL:  // IPv6: no address to send from
            return concat({"there is no route to ", target, " from ", netns});
        case EACCES:
            return concat({"the route to ", target, " from ", netns, " prohibits it"});
        case EINVAL:
            if (address.is_v6() && !is_blackhole(from, address, scope)) return full("");
            return concat({"the route to ", target, " from ", netns, " is a blackhole"});
        case ENOBUFS:
            return full("the queue of the link, or in ");
        case EPERM:
            return concat({"a packet filter in ", netns, " refuses it"});
        default:
            return {};
    }
}

inline void run_ping(PingSocket& socket, PingExchange& exchange) {
    for (;;) {
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
                return;
        }
    }
}

[[nodiscard]] inline PingResult ping(const NetnsRef& from,
                                     const PingTarget& target,
                                     std::string_view destination,
                                     const PingOptions& options,
                                     Failure& failure) {
    PingResult result;
    result.destination = destination;
    check_ping_options(options, failure);
    check_ping_source(target, options, failure);
    const std::uint32_t scope = ping_scope(from, target, failure);
    if (failure) return result;

    PingSocket socket{from, target.address, scope, options, failure};
    if (failure) return result;
    PingExchange exchange{options, socket.framing(), socket.ident(), random_bits()};
    run_ping(socket, exchange);
    if (const error_code refusal = exchange.refusal())
        failure.fail(refusal,
                     ping_refusal(refusal.value(), from, target.address, scope, destination));
    result = exchange.result(PingExchange::Clock::now());
    result.destination = destination;
    return result;
}

}  // namespace detail

VETHPP_INLINE PingResult ping(const NetnsRef& from,
                              std::string_view destination,
                              const PingOptions& options,
                              OnError on_error) {
    const std::string object = detail::quoted(destination);
    return detail::attempt({"ping", object, from.label()}, on_error, [&](Failure& failure) {
        const detail::PingTarget target = detail::parse_ping_target(destination, failure);
        return detail::ping(from, target, destination, options, failure);
    });
}

VETHPP_INLINE PingResult ping(const NetnsRef& from,
                              const boost::asio::ip::address& destination,
                              const PingOptions& options,
                              OnError on_error) {
    // Asio would print the scope as the name that the index has in the caller's namespace.
    detail::PingTarget target{.address = detail::unmapped(destination)};
    std::string text = destination.to_string();
    if (destination.is_v6() && destination.to_v6().scope_id() != 0) {
        target.scope = std::to_string(destination.to_v6().scope_id());
        text = detail::concat({text.substr(0, text.find('%')), "%", target.scope});
    }
    return detail::attempt({"ping", text, from.label()}, on_error, [&](Failure& failure) {
        return detail::ping(from, target, text, options, failure);
    });
}

}  // namespace vethpp
