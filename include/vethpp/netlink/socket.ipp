// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netlink/socket.hpp>

#include <cerrno>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <utility>

namespace vethpp::netlink {

VETHPP_INLINE bool set_membership(int socket, int group, bool member) noexcept {
    const int option = member ? NETLINK_ADD_MEMBERSHIP : NETLINK_DROP_MEMBERSHIP;
    return ::setsockopt(socket, SOL_NETLINK, option, &group, sizeof group) == 0;
}

VETHPP_INLINE Socket::Socket(int protocol, OnError on_error) {
    Failure failure;
    failure.context.operation = "open a netlink socket";
    error_code ec;
    open(protocol, ec);
    failure.fail(ec);
    on_error(std::move(failure));
}

VETHPP_INLINE void Socket::subscribe(std::span<const int> groups, OnError on_error) {
    Failure failure;
    failure.context.operation = "subscribe to netlink events";
    for (const int group : groups)
        if (!set_membership(fd_.get(), group, true)) failure.fail(last_error());
    on_error(std::move(failure));
}

VETHPP_INLINE void Socket::send(wire::Bytes datagram, error_code& ec) {
    // MSG_NOSIGNAL keeps the promise of no surprise for descriptors of any kind.
    const auto n = ::send(fd_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL);
    ec = n < 0 ? last_error() : error_code{};
}

VETHPP_INLINE Datagram Socket::receive(std::span<std::byte> buffer, error_code& ec) {
    sockaddr_nl sender{};
    iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const auto n = ::recvmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_TRUNC);
    ec = n < 0 ? last_error() : error_code{};
    return {
        .buffer = buffer, .size = n < 0 ? 0 : static_cast<std::size_t>(n), .sender = sender.nl_pid};
}

VETHPP_INLINE void Socket::open(int protocol, error_code& ec) {
    detail::UniqueFd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)};
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    if (!fd || ::bind(fd.get(), generic, length) != 0 ||
        ::connect(fd.get(), generic, length) != 0 ||
        ::getsockname(fd.get(), generic, &length) != 0) {
        ec = last_error();
        return;
    }
    for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK}) {
        const int on = 1;
        // A kernel without the option works, it only explains and checks less.
        if (::setsockopt(fd.get(), SOL_NETLINK, option, &on, sizeof on) != 0 &&
            errno != ENOPROTOOPT) {
            ec = last_error();
            return;
        }
    }
    port_ = address.nl_pid;
    fd_ = std::move(fd);
}

}  // namespace vethpp::netlink
