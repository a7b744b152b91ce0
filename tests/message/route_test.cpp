// SPDX-License-Identifier: BSL-1.0
#include "support/described.hpp"
#include "support/recorded.hpp"
#include "support/recorder.hpp"
#include "support/requests.hpp"
#include <vethpp/message/route.hpp>
#include <vethpp/message/route_query.hpp>
#include <vethpp/netlink/session.hpp>

#include <linux/rtnetlink.h>
#include <string>

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

std::string written_route(const Route& route) {
    ByteVector buffer(256);
    wire::Writer writer{buffer};
    wire::write_message(writer, route);
    REQUIRE_FALSE(writer.overflow());
    return hex(writer.written());
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
                         .protocol = std::uint8_t{4}}) == hex(R"(
        02 18 00 00  00 04 fd 01  00000000
        0800 0100 0a000100                    # destination
        0800 0500 0a000201                    # via
        0800 0400 07000000                    # link
        0800 0600 32000000                    # metric
        0800 0700 0a000202                    # source
        0800 0f00 e8030000                    # table)"));
    CHECK(written_route({.via = "fd00::1"}) == hex(R"(
        0a 00 00 00  00 00 00 00  00000000    # AF_INET6, the default route
        1400 0500 fd000000 00000000 00000000 00000001)"));
}

TEST_CASE("Route: as a real kernel lists it") {
    Route route;
    REQUIRE(wire::read_message(payload_of(recorded_route), route));
    CHECK(route == Route{.destination = "10.0.1.0/24",
                         .via = "10.0.2.1",
                         .link = 2,
                         .metric = 50,
                         .table = RT_TABLE_MAIN,
                         .type = RouteType::unicast,
                         .scope = AddressScope::universe,
                         .protocol = std::uint8_t{RTPROT_BOOT}});
    CHECK(route.to_string() == "10.0.1.0/24 via 10.0.2.1 dev 2 metric 50");
    CHECK(Route{.via = "fd00::1", .source = "fd00::2"}.to_string() ==
          "default via fd00::1 src fd00::2");
    const ByteVector whole = payload_of(recorded_route);
    for (std::size_t n = 0; n < whole.size(); ++n) {
        Route part;
        (void)wire::read_message(copy(wire::Bytes{whole}.first(n)), part);
    }
    Route none;
    CHECK_FALSE(wire::read_message(bytes("02 18 00 00"), none));
}

TEST_CASE("Route: the name of the attribute at every offset of a request") {
    check_paths(
        wire::message_names<Route>,
        payload_of(recorded_route),
        {{0, ""}, {12, "table"}, {20, "destination"}, {28, "metric"}, {36, "via"}, {44, "link"}});
}
