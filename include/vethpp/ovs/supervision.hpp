// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/copied_memory.hpp>

#include <cstddef>
#include <cstdint>

namespace vethpp::detail {

/// What came of starting commands, one after the other.
struct [[gnu::visibility("hidden")]] OvsOutcome {
    /// Steps before the first command: what could not be opened or made. The last is all the rest.
    static constexpr std::uint32_t directory = ~0U;
    static constexpr std::uint32_t null_device = ~1U;
    static constexpr std::uint32_t log = ~2U;
    static constexpr std::uint32_t place = ~3U;

    std::uint32_t step = 0;   ///< the command that failed, or one of the above
    std::int32_t status = 0;  ///< its wait status; negative: an errno before it began
    bool ready = false;       ///< all of them have succeeded
};

/// What the supervising process works with: in memory that is made for it before clone(2), because
/// nothing can be allocated after it, and the rest is given back.
struct [[gnu::visibility("hidden")]] Supervision {
    const char* directory = nullptr;         ///< to be made, and to be removed at the end
    int netns = -1;                          ///< where the commands run; -1: where the owner is
    char* const* const* commands = nullptr;  ///< as execve(2) takes them, up to a null pointer
    char* const* environment = nullptr;      ///< the same
    const void* last_request = nullptr;      ///< to the kernel, when all have ended
    std::size_t last_request_size = 0;
    int kernel = -1;  ///< a socket for that; -1: there is no request
    int owner = -1;   ///< a pidfd of the process for whom it is done
    int report = -1;  ///< a socket, for an OvsOutcome, and to be told the end
    MemoryRange memory{};
    MemoryRange of_thread{};
};

/// What the copied process does, as the first of a PID namespace, with all signals blocked: starts
/// the commands, and ends them and removes the directory when the owner has died or has shut the
/// socket down. Its status is 0 if nothing is left then. Calls only what a signal handler may call.
[[gnu::visibility("hidden")]] void supervise(Supervision& task) noexcept;

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/supervision.ipp>
#endif
