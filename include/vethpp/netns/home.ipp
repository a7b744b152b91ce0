// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netns/home.hpp>

namespace vethpp::detail {

VETHPP_INLINE NetnsPlace place_of(const System& system, int netns) noexcept {
    error_code unknown;
    return place_of(system, netns, unknown);
}

VETHPP_INLINE NetnsPlace place_of(const System& system, int netns, error_code& ec) noexcept {
    const struct stat file = system.status(netns, ec);
    return ec ? NetnsPlace{} : NetnsPlace{file.st_dev, file.st_ino};
}

VETHPP_INLINE NetnsPlace current_place(const System& system) noexcept {
    error_code ec;
    const struct stat file = system.status_of("/proc/thread-self/ns/net", ec);
    if (!ec) return {file.st_dev, file.st_ino};
    const UniqueFd fd = system.current_netns(ec);
    return ec ? NetnsPlace{} : place_of(system, fd.get());
}

VETHPP_INLINE NetnsHome find_home(const System& system, Failure& failure) {
    NetnsHome home;
    if (failure) return home;
    error_code ec;
    home.fd = system.current_netns(ec);
    if (ec == boost::system::errc::no_such_file_or_directory)
        failure.fail(ec,
                     "/proc is not mounted, or is that of another PID namespace; without it, "
                     "only CAP_NET_ADMIN tells the thread's own namespace");
    if (!ec) home.place = place_of(system, home.fd.get(), ec);
    failure.fail(ec);
    return home;
}

}  // namespace vethpp::detail
