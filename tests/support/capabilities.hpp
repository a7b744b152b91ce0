// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vethpp_test {

/// Takes a capability from the calling thread for good. False where that is refused.
inline bool give_up(unsigned capability) {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    std::array<__user_cap_data_struct, 2> sets{};
    if (::syscall(SYS_capget, &header, sets.data()) != 0) return false;
    const auto bit = ~(1U << (capability % 32U));
    auto& set = sets.at(capability / 32U);
    set.effective &= bit;
    set.permitted &= bit;
    set.inheritable &= bit;
    return ::syscall(SYS_capset, &header, sets.data()) == 0;
}

}  // namespace vethpp_test
