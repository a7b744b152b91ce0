// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovsdb/client.hpp>
#include <vethpp/ovsdb/exchange.hpp>
#include <vethpp/ovsdb/stream.hpp>
#include <vethpp/ovsdb/transaction.hpp>
#include <vethpp/value/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace vethpp::ovsdb {

/// An asynchronous client of an OVSDB server, for any completion token.
///
/// Any number of calls may be under way; their replies may come in any order. While it is connected
/// a read is pending, which also answers the server's echo requests.
/// **Threads.** The executor must be a strand, or run by one thread.
/// **Cancellation.** Each operation can be cancelled (terminal); the server is told to give the
/// request up. The destructor closes the connection, and what is under way fails.
/// **Errors.** As those of Client, as error_code; ETIMEDOUT after the timeout of the options.
class AsyncClient {
public:
    using executor_type = boost::asio::any_io_executor;
    using Clock = std::chrono::steady_clock;

    explicit AsyncClient(executor_type executor, ClientOptions options = {})
        : impl_{std::make_shared<Impl>(std::move(executor), options)} {}
    AsyncClient(AsyncClient&&) noexcept = default;
    AsyncClient& operator=(AsyncClient&& other) noexcept {
        if (this != &other) {
            close();
            impl_ = std::move(other.impl_);
        }
        return *this;
    }
    ~AsyncClient() { close(); }

    [[nodiscard]] executor_type get_executor() const { return impl_->socket.get_executor(); }

    /// void(error_code)
    template <class Token>
    auto async_connect(const std::string& address, Token&& token) {
        return boost::asio::async_compose<Token, void(error_code)>(
            Connect{impl_, address}, token, impl_->socket);
    }

    /// void(error_code, json::value): the result of any method. errc::ovsdb_refused if the server
    /// answered with an error.
    template <class Token>
    auto async_call(std::string_view method, json::array parameters, Token&& token) {
        const Exchange::Id id = impl_->exchange.call(method, std::move(parameters));
        return boost::asio::async_compose<Token, void(error_code, json::value)>(
            Call{impl_, id}, token, impl_->socket);
    }
    /// void(error_code, json::value): the results, an array. An operation that was refused is found
    /// by error_in(); the error_code is about the transaction as a message.
    template <class Token>
    auto async_transact(const Transaction& transaction, Token&& token) {
        return async_call("transact", transaction.parameters(), std::forward<Token>(token));
    }

    /// void(error_code, Notification): what a monitor reports next. Waits without a timeout.
    template <class Token>
    auto async_next_notification(Token&& token) {
        return boost::asio::async_compose<Token, void(error_code, Notification)>(
            Next{impl_}, token, impl_->socket);
    }

    void close() noexcept {
        if (impl_) impl_->fail({ECANCELED, boost::system::system_category()});
    }

private:
    using Socket = boost::asio::generic::stream_protocol::socket;
    using Timer = boost::asio::steady_timer;

    struct Impl : std::enable_shared_from_this<Impl> {
        Impl(executor_type executor, ClientOptions wanted)
            : options{wanted}, socket{std::move(executor)}, exchange{wanted.message_limit} {}

        void read() {
            socket.async_read_some(
                boost::asio::buffer(buffer),
                [self = this->shared_from_this()](error_code ec, std::size_t got) {
                    if (!ec) self->exchange.received({self->buffer.data(), got}, ec);
                    if (ec) return self->fail(ec);
                    self->wake();
                    self->write();  // an answer to an echo request
                    self->read();
                });
        }
        void write() {
            if (writing || broken || !connected || exchange.output().empty()) return;
            writing = true;
            // Exchange may append while this is sent, so the bytes are copied.
            auto bytes = std::make_shared<std::string>(exchange.output());
            socket.async_write_some(
                boost::asio::buffer(*bytes),
                [self = this->shared_from_this(), bytes](error_code ec, std::size_t sent) {
                    self->writing = false;
                    if (ec) return self->fail(ec);
                    self->exchange.written(sent);
                    self->write();
                });
        }
        void fail(error_code ec) noexcept {
            // An end of the stream has no good moment.
            if (!broken)
                broken = ec == boost::asio::error::eof || ec == boost::asio::error::broken_pipe
                             ? error_code{ECONNRESET, boost::system::system_category()}
                             : ec;
            error_code ignored;
            socket.close(ignored);
            wake();
        }
        void wake() noexcept {
            for (Timer* timer : waiting) timer->cancel();
        }

        ClientOptions options;
        Socket socket;
        Exchange exchange;
        std::list<Timer*> waiting{};
        error_code broken{};
        bool connected = false;
        bool writing = false;
        std::array<char, 16384> buffer{};
    };
    using ImplPtr = std::shared_ptr<Impl>;

