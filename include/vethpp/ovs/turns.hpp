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
    [[nodiscard]] bool try_lock_until(std::chrono::steady_clock::time_point end) {
        std::unique_lock lock{mutex_};
        const bool free = given_.wait_until(lock, end, [&] { return !taken_; });
        if (free) taken_ = true;
        return free;
    }
    /// Does not wait for anybody, as a copy in a child process would wait for ever.
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
        given_.notify_one();
    }

private:
    std::mutex mutex_{};
    std::condition_variable given_{};
    bool taken_ = false;
};

}  // namespace vethpp::detail
