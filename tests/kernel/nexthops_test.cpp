// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/oracle.hpp"
#include "support/patience.hpp"
#include <vethpp/message/nexthop_message.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/nexthops.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/routes.hpp>
#include <vethpp/veth_pair.hpp>

#include <cerrno>
#include <chrono>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using Texts = std::vector<std::string>;

struct Fixture {
    Netns client = Netns::create("client");
    Netns server = Netns::create("server");
    VethPair one{
        {.netns = client, .name = "eth0", .addresses = {"10.0.1.2/24", "fd00:1::2/64"}, .up = true},
        {.netns = server, .addresses = {"10.0.1.1/24", "fd00:1::1/64"}, .up = true}};
    VethPair two{{.netns = client, .name = "eth1", .addresses = {"10.0.2.2/24"}, .up = true},
                 {.netns = server, .addresses = {"10.0.2.1/24", "10.9.0.1/32"}, .up = true}};
    Nexthops nexthops{client};

    Fixture() {
        one.wait_ready(long_enough);
        two.wait_ready(long_enough);
    }
    [[nodiscard]] Texts list(const NexthopFilter& filter = {}) const {
        Texts found;
        for (const Nexthop& nexthop : nexthops.list(filter)) found.push_back(nexthop.to_string());
        return found;
    }
};

}  // namespace

