// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/net_if.hpp>
#include <vethpp/ovsdb/async_connection.hpp>
#include <vethpp/ovsdb/stream.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <unistd.h>

namespace vethpp::detail {

VETHPP_INLINE void OvsdbConnections::add(OvsdbConnection* connection) {
    const std::lock_guard lock{mutex_};
    all_.insert(connection);
}

VETHPP_INLINE void OvsdbConnections::remove(OvsdbConnection* connection) {
    std::unique_lock lock{mutex_, std::defer_lock};
    // In a child of which Asio was not told, a thread may hold it that is not there.
    if (are_here())
        lock.lock();
    else if (!lock.try_lock())
        return;
    all_.erase(connection);
}

// Asio's reactor is the older service, and has descriptors of its own by then.
VETHPP_INLINE void OvsdbConnections::notify_fork(boost::asio::execution_context::fork_event event) {
    if (event == boost::asio::execution_context::fork_prepare) return mutex_.lock();
    if (event == boost::asio::execution_context::fork_child) {
        birthplace_ = {};
        for (OvsdbConnection* connection : all_)
            connection->fail(make_error_code(errc::used_after_fork));
    }
    mutex_.unlock();
}

VETHPP_INLINE std::chrono::milliseconds ConnectPause::next() noexcept {
    constexpr std::chrono::milliseconds longest{20};
    const std::chrono::milliseconds pause = length_;
    length_ = std::min(2 * length_, longest);
    return pause;
}

VETHPP_INLINE OvsdbConnection::OvsdbConnection(const boost::asio::any_io_executor& executor,
                                               const ovsdb::ClientOptions& options)
    : socket_{executor},
      pause_{executor},
      connections_{boost::asio::use_service<OvsdbConnections>(executor.context())},
      exchange_{options} {
    connections_.add(this);
}

VETHPP_INLINE OvsdbConnection::~OvsdbConnection() {
    connections_.remove(this);
    if (!connections_.are_here()) leave_to_parent();
}

// Asio takes a socket that it closes out of its epoll instance, which a child shares with its
// parent until notify_fork(): the parent's socket would wait in vain. A number that means another
// file by now is in none, and Asio can close that.
VETHPP_INLINE void OvsdbConnection::leave_to_parent() noexcept {
    if (!socket_.is_open()) return;
    const int number = socket_.native_handle();
    error_code none;
    const UniqueFd other = open_stream_socket(AF_UNIX, none);
    if (!other || ::dup3(other.get(), number, O_CLOEXEC) < 0) ::close(number);
    error_code ignored;
    ignored = socket_.close(ignored);
}

// What goes wrong in here would leave those who wait without an answer, and nothing pending.
template <class F>
void OvsdbConnection::step(F&& f) noexcept {
    try {
        f();
    } catch (...) {
        fail({ENOMEM, boost::system::system_category()});
    }
}

VETHPP_INLINE error_code OvsdbConnection::connect(const std::string& address) {
    Failure failure;
    failure.fail(broken_);
    if (connecting_) failure.fail_errno(connected_ ? EISCONN : EALREADY);
    const ovsdb::Address parsed{address, failure};
    if (failure) return failure.code;

    const boost::asio::generic::stream_protocol protocol{parsed.family(), 0};
    error_code ec;
    UniqueFd fd = open_stream_socket(parsed.family(), ec);
    if (!ec) ec = socket_.assign(protocol, fd.get(), ec);
    if (ec) return ec;
    (void)fd.release();
    connecting_ = true;
    step([&] { ask(parsed, {}); });
    return {};
}

VETHPP_INLINE void OvsdbConnection::ask(const ovsdb::Address& address, ConnectPause pause) {
    const error_code ec = connect_stream(socket_.native_handle(), address);
    if (ec == boost::system::errc::resource_unavailable_try_again) {
        // The deadline is that of who waits for the connection.
        pause_.expires_after(pause.next());
        pause_.async_wait([self = shared_from_this(), address, pause](error_code) {
            if (!self->broken_) self->step([&] { self->ask(address, pause); });
        });
    } else if (ec == boost::system::errc::operation_in_progress) {
        socket_.async_wait(socket_.wait_write, [self = shared_from_this()](error_code failed) {
            if (!failed && !self->broken_) failed = connect_outcome(self->socket_.native_handle());
            self->step([&] { self->connected(failed); });
        });
    } else {
        connected(ec);
    }
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
    socket_.async_read_some(boost::asio::buffer(buffer_),
                            [self = shared_from_this()](error_code ec, std::size_t size) {
                                self->step([&] { self->received(ec, size); });
                            });
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
    // The exchange may append while this is sent, so the bytes are copied.
    const auto bytes = std::make_shared<const std::string>(exchange_.output());
    socket_.async_write_some(boost::asio::buffer(*bytes),
                             [self = shared_from_this(), bytes](error_code ec, std::size_t size) {
                                 self->writing_ = false;
                                 if (ec) return self->fail(ec);
                                 self->exchange_.written(size);
                                 self->step([&] { self->send(); });
                             });
    writing_ = true;
}

VETHPP_INLINE void OvsdbConnection::fail(error_code ec) noexcept {
    // An end of the stream has no good moment.
    if (ec == boost::asio::error::eof || ec == boost::asio::error::broken_pipe)
        ec = {ECONNRESET, boost::system::system_category()};
    if (!broken_) broken_ = ec;
    if (!connections_.are_here()) return leave_to_parent();
    error_code ignored;
    ignored = socket_.close(ignored);
    pause_.cancel();
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
