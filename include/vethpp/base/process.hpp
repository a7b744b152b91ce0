// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>
#include <sys/types.h>

namespace vethpp::detail {

/// The process in which this object was made. A child has copies of what its parent owns, and must
/// not take that away: each owner of something outside the process asks, and where the answer is no
/// closes its descriptors and does nothing else.
///
/// What tells is a page that the kernel wipes in every child that has memory of its own
/// (MADV_WIPEONFORK in madvise(2), Linux 4.14), however it came to be: by fork(2) or by clone(2),
/// also where both are process 1 of a PID namespace. It costs no system call. Where there is no
/// such page, getpid(2) has to do.
class Birthplace {
public:
    Birthplace() noexcept;
    [[nodiscard]] bool is_here() const noexcept;

private:
    using Mark = std::atomic<std::uint64_t>;

    [[nodiscard]] static Mark* page() noexcept;
    [[nodiscard]] static std::uint64_t read(Mark* mark) noexcept;

    // With the page that it was read from: libraries of a program that hide their symbols have one
    // each, and may hand objects to each other.
    Mark* mark_;
    std::uint64_t value_;
    ::pid_t process_ = 0;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/base/process.ipp>
#endif
