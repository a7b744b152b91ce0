// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/failing_new.hpp"
#include "support/live.hpp"
#include "support/patience.hpp"
#include "support/skip.hpp"
#include <vethpp/message/address.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/ping/socket.hpp>
#include <vethpp/veth_pair.hpp>

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <linux/capability.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <pthread.h>
#include <regex>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

IpAddress address(const char* text) { return boost::asio::ip::make_address(text); }

struct Route {
    const char* to;  // address/length
    const char* via = nullptr;
    std::uint8_t type = RTN_UNICAST;
};

void add_route(const Netns& netns, const Route& route) {
    const vethpp::InterfaceAddress to{route.to};
    rtmsg header{};
    header.rtm_family = to.is_v6() ? AF_INET6 : AF_INET;
    header.rtm_dst_len = to.prefix_length();
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_protocol = RTPROT_STATIC;
    header.rtm_type = route.type;
    vethpp::Failure failure;
    vethpp::NetnsRef{netns}.state()->session.request(
        {.type = RTM_NEWROUTE, .flags = NLM_F_CREATE | NLM_F_EXCL},
        [&](vethpp::wire::Writer& w) {
            w.pod(header);
            if (to.prefix_length() != 0) vethpp::message::Ip::write(w, RTA_DST, to.address());
            if (route.via != nullptr)
                vethpp::message::Ip::write(w, RTA_GATEWAY, address(route.via));
        },
        failure);
    REQUIRE_FALSE(failure);
}

// Where an answer comes, it ends the ping. Nobody says how soon.
PingResult patient_ping(const Netns& from, const auto& to, vethpp::PingOptions options = {}) {
    options.timeout = long_enough;
    return vethpp::ping(from, to, options);
}

// A router that answers whatever it cannot deliver. Of IPv4 it answers five at once, and then one a
// second (ip_error); the limit of ICMP itself would be counted on the same account, which Linux 6.1
// empties even for a limit of 0.
void without_limits(const Netns& router) {
    write_sysctl(router, "ipv4/icmp_ratemask", "0");
    write_sysctl(router, "ipv6/icmp/ratelimit", "0");
}

struct TwoHosts {
    Netns ns1 = Netns::create("ns1");
    Netns ns2 = Netns::create("ns2");
    VethPair pair{
        {.netns = ns1, .name = "veth0", .addresses = {"10.1.1.2/24", "fd00::2/64"}, .up = true},
        {.netns = ns2, .name = "veth1", .addresses = {"10.1.1.3/24", "fd00::3/64"}, .up = true}};
    TwoHosts() { pair.wait_ready(long_enough); }
};

// host - router - far, with default routes to the router; nothing else is behind it.
struct Routed {
    Netns host = Netns::create("host");
    Netns router = Netns::create("router");
    Netns far = Netns::create("far");
    VethPair near_pair{
        {.netns = host, .name = "eth0", .addresses = {"10.1.1.2/24", "fd01::2/64"}, .up = true},
        {.netns = router, .name = "r0", .addresses = {"10.1.1.1/24", "fd01::1/64"}, .up = true}};
    VethPair far_pair{
        {.netns = far, .name = "eth0", .addresses = {"10.2.2.2/24", "fd02::2/64"}, .up = true},
        {.netns = router, .name = "r1", .addresses = {"10.2.2.1/24", "fd02::1/64"}, .up = true}};
    Routed() {
        write_sysctl(router, "ipv4/ip_forward", "1");
        write_sysctl(router, "ipv6/conf/all/forwarding", "1");
        near_pair.wait_ready(long_enough);
        far_pair.wait_ready(long_enough);
        add_route(host, {.to = "0.0.0.0/0", .via = "10.1.1.1"});
        add_route(host, {.to = "::/0", .via = "fd01::1"});
        add_route(far, {.to = "0.0.0.0/0", .via = "10.2.2.1"});
        add_route(far, {.to = "::/0", .via = "fd02::1"});
    }
};

