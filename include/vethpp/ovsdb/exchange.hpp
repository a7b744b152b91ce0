// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovsdb/value.hpp>
#include <vethpp/value/error.hpp>

#include <boost/json/stream_parser.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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

    static constexpr std::size_t default_limit = std::size_t{64} << 20U;

    /// limit: of one received message, in bytes; a longer one is an error (EMSGSIZE).
    explicit Exchange(std::size_t limit = default_limit) : limit_{limit} {}

    /// Starts a request; its reply is awaited until taken or forgotten.
    Id call(std::string_view method, json::array parameters) {
        const Id id = next_++;
        replies_.emplace(id, std::nullopt);
        write({{"method", json::string{method}}, {"params", std::move(parameters)}, {"id", id}});
        return id;
    }
    /// Forgets a request: its reply will be dropped. The server is asked to give it up, which it
    /// does for a transaction that waits (RFC 7047, 4.1.4).
    void cancel(Id id) {
        replies_.erase(id);
        write({{"method", "cancel"}, {"params", json::array{id}}, {"id", nullptr}});
    }

    /// Bytes to be sent; written() takes them off.
    [[nodiscard]] std::string_view output() const noexcept {
        return std::string_view{output_}.substr(sent_);
    }
    void written(std::size_t bytes) {
        sent_ += bytes;
        if (sent_ < output_.size()) return;
        output_.clear();
        sent_ = 0;
    }

    /// Takes received bytes. An error is final: nothing after it can be trusted.
    void received(std::string_view bytes, error_code& ec) {
        ec = {};
        while (!ec && !bytes.empty()) {
            boost::json::error_code parsing;
            const std::size_t used = parser_.write_some(bytes.data(), bytes.size(), parsing);
            size_ += used;
            bytes.remove_prefix(used);
            if (parsing)
                ec = make_error_code(errc::ovsdb_malformed);
            else if (size_ > limit_)
                ec = {EMSGSIZE, boost::system::system_category()};
            else if (parser_.done())
                accept(finish(), ec);
            else if (used == 0)
                ec = make_error_code(errc::ovsdb_malformed);
        }
    }

    /// The reply to a request, once it has come.
    [[nodiscard]] std::optional<Reply> take_reply(Id id) {
        const auto found = replies_.find(id);
        if (found == replies_.end() || !found->second) return std::nullopt;
        std::optional<Reply> reply = std::move(found->second);
        replies_.erase(found);
        return reply;
    }
    [[nodiscard]] std::optional<Notification> take_notification() {
        if (notifications_.empty()) return std::nullopt;
        std::optional<Notification> first = std::move(notifications_.front());
        notifications_.pop_front();
        return first;
    }

private:
    json::value finish() {
        size_ = 0;
        json::value message = parser_.release();
        parser_.reset();
        return message;
    }

    void accept(const json::value& message, error_code& ec) {
        const json::object* object = message.if_object();
        const json::value* id = object != nullptr ? object->if_contains("id") : nullptr;
        if (id == nullptr) {
            ec = make_error_code(errc::ovsdb_malformed);
            return;
        }
        const json::value* method = object->if_contains("method");
        if (method == nullptr) {
            accept_reply(*id, *object, ec);
            return;
        }
        const json::value* parameters = object->if_contains("params");
        if (!method->is_string() || parameters == nullptr || !parameters->is_array()) {
            ec = make_error_code(errc::ovsdb_malformed);
            return;
        }
        const std::string name{method->get_string()};
        if (id->is_null())
            notifications_.push_back({name, parameters->get_array()});
        else if (name == "echo")
            write({{"id", *id}, {"result", *parameters}, {"error", nullptr}});
        else
            write({{"id", *id}, {"result", nullptr}, {"error", "unknown method"}});
    }

    void accept_reply(const json::value& id, const json::object& object, error_code& ec) {
        const json::value* result = object.if_contains("result");
        const json::value* error = object.if_contains("error");
        if (result == nullptr && error == nullptr) {
            ec = make_error_code(errc::ovsdb_malformed);
            return;
        }
        // Real servers leave out the one that would be null. Ids are ours; a reply that carries
        // none of them answers nothing.
        const std::optional<std::int64_t> number = ovsdb::number(id);
        if (!number || *number < 0) return;
        const auto found = replies_.find(static_cast<Id>(*number));
        if (found != replies_.end())
            found->second = Reply{.result = result != nullptr ? *result : json::value{},
                                  .error = error != nullptr ? *error : json::value{}};
    }

    void write(const json::object& message) { output_ += json::serialize(message); }

    std::size_t limit_;
    std::size_t size_ = 0;  // of the message that is being received
    std::size_t sent_ = 0;
    Id next_ = 1;
    std::string output_{};
    boost::json::stream_parser parser_{};
    std::map<Id, std::optional<Reply>> replies_{};
    std::deque<Notification> notifications_{};
};

}  // namespace vethpp::ovsdb
