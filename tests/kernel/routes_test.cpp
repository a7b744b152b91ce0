// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/oracle.hpp"
#include "support/patience.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/kinds/macvlan.hpp>
#include <vethpp/message/route_message.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/routes.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <netinet/in.h>
#include <sstream>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;
using Texts = std::vector<std::string>;

void set_sysctl(const Netns& netns, const std::string& key, const std::string& value) {
    netns.run([&] {
        std::ofstream file{"/proc/sys/net/" + key};
        file << value;
        file.flush();
        INFO(key);
        REQUIRE(file.good());
    });
}

void forward(const Netns& netns) {
    set_sysctl(netns, "ipv4/conf/all/forwarding", "1");
    set_sysctl(netns, "ipv6/conf/all/forwarding", "1");
}

// A client and a server with one network in common, or two.
struct Fixture {
    Netns client = Netns::create("client");
    Netns server = Netns::create("server");
    VethPair one = pair("eth0", "10.0.1.", "fd00:1::");
    VethPair two = pair("eth1", "10.0.2.", "fd00:2::");
    Routes routes{client};

    Fixture() {
        one.wait_ready(long_enough);
        two.wait_ready(long_enough);
    }
    [[nodiscard]] VethPair pair(const char* name,
                                const std::string& v4,
                                const std::string& v6) const {
        return {
            {.netns = client, .name = name, .addresses = {v4 + "2/24", v6 + "2/64"}, .up = true},
            {.netns = server, .name = name, .addresses = {v4 + "1/24", v6 + "1/64"}, .up = true}};
    }
};

// Those that are not the kernel's own.
Texts added(const Netns& netns, const RouteFilter& filter = {}) {
    Texts found;
    for (const Route& route : Routes{netns}.list(filter))
        if (route.protocol != RTPROT_KERNEL) found.push_back(route.to_string());
    return found;
}

Texts texts(const std::vector<Route>& routes) {
    Texts found;
    for (const Route& route : routes) found.push_back(route.to_string());
    return found;
}

// What `ip` prints, a route a line: it puts each way of several on a line of its own.
Texts printed_by_ip(const Netns& netns, const std::string& arguments) {
    Texts lines;
    std::istringstream output{shell(netns, "ip " + arguments).text};
    for (std::string line; std::getline(output, line);) {
        const bool continues = line.starts_with('\t');
        std::istringstream in{line};
        line.clear();
        for (std::string word; in >> word;) line += (line.empty() ? "" : " ") + word;
        if (continues && !lines.empty())
            lines.back() += ' ' + line;
        else
            lines.push_back(line);
    }
    return lines;
}

}  // namespace

TEST_CASE("routes: through three routers, IPv4 and IPv6, by the options of links",
          "[kernel][routes]") {
    const auto client = Netns::create("client");
    const auto server = Netns::create("server");
    const Netns routers[] = {Netns::create("r1"), Netns::create("r2"), Netns::create("r3")};
    for (const Netns& router : routers) forward(router);
    // From left to right, each knows the way onwards; the way back is that of the other end.
    const auto end =
        [](const Netns& netns, const char* name, int network, int host, Texts gateways) {
            const std::string n = std::to_string(network);
            const std::string h = std::to_string(host);
            LinkOptions options{
                .netns = netns,
                .name = name,
                .addresses = {"10.0." + n + "." + h + "/24", "fd00:" + n + "::" + h + "/64"},
                .up = true};
            for (const std::string& to : gateways) {
                const std::string other = std::to_string(3 - host);
                options.routes.push_back(
                    {.destination = "10.0." + to + ".0/24", .via = "10.0." + n + "." + other});
                options.routes.push_back(
                    {.destination = "fd00:" + to + "::/64", .via = "fd00:" + n + "::" + other});
            }
            return options;
        };
    const VethPair pairs[] = {
        {end(client, "eth0", 1, 1, {"2", "3", "4"}), end(routers[0], "left", 1, 2, {})},
        {end(routers[0], "right", 2, 1, {"3", "4"}), end(routers[1], "left", 2, 2, {"1"})},
        {end(routers[1], "right", 3, 1, {"4"}), end(routers[2], "left", 3, 2, {"1", "2"})},
        {end(routers[2], "right", 4, 1, {}), end(server, "eth0", 4, 2, {"1", "2", "3"})}};
    for (const VethPair& pair : pairs) pair.wait_ready(long_enough);
    for (const char* to : {"10.0.4.2", "fd00:4::2"})
        CHECK(ping(client, to, {.timeout = long_enough}).received == 1);
    const RoutePath way = Routes{client}.find("fd00:4::2");
    CHECK(way.via == IpAddress{"fd00:1::2"});
    CHECK(way.link == pairs[0].first());
    CHECK(way.source == IpAddress{"fd00:1::1"});
    CHECK(way.mtu == 1500);
}

