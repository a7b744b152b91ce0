// SPDX-License-Identifier: BSL-1.0
// Replaces the program's operator new, which is inert but for FailingNew. Over-aligned types have
// functions of their own, which stay; the library allocates none.
#include "failing_new.hpp"

#include <atomic>
#include <cstdlib>

namespace {

// How many allocations are left until the one that fails; 0: none does.
std::atomic<std::size_t> until_failure{0};
std::atomic<bool> failed{false};

bool is_due() noexcept {
    std::size_t left = until_failure.load(std::memory_order_relaxed);
    while (left != 0 && !until_failure.compare_exchange_weak(left, left - 1)) {
    }
    if (left == 1) failed = true;
    return left == 1;
}

void* allocate(std::size_t size) {
    void* const memory = is_due() ? nullptr : std::malloc(size != 0 ? size : 1);
    if (memory == nullptr) throw std::bad_alloc{};
    return memory;
}

}  // namespace

namespace vethpp_test {

FailingNew::FailingNew(std::size_t nth) noexcept {
    failed = false;
    until_failure = nth;
}
FailingNew::~FailingNew() { until_failure = 0; }
bool FailingNew::has_failed() noexcept { return failed; }

}  // namespace vethpp_test

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
// A sanitizer brings these with memory of its own.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return is_due() ? nullptr : std::malloc(size != 0 ? size : 1);
}
void* operator new[](std::size_t size, const std::nothrow_t& tag) noexcept {
    return operator new(size, tag);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
