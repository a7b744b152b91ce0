// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

namespace vethpp::detail {

/// Who made something: the process, and when it started, since process ids are used again. Ids mean
/// something within one PID namespace only, and the start is told by the clock of one time
/// namespace and one boot of one machine, so that these are named, too:
/// "PID@PID-NAMESPACE,TIME-NAMESPACE,BOOT:START".
struct OvsOwner {
    static constexpr const char* key = "vethpp-owner";  ///< in external_ids

    [[nodiscard]] static std::string self();
    /// Whether it certainly lives no more: there is no such process, or one that started at another
    /// time. Owners of other namespaces and machines cannot be judged, nor can one of whom the
    /// kernel does not tell (proc(5), hidepid), or where this process has no descriptor left to
    /// ask.
    [[nodiscard]] static bool is_dead(std::string_view owner);
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/owner.ipp>
#endif
