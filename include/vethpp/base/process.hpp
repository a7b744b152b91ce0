// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/types.h>
#include <unistd.h>

namespace vethpp::detail {

/// The process in which this object was made. A forked child has copies of what its parent owns,
/// and must not take that away: each owner of something outside the process asks.
class Birthplace {
public:
    [[nodiscard]] bool is_here() const noexcept { return ::getpid() == process_; }

private:
    ::pid_t process_ = ::getpid();
};

}  // namespace vethpp::detail