TEST_CASE("routes: in the options, or neither they nor the link", "[kernel][routes]") {
    const auto here = Netns::create("here");
    const auto there = Netns::create("there");
    {
        const VethPair pair{
            {.netns = here,
             .name = "eth0",
             .addresses = {"10.0.1.2/24", "fd00:1::2/64"},
             .routes = {{.via = "10.0.1.1"},
                        {.via = "fd00:1::1", .metrics = {.mtu = 1300}},
                        {.destination = "10.9.0.0/16",
                         .metric = 7,
                         .nexthops = {{.via = "10.0.1.7"}, {.via = "10.0.1.8", .weight = 2}}},
                        {.destination = "fd09::/64", .via = "fe80::1", .table = 1000},
                        {.destination = "10.8.0.0/16", .via = "10.7.0.1", .onlink = true}},
             .up = true},
            {.netns = there,
             .name = "eth1",
             .addresses = {"10.0.1.1/24"},
             .routes = {{.destination = "10.9.0.0/16", .source = "10.0.1.1"}},
             .up = true}};
        pair.wait_ready(long_enough);
        CHECK(added(here) ==
              Texts{"default via 10.0.1.1 dev eth0",
                    "10.8.0.0/16 via 10.7.0.1 dev eth0 onlink",
                    "10.9.0.0/16 metric 7 nexthop via 10.0.1.7 dev eth0 weight 1 nexthop via "
                    "10.0.1.8 dev eth0 weight 2",
                    "default via fd00:1::1 dev eth0 metric 1024 mtu 1300 pref medium"});
        CHECK(added(here, {.table = 1000}) ==
              Texts{"fd09::/64 via fe80::1 dev eth0 table 1000 metric 1024 pref medium"});
        CHECK(added(there) == Texts{"10.9.0.0/16 dev eth1 scope link src 10.0.1.1"});
    }
    CHECK(added(here, {.table = 0}).empty());

    const Bridge bridge{{.netns = here,
                         .name = "br0",
                         .addresses = {"10.2.0.1/24", "fd02::1/64"},
                         .routes = {{.via = "10.2.0.2"}, {.via = "fd02::2"}},
                         .up = true}};
    CHECK(added(here) == Texts{"default via 10.2.0.2 dev br0 linkdown",
                               "default via fd02::2 dev br0 metric 1024 linkdown pref medium"});

    struct Row {
        Route route;
        bool up;
        const char* sentence;
    };
    const Row rows[] = {
        {{.via = "10.7.0.1"},
         true,
         "eth0, default via 10.7.0.1 dev eth0 (second end) in here: Network is unreachable (the "
         "gateway is "
         "in no network of eth0); kernel: Nexthop has invalid gateway"},
        {{.via = "fd07::1"},
         true,
         "eth0, default via fd07::1 dev eth0 (second end) in here: No route to host (the gateway "
         "is in no network of eth0)"},
        {{.via = "10.0.1.1"},
         false,
         "eth0, default via 10.0.1.1 (second end) in here: invalid option (a route needs its link "
         "to be up (.up = true))"},
        {{.destination = "10.7.0.0/16", .type = RouteType::blackhole},
         true,
         "eth0, blackhole 10.7.0.0/16 (second end) in here: invalid option (it goes by no link; "
         "Routes adds it)"},
        {{.destination = "10.7.0.0/16", .nexthop_id = 7},
         true,
         "eth0, 10.7.0.0/16 nhid 7 (second end) in here: invalid option (it goes by no link; "
         "Routes adds it)"},
        {{.destination = "10.7.0.0/16", .link = bridge},
         true,
         "eth0, 10.7.0.0/16 dev br0 (second end) in here: invalid option (it goes by another link; "
         "Routes adds it)"},
        {{.via = "nowhere"},
         true,
         "eth0, default via \"nowhere\" (second end) in here: invalid address (\"nowhere\" is no "
         "IPv4 or IPv6 address)"},
    };
    for (const Row& row : rows) {
        const Error error = failure_of([&](OnError e) {
            const VethPair pair{{.netns = there, .name = "eth1", .up = true},
                                {.netns = here,
                                 .name = "eth0",
                                 .addresses = {"10.0.1.2/24", "fd00:1::2/64"},
                                 .routes = {{.destination = "10.5.0.0/16"}, row.route},
                                 .up = row.up},
                                e};
        });
        // The first of two routes, where nothing else is wrong.
        if (row.up)
            CHECK(std::string{error.what()}.starts_with(std::string{"create the veth pair: "} +
                                                        row.sentence));
        CHECK(names(here) == Names{"br0"});
        CHECK(names(there).empty());
        CHECK(added(here, {.family = Family::ipv4}).size() == 1);
    }
    const Error down = failure_of([&](OnError e) {
        const Macvlan link{
            {.netns = here, .name = "m0", .routes = {{.via = "10.0.0.1"}}}, {.lower = bridge}, e};
    });
    CHECK_THAT(down.what(),
               contains("m0, default via 10.0.0.1 in here: invalid option (a route needs its link "
                        "to be up (.up = true))"));
    const Error without = failure_of([&](OnError e) {
        const Bridge link{{.netns = here,
                           .name = "b1",
                           .routes = {{.via = "fd00::1"}},
                           .up = true,
                           .ipv6 = false},
                          {},
                          e};
    });
    CHECK_THAT(without.what(), contains("an IPv6 route without IPv6"));
}

