// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/sysctl.hpp>
#include <vethpp/netns/visit.hpp>

#include <fcntl.h>

namespace vethpp::detail {

[[nodiscard]] inline UniqueFd open_sysctl(const System& system,
                                          const std::string& name,
                                          int mode,
                                          error_code& ec) {
    return system.open(concat({"/proc/sys/", name}).c_str(), mode, ec);
}

inline void fail_sysctl(const std::string& name, error_code ec, Failure& failure) {
    if (!ec) return;
    const bool locked = ec == boost::system::errc::read_only_file_system ||
                        ec == boost::system::errc::permission_denied;
    failure.fail(ec,
                 concat({"the sysctl /proc/sys/",
                         name,
                         locked ? " cannot be written here: /proc/sys is read-only, or the "
                                  "namespace belongs to another user namespace"
                                : ""}));
}

VETHPP_INLINE std::string Sysctls::read(const std::string& name, Failure& failure) const {
    if (failure) return {};
    error_code ec;
    char text[64];
    std::size_t size = 0;
    const UniqueFd file = open_sysctl(system_, name, O_RDONLY, ec);
    if (!ec) size = system_.read(file.get(), text, ec);
    fail_sysctl(name, ec, failure);
    if (ec) return {};
    while (size > 0 && text[size - 1] == '\n') --size;
    return {text, size};
}

VETHPP_INLINE void Sysctls::write(const std::string& name,
                                  std::string_view value,
                                  Failure& failure) const {
    if (failure) return;
    error_code ec;
    const UniqueFd file = open_sysctl(system_, name, O_WRONLY, ec);
    if (!ec) system_.write(file.get(), value, ec);
    fail_sysctl(name, ec, failure);
}

VETHPP_INLINE bool Sysctls::exist(const std::string& name, Failure& failure) const {
    if (failure) return false;
    error_code ec;
    const UniqueFd file = open_sysctl(system_, name, O_PATH, ec);
    if (ec != boost::system::errc::no_such_file_or_directory) fail_sysctl(name, ec, failure);
    return !ec;
}

VETHPP_INLINE void with_sysctls(const NetnsPtr& netns,
                                FunctionRef<void(const Sysctls&)> f,
                                Failure& failure) {
    if (failure) return;
    const Sysctls there{*netns->system};
    visit(
        NetnsRef{netns}, [&] { f(there); }, failure);
}

VETHPP_INLINE std::string sysctl_of_link(std::string_view protocol,
                                         std::string_view link,
                                         std::string_view name) {
    return concat({"net/", protocol, "/conf/", link, "/", name});
}

}  // namespace vethpp::detail
