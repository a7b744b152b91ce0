// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netns/fresh_thread.hpp>
#include <vethpp/netns/system.hpp>
#include <vethpp/value/error.hpp>

#include <cstdio>
#include <exception>

namespace vethpp::detail {

[[noreturn]] inline void poisoned(const char* netns, const char* why) noexcept {
    std::fprintf(stderr, "vethpp: entered %s: %s; terminating\n", netns, why);
    std::terminate();
}

/// Brings the calling thread back to the namespace it came from, or ends the process: whatever the
/// thread did next would happen in the wrong network.
inline void come_back(const System& system, const UniqueFd& origin, const char* netns) noexcept {
    error_code ec;
    for (int attempt = 0; attempt < 3; ++attempt) {  // setns(2) can fail for lack of memory
        system.enter(origin.get(), ec);
        if (!ec) return;
    }
    poisoned(netns, "the thread cannot return to its own namespace");
}

/// Runs f, which may change its thread's namespace and must not throw; the calling thread is where
/// it was afterwards. A thread that could leave its namespace but not come back (a process in a
/// user namespace whose network is that of its parent) is spared: then another one does it, and
/// ends. That one would always do, but on a busy machine it waits some milliseconds for a
/// processor.
inline void excursion(const System& system,
                      FunctionRef<void(const UniqueFd& origin)> f,
                      Failure& failure) {
    error_code ec;
    const UniqueFd origin = system.current_netns(ec);
    failure.fail(ec);
    if (ec) return;
    system.enter(origin.get(), ec);  // where it is anyway: tells whether it may come back
    if (ec) {
        on_fresh_thread([&] { f(origin); }, failure);
        return;
    }
    f(origin);
    come_back(system, origin, "a namespace");
}

}  // namespace vethpp::detail
