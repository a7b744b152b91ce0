// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovs/supervision.hpp>

#include <array>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
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

/// The descriptors that the supervising process keeps, beside the first three.
struct SupervisionFds {
    int owner = 3;
    int report = 4;
    int directory = 5;
};

inline void report_outcome(int pipe, const OvsOutcome& outcome) noexcept {
    (void)!::write(pipe, &outcome, sizeof outcome);
}

// Until the owner has died, or has closed its end of the pipe (POLLERR).
inline void wait_for_end(int owner, int report) noexcept {
    std::array<pollfd, 2> items{
        {{.fd = owner, .events = POLLIN, .revents = 0}, {.fd = report, .events = 0, .revents = 0}}};
    while (::poll(items.data(), items.size(), -1) < 0 && errno == EINTR) {
    }
}

inline void reset_signals() noexcept {
    struct sigaction normal {};
    normal.sa_handler = SIG_DFL;
    for (int signal = 1; signal < 32; ++signal) ::sigaction(signal, &normal, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// A process of its own name, session and signals, in its directory and its network. Returns an
// errno.
[[nodiscard]] inline int take_place(const Supervision& task, int directory) noexcept {
    ::prctl(PR_SET_NAME, "vethpp-ovs");
    ::setsid();  // Ctrl-C is meant for the owner, which then ends this
    reset_signals();
    if (::fchdir(directory) != 0) return errno;
    if (task.netns >= 0 && ::setns(task.netns, CLONE_NEWNET) != 0) return errno;
    return 0;
}

// Closes whatever else the owner had open.
[[nodiscard]] inline SupervisionFds keep_descriptors(const Supervision& task,
                                                     int directory) noexcept {
    constexpr SupervisionFds kept;
    // Away from what they are moved to, first.
    constexpr int far = 10;
    const int owner = ::fcntl(task.owner, F_DUPFD_CLOEXEC, far);
    const int report = ::fcntl(task.report, F_DUPFD_CLOEXEC, far);
    const int place = ::fcntl(directory, F_DUPFD_CLOEXEC, far);
    const int null = ::open("/dev/null", O_RDWR);
    const int log = ::open("start.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(null, 0);
    ::dup2(null, 1);
    ::dup2(log, 2);
    ::dup3(owner, kept.owner, O_CLOEXEC);
    ::dup3(report, kept.report, O_CLOEXEC);
    ::dup3(place, kept.directory, O_CLOEXEC);
    ::syscall(SYS_close_range, kept.directory + 1, ~0U, 0);
    return kept;
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

// The wait status of a command; or, when the owner has gone in the meantime, ECANCELED.
[[nodiscard]] inline std::int32_t run_command(char* const* arguments,
                                              char* const* environment,
                                              const SupervisionFds& fds) noexcept {
    int child = -1;
    const long pid = ::syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, nullptr, &child, nullptr, nullptr);
    if (pid == 0) {
        ::execve(arguments[0], arguments, environment);
        ::_exit(127);
    }
    if (pid < 0) return -errno;
    std::array<pollfd, 3> items{{{.fd = child, .events = POLLIN, .revents = 0},
                                 {.fd = fds.owner, .events = POLLIN, .revents = 0},
                                 {.fd = fds.report, .events = 0, .revents = 0}}};
    while (::poll(items.data(), items.size(), -1) < 0 && errno == EINTR) {
    }
    ::close(child);
    if (items[0].revents == 0) return -ECANCELED;
    int status = 0;
    while (::waitpid(static_cast<pid_t>(pid), &status, 0) < 0)
        if (errno != EINTR) return -errno;
    return status;
}

[[nodiscard]] inline OvsOutcome start_commands(const Supervision& task,
                                               const SupervisionFds& fds) noexcept {
    OvsOutcome outcome{.ready = true};
    for (std::size_t i = 0; outcome.ready && i < task.commands.size(); ++i) {
        outcome.step = static_cast<std::uint32_t>(i);
        outcome.status = run_command(task.commands[i].data(), task.environment.data(), fds);
        outcome.ready = outcome.status == 0;
    }
    return outcome;
}

// The first process of the namespace cannot be hit by this. The daemons are its children by now.
inline void end_all_others() noexcept {
    ::kill(-1, SIGKILL);
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
}

inline void ask_generic_netlink(std::span<const std::byte> request) noexcept {
    if (request.empty()) return;
    const int kernel = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
    (void)!::send(kernel, request.data(), request.size(), 0);
}

inline void remove_directory(int directory, const char* path) noexcept {
    ::lseek(directory, 0, SEEK_SET);
    alignas(std::uint64_t) std::array<char, 4096> buffer{};
    long got = 0;
    while ((got = ::syscall(SYS_getdents64, directory, buffer.data(), buffer.size())) > 0) {
        for (long at = 0; at < got;) {
            // struct linux_dirent64: two numbers of 8 bytes, the length, the type, the name
            std::uint16_t length = 0;
            std::memcpy(&length, buffer.data() + at + 16, sizeof length);
            ::unlinkat(directory, buffer.data() + at + 19, 0);
            at += length;
        }
    }
    ::rmdir(path);
}

VETHPP_INLINE void supervise(const Supervision& task) noexcept {
    // Not before clone(2): this process knows of it then, whenever the owner dies.
    if (::mkdir(task.directory, 0700) != 0)
        return report_outcome(task.report, {.step = OvsOutcome::no_directory, .status = -errno});
    const int directory = ::open(task.directory, O_DIRECTORY | O_CLOEXEC);
    if (const int error = directory < 0 ? errno : take_place(task, directory); error != 0) {
        report_outcome(task.report, {.status = -error});
        wait_for_end(task.owner, task.report);
        ::rmdir(task.directory);
        return;
    }
    const SupervisionFds fds = keep_descriptors(task, directory);
    keep_taps_from_persisting();
    // After a failure the owner, if it lives, reads the log, and ends this itself.
    report_outcome(fds.report, start_commands(task, fds));
    wait_for_end(fds.owner, fds.report);
    end_all_others();
    ask_generic_netlink(task.last_request);
    remove_directory(fds.directory, task.directory);
}

}  // namespace vethpp::detail
