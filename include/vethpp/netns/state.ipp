// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netns/state.hpp>

#include <linux/ioctl.h>
#include <sys/socket.h>
#include <utility>

namespace vethpp::detail {

VETHPP_INLINE NetnsState::NetnsState(std::shared_ptr<const System> calls,
                                     std::string name,
                                     UniqueFd descriptor,
                                     std::unique_ptr<netlink::Transport> transport)
    : system{std::move(calls)},
      label{std::move(name)},
      fd{std::move(descriptor)},
      session{std::move(transport)} {}

VETHPP_INLINE std::uint64_t netns_id(const NetnsState& netns) {
    std::uint64_t id = 0;
    error_code ec;
    constexpr unsigned long ns_get_id = _IOR(0xb7, 13, std::uint64_t);
    netns.system->control(netns.fd.get(), ns_get_id, &id, ec);
    if (!ec) return id;
    constexpr int so_netns_cookie = 71;
    socklen_t length = sizeof id;
    const int socket = const_cast<netlink::Session&>(netns.session).transport().native_handle();
    if (::getsockopt(socket, SOL_SOCKET, so_netns_cookie, &id, &length) == 0) return id;
    // The inode of a namespace can be used again, but not while both descriptors are open.
    return netns.system->status(netns.fd.get(), ec).st_ino;
}

VETHPP_INLINE NetnsPtr current_netns(std::shared_ptr<const System> system, Failure& failure) {
    if (failure) return nullptr;
    error_code ec;
    UniqueFd fd = system->current_netns(ec);
    std::unique_ptr<netlink::Transport> transport;
    if (!ec) transport = system->netlink(ec);
    failure.fail(ec);
    if (ec) return nullptr;
    return std::make_shared<NetnsState>(
        std::move(system), "the current namespace", std::move(fd), std::move(transport));
}

}  // namespace vethpp::detail