// By default nobody may have a ping socket, and a raw one is used.
void allow_ping_sockets(const Netns& netns) {
    const std::string group = std::to_string(::getgid());
    write_sysctl(netns, "ipv4/ping_group_range", group + " " + group);
}

void set_effective_net_raw(bool on) {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct data[2]{};
    REQUIRE(::syscall(SYS_capget, &header, data) == 0);
    const std::uint32_t mask = 1U << CAP_NET_RAW;
    data[0].effective = on ? data[0].effective | mask : data[0].effective & ~mask;
    REQUIRE(::syscall(SYS_capset, &header, data) == 0);
}

}  // namespace

TEST_CASE("ping: a neighbour answers", "[kernel][ping]") {
    const TwoHosts net;
    const bool ping_socket = GENERATE(false, true);
    if (ping_socket) allow_ping_sockets(net.ns1);
    const std::string to = GENERATE("10.1.1.3", "fd00::3", "::ffff:10.1.1.3", "127.0.0.1", "::1");

    vethpp::Failure failure;
    const vethpp::detail::PingSocket socket{net.ns1, address("10.1.1.3"), 0, {}, failure};
    REQUIRE_FALSE(failure);
    using vethpp::detail::PingFraming;
    CHECK(socket.framing() == (ping_socket ? PingFraming::v4_datagram : PingFraming::v4_raw));

    const PingResult result = patient_ping(net.ns1, to, {.count = 3, .interval = 1ms});
    CHECK(result.destination == to);
    CHECK(result.sent == 3);
    CHECK(result.received == 3);
    CHECK(result.duplicates == 0);
    CHECK(result.errors == 0);
    CHECK(result.loss() == 0);
    CHECK(result.outcome() == PingOutcome::replied);
    CHECK_FALSE(result.last_error.failed());
    CHECK(result.min > 0ns);
    CHECK(result.min <= result.avg);
    CHECK(result.avg <= result.max);
    CHECK(result.mdev <= result.max);
    CHECK(result.time >= 2ms);

    CHECK(patient_ping(net.ns1, address(to.c_str())).received == 1);
    error_code ec = make_error_code(errc::invalid_option);
    CHECK(vethpp::ping(net.ns1, to, {.timeout = long_enough}, ec).received == 1);
    CHECK_FALSE(ec.failed());
}

TEST_CASE("ping: every size arrives, the largest in fragments", "[kernel][ping]") {
    const TwoHosts net;
    if (GENERATE(false, true)) allow_ping_sockets(net.ns1);
    const std::string to = GENERATE("10.1.1.3", "fd00::3");
    for (const std::size_t size : {0U, 1U, 8U, 1472U, 1473U, 60000U, 65507U}) {
        INFO(size << " bytes to " << to);
        CHECK(patient_ping(net.ns1, to, {.count = 3, .interval = 1ms, .size = size}).received == 3);
    }
}

TEST_CASE("ping: as fast as it goes", "[kernel][ping]") {
    const TwoHosts net;
    const std::string to = GENERATE("10.1.1.3", "fd00::3");
    // As many as a socket has room for, whose owner may not have more: none is lost if the replies
    // all come before the first is read.
    constexpr int count = 400;
    const PingResult result = patient_ping(net.ns1, to, {.count = count, .interval = 0us});
    CHECK(result.sent == count);
    CHECK(result.received == count);
}

