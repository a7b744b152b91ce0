// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netlink/socket.hpp>
#include <vethpp/netns/system.hpp>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace vethpp {
namespace detail {

// What a system call answered: negative for a failure, whose errno is then in ec.
inline long checked(long result, error_code& ec) noexcept {
    ec = result < 0 ? last_error() : error_code{};
    return result;
}

}  // namespace detail

VETHPP_INLINE detail::UniqueFd System::open(const char* path, int flags, error_code& ec) const {
    const int fd = ::open(path, flags | O_CLOEXEC, 0);
    detail::checked(fd, ec);
    return detail::UniqueFd{fd};
}

VETHPP_INLINE detail::UniqueFd System::open_at(int directory,
                                               const char* path,
                                               int flags,
                                               error_code& ec) const {
    const int fd = ::openat(directory, path, flags | O_CLOEXEC, 0);
    detail::checked(fd, ec);
    return detail::UniqueFd{fd};
}

VETHPP_INLINE void System::write(int fd, std::string_view text, error_code& ec) const {
    const long size = detail::checked(::write(fd, text.data(), text.size()), ec);
    if (!ec && static_cast<std::size_t>(size) != text.size())
        ec = {EINVAL, boost::system::system_category()};
}

VETHPP_INLINE std::size_t System::read(int fd, std::span<char> text, error_code& ec) const {
    const long size = detail::checked(::read(fd, text.data(), text.size()), ec);
    return ec ? 0 : static_cast<std::size_t>(size);
}

VETHPP_INLINE struct stat System::status(int fd, error_code& ec) const {
    struct stat out {};
    detail::checked(::fstat(fd, &out), ec);
    return out;
}

VETHPP_INLINE struct stat System::status_of(const char* path, error_code& ec) const {
    struct stat out {};
    detail::checked(::stat(path, &out), ec);
    return out;
}

VETHPP_INLINE long System::file_system(int fd, error_code& ec) const {
    struct statfs out {};
    detail::checked(::fstatfs(fd, &out), ec);
    return static_cast<long>(out.f_type);
}

VETHPP_INLINE int System::control(int fd,
                                  unsigned long request,
                                  void* argument,
                                  error_code& ec) const {
    const int result = ::ioctl(fd, request, argument);
    detail::checked(result, ec);
    return result;
}

VETHPP_INLINE void System::unshare(int flags, error_code& ec) const {
    detail::checked(::unshare(flags), ec);
}

VETHPP_INLINE void System::enter(int netns, error_code& ec) const {
    detail::checked(::setns(netns, CLONE_NEWNET), ec);
}

VETHPP_INLINE detail::UniqueFd System::current_netns(error_code& ec) const {
    // The thread's own: /proc/self shows that of the process's first thread.
    detail::UniqueFd fd{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
    detail::checked(fd.get(), ec);
    if (ec == boost::system::errc::no_such_file_or_directory) {
        const detail::UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
        if (socket) fd = detail::UniqueFd{::ioctl(socket.get(), SIOCGSKNS)};
        if (fd) ec = {};
    }
    return fd;
}

VETHPP_INLINE std::unique_ptr<netlink::Transport> System::netlink(int protocol,
                                                                  error_code& ec) const {
    return std::unique_ptr<netlink::Transport>{new netlink::Socket{protocol, ec}};
}

VETHPP_INLINE std::unique_ptr<netlink::Transport> System::events(std::span<const int> groups,
                                                                 error_code& ec) const {
    auto* socket = new netlink::Socket{NETLINK_ROUTE, ec};
    std::unique_ptr<netlink::Transport> owned{socket};
    if (!ec) socket->subscribe(groups, ec);
    return owned;
}

VETHPP_INLINE void System::make_directory(const char* path, unsigned mode, error_code& ec) const {
    detail::checked(::mkdir(path, mode), ec);
}

VETHPP_INLINE void System::lock(int fd, error_code& ec) const {
    do detail::checked(::flock(fd, LOCK_EX), ec);
    while (ec == boost::system::errc::interrupted);
}

VETHPP_INLINE void System::mount(const char* source,
                                 const char* target,
                                 unsigned long flags,
                                 error_code& ec) const {
    detail::checked(::mount(source, target, "none", flags, nullptr), ec);
}

VETHPP_INLINE detail::UniqueFd System::mount_detached(const char* type, error_code& ec) const {
    // By number: glibc has functions for them since 2.36 (linux/mount.h, Linux 5.2).
    constexpr unsigned close_on_exec = 1, create = 6, nosuid_nodev_noexec = 2 | 4 | 8;
    const detail::UniqueFd context{static_cast<int>(::syscall(SYS_fsopen, type, close_on_exec))};
    detail::checked(context.get(), ec);
    if (!ec)
        detail::checked(::syscall(SYS_fsconfig, context.get(), create, nullptr, nullptr, 0), ec);
    detail::UniqueFd mount;
    if (ec) return mount;
    mount = detail::UniqueFd{static_cast<int>(
        ::syscall(SYS_fsmount, context.get(), close_on_exec, nosuid_nodev_noexec))};
    detail::checked(mount.get(), ec);
    return mount;
}

VETHPP_INLINE void System::unmount(const char* target, error_code& ec) const {
    detail::checked(::umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW), ec);
}

VETHPP_INLINE void System::unlink(const char* path, error_code& ec) const {
    detail::checked(::unlink(path), ec);
}

VETHPP_INLINE unsigned System::kernel_version() const noexcept {
    utsname names{};
    if (::uname(&names) != 0) return 0;
    char* rest = nullptr;
    const unsigned long major = std::strtoul(names.release, &rest, 10);
    if (rest == names.release || *rest != '.') return 0;
    return static_cast<unsigned>(major * 1000 + std::strtoul(rest + 1, nullptr, 10));
}

VETHPP_INLINE std::shared_ptr<const System> System::real() {
    // It keeps no state; and it is never destroyed, because static objects use it in their
    // destructors.
    static const System& kernel = *new System;
    return {std::shared_ptr<const System>{}, &kernel};
}

}  // namespace vethpp
