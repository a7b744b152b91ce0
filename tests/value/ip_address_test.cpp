// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include <vethpp/value/ip_address.hpp>
#include <vethpp/value/prefix.hpp>

#include <fmt/core.h>

#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace vethpp;
using boost::asio::ip::make_address;

}  // namespace

TEST_CASE("IpAddress: text, Asio's addresses, and back") {
    CHECK(IpAddress{"10.1.1.2"} == make_address("10.1.1.2"));
    CHECK(make_address("fd00::2") == IpAddress{"fd00::2"});
    CHECK(IpAddress{std::string{"fd00::2"}} != make_address("fd00::3"));
    CHECK(IpAddress{"10.1.1.2"} == IpAddress{boost::asio::ip::make_address_v4("10.1.1.2")});
    const std::optional<IpAddress> option = "10.1.1.2";
    const boost::asio::ip::address asio = *option;
    CHECK(asio.to_string() == "10.1.1.2");
    CHECK(IpAddress{} == IpAddress{"0.0.0.0"});
    CHECK(fmt::format("{:>10}", IpAddress{"10.1.1.2"}) == "  10.1.1.2");
}

TEST_CASE("IpAddress: what is none is invalid, and quotes the text where it is used") {
    using std::string_view_literals::operator""sv;
    for (const std::string_view text : {""sv,
                                        "10.1.1"sv,
                                        "10.1.1.256"sv,
                                        "fd00:::1"sv,
                                        "fe80::1%lo"sv,
                                        "host"sv,
                                        "10.1.1.2\0"sv}) {
        const IpAddress address{text};
        CAPTURE(text);
        CHECK_FALSE(address.is_valid());
        CHECK(address != IpAddress{});
        CHECK_FALSE(address == make_address("0.0.0.0"));
        Failure failure;
        vethpp::detail::check_ip(address, failure);
        CHECK(failure.code == errc::invalid_address);
        CHECK(failure.context.hint == address.to_string() + " is no IPv4 or IPv6 address");
    }
    CHECK(IpAddress{"host"}.to_string() == "\"host\"");
}

TEST_CASE("Prefix: a range, or one address") {
    CHECK(Prefix{"10.0.1.0/24"}.length() == 24);
    CHECK(Prefix{"10.0.1.0/24"}.address() == IpAddress{"10.0.1.0"});
    CHECK(Prefix{"10.0.1.5"} == Prefix{"10.0.1.5/32"});
    CHECK(Prefix{"fd00::5"} == Prefix{IpAddress{"fd00::5"}, 128});
    CHECK(Prefix{"::/0"}.to_string() == "::/0");
    CHECK(fmt::format("{}", Prefix{"fd00:1::/64"}) == "fd00:1::/64");
    for (const std::string text : {"", "host", "10.0.1.0/33", "/24", "10.0.1.0/", "fd00::/129"}) {
        const Prefix prefix{text};
        CAPTURE(text);
        CHECK_FALSE(prefix.is_valid());
        CHECK(prefix.to_string() == "\"" + text + "\"");
        Failure failure;
        vethpp::detail::check_prefix(prefix, failure);
        CHECK(failure.code == errc::invalid_address);
        CHECK_FALSE(failure.context.hint.empty());
    }
}
