// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovsdb/async_connection.hpp>
#include <vethpp/ovsdb/call.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prepend.hpp>

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace vethpp::detail {

/// A connection that is to be made, as something to wait for like a call.
class AsyncConnect {
public:
    explicit AsyncConnect(std::string address) : address_{std::move(address)} {}

    void start(AsyncConnection& connection) { code_ = connection.connect(address_); }
    [[nodiscard]] bool resume(AsyncConnection& connection, error_code waited) {
        if (code_ || connection.is_connected()) return true;
        code_ = waited;
        if (waited) connection.fail(waited);
        return waited.failed();
    }
    [[nodiscard]] error_code code() const noexcept { return code_; }

private:
    std::string address_;
    error_code code_{};
};

/// What happens in the exchange of a connection: ovsdb::Call, ovsdb::Next.
template <class What>
class OnExchange {
public:
    explicit OnExchange(What what = {}) : what_{std::move(what)} {}

    void start(AsyncConnection& connection) {
        what_.start(connection.exchange());
        connection.send();
    }
    [[nodiscard]] bool resume(AsyncConnection& connection, error_code waited) {
        const bool done = what_.resume(connection.exchange(), waited);
        connection.send();  // that it is given up
        return done;
    }
    [[nodiscard]] error_code code() const noexcept { return what_.code(); }
    [[nodiscard]] auto& value() noexcept { return what_.value(); }

private:
    What what_;
};

/// The driver of everything that is waited for asynchronously, as async_compose() takes it. Before
/// it is launched it does nothing.
template <class What>
class AsyncOperation {
public:
    AsyncOperation(std::shared_ptr<AsyncConnection> connection,
                   std::chrono::milliseconds timeout,
                   What what)
        : connection_{std::move(connection)}, timeout_{timeout}, what_{std::move(what)} {}

    template <class Self>
    void operator()(Self& self) {
        if (connection_) {
            waiter_ = std::allocate_shared<AsyncConnection::Waiter>(
                boost::asio::get_associated_allocator(self), connection_, Deadline{timeout_});
            if (!connection_->broken()) what_.start(*connection_);
        }
        // Nothing completes within the initiating function.
        boost::asio::post(boost::asio::prepend(std::move(self), Launched{}));
    }

    struct Launched {};
    template <class Self>
    void operator()(Self& self, Launched) {
        resume(self, {});
    }

    /// After a wait, which ends with success at the deadline and is aborted before it.
    template <class Self>
    void operator()(Self& self, error_code aborted) {
        resume(self,
               aborted ? error_code{} : error_code{ETIMEDOUT, boost::system::system_category()});
    }

private:
    template <class Self>
    void resume(Self& self, error_code waited) {
        if (!connection_) return finish(self, make_error_code(errc::empty_object));
        if (self.get_cancellation_state().cancelled() != boost::asio::cancellation_type::none)
            waited = boost::asio::error::operation_aborted;
        if (connection_->broken()) waited = connection_->broken();
        if (what_.resume(*connection_, waited)) return finish(self, what_.code());
        waiter_->async_wait(std::move(self));
    }

    template <class Self>
    void finish(Self& self, error_code ec) {
        waiter_.reset();  // what the handler's allocator gave goes before the handler is called
        if constexpr (requires { what_.value(); })
            self.complete(ec, std::move(what_.value()));
        else
            self.complete(ec);
    }

    std::shared_ptr<AsyncConnection> connection_;
    std::chrono::milliseconds timeout_;
    What what_;
    std::shared_ptr<AsyncConnection::Waiter> waiter_{};
};

}  // namespace vethpp::detail