TEST_CASE("ping: a link-local address takes the scope of the namespace that pings",
          "[kernel][ping]") {
    const TwoHosts net;
    IpAddress local;
    for (const auto& one : net.pair.second().addresses())
        if (one.is_v6() && one.address().to_v6().is_link_local()) local = one.address();
    REQUIRE(local.is_v6());
    const auto index = net.pair.first().index();
    const std::string text = local.to_string();

    // This namespace has no veth0.
    CHECK(patient_ping(net.ns1, text + "%veth0").received == 1);
    CHECK(patient_ping(net.ns1, fmt::format("{}%{}", text, index)).received == 1);
    const IpAddress scoped = boost::asio::ip::address_v6{local.to_v6().to_bytes(), index};
    const PingResult result = patient_ping(net.ns1, scoped);
    CHECK(result.received == 1);
    CHECK(result.destination == fmt::format("{}%{}", text, index));
    CHECK(patient_ping(net.ns1, "ff02::1%veth0").received == 1);

    CHECK_THROWS_WITH(vethpp::ping(net.ns1, text + "%veth1"),
                      "ping: \"" + text +
                          "%veth1\" in ns1: No such device "
                          "(the scope veth1 is no link there)");
    CHECK_THROWS_WITH(vethpp::ping(net.ns1, text),
                      contains("needs the link as scope, as in fe80::1%veth0"));
    CHECK_THROWS_WITH(vethpp::ping(net.ns1, "ff02::1"), contains("needs the link as scope"));
    CHECK_THROWS_WITH(vethpp::ping(net.ns1, text + "%99999999999"), contains("is no link there"));
}

TEST_CASE("ping: from an address of one's own", "[kernel][ping]") {
    const TwoHosts net;
    if (GENERATE(false, true)) allow_ping_sockets(net.ns1);
    net.ns1.link("lo").add_address("10.9.9.9/32");
    add_route(net.ns2, {.to = "10.9.9.0/24", .via = "10.1.1.2"});
    CHECK(patient_ping(net.ns1, "10.1.1.3", {.source = address("10.9.9.9")}).received == 1);
    CHECK(patient_ping(net.ns1, "fd00::3", {.source = address("fd00::2")}).received == 1);
    CHECK_THROWS_WITH(vethpp::ping(net.ns1, "10.1.1.3", {.source = address("10.9.9.8")}),
                      "ping: \"10.1.1.3\" in ns1: Cannot assign requested address "
                      "(the source 10.9.9.8 is no address of that namespace)");
    CHECK_THROWS_WITH(vethpp::ping(net.ns1, "10.1.1.3", {.source = address("fd00::2")}),
                      contains("the source fd00::2 is of the other IP version"));
}

TEST_CASE("ping: nothing comes, which is a timeout and no error", "[kernel][ping]") {
    const TwoHosts net;
    if (GENERATE(false, true)) allow_ping_sockets(net.ns1);
    write_sysctl(net.ns2, "ipv4/icmp_echo_ignore_all", "1");
    write_sysctl(net.ns2, "ipv6/icmp/echo_ignore_all", "1");
    const std::string to = GENERATE("10.1.1.3", "fd00::3");
    error_code ec;
    const PingResult result =
        vethpp::ping(net.ns1, to, {.count = 2, .interval = 1ms, .timeout = 20ms}, ec);
    CHECK_FALSE(ec.failed());
    CHECK(result.outcome() == PingOutcome::timed_out);
    CHECK(result.sent == 2);
    CHECK(result.received == 0);
    CHECK(result.errors == 0);
    CHECK(result.loss() == 100);
    CHECK(result.time >= 21ms);
}

TEST_CASE("ping: a router says that the destination is unreachable", "[kernel][ping]") {
    const Routed net;
    if (GENERATE(false, true)) allow_ping_sockets(net.host);
    CHECK(patient_ping(net.host, "10.2.2.2").received == 1);
    CHECK(patient_ping(net.host, "fd02::2").received == 1);

    add_route(net.router, {.to = "10.4.4.0/24", .type = RTN_PROHIBIT});
    add_route(net.router, {.to = "fd04::/64", .type = RTN_PROHIBIT});
    struct Case {
        const char* to;
        const char* router;
        int error;
    };
    const auto [to, router, error] = GENERATE(Case{"10.3.3.3", "10.1.1.1", ENETUNREACH},
                                              Case{"fd03::3", "fd01::1", ENETUNREACH},
                                              Case{"10.4.4.4", "10.1.1.1", EHOSTUNREACH},
                                              Case{"fd04::4", "fd01::1", EACCES});
    INFO(to);
    error_code ec;
    // The answer ends it, not the timeout.
    const PingResult result = vethpp::ping(net.host, to, {.timeout = long_enough}, ec);
    CHECK_FALSE(ec.failed());
    CHECK(result.outcome() == PingOutcome::unreachable);
    CHECK(result.sent == 1);
    CHECK(result.received == 0);
    CHECK(result.errors == 1);
    CHECK(result.ttl_exceeded == 0);
    CHECK(result.last_error == error_code{error, boost::system::system_category()});
    CHECK(result.last_error_from == address(router));
}

