// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovsdb/options.hpp>
#include <vethpp/ovsdb/value.hpp>
#include <vethpp/value/error.hpp>

#include <boost/json/stream_parser.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace vethpp::ovsdb {

/// The server's answer to a request: `error` is null, or says why there is no result.
struct Reply {
    json::value result{};
    json::value error{};
};

/// What the server sends of itself: "update", "update2", "locked", "stolen".
struct Notification {
    std::string method{};
    json::array parameters{};
};

/// One connection to an OVSDB server, without I/O (RFC 7047, JSON-RPC 1.0): the caller sends what
/// output() holds, and hands over what it receives, in whatever pieces. The same object serves
/// blocking and asynchronous callers.
///
/// Messages stand one after the other without any framing. Replies may come in any order; one that
/// nobody waits for is dropped. The server's echo requests, by which it finds out whether the
/// connection still lives, are answered here.
class Exchange {
public:
    using Id = std::uint64_t;

    /// What of the options is about limits: EMSGSIZE, ENOBUFS.
    explicit Exchange(const ClientOptions& options = {})
        : message_limit_{limit(options.message_limit)},
          backlog_limit_{limit(options.backlog_limit)} {}

    /// Starts a request; its reply is awaited until taken or forgotten.
    Id call(std::string_view method, json::array parameters);
    /// Drops the reply to a request, now or when it comes.
    void forget(Id id) { replies_.erase(id); }
    /// The same, and the server is asked to give the request up, which it does for a transaction
    /// that waits (RFC 7047, 4.1.4).
    void cancel(Id id);

    /// Bytes to be sent; written() takes them off.
    [[nodiscard]] std::string_view output() const noexcept {
        return std::string_view{output_}.substr(sent_);
    }
    void written(std::size_t bytes);

    /// Takes received bytes. An error is final, as is an exception: nothing after it can be
    /// trusted.
    void received(std::string_view bytes, error_code& ec);

    /// The reply to a request, once it has come.
    [[nodiscard]] std::optional<Reply> take_reply(Id id);
    [[nodiscard]] std::optional<Notification> take_notification();
    /// How many requests there are whose replies have not been taken.
    [[nodiscard]] std::size_t awaited() const noexcept { return replies_.size(); }

private:
    struct Queued {
        Notification notification{};
        std::size_t size = 0;  // in bytes as received
    };

    [[nodiscard]] static std::size_t limit(Number bytes) noexcept {
        return bytes < 0 ? 0 : bytes.as<std::size_t>();
    }
    [[nodiscard]] json::value finish();
    void accept(const json::value& message, std::size_t size, error_code& ec);
    void accept_reply(const json::value& id, const json::object& message, error_code& ec);
    void queue(Notification&& notification, std::size_t size, error_code& ec);
    void answer(const json::object& message, error_code& ec);
    void write(const json::object& message);

    std::size_t message_limit_;
    std::size_t backlog_limit_;
    std::size_t size_ = 0;      // of the message that is being received
    std::size_t queued_ = 0;    // of all notifications
    std::size_t answered_ = 0;  // of the answers that are still to be sent
    std::size_t sent_ = 0;
    Id next_ = 1;
    std::string output_{};
    boost::json::stream_parser parser_{};
    std::map<Id, std::optional<Reply>> replies_{};
    std::deque<Queued> notifications_{};
};

}  // namespace vethpp::ovsdb

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovsdb/exchange.ipp>
#endif
