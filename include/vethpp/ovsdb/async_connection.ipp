// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovsdb/async_connection.hpp>
#include <vethpp/ovsdb/stream.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <cerrno>

namespace vethpp::detail {

VETHPP_INLINE OvsdbConnection::OvsdbConnection(const boost::asio::any_io_executor& executor,
                                               std::size_t message_limit)
    : socket_{executor}, exchange_{message_limit} {}

VETHPP_INLINE error_code OvsdbConnection::connect(const std::string& address) {
    Failure failure;
    failure.fail(broken_);
    if (connecting_) failure.fail_errno(connected_ ? EISCONN : EALREADY);
    const ovsdb::Address parsed{address, failure};
    if (failure) return failure.code;

    const boost::asio::generic::stream_protocol protocol{parsed.family(), 0};
    const boost::asio::generic::stream_protocol::endpoint endpoint{parsed.data(), parsed.size()};
    error_code ec;
    UniqueFd fd = open_stream_socket(parsed.family(), ec);
    if (!ec) ec = socket_.assign(protocol, fd.get(), ec);
    if (ec) return ec;
    (void)fd.release();
    connecting_ = true;
    socket_.async_connect(
        endpoint, [self = shared_from_this()](error_code failed) { self->connected(failed); });
    return {};
}

VETHPP_INLINE void OvsdbConnection::connected(error_code ec) {
    if (ec || broken_) return fail(ec);
    connected_ = true;
    wake();
    read();
    send();
}

// Always pending, so that the server's echo requests are answered, and its end is noticed at once.
VETHPP_INLINE void OvsdbConnection::read() {
    socket_.async_read_some(
        boost::asio::buffer(buffer_),
        [self = shared_from_this()](error_code ec, std::size_t size) { self->received(ec, size); });
}

VETHPP_INLINE void OvsdbConnection::received(error_code ec, std::size_t size) {
    if (!ec) exchange_.received({buffer_.data(), size}, ec);
    if (ec || broken_) return fail(ec);
    wake();
    read();
    send();  // an answer to an echo request
}

VETHPP_INLINE void OvsdbConnection::send() {
    if (writing_ || !is_connected() || exchange_.output().empty()) return;
    writing_ = true;
    // The exchange may append while this is sent, so the bytes are copied.
    const auto bytes = std::make_shared<const std::string>(exchange_.output());
    socket_.async_write_some(boost::asio::buffer(*bytes),
                             [self = shared_from_this(), bytes](error_code ec, std::size_t size) {
                                 self->writing_ = false;
                                 if (ec) return self->fail(ec);
                                 self->exchange_.written(size);
                                 self->send();
                             });
}

VETHPP_INLINE void OvsdbConnection::fail(error_code ec) noexcept {
    // An end of the stream has no good moment.
    if (ec == boost::asio::error::eof || ec == boost::asio::error::broken_pipe)
        ec = {ECONNRESET, boost::system::system_category()};
    if (!broken_) broken_ = ec;
    error_code ignored;
    ignored = socket_.close(ignored);
    wake();
}

VETHPP_INLINE void OvsdbConnection::wake() noexcept {
    for (boost::asio::steady_timer* timer : waiting_) timer->cancel();
}

VETHPP_INLINE OvsdbConnection::Waiter::Waiter(std::shared_ptr<OvsdbConnection> connection,
                                              Deadline deadline)
    : connection_{std::move(connection)},
      timer_{connection_->socket_.get_executor(), deadline.time()},
      at_{connection_->waiting_.insert(connection_->waiting_.end(), &timer_)} {}

VETHPP_INLINE OvsdbConnection::Waiter::~Waiter() { connection_->waiting_.erase(at_); }

}  // namespace vethpp::detail
