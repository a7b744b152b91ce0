// SPDX-License-Identifier: BSL-1.0
// Options are written with whatever integers and texts a program has.
#include "support/catch.hpp"
#include <vethpp/ping/options.hpp>
#include <vethpp/value/interface_address.hpp>
#include <vethpp/value/number.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace vethpp;

TEST_CASE("number: from every integer, and not wrapped") {
    CHECK(Number{} == 0);
    CHECK(Number{-1} == -1);
    CHECK(Number{std::size_t{7}} == 7);
    CHECK(Number{std::uint8_t{255}} == 255);
    CHECK(Number{std::numeric_limits<std::int64_t>::min()} ==
          std::numeric_limits<std::int64_t>::min());
    CHECK(Number{std::numeric_limits<std::uint64_t>::max()} ==
          std::numeric_limits<std::int64_t>::max());
    CHECK(Number{4095}.is_within(0, 4095));
    CHECK_FALSE(Number{4096}.is_within(0, 4095));
    CHECK_FALSE(Number{-1}.is_within(0, 4095));
    CHECK(Number{65541}.as<std::uint32_t>() == 65541);
    const std::optional<Number> wide = 65541;  // a 16-bit member would make it 5
    CHECK(wide == 65541);
}

TEST_CASE("number: options of variables, without a narrowing conversion") {
    // That this compiles is most of the test.
    const int number = 3;
    const std::size_t size = 5;
    const PingOptions options{.count = number, .size = size};
    CHECK(options.count == 3);
    CHECK(options.size == 5);
    CHECK(PingOptions{.count = size, .size = number}.count == 5);
    for (const std::int64_t bad : {-1, 0}) {
        Failure failure;
        detail::check_ping_options({.count = bad}, failure);
        CHECK(failure.code == errc::invalid_option);
        CHECK(failure.context.hint == "count is " + std::to_string(bad) + ", not at least 1");
    }
    Failure failure;
    detail::check_ping_options({.size = -1}, failure);
    CHECK(failure.context.hint == "size is -1, not 0 to 65507 bytes");
}

TEST_CASE("addresses: a list, or one without its braces") {
    struct Options {
        InterfaceAddresses addresses{};
    };
    const std::string text = "10.1.1.2/24";
    const InterfaceAddress one{text};
    const std::vector<InterfaceAddress> list{one};
    for (const Options& options : {Options{.addresses = "10.1.1.2/24"},
                                   Options{.addresses = text},
                                   Options{.addresses = one},
                                   Options{.addresses = list},
                                   Options{.addresses = {"10.1.1.2/24"}},
                                   Options{.addresses = {text}},
                                   Options{.addresses = {one}}})
        CHECK(options.addresses == list);
    CHECK(Options{}.addresses.empty());
    const Options two{.addresses = {"10.1.1.2/24", {"10.0.0.1/32", {.peer = "10.0.0.2"}}}};
    REQUIRE(two.addresses.size() == 2);
    CHECK(two.addresses[1].options().peer == IpAddress{"10.0.0.2"});
    CHECK(Options{.addresses = {text, text}}.addresses.size() == 2);
}