TEST_CASE("ping: several requests, each reported unreachable", "[kernel][ping]") {
    const Routed net;
    if (GENERATE(false, true)) allow_ping_sockets(net.host);
    const std::string to = GENERATE("10.3.3.3", "fd03::3");
    without_limits(net.router);
    const PingResult result = patient_ping(net.host, to, {.count = 4, .interval = 0us});
    CHECK(result.sent == 4);
    CHECK(result.errors == 4);
    CHECK(result.outcome() == PingOutcome::unreachable);
}

TEST_CASE("ping: nobody has the address, says the own namespace", "[kernel][ping]") {
    const TwoHosts net;
    if (GENERATE(false, true)) allow_ping_sockets(net.ns1);
    for (const std::string family : {"ipv4", "ipv6"}) {
        write_sysctl(net.ns1, family + "/neigh/veth0/retrans_time_ms", "10");
        write_sysctl(net.ns1, family + "/neigh/veth0/mcast_solicit", "1");
    }
    const std::string to = GENERATE("10.1.1.99", "fd00::99");
    const PingResult result = patient_ping(net.ns1, to);
    CHECK(result.outcome() == PingOutcome::unreachable);
    CHECK(result.errors == 1);
    CHECK(result.last_error == boost::system::errc::host_unreachable);
    CHECK(result.last_error_from == address(to == "fd00::99" ? "fd00::2" : "10.1.1.2"));
}

TEST_CASE("ping: the TTL runs out at the router", "[kernel][ping]") {
    const Routed net;
    if (GENERATE(false, true)) allow_ping_sockets(net.host);
    const bool v6 = GENERATE(false, true);
    const std::string to = v6 ? "fd02::2" : "10.2.2.2";
    const PingResult result = patient_ping(net.host, to, {.ttl = 1});
    CHECK(result.outcome() == PingOutcome::ttl_exceeded);
    CHECK(result.errors == 1);
    CHECK(result.ttl_exceeded == 1);
    CHECK(result.last_error == boost::system::errc::host_unreachable);
    CHECK(result.last_error_from == address(v6 ? "fd01::1" : "10.1.1.1"));
    CHECK(patient_ping(net.host, to, {.ttl = 2}).received == 1);
}

TEST_CASE("ping: a redirect is no error", "[kernel][ping]") {
    // The neighbour could be had directly, but ns1 goes by ns2, which says so and forwards. Nobody
    // has the address, which is not to be found out during the test.
    const TwoHosts net;
    if (GENERATE(false, true)) allow_ping_sockets(net.ns1);
    write_sysctl(net.ns2, "ipv4/ip_forward", "1");
    write_sysctl(net.ns2, "ipv4/neigh/veth1/mcast_solicit", "1000");
    write_sysctl(net.ns1, "ipv4/conf/veth0/accept_redirects", "0");
    add_route(net.ns1, {.to = "10.1.1.77/32", .via = "10.1.1.3"});
    std::string counters;
    const auto redirected = [&] {
        net.ns1.run([&] {
            std::ifstream file{"/proc/thread-self/net/snmp"};
            counters.assign(std::istreambuf_iterator<char>{file}, {});
        });
        // "type 5: redirect" among the incoming
        return std::regex_search(counters, std::regex{"\nIcmpMsg: .*InType5"});
    };
    // Until one comes before the ping is over; of the first few requests each gets one.
    for (int round = 0; round < 9 && !redirected(); ++round) {
        const PingResult result =
            vethpp::ping(net.ns1, "10.1.1.77", {.count = 1, .timeout = 20ms * (1 << round)});
        CHECK(result.outcome() == PingOutcome::timed_out);
        CHECK(result.errors == 0);
    }
    INFO(counters);
    CHECK(redirected());
}

