// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <string_view>
#include <sys/mount.h>
#include <unistd.h>

namespace bench {

/// Puts the process into a network namespace, a mount namespace and an empty /run of its own, so
/// that nothing in a benchmark can reach the host's; as anyone but root, in a user namespace. Call
/// it first in main. Where namespaces are refused the program ends with status 77.
inline void enter_private_namespaces() {
    const auto refused = [](const char* what) {
        std::perror(what);
        std::exit(77);
    };
    const auto write = [&](const char* path, std::string_view text) {
        const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0 || ::write(fd, text.data(), text.size()) < 0) refused(path);
        ::close(fd);
    };
    const auto uid = ::geteuid();
    const auto gid = ::getegid();
    const int user = uid == 0 ? 0 : CLONE_NEWUSER;
    if (::unshare(user | CLONE_NEWNET | CLONE_NEWNS) != 0) refused("unshare");
    if (user != 0) {
        write("/proc/self/setgroups", "deny");
        write("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
        write("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
    }
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) refused("mount /");
    if (::mount("tmpfs", "/run", "tmpfs", 0, "mode=755") != 0) refused("mount /run");
}

}  // namespace bench
