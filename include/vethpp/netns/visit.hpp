// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netns/home.hpp>
#include <vethpp/netns/system.hpp>
#include <vethpp/value/error.hpp>

namespace vethpp {
class NetnsRef;
}

namespace vethpp::detail {

/// A thread in the wrong network is worse than no process.
[[noreturn]] void terminate_because(const char* netns, const char* why) noexcept;

/// Brings the calling thread back to the namespace it came from, or ends the process: whatever the
/// thread did next would happen in the wrong network. A thread that never left needs no right for
/// it.
void come_back(const System& system, int origin, const char* netns) noexcept;

/// Runs f, which may change its thread's namespace; the calling thread is at home again afterwards,
/// also if f throws. No handler of the program runs in between: what it opened would belong to the
/// wrong network. A thread that could leave its namespace but not come back (a process in a user
/// namespace whose network is that of its parent) is spared: then another one does it, and ends.
/// That one would always do, but on a busy machine it waits some milliseconds for a processor.
void visit_namespaces(const System& system,
                      const NetnsHome& home,
                      FunctionRef<void()> f,
                      Failure& failure);

/// Runs f with its thread in that namespace: the calling one, right where it is, if that is its own
/// namespace, since setns(2) takes CAP_SYS_ADMIN even then.
void visit(const NetnsRef& netns, FunctionRef<void()> f, Failure& failure);

/// For those who may not make namespaces.
[[nodiscard]] const char* how_to_get_sys_admin() noexcept;

/// Fails with what entering a namespace was refused with, if it was.
void explain_entering(error_code ec, Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/visit.ipp>
#endif
