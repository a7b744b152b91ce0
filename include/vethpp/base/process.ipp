// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/process.hpp>
#include <vethpp/base/random.hpp>

#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace vethpp::detail {

VETHPP_INLINE Birthplace::Birthplace() noexcept : mark_{page()}, value_{read(mark_)} {
    if (mark_ == nullptr) process_ = ::getpid();
}

VETHPP_INLINE bool Birthplace::is_here() const noexcept {
    return mark_ != nullptr ? mark_->load(std::memory_order_relaxed) == value_
                            : ::getpid() == process_;
}

VETHPP_INLINE Birthplace::Mark* Birthplace::page() noexcept {
    // Never given back: objects of static storage ask to the very end.
    static Mark* const made = []() noexcept -> Mark* {
        void* const memory = ::mmap(
            nullptr, sizeof(Mark), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return nullptr;
        if (::madvise(memory, sizeof(Mark), MADV_WIPEONFORK) == 0) return new (memory) Mark{0};
        ::munmap(memory, sizeof(Mark));
        return nullptr;
    }();
    return made;
}

// 0, as the kernel leaves it, becomes a number that no other process has.
VETHPP_INLINE std::uint64_t Birthplace::read(Mark* mark) noexcept {
    if (mark == nullptr) return 0;
    std::uint64_t value = mark->load(std::memory_order_relaxed);
    if (value != 0) return value;
    const std::uint64_t drawn = random_bits() | 1U;
    return mark->compare_exchange_strong(value, drawn, std::memory_order_relaxed) ? drawn : value;
}

}  // namespace vethpp::detail