TEST_CASE("routes: wait_ready covers those of the options", "[kernel][routes]") {
    const auto here = Netns::create("here");
    const auto there = Netns::create("there");
    VethPair pair{{.netns = here,
                   .name = "eth0",
                   .addresses = {"10.0.1.2/24", "fd00:1::2/64"},
                   .routes = {{.via = "10.0.1.1"}, {.via = "fd00:1::1"}},
                   .up = true},
                  {.netns = there, .name = "eth1", .up = true}};
    const Routes routes{here};
    pair.wait_ready(long_enough);
    const auto sentence = [&] {
        return std::string{failure_of([&](OnError e) { pair.wait_ready(1ms, e); }).what()};
    };
    routes.remove({.via = "10.0.1.1"});
    CHECK(
        sentence() ==
        "wait until the veth pair is ready: not ready before the deadline (eth0 in here: the route "
        "default via 10.0.1.1 dev eth0 is not there)");
    CHECK_THAT(failure_of([&](OnError e) { pair.first().wait_ready(1ms, e); }).what(),
               contains("the route default via 10.0.1.1 dev eth0 is not there"));
    // Another one to there will do.
    routes.add({.via = "10.0.1.7"});
    pair.wait_ready(long_enough);
    // They go when the link goes down, and then nobody waits for them.
    pair.first().set_down();
    pair.first().wait_ready(long_enough);
    pair.first().set_up();
    CHECK_THAT(sentence(), contains("default via 10.0.1.1"));
    // Whoever waits sees them come.
    std::thread late{[&] {
        std::this_thread::sleep_for(20ms);
        pair.first().replace_address("fd00:1::2/64");
        routes.replace({.via = "10.0.1.1"});
        routes.replace({.via = "fd00:1::1"});
    }};
    pair.wait_ready(long_enough);
    late.join();
    // Elsewhere there are none.
    pair.first().move_to(there, "eth0");
    pair.first().set_up();
    pair.wait_ready(long_enough);
}

TEST_CASE("routes: added, replaced, appended, removed, in any table", "[kernel][routes]") {
    const Fixture f;
    const Route route{.destination = "192.168.0.0/16", .via = "10.0.1.1", .table = 1'000'000};
    f.routes.add(route);
    CHECK(added(f.client).empty());
    const RouteFilter there{.table = 1'000'000};
    CHECK(added(f.client, there) == Texts{"192.168.0.0/16 via 10.0.1.1 dev eth0 table 1000000"});
    check_error(
        failure_of([&](OnError e) { f.routes.add(route, e); }),
        EEXIST,
        "add the route: 192.168.0.0/16 via 10.0.1.1 table 1000000 in client: File exists (there is "
        "one to that destination with that metric)");
    Route other = route;
    other.via = "10.0.1.7";
    f.routes.replace(other);
    CHECK(added(f.client, there) == Texts{"192.168.0.0/16 via 10.0.1.7 dev eth0 table 1000000"});
    check_error(
        failure_of([&](OnError e) { f.routes.remove(route, e); }),
        ESRCH,
        "remove the route: 192.168.0.0/16 via 10.0.1.1 table 1000000 in client: No such process "
        "(there is no such route)");
    f.routes.append(route);
    CHECK(added(f.client, there).size() == 2);
    f.routes.remove(route);
    f.routes.remove({.destination = "192.168.0.0/16", .table = 1'000'000});
    CHECK(added(f.client, there).empty());
    f.routes.add({.destination = "fd09::/64", .via = "fd00:1::1"});
    f.routes.append({.destination = "fd09::/64", .via = "fd00:2::1"});
    CHECK(added(f.client) == Texts{"fd09::/64 metric 1024 pref medium nexthop via fd00:1::1 dev "
                                   "eth0 weight 1 nexthop via fd00:2::1 dev eth1 weight 1"});
    f.routes.remove({.destination = "fd09::/64"});
    CHECK(added(f.client).empty());
}

