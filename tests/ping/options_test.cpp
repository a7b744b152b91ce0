// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include <vethpp/ping/options.hpp>

#include <string>
#include <string_view>

namespace {

using namespace vethpp;
using namespace vethpp_test;

std::string problem(const vethpp::PingOptions& options) {
    Failure failure;
    vethpp::detail::check_ping_options(options, failure);
    if (failure) CHECK(failure.code == errc::invalid_option);
    return failure.context.hint;
}

std::string problem(std::string_view target) {
    Failure failure;
    (void)vethpp::detail::parse_ping_target(target, failure);
    if (failure) CHECK(failure.code == errc::invalid_address);
    return failure.context.hint;
}

}  // namespace

TEST_CASE("ping options: what is out of range is named with its value", "[ping]") {
    using namespace std::chrono_literals;
    CHECK(problem(vethpp::PingOptions{}).empty());
    CHECK(problem({.size = 0}).empty());
    CHECK(problem({.size = 65507}).empty());
    CHECK(problem({.ttl = 1}).empty());
    CHECK(problem({.ttl = 255}).empty());
    CHECK(problem({.interval = 0us, .timeout = 0us}).empty());

    CHECK(problem({.count = 0}) == "count is 0, not at least 1");
    CHECK(problem({.interval = -1ms}) == "interval is -1000 us, not 0 or more");
    CHECK(problem({.timeout = -1us}) == "timeout is -1 us, not 0 or more");
    CHECK(problem({.size = 65508}) == "size is 65508, not 0 to 65507 bytes");
    CHECK(problem({.ttl = 0}) == "ttl is 0, not 1 to 255");
    CHECK(problem({.ttl = 256}) == "ttl is 256, not 1 to 255");
    CHECK(problem({.ttl = -1}) == "ttl is -1, not 1 to 255");
    // The first one, where several are wrong.
    CHECK(problem({.count = 0, .size = 70000}) == "count is 0, not at least 1");
}

TEST_CASE("ping targets: an address, and for IPv6 a scope that stays text", "[ping]") {
    using boost::asio::ip::make_address;
    Failure failure;
    const auto parse = [&](std::string_view text) {
        auto target = vethpp::detail::parse_ping_target(text, failure);
        CHECK_FALSE(failure);
        return target;
    };
    CHECK(parse("10.1.1.3").address == make_address("10.1.1.3"));
    CHECK(parse("fd00::3").address == make_address("fd00::3"));
    CHECK(parse("fd00::3").scope.empty());
    // No link of this namespace has that name, and nobody asks here.
    CHECK(parse("fe80::1%no-such-link").address == make_address("fe80::1"));
    CHECK(parse("fe80::1%no-such-link").scope == "no-such-link");
    CHECK(parse("fe80::1%7").scope == "7");
    CHECK(parse("::ffff:10.1.1.3").address == make_address("10.1.1.3"));

    for (const std::string_view wrong : {"",
                                         " 10.1.1.3",
                                         "10.1.1",
                                         "10.1.1.300",
                                         "10.1.1.3/24",
                                         "localhost",
                                         "fe80:::1",
                                         "%veth0"})
        CHECK_THAT(problem(wrong), contains("expected an IPv4 or IPv6 address"));
    using namespace std::string_view_literals;
    CHECK_THAT(problem("10.1.1.3\0x"sv), contains("expected an IPv4 or IPv6 address"));
    CHECK_THAT(problem("10.1.1.3%veth0"), contains("only an IPv6 address has a %scope"));
    CHECK_THAT(problem("::ffff:10.1.1.3%veth0"), contains("only an IPv6 address has a %scope"));
    CHECK_THAT(problem("fe80::1%"), contains("is empty"));
}
