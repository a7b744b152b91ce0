// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netlink/transport.hpp>

#include <cstdint>
#include <span>

namespace vethpp::netlink {

/// Makes a netlink socket a member of a multicast group (RTNLGRP_*), or ends that; sets errno.
[[nodiscard]] bool set_membership(int socket, int group, bool member) noexcept;

/// A netlink socket of the namespace in which the calling thread is (netlink(7)).
///
/// Closed on exec, bound to a port id that the kernel chooses, and connected to the kernel, so that
/// nobody else can put datagrams into its queue. Extended acknowledgements, capped acknowledgements
/// and strict checking of dump requests are on where the kernel knows them.
class Socket final : public Transport {
public:
    /// protocol: NETLINK_ROUTE, NETLINK_GENERIC, ...
    explicit Socket(int protocol, OnError on_error = {});

    /// Adds the socket to multicast groups (RTNLGRP_*). A socket that receives events must not send
    /// requests: events fill its queue, and then answers are lost.
    void subscribe(std::span<const int> groups, OnError on_error = {});

    void send(wire::Bytes datagram, error_code& ec) override;
    Datagram receive(std::span<std::byte> buffer, error_code& ec) override;

    [[nodiscard]] std::uint32_t port() const noexcept override { return port_; }
    [[nodiscard]] int native_handle() const noexcept override { return fd_.get(); }
    [[nodiscard]] int shareable_handle() const noexcept override { return fd_.get(); }

private:
    void open(int protocol, error_code& ec);

    detail::UniqueFd fd_;
    std::uint32_t port_ = 0;
};

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/socket.ipp>
#endif