TEST_CASE("routes: printed as ip(8) prints them", "[kernel][routes]") {
    const Fixture f;
    need(f.client, "ip");
    const std::vector<Route> all{
        {.via = "10.0.1.1"},
        {.via = "fd00:1::1", .expires = 1000s},
        {.destination = "10.9.0.0/16",
         .link = f.one.first(),
         .metric = 50,
         .source = "10.0.1.2",
         .tos = 0x10},
        {.destination = "10.9.0.1",
         .via = "10.0.1.1",
         .protocol = RTPROT_STATIC,
         .metrics = {.locks = 1U << RTAX_MTU,
                     .mtu = 1400,
                     .advmss = 1300,
                     .hoplimit = 9,
                     .initcwnd = 20,
                     .features = RTAX_FEATURE_ECN,
                     .rto_min = 300ms,
                     .initrwnd = 30,
                     .quickack = 1,
                     .congestion_control = "reno"}},
        {.destination = "10.10.0.0/16", .type = RouteType::blackhole},
        {.destination = "10.11.0.0/16", .type = RouteType::unreachable},
        {.destination = "10.12.0.0/16", .table = 77, .type = RouteType::throw_},
        {.destination = "10.13.0.0/16", .type = RouteType::prohibit, .protocol = RTPROT_BGP},
        {.destination = "10.14.0.0/16", .via = "fe80::1", .link = f.two.first()},
        {.destination = "10.15.0.0/16",
         .nexthops = {{.via = "10.0.1.1"},
                      {.via = "10.0.2.9", .weight = 5},
                      {.via = "10.44.0.1", .link = f.two.first(), .onlink = true}}},
        {.destination = "fd09::/64",
         .nexthops = {{.via = "fd00:1::1"}, {.via = "fd00:2::1", .weight = 256}}},
        {.destination = "fd0a::/64", .via = "fd00:1::1", .preference = RoutePreference::high},
        {.destination = "fd0b::/64", .type = RouteType::unreachable},
        {.destination = "10.16.0.7", .link = f.one.first(), .type = RouteType::local},
        {.destination = "10.17.0.0/16", .link = f.one.first(), .type = RouteType::multicast},
    };
    f.routes.add(all);
    const auto without_time = [](Texts lines) {
        for (std::string& line : lines)
            if (const auto at = line.find("expires "); at != line.npos)
                line.erase(at + 8, line.find("sec", at) - at - 8);
        return lines;
    };
    for (const auto& [words, family] : {std::pair{"-4", Family::ipv4}, {"-6", Family::ipv6}}) {
        const std::string ip = words;
        CHECK(without_time(texts(f.routes.list({.family = family}))) ==
              without_time(printed_by_ip(f.client, ip + " route show")));
        CHECK(without_time(texts(f.routes.list({.family = family, .table = 0}))) ==
              without_time(printed_by_ip(f.client, ip + " route show table all")));
    }
    // What was added is what is read, but for what the kernel fills in.
    const std::vector<Route> listed = f.routes.list();
    for (const Route& route : all) {
        if (route.table || route.type == RouteType::local) continue;
        INFO(route);
        const auto is_it = [&](const Route& one) {
            return one.destination == route.destination && one.is_v6() == route.is_v6();
        };
        const auto found = std::find_if(listed.begin(), listed.end(), is_it);
        REQUIRE(found != listed.end());
        CHECK(found->type == route.type.value_or(RouteType::unicast));
        CHECK(
            (found->via == route.via && found->tos == route.tos && found->onlink == route.onlink));
        CHECK(found->metrics == route.metrics);
        CHECK(found->nexthops.size() == route.nexthops.size());
        CHECK(found->expires.has_value() == route.expires.has_value());
        f.routes.remove(*found);
    }
    CHECK(added(f.client).empty());
}

TEST_CASE("routes: listed and flushed by what they are", "[kernel][routes]") {
    const Fixture f;
    const std::vector<Route> all{
        {.destination = "10.10.0.0/16", .via = "10.0.1.1", .protocol = RTPROT_STATIC},
        {.destination = "10.11.0.0/16", .via = "10.0.2.1", .protocol = RTPROT_BGP},
        {.destination = "10.12.0.0/16", .nexthops = {{.via = "10.0.1.1"}, {.via = "10.0.2.1"}}},
        {.destination = "10.13.0.0/16", .type = RouteType::blackhole},
        {.destination = "10.14.0.0/16", .via = "10.0.1.1", .table = 300},
        {.destination = "fd10::/64", .via = "fd00:1::1", .protocol = RTPROT_STATIC},
        {.destination = "fd12::/64", .nexthops = {{.via = "fd00:1::1"}, {.via = "fd00:2::1"}}},
        {.destination = "fd13::/64", .type = RouteType::blackhole},
        {.via = "fd00:1::1", .table = 300},
    };
    f.routes.add(all);
    const auto destinations = [&](const RouteFilter& filter) {
        std::string found;
        for (const Route& route : f.routes.list(filter))
            if (route.protocol != RTPROT_KERNEL)
                found += (route.destination ? route.destination->to_string() : "default") + ' ';
        return found;
    };
    CHECK(destinations({}) ==
          "10.10.0.0/16 10.11.0.0/16 10.12.0.0/16 10.13.0.0/16 fd10::/64 fd12::/64 fd13::/64 ");
    CHECK(destinations({.family = Family::ipv6}) == "fd10::/64 fd12::/64 fd13::/64 ");
    CHECK(destinations({.link = f.two.first()}) == "10.11.0.0/16 10.12.0.0/16 fd12::/64 ");
    CHECK(destinations({.protocol = RTPROT_STATIC}) == "10.10.0.0/16 fd10::/64 ");
    CHECK(destinations({.type = RouteType::blackhole}) == "10.13.0.0/16 fd13::/64 ");
    CHECK(destinations({.table = 300}) == "10.14.0.0/16 default ");
    CHECK(destinations({.table = 301}).empty());
    CHECK(destinations({.table = 0, .protocol = RTPROT_BOOT, .type = RouteType::unicast}) ==
          "10.14.0.0/16 10.12.0.0/16 default fd12::/64 ");

    CHECK(f.routes.flush({.table = 301}) == 0);
    CHECK(f.routes.flush({.protocol = RTPROT_STATIC}) == 2);
    CHECK(f.routes.flush({.family = Family::ipv4, .type = RouteType::blackhole}) == 1);
    CHECK(f.routes.flush({.table = 300}) == 2);
    CHECK(f.routes.flush({.link = f.two.first(), .protocol = RTPROT_BOOT}) == 2);
    CHECK(destinations({.table = 0}) == "10.11.0.0/16 fd13::/64 ");
    CHECK(f.routes.flush({.family = Family::ipv4}) == 3);  // the kernel's own, too
    CHECK(f.routes.list({.family = Family::ipv4}).empty());
    check_error(failure_of([&](OnError e) { (void)f.routes.list({.link = f.one.second()}, e); }),
                errc::invalid_option,
                "list the routes in client: invalid option (the link, eth0, is in another "
                "namespace, server)");
    CHECK_THAT(failure_of([&](OnError e) { (void)f.routes.list({.link = 99}, e); }).what(),
               contains("No such device"));
}

