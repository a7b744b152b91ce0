// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vethpp::detail {

/// What came of starting commands, one after the other.
struct OvsOutcome {
    static constexpr std::uint32_t no_directory = ~0U;
    std::uint32_t step = 0;   ///< the command that failed, or no_directory
    std::int32_t status = 0;  ///< its wait status; negative: an errno before it began
    bool ready = false;       ///< all of them have succeeded
};

/// What the supervising process works with. All of it is made before clone(2): nothing can be
/// allocated after it, because another thread may hold the allocator's lock for ever in the copy.
struct Supervision {
    const char* directory = nullptr;             ///< to be made, and to be removed at the end
    int netns = -1;                              ///< where the commands run; -1: where the owner is
    std::vector<std::vector<char*>> commands{};  ///< as execve(2) takes them
    std::vector<char*> environment{};            ///< the same
    std::span<const std::byte> last_request{};   ///< to generic netlink, when all have ended
    int owner = -1;                              ///< a pidfd of the process for whom it is done
    int report = -1;                             ///< a pipe, for an OvsOutcome
};

/// What the copied process does, as the first of a PID namespace: starts the commands, and ends
/// them when the owner has died or has closed its end of the pipe. Calls only what a signal handler
/// may call.
void supervise(const Supervision& task) noexcept;

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/supervision.ipp>
#endif
