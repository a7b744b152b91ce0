// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include <vethpp/base/random.hpp>
#include <vethpp/base/text.hpp>

#include <set>
#include <string>
#include <string_view>

using namespace vethpp::detail;

TEST_CASE("text: pieces, digits, and what stands between quotes") {
    CHECK(concat({"a", "", "bc"}) == "abc");
    CHECK(concat({}).empty());
    CHECK(hex(0xabc, 4) == "0abc");
    CHECK(hex(0xabc, 2) == "bc");
    CHECK(hex(1, 0).empty());
    CHECK(quoted("") == R"("")");
    CHECK(quoted("a b") == R"("a b")");
    CHECK(quoted(R"(say "hi" \)") == R"("say \"hi\" \\")");
    CHECK(quoted(std::string_view{"a\0\n\x7f", 4}) == R"("a\x00\x0a\x7f")");
    CHECK(quoted("größe") == "\"größe\"");
}

TEST_CASE("random_bits: no number twice") {
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 10000; ++i) seen.insert(random_bits());
    CHECK(seen.size() == 10000);
}
