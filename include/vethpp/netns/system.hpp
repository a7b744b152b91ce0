// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netlink/socket.hpp>
#include <vethpp/value/error.hpp>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <sched.h>
#include <span>
#include <string_view>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <type_traits>
#include <unistd.h>
#include <utility>

namespace vethpp {

/// The system calls that the library makes for namespaces and links, as a seam: a test derives from
/// it and lets one of them fail. Each function is one system call or one that stands for it,
/// reports by error_code, and keeps no state.
class System {
public:
    System() = default;
    System(const System&) = delete;
    System& operator=(const System&) = delete;
    virtual ~System() = default;

    /// open(2), always with O_CLOEXEC.
    virtual detail::UniqueFd open(const char* path, int flags, error_code& ec) const {
        return result(detail::UniqueFd{::open(path, flags | O_CLOEXEC, 0)}, ec);
    }
    virtual void write(int fd, std::string_view text, error_code& ec) const {
        result(::write(fd, text.data(), text.size()), ec);
    }
    virtual struct stat status(int fd, error_code& ec) const {
        struct stat out {};
        result(::fstat(fd, &out), ec);
        return out;
    }
    /// ioctl(2) with an argument.
    virtual int control(int fd, unsigned long request, void* argument, error_code& ec) const {
        return result(::ioctl(fd, request, argument), ec);
    }
    /// unshare(2)
    virtual void unshare(int flags, error_code& ec) const { result(::unshare(flags), ec); }
    /// setns(2) with CLONE_NEWNET, for the calling thread
    virtual void enter(int netns, error_code& ec) const {
        result(::setns(netns, CLONE_NEWNET), ec);
    }
    /// A descriptor of the calling thread's network namespace.
    virtual detail::UniqueFd current_netns(error_code& ec) const {
        // The thread's own: /proc/self shows that of the process's first thread.
        return result(detail::UniqueFd{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)},
                      ec);
    }
    /// An rtnetlink socket in the calling thread's namespace.
    virtual std::unique_ptr<netlink::Transport> netlink(error_code& ec) const {
        return std::make_unique<netlink::Socket>(NETLINK_ROUTE, ec);
    }
    /// A socket in the calling thread's namespace that receives the events of these groups.
    virtual std::unique_ptr<netlink::Transport> events(std::span<const int> groups,
                                                       error_code& ec) const {
        auto socket = std::make_unique<netlink::Socket>(NETLINK_ROUTE, ec);
        if (!ec) socket->subscribe(groups, ec);
        return socket;
    }
    virtual void make_directory(const char* path, unsigned mode, error_code& ec) const {
        result(::mkdir(path, mode), ec);
    }
    /// flock(2), exclusive; waits
    virtual void lock(int fd, error_code& ec) const { result(::flock(fd, LOCK_EX), ec); }
    virtual void mount(const char* source,
                       const char* target,
                       unsigned long flags,
                       error_code& ec) const {
        result(::mount(source, target, "none", flags, nullptr), ec);
    }
    /// umount2(2) with MNT_DETACH
    virtual void unmount(const char* target, error_code& ec) const {
        result(::umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW), ec);
    }
    virtual void unlink(const char* path, error_code& ec) const { result(::unlink(path), ec); }

    /// The version of the kernel as major * 1000 + minor: 6018 for 6.18; 0 if it cannot be told.
    [[nodiscard]] virtual unsigned kernel_version() const noexcept {
        utsname names{};
        unsigned major = 0;
        unsigned minor = 0;
        if (::uname(&names) != 0 || std::sscanf(names.release, "%u.%u", &major, &minor) != 2)
            return 0;
        return major * 1000 + minor;
    }

    /// The kernel, without anything in between.
    [[nodiscard]] static std::shared_ptr<const System> real() { return std::make_shared<System>(); }

protected:
    template <class T>
    static T result(T value, error_code& ec) {
        bool failed = false;
        if constexpr (std::is_arithmetic_v<T>)
            failed = value < 0;
        else
            failed = !value;
        ec = failed ? error_code{errno, boost::system::system_category()} : error_code{};
        return value;
    }
};

}  // namespace vethpp
