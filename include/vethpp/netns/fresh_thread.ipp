// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/blocked_signals.hpp>
#include <vethpp/base/config.hpp>
#include <vethpp/netns/fresh_thread.hpp>

#include <exception>
#include <pthread.h>

namespace vethpp::detail {

VETHPP_INLINE void on_fresh_thread(FunctionRef<void()> f, Failure& failure) {
    if (failure) return;
    struct Task {
        FunctionRef<void()> f;
        std::exception_ptr thrown{};
    } task{f};
    const auto run = [](void* argument) -> void* {
        Task& mine = *static_cast<Task*>(argument);
        try {
            mine.f();
        } catch (...) {
            mine.thrown = std::current_exception();
        }
        return nullptr;
    };
    pthread_t thread{};
    int error = 0;
    {
        const BlockedSignals inherited;
        error = ::pthread_create(&thread, nullptr, run, &task);
    }
    // From here on, the failure is the thread's.
    if (error != 0) return failure.fail_errno(error, "no thread could be started");
    ::pthread_join(thread, nullptr);
    if (task.thrown) std::rethrow_exception(task.thrown);
}

}  // namespace vethpp::detail
