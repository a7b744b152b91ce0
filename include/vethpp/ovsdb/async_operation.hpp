// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/net_if.hpp>
#include <vethpp/ovsdb/async_connection.hpp>
#include <vethpp/ovsdb/call.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prepend.hpp>

#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace vethpp::detail {

/// A connection that is to be made, as something to wait for like a call.
class OvsdbConnect {
public:
    explicit OvsdbConnect(std::string address) : address_{std::move(address)} {}

    void start(OvsdbConnection& connection) { code_ = connection.connect(address_); }
    [[nodiscard]] bool resume(OvsdbConnection& connection, error_code waited) {
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
class OvsdbWait {
public:
    explicit OvsdbWait(What what = {}) : what_{std::move(what)} {}

    void start(OvsdbConnection& connection) {
        what_.start(connection.exchange());
        connection.send();
    }
    [[nodiscard]] bool resume(OvsdbConnection& connection, error_code waited) {
        const bool done = what_.resume(connection.exchange(), waited);
        connection.send();  // that it is given up
        return done;
    }
    [[nodiscard]] error_code code() const noexcept { return what_.code(); }
    [[nodiscard]] auto& value() noexcept { return what_.value(); }

private:
    What what_;
};

/// The driver of everything that is waited for asynchronously, as async_compose() takes it.
///
/// Before it is launched it does nothing, and all that it does then happens in turn, on the
/// executor of the connection: the handler's own may be any other, such as the threads of
/// use_future. The handler is called on that.
template <class What>
class OvsdbOperation {
public:
    OvsdbOperation(std::shared_ptr<OvsdbConnection> connection,
                   std::chrono::milliseconds timeout,
                   What what)
        : connection_{std::move(connection)},
          timeout_{timeout},
          deadline_{timeout},
          what_{std::move(what)} {}

    struct Begin {};
    struct Waited {};
    struct Done {};

    /// Launched, by whatever thread.
    template <class Self>
    void operator()(Self& self) {
        const auto executor = boost::asio::get_associated_executor(self);
        deadline_ = timeout_;
        pending_ = std::allocate_shared<PendingFor<std::decay_t<decltype(executor)>>>(
            boost::asio::get_associated_allocator(self), executor);
        boost::asio::post(in_turn(self, Begin{}));
    }

    template <class Self>
    void operator()(Self& self, Begin) {
        if (!connection_) return finish(self, make_error_code(errc::empty_object));
        if (!connection_->is_here()) return finish(self, make_error_code(errc::used_after_fork));
        pending_->waiter.emplace(connection_, deadline_);
        if (!connection_->broken()) what_.start(*connection_);
        resume(self, {});
    }

    /// A wait ends with success at the deadline, and is aborted before it.
    template <class Self>
    void operator()(Self& self, Waited, error_code aborted) {
        resume(self,
               aborted ? error_code{} : error_code{ETIMEDOUT, boost::system::system_category()});
    }

    template <class Self>
    void operator()(Self& self, Done, error_code ec) {
        if constexpr (requires { what_.value(); })
            self.complete(ec, std::move(what_.value()));
        else
            self.complete(ec);
    }

private:
    // From the launch to the end: one allocation, and work for the handler's executor.
    struct Pending {
        std::optional<OvsdbConnection::Waiter> waiter{};
    };
    template <class Executor>
    struct PendingFor : Pending {
        explicit PendingFor(const Executor& executor) : work{executor} {}
        boost::asio::executor_work_guard<Executor> work;
    };

    template <class Self, class Tag>
    static auto in_turn(Self& self, Tag tag) {
        const auto executor = self.get_io_executor();
        return boost::asio::bind_executor(executor, boost::asio::prepend(std::move(self), tag));
    }

    template <class Self>
    void resume(Self& self, error_code waited) {
        if (self.get_cancellation_state().cancelled() != boost::asio::cancellation_type::none)
            waited = boost::asio::error::operation_aborted;
        if (connection_->broken()) waited = connection_->broken();
        if (what_.resume(*connection_, waited)) return finish(self, what_.code());
        OvsdbConnection::Waiter& waiter = *pending_->waiter;
        waiter.async_wait(in_turn(self, Waited{}));
    }

    template <class Self>
    void finish(Self& self, error_code ec) {
        // What the handler's allocator gave goes before the handler is called; the work does not.
        const auto work = boost::asio::make_work_guard(boost::asio::get_associated_executor(self));
        pending_.reset();
        boost::asio::dispatch(boost::asio::prepend(std::move(self), Done{}, ec));
    }

    std::shared_ptr<OvsdbConnection> connection_;
    std::chrono::milliseconds timeout_;
    Deadline deadline_;
    What what_;
    std::shared_ptr<Pending> pending_{};
};

}  // namespace vethpp::detail
