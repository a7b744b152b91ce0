// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/unique_fd.hpp>
#include <vethpp/value/error.hpp>

#include <array>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace vethpp::detail {

/// How the names of the directories of such daemons begin.
inline constexpr std::string_view ovs_directory_name = "vethpp-ovs-";

/// A program and its arguments, as execve(2) takes them.
struct Command {
    std::string path{};
    std::vector<std::string> arguments{};
};

/// Runs daemons that cannot outlive their owner.
///
/// The first process of a PID namespace of its own starts the commands, one after the other, each
/// of which is ready (and has gone into the background) when it exits with 0. When that process
/// dies, the kernel kills everything in the namespace (pid_namespaces(7)); and it dies with this
/// object, or when the owner does, of which it is told by a pidfd. Then it removes the directory,
/// too, and asks the kernel to remove what belongs to the daemons and would outlive them.
class OvsSupervisor {
public:
    struct Setup {
        std::string directory{};  ///< the working directory: made first, and removed at the end
        int netns = -1;           ///< where the programs run; -1: where the owner is
        std::vector<Command> commands{};  ///< in the order in which they are started
        std::vector<std::string> environment{};
        std::vector<std::byte> last_request{};  ///< to generic netlink, when all have ended
    };

    OvsSupervisor() noexcept = default;
    OvsSupervisor(OvsSupervisor&& other) noexcept
        : pid_{std::exchange(other.pid_, -1)},
          status_{std::move(other.status_)},
          cleans_up_{other.cleans_up_} {}
    OvsSupervisor& operator=(OvsSupervisor&& other) noexcept {
        stop();
        pid_ = std::exchange(other.pid_, -1);
        status_ = std::move(other.status_);
        cleans_up_ = other.cleans_up_;
        return *this;
    }
    ~OvsSupervisor() { stop(); }

