// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netlink/transport.hpp>
#include <vethpp/value/error.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <sys/stat.h>

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
    virtual detail::UniqueFd open(const char* path, int flags, error_code& ec) const;
    /// openat(2), always with O_CLOEXEC.
    virtual detail::UniqueFd open_at(int directory,
                                     const char* path,
                                     int flags,
                                     error_code& ec) const;
    /// write(2); EINVAL if less than the whole text was taken.
    virtual void write(int fd, std::string_view text, error_code& ec) const;
    /// read(2); returns how many bytes there were
    virtual std::size_t read(int fd, std::span<char> text, error_code& ec) const;
    /// fstat(2)
    virtual struct stat status(int fd, error_code& ec) const;
    /// stat(2)
    virtual struct stat status_of(const char* path, error_code& ec) const;
    /// fstatfs(2): of what type the file system is that the file is in.
    virtual long file_system(int fd, error_code& ec) const;
    /// ioctl(2) with an argument.
    virtual int control(int fd, unsigned long request, void* argument, error_code& ec) const;
    /// unshare(2)
    virtual void unshare(int flags, error_code& ec) const;
    /// setns(2) with CLONE_NEWNET, for the calling thread
    virtual void enter(int netns, error_code& ec) const;
    /// A descriptor of the calling thread's network namespace: from /proc, and where that is
    /// missing from a socket (SIOCGSKNS), which takes CAP_NET_ADMIN.
    virtual detail::UniqueFd current_netns(error_code& ec) const;
    /// A netlink socket in the calling thread's namespace; protocol: NETLINK_ROUTE,
    /// NETLINK_GENERIC.
    virtual std::unique_ptr<netlink::Transport> netlink(int protocol, error_code& ec) const;
    /// A socket in the calling thread's namespace that receives the events of these groups.
    virtual std::unique_ptr<netlink::Transport> events(std::span<const int> groups,
                                                       error_code& ec) const;
    virtual void make_directory(const char* path, unsigned mode, error_code& ec) const;
    /// flock(2), exclusive; waits, whatever signals come
    virtual void lock(int fd, error_code& ec) const;
    virtual void mount(const char* source,
                       const char* target,
                       unsigned long flags,
                       error_code& ec) const;
    /// A file system of that type that is mounted nowhere, and gone with the descriptor: fsopen(2),
    /// fsconfig(2), fsmount(2).
    virtual detail::UniqueFd mount_detached(const char* type, error_code& ec) const;
    /// umount2(2) with MNT_DETACH
    virtual void unmount(const char* target, error_code& ec) const;
    virtual void unlink(const char* path, error_code& ec) const;

    /// The version of the kernel as major * 1000 + minor: 6018 for 6.18; 0 if it cannot be told.
    [[nodiscard]] virtual unsigned kernel_version() const noexcept;

    /// The kernel, without anything in between.
    [[nodiscard]] static std::shared_ptr<const System> real();
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/system.ipp>
#endif
