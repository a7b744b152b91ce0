// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/function_ref.hpp>
#include <vethpp/ovsdb/stream.hpp>

#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace vethpp {
namespace detail {

VETHPP_INLINE UniqueFd open_stream_socket(int family, error_code& ec) noexcept {
    UniqueFd socket{::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    ec = socket ? error_code{} : last_error();
    const int on = 1;
    if (socket && family != AF_UNIX)
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

VETHPP_INLINE error_code connect_stream(int socket, const ovsdb::Address& address) noexcept {
    if (::connect(socket, address.data(), address.size()) == 0) return {};
    // A connection over TCP goes on when a signal has interrupted the call (connect(2)).
    if (errno == EINTR) errno = address.family() == AF_UNIX ? EAGAIN : EINPROGRESS;
    return last_error();
}

VETHPP_INLINE error_code connect_outcome(int socket) noexcept {
    int error = 0;
    socklen_t length = sizeof error;
    if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return last_error();
    return {error, boost::system::system_category()};
}

// Connects a UNIX socket to a server whose queue is full. Only a connect(2) that blocks waits for a
// place in it, which SO_SNDTIMEO limits (socket(7)).
[[nodiscard]] inline error_code connect_in_turn(int socket,
                                                const ovsdb::Address& address,
                                                const Deadline& deadline) noexcept {
    error_code ec;
    const int flags = ::fcntl(socket, F_GETFL);
    if (flags < 0 || ::fcntl(socket, F_SETFL, flags & ~O_NONBLOCK) < 0) return last_error();
    do {
        const int left = deadline.left();
        if (left == 0) return {ETIMEDOUT, boost::system::system_category()};
        const timeval most{.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};
        if (::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) < 0)
            return last_error();
        // What a signal has interrupted has not begun, either.
        ec = connect_stream(socket, address);
    } while (ec == boost::system::errc::resource_unavailable_try_again);
    if (!ec && ::fcntl(socket, F_SETFL, flags) < 0) return last_error();
    return ec;
}

// Carries out a system call on a socket that does not block, as often as it takes.
[[nodiscard]] inline std::size_t repeat_call(FunctionRef<ssize_t()> call,
                                             FunctionRef<void(error_code&)> wait,
                                             error_code& ec) {
    for (;;) {
        const ssize_t done = call();
        ec = done < 0 ? last_error() : error_code{};
        if (!ec) return static_cast<std::size_t>(done);
        if (ec == boost::system::errc::interrupted) continue;
        if (ec == boost::system::errc::resource_unavailable_try_again) wait(ec);
        if (ec) return 0;
    }
}

}  // namespace detail

namespace ovsdb {

VETHPP_INLINE Stream::Stream(const Address& address, Deadline deadline, error_code& ec)
    : socket_{detail::open_stream_socket(address.family(), ec)} {
    if (ec) return;
    ec = detail::connect_stream(socket_.get(), address);
    if (ec == boost::system::errc::resource_unavailable_try_again)
        ec = detail::connect_in_turn(socket_.get(), address, deadline);
    if (ec != boost::system::errc::operation_in_progress) return;
    wait(POLLOUT, deadline, ec);
    if (!ec) ec = detail::connect_outcome(socket_.get());
}

VETHPP_INLINE void Stream::wait(short events, Deadline deadline, error_code& ec) const {
    pollfd item{.fd = socket_.get(), .events = events, .revents = 0};
    for (;;) {
        const int ready = ::poll(&item, 1, deadline.left());
        ec = ready < 0 ? last_error() : error_code{};
        if (ready > 0 || (ec && ec != boost::system::errc::interrupted)) return;
        if (deadline.has_passed()) {
            ec = {ETIMEDOUT, boost::system::system_category()};
            return;
        }
    }
}

VETHPP_INLINE std::size_t Stream::write(std::string_view bytes,
                                        Deadline deadline,
                                        error_code& ec) const {
    const auto send = [&] {
        return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    };
    const auto writable = [&](error_code& failed) { wait(POLLOUT, deadline, failed); };
    const std::size_t sent = detail::repeat_call(send, writable, ec);
    if (ec == boost::system::errc::broken_pipe) ec = {ECONNRESET, boost::system::system_category()};
    return sent;
}

VETHPP_INLINE std::size_t Stream::read(std::span<char> buffer,
                                       Deadline deadline,
                                       error_code& ec) const {
    const auto receive = [&] { return ::recv(socket_.get(), buffer.data(), buffer.size(), 0); };
    const auto readable = [&](error_code& failed) { wait(POLLIN, deadline, failed); };
    const std::size_t got = detail::repeat_call(receive, readable, ec);
    if (!ec && got == 0) ec = {ECONNRESET, boost::system::system_category()};
    return got;
}

}  // namespace ovsdb
}  // namespace vethpp