    // Waits until something has happened on the connection, or for ever.
    class Waiter {
    public:
        explicit Waiter(ImplPtr impl)
            : impl_{std::move(impl)}, timer_{impl_->socket.get_executor()} {
            at_ = impl_->waiting.insert(impl_->waiting.end(), &timer_);
        }
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        ~Waiter() { impl_->waiting.erase(at_); }

        template <class Self>
        void wait(Clock::time_point until, Self&& self) {
            timer_.expires_at(until);
            timer_.async_wait(std::forward<Self>(self));
        }

    private:
        ImplPtr impl_;
        Timer timer_;
        std::list<Timer*>::iterator at_{};
    };

    struct Connect {
        ImplPtr impl;
        std::string address;
        std::shared_ptr<Timer> timer{};

        template <class Self>
        void operator()(Self& self) {
            Failure failure;
            const Address parsed{address, failure};
            if (failure) {
                // The executor first: what self holds goes with it.
                const executor_type executor = impl->socket.get_executor();
                boost::asio::post(executor, [self = std::move(self), ec = failure.code]() mutable {
                    self.complete(ec);
                });
                return;
            }
            timer = std::make_shared<Timer>(impl->socket.get_executor(), impl->options.timeout);
            timer->async_wait([impl = impl](error_code ec) {
                if (!ec && !impl->connected)
                    impl->fail({ETIMEDOUT, boost::system::system_category()});
            });
            const boost::asio::generic::stream_protocol::endpoint endpoint{parsed.data(),
                                                                           parsed.size()};
            Impl& there = *impl;
            there.socket.async_connect(endpoint, std::move(self));
        }
        template <class Self>
        void operator()(Self& self, error_code ec) {
            timer->cancel();
            if (impl->broken) ec = impl->broken;
            impl->connected = !ec;
            if (!ec) {
                impl->read();
                impl->write();
            }
            self.complete(ec);
        }
    };

    struct Call {
        ImplPtr impl;
        Exchange::Id id;
        std::shared_ptr<Waiter> waiter{};
        Clock::time_point until{};

        template <class Self>
        void operator()(Self& self, error_code = {}) {
            if (!waiter) {
                waiter = std::make_shared<Waiter>(impl);
                until = Clock::now() + impl->options.timeout;
                impl->write();
                // Never completes from within the initiating function.
                boost::asio::post(impl->socket.get_executor(), std::move(self));
                return;
            }
            if (std::optional<Reply> reply = impl->exchange.take_reply(id)) {
                const bool refused = !reply->error.is_null();
                finish(self,
                       refused ? make_error_code(errc::ovsdb_refused) : error_code{},
                       refused ? std::move(reply->error) : std::move(reply->result));
            } else if (impl->broken) {
                finish(self, impl->broken);
            } else if (self.get_cancellation_state().cancelled() !=
                       boost::asio::cancellation_type::none) {
                give_up(self, boost::asio::error::operation_aborted);
            } else if (Clock::now() >= until) {
                give_up(self, {ETIMEDOUT, boost::system::system_category()});
            } else {
                Waiter& there = *waiter;
                there.wait(until, std::move(self));
            }
        }

    private:
        template <class Self>
        void give_up(Self& self, error_code ec) {
            impl->exchange.cancel(id);
            impl->write();
            finish(self, ec);
        }
        template <class Self>
        void finish(Self& self, error_code ec, json::value result = {}) {
            waiter.reset();
            self.complete(ec, std::move(result));
        }
    };

    struct Next {
        ImplPtr impl;
        std::shared_ptr<Waiter> waiter{};

        template <class Self>
        void operator()(Self& self, error_code = {}) {
            if (!waiter) {
                waiter = std::make_shared<Waiter>(impl);
                boost::asio::post(impl->socket.get_executor(), std::move(self));
                return;
            }
            if (std::optional<Notification> next = impl->exchange.take_notification())
                return finish(self, {}, *std::move(next));
            if (impl->broken) return finish(self, impl->broken);
            if (self.get_cancellation_state().cancelled() != boost::asio::cancellation_type::none)
                return finish(self, boost::asio::error::operation_aborted);
            Waiter& there = *waiter;
            there.wait(Clock::time_point::max(), std::move(self));
        }

    private:
        template <class Self>
        void finish(Self& self, error_code ec, Notification next = {}) {
            waiter.reset();
            self.complete(ec, std::move(next));
        }
    };

    ImplPtr impl_;
};

}  // namespace vethpp::ovsdb
