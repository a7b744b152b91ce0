// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/deadline.hpp>
#include <vethpp/ovsdb/exchange.hpp>
#include <vethpp/value/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <utility>

namespace vethpp::detail {

/// The I/O of an ovsdb::AsyncClient: a connection on which a read is always pending, and which
/// wakes whoever waits when anything has happened. What is pending keeps it alive, until fail().
class OvsdbConnection : public std::enable_shared_from_this<OvsdbConnection> {
public:
    OvsdbConnection(const boost::asio::any_io_executor& executor, std::size_t message_limit);

    [[nodiscard]] ovsdb::Exchange& exchange() noexcept { return exchange_; }
    [[nodiscard]] bool is_connected() const noexcept { return connected_ && !broken_; }
    /// Why nothing can come any more; success as long as something can.
    [[nodiscard]] error_code broken() const noexcept { return broken_; }

    /// Begins to connect; an error if that cannot be begun.
    [[nodiscard]] error_code connect(const std::string& address);
    /// Sends what the exchange holds, as soon as it is connected.
    void send();
    /// Ends the connection, for the first reason that is given.
    void fail(error_code ec) noexcept;

    /// One who waits until something has happened, as often as it takes.
    class Waiter {
    public:
        Waiter(std::shared_ptr<OvsdbConnection> connection, Deadline deadline);
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        ~Waiter();

        /// handler(error_code): success at the deadline; operation_aborted when something has
        /// happened before, or the wait has been cancelled.
        template <class Handler>
        void async_wait(Handler&& handler) {
            timer_.async_wait(std::forward<Handler>(handler));
        }

    private:
        std::shared_ptr<OvsdbConnection> connection_;
        boost::asio::steady_timer timer_;
        std::list<boost::asio::steady_timer*>::iterator at_;
    };

private:
    void connected(error_code ec);
    void read();
    void received(error_code ec, std::size_t size);
    void wake() noexcept;

    boost::asio::generic::stream_protocol::socket socket_;
    ovsdb::Exchange exchange_;
    std::list<boost::asio::steady_timer*> waiting_{};
    error_code broken_{};
    bool connecting_ = false;
    bool connected_ = false;
    bool writing_ = false;
    std::array<char, 16384> buffer_{};
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovsdb/async_connection.ipp>
#endif
