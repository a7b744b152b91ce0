// SPDX-License-Identifier: BSL-1.0
// The other end of a pair is found where it is, and nothing else is taken for it.
#include "support/catch.hpp"
#include "support/live.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/kinds/macvlan.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/veth_pair.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace {

using namespace vethpp;
using namespace vethpp_test;

void has_none(const Link& link, const Netns& where) {
    const Error error = failure_of([&](OnError e) { (void)link.peer(where, e); });
    INFO(error.what());
    CHECK(error.code() == errc::no_such_link);
    CHECK_THAT(error.what(), contains("it has no other end in " + where.to_string()));
}

}  // namespace

TEST_CASE("peer: a link of the same index in another namespace is not the other end",
          "[kernel][link][peer]") {
    const Netns a = Netns::create("a");
    const Netns b = Netns::create("b");
    const bool known = GENERATE(false, true);  // whether `a` has a number for `b`
    CAPTURE(known);
    VethPair pair{{.netns = a, .name = "one", .index = 7}, {.netns = a, .name = "two", .index = 8}};
    VethPair others{{.netns = b, .name = "innocent0", .index = 7},
                    {.netns = b, .name = "innocent1", .index = 8}};
    std::optional<VethPair> across;
    if (known)
        across.emplace(LinkOptions{.netns = a, .name = "x"}, LinkOptions{.netns = b, .name = "y"});
    for (const Link* link : {&pair.first(), &pair.second()}) has_none(*link, b);
    for (const Link* link : {&others.first(), &others.second()}) has_none(*link, a);
    CHECK(pair.first().peer().name() == "two");
    CHECK(pair.second().peer(a).name() == "one");
}

TEST_CASE("peer: across namespaces, also where the indexes are the same", "[kernel][link][peer]") {
    const Netns a = Netns::create("a");
    const Netns b = Netns::create("b");
    const Netns c = Netns::create("c");
    const std::uint32_t index = GENERATE(7U, 9U);
    VethPair pair{{.netns = a, .name = "one", .index = 7},
                  {.netns = b, .name = "two", .index = index}};
    Bridge same{{.netns = c, .name = "same", .index = index}};
    Bridge near{{.netns = a, .name = "near", .index = 9}};
    succeeds([&](OnError e) { CHECK(pair.first().peer(b, e).name() == "two"); });
    succeeds([&](OnError e) { CHECK(pair.second().peer(a, e).name() == "one"); });
    succeeds([&](OnError e) { CHECK(pair.first().peer(e).to_string() == "two in b"); });
    succeeds([&](OnError e) { CHECK(a.link("one").peer(b, e).name() == "two"); });
    has_none(pair.first(), a);
    has_none(pair.first(), c);
    has_none(pair.second(), b);

    pair.second().move_to(c, "moved");
    has_none(pair.first(), b);
    CHECK(pair.first().peer(c).name() == "moved");
    pair.second().move_to(a);
    has_none(pair.first(), c);
    succeeds([&](OnError e) { CHECK(pair.first().peer(e).to_string() == "moved in a"); });
}

TEST_CASE("peer: a link that stands on another one has no other end", "[kernel][link][peer]") {
    const Netns a = Netns::create("a");
    const Netns b = Netns::create("b");
    VethPair pair{{.netns = a, .name = "one"}, {.netns = b, .name = "two"}};
    const Macvlan guest{{.netns = b, .name = "guest"}, {.lower = pair.first()}};
    has_none(guest, a);
    has_none(guest, b);
}