    /// Starts the process, which starts the commands.
    OvsSupervisor(const Setup& setup, error_code& ec) : cleans_up_{!setup.last_request.empty()} {
        // Nothing can be allocated between clone(2) and execve(2): another thread may hold the
        // allocator's lock for ever in the copy.
        std::vector<std::vector<char*>> arguments;
        for (const Command& command : setup.commands) arguments.push_back(pointers(command));
        std::vector<char*> environment;
        for (const std::string& one : setup.environment)
            environment.push_back(const_cast<char*>(one.c_str()));
        environment.push_back(nullptr);
        int ends[2] = {-1, -1};
        const UniqueFd owner{static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0))};
        if (!owner || ::pipe2(ends, O_CLOEXEC) != 0) {
            ec = last();
            return;
        }
        status_ = UniqueFd{ends[0]};
        const UniqueFd report{ends[1]};
        // Not fork(3), which would run the handlers of other people's libraries in the copy.
        const long pid =
            ::syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
        if (pid == 0) {
            supervise(setup, arguments, environment.data(), owner.get(), report.get());
            ::_exit(0);
        }
        if (pid < 0) ec = last();
        pid_ = static_cast<pid_t>(pid);
    }

    /// A descriptor to poll for reading: what happened is known then.
    [[nodiscard]] int native_handle() const noexcept { return status_.get(); }

    struct Outcome {
        static constexpr std::uint32_t no_directory = ~0U;
        std::uint32_t step = 0;   ///< the command that failed, or no_directory
        std::int32_t status = 0;  ///< its wait status; negative: an errno before it began
        bool ready = false;       ///< all commands have succeeded
    };
    /// After native_handle() has become readable. One that died without a word is not ready.
    [[nodiscard]] Outcome outcome() const noexcept {
        Outcome outcome;
        if (::read(status_.get(), &outcome, sizeof outcome) != sizeof outcome) return {};
        return outcome;
    }

    /// Kills all of it; none is left when this returns.
    void stop() noexcept {
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

private:
    static error_code last() noexcept { return {errno, boost::system::system_category()}; }

    static std::vector<char*> pointers(const Command& command) {
        std::vector<char*> out{const_cast<char*>(command.path.c_str())};
        for (const std::string& argument : command.arguments)
            out.push_back(const_cast<char*>(argument.c_str()));
        out.push_back(nullptr);
        return out;
    }

    // --- In the copied process: only what a signal handler may call ------------------------------

    static void supervise(const Setup& setup,
                          const std::vector<std::vector<char*>>& arguments,
                          char** environment,
                          int owner,
                          int report) noexcept {
        constexpr int owner_fd = 3;
        constexpr int report_fd = 4;
        constexpr int directory_fd = 5;
        Outcome outcome;
        // Not before clone(2): this process knows of it then, whenever the owner dies.
        if (::mkdir(setup.directory.c_str(), 0700) != 0) {
            outcome = {.step = Outcome::no_directory, .status = -errno};
            (void)!::write(report, &outcome, sizeof outcome);
            return;
        }
        const int directory = ::open(setup.directory.c_str(), O_DIRECTORY | O_CLOEXEC);
        // Away from what they are moved to, first.
        const int far_owner = ::fcntl(owner, F_DUPFD_CLOEXEC, 10);
        const int far_report = ::fcntl(report, F_DUPFD_CLOEXEC, 10);
        const int far_directory = ::fcntl(directory, F_DUPFD_CLOEXEC, 10);
        ::prctl(PR_SET_NAME, "vethpp-ovs");
        ::setsid();  // Ctrl-C is meant for the owner, which then ends this
        reset_signals();
        if (directory < 0 || ::fchdir(directory) != 0 ||
            (setup.netns >= 0 && ::setns(setup.netns, CLONE_NEWNET) != 0)) {
            outcome.status = -errno;
            (void)!::write(far_report, &outcome, sizeof outcome);
            wait_for_end(far_owner, far_report);
            ::rmdir(setup.directory.c_str());
            return;
        }
        const int null = ::open("/dev/null", O_RDWR);
        const int log = ::open("start.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(null, 0);
        ::dup2(null, 1);
        ::dup2(log, 2);
        ::dup3(far_owner, owner_fd, O_CLOEXEC);
        ::dup3(far_report, report_fd, O_CLOEXEC);
        ::dup3(far_directory, directory_fd, O_CLOEXEC);
        ::syscall(SYS_close_range, directory_fd + 1, ~0U, 0);

        keep_taps_from_persisting();
        outcome.ready = true;
        for (std::size_t i = 0; outcome.ready && i < arguments.size(); ++i) {
            outcome.step = static_cast<std::uint32_t>(i);
            outcome.status = run(arguments[i].data(), environment, owner_fd, report_fd);
            outcome.ready = outcome.status == 0;
        }
        (void)!::write(report_fd, &outcome, sizeof outcome);
        // The daemons are this process's children by now, and are reaped below. After a failure the
        // owner, if it lives, reads the log, and ends this itself.
        wait_for_end(owner_fd, report_fd);
        // The first process of the namespace cannot be hit by this.
        ::kill(-1, SIGKILL);
        while (::waitpid(-1, nullptr, 0) > 0) {
        }
        if (!setup.last_request.empty()) {
            const int kernel = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
            (void)!::send(kernel, setup.last_request.data(), setup.last_request.size(), 0);
        }
        remove_directory(directory_fd, setup.directory.c_str());
    }

    // ovs-vswitchd makes its taps persist, so that they would stay in the namespace after its
    // death. The system call that does so succeeds, but does nothing, in this process and its
    // children. Where the kernel refuses the filter, they stay.
    static void keep_taps_from_persisting() noexcept {
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

    static void reset_signals() noexcept {
        struct sigaction normal {};
        normal.sa_handler = SIG_DFL;
        for (int signal = 1; signal < 32; ++signal) ::sigaction(signal, &normal, nullptr);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
    }

    // The wait status; or, when the owner has gone in the meantime, ECANCELED.
    static std::int32_t run(char* const* arguments,
                            char** environment,
                            int owner,
                            int report) noexcept {
        int child = -1;
        const long pid =
            ::syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, nullptr, &child, nullptr, nullptr);
        if (pid == 0) {
            ::execve(arguments[0], arguments, environment);
            ::_exit(127);
        }
        if (pid < 0) return -errno;
        std::array<pollfd, 3> items{{{.fd = child, .events = POLLIN, .revents = 0},
                                     {.fd = owner, .events = POLLIN, .revents = 0},
                                     {.fd = report, .events = 0, .revents = 0}}};
        while (::poll(items.data(), items.size(), -1) < 0 && errno == EINTR) {
        }
        ::close(child);
        if (items[0].revents == 0) return -ECANCELED;
        int status = 0;
        while (::waitpid(static_cast<pid_t>(pid), &status, 0) < 0)
            if (errno != EINTR) return -errno;
        return status;
    }

    // Until the owner has died, or has closed its end of the pipe (POLLERR).
    static void wait_for_end(int owner, int report) noexcept {
        std::array<pollfd, 2> items{{{.fd = owner, .events = POLLIN, .revents = 0},
                                     {.fd = report, .events = 0, .revents = 0}}};
        while (::poll(items.data(), items.size(), -1) < 0 && errno == EINTR) {
        }
    }

    static void remove_directory(int directory, const char* path) noexcept {
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

    pid_t pid_ = -1;
    UniqueFd status_{};
    bool cleans_up_ = false;
};

}  // namespace vethpp::detail
