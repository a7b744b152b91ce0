// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/sysctl.hpp>
#include <vethpp/netns/sysctl_name.hpp>
#include <vethpp/netns/visit.hpp>

#include <cerrno>
#include <fcntl.h>
#include <linux/magic.h>

namespace vethpp::detail {

VETHPP_INLINE UniqueFd SysctlFiles::open(const std::string& name, int mode, error_code& ec) const {
    if (own_proc_)
        return system_.open_at(own_proc_.get(), concat({"sys/", name}).c_str(), mode, ec);
    UniqueFd file = system_.open(concat({"/proc/sys/", name}).c_str(), mode, ec);
    if (!may_mount_) return file;
    // Where /proc is something else, writing there would change that, and be reported as done.
    const auto is_proc = [&](const UniqueFd& one) {
        error_code unknown;
        return one && system_.file_system(one.get(), unknown) == PROC_SUPER_MAGIC;
    };
    if (!ec && is_proc(file)) return file;
    if (ec && ec != boost::system::errc::read_only_file_system) {
        error_code missing;
        if (ec != boost::system::errc::no_such_file_or_directory ||
            is_proc(system_.open("/proc/sys/net", O_PATH, missing)))
            return file;
    }
    if (!mounting_) own_proc_ = system_.mount_detached("proc", mounting_);
    if (own_proc_) return open(name, mode, ec);
    if (!ec) ec = {ENOENT, boost::system::system_category()};
    return {};
}

VETHPP_INLINE std::string SysctlFiles::why(const std::string& name, error_code ec) const {
    namespace e = boost::system::errc;
    if (mounting_)
        return concat({" cannot be opened: /proc/sys is ",
                       ec == e::read_only_file_system ? "read-only" : "not there",
                       ", and a /proc of one's own is refused, which takes CAP_SYS_ADMIN over the "
                       "PID namespace: ",
                       mounting_.message()});
    if (ec == e::no_such_file_or_directory) {
        Failure ignored;
        const std::string directory = name.substr(0, name.rfind('/'));
        return ": " + why_no_sysctl(name, exist(directory, ignored));
    }
    if (ec == e::io_error) return ": it has no value yet";
    if (ec != e::permission_denied && ec != e::read_only_file_system) return {};
    error_code unknown;
    const UniqueFd file = open(name, O_PATH, unknown);
    if (!unknown && (system_.status(file.get(), unknown).st_mode & 0222U) == 0 && !unknown)
        return " cannot be written in a namespace: the machine has one for all, or it only tells "
               "something";
    return " cannot be written here: /proc/sys is read-only, or the namespace belongs to another "
           "user namespace";
}

VETHPP_INLINE void SysctlFiles::fail(const std::string& name,
                                     error_code ec,
                                     Failure& failure) const {
    if (ec && !failure) failure.fail(ec, concat({"the sysctl /proc/sys/", name, why(name, ec)}));
}

VETHPP_INLINE std::string SysctlFiles::read(const std::string& name, Failure& failure) const {
    if (failure) return {};
    // A list of ports can be long, and the kernel gives a number only to the first read(2).
    for (std::size_t capacity = 4096;; capacity *= 16) {
        error_code ec;
        std::string text(capacity, '\0');
        const UniqueFd file = open(name, O_RDONLY, ec);
        if (!ec) text.resize(system_.read(file.get(), text, ec));
        if (ec) {
            fail(name, ec, failure);
            return {};
        }
        if (text.size() == capacity && capacity < 1'000'000) continue;
        while (!text.empty() && text.back() == '\n') text.pop_back();
        return text;
    }
}

VETHPP_INLINE void SysctlFiles::write(const std::string& name,
                                      std::string_view value,
                                      Failure& failure) const {
    if (failure) return;
    error_code ec;
    const UniqueFd file = open(name, O_WRONLY, ec);
    if (ec) return fail(name, ec, failure);
    system_.write(file.get(), value, ec);
    // Of these the value is not the reason.
    if (ec == boost::system::errc::permission_denied ||
        ec == boost::system::errc::read_only_file_system)
        return fail(name, ec, failure);
    while (value.ends_with('\n')) value.remove_suffix(1);
    failure.fail(ec, concat({"the sysctl /proc/sys/", name, " does not take ", quoted(value)}));
}

VETHPP_INLINE bool SysctlFiles::exist(const std::string& name, Failure& failure) const {
    if (failure) return false;
    error_code ec;
    const UniqueFd file = open(name, O_PATH, ec);
    if (ec != boost::system::errc::no_such_file_or_directory || mounting_) fail(name, ec, failure);
    return !ec;
}

VETHPP_INLINE void with_sysctls(const NetnsPtr& netns,
                                FunctionRef<void(SysctlFiles&)> f,
                                Failure& failure) {
    if (failure) return;
    SysctlFiles there{*netns->system};
    visit(
        NetnsRef{netns}, [&] { f(there); }, failure);
}

VETHPP_INLINE bool write_sysctls(SysctlFiles& files,
                                 const std::vector<Sysctl>& sysctls,
                                 std::string_view link,
                                 Failure& failure) {
    bool detects = false;
    files.use_own_proc_if_needed();
    for (const Sysctl& one : sysctls) {
        if (failure) break;
        const std::string& value = one.value.text();
        const std::string path = link.empty() ? sysctl_path(one.name, failure)
                                              : sysctl_path_of_link(one.name, link, failure);
        check_sysctl_value(value, failure);
        if (failure)
            failure.context.hint.insert(0, concat({"the sysctl ", quoted(one.name), ": "}));
        files.write(path, value + '\n', failure);
        detects = detects || turns_detection_on(path, value);
    }
    return detects;
}

VETHPP_INLINE void set_forwarding(SysctlFiles& files, bool on, Failure& failure) {
    const std::string_view value = on ? "1" : "0";
    files.use_own_proc_if_needed();
    files.write("net/ipv4/ip_forward", value, failure);
    // Those of links to come follow (addrconf_fixup_forwarding).
    const std::string ipv6 = sysctl_of_link("ipv6", "all", "forwarding");
    if (files.exist(ipv6, failure)) files.write(ipv6, value, failure);
}

VETHPP_INLINE std::string sysctl_of_link(std::string_view protocol,
                                         std::string_view link,
                                         std::string_view name) {
    return concat({"net/", protocol, "/conf/", link, "/", name});
}

}  // namespace vethpp::detail
