// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/netns/published_name.hpp>

#include <fcntl.h>
#include <sys/mount.h>
#include <utility>

namespace vethpp::detail {

VETHPP_INLINE std::string netns_path(std::string_view name) {
    return concat({netns_directory, "/", name});
}

VETHPP_INLINE void check_netns_name(std::string_view name, Failure& failure) {
    std::string_view problem;
    if (name.empty() || name.size() > 255) problem = "a namespace's name has 1 to 255 bytes";
    if (name == "." || name == "..") problem = "\".\" and \"..\" are not names";
    if (name.find('/') != name.npos) problem = "a namespace's name has no '/'";
    if (name.find('\0') != name.npos) problem = "a namespace's name has no NUL byte";
    if (problem.empty() || failure) return;
    failure.context.object = quoted(name);
    failure.fail(errc::invalid_name, std::string{problem});
}

VETHPP_INLINE PublishedName::PublishedName(std::shared_ptr<const System> system,
                                           int netns,
                                           std::string_view name,
                                           Failure& failure)
    : system_{std::move(system)}, path_{netns_path(name)} {
    if (failure) return;
    // All text before there is anything to be taken back.
    const auto source = concat({"/proc/thread-self/fd/", std::to_string(netns)});
    error_code ec;
    place_ = place_of(*system_, netns, ec);
    if (!ec) prepare_directory(ec, failure);
    if (!ec) attach(source, ec, failure);
    explain(ec, failure);
    failure.fail(ec);
}

VETHPP_INLINE PublishedName::~PublishedName() {
    if (!attached_ || !birthplace_.is_here() || !stands()) return;
    error_code ec;
    system_->unmount(path_.c_str(), ec);
    system_->unlink(path_.c_str(), ec);
}

VETHPP_INLINE bool PublishedName::stands() const noexcept {
    error_code ec;
    const struct stat found = system_->status_of(path_.c_str(), ec);
    return !ec && NetnsPlace{found.st_dev, found.st_ino} == place_;
}

// iproute2 takes the same lock around the same steps, or mounts pile up (Debian bug 949235).
VETHPP_INLINE void PublishedName::prepare_directory(error_code& ec, Failure& failure) {
    system_->make_directory(netns_directory, 0755, ec);
    if (ec == boost::system::errc::file_exists) ec = {};
    UniqueFd lock;
    if (!ec) lock = system_->open(netns_directory, O_RDONLY | O_DIRECTORY, ec);
    if (!ec) system_->lock(lock.get(), ec);
    if (ec) return;
    // Shared, so that the name reaches other mount namespaces, and its removal too.
    system_->mount("", netns_directory, MS_SHARED | MS_REC, ec);
    if (ec == boost::system::errc::invalid_argument) {
        system_->mount(netns_directory, netns_directory, MS_BIND | MS_REC, ec);
        if (!ec) system_->mount("", netns_directory, MS_SHARED | MS_REC, ec);
    }
    if (ec == boost::system::errc::operation_not_permitted)
        failure.fail(ec, "mounting needs CAP_SYS_ADMIN in the mount namespace");
}

VETHPP_INLINE void PublishedName::attach(const std::string& source,
                                         error_code& ec,
                                         Failure& failure) {
    { const UniqueFd file = system_->open(path_.c_str(), O_RDONLY | O_CREAT | O_EXCL, ec); }
    if (ec == boost::system::errc::file_exists) failure.fail(ec, "the name is taken");
    if (ec) return;
    system_->mount(source.c_str(), path_.c_str(), MS_BIND, ec);
    attached_ = !ec;
    if (ec == boost::system::errc::no_such_file_or_directory)
        failure.fail(ec, "/proc is not mounted, or is that of another PID namespace");
    error_code ignored;
    if (!attached_) system_->unlink(path_.c_str(), ignored);
}

VETHPP_INLINE void PublishedName::explain(error_code ec, Failure& failure) const {
    if (ec == boost::system::errc::permission_denied ||
        ec == boost::system::errc::read_only_file_system ||
        ec == boost::system::errc::no_such_file_or_directory)
        failure.fail(ec,
                     concat({"names are files such as ",
                             path_,
                             "; where those cannot be made, a mount namespace with a fresh /run "
                             "does it"}));
}

}  // namespace vethpp::detail