TEST_CASE("ping: the kernel has no route, which is an Error", "[kernel][ping]") {
    const TwoHosts net;
    if (GENERATE(false, true)) allow_ping_sockets(net.ns1);
    add_route(net.ns1, {.to = "10.5.0.0/16", .type = RTN_UNREACHABLE});
    add_route(net.ns1, {.to = "10.6.0.0/16", .type = RTN_PROHIBIT});
    add_route(net.ns1, {.to = "10.7.0.0/16", .type = RTN_BLACKHOLE});
    add_route(net.ns1, {.to = "fd05::/64", .type = RTN_UNREACHABLE});
    add_route(net.ns1, {.to = "fd06::/64", .type = RTN_PROHIBIT});
    add_route(net.ns1, {.to = "fd07::/64", .type = RTN_BLACKHOLE});
    struct Case {
        std::string to;
        std::string error;
        std::string hint;
    };
    const auto [to, error, hint] =
        GENERATE(Case{"10.9.9.9", "Network is unreachable", "there is no route to TO from ns1"},
                 Case{"fd09::9", "Network is unreachable", "there is no route to TO from ns1"},
                 Case{"10.5.5.5", "No route to host", "there is no route to TO from ns1"},
                 Case{"fd05::5", "No route to host", "there is no route to TO from ns1"},
                 Case{"10.6.6.6", "Permission denied", "the route to TO from ns1 prohibits it"},
                 Case{"fd06::6", "Permission denied", "the route to TO from ns1 prohibits it"},
                 Case{"10.7.7.7", "Invalid argument", "the route to TO from ns1 is a blackhole"},
                 Case{"fd07::7", "Invalid argument", "the route to TO from ns1 is a blackhole"});
    std::string explained = hint;
    explained.replace(explained.find("TO"), 2, to);
    CHECK_THROWS_WITH(vethpp::ping(net.ns1, to),
                      "ping: \"" + to + "\" in ns1: " + error + " (" + explained + ")");
    error_code ec;
    const PingResult result = vethpp::ping(net.ns1, to, {}, ec);
    CHECK(ec.failed());
    CHECK(result.destination == to);
    CHECK(result.sent == 0);
    CHECK(result.outcome() == PingOutcome::not_sent);
}

TEST_CASE("ping: without a loopback there is no route to oneself", "[kernel][ping]") {
    const Netns netns = Netns::create("silent", {.loopback_up = false});
    CHECK_THROWS_WITH(vethpp::ping(netns, "127.0.0.1"), contains("Network is unreachable"));
    CHECK_THROWS_WITH(vethpp::ping(netns, "::1"), contains("there is no route to ::1 from silent"));
}

TEST_CASE("ping: bad input is quoted", "[kernel][ping]") {
    const Netns netns = Netns::create("ns1");
    CHECK_THROWS_WITH(vethpp::ping(netns, "10.1.1"),
                      "ping: \"10.1.1\" in ns1: invalid address "
                      "(expected an IPv4 or IPv6 address; names are not looked up)");
    CHECK_THROWS_WITH(vethpp::ping(netns, "127.0.0.1", {.count = 0}),
                      "ping: \"127.0.0.1\" in ns1: invalid option (count is 0, not at least 1)");
    error_code ec;
    CHECK(vethpp::ping(netns, "127.0.0.1", {.size = 65508}, ec).sent == 0);
    CHECK(ec == errc::invalid_option);
    CHECK(vethpp::ping(netns, "", {}, ec).sent == 0);
    CHECK(ec == errc::invalid_address);
    try {
        vethpp::ping(netns, address("127.0.0.1"), {.ttl = 256});
        FAIL("ttl 256");
    } catch (const Error& error) {
        CHECK(error.code() == errc::invalid_option);
        CHECK(error.context().operation == "ping");
        CHECK(error.context().object == "127.0.0.1");
        CHECK(error.context().netns == "ns1");
    }
}

