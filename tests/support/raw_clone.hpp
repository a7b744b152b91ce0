// SPDX-License-Identifier: BSL-1.0
// A child of which no library knows.
#pragma once

#include <csignal>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__)
#define VETHPP_TEST_WITH_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define VETHPP_TEST_WITH_THREAD_SANITIZER
#endif
#endif
#ifdef VETHPP_TEST_WITH_THREAD_SANITIZER
extern "C" void __tsan_ignore_thread_begin();  // NOLINT: its name, <sanitizer/tsan_interface.h>
extern "C" void __tsan_ignore_thread_end();    // NOLINT
#endif

namespace vethpp_test {

/// What a child does that has none of its parent's other threads. After fork(2) the thread
/// sanitizer sees to that by itself; here, it would take what they have done for a race with the
/// child. It wants to hear the end of that, too, as often as the beginning: also that of the
/// parent, if that is such a child.
class AloneInChild {
public:
#ifdef VETHPP_TEST_WITH_THREAD_SANITIZER
    AloneInChild() noexcept {
        ++depth();
        __tsan_ignore_thread_begin();
    }
    ~AloneInChild() {
        for (; depth() > 0; --depth()) __tsan_ignore_thread_end();
    }
#else
    AloneInChild() noexcept {}
    ~AloneInChild() {}
#endif
    AloneInChild(const AloneInChild&) = delete;
    AloneInChild& operator=(const AloneInChild&) = delete;

private:
    static int& depth() noexcept {
        thread_local int count = 0;
        return count;
    }
};

/// Runs f in a child as fork(2) makes it, by clone(2) itself, with further flags such as
/// CLONE_NEWPID. The child ends with the exit status that f returns.
template <class F>
::pid_t raw_clone(unsigned long flags, F&& f) {
    const long pid = ::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    if (pid != 0) return static_cast<::pid_t>(pid);
    int status = 0;
    {
        const AloneInChild alone;
        status = f();
    }
    ::_exit(status);
}

}  // namespace vethpp_test
