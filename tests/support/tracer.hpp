// SPDX-License-Identifier: BSL-1.0
// SIGKILL at any system call: before the first one, after it, before the second one, and so on.
#pragma once

#include "netns_watch.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <fcntl.h>
#include <string>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace vethpp_test {

/// Which one is killed: the process that runs a function, or one that it has made (clone(2))
/// without an exit signal.
enum class Whom { itself, its_helper };

enum class Killing {
    done,       ///< it was killed; where it was the helper, the function has ended nevertheless
    too_late,   ///< it does not make so many system calls; the function has ended
    failed,     ///< the function was ended by something else
    no_tracer,  ///< this machine refuses ptrace(2)
};

/// Follows a process with ptrace(2).
class Tracer {
public:
    Tracer(::pid_t process, Whom whom, int nth)
        : process_{process}, victim_{whom == Whom::itself ? process : 0}, nth_{nth} {}

    /// The process waits until the other end of the pipe is written to.
    [[nodiscard]] Killing follow(int gate) {
        const long options = PTRACE_O_TRACESYSGOOD | (victim_ == 0 ? PTRACE_O_TRACECLONE : 0);
        int status = 0;
        if (::ptrace(PTRACE_SEIZE, process_, nullptr, options) != 0 ||
            ::ptrace(PTRACE_INTERRUPT, process_, nullptr, nullptr) != 0 ||
            ::waitpid(process_, &status, __WALL) != process_)
            return Killing::no_tracer;
        go_on(process_, 0);
        (void)!::write(gate, "x", 1);
        for (;;) {
            const ::pid_t pid = ::waitpid(-1, &status, __WALL);
            if (pid < 0 && errno == EINTR) continue;
            if (pid < 0) return Killing::failed;
            if (WIFSTOPPED(status))
                stopped(pid, status);
            else if (pid == process_)
                return ended(status);
        }
    }

private:
    [[nodiscard]] Killing ended(int status) const {
        if (killed_ && victim_ == process_)
            return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? Killing::done
                                                                      : Killing::failed;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return Killing::failed;
        return killed_ ? Killing::done : Killing::too_late;
    }
    void stopped(::pid_t pid, int status) {
        const int event = status >> 16;
        const int signal = WSTOPSIG(status);
        if (event == PTRACE_EVENT_CLONE) {
            unsigned long made = 0;
            ::ptrace(PTRACE_GETEVENTMSG, pid, nullptr, &made);
            const std::string task =
                "/proc/" + std::to_string(process_) + "/task/" + std::to_string(made);
            if (victim_ == 0 && ::access(task.c_str(), F_OK) != 0)
                victim_ = static_cast<::pid_t>(made);
            if (early_ != 0) go_on(std::exchange(early_, 0), 0);
        } else if (event == PTRACE_EVENT_STOP && victim_ == 0 && pid != process_) {
            early_ = pid;  // before its maker's event
            return;
        }
        constexpr int call = SIGTRAP | 0x80;
        if (signal == call && pid == victim_ && ++stops_ == nth_) {
            killed_ = true;
            ::kill(pid, SIGKILL);
            return;
        }
        go_on(pid, event != 0 || signal == call ? 0 : signal);
    }
    void go_on(::pid_t pid, int signal) const {
        ::ptrace(pid == process_ && pid != victim_ ? PTRACE_CONT : PTRACE_SYSCALL,
                 pid,
                 nullptr,
                 static_cast<long>(signal));
    }

    ::pid_t process_;
    ::pid_t victim_;
    ::pid_t early_ = 0;
    int nth_;
    int stops_ = 0;
    bool killed_ = false;
};

/// Runs f in a process of its own, and kills that one, or its helper, at the nth stop before or
/// after a system call, counted from 1. No assertions in f, which may throw.
template <class F>
Killing kill_at(Whom whom, int nth, F&& f) {
    // Of the helper's end the tracer is told, and nobody else's: it is a process of its own.
    const Ended ended = in_child([&] {
        std::array<int, 2> gate{-1, -1};
        if (::pipe2(gate.data(), O_CLOEXEC) != 0) return static_cast<int>(Killing::failed);
        const ::pid_t process = ::fork();
        if (process == 0) {
            char c = 0;
            if (::read(gate[0], &c, 1) != 1) ::_exit(1);
            try {
                f();
            } catch (const std::exception&) {
                ::_exit(0);
            }
            ::_exit(0);
        }
        const Killing killing = Tracer{process, whom, nth}.follow(gate[1]);
        if (killing == Killing::no_tracer) ::kill(process, SIGKILL);
        return static_cast<int>(killing);
    });
    for (const Killing killing : {Killing::done, Killing::too_late, Killing::no_tracer})
        if (ended.exited(static_cast<int>(killing))) return killing;
    return Killing::failed;
}

}  // namespace vethpp_test