TEST_CASE("ping: without permission the error names what it takes", "[kernel][ping]") {
    const Netns netns = Netns::create("ns1");
    std::string message;
    // A thread's capabilities are its own.
    std::thread{[&] {
        set_effective_net_raw(false);
        try {
            vethpp::ping(netns, "127.0.0.1");
        } catch (const Error& error) {
            message = error.what();
        }
        allow_ping_sockets(netns);
        CHECK(patient_ping(netns, "127.0.0.1").received == 1);
        CHECK(patient_ping(netns, "::1").received == 1);
    }}.join();
    CHECK(message ==
          "ping: \"127.0.0.1\" in ns1: Operation not permitted (it takes a group within "
          "net.ipv4.ping_group_range of that namespace, or CAP_NET_RAW)");
}

TEST_CASE("ping: many at once do not take each other's replies", "[kernel][ping]") {
    const TwoHosts net;
    if (GENERATE(false, true)) allow_ping_sockets(net.ns1);
    std::vector<PingResult> results(8);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < results.size(); ++i)
        threads.emplace_back([&, i] {
            const bool there = i % 4 < 2;
            const char* to =
                i % 2 == 0 ? (there ? "10.1.1.3" : "10.1.1.2") : (there ? "fd00::3" : "fd00::2");
            // Also with so few bytes that only the identifier tells them apart.
            results[i] = patient_ping(there ? net.ns1 : net.ns2,
                                      to,
                                      {.count = 50, .interval = 100us, .size = i < 4 ? 56U : 0U});
        });
    for (std::thread& thread : threads) thread.join();
    for (const PingResult& result : results) {
        INFO(result.to_string());
        CHECK(result.received == 50);
        CHECK(result.duplicates == 0);
        CHECK(result.errors == 0);
    }
}

namespace {

// A host that answers echo requests to its address itself, from another address of its own.
class Impostor {
public:
    Impostor(const Netns& netns, const char* from) {
        write_sysctl(netns, "ipv4/icmp_echo_ignore_all", "1");
        netns.run([&] {
            socket_ =
                vethpp::detail::UniqueFd{::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)};
        });
        REQUIRE(socket_);
        const vethpp::detail::PingAddress own{address(from), 0};
        netns.run([&] {
            sender_ =
                vethpp::detail::UniqueFd{::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)};
        });
        REQUIRE(::bind(sender_.get(), own.data(), own.size()) == 0);
    }
    Impostor(const Impostor&) = delete;
    Impostor& operator=(const Impostor&) = delete;

    // Waits for a request and answers it.
    void answer() {
        for (;;) {
            std::array<unsigned char, 128> packet{};
            pollfd ready{.fd = socket_.get(), .events = POLLIN, .revents = 0};
            REQUIRE(::poll(&ready, 1, static_cast<int>(long_enough.count())) == 1);
            sockaddr_in from{};
            socklen_t length = sizeof from;
            const auto n = ::recvfrom(socket_.get(),
                                      packet.data(),
                                      packet.size(),
                                      0,
                                      reinterpret_cast<sockaddr*>(&from),
                                      &length);
            if (n < 28 || packet[20] != 8) continue;
            // A reply differs from its request in the type, and by as much in the checksum.
            packet[20] = 0;
            const unsigned sum = packet[22] * 256U + packet[23] + 0x800U;
            packet[22] = static_cast<unsigned char>(((sum >> 16U) + sum) >> 8U);
            packet[23] = static_cast<unsigned char>((sum >> 16U) + sum);
            REQUIRE(::sendto(sender_.get(),
                             packet.data() + 20,
                             static_cast<std::size_t>(n) - 20,
                             0,
                             reinterpret_cast<const sockaddr*>(&from),
                             length) == n - 20);
            return;
        }
    }

private:
    vethpp::detail::UniqueFd socket_{};
    vethpp::detail::UniqueFd sender_{};
};

}  // namespace

