// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovs/directory.hpp>
#include <vethpp/ovs/supervision.hpp>

#include <array>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vethpp::detail {

// --- As long as the copied memory is there -------------------------------------------------------

// No handler of the program has run in here: all signals have been blocked since before clone(2).
// By the kernel's own call, since a C library keeps two of them to itself.
inline void reset_signals() noexcept {
    constexpr int all = 64;
    const std::array<unsigned long, 16> normal{};  // a struct sigaction of the kernel's: SIG_DFL
    for (int signal = 1; signal <= all; ++signal)
        ::syscall(SYS_rt_sigaction, signal, normal.data(), nullptr, all / 8);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// The descriptors that it keeps.
using KeptFds = std::array<int*, 3>;

// Of close_range(2) only what is in any libc: Linux 5.9.
[[nodiscard]] inline bool close_all(unsigned first, unsigned last) noexcept {
#ifdef SYS_close_range
    if (::syscall(SYS_close_range, first, last, 0) == 0) return true;
    if (errno != ENOSYS && errno != EPERM) return false;
#endif
    constexpr unsigned enough = 65536;
    for (unsigned fd = first; fd <= last && fd < enough; ++fd) ::close(static_cast<int>(fd));
    return true;
}

// Closes all others, which are the owner's. First of all: there is room for what is opened next.
[[nodiscard]] inline bool close_others(const KeptFds& kept) noexcept {
    unsigned first = 0;
    for (;;) {
        unsigned next = ~0U;
        for (const int* fd : kept)
            if (*fd >= 0 && static_cast<unsigned>(*fd) >= first &&
                static_cast<unsigned>(*fd) < next)
                next = static_cast<unsigned>(*fd);
        if (next == ~0U) return close_all(first, ~0U);
        if (next > first && !close_all(first, next - 1)) return false;
        first = next + 1;
    }
}

// Out of the way of the first three, which are for the commands.
[[nodiscard]] inline bool lift(int& fd) noexcept {
    if (fd < 0 || fd > STDERR_FILENO) return true;
    const int higher = ::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (higher < 0) {
        if (errno == EINVAL) errno = EMFILE;  // the limit is as low as that
        return false;
    }
    ::close(fd);
    fd = higher;
    return true;
}

// Whether the next free descriptor is this one, and becomes this file.
[[nodiscard]] inline bool opens_as(int fd, const char* path, int flags) noexcept {
    const int opened = ::open(path, flags, S_IRUSR | S_IWUSR);
    if (opened == fd || opened < 0) return opened == fd;
    errno = EBADF;
    return false;
}

// ovs-vswitchd makes its taps persist, so that they would stay in the namespace after its death.
// The system call that does so succeeds, but does nothing, in this process and its children. Where
// the kernel refuses the filter, they stay.
inline void keep_taps_from_persisting() noexcept {
    constexpr std::uint32_t low = std::endian::native == std::endian::little ? 0 : 4;
    std::array<sock_filter, 6> code{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1]) + low),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TUNSETPERSIST, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),  // with the errno 0
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog program{.len = code.size(), .filter = code.data()};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

// A process of its own name, session, signals, network, descriptors and directory. Fails with what
// it failed at, and an errno; then nothing is there.
[[nodiscard]] inline OvsOutcome take_place(Supervision& task) noexcept {
    const auto failed = [](std::uint32_t at) { return OvsOutcome{.step = at, .status = -errno}; };
    reset_signals();
    ::prctl(PR_SET_NAME, "vethpp-ovs");
    // Ctrl-C is meant for the owner, which then ends this. Before there is anything to remove:
    // who kills the owner's process group kills this one up to here.
    ::setsid();
    ::umask(::umask(0) & ~static_cast<mode_t>(S_IRWXU));
    if (task.netns >= 0 && ::setns(task.netns, CLONE_NEWNET) != 0) return failed(OvsOutcome::place);
    const KeptFds kept{&task.owner, &task.report, &task.kernel};
    if (!close_others(kept)) return failed(OvsOutcome::place);
    for (int* fd : kept)
        if (!lift(*fd)) return failed(OvsOutcome::place);
    if (!opens_as(STDIN_FILENO, "/dev/null", O_RDWR) ||
        ::dup2(STDIN_FILENO, STDOUT_FILENO) != STDOUT_FILENO)
        return failed(OvsOutcome::null_device);
    // In the place of what is to be the log; it is locked as long as it is open.
    int directory = make_directory(task.directory);
    if (directory < 0) return failed(OvsOutcome::directory);
    OvsOutcome outcome{};
    if (!lift(directory) || ::fchdir(directory) != 0)
        outcome = failed(OvsOutcome::place);
    else if (!opens_as(STDERR_FILENO, "start.log", O_WRONLY | O_CREAT | O_APPEND))
        outcome = failed(OvsOutcome::log);
    if (outcome.status != 0) remove_directory(task.directory);
    return outcome;
}

