// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/deadline.hpp>
#include <vethpp/base/net_if.hpp>
#include <vethpp/base/process.hpp>
#include <vethpp/ovsdb/address.hpp>
#include <vethpp/ovsdb/exchange.hpp>
#include <vethpp/ovsdb/stream.hpp>
#include <vethpp/value/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace vethpp::detail {

class OvsdbConnection;

/// The connections of an Asio context, each of which ends in a child as soon as Asio is told of the
/// child (notify_fork()): it would take what comes for the parent.
class OvsdbConnections : public boost::asio::execution_context::service {
public:
    using key_type = OvsdbConnections;
    static const boost::asio::execution_context::id id;

    explicit OvsdbConnections(boost::asio::execution_context& context) : service{context} {}

    void add(OvsdbConnection* connection);
    void remove(OvsdbConnection* connection);
    /// Whether Asio's own descriptors are those of this process.
    [[nodiscard]] bool are_here() const noexcept { return birthplace_.is_here(); }

private:
    void shutdown() override {}
    void notify_fork(boost::asio::execution_context::fork_event event) override;

    std::mutex mutex_{};
    std::set<OvsdbConnection*> all_{};
    Birthplace birthplace_{};
};
inline const boost::asio::execution_context::id OvsdbConnections::id{};

/// How long a server whose queue is full is left alone: longer each time, but not for long.
class ConnectPause {
public:
    [[nodiscard]] std::chrono::milliseconds next() noexcept;

private:
    std::chrono::milliseconds length_{1};
};

/// The I/O of an ovsdb::AsyncClient: a connection on which a read is always pending, and which
/// wakes whoever waits when anything has happened. What is pending keeps it alive, until fail().
class OvsdbConnection : public std::enable_shared_from_this<OvsdbConnection> {
public:
    OvsdbConnection(const boost::asio::any_io_executor& executor,
                    const ovsdb::ClientOptions& options);
    OvsdbConnection(const OvsdbConnection&) = delete;
    OvsdbConnection& operator=(const OvsdbConnection&) = delete;
    ~OvsdbConnection();

    [[nodiscard]] ovsdb::Exchange& exchange() noexcept { return exchange_; }
    [[nodiscard]] bool is_here() const noexcept { return birthplace_.is_here(); }
    [[nodiscard]] bool is_connected() const noexcept { return connected_ && !broken_; }
    /// Why nothing can come any more; success as long as something can.
    [[nodiscard]] error_code broken() const noexcept { return broken_; }

    /// Begins to connect; an error if that cannot be begun. A server whose queue is full is asked
    /// again and again, until fail().
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
    void ask(const ovsdb::Address& address, ConnectPause pause);
    void connected(error_code ec);
    void read();
    void received(error_code ec, std::size_t size);
    void wake() noexcept;
    void leave_to_parent() noexcept;
    template <class F>
    void step(F&& f) noexcept;

    Birthplace birthplace_{};
    boost::asio::generic::stream_protocol::socket socket_;
    boost::asio::steady_timer pause_;
    OvsdbConnections& connections_;
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
