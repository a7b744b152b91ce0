// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovsdb/exchange.hpp>

#include <string>
#include <string_view>

// What one waits for on a connection, without I/O. A driver, which blocks or does not, starts it,
// and resumes it whenever its wait for the server has ended, until it is done: with success if
// something may have come, ETIMEDOUT if the deadline has passed, ECANCELED if the caller does not
// want it any more, and otherwise with the reason for which nothing can come any more.
namespace vethpp::ovsdb {

/// A request, from its beginning to its outcome. One that is given up is taken back: the server is
/// told, and its reply is nobody's.
class Call {
public:
    Call(std::string_view method, json::array parameters);

    void start(Exchange& exchange);
    /// Whether it is done.
    [[nodiscard]] bool resume(Exchange& exchange, error_code waited);

    /// Of one that is done: success, errc::ovsdb_refused, or how the last wait ended.
    [[nodiscard]] error_code code() const noexcept { return code_; }
    /// The result; of a refused call, what the server says.
    [[nodiscard]] json::value& value() noexcept { return value_; }

private:
    std::string method_;
    json::array parameters_;
    Exchange::Id id_ = 0;
    error_code code_{};
    json::value value_{};
};

/// The next notification.
class Next {
public:
    void start(Exchange&) noexcept {}
    /// Whether it is done.
    [[nodiscard]] bool resume(Exchange& exchange, error_code waited);

    /// Of one that is done: success, or how the last wait ended.
    [[nodiscard]] error_code code() const noexcept { return code_; }
    [[nodiscard]] Notification& value() noexcept { return value_; }

private:
    error_code code_{};
    Notification value_{};
};

/// What a server says when it refuses a call, in words.
[[nodiscard]] std::string refusal_text(const json::value& error);

}  // namespace vethpp::ovsdb

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovsdb/call.ipp>
#endif
