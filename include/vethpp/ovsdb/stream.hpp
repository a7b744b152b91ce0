// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/deadline.hpp>
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/ovsdb/address.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace vethpp::ovsdb {

/// A connected socket whose operations end by a deadline (ETIMEDOUT).
class Stream {
public:
    Stream() noexcept = default;
    Stream(const Address& address, Deadline deadline, error_code& ec);

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(socket_); }
    void close() noexcept { socket_ = {}; }

    /// Sends some bytes; ECONNRESET if nobody is there any more.
    std::size_t write(std::string_view bytes, Deadline deadline, error_code& ec) const;
    /// Receives some bytes; an end of the stream is ECONNRESET, for there is no good moment for it.
    std::size_t read(std::span<char> buffer, Deadline deadline, error_code& ec) const;

private:
    void wait(short events, Deadline deadline, error_code& ec) const;

    detail::UniqueFd socket_{};
};

}  // namespace vethpp::ovsdb

namespace vethpp::detail {

/// A socket for such an address, not blocking and closed on exec, that is not connected yet.
[[nodiscard]] UniqueFd open_stream_socket(int family, error_code& ec) noexcept;

/// Begins to connect: success, EINPROGRESS, or EAGAIN where the queue of connections of a UNIX
/// socket's server is full. Then nothing has begun, and there is no event to wait for.
[[nodiscard]] error_code connect_stream(int socket, const ovsdb::Address& address) noexcept;
/// What came of it, once the socket can be written to.
[[nodiscard]] error_code connect_outcome(int socket) noexcept;

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovsdb/stream.ipp>
#endif