TEST_CASE("nexthops: bytes") {
    const auto written = [](const Nexthop& nexthop) {
        ByteVector buffer(1024);
        wire::Writer writer{buffer};
        message::write_nexthop(writer, nexthop);
        CHECK(writer.refusal().empty());
        Nexthop back;
        REQUIRE(message::read_nexthop(writer.written(), back));
        back.scope.reset();
        if (!nexthop.family) back.family.reset();
        CHECK(back == nexthop);
        return hex(writer.written());
    };
    CHECK(written({.id = 1, .via = "10.0.1.1", .link = 2, .onlink = true, .protocol = 4}) == hex(R"(
        02 00 04 00 04000000                # AF_INET, static, on-link
        0800 0100 01000000                  # id
        0800 0500 02000000                  # link
        0800 0600 0a000101                  # via)"));
    CHECK(written({.id = 3, .blackhole = true, .family = Family::ipv6}) == hex(R"(
        0a 00 00 00 00000000
        0800 0100 03000000
        0400 0400                           # blackhole)"));
    CHECK(written({.id = 9,
                   .group = {{1}, {2, 5}},
                   .resilient = ResilientGroup{.buckets = 8,
                                               .idle_timer = std::chrono::seconds{2}}}) == hex(R"(
        00 00 00 00 00000000
        0800 0100 09000000
        1400 0200 01000000 00 00 0000  02000000 04 00 0000    # the members, weights less 1
        0600 0300 01000000                  # resilient
        1400 0c80 0600 0100 08000000 0800 0200 c8000000)"));
    CHECK(written({.via = "fd00::1", .fdb = true}) == hex(R"(
        0a 00 00 00 00000000
        1400 0600 fd000000 00000000 00000000 00000001
        0400 0b00                           # of a forwarding database)"));
    ByteVector buffer(256);
    wire::Writer writer{buffer};
    message::write_nexthop(writer, {.group = {{1, 0}}});
    CHECK(writer.refusal() == "a weight is 1 to 256");
    Nexthop none;
    CHECK_FALSE(message::read_nexthop(bytes("02 00 00"), none));
    CHECK_FALSE(message::read_nexthop(bytes("02000000 00000000 0a00 0200 01000000 0000"), none));
}

TEST_CASE("nexthops: added, grouped, routed by, removed", "[kernel][routes]") {
    const Fixture f;
    const Routes routes{f.client};
    CHECK(f.nexthops.add({.id = 1, .via = "10.0.1.1", .link = f.one.first()}) == 1);
    CHECK(f.nexthops.add(
              {.id = 2, .via = "10.0.2.1", .link = f.two.first(), .protocol = RTPROT_STATIC}) == 2);
    const std::uint32_t third = f.nexthops.add({.via = "fd00:1::1", .link = f.one.first()});
    CHECK(third > 2);
    f.nexthops.add({.id = 10, .group = {{1}, {2, 5}}});
    f.nexthops.add({.id = 11, .blackhole = true});
    f.nexthops.add({.id = 12, .via = "10.77.0.1", .link = f.one.first(), .onlink = true});
    f.nexthops.add({.id = 13, .via = "10.0.1.1", .fdb = true});
    routes.add({.destination = "10.9.0.0/16", .nexthop_id = 10});
    routes.add({.destination = "fd09::/64", .nexthop_id = third});
    CHECK(ping(f.client, "10.9.0.1", {.timeout = long_enough}).received == 1);
    CHECK(routes.find("fd09::1").via == IpAddress{"fd00:1::1"});
    CHECK(f.list({.link = f.two.first()}) ==
          Texts{"id 2 via 10.0.2.1 dev eth1 scope link proto static"});
    CHECK(f.list({.groups = true}) == Texts{"id 10 group 1/2,5"});
    CHECK(f.list({.fdb = true}) == Texts{"id 13 via 10.0.1.1 scope link fdb"});
    CHECK(f.list({.protocol = RTPROT_STATIC}).size() == 1);
    CHECK(f.list({.family = Family::ipv6}).size() == 1);
    need(f.client, "ip");
    std::istringstream printed{shell(f.client, "ip nexthop").text};
    Texts lines;
    for (std::string line; std::getline(printed, line);)
        lines.push_back(line.substr(0, line.find_last_not_of(' ') + 1));
    CHECK(f.list() == lines);

    // The routes follow, and go with it.
    f.nexthops.replace({.id = 10, .group = {{2}}});
    CHECK(routes.find("10.9.0.1").link == f.two.first());
    const auto through = [&] {
        std::string found;
        for (const Route& route : routes.list())
            if (route.nexthop_id) found += route.to_string() + '\n';
        return found;
    };
    CHECK_THAT(through(), contains("10.9.0.0/16 nhid 10 via 10.0.2.1 dev eth1\n"));
    CHECK(routes.flush({.family = Family::ipv6, .protocol = RTPROT_BOOT}) == 1);
    f.nexthops.remove(10);
    CHECK(through().empty());
    CHECK(f.nexthops.flush({.fdb = true}) == 1);
    CHECK(f.nexthops.flush() == 5);
    CHECK(f.list().empty());
}

TEST_CASE("nexthops: a resilient group", "[kernel][routes]") {
    const Fixture f;
    f.nexthops.add({.id = 1, .via = "10.0.1.1", .link = f.one.first()});
    f.nexthops.add({.id = 2, .via = "10.0.2.1", .link = f.two.first()});
    f.nexthops.add(
        {.id = 10,
         .group = {{1}, {2}},
         .resilient = ResilientGroup{.buckets = 8, .idle_timer = std::chrono::seconds{2}}});
    const Nexthop group = f.nexthops.list({.groups = true}).at(0);
    REQUIRE(group.resilient);
    CHECK(group.resilient->buckets == 8);
    CHECK(group.resilient->idle_timer == std::chrono::seconds{2});
    CHECK(group.to_string() == "id 10 group 1/2 type resilient buckets 8");
}

TEST_CASE("nexthops: what is wrong is said", "[kernel][routes]") {
    Fixture f;
    f.nexthops.add({.id = 1, .via = "10.0.1.1", .link = f.one.first()});
    const VethPair pair{{.netns = f.client, .name = "down"}, {}};
    struct Row {
        Nexthop nexthop;
        const char* sentence;
    };
    const Row rows[] = {
        {{.id = 1, .blackhole = true},
         "id 1 blackhole in client: File exists (there is one of that id)"},
        {{.id = 2, .via = "10.9.9.9", .link = f.one.first()},
         "Network is unreachable (the gateway is in no network of eth0)"},
        {{.id = 2, .link = pair.first()}, "Network is down (the link is down)"},
        {{.id = 2, .via = "10.0.1.1"}, "invalid option (it needs its link (.link))"},
        {{.id = 2, .link = f.one.first(), .blackhole = true},
         "invalid option (a blackhole has no gateway and no link)"},
        {{.id = 2, .link = f.one.first(), .group = {{1}}},
         "invalid option (a group has no way of its own)"},
        {{.id = 2, .blackhole = true, .resilient = ResilientGroup{}},
         "invalid option (only a group is resilient)"},
        {{.id = 2, .link = f.one.second()}, "is in another namespace, server"},
        {{.id = 2, .via = "nowhere", .link = f.one.first()}, "invalid address"},
        {{.id = 2, .via = "10.0.1.1", .link = f.one.first(), .family = Family::ipv6},
         "the gateway is of another family"},
        {{.id = 2, .group = {{7}}}, "Invalid argument; kernel: Invalid nexthop id"},
        {{.id = 2, .group = {{1, 257}}}, "a weight is 1 to 256"},
    };
    for (const Row& row : rows) {
        INFO(row.nexthop);
        const Error error = failure_of([&](OnError e) { (void)f.nexthops.add(row.nexthop, e); });
        CHECK_THAT(std::string{error.what()}, contains(row.sentence));
    }
    CHECK(f.list().size() == 1);
    check_error(
        failure_of([&](OnError e) { f.nexthops.remove(7, e); }),
        ENOENT,
        "remove the nexthop: id 7 in client: No such file or directory (there is none of that id)");
    check_error(failure_of([&](OnError e) { (void)Nexthops{NetnsRef::none()}.list({}, e); }),
                errc::no_such_namespace,
                "list the nexthops: no namespace to act on");
}

TEST_CASE("nexthops: the same requests as ip(8)", "[kernel][routes][oracle]") {
    const Oracle oracle;
    oracle.with_bridge_port();
    oracle.both("link set veth0 nomaster");
    oracle.both("link set up veth0");
    const Link link = oracle.ours.link("veth0");
    struct Row {
        const char* arguments;
        Nexthop nexthop;
    };
    const Row rows[] = {
        {"id 1 via 10.0.1.1 dev veth0 onlink proto static",
         {.id = 1, .via = "10.0.1.1", .link = link, .onlink = true, .protocol = RTPROT_STATIC}},
        {"id 2 dev veth0", {.id = 2, .link = link}},
        {"id 3 blackhole", {.id = 3, .blackhole = true}},
        {"id 4 group 1/2,5", {.id = 4, .group = {{1}, {2, 5}}}},
        {"id 5 via fd00::1 fdb", {.id = 5, .via = "fd00::1", .fdb = true}},
    };
    error_code ignored;
    for (const Row& row : rows) {
        INFO(row.arguments);
        Differences found =
            oracle.request(std::string{"ip nexthop add "} + row.arguments,
                           RTM_NEWNEXTHOP,
                           sizeof(nhmsg),
                           message::nexthop_names(),
                           [&](const Netns& ns) { (void)Nexthops{ns}.add(row.nexthop, ignored); });
        std::erase(found, echo);
        CHECK(found == Differences{});
    }
}
