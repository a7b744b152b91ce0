// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/patience.hpp"
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/routes.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

struct Fixture {
    Netns client = Netns::create("client");
    Netns router = Netns::create("router");
    Netns server = Netns::create("server");
    VethPair lan{
        {.netns = client, .name = "eth0", .addresses = {"10.0.1.2/24", "fd00:1::2/64"}, .up = true},
        {.netns = router, .name = "lan", .addresses = {"10.0.1.1/24", "fd00:1::1/64"}, .up = true}};
    VethPair wan{
        {.netns = router, .name = "wan", .addresses = {"10.0.2.1/24", "fd00:2::1/64"}, .up = true},
        {.netns = server,
         .name = "eth0",
         .addresses = {"10.0.2.2/24", "fd00:2::2/64"},
         .up = true}};

    Fixture() {
        lan.wait_ready(long_enough);
        wan.wait_ready(long_enough);
    }
};

// Those that are not the kernel's own.
std::vector<std::string> added(const Netns& netns, std::uint32_t table = RT_TABLE_MAIN) {
    std::vector<std::string> found;
    for (const Route& route : Routes{netns}.list(table))
        if (route.protocol != RTPROT_KERNEL) found.push_back(route.to_string());
    return found;
}

}  // namespace

TEST_CASE("routes: through a router, IPv4 and IPv6", "[kernel][routes]") {
    const Fixture f;
    f.router.run([] {
        for (const char* key : {"ipv4/conf/all/forwarding", "ipv6/conf/all/forwarding"}) {
            std::FILE* file = std::fopen((std::string{"/proc/sys/net/"} + key).c_str(), "w");
            REQUIRE(file != nullptr);
            std::fputs("1", file);
            std::fclose(file);
        }
    });
    Routes{f.client}.add({.via = "10.0.1.1"});
    Routes{f.client}.add({.via = "fd00:1::1"});
    const Routes back{f.server};
    back.add({.destination = "10.0.1.0/24", .via = "10.0.2.1", .metric = 50});
    back.add({.destination = "fd00:1::/64", .via = "fd00:2::1"});
    for (const char* to : {"10.0.2.2", "fd00:2::2"})
        CHECK(ping(f.client, to, {.timeout = long_enough}).received == 1);
    const std::string eth0 = std::to_string(f.wan.second().index());
    CHECK(added(f.server) ==
          std::vector<std::string>{"10.0.1.0/24 via 10.0.2.1 dev " + eth0 + " metric 50",
                                   "fd00:1::/64 via fd00:2::1 dev " + eth0 + " metric 1024"});
    const Route way = Routes{f.client}.find("10.0.2.2");
    CHECK(way.via == IpAddress{"10.0.1.1"});
    CHECK(way.link == f.lan.first().index());
    CHECK(way.source == IpAddress{"10.0.1.2"});
    CHECK(Routes{f.client}.find("fd00:2::2").via == IpAddress{"fd00:1::1"});
}

TEST_CASE("routes: added, replaced, removed, in any table", "[kernel][routes]") {
    const Fixture f;
    const Routes routes{f.client};
    const Route route{.destination = "192.168.0.0/16", .via = "10.0.1.1", .table = 1000};
    const std::string eth0 = std::to_string(f.lan.first().index());
    routes.add(route);
    CHECK(added(f.client).empty());
    CHECK(added(f.client, 1000) ==
          std::vector<std::string>{"192.168.0.0/16 via 10.0.1.1 dev " + eth0});
    check_error(failure_of([&](OnError e) { routes.add(route, e); }),
                EEXIST,
                "add the route: 192.168.0.0/16 via 10.0.1.1 in client: File exists");
    Route other = route;
    other.via = "10.0.1.7";
    routes.replace(other);
    CHECK(added(f.client, 1000) ==
          std::vector<std::string>{"192.168.0.0/16 via 10.0.1.7 dev " + eth0});
    CHECK(failure_of([&](OnError e) { routes.remove(route, e); }).code() ==
          boost::system::errc::no_such_process);
    routes.remove({.destination = "192.168.0.0/16", .table = 1000});
    CHECK(added(f.client, 1000).empty());
    routes.add({.destination = "192.168.0.0/16", .type = RouteType::unreachable});
    CHECK(failure_of([&](OnError e) { (void)routes.find("192.168.0.1", e); }).code() ==
          boost::system::errc::host_unreachable);
    routes.add({.destination = "172.16.0.0/12", .link = f.lan.first().index()});
    CHECK(routes.find("172.16.0.1").link == f.lan.first().index());
}

TEST_CASE("routes: what is wrong is said", "[kernel][routes]") {
    const Fixture f;
    const Routes routes{f.client};
    const auto sentence = [&](const Route& route) {
        return std::string{failure_of([&](OnError e) { routes.add(route, e); }).what()};
    };
    CHECK(
        sentence({.via = "nowhere"}) ==
        R"(add the route: default via "nowhere" in client: invalid address ("nowhere" is no IPv4 or IPv6 address))");
    CHECK(
        sentence({.destination = "10.0.0.0/33", .via = "10.0.1.1"}) ==
        R"(add the route: "10.0.0.0/33" via 10.0.1.1 in client: invalid address ("10.0.0.0/33": an IPv4 prefix has at most 32 bits))");
    CHECK_THAT(sentence({.via = "10.9.9.9"}), contains("Network is unreachable"));
    CHECK_THAT(sentence({.destination = "10.0.0.1/24", .via = "10.0.1.1"}),
               contains("Invalid argument"));
    CHECK(added(f.client).empty());
    check_error(
        failure_of([&](OnError e) { (void)routes.find("somewhere", e); }),
        errc::invalid_address,
        R"(find the route: "somewhere" in client: invalid address ("somewhere" is no IPv4 or IPv6 address))");
    check_error(
        failure_of([&](OnError e) { (void)Routes{NetnsRef::none()}.list(RT_TABLE_MAIN, e); }),
        errc::no_such_namespace,
        "list the routes: no namespace to act on");
}
