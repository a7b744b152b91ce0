// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace vethpp::detail {

/// Who made something: the process, and when it started, since process ids are used again. Ids mean
/// something within one PID namespace, so that is named, too.
struct OvsOwner {
    static constexpr const char* key = "vethpp-owner";  ///< in external_ids

    [[nodiscard]] static std::string of_process(const std::string& pid);
    [[nodiscard]] static std::string self();
    /// Whether it certainly lives no more; what is of another PID namespace cannot be judged.
    [[nodiscard]] static bool is_dead(const std::string& owner);
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/owner.ipp>
#endif
