// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovs/supervisor.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vethpp::detail {

// Ends with a null pointer; execve(2) changes none of it.
[[nodiscard]] inline std::vector<char*> exec_strings(const std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
    out.push_back(nullptr);
    return out;
}

VETHPP_INLINE void OvsSupervisor::start(const Setup& setup, Failure& failure) {
    if (failure) return;
    const UniqueFd owner{static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0))};
    std::array<int, 2> ends{-1, -1};
    if (!owner || ::pipe2(ends.data(), O_CLOEXEC) != 0) return failure.fail(last_error());
    status_ = UniqueFd{ends[0]};
    const UniqueFd report{ends[1]};
    Supervision task{.directory = setup.directory.c_str(),
                     .netns = setup.netns,
                     .environment = exec_strings(setup.environment),
                     .last_request = setup.last_request,
                     .owner = owner.get(),
                     .report = report.get()};
    for (const OvsCommand& command : setup.commands) {
        task.commands.push_back(exec_strings(command.arguments));
        task.commands.back().insert(task.commands.back().begin(),
                                    const_cast<char*>(command.path.c_str()));
    }
    cleans_up_ = !setup.last_request.empty();
    // Not fork(3), which would run the handlers of other people's libraries in the copy.
    const long pid =
        ::syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    if (pid == 0) {
        supervise(task);
        ::_exit(0);
    }
    if (pid < 0) failure.fail(last_error());
    pid_ = static_cast<::pid_t>(pid);
}

// A pipe's writes of that size are whole (PIPE_BUF in pipe(7)), and so are the reads.
VETHPP_INLINE OvsOutcome OvsSupervisor::outcome() const noexcept {
    OvsOutcome outcome;
    if (::read(status_.get(), &outcome, sizeof outcome) != sizeof outcome) return {};
    return outcome;
}

VETHPP_INLINE void OvsSupervisor::stop() noexcept {
    if (pid_ <= 0) return;
    // One that has a request to send ends by itself, when nobody reads its pipe any more.
    if (cleans_up_)
        status_ = {};
    else
        ::kill(pid_, SIGKILL);
    // ECHILD if the program ignores SIGCHLD, or has reaped it.
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

}  // namespace vethpp::detail
