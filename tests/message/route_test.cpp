// SPDX-License-Identifier: BSL-1.0
#include "support/described.hpp"
#include "support/recorded.hpp"
#include "support/recorder.hpp"
#include "support/requests.hpp"
#include <vethpp/message/route.hpp>
#include <vethpp/message/route_message.hpp>
#include <vethpp/message/route_query.hpp>
#include <vethpp/netlink/session.hpp>

#include <chrono>
#include <linux/rtnetlink.h>
#include <string>
#include <string_view>
#include <utility>

namespace {

using vethpp::message::is_own_route;
using vethpp::message::write_route_query;
using namespace vethpp;
using namespace vethpp_test;

std::string query(const char* address, std::uint32_t link, std::uint32_t flags = 0) {
    vethpp_test::ByteVector buffer(256);
    vethpp::wire::Writer writer{buffer};
    write_route_query(writer, boost::asio::ip::make_address(address), link, flags);
    REQUIRE_FALSE(writer.overflow());
    return hex(writer.written());
}

}  // namespace

TEST_CASE("local_route: bytes of the question") {
    CHECK(query("10.1.1.2", 3) == hex(R"(
        02 20 00 00  00 00 00 00  00000000    # AF_INET, /32
        0800 0100 0a010102                    # destination)"));
    CHECK(query("fd00::2", 3) == hex(R"(
        0a 80 00 00  00 00 00 00  00000000    # AF_INET6, /128
        1400 0100 fd000000 00000000 00000000 00000002)"));
    CHECK(query("fe80::2", 3) == hex(R"(
        0a 80 00 00  00 00 00 00  00000000
        1400 0100 fe800000 00000000 00000000 00000002
        0800 0400 03000000                    # by this link: link-local addresses are ambiguous)"));
}

TEST_CASE("local_route: the entry of the table") {
    CHECK(query("10.1.1.2", 3, RTM_F_FIB_MATCH) ==
          hex("02 20 00 00  00 00 00 00  00200000  0800 0100 0a010102"));
}

TEST_CASE("local_route: the answer") {
    // As a real kernel answers for 10.1.1.2 on veth1 and for 10.1.1.9 beyond it.
    CHECK(is_own_route(bytes("02 20 00 00  ff 00 00 02  00020000 0800 0100 0a010102")));
    CHECK_FALSE(is_own_route(bytes("02 20 00 00  fe 00 00 01  00020000 0800 0100 0a010109")));
    CHECK_FALSE(is_own_route(bytes("02 20 00 00  ff 00 00 02  000200")));
    CHECK_FALSE(is_own_route({}));
    // For 224.0.0.5 and 255.255.255.255, on a link that has them.
    CHECK(is_own_route(bytes("02 20 00 00  ff 00 00 05  00020000 0800 0100 e0000005")));
    CHECK(is_own_route(bytes("02 20 00 00  ff 00 00 03  00020000 0800 0100 ffffffff")));
    for (const char* const other : {"01", "06", "07", "08"})
        CHECK_FALSE(is_own_route(
            bytes(std::string{"02 20 00 00  ff 00 00 "} + other + " 00020000 0800 0100 0a010102")));
}

namespace {

std::string written_route(const Route& route, bool removes = false) {
    ByteVector buffer(1024);
    wire::Writer writer{buffer};
    message::write_route(writer, route, removes);
    REQUIRE_FALSE(writer.overflow());
    INFO(writer.refusal());
    CHECK(writer.refusal().empty());
    return hex(writer.written());
}

std::string refusal(const Route& route) {
    ByteVector buffer(1024);
    wire::Writer writer{buffer};
    message::write_route(writer, route, false);
    return std::string{writer.refusal()};
}

Route read_back(std::string_view dump) {
    Route route;
    REQUIRE(message::read_route(bytes(dump), route));
    return route;
}

}  // namespace

TEST_CASE("Route: what is set goes out, in the header and behind it") {
    CHECK(written_route({.destination = "10.0.1.0/24",
                         .via = "10.0.2.1",
                         .link = 7,
                         .metric = 50,
                         .source = "10.0.2.2",
                         .table = 1000,
                         .type = RouteType::unicast,
                         .scope = AddressScope::link,
                         .protocol = RTPROT_STATIC,
                         .tos = 0x10,
                         .onlink = true}) == hex(R"(
        02 18 00 10  00 04 fd 01  04000000    # AF_INET, /24, TOS, table elsewhere, static, link, unicast, on-link
        0800 0100 0a000100                    # destination
        0800 0500 0a000201                    # via
        0800 0400 07000000                    # link
        0800 0600 32000000                    # metric
        0800 0700 0a000202                    # source
        0800 0f00 e8030000                    # table)"));
    CHECK(written_route({.via = "fd00::1"}) == hex(R"(
        0a 00 00 00  fe 03 00 01  00000000    # AF_INET6, the default route of the main table
        1400 0500 fd000000 00000000 00000000 00000001)"));
    CHECK(written_route({.destination = "10.0.0.0/8", .via = "fe80::1", .link = 2}) == hex(R"(
        02 08 00 00  fe 03 00 01  00000000
        0800 0100 0a000000
        1600 1200 0a00 fe80 0000 0000 0000 0000 0000 0000 0001 0000    # via, of another family
        0800 0400 02000000)"));
    CHECK(written_route({.destination = "fd01::/64",
                         .from = "fd02::/48",
                         .nexthop_id = 9,
                         .preference = RoutePreference::low,
                         .expires = std::chrono::seconds{60}}) == hex(R"(
        0a 40 30 00  fe 03 00 01  00000000
        1400 0100 fd010000 00000000 00000000 00000000
        1400 0200 fd020000 00000000 00000000 00000000
        0500 1400 03 000000                   # preference
        0800 1700 3c000000                    # expires
        0800 1e00 09000000                    # nexthop object)"));
    CHECK(written_route({.destination = "10.0.0.0/8",
                         .nexthops = {{.via = "10.0.1.1", .weight = 3},
                                      {.via = "10.0.2.1", .link = 4, .onlink = true},
                                      {.via = "fe80::1", .link = 5}}}) == hex(R"(
        02 08 00 00  fe 03 00 01  00000000
        0800 0100 0a000000
        4400 0900                             # several ways
          1000 00 02 00000000  0800 0500 0a000101
          1000 04 00 04000000  0800 0500 0a000201
          2000 00 00 05000000  1600 1200 0a00 fe80 0000 0000 0000 0000 0000 0000 0001 0000)"));
    CHECK(written_route({.destination = "10.0.0.0/8",
                         .link = 2,
                         .metrics = {.mtu = 1400,
                                     .rtt = std::chrono::milliseconds{2},
                                     .rto_min = std::chrono::milliseconds{300},
                                     .congestion_control = "cubic"},
                         .encapsulation = {.type = 1, .data = bytes("0800 0100 00064100")}}) ==
          hex(R"(
        02 08 00 00  fe 03 fd 01  00000000
        0800 0100 0a000000
        0800 0400 02000000
        3000 0880                             # metrics
          0800 0100 00200000                  # locked: rto_min
          0800 0200 78050000                  # MTU
          0800 0400 10000000                  # round-trip time, in eighths
          0800 0d00 2c010000                  # rto_min
          0a00 1000 63756269 63000000         # congestion control
        0600 1500 01000000                    # MPLS
        0c00 1600 0800 0100 00064100          # the label)"));
}

TEST_CASE("Route: what is not said is what ip(8) says then") {
    const auto header = [](const Route& route, bool removes = false) {
        return written_route(route, removes).substr(0, hex("02080000 fe03fd01 00000000").size());
    };
    CHECK(header({.destination = "10.0.0.0/8", .link = 2}) == hex("02080000 fe03fd01 00000000"));
    CHECK(header({.destination = "10.0.0.1", .type = RouteType::local}) ==
          hex("02200000 ff03fe02 00000000"));
    CHECK(header({.destination = "10.0.0.0/8", .type = RouteType::throw_}) ==
          hex("02080000 fe030009 00000000"));
    CHECK(header({.destination = "10.0.0.0/8", .table = 255}, true) ==
          hex("02080000 ff00ff00 00000000"));
    CHECK(header({.destination = "::/0"}) == hex("0a000000 fe030001 00000000"));
}

TEST_CASE("Route: what the wire cannot say is refused") {
    CHECK(refusal({.destination = "10.0.0.0/8", .protocol = 256}) == "a number is out of range");
    CHECK(refusal({.destination = "10.0.0.0/8", .tos = 256}) == "a number is out of range");
    CHECK(refusal({.nexthops = {{.via = "10.0.0.1", .weight = 257}}}) == "a weight is 1 to 256");
    CHECK(refusal({.via = "fd00::1", .expires = std::chrono::seconds{-1}}) ==
          "a time is 0 to 4294967295 seconds");
    CHECK(refusal({.via = "fd00::1", .metrics = {.rto_min = std::chrono::hours{24 * 60}}}) ==
          "a time is 0 to 6 days");
    CHECK(refusal({.link = 1, .encapsulation = {.type = 65536}}) == "the number is out of range");
}

TEST_CASE("Route: as a real kernel lists it") {
    Route route;
    REQUIRE(message::read_route(payload_of(recorded_route), route));
    CHECK(route == Route{.destination = "10.0.1.0/24",
                         .via = "10.0.2.1",
                         .link = 2,
                         .metric = 50,
                         .table = RT_TABLE_MAIN,
                         .type = RouteType::unicast,
                         .scope = AddressScope::universe,
                         .protocol = RTPROT_BOOT});
    CHECK(route.to_string() == "10.0.1.0/24 via 10.0.2.1 dev if2 metric 50");
    const ByteVector whole = payload_of(recorded_route);
    for (std::size_t n = 0; n < whole.size(); ++n) {
        Route part;
        (void)message::read_route(copy(wire::Bytes{whole}.first(n)), part);
    }
    Route none;
    CHECK_FALSE(message::read_route(bytes("02 18 00 00"), none));
    // Ways that are longer than what there is, or than themselves.
    for (const char* const ways :
         {"0c00 0900 1000 0000 02000000", "0c00 0900 0400 0000 02000000", "0800 0900 1000 0000"})
        CHECK_FALSE(
            message::read_route(bytes(std::string{"02080000 fe030001 00000000"} + ways), none));
}

TEST_CASE("Route: what is written is read as the same, and prints as ip(8) says it") {
    struct Row {
        Route route;
        const char* text;
    };
    const Row rows[] = {
        {{.via = "10.0.0.1"}, "default via 10.0.0.1"},
        {{.via = "fd00::1", .source = "fd00::2"}, "default via fd00::1 src fd00::2"},
        {{.destination = "::/0", .link = 3}, "default dev if3"},
        {{.destination = "0.0.0.0/0", .via = "fe80::1", .link = 3},
         "default via inet6 fe80::1 dev if3"},
        {{.destination = "10.0.0.7", .link = 3, .table = 255, .protocol = RTPROT_KERNEL},
         "10.0.0.7 dev if3 table local proto kernel scope link"},
        {{.destination = "10.0.0.0/8", .type = RouteType::blackhole, .tos = 16},
         "blackhole 10.0.0.0/8 tos 0x10"},
        {{.destination = "fd01::/64",
          .from = "fd02::/48",
          .nexthop_id = 9,
          .preference = RoutePreference::high},
         "fd01::/64 from fd02::/48 nhid 9 pref high"},
        {{.destination = "10.0.0.0/8",
          .onlink = true,
          .nexthops =
              {{.via = "10.0.1.1", .link = 3, .weight = 3, .onlink = true},
               {.via = "fe80::1", .link = 4, .encapsulation = {1, bytes("08000100 00064100")}}}},
         "10.0.0.0/8 onlink nexthop via 10.0.1.1 dev if3 weight 3 onlink nexthop encap mpls "
         "0800010000064100 via inet6 fe80::1 dev if4 weight 1"},
        {{.destination = "10.0.0.0/8",
          .via = "10.0.0.1",
          .protocol = 186,
          .metrics = {.locks = 1U << RTAX_MTU,
                      .mtu = 1400,
                      .window = 1,
                      .rtt = std::chrono::milliseconds{2},
                      .rtt_var = std::chrono::milliseconds{3},
                      .ssthresh = 4,
                      .cwnd = 5,
                      .advmss = 6,
                      .reordering = 7,
                      .hoplimit = 8,
                      .initcwnd = 9,
                      .features = 9,
                      .rto_min = std::chrono::milliseconds{10},
                      .initrwnd = 11,
                      .quickack = 1,
                      .congestion_control = "reno",
                      .fastopen_no_cookie = 1}},
         "10.0.0.0/8 via 10.0.0.1 proto bgp mtu lock 1400 window 1 rtt 2ms rttvar 3ms ssthresh 4 "
         "cwnd 5 advmss 6 reordering 7 hoplimit 8 initcwnd 9 features ecn 0x00000008 rto_min lock "
         "10ms "
         "initrwnd 11 quickack 1 congctl reno fastopen_no_cookie 1"},
    };
    for (const Row& row : rows) {
        INFO(row.text);
        ByteVector buffer(1024);
        wire::Writer writer{buffer};
        message::write_route(writer, row.route, false);
        Route back;
        REQUIRE(message::read_route(writer.written(), back));
        Route expected = row.route;
        // What was not said, and is said when it is listed.
        expected.table = expected.table.value_or(RT_TABLE_MAIN);
        expected.type = expected.type.value_or(RouteType::unicast);
        expected.protocol = expected.protocol.value_or(RTPROT_BOOT);
        expected.scope = back.scope;
        CHECK(back == expected);
        CHECK(back.to_string() == row.text);
        CHECK(back != Route{});
    }
    CHECK(RouteNexthop{.via = "10.0.0.1", .weight = 2}.to_string() == "via 10.0.0.1 weight 2");
    const Route expiring = read_back(R"(
        0a400000 fe030001 00000000
        2400 0c00 00000000 00000000 70170000 00000000 00000000 00000000 00000000 00000000)");
    CHECK(expiring.expires == std::chrono::seconds{60});
    CHECK(expiring.to_string() == "default expires 60sec");
    for (const auto& [flag, word] : {std::pair{RTNH_F_DEAD, "dead"},
                                     {RTNH_F_LINKDOWN, "linkdown"},
                                     {RTNH_F_OFFLOAD, "offload"},
                                     {RTNH_F_TRAP, "trap"},
                                     {RTNH_F_PERVASIVE, "pervasive"},
                                     {RTNH_F_UNRESOLVED, "unresolved"}})
        CHECK(Route{.flags = static_cast<std::uint32_t>(flag)}.to_string() ==
              std::string{"default "} + word);
    CHECK(to_string(RouteType{77}) == "unknown");
    CHECK(to_string(RoutePreference::medium) == "medium");
}

TEST_CASE("Route: the name of the attribute at every offset of a request") {
    check_paths(
        message::route_names(),
        payload_of(recorded_route),
        {{0, ""}, {12, "table"}, {20, "destination"}, {28, "metric"}, {36, "via"}, {44, "link"}});
}