TEST_CASE("ping: what comes from another address is no answer", "[kernel][ping]") {
    TwoHosts net;
    net.pair.second().add_address("10.1.1.9/24");
    net.pair.wait_ready(long_enough);
    const char* const from = GENERATE("10.1.1.3", "10.1.1.9");
    CAPTURE(from);
    Impostor impostor{net.ns2, from};
    const bool itself = std::string_view{from} == "10.1.1.3";
    std::thread other{[&] { impostor.answer(); }};
    const PingResult result = vethpp::ping(
        net.ns1, "10.1.1.3", {.timeout = itself ? std::chrono::microseconds{long_enough} : 100ms});
    other.join();
    CHECK(result.received == (itself ? 1U : 0U));
}

TEST_CASE("ping: of a group or a network, whoever answers counts, but not oneself",
          "[kernel][ping]") {
    const TwoHosts net;
    if (GENERATE(false, true)) allow_ping_sockets(net.ns1);
    for (const Netns* const netns : {&net.ns1, &net.ns2})
        write_sysctl(*netns, "ipv4/icmp_echo_ignore_broadcasts", "0");
    add_route(net.ns1, {.to = "224.0.0.0/4", .via = "10.1.1.3"});
    const std::string to = GENERATE("ff02::1%veth0", "224.0.0.1", "10.1.1.255");
    CAPTURE(to);
    CHECK(patient_ping(net.ns1, to).received == 1);
    if (to == "10.1.1.255") return;  // to that, the kernel always sends itself a copy
    write_sysctl(net.ns2, "ipv4/icmp_echo_ignore_broadcasts", "1");
    write_sysctl(net.ns2, "ipv6/icmp/echo_ignore_multicast", "1");
    const PingResult alone = vethpp::ping(net.ns1, to, {.timeout = 100ms});
    CHECK(alone.received == 0);
    CHECK(alone.outcome() == PingOutcome::timed_out);
}

TEST_CASE("ping: an anycast address answers from another one", "[kernel][ping]") {
    const TwoHosts net;
    if (GENERATE(false, true)) allow_ping_sockets(net.ns1);
    // That of a network's routers (RFC 4291, 2.6.1).
    write_sysctl(net.ns2, "ipv6/conf/veth1/forwarding", "1");
    for (const std::size_t size : {0U, 56U})
        CHECK(patient_ping(net.ns1, "fd00::", {.size = size}).received == 1);
}

TEST_CASE("ping: no room, for all requests together no longer than the timeout", "[kernel][ping]") {
    TwoHosts net;
    const std::string to = GENERATE("10.1.1.3", "fd00::3");
    // Of a ping socket of IPv6 the kernel says nothing, and what it has no room for is lost.
    if (to == "10.1.1.3" && GENERATE(false, true)) allow_ping_sockets(net.ns1);
    CHECK(patient_ping(net.ns1, to).received == 1);  // it knows its neighbour
    // A queue that nothing fits into.
    vethpp::Failure failure;
    vethpp::NetnsRef{net.ns1}.state()->session.request(
        {.type = RTM_NEWQDISC, .flags = NLM_F_CREATE | NLM_F_REPLACE},
        [&](vethpp::wire::Writer& w) {
            tcmsg header{};
            header.tcm_ifindex = static_cast<int>(net.pair.first().index());
            header.tcm_parent = TC_H_ROOT;
            w.pod(header);
            w.attribute(TCA_KIND, "pfifo", 6);
            const tc_fifo_qopt none{.limit = 0};
            w.attribute(TCA_OPTIONS, &none, sizeof none);
        },
        failure);
    REQUIRE_FALSE(failure);
    const Error error = failure_of([&](OnError e) {
        (void)vethpp::ping(net.ns1, to, {.count = 600, .interval = 0us, .timeout = 20ms}, e);
    });
    CHECK(std::string{error.what()} ==
          "ping: \"" + to +
              "\" in ns1: No buffer space available (no room in the queue of the link, or in the "
              "table of neighbours, which all namespaces of the machine share (net." +
              (to == "fd00::3" ? "ipv6" : "ipv4") + ".neigh.default.gc_thresh3 of the first one))");
}

