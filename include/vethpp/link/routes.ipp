// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/routes.hpp>
#include <vethpp/netns/own_link.hpp>
#include <vethpp/netns/state.hpp>

#include <algorithm>

namespace vethpp::detail {

// The first address of a prefix.
[[nodiscard]] inline Prefix network_of(const Prefix& prefix) {
    const auto cut = [&](auto bytes) {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const std::size_t bits = prefix.length() > i * 8 ? prefix.length() - i * 8 : 0;
            if (bits < 8) bytes[i] = static_cast<unsigned char>(bytes[i] & (0xff00U >> bits));
        }
        return bytes;
    };
    if (prefix.is_v6())
        return {boost::asio::ip::address_v6{cut(prefix.address().to_v6().to_bytes())},
                prefix.length()};
    return {boost::asio::ip::address_v4{cut(prefix.address().to_v4().to_bytes())}, prefix.length()};
}

// The kernel refuses the one of IPv4, and cuts the one of IPv6.
inline void check_network(const Prefix& prefix, Failure& failure) {
    check_prefix(prefix, failure);
    if (failure) return;
    const Prefix network = network_of(prefix);
    if (network != prefix)
        failure.fail(errc::invalid_address,
                     concat({prefix.to_string(),
                             " is an address in ",
                             network.to_string(),
                             ", which is the network"}));
}

VETHPP_INLINE bool leads_on(RouteType type) noexcept {
    return type != RouteType::blackhole && type != RouteType::unreachable &&
           type != RouteType::prohibit && type != RouteType::throw_;
}

inline void check_gateway(const std::optional<IpAddress>& via,
                          const std::optional<LinkIndex>& link,
                          bool of_v6,
                          Failure& failure) {
    if (!via) return;
    check_ip(*via, failure);
    if (failure) return;
    if (of_v6 && !via->is_v6())
        failure.fail(errc::invalid_option, "an IPv6 route has no IPv4 gateway");
    if (via->is_v6() && via->to_v6().is_link_local() && !link)
        failure.fail(errc::invalid_option, "a link-local gateway needs its link (.link)");
}

inline void check_of_family(const Route& route, Failure& failure) {
    const bool v6 = route.is_v6();
    const char* problem = nullptr;
    if ((route.source && route.source->is_v6() != v6) || (route.from && route.from->is_v6() != v6))
        problem = "the source is of another family than the route";
    else if (!v6 && route.from)
        problem = "only an IPv6 route has a source prefix (.from)";
    else if (!v6 && route.preference)
        problem = "only an IPv6 route has a preference";
    else if (!v6 && route.expires)
        problem = "only an IPv6 route expires";
    else if (v6 && route.tos)
        problem = "only an IPv4 route has a type of service (.tos)";
    if (problem != nullptr) failure.fail(errc::invalid_option, problem);
}

VETHPP_INLINE void check_route(const Route& route, Failure& failure) {
    if (failure) return;
    if (route.destination) check_network(*route.destination, failure);
    if (route.from) check_network(*route.from, failure);
    if (route.source) check_ip(*route.source, failure);
    check_gateway(route.via, route.link, route.is_v6(), failure);
    for (const RouteNexthop& way : route.nexthops)
        check_gateway(way.via, way.link, route.is_v6(), failure);
    if (failure) return;
    check_of_family(route, failure);
    const RouteType type = route.type.value_or(RouteType::unicast);
    const bool one = route.via || route.link;
    if (one + (route.nexthops.empty() ? 0 : 1) + route.nexthop_id.has_value() > 1)
        failure.fail(errc::invalid_option,
                     "its way is one (.via, .link), several (.nexthops), or a nexthop object");
    if (!leads_on(type) && (route.via || !route.nexthops.empty()))
        failure.fail(errc::invalid_option,
                     concat({"a route of type ", to_string(type), " has no gateway"}));
    if (type == RouteType::unicast && !one && route.nexthops.empty() && !route.nexthop_id)
        failure.fail(errc::invalid_option, "it needs a gateway (.via) or a link (.link)");
}

inline void check_links(const Route& route, const NetnsPtr& netns, Failure& failure) {
    check_link(route.link, netns, failure);
    for (const RouteNexthop& way : route.nexthops) check_link(way.link, netns, failure);
}

// What is known of a refusal, also where the kernel has its own words for it.
[[nodiscard]] inline std::string why_refused(const Route& route,
                                             netlink::RouteChange change,
                                             error_code code) {
    namespace kernel = boost::system::errc;
    const bool removes = change == netlink::RouteChange::remove;
    const bool unreachable =
        code == kernel::network_unreachable || code == kernel::host_unreachable;
    if (code == kernel::no_such_process || (removes && code == kernel::no_such_file_or_directory))
        return "there is no such route";
    if (code == kernel::file_exists) return "there is one to that destination with that metric";
    if (code == kernel::network_down) return "the link is down";
    if (unreachable && route.link && route.via)
        return concat({"the gateway is in no network of ", route.link->to_string()});
    if (unreachable) return "no link of the namespace leads to the gateway";
    if (code == kernel::permission_denied && route.is_v6()) return "IPv6 is disabled on the link";
    if (code == kernel::no_such_device) return "there is no such link";
    return {};
}

VETHPP_INLINE void change_routes(const NetnsPtr& netns,
                                 netlink::RouteChange change,
                                 std::span<const Route> routes,
                                 Failure& failure) {
    const bool removes = change == netlink::RouteChange::remove;
    for (const Route& route : routes) {
        if (failure) return;
        // What is removed need only be found.
        if (!removes) check_route(route, failure);
        for (const auto* prefix : {&route.destination, &route.from})
            if (removes && *prefix) check_prefix(**prefix, failure);
        for (const auto* address : {&route.via, &route.source})
            if (removes && *address) check_ip(**address, failure);
        check_links(route, netns, failure);
        if (failure) failure.context.object = route.to_string();
    }
    std::size_t refused = 0;
    std::string first;
    std::string hint;
    const auto on_refused = [&](const Route& route, const Failure& one) {
        if (refused++ != 0) return;
        first = route.to_string();
        hint = why_refused(route, change, one.code);
    };
    netlink::change_routes(netns->session, change, routes, on_refused, failure);
    if (refused == 0) return;
    failure.context.object = std::move(first);
    if (failure.context.hint.empty()) failure.context.hint = std::move(hint);
    if (refused == 1) return;
    std::string& more = failure.context.hint;
    if (!more.empty()) more += "; ";
    more += concat({"and ", std::to_string(refused - 1), " more"});
}

}  // namespace vethpp::detail