// What is called later, by names that a library binds late, is called once; compilers call the last
// two by themselves.
inline void bind_names() noexcept {
    volatile std::size_t unknown = 8;  // else no call would be made
    const std::size_t size = unknown;
    std::array<char, 16> some{};
    std::array<char, 16> others{};
    std::memset(some.data(), 1, size);
    std::memcpy(others.data(), some.data(), size);
    errno = others[0] + static_cast<int>(::syscall(SYS_getpid));
}

// --- Afterwards: syscall(2) only, and nothing that is not bound yet ------------------------------

// Until one of them has something to say.
[[gnu::visibility("hidden")]] inline void wait_for(pollfd* items, unsigned long count) noexcept {
    while (::syscall(SYS_ppoll, items, count, nullptr, nullptr, 0L) < 0 && errno == EINTR) {
    }
}

// The process of that number, or all of them (-1). False if there is none (any more).
[[gnu::visibility("hidden")]] inline bool reap(long pid, std::int32_t& status) noexcept {
    for (;;) {
        if (::syscall(SYS_wait4, pid, &status, __WALL, nullptr) > 0) return true;
        if (errno != EINTR) return false;
    }
}

// The wait status of a command; or, when the owner has gone in the meantime, ECANCELED.
[[gnu::visibility("hidden")]] inline std::int32_t run_command(const Supervision& task,
                                                              char* const* arguments) noexcept {
    int child = -1;
    const long pid = ::syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, nullptr, &child, nullptr, nullptr);
    if (pid == 0) {
        ::syscall(SYS_execve, arguments[0], arguments, task.environment);
        ::syscall(SYS_exit_group, 127);
    }
    if (pid < 0) return -errno;
    pollfd items[3];
    items[0] = {.fd = child, .events = POLLIN, .revents = 0};
    items[1] = {.fd = task.owner, .events = POLLIN, .revents = 0};
    items[2] = {.fd = task.report, .events = POLLIN, .revents = 0};
    wait_for(items, 3);
    ::syscall(SYS_close, child);
    if (items[0].revents == 0) return -ECANCELED;
    std::int32_t status = 0;
    return reap(pid, status) ? status : -ECHILD;
}

[[gnu::visibility("hidden")]] inline OvsOutcome start_commands(const Supervision& task) noexcept {
    OvsOutcome outcome;
    for (; task.commands[outcome.step] != nullptr; ++outcome.step) {
        outcome.status = run_command(task, task.commands[outcome.step]);
        if (outcome.status != 0) return outcome;
    }
    outcome.ready = true;
    return outcome;
}

[[gnu::visibility("hidden")]] inline void report(const Supervision& task,
                                                 const OvsOutcome& outcome) noexcept {
    ::syscall(
        SYS_sendto, task.report, &outcome, sizeof outcome, MSG_NOSIGNAL | MSG_DONTWAIT, nullptr, 0);
}

// Until the owner has died, or has shut the socket down.
[[gnu::visibility("hidden")]] inline void wait_for_end(const Supervision& task) noexcept {
    pollfd items[2];
    items[0] = {.fd = task.owner, .events = POLLIN, .revents = 0};
    items[1] = {.fd = task.report, .events = POLLIN, .revents = 0};
    wait_for(items, 2);
}

// The first process of the namespace cannot be hit by this. The daemons are its children by now.
[[gnu::visibility("hidden")]] inline void end_all_others() noexcept {
    ::syscall(SYS_kill, -1, SIGKILL);
    std::int32_t ignored = 0;
    while (reap(-1, ignored)) {
    }
}

VETHPP_INLINE void supervise(Supervision& task) noexcept {
    const OvsOutcome placed = take_place(task);
    if (placed.status != 0) {
        report(task, placed);
        ::syscall(SYS_exit_group, 0);
    }
    keep_taps_from_persisting();
    bind_names();
    give_back_copied_memory(task.memory, task.of_thread);
    // After a failure the owner, if it lives, reads the log, and ends this itself.
    report(task, start_commands(task));
    wait_for_end(task);
    end_all_others();
    if (task.kernel >= 0)
        ::syscall(SYS_sendto,
                  task.kernel,
                  task.last_request,
                  task.last_request_size,
                  MSG_NOSIGNAL,
                  nullptr,
                  0);
    ::syscall(SYS_exit_group, remove_directory(task.directory) ? 0 : 1);
}

}  // namespace vethpp::detail
