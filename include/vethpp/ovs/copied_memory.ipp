// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovs/copied_memory.hpp>

#include <cerrno>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vethpp::detail {

VETHPP_INLINE MemoryRange thread_memory() noexcept {
    constexpr std::uintptr_t page = 65536;  // the largest there is
    constexpr std::uintptr_t around = 16 * page;
    const auto one = reinterpret_cast<std::uintptr_t>(&errno);
    const auto other = static_cast<std::uintptr_t>(::pthread_self());
    const std::uintptr_t low = one < other ? one : other;
    const std::uintptr_t high = one < other ? other : one;
    return {(low - around) / page * page, (high + around) / page * page};
}

/// A line of /proc/PID/maps (proc(5)).
struct [[gnu::visibility("hidden")]] Mapping {
    MemoryRange range{};
    bool is_writable = false;
    bool is_executable = false;
    bool is_shared = false;
    std::uintptr_t device = 0;
    std::uintptr_t inode = 0;  ///< 0: of no file
    char name[5] = {};         ///< how it begins
};

/// Reads them one by one. Lines may come in pieces.
class [[gnu::visibility("hidden")]] MappingReader {
public:
    MappingReader() noexcept
        : file_{static_cast<int>(
              ::syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0))} {}
    MappingReader(const MappingReader&) = delete;
    MappingReader& operator=(const MappingReader&) = delete;
    ~MappingReader() {
        if (file_ >= 0) ::syscall(SYS_close, file_);
    }

    [[nodiscard]] bool read(Mapping & line) noexcept {
        line.range.begin = number();
        line.range.end = number();
        for (int flag = 0; next() > ' '; ++flag) {
            if (flag == 1) line.is_writable = last_ == 'w';
            if (flag == 2) line.is_executable = last_ == 'x';
            if (flag == 3) line.is_shared = last_ == 's';
        }
        (void)number();  // the offset
        const std::uintptr_t major = number();
        line.device = major << 20U | number();
        line.inode = number(10);
        while (last_ == ' ') (void)next();
        for (char& c : line.name) {
            c = last_ > '\n' ? static_cast<char>(last_) : '\0';
            if (last_ > '\n') (void)next();
        }
        while (last_ > '\n') (void)next();
        return last_ == '\n';
    }

private:
    int next() noexcept {
        if (at_ == size_) {
            at_ = 0;
            size_ = ::syscall(SYS_read, file_, buffer_, sizeof buffer_);
            if (size_ <= 0) size_ = 0;
        }
        return last_ = size_ == 0 ? -1 : static_cast<unsigned char>(buffer_[at_++]);
    }
    // Up to the next thing that is none, which is taken, too.
    std::uintptr_t number(unsigned base = 16) noexcept {
        std::uintptr_t value = 0;
        for (;;) {
            const int c = next();
            if (c >= '0' && c <= '9')
                value = value * base + static_cast<unsigned>(c - '0');
            else if (c >= 'a' && c <= 'f')
                value = value * base + static_cast<unsigned>(c - 'a') + 10;
            else
                return value;
        }
    }

    int file_;
    int last_ = 0;
    long at_ = 0;
    long size_ = 0;
    char buffer_[2048];
};

[[gnu::visibility("hidden")]] inline bool is_code_of(const Mapping& code,
                                                     const Mapping& mapping) noexcept {
    return code.is_executable && code.inode == mapping.inode && code.device == mapping.device;
}

// Whether the file of the mapping is a program or a library. The code usually comes before the
// variables.
[[gnu::visibility("hidden")]] inline bool is_of_a_program(const Mapping& mapping,
                                                          const Mapping& last_code) noexcept {
    if (is_code_of(last_code, mapping)) return true;
    MappingReader reader;
    Mapping other;
    while (reader.read(other))
        if (is_code_of(other, mapping)) return true;
    return false;
}

[[gnu::visibility("hidden")]] inline bool is_to_stay(const Mapping& mapping,
                                                     const Mapping& last_code) noexcept {
    if (mapping.is_executable) return true;
    if (mapping.is_shared) return false;
    if (mapping.inode != 0) return !mapping.is_writable || is_of_a_program(mapping, last_code);
    // The kernel's own have such names, and the stack with the environment: "[vdso]", "[stack]".
    // But for "[heap]", and those that a program has given a name: "[anon:...]".
    const char* const name = mapping.name;
    return name[0] == '[' && !(name[1] == 'h' && name[2] == 'e') &&
           !(name[1] == 'a' && name[2] == 'n' && name[3] == 'o');
}

[[gnu::visibility("hidden")]] inline void give_back(std::uintptr_t begin,
                                                    std::uintptr_t end,
                                                    bool as_zeros) noexcept {
    if (begin >= end) return;
    if (as_zeros)
        ::syscall(SYS_madvise, begin, end - begin, MADV_DONTNEED);
    else
        ::syscall(SYS_munmap, begin, end - begin);  // with its page tables
}

// A processor that checks returns does so against a stack of its own, which looks like any memory.
[[gnu::visibility("hidden")]] inline bool has_shadow_stack() noexcept {
    unsigned long enabled = 0;
#ifdef SYS_arch_prctl
    constexpr int status = 0x5005;  // ARCH_SHSTK_STATUS
    return ::syscall(SYS_arch_prctl, status, &enabled) == 0 && enabled != 0;
#else
    constexpr int status = 74;  // PR_GET_SHADOW_STACK_STATUS
    return ::syscall(SYS_prctl, status, &enabled, 0L, 0L, 0L) == 0 && enabled != 0;
#endif
}

// All of it but what lies in one of the two, which do not overlap, and of which the first is lower.
[[gnu::visibility("hidden")]] inline void give_back_around(const MemoryRange& all,
                                                           const MemoryRange& low,
                                                           const MemoryRange& high,
                                                           bool as_zeros) noexcept {
    const std::uintptr_t first_end = all.end < low.begin ? all.end : low.begin;
    give_back(all.begin, first_end, as_zeros);
    const std::uintptr_t second = all.begin > low.end ? all.begin : low.end;
    const std::uintptr_t second_end = all.end < high.begin ? all.end : high.begin;
    give_back(second, second_end, as_zeros);
    const std::uintptr_t third = all.begin > high.end ? all.begin : high.end;
    give_back(third, all.end, as_zeros);
}

VETHPP_INLINE void give_back_copied_memory(const MemoryRange& own,
                                           const MemoryRange& of_thread) noexcept {
    if (is_sanitized || has_shadow_stack()) return;
    MemoryRange low = own.begin < of_thread.begin ? own : of_thread;
    MemoryRange high = own.begin < of_thread.begin ? of_thread : own;
    if (low.end > high.begin) {
        if (low.end > high.end) high.end = low.end;
        low.end = high.begin;
    }
    MappingReader reader;
    Mapping mapping;
    Mapping last_code;
    std::uintptr_t end_of_program = 0;
    while (reader.read(mapping)) {
        const bool stays = is_to_stay(mapping, last_code);
        // What follows a program's variables are those of value zero.
        const bool as_zeros = mapping.range.begin == end_of_program;
        if (!stays) give_back_around(mapping.range, low, high, as_zeros);
        if (stays && mapping.inode != 0) end_of_program = mapping.range.end;
        if (mapping.is_executable) last_code = mapping;
    }
}

}  // namespace vethpp::detail