TEST_CASE("ping: the errors of others are not taken for ours", "[kernel][ping]") {
    // A raw socket is told of every error about its destination, whoever sent the request.
    const Routed net;
    without_limits(net.router);
    const std::string to = GENERATE("10.2.2.2", "fd02::2");
    PingResult good;
    PingResult bad;
    std::thread other{
        [&] { bad = patient_ping(net.host, to, {.count = 6, .interval = 1ms, .ttl = 1}); }};
    good = patient_ping(net.host, to, {.count = 20, .interval = 1ms});
    other.join();
    CHECK(good.received == 20);
    CHECK(good.errors == 0);
    CHECK(bad.received == 0);
    CHECK(bad.errors == 6);
    CHECK(bad.outcome() == PingOutcome::ttl_exceeded);
}

TEST_CASE("ping: no memory, at whatever allocation", "[kernel][ping][memory]") {
    const TwoHosts net;
    const Netns home = Netns::current();
    error_code ec;
    const PingOptions options{.timeout = long_enough};
    for (const std::string to : {"10.1.1.3", "fd00::3", "10.9.9.9"}) {
        const auto once = [&] { (void)vethpp::ping(net.ns1, to, options, ec); };
        CHECK(at_each_allocation(once, [&] { CHECK(Netns::current() == home); }) > 0);
        CHECK(ec.failed() == (to == "10.9.9.9"));
    }
}

TEST_CASE("ping: signals do not end or break it", "[kernel][ping]") {
    const TwoHosts net;
    struct sigaction action {};
    struct sigaction before {};
    action.sa_handler = [](int) {};  // without SA_RESTART
    REQUIRE(::sigaction(SIGUSR1, &action, &before) == 0);
    std::atomic<bool> done = false;
    const pthread_t pinging = ::pthread_self();
    std::thread signals{[&] {
        while (!done) {
            ::pthread_kill(pinging, SIGUSR1);
            std::this_thread::yield();
        }
    }};
    const PingResult result =
        patient_ping(net.ns1, "10.1.1.3", {.count = 20, .interval = 1ms, .size = 4000});
    done = true;
    signals.join();
    ::sigaction(SIGUSR1, &before, nullptr);
    CHECK(result.received == 20);
}

TEST_CASE("ping: prints what ping(8) prints", "[kernel][ping]") {
    if (!std::filesystem::exists("/usr/bin/ping") && !std::filesystem::exists("/bin/ping"))
        vethpp_test::skip("ping(8) is not installed");
    const Routed net;
    const std::string arguments = GENERATE("-c 3 -i 0.01 10.2.2.2",
                                           "-c 3 -i 0.01 fd02::2",
                                           "-c 1 -t 1 10.2.2.2",
                                           "-c 1 -t 1 fd02::2",
                                           "-c 1 10.3.3.3",
                                           "-c 1 fd03::3");
    std::string theirs;
    net.host.run([&] {
        const std::unique_ptr<FILE, int (*)(FILE*)> pipe{
            ::popen(("LC_ALL=C ping -q " + arguments + " 2>&1").c_str(), "r"), ::pclose};
        REQUIRE(pipe);
        char part[256];
        while (std::fgets(part, sizeof part, pipe.get()) != nullptr) theirs += part;
    });
    INFO(theirs);
    if (theirs.find("--- ") == std::string::npos)
        vethpp_test::skip("ping(8) does not run here: " + theirs);
    theirs.erase(0, theirs.find("--- "));
    while (!theirs.empty() && theirs.back() == '\n') theirs.pop_back();

    const std::string to = arguments.substr(arguments.rfind(' ') + 1);
    vethpp::PingOptions options;
    if (arguments.find("-c 3") != std::string::npos) options.count = 3;
    if (arguments.find("-t 1") != std::string::npos) options.ttl = 1;
    const std::string ours = fmt::format("{}", patient_ping(net.host, to, options));
    // Times differ.
    const std::regex time{R"(time \d+ms|\d+\.\d{3}\b)"};
    CHECK(std::regex_replace(ours, time, "TIME") == std::regex_replace(theirs, time, "TIME"));
}
