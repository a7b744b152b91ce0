// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovsdb/exchange.hpp>

#include <boost/json/serialize.hpp>

#include <cerrno>
#include <utility>

namespace vethpp::ovsdb {

VETHPP_INLINE Exchange::Id Exchange::call(std::string_view method, json::array parameters) {
    const Id id = next_++;
    const auto awaited = replies_.emplace(id, std::nullopt).first;
    try {
        write({{"method", json::string{method}}, {"params", std::move(parameters)}, {"id", id}});
    } catch (...) {
        replies_.erase(awaited);
        throw;
    }
    return id;
}

VETHPP_INLINE void Exchange::cancel(Id id) {
    forget(id);
    write({{"method", "cancel"}, {"params", json::array{id}}, {"id", nullptr}});
}

VETHPP_INLINE void Exchange::written(std::size_t bytes) {
    sent_ += bytes;
    if (sent_ < output_.size()) return;
    output_.clear();
    sent_ = 0;
    answered_ = 0;
}

VETHPP_INLINE void Exchange::received(std::string_view bytes, error_code& ec) {
    ec = {};
    while (!ec && !bytes.empty()) {
        boost::json::error_code parsing;
        const std::size_t used = parser_.write_some(bytes.data(), bytes.size(), parsing);
        size_ += used;
        bytes.remove_prefix(used);
        if (parsing)
            ec = make_error_code(errc::ovsdb_malformed);
        else if (size_ > message_limit_)
            ec = {EMSGSIZE, boost::system::system_category()};
        else if (parser_.done())
            accept(finish(), std::exchange(size_, 0), ec);
        else if (used == 0)
            ec = make_error_code(errc::ovsdb_malformed);
    }
}

VETHPP_INLINE std::optional<Reply> Exchange::take_reply(Id id) {
    const auto found = replies_.find(id);
    if (found == replies_.end() || !found->second) return std::nullopt;
    std::optional<Reply> reply = std::move(found->second);
    replies_.erase(found);
    return reply;
}

VETHPP_INLINE std::optional<Notification> Exchange::take_notification() {
    if (notifications_.empty()) return std::nullopt;
    std::optional<Notification> first = std::move(notifications_.front().notification);
    queued_ -= notifications_.front().size;
    notifications_.pop_front();
    return first;
}

// Messages stand one after the other, so the parser begins anew where one ends.
VETHPP_INLINE json::value Exchange::finish() {
    json::value message = parser_.release();
    parser_.reset();
    return message;
}

VETHPP_INLINE void Exchange::accept(const json::value& message, std::size_t size, error_code& ec) {
    ec = make_error_code(errc::ovsdb_malformed);
    const json::object* object = message.if_object();
    const json::value* id = object != nullptr ? object->if_contains("id") : nullptr;
    if (id == nullptr) return;
    const json::value* method = object->if_contains("method");
    if (method == nullptr) return accept_reply(*id, *object, ec);
    const json::string* name = method->if_string();
    const json::value* parameters = object->if_contains("params");
    const json::array* list = parameters != nullptr ? parameters->if_array() : nullptr;
    if (name == nullptr || list == nullptr) return;
    ec = {};
    if (id->is_null())
        queue({std::string{name->data(), name->size()}, *list}, size, ec);
    else if (*name == "echo")
        answer({{"id", *id}, {"result", *list}, {"error", nullptr}}, ec);
    else
        answer({{"id", *id}, {"result", nullptr}, {"error", "unknown method"}}, ec);
}

VETHPP_INLINE void Exchange::queue(Notification&& notification, std::size_t size, error_code& ec) {
    if (!notifications_.empty() && queued_ + size > backlog_limit_) {
        ec = {ENOBUFS, boost::system::system_category()};
        return;
    }
    notifications_.push_back({std::move(notification), size});
    queued_ += size;
}

// A server may ask without ever receiving an answer.
VETHPP_INLINE void Exchange::answer(const json::object& message, error_code& ec) {
    const std::size_t before = output_.size();
    write(message);
    const std::size_t size = output_.size() - before;
    if (answered_ > 0 && answered_ + size > backlog_limit_)
        ec = {ENOBUFS, boost::system::system_category()};
    answered_ += size;
}

VETHPP_INLINE void Exchange::accept_reply(const json::value& id,
                                          const json::object& message,
                                          error_code& ec) {
    const json::value* result = message.if_contains("result");
    const json::value* error = message.if_contains("error");
    if (result == nullptr && error == nullptr) return;
    ec = {};
    // Real servers leave out the one that would be null. Ids are ours; a reply that carries none of
    // them answers nothing.
    const std::optional<std::int64_t> number = ovsdb::number(id);
    if (!number || *number < 0) return;
    const auto found = replies_.find(static_cast<Id>(*number));
    if (found != replies_.end())
        found->second = Reply{.result = result != nullptr ? *result : json::value{},
                              .error = error != nullptr ? *error : json::value{}};
}

VETHPP_INLINE void Exchange::write(const json::object& message) {
    output_ += json::serialize(message);
}

}  // namespace vethpp::ovsdb
