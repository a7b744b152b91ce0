// SPDX-License-Identifier: BSL-1.0
// No memory, on demand: the n-th allocation of the program fails, once. Every operation is tried
// with each of its allocations failing in turn, which finds each place where an exception can come
// from.
#pragma once

#include "catch.hpp"

#include <cstddef>
#include <new>

namespace vethpp_test {

/// While it lives, the nth `operator new` from now on, counted from 1, throws std::bad_alloc; of
/// whatever thread, since work is handed to others. One at a time; no assertions in between, which
/// allocate, too.
class FailingNew {
public:
    explicit FailingNew(std::size_t nth) noexcept;
    FailingNew(const FailingNew&) = delete;
    FailingNew& operator=(const FailingNew&) = delete;
    ~FailingNew();

    /// Whether it has come so far.
    [[nodiscard]] static bool has_failed() noexcept;
};

/// Which allocations to try: the first one, and every step-th from there. More than one is for
/// operations that take long.
struct Allocations {
    std::size_t first = 1;
    std::size_t step = 1;
};

/// Runs operation() again and again, with another one of its allocations failing each time, until
/// it no longer gets so far. std::bad_alloc may come out of it, or not; after each run that had one
/// fail, check() compares what there is with what there was. What the operation makes and keeps, it
/// takes back. Returns how often an allocation failed.
template <class Operation, class Check>
std::size_t at_each_allocation(Operation&& operation, Check&& check, Allocations which = {}) {
    std::size_t failures = 0;
    for (std::size_t nth = which.first;; nth += which.step) {
        bool failed = false;
        bool thrown = false;
        {
            const FailingNew failing{nth};
            try {
                operation();
            } catch (const std::bad_alloc&) {
                thrown = true;
            }
            failed = FailingNew::has_failed();
        }
        CAPTURE(nth, thrown);
        REQUIRE((failed || !thrown));
        if (!failed) return failures;
        ++failures;
        check();
    }
}

}  // namespace vethpp_test
