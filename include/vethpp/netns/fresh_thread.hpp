// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/value/error.hpp>

#include <pthread.h>
#include <signal.h>
#include <system_error>
#include <thread>

namespace vethpp::detail {

/// Runs f on a thread of its own and waits for it. What f does to its thread, such as unshare(2),
/// ends with the thread: the caller's never leaves its namespace, whatever fails. f must not throw.
inline void on_fresh_thread(FunctionRef<void()> f, Failure& failure) {
    // The thread inherits the mask, so that no handler of the program ever runs in there.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        std::thread thread{f};
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        thread.join();
    } catch (const std::system_error& error) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        failure.fail(error_code{error.code().value(), boost::system::system_category()});
        failure.context.hint = "no thread could be started";
    }
}

}  // namespace vethpp::detail
