// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovs/directory.hpp>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vethpp::detail {

VETHPP_INLINE int make_directory(const char* path) noexcept {
    for (;;) {
        if (::mkdir(path, S_IRWXU) != 0) return -1;
        const int directory = ::open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (directory < 0) {
            const int error = errno;
            ::rmdir(path);
            errno = error;
            // Somebody else has locked and removed it between the two calls.
            if (error == ENOENT) continue;
            return -1;
        }
        // A file system without locks is no reason to fail.
        while (::flock(directory, LOCK_EX) != 0 && errno == EINTR) {
        }
        struct stat now {};
        if (::fstat(directory, &now) == 0 && now.st_nlink > 0) return directory;
        ::close(directory);
    }
}

[[gnu::visibility("hidden")]] bool remove_entry(int place, const char* name, int depth) noexcept;

// What is removed while a directory is listed may hide something else from the list. Nobody who
// fills it can make this go on for ever.
[[gnu::visibility("hidden")]] inline void clear_directory(int directory, int depth) noexcept {
    alignas(std::uint64_t) char entries[2048];
    bool again = true;
    for (int pass = 0; again && pass < 100; ++pass) {
        again = false;
        ::syscall(SYS_lseek, directory, 0L, SEEK_SET);
        long size = 0;
        while ((size = ::syscall(SYS_getdents64, directory, entries, sizeof entries)) > 0) {
            for (long at = 0; at < size;) {
                // struct linux_dirent64: two numbers of 8 bytes, the length, the type, the name
                const char* const name = entries + at + 19;
                std::uint16_t length = 0;
                std::memcpy(&length, entries + at + 16, sizeof length);
                at += length;
                const bool dots =
                    name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
                if (!dots && remove_entry(directory, name, depth)) again = true;
            }
        }
    }
}

VETHPP_INLINE bool remove_entry(int place, const char* name, int depth) noexcept {
    if (::syscall(SYS_unlinkat, place, name, 0) == 0 || errno == ENOENT) return true;
    if (errno != EISDIR && errno != EPERM) return false;
    if (::syscall(SYS_unlinkat, place, name, AT_REMOVEDIR) == 0) return true;
    if (errno != ENOTEMPTY && errno != EEXIST) return false;
    if (depth == 0) return false;
    const long inner =
        ::syscall(SYS_openat, place, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
    if (inner < 0) return false;
    clear_directory(static_cast<int>(inner), depth - 1);
    ::syscall(SYS_close, inner);
    return ::syscall(SYS_unlinkat, place, name, AT_REMOVEDIR) == 0;
}

VETHPP_INLINE bool remove_directory(const char* path) noexcept {
    constexpr int deepest = 16;  // by the stack of the process that supervises
    return remove_entry(AT_FDCWD, path, deepest);
}

}  // namespace vethpp::detail
