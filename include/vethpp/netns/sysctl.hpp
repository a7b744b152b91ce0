// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netns/ptr.hpp>
#include <vethpp/netns/system.hpp>
#include <vethpp/value/error.hpp>
#include <vethpp/value/sysctl.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace vethpp::detail {

/// The sysctls of the namespace that the calling thread is in: /proc/sys/net shows each thread that
/// of its own (Documentation/networking/ip-sysctl.rst). Names are paths below /proc/sys,
/// "net/ipv6/conf/veth0/accept_dad".
class SysctlFiles {
public:
    explicit SysctlFiles(const System& system) noexcept : system_{system} {}

    /// From now on, where /proc is not there or read-only, a /proc of its own is used, which takes
    /// CAP_SYS_ADMIN; it is mounted nowhere, and gone with this object.
    void use_own_proc_if_needed() noexcept { may_mount_ = true; }

    /// The value without the newline at its end.
    [[nodiscard]] std::string read(const std::string& name, Failure& failure) const;
    void write(const std::string& name, std::string_view value, Failure& failure) const;
    /// Whether there is such a file or directory.
    [[nodiscard]] bool exist(const std::string& name, Failure& failure) const;

private:
    [[nodiscard]] UniqueFd open(const std::string& name, int mode, error_code& ec) const;
    void fail(const std::string& name, error_code ec, Failure& failure) const;
    [[nodiscard]] std::string why(const std::string& name, error_code ec) const;

    const System& system_;
    bool may_mount_ = false;
    mutable UniqueFd own_proc_{};
    mutable error_code mounting_{};  // what that was refused with
};

/// Runs f with the sysctls of a namespace: a visit, so f has as many of them as are needed.
void with_sysctls(const NetnsPtr& netns, FunctionRef<void(SysctlFiles&)> f, Failure& failure);

/// Writes them, of the options of a namespace or, with its name, of a link. A failure says which.
/// Returns whether new links detect duplicate addresses by it.
bool write_sysctls(SysctlFiles& files,
                   const std::vector<Sysctl>& sysctls,
                   std::string_view link,
                   Failure& failure);

/// IPv4 and IPv6, where the kernel has that, from link to link.
void set_forwarding(SysctlFiles& files, bool on, Failure& failure);

/// "net/ipv6/conf/veth0/accept_dad"
[[nodiscard]] std::string sysctl_of_link(std::string_view protocol,
                                         std::string_view link,
                                         std::string_view name);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/sysctl.ipp>
#endif
