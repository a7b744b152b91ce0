// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/random.hpp>
#include <vethpp/base/unique_fd.hpp>

#include <ctime>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

namespace vethpp::detail {

VETHPP_INLINE std::uint64_t random_bits() noexcept {
    std::uint64_t bits = 0;
    // Requests of up to 256 bytes are never short once the kernel's pool is ready.
    if (::getrandom(&bits, sizeof bits, 0) == sizeof bits) return bits;
    if (const UniqueFd device{::open("/dev/urandom", O_RDONLY | O_CLOEXEC)};
        device && ::read(device.get(), &bits, sizeof bits) == sizeof bits)
        return bits;
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    thread_local std::uint64_t calls = 0;
    // The address of a thread's own variable tells threads apart; the multiplier is that of
    // SplitMix64, and spreads every bit over all others.
    bits = static_cast<std::uint64_t>(now.tv_sec) * 1000000000U +
           static_cast<std::uint64_t>(now.tv_nsec);
    bits ^= static_cast<std::uint64_t>(::getpid()) << 40U;
    bits ^= reinterpret_cast<std::uintptr_t>(&calls) + ++calls;
    bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebU;
    return bits ^ (bits >> 31U);
}

}  // namespace vethpp::detail
