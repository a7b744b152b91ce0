// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include <vethpp/value/interface_address.hpp>

#include <fmt/format.h>

#include <chrono>
#include <linux/if_addr.h>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

void check_refused(const std::string& text, const std::string& reason) {
    CAPTURE(text);
    CHECK_THROWS_WITH(
        InterfaceAddress::parse(text),
        "parse an interface address: \"" + text + "\": invalid address (" + reason + ")");
    error_code code;
    CHECK(InterfaceAddress::parse(text, code) == InterfaceAddress{});
    CHECK(code == errc::invalid_address);
    // An option that is written so is invalid, and says so where it is used.
    const InterfaceAddress invalid{text};
    CHECK_FALSE(invalid.is_valid());
    CHECK(invalid.problem() == reason);
    CHECK(invalid.to_string() == "\"" + text + "\"");
    CHECK(invalid != InterfaceAddress{});
    Failure failure;
    vethpp::detail::check_address(invalid, failure);
    CHECK(failure.code == errc::invalid_address);
    CHECK(failure.context.hint == reason);
}

}  // namespace

TEST_CASE("InterfaceAddress: parses an address and the length of its prefix") {
    const InterfaceAddress v4{"10.1.1.2/24"};
    CHECK(v4.address() == boost::asio::ip::make_address("10.1.1.2"));
    CHECK(v4.prefix_length() == 24);
    CHECK_FALSE(v4.is_v6());
    const InterfaceAddress v6{"fd00::2/64"};
    CHECK(v6.address() == boost::asio::ip::make_address("fd00::2"));
    CHECK(v6.prefix_length() == 64);
    CHECK(v6.is_v6());
    for (const auto& [text, printed] : std::vector<std::pair<std::string, std::string>>{
             {"0.0.0.0/0", "0.0.0.0/0"},
             {"10.1.1.2/32", "10.1.1.2/32"},
             {"255.255.255.255/32", "255.255.255.255/32"},
             {"::/0", "::/0"},
             {"::1/128", "::1/128"},
             {"FD00:0:0::2/064", "fd00::2/64"},
             {"fe80::1/10", "fe80::1/10"},
             {"::ffff:10.1.1.2/96", "::ffff:10.1.1.2/96"}}) {
        CAPTURE(text);
        CHECK(InterfaceAddress{text}.to_string() == printed);
        CHECK(InterfaceAddress{printed} == InterfaceAddress{text});
    }
}

TEST_CASE("InterfaceAddress: refuses everything else, quotes it and says why") {
    const std::string missing = "the prefix length is missing, as in 10.1.1.2/24";
    check_refused("", missing);
    check_refused("10.1.1.2", missing);
    check_refused("fd00::2", missing);

    const std::string no_address = "expected an IPv4 or IPv6 address before the '/'";
    check_refused("/24", no_address);
    check_refused("10.1.1/24", no_address);
    check_refused("10.1.1.256/24", no_address);
    check_refused("10.1.1.2.3/24", no_address);
    check_refused(" 10.1.1.2/24", no_address);
    check_refused("10.1.1.2 /24", no_address);
    check_refused("localhost/24", no_address);
    check_refused("fd00::2::/64", no_address);
    check_refused("[fd00::2]/64", no_address);
    check_refused("fd00:::2/64", no_address);
    check_refused("0x0a010102/24", no_address);

    const std::string no_scope = "an interface address has no %scope: the link is the scope";
    check_refused("fe80::1%eth0/64", no_scope);
    check_refused("fe80::1%1/64", no_scope);

    const std::string no_number = "expected a number of bits after the '/'";
    check_refused("10.1.1.2/", no_number);
    check_refused("10.1.1.2/x", no_number);
    check_refused("10.1.1.2/24 ", no_number);
    check_refused("10.1.1.2/ 24", no_number);
    check_refused("10.1.1.2/+24", no_number);
    check_refused("10.1.1.2/-1", no_number);
    check_refused("10.1.1.2/24/24", no_number);
    check_refused("10.1.1.2/24.0", no_number);
    check_refused("10.1.1.2/255.255.255.0", no_number);
    check_refused("10.1.1.2/0x18", no_number);

    check_refused("10.1.1.2/33", "an IPv4 prefix has at most 32 bits");
    check_refused("10.1.1.2/255", "an IPv4 prefix has at most 32 bits");
    check_refused("10.1.1.2/256", "an IPv4 prefix has at most 32 bits");
    check_refused("10.1.1.2/4294967320", "an IPv4 prefix has at most 32 bits");  // 2^32 + 24
    check_refused("fd00::2/129", "an IPv6 prefix has at most 128 bits");
}

TEST_CASE("InterfaceAddress: a NUL does not hide what follows it") {
    using std::string_view_literals::operator""sv;
    vethpp::error_code code;
    for (const std::string_view text :
         {"10.1.1.2\0/24"sv, "10.1.1.2\0x/24"sv, "10.1.1.2/24\0"sv, "fd00::2\0::/64"sv}) {
        (void)InterfaceAddress::parse(text, code);
        CHECK(code == errc::invalid_address);
    }
}

TEST_CASE("InterfaceAddress: from text of any kind, with options, and from its parts") {
    const std::string text = "10.1.1.2/24";
    const auto address = boost::asio::ip::make_address("10.1.1.2");
    CHECK(InterfaceAddress{text} == InterfaceAddress{"10.1.1.2/24"});
    CHECK(InterfaceAddress{std::string_view{text}} == InterfaceAddress{address, 24});
    const InterfaceAddress labelled{"10.1.1.2/24", {.label = "veth0:1"}};
    CHECK(labelled.options().label == "veth0:1");
    CHECK(labelled != InterfaceAddress{text});
    CHECK(labelled == InterfaceAddress{address, 24, {.label = "veth0:1"}});
    CHECK(InterfaceAddress{text} != InterfaceAddress{"10.1.1.2/25"});
    const std::vector<InterfaceAddress> list{"10.1.1.2/24", {"fd00::2/64", {.metric = 5}}};
    CHECK(list[1].options().metric == 5U);
}

TEST_CASE("InterfaceAddress: prints") {
    CHECK(fmt::format("{}", InterfaceAddress{"10.1.1.2/24"}) == "10.1.1.2/24");
    CHECK(fmt::format("{:>14}", InterfaceAddress{"10.1.1.2/24"}) == "   10.1.1.2/24");
    CHECK(fmt::format("{}", AddressState{"fd00::2/64", 3, 0}) == "fd00::2/64");
    CHECK(InterfaceAddress{}.to_string() == "0.0.0.0/0");
}

TEST_CASE("AddressState: equality includes the link and the flags") {
    const AddressState state{"fd00::2/64", 3, IFA_F_PERMANENT};
    CHECK(state == AddressState{"fd00::2/64", 3, IFA_F_PERMANENT});
    CHECK(state != AddressState{"fd00::2/64", 4, IFA_F_PERMANENT});
    CHECK(state != AddressState{"fd00::2/64", 3, 0});
}
