// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/netns/ptr.hpp>
#include <vethpp/netns/system.hpp>
#include <vethpp/value/error.hpp>

#include <string>
#include <string_view>

namespace vethpp::detail {

/// The sysctls of the namespace that the calling thread is in: /proc/sys/net shows each thread that
/// of its own (Documentation/networking/ip-sysctl.rst). Names are paths below /proc/sys,
/// "net/ipv6/conf/veth0/accept_dad".
class Sysctls {
public:
    explicit Sysctls(const System& system) noexcept : system_{system} {}

    /// The value without the newline at its end, as far as it fits into 64 bytes.
    [[nodiscard]] std::string read(const std::string& name, Failure& failure) const;
    void write(const std::string& name, std::string_view value, Failure& failure) const;
    /// Whether there is such a file or directory.
    [[nodiscard]] bool exist(const std::string& name, Failure& failure) const;

private:
    const System& system_;
};

/// Runs f with the sysctls of a namespace: a visit, so f has as many of them as are needed.
void with_sysctls(const NetnsPtr& netns, FunctionRef<void(const Sysctls&)> f, Failure& failure);

/// "net/ipv6/conf/veth0/accept_dad"
[[nodiscard]] std::string sysctl_of_link(std::string_view protocol,
                                         std::string_view link,
                                         std::string_view name);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/sysctl.ipp>
#endif
