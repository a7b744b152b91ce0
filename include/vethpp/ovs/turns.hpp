// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace vethpp::detail {

/// A lock for which one may wait for a limited time, as std::timed_mutex is: but that is locked by
/// a function that the thread sanitizer of GCC 12 does not know.
class OvsTurns {
public:
    OvsTurns() : given{} {}
    OvsTurns(const OvsTurns&) = delete;
    OvsTurns& operator=(const OvsTurns&) = delete;
    // A copy in a child process would wait for those who wait in the parent, to the end of its days
    // (pthread_cond_destroy(3)); there is nothing to give back.
    ~OvsTurns() {}  // NOLINT(modernize-use-equals-default): that of a union's member is meant

    [[nodiscard]] bool try_lock_until(std::chrono::steady_clock::time_point end) {
        std::unique_lock lock{mutex_};
        const bool free = given.wait_until(lock, end, [&] { return !taken_; });
        if (free) taken_ = true;
        return free;
    }
    /// Does not wait for anybody, as a copy in a child process would wait for ever. That must not
    /// unlock it, either, which wakes others.
    [[nodiscard]] bool try_lock() {
        const std::unique_lock lock{mutex_, std::try_to_lock};
        if (!lock || taken_) return false;
        taken_ = true;
        return true;
    }
    void unlock() {
        {
            const std::lock_guard lock{mutex_};
            taken_ = false;
        }
        given.notify_one();
    }

private:
    std::mutex mutex_{};
    union {
        std::condition_variable given;
    };
    bool taken_ = false;
};

}  // namespace vethpp::detail
