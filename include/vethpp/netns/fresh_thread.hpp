// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/value/error.hpp>

namespace vethpp::detail {

/// Runs f on a thread of its own and waits for it. What f does to its thread, such as unshare(2),
/// ends with the thread: the caller's never leaves its namespace, whatever fails. No handler of the
/// program runs in there; an exception of f is thrown here.
void on_fresh_thread(FunctionRef<void()> f, Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/fresh_thread.ipp>
#endif
