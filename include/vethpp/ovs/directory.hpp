// SPDX-License-Identifier: BSL-1.0
#pragma once

// The directory of an OvsDaemon, which is made and removed by system calls only: also by a process
// that has given back its memory, and by a destructor when there is none.
namespace vethpp::detail {

/// Makes a directory and locks it (flock(2)) as long as the descriptor that is returned is open: a
/// directory that anybody else can lock is nobody's any more. -1 and errno where it cannot be made;
/// then there is none.
[[gnu::visibility("hidden")]] int make_directory(const char* path) noexcept;

/// Removes a directory with all that is in it, for which it needs one descriptor a level. False
/// where something could not be removed; gone already is removed.
[[gnu::visibility("hidden")]] bool remove_directory(const char* path) noexcept;

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/directory.ipp>
#endif
