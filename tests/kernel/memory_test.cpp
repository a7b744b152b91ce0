// SPDX-License-Identifier: BSL-1.0
// Every operation of the core with each of its allocations failing in turn. Whether std::bad_alloc
// comes out or not: nothing is left behind, and the thread is where it was.
#include "support/catch.hpp"
#include "support/failing_new.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include <vethpp/netns.hpp>

#include <memory>
#include <string>

namespace {

using namespace vethpp;
using namespace vethpp_test;

}  // namespace

TEST_CASE("no memory: each allocation fails once, in turn", "[kernel][memory]") {
    std::size_t checked = 0;
    const auto two = [] {
        const auto one = std::make_unique<int>(1);
        const std::string other(100, 'x');
    };
    CHECK(at_each_allocation(two, [&] { ++checked; }) == 2);
    CHECK(checked == 2);
    CHECK_FALSE(FailingNew{1}.has_failed());
}

TEST_CASE("no memory: making a namespace", "[kernel][memory]") {
    const Ledger before = Ledger::now();
    const auto make = [] { (void)Netns::create("a namespace with a label of some length"); };
    CHECK(at_each_allocation(make, [&] { before.check_unchanged(); }) > 0);
}
