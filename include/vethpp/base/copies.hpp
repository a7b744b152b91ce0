// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace vethpp::detail {

/// From here on, copies_may_exist() knows of copies that are made.
void watch_for_copies() noexcept;

/// Whether there may be a process that has a copy of this one's memory, and with it of the
/// descriptors that close on exec: one that fork(2) or clone(2) has made since
/// watch_for_copies(), and that has neither ended nor called execve(2). True where that cannot be
/// told: without /proc, or where memory has been swapped out.
///
/// What tells is a page that is written once: parent and child share it until one of them is gone,
/// and the kernel says of each page whether it is mapped exclusively (bit 56 in the pagemap, see
/// Documentation/admin-guide/mm/pagemap.rst, Linux 4.2). That sees every way to make a process, and
/// no descriptor is needed meanwhile.
[[nodiscard]] bool copies_may_exist() noexcept;

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/base/copies.ipp>
#endif
