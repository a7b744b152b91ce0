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
    replies_.emplace(id, std::nullopt);
    write({{"method", json::string{method}}, {"params", std::move(parameters)}, {"id", id}});
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
        else if (size_ > limit_)
            ec = {EMSGSIZE, boost::system::system_category()};
        else if (parser_.done())
            accept(finish(), ec);
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
    std::optional<Notification> first = std::move(notifications_.front());
    notifications_.pop_front();
    return first;
}

// Messages stand one after the other, so the parser begins anew where one ends.
VETHPP_INLINE json::value Exchange::finish() {
    size_ = 0;
    json::value message = parser_.release();
    parser_.reset();
    return message;
}

VETHPP_INLINE void Exchange::accept(const json::value& message, error_code& ec) {
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
        notifications_.push_back({std::string{name->data(), name->size()}, *list});
    else if (*name == "echo")
        write({{"id", *id}, {"result", *list}, {"error", nullptr}});
    else
        write({{"id", *id}, {"result", nullptr}, {"error", "unknown method"}});
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