TEST_CASE("routes: which way a packet goes", "[kernel][routes]") {
    const Fixture f;
    forward(f.client);
    f.routes.add({.destination = "10.9.0.0/16", .via = "10.0.1.1", .metrics = {.mtu = 1400}});
    f.routes.add({.destination = "fd09::/64", .via = "fd00:2::1"});
    const RoutePath way = f.routes.find("10.9.1.1");
    CHECK(way.via == IpAddress{"10.0.1.1"});
    CHECK(way.link == f.one.first());
    CHECK(way.link->name() == "eth0");
    CHECK(way.source == IpAddress{"10.0.1.2"});
    CHECK(way.mtu == 1400);
    CHECK(fmt::format("{}", way).starts_with("10.9.1.1 via 10.0.1.1 dev eth0 src 10.0.1.2"));
    CHECK(f.routes.find("fd09::1").mtu == 1500);
    CHECK(f.routes.find("fd09::1").via == IpAddress{"fd00:2::1"});
    CHECK(f.routes.find("10.9.1.1", {.entry = true}).destination == Prefix{"10.9.0.0/16"});
    CHECK(f.routes.find("10.0.1.2").type == RouteType::local);
    CHECK(f.routes.find("10.0.2.1", {.from = "10.0.1.2"}).link == f.two.first());
    // As a router that got it by eth0.
    const RoutePath onwards =
        f.routes.find("10.0.2.1", {.from = "10.0.1.1", .input = f.one.first()});
    CHECK(onwards.link == f.two.first());
    CHECK_FALSE(onwards.source);
    // By a table that a mark leads to.
    need(f.client, "ip");
    run_command(f.client, "ip rule add fwmark 5 table 55");
    run_command(f.client, "ip rule add ipproto tcp dport 80 table 55");
    f.routes.add({.destination = "10.9.0.0/16", .via = "10.0.2.1", .table = 55});
    CHECK(f.routes.find("10.9.1.1").link == f.one.first());
    for (const RouteQuery& query :
         {RouteQuery{.mark = 5},
          RouteQuery{.ip_protocol = 6, .source_port = 9, .destination_port = 80}}) {
        const RoutePath marked = f.routes.find("10.9.1.1", query);
        CHECK(marked.link == f.two.first());
        CHECK(marked.table == 55);
    }
    CHECK(f.routes.find("10.9.1.1", {.link = f.one.first()}).link == f.one.first());

    const auto sentence = [&](const char* to, const RouteQuery& query = {}) {
        return std::string{
            failure_of([&](OnError e) { (void)f.routes.find(to, query, e); }).what()};
    };
    CHECK(sentence("172.16.0.1") ==
          "find the route: 172.16.0.1 in client: Network is unreachable (no route leads there)");
    f.routes.add({.destination = "172.16.0.0/12", .type = RouteType::unreachable});
    CHECK_THAT(sentence("172.16.0.1"), contains("No route to host"));
    f.routes.replace({.destination = "172.16.0.0/12", .type = RouteType::prohibit});
    CHECK_THAT(sentence("172.16.0.1"), contains("Permission denied"));
    CHECK_THAT(sentence("10.9.1.1", {.from = "fd00::1"}), contains("another family"));
    CHECK_THAT(sentence("10.9.1.1", {.input = f.one.second()}),
               contains("is in another namespace, server"));
    CHECK_THAT(sentence("10.9.1.1", {.destination_port = 65536}), contains("a port is 0 to 65535"));
    CHECK(
        sentence("somewhere") ==
        R"(find the route: "somewhere" in client: invalid address ("somewhere" is no IPv4 or IPv6 address))");
}

