// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include <vethpp/value/mac_address.hpp>

#include <fmt/format.h>

#include <array>
#include <set>
#include <string>
#include <string_view>

namespace {

using namespace vethpp;
using namespace vethpp_test;

constexpr std::array<std::uint8_t, 6> sample{0x02, 0xab, 0xcd, 0xef, 0x00, 0x1f};

}  // namespace

TEST_CASE("MacAddress: parses six bytes") {
    for (const char* text :
         {"02:ab:cd:ef:00:1f", "02:AB:CD:EF:00:1F", "02-ab-cd-ef-00-1f", "02:ab-cd:ef-00:1f"}) {
        CAPTURE(text);
        CHECK(MacAddress{text}.bytes() == sample);
        CHECK(MacAddress::parse(text) == MacAddress{sample});
    }
    CHECK(MacAddress{std::string_view{"xx02:ab:cd:ef:00:1fxx"}.substr(2, 17)}.bytes() == sample);
}

TEST_CASE("MacAddress: refuses everything else and quotes it") {
    for (const std::string text : {"",
                                   "02",
                                   "02:ab:cd:ef:00",
                                   "02:ab:cd:ef:00:1",
                                   "02:ab:cd:ef:00:1f:",
                                   "02:ab:cd:ef:00:1f:00",
                                   " 02:ab:cd:ef:00:1f",
                                   "02:ab:cd:ef:00:1f ",
                                   "02:ab:cd:ef:00:1g",
                                   "2:ab:cd:ef:00:1f:0",
                                   "02ab:cd:ef:00:1f:0",
                                   "02.ab.cd.ef.00.1f",
                                   "02abcdef001f",
                                   "+2:ab:cd:ef:00:1f",
                                   "0x:ab:cd:ef:00:1f"}) {
        CAPTURE(text);
        CHECK_THROWS_WITH(MacAddress::parse(text),
                          "parse a MAC address: \"" + text +
                              "\": invalid address (expected six bytes like 02:00:00:00:00:01)");
        vethpp::error_code code;
        CHECK(MacAddress::parse(text, code).is_zero());
        CHECK(code == errc::invalid_address);
        // An option that is written so is invalid, and says so where it is used.
        const MacAddress invalid{std::string_view{text}};
        CHECK_FALSE(invalid.is_valid());
        CHECK(invalid.to_string() == "\"" + text + "\"");
        CHECK(invalid != MacAddress{});
        Failure failure;
        vethpp::detail::check_mac(invalid, failure);
        CHECK(failure.code == errc::invalid_address);
        CHECK(failure.context.hint ==
              "\"" + text + "\" is no MAC address: expected six bytes like 02:00:00:00:00:01");
    }
    const std::string with_nul{"02:ab:cd:ef:00:1\0", 17};
    CHECK_THROWS_AS(MacAddress::parse(with_nul), Error);
    CHECK_FALSE(MacAddress{std::string_view{with_nul}}.is_valid());
    CHECK(MacAddress{"a text that is much too long for an address"}.to_string() ==
          "\"a text that is mu...\"");
}

TEST_CASE("MacAddress: prints as it parses") {
    CHECK(MacAddress{sample}.to_string() == "02:ab:cd:ef:00:1f");
    CHECK(MacAddress{}.to_string() == "00:00:00:00:00:00");
    CHECK(fmt::format("{}", MacAddress{sample}) == "02:ab:cd:ef:00:1f");
    CHECK(fmt::format("{:>20}", MacAddress{sample}) == "   02:ab:cd:ef:00:1f");
    for (int i = 0; i < 100; ++i) {
        const MacAddress mac = MacAddress::random();
        CHECK(MacAddress{mac.to_string()} == mac);
    }
}

TEST_CASE("MacAddress: random ones are local, unicast and different") {
    std::set<MacAddress> seen;
    for (int i = 0; i < 1000; ++i) {
        const MacAddress mac = MacAddress::random();
        CHECK((mac.bytes()[0] & 3U) == 2);
        CHECK_FALSE(mac.is_multicast());
        seen.insert(mac);
    }
    CHECK(seen.size() > 990);
}

TEST_CASE("MacAddress: order and properties") {
    CHECK(MacAddress{"00:00:00:00:00:02"} < MacAddress{"00:00:00:00:01:00"});
    CHECK(MacAddress{} == MacAddress{"00:00:00:00:00:00"});
    CHECK(MacAddress{}.is_zero());
    CHECK_FALSE(MacAddress{sample}.is_zero());
    CHECK(MacAddress{"01:80:c2:00:00:00"}.is_multicast());
    CHECK(MacAddress{"ff:ff:ff:ff:ff:ff"}.is_multicast());
    static_assert(MacAddress{sample}.bytes()[1] == 0xab);
}
