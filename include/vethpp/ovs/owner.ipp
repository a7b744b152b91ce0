// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ovs/owner.hpp>
#include <vethpp/ovs/text_file.hpp>

#include <algorithm>
#include <cstddef>
#include <sys/stat.h>
#include <unistd.h>

namespace vethpp::detail {

[[nodiscard]] inline std::string pid_namespace() {
    struct stat info {};
    return ::stat("/proc/self/ns/pid", &info) == 0 ? std::to_string(info.st_ino) : "";
}

VETHPP_INLINE std::string OvsOwner::of_process(const std::string& pid) {
    const std::string stat = read_text_file("/proc/" + pid + "/stat");
    // The name, in parentheses, may contain anything; the start time is field 22 of proc(5).
    const std::size_t end = stat.rfind(')');
    if (end == stat.npos) return {};
    std::size_t at = end + 2;
    for (int field = 3; field < 22; ++field) at = std::min(stat.find(' ', at), stat.size() - 1) + 1;
    return concat({pid, "@", pid_namespace(), ":", stat.substr(at, stat.find(' ', at) - at)});
}

VETHPP_INLINE std::string OvsOwner::self() { return of_process(std::to_string(::getpid())); }

VETHPP_INLINE bool OvsOwner::is_dead(const std::string& owner) {
    const std::size_t at = owner.find('@');
    if (at == owner.npos) return false;
    const std::size_t colon = owner.find(':', at);
    if (colon == owner.npos) return false;
    if (owner.substr(at + 1, colon - at - 1) != pid_namespace()) return false;
    return of_process(owner.substr(0, at)) != owner;
}

}  // namespace vethpp::detail
