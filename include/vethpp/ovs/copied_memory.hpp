// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace vethpp::detail {

/// Whether a sanitizer has instrumented this code.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#elif defined(__has_feature)
inline constexpr bool is_sanitized =
    __has_feature(address_sanitizer) || __has_feature(hwaddress_sanitizer) ||
    __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer);
#else
inline constexpr bool is_sanitized = false;
#endif

/// Addresses from begin to end.
struct [[gnu::visibility("hidden")]] MemoryRange {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
};

/// What the thread that asks has of its own, beside its stack: the C library keeps errno there, and
/// the kernel a few numbers. Found by address, so it may be more than that.
[[nodiscard]] MemoryRange thread_memory() noexcept;

/// In a copied process (clone(2)): gives back the copy of its original's memory, of which each page
/// would have to be copied when the original next writes to it, and would stay. What is left are
/// programs and libraries with their variables, whose zeros are zeros again, the environment, and
/// these two ranges, in one of which the stack has to be.
///
/// Afterwards nothing can be called but syscall(2), and functions that are bound already: where
/// libraries are bound late, the tables for that are gone. Where a sanitizer has instrumented the
/// code, whose memory it needs, nothing is given back.
[[gnu::visibility("hidden")]] void give_back_copied_memory(const MemoryRange& own,
                                                           const MemoryRange& of_thread) noexcept;

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/copied_memory.ipp>
#endif
