// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netns/system.hpp>
#include <vethpp/value/error.hpp>

#include <sys/types.h>

namespace vethpp::detail {

/// Which namespace, by the file that stands for it: no two that exist have the same. Unknown by
/// default, and then equal to none.
struct NetnsPlace {
    ::dev_t device = 0;
    ::ino_t inode = 0;

    friend bool operator==(const NetnsPlace& a, const NetnsPlace& b) noexcept {
        return a.inode != 0 && a.inode == b.inode && a.device == b.device;
    }
};

[[nodiscard]] NetnsPlace place_of(const System& system, int netns) noexcept;
[[nodiscard]] NetnsPlace place_of(const System& system, int netns, error_code& ec) noexcept;
/// Of the calling thread; it takes no descriptor where /proc is there.
[[nodiscard]] NetnsPlace current_place(const System& system) noexcept;

/// Where the calling thread is, and how it comes back.
struct NetnsHome {
    UniqueFd fd{};
    NetnsPlace place{};
};

[[nodiscard]] NetnsHome find_home(const System& system, Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/home.ipp>
#endif
