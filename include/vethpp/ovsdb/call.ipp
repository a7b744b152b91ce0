// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ovsdb/call.hpp>

#include <boost/json/serialize.hpp>

#include <optional>
#include <utility>

namespace vethpp::ovsdb {

VETHPP_INLINE Call::Call(std::string_view method, json::array parameters)
    : method_{method}, parameters_(std::move(parameters)) {}

VETHPP_INLINE void Call::start(Exchange& exchange) {
    id_ = exchange.call(method_, std::move(parameters_));
}

VETHPP_INLINE bool Call::resume(Exchange& exchange, error_code waited) {
    if (std::optional<Reply> reply = exchange.take_reply(id_)) {
        const bool refused = !reply->error.is_null();
        if (refused) code_ = make_error_code(errc::ovsdb_refused);
        value_ = std::move(refused ? reply->error : reply->result);
        return true;
    }
    if (!waited) return false;
    code_ = waited;
    if (waited == boost::system::errc::timed_out ||
        waited == boost::system::errc::operation_canceled)
        exchange.cancel(id_);
    else
        exchange.forget(id_);
    return true;
}

VETHPP_INLINE bool Next::resume(Exchange& exchange, error_code waited) {
    if (std::optional<Notification> next = exchange.take_notification()) {
        value_ = *std::move(next);
        return true;
    }
    code_ = waited;
    return waited.failed();
}

VETHPP_INLINE std::string refusal_text(const json::value& error) {
    const json::object* object = error.if_object();
    if (object == nullptr) return error.is_string() ? text(error) : json::serialize(error);
    const std::string details = text(column(*object, "details"));
    return detail::concat({text(column(*object, "error")), details.empty() ? "" : ": ", details});
}

}  // namespace vethpp::ovsdb
