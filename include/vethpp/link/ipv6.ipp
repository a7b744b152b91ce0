// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/ipv6.hpp>
#include <vethpp/netns/sysctl.hpp>

#include <cerrno>
#include <string>

namespace vethpp::detail {

// A link whose MTU is below 1280 has no sysctls of IPv6, nor has a kernel without IPv6. Neither has
// a process without /proc, which is another matter.
[[nodiscard]] inline bool knows_ipv6(const SysctlFiles& sysctls,
                                     const std::string& name,
                                     Failure& failure) {
    if (sysctls.exist(name, failure) || failure) return !failure;
    if (!sysctls.exist("net", failure)) failure.fail_errno(ENOENT, "/proc/sys/net is not there");
    return false;
}

VETHPP_INLINE void detect_duplicates(const NetnsPtr& netns,
                                     std::string_view link,
                                     Failure& failure) {
    const auto detect = [&](const SysctlFiles& sysctls) {
        const std::string own = sysctl_of_link("ipv6", link, "accept_dad");
        // Without it the kernel will refuse the address.
        if (!knows_ipv6(sysctls, own, failure)) return;
        for (const std::string& name : {own, sysctl_of_link("ipv6", "all", "accept_dad")}) {
            const std::string value = sysctls.read(name, failure);
            if (failure || (!value.empty() && value[0] >= '1' && value[0] <= '9')) return;
        }
        sysctls.write(own, "1", failure);
    };
    with_sysctls(netns, detect, failure);
}

VETHPP_INLINE void set_ipv6(const NetnsPtr& netns,
                            std::string_view link,
                            bool on,
                            Failure& failure) {
    const auto set = [&](const SysctlFiles& sysctls) {
        const std::string own = sysctl_of_link("ipv6", link, "disable_ipv6");
        if (knows_ipv6(sysctls, own, failure))
            sysctls.write(own, on ? "0" : "1", failure);
        else if (on)
            failure.fail_errno(EAFNOSUPPORT, "IPv6 is not in the kernel, or the MTU is below 1280");
    };
    with_sysctls(netns, set, failure);
}

VETHPP_INLINE void set_sysctls(const NetnsPtr& netns,
                               std::string_view link,
                               const std::vector<Sysctl>& sysctls,
                               Failure& failure) {
    if (sysctls.empty()) return;
    const auto set = [&](SysctlFiles& files) {
        (void)write_sysctls(files, sysctls, link, failure);
    };
    with_sysctls(netns, set, failure);
}

}  // namespace vethpp::detail
