// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/netns/system.hpp>
#include <vethpp/value/error.hpp>

namespace vethpp::detail {

/// A thread in the wrong network is worse than no process.
[[noreturn]] void terminate_because(const char* netns, const char* why) noexcept;

/// Brings the calling thread back to the namespace it came from, or ends the process: whatever the
/// thread did next would happen in the wrong network.
void come_back(const System& system, const UniqueFd& origin, const char* netns) noexcept;

/// Runs f, which may change its thread's namespace; the calling thread is where it was afterwards,
/// also if f throws. A thread that could leave its namespace but not come back (a process in a user
/// namespace whose network is that of its parent) is spared: then another one does it, and ends.
/// That one would always do, but on a busy machine it waits some milliseconds for a processor.
void visit_namespaces(const System& system,
                      FunctionRef<void(const UniqueFd& origin)> f,
                      Failure& failure);

/// The same with the calling thread in that namespace when f begins.
void visit(const NetnsRef& netns, FunctionRef<void()> f, Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/visit.ipp>
#endif