TEST_CASE("routes: over two paths, each with its share", "[kernel][routes]") {
    Fixture f;
    f.two.second().add_address("10.9.0.1/32");
    set_sysctl(f.client, "ipv4/fib_multipath_hash_policy", "1");
    f.routes.add(
        {.destination = "10.9.0.0/16", .nexthops = {{.via = "10.0.1.1"}, {.via = "10.0.2.1"}}});
    // Which way depends on the ports, so that each connection has its own.
    std::size_t by_one = 0;
    constexpr std::uint32_t tries = 200;
    for (std::uint32_t port = 0; port < tries; ++port) {
        const RoutePath way = f.routes.find(
            "10.9.0.1", {.ip_protocol = 17, .source_port = 1000 + port, .destination_port = 7});
        by_one += way.link == f.one.first() ? 1 : 0;
    }
    CHECK(by_one > 0);
    CHECK(by_one < tries);
    const auto sent = [](const Link& link) { return link.state().statistics.tx_packets; };
    const auto before_one = sent(f.one.first());
    const auto before_two = sent(f.two.first());
    f.client.run([] {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_addr.s_addr = htonl(0x0a090001);
        to.sin_port = htons(7);
        for (int i = 0; i < 100; ++i) {
            const detail::UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
            (void)::sendto(
                socket.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
        }
    });
    CHECK(sent(f.one.first()) > before_one + 5);
    CHECK(sent(f.two.first()) > before_two + 5);
}

TEST_CASE("routes: many at once", "[kernel][routes]") {
    const auto log = std::make_shared<Log>();
    const auto netns = Netns::create("many", {.system = std::make_shared<TappedSystem>(log)});
    const VethPair pair{{.netns = netns, .name = "eth0", .addresses = {"10.0.0.1/24"}, .up = true},
                        {}};
    const Routes routes{netns};
    std::vector<Route> many;
    constexpr std::size_t count = 2000;
    for (std::uint32_t i = 0; i < count; ++i)
        many.push_back(
            {.destination = Prefix{boost::asio::ip::address_v4{0x0b000000 + (i << 8U)}, 24},
             .link = pair.first(),
             .protocol = RTPROT_STATIC});
    log->clear();
    routes.add(many);
    CHECK(log->size() <= count / 60);
    CHECK(routes.list({.protocol = RTPROT_STATIC}).size() == count);
    // The first that is refused is named; the others are added.
    routes.remove(std::span{many}.subspan(100, 50));
    check_error(failure_of([&](OnError e) {
                    if (routes.list({.protocol = RTPROT_STATIC}).size() == count)
                        routes.remove(std::span{many}.subspan(100, 50));
                    routes.add(many, e);
                }),
                EEXIST,
                "add the routes: 11.0.0.0/24 dev eth0 proto static in many: File exists (there is "
                "one to that "
                "destination with that metric; and 1949 more)");
    CHECK(routes.list({.protocol = RTPROT_STATIC}).size() == count);
    // One that is invalid keeps them all from being tried.
    many[1500].via = "nowhere";
    many[1500].link.reset();
    CHECK_THAT(
        failure_of([&](OnError e) { routes.replace(many, e); }).what(),
        contains(
            R"(replace the routes: 11.5.220.0/24 via "nowhere" proto static in many: invalid address)"));
    routes.replace(std::vector<Route>{});
    CHECK(routes.flush({.protocol = RTPROT_STATIC}) == count);
    CHECK(added(netns).empty());
}

TEST_CASE("routes: the same requests as ip(8)", "[kernel][routes][oracle]") {
    const Oracle oracle;
    oracle.with_bridge_port();
    oracle.both("link set veth0 nomaster");
    for (const char* link : {"veth0", "veth1"}) oracle.both(std::string{"link set up "} + link);
    oracle.both("address add 10.0.1.2/24 dev veth0");
    oracle.both("address add fd00:1::2/64 dev veth0 nodad");
    const Link link = oracle.ours.link("veth0");
    struct Row {
        const char* arguments;
        Route route;
    };
    const Row rows[] = {
        {"route add default via 10.0.1.1", {.via = "10.0.1.1"}},
        {"-6 route add default via fd00:1::1", {.via = "fd00:1::1"}},
        {"route add 10.9.0.0/16 dev veth0 metric 50 src 10.0.1.2 tos 0x10",
         {.destination = "10.9.0.0/16",
          .link = link,
          .metric = 50,
          .source = "10.0.1.2",
          .tos = 0x10}},
        {"route add 10.10.0.0/16 via 10.0.1.1 table 1000 proto static",
         {.destination = "10.10.0.0/16",
          .via = "10.0.1.1",
          .table = 1000,
          .protocol = RTPROT_STATIC}},
        {"route add 10.11.0.0/16 via 10.77.0.1 dev veth0 onlink table 77",
         {.destination = "10.11.0.0/16",
          .via = "10.77.0.1",
          .link = link,
          .table = 77,
          .onlink = true}},
        {"route add blackhole 10.12.0.0/16",
         {.destination = "10.12.0.0/16", .type = RouteType::blackhole}},
        {"route add local 10.13.0.1 dev veth0",
         {.destination = "10.13.0.1", .link = link, .type = RouteType::local}},
        {"route add 10.14.0.0/16 via inet6 fe80::1 dev veth0",
         {.destination = "10.14.0.0/16", .via = "fe80::1", .link = link}},
        {"route add 10.15.0.0/16 nexthop via 10.0.1.1 weight 3 nexthop via 10.0.1.7 dev veth0",
         {.destination = "10.15.0.0/16",
          .nexthops = {{.via = "10.0.1.1", .weight = 3}, {.via = "10.0.1.7", .link = link}}}},
        {"route add 10.16.0.0/16 via 10.0.1.1 mtu lock 1400 advmss 1300 hoplimit 9 initcwnd 20 "
         "features ecn rto_min 300ms initrwnd 30 quickack 1 congctl reno",
         {.destination = "10.16.0.0/16",
          .via = "10.0.1.1",
          .metrics = {.locks = 1U << RTAX_MTU,
                      .mtu = 1400,
                      .advmss = 1300,
                      .hoplimit = 9,
                      .initcwnd = 20,
                      .features = RTAX_FEATURE_ECN,
                      .rto_min = 300ms,
                      .initrwnd = 30,
                      .quickack = 1,
                      .congestion_control = "reno"}}},
        {"-6 route add fd09::/64 via fd00:1::1 pref high expires 60",
         {.destination = "fd09::/64",
          .via = "fd00:1::1",
          .preference = RoutePreference::high,
          .expires = 60s}},
        {"-6 route add fd10::/64 from fd11::/48 via fd00:1::1",
         {.destination = "fd10::/64", .via = "fd00:1::1", .from = "fd11::/48"}},
        {"-6 route add fd12::/64 dev veth0", {.destination = "fd12::/64", .link = link}},
        {"route add 10.17.0.0/16 nhid 7", {.destination = "10.17.0.0/16", .nexthop_id = 7}},
    };
    error_code ignored;
    const auto differences = [&](const std::string& arguments, std::uint16_t type, auto&& do_it) {
        Differences found =
            oracle.request("ip " + arguments, type, sizeof(rtmsg), message::route_names(), do_it);
        // It says no more than its length, 0; a text may do without its end; we want to be
        // answered.
        std::erase_if(found, [](const std::string& one) {
            return one == "only ip: destination 00000000 00000000 00000000 00000000" ||
                   one == "metrics.congestion_control: ip 72656e6f, vethpp 72656e6f 00" ||
                   one == "message flags: ip 0001, vethpp 0005";
        });
        return found;
    };
    for (const Row& row : rows) {
        INFO(row.arguments);
        CHECK(differences(row.arguments, RTM_NEWROUTE, [&](const Netns& ns) {
                  Routes{ns}.add(row.route, ignored);
              }) == Differences{});
        std::string removal = row.arguments;
        removal.replace(removal.find(" add "), 5, " del ");
        CHECK(differences(removal, RTM_DELROUTE, [&](const Netns& ns) {
                  Routes{ns}.remove(row.route, ignored);
              }) == Differences{});
    }
    const auto get = [&](const std::string& arguments, const char* to, const RouteQuery& query) {
        INFO(arguments);
        CHECK(differences("route get " + arguments, RTM_GETROUTE, [&](const Netns& ns) {
                  (void)Routes{ns}.find(to, query, ignored);
              }) == Differences{});
    };
    get("10.0.1.7", "10.0.1.7", {});
    get("10.9.0.1 from 10.0.1.9 iif veth0 mark 5 tos 0x10",
        "10.9.0.1",
        {.from = "10.0.1.9", .input = link, .mark = 5, .tos = 0x10});
    get("10.0.1.7 oif veth0 uid 0 ipproto tcp sport 5 dport 6",
        "10.0.1.7",
        {.link = link, .uid = 0, .ip_protocol = 6, .source_port = 5, .destination_port = 6});
    get("fibmatch fd00:1::7", "fd00:1::7", {.entry = true});
}

TEST_CASE("routes: what is wrong is said", "[kernel][routes]") {
    Fixture f;
    const Netns other = Netns::create("other");
    const VethPair elsewhere{{.netns = other, .name = "far", .up = true}, {}};
    const VethPair pair{{.netns = f.client, .name = "down"}, {}};
    const Link& down = pair.first();
    struct Row {
        Route route;
        const char* reason;
    };
    const Row rows[] = {
        {{.via = "nowhere"},
         R"(default via "nowhere" in client: invalid address ("nowhere" is no IPv4 or IPv6 address))"},
        {{.destination = "10.0.0.0/33", .via = "10.0.1.1"},
         R"("10.0.0.0/33" via 10.0.1.1 in client: invalid address ("10.0.0.0/33": an IPv4 prefix has at most 32 bits))"},
        {{.destination = "10.9.0.1/24", .via = "10.0.1.1"},
         "invalid address (10.9.0.1/24 is an address in 10.9.0.0/24, which is the network)"},
        {{.destination = "fd09::1/64", .via = "fd00:1::1"},
         "invalid address (fd09::1/64 is an address in fd09::/64, which is the network)"},
        {{.via = "10.9.9.9"},
         "default via 10.9.9.9 in client: Network is unreachable (no link of the namespace leads "
         "to the gateway)"},
        {{.via = "10.9.9.9", .link = f.one.first()},
         "default via 10.9.9.9 dev eth0 in client: Network is unreachable (the gateway is in no "
         "network of eth0)"},
        {{.via = "fd09::9"}, "No route to host (no link of the namespace leads to the gateway)"},
        {{.via = "fd00:1::2"}, "Invalid argument"},
        {{.via = "fe80::1"}, "invalid option (a link-local gateway needs its link (.link))"},
        {{.destination = "fd09::/64", .via = "10.0.1.1"},
         "invalid option (an IPv6 route has no IPv4 gateway)"},
        {{.destination = "10.9.0.0/16", .via = "10.0.1.1", .source = "fd00:1::2"},
         "invalid option (the source is of another family than the route)"},
        {{.destination = "10.9.0.0/16", .via = "10.0.1.1", .source = "10.77.0.1"},
         "Invalid argument"},
        {{.destination = "10.9.0.0/16", .via = "10.0.1.1", .from = "10.0.0.0/8"},
         "invalid option (only an IPv6 route has a source prefix (.from))"},
        {{.via = "10.0.1.1", .preference = RoutePreference::low},
         "invalid option (only an IPv6 route has a preference)"},
        {{.via = "10.0.1.1", .expires = 1s}, "invalid option (only an IPv6 route expires)"},
        {{.via = "fd00:1::1", .tos = 4},
         "invalid option (only an IPv4 route has a type of service (.tos))"},
        {{.via = "10.0.1.1", .nexthop_id = 1},
         "invalid option (its way is one (.via, .link), several (.nexthops), or a nexthop object)"},
        {{.via = "10.0.1.1", .nexthops = {{.via = "10.0.2.1"}}},
         "invalid option (its way is one (.via, .link), several (.nexthops), or a nexthop object)"},
        {{.destination = "10.9.0.0/16"},
         "invalid option (it needs a gateway (.via) or a link (.link))"},
        {{.destination = "10.9.0.0/16", .via = "10.0.1.1", .type = RouteType::blackhole},
         "invalid option (a route of type blackhole has no gateway)"},
        {{.destination = "10.9.0.0/16", .link = elsewhere.first()},
         "invalid option (the link, far, is in another namespace, other)"},
        {{.destination = "10.9.0.0/16", .link = Link{}},
         "no link to act on (the link refers to nothing)"},
        {{.destination = "10.9.0.0/16", .link = 99}, "No such device (there is no such link)"},
        {{.destination = "10.9.0.0/16", .link = down}, "Network is down (the link is down)"},
        {{.destination = "fd09::/64", .link = down}, "Network is down (the link is down)"},
        {{.destination = "10.9.0.0/16", .nexthop_id = 99}, "Invalid argument"},
        {{.destination = "10.9.0.0/16", .nexthops = {{.via = "10.0.1.1", .weight = 0}}},
         "invalid option (a weight is 1 to 256)"},
        {{.destination = "10.9.0.0/16", .nexthops = {{.via = "10.0.1.1"}, {.via = "10.88.0.1"}}},
         "Network is unreachable (no link of the namespace leads to the gateway)"},
        {{.via = "10.0.1.1", .metrics = {.congestion_control = "no-such"}}, "Invalid argument"},
        {{.via = "10.0.1.1", .tos = 256}, "invalid option (a number is out of range)"},
    };
    for (const Row& row : rows) {
        INFO(row.route);
        const Error error = failure_of([&](OnError e) { f.routes.add(row.route, e); });
        CHECK_THAT(std::string{error.what()}, contains(row.reason));
        CHECK(std::string{error.what()}.starts_with("add the route: "));
    }
    CHECK(added(f.client, {.table = 0}).empty());
    check_error(
        failure_of([&](OnError e) { f.routes.remove({.destination = "10.9.0.0/16"}, e); }),
        ESRCH,
        "remove the route: 10.9.0.0/16 in client: No such process (there is no such route)");
    check_error(failure_of([&](OnError e) {
                    f.routes.remove({.destination = "10.9.0.0/16", .table = 4711}, e);
                }),
                ESRCH,
                "remove the route: 10.9.0.0/16 table 4711 in client: No such process (there is no "
                "such route); kernel: FIB table does not exist");
    check_error(failure_of([&](OnError e) { (void)Routes{NetnsRef::none()}.list({}, e); }),
                errc::no_such_namespace,
                "list the routes: no namespace to act on");
}
