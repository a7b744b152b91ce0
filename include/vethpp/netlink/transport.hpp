// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/exchange.hpp>
#include <vethpp/value/error.hpp>
#include <vethpp/wire/writer.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace vethpp::netlink {

/// The seam between the library and a netlink socket, at the level of bytes: the kernel stands
/// behind Socket, a test stands a script or a faulty wire there.
class Transport {
public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    /// Sends one datagram. The kernel carries out rtnetlink requests inside this call.
    virtual void send(wire::Bytes datagram, error_code& ec) = 0;

    /// Takes the next datagram without waiting; EAGAIN when there is none. The result's buffer is
    /// the one given, its size the datagram's real length, which may be more.
    virtual Datagram receive(std::span<std::byte> buffer, error_code& ec) = 0;

    /// The port id that the kernel puts into its answers; 0 if it is not known.
    [[nodiscard]] virtual std::uint32_t port() const noexcept = 0;

    /// The socket's descriptor, for poll(2) and ioctl(2); -1 if there is none.
    [[nodiscard]] virtual int native_handle() const noexcept = 0;

    /// The descriptor on which another thread may call send(2) in place of send(), and that may be
    /// made a member of multicast groups; -1 if everything has to go through this object.
    [[nodiscard]] virtual int shareable_handle() const noexcept { return -1; }
};

}  // namespace vethpp::netlink
