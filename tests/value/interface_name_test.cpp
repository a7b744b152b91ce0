// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include <vethpp/value/interface_name.hpp>

#include <string>
#include <string_view>

namespace {

using namespace vethpp;
using namespace vethpp_test;

const std::string_view no_white_space = "an interface name has no white space";

}  // namespace

TEST_CASE("name_problem: good names") {
    for (const std::string name : {"a",
                                   "veth0",
                                   "15-bytes-is-it.",
                                   "...",
                                   "-",
                                   "eth0.100",
                                   "a@b",
                                   "a\\b",
                                   "a\"b",
                                   "ünder",
                                   "\x7f",
                                   "alle",
                                   "All"}) {
        CAPTURE(name);
        CHECK(name_problem(name).empty());
    }
    CHECK(name_problem(std::string(127, 'x'), max_alternative_name).empty());
    CHECK(name_problem("all", max_alternative_name).empty());
    CHECK(name_problem("default", max_alternative_name).empty());
}

TEST_CASE("name_problem: bad names") {
    for (const std::string_view name : {"all", "default"})
        CHECK(name_problem(name) ==
              "\"all\" and \"default\" are not interface names: the kernel's sysctls have them");
    CHECK(name_problem("") == "an interface name has at least 1 byte");
    CHECK(name_problem("16-bytes-it-is..") == "an interface name has at most 15 bytes");
    CHECK(name_problem(std::string(128, 'x'), max_alternative_name) ==
          "an alternative name has at most 127 bytes");
    CHECK(name_problem(".") == "\".\" and \"..\" are not interface names");
    CHECK(name_problem("..") == "\".\" and \"..\" are not interface names");
    CHECK(name_problem("a/b") == "an interface name has no '/' and no ':'");
    CHECK(name_problem("a:b") == "an interface name has no '/' and no ':'");
    CHECK(name_problem("veth%d") ==
          "an interface name has no '%', which the kernel takes for a template");
    for (const char c : {' ', '\t', '\n', '\v', '\f', '\r'})
        CHECK(name_problem(std::string{"a"} + c) == no_white_space);
    using std::string_view_literals::operator""sv;
    CHECK(name_problem("a\0b"sv) == "an interface name has no NUL byte");
    CHECK(name_problem("\0"sv) == "an interface name has no NUL byte");
}

TEST_CASE("name_problem: the kernel takes the byte 0xa0 for white space, also inside UTF-8") {
    const std::string_view reason =
        "an interface name has no byte 0xa0, which the kernel takes for white space";
    CHECK(name_problem("a\xa0") == reason);
    CHECK(name_problem("à") == reason);                              // 0xc3 0xa0
    CHECK(name_problem("á").empty());                                // 0xc3 0xa1
    CHECK(name_problem("à", vethpp::max_alternative_name).empty());  // accepted there
}

TEST_CASE("check_name: fails with the reason and quotes the name") {
    vethpp::Failure failure;
    vethpp::detail::check_name("veth0", failure);
    CHECK_FALSE(failure);
    failure.context.operation = "create the bridge";
    vethpp::detail::check_name("a b", failure);
    CHECK(failure.code == errc::invalid_name);
    CHECK(std::string{vethpp::Error{failure}.what()} ==
          "create the bridge: \"a b\": invalid name (an interface name has no white space)");
    vethpp::Failure longer;
    vethpp::detail::check_name(std::string(16, 'x'), longer, max_alternative_name);
    CHECK_FALSE(longer);
}
