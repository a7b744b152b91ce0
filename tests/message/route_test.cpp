// SPDX-License-Identifier: BSL-1.0
#include "support/bytes.hpp"
#include <vethpp/message/route.hpp>

#include <string>

namespace {

using vethpp::message::is_local_route;
using vethpp::message::write_route_query;
using vethpp_test::bytes;
using vethpp_test::hex;

std::string query(const char* address, std::uint32_t link) {
    vethpp_test::ByteVector buffer(256);
    vethpp::wire::Writer writer{buffer};
    write_route_query(writer, boost::asio::ip::make_address(address), link);
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

TEST_CASE("local_route: the answer") {
    // As a real kernel answers for 10.1.1.2 on veth1 and for 10.1.1.9 beyond it.
    CHECK(is_local_route(bytes("02 20 00 00  ff 00 00 02  00020000 0800 0100 0a010102")));
    CHECK_FALSE(is_local_route(bytes("02 20 00 00  fe 00 00 01  00020000 0800 0100 0a010109")));
    CHECK_FALSE(is_local_route(bytes("02 20 00 00  ff 00 00 02  000200")));
    CHECK_FALSE(is_local_route({}));
}
