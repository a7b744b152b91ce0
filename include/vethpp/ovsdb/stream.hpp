// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/unique_fd.hpp>
#include <vethpp/value/error.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <limits>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>

namespace vethpp::ovsdb {

/// Where Open vSwitch listens unless told otherwise (Debian, RHEL).
inline constexpr const char* default_address = "unix:/run/openvswitch/db.sock";

/// An OVSDB server's address as a socket address: "unix:/path", "tcp:127.0.0.1:6640" or
/// "tcp:[::1]:6640", as in ovs-vsctl(8). Names are not looked up.
class Address {
public:
    Address(std::string_view text, Failure& failure) {
        if (text.starts_with("unix:") && text.size() > 5)
            set_path(text.substr(5), failure);
        else if (text.starts_with("tcp:"))
            set_tcp(text.substr(4), failure);
        else
            failure.fail(errc::invalid_address,
                         "expected unix:PATH or tcp:ADDRESS:PORT, as in ovs-vsctl");
    }

    [[nodiscard]] const sockaddr* data() const noexcept {
        return reinterpret_cast<const sockaddr*>(&storage_);
    }
    [[nodiscard]] socklen_t size() const noexcept { return size_; }
    [[nodiscard]] int family() const noexcept { return storage_.ss_family; }

private:
    void set_path(std::string_view path, Failure& failure) {
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        if (path.size() >= sizeof address.sun_path || path.find('\0') != path.npos) {
            failure.fail(errc::invalid_address, "the path of a UNIX socket has at most 107 bytes");
            return;
        }
        std::copy(path.begin(), path.end(), address.sun_path);
        set(address);
    }
    void set_tcp(std::string_view text, Failure& failure) {
        const std::size_t colon = text.rfind(':');
        std::string host{text.substr(0, colon)};
        if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
        error_code ec;
        const auto address = boost::asio::ip::make_address(host, ec);
        const std::string_view digits = colon == text.npos ? "" : text.substr(colon + 1);
        unsigned port = 0;
        for (const char c : digits) {
            if (c < '0' || c > '9' || port > 65535) port = 65536;
            if (port <= 65535) port = port * 10 + static_cast<unsigned>(c - '0');
        }
        if (ec || port == 0 || port > 65535) {
            failure.fail(errc::invalid_address, "expected tcp:ADDRESS:PORT, the address in digits");
            return;
        }
        if (address.is_v4()) {
            sockaddr_in v4{};
            v4.sin_family = AF_INET;
            v4.sin_port = htons(static_cast<std::uint16_t>(port));
            v4.sin_addr.s_addr = htonl(address.to_v4().to_uint());
            set(v4);
        } else {
            sockaddr_in6 v6{};
            v6.sin6_family = AF_INET6;
            v6.sin6_port = htons(static_cast<std::uint16_t>(port));
            const auto bytes = address.to_v6().to_bytes();
            std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
            v6.sin6_scope_id = static_cast<std::uint32_t>(address.to_v6().scope_id());
            set(v6);
        }
    }
    template <class T>
    void set(const T& address) {
        std::memcpy(&storage_, &address, sizeof address);
        size_ = sizeof address;
    }

    sockaddr_storage storage_{};
    socklen_t size_ = 0;
};

/// A connected socket whose operations end by a deadline (ETIMEDOUT).
class Stream {
public:
    using Clock = std::chrono::steady_clock;

    Stream() noexcept = default;
    Stream(const Address& address, Clock::time_point deadline, error_code& ec)
        : socket_{::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} {
        const int on = 1;
        check(socket_ ? 0 : -1, ec);
        if (!ec && address.family() != AF_UNIX)
            ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (!ec) check(::connect(socket_.get(), address.data(), address.size()), ec);
        const bool waits = ec == boost::system::errc::operation_in_progress ||
                           ec == boost::system::errc::resource_unavailable_try_again ||
                           ec == boost::system::errc::interrupted;
        if (!waits) return;
        // A UNIX socket whose queue of connections is full has not begun to connect (EAGAIN).
        const bool begun = ec != boost::system::errc::resource_unavailable_try_again;
        wait(POLLOUT, deadline, ec);
        int error = begun ? 0 : EAGAIN;
        socklen_t length = sizeof error;
        if (!ec && begun)
            check(::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &length), ec);
        if (!ec && error != 0) ec = {error, boost::system::system_category()};
    }

    [[nodiscard]] int native_handle() const noexcept { return socket_.get(); }
    [[nodiscard]] int release() noexcept { return socket_.release(); }
    void close() noexcept { socket_ = {}; }

    /// Sends some bytes; ECONNRESET if nobody is there any more.
    std::size_t write(std::string_view bytes, Clock::time_point deadline, error_code& ec) const {
        const std::size_t sent = repeat(POLLOUT, deadline, ec, [&] {
            return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        });
        if (ec == boost::system::errc::broken_pipe) ec = reset();
        return sent;
    }
    /// Receives some bytes; an end of the stream is ECONNRESET, for there is no good moment for it.
    std::size_t read(std::span<char> buffer, Clock::time_point deadline, error_code& ec) const {
        const std::size_t got = repeat(POLLIN, deadline, ec, [&] {
            return ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        });
        if (!ec && got == 0) ec = reset();
        return got;
    }

private:
    static error_code reset() { return {ECONNRESET, boost::system::system_category()}; }
    static void check(int result, error_code& ec) {
        ec = result < 0 ? error_code{errno, boost::system::system_category()} : error_code{};
    }
    template <class F>
    std::size_t repeat(short events, Clock::time_point deadline, error_code& ec, F&& call) const {
        for (;;) {
            const ssize_t done = call();
            if (done >= 0) {
                ec = {};
                return static_cast<std::size_t>(done);
            }
            check(-1, ec);
            if (ec == boost::system::errc::interrupted) continue;
            if (ec != boost::system::errc::resource_unavailable_try_again) return 0;
            wait(events, deadline, ec);
            if (ec) return 0;
        }
    }
    void wait(short events, Clock::time_point deadline, error_code& ec) const {
        pollfd item{.fd = socket_.get(), .events = events, .revents = 0};
        for (;;) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
            const int ready = ::poll(&item,
                                     1,
                                     static_cast<int>(std::clamp<std::int64_t>(
                                         left.count(), 0, std::numeric_limits<int>::max())));
            check(ready, ec);
            if (ec == boost::system::errc::interrupted) continue;
            if (!ec && ready == 0 && Clock::now() >= deadline)
                ec = {ETIMEDOUT, boost::system::system_category()};
            if (ec || ready > 0) return;
        }
    }

    detail::UniqueFd socket_{};
};

}  // namespace vethpp::ovsdb
