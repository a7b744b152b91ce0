// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/value/error.hpp>

#include <cerrno>

namespace vethpp {
namespace detail {

class ErrorCategory final : public boost::system::error_category {
public:
    constexpr ErrorCategory() noexcept : error_category{0x766574687070U} {}

    [[nodiscard]] const char* name() const noexcept override { return "vethpp"; }

    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::malformed_reply:
                return "malformed netlink reply";
            case errc::truncated_reply:
                return "truncated netlink reply";
            case errc::reply_lost:
                return "the kernel's reply was lost; the request may have been carried out";
            case errc::request_too_large:
                return "request too large for a netlink message";
            case errc::dump_interrupted:
                return "the listing kept changing while it was read";
            case errc::used_after_fork:
                return "the object belongs to the parent process";
            case errc::invalid_name:
                return "invalid name";
            case errc::invalid_address:
                return "invalid address";
            case errc::invalid_option:
                return "invalid option";
            case errc::not_a_namespace:
                return "not a network namespace";
            case errc::namespace_not_new:
                return "the new network namespace is the old one";
            case errc::not_ready:
                return "not ready before the deadline";
            case errc::no_such_namespace:
                return "no namespace to act on";
            case errc::no_such_link:
                return "no link to act on";
            case errc::ovsdb_malformed:
                return "malformed OVSDB message";
            case errc::ovsdb_refused:
                return "refused by the OVSDB server";
            case errc::ovs_port_failed:
                return "Open vSwitch could not set it up";
            case errc::ovs_not_started:
                return "Open vSwitch did not start";
            case errc::not_installed:
                return "not installed";
            case errc::empty_object:
                return "the object is empty";
        }
        return "unknown error";
    }

    /// A deadline that passed compares equal to errc::timed_out of Boost.System and std.
    [[nodiscard]] boost::system::error_condition default_error_condition(
        int value) const noexcept override {
        namespace generic = boost::system::errc;
        if (static_cast<errc>(value) == errc::not_ready)
            return generic::make_error_condition(generic::timed_out);
        return {value, *this};
    }
};

[[nodiscard]] inline std::string sentence(const error_code& code, const ErrorContext& context) {
    std::string out = context.operation;
    const auto separate = [&out](std::string_view separator) {
        if (!out.empty()) out += separator;
    };
    if (!context.object.empty()) {
        separate(": ");
        out += context.object;
    }
    if (!context.end.empty()) out += " (" + context.end + ")";
    if (!context.netns.empty()) {
        separate(" ");
        out += "in " + context.netns;
    }
    separate(": ");
    out += code.message();
    if (!context.hint.empty()) out += " (" + context.hint + ")";
    if (!context.kernel_message.empty()) out += "; kernel: " + context.kernel_message;
    if (!context.attribute.empty()) out += " [" + context.attribute + "]";
    return out;
}

}  // namespace detail

VETHPP_INLINE const boost::system::error_category& error_category() noexcept {
    static constexpr detail::ErrorCategory category;
    return category;
}

VETHPP_INLINE error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), error_category()};
}

VETHPP_INLINE error_code last_error() noexcept { return {errno, boost::system::system_category()}; }

VETHPP_INLINE void Failure::fail(error_code ec, std::string hint) {
    if (code.failed() || !ec.failed()) return;
    code = ec;
    if (!hint.empty()) context.hint = std::move(hint);
}

VETHPP_INLINE void Failure::fail_errno(int number, std::string hint) {
    fail({number, boost::system::system_category()}, std::move(hint));
}

VETHPP_INLINE void Failure::take(Failure&& other) {
    if (code.failed() || !other) return;
    code = other.code;
    context.kernel_message = std::move(other.context.kernel_message);
    context.attribute = std::move(other.context.attribute);
    context.hint = std::move(other.context.hint);
    if (context.operation.empty()) context.operation = std::move(other.context.operation);
    if (context.object.empty()) context.object = std::move(other.context.object);
    if (context.end.empty()) context.end = std::move(other.context.end);
    if (context.netns.empty()) context.netns = std::move(other.context.netns);
}

VETHPP_INLINE void Failure::explain(std::string_view hint) {
    if (code.failed() && context.kernel_message.empty() && context.hint.empty())
        context.hint = hint;
}

VETHPP_INLINE Error::Error(Failure failure)
    : system_error{failure.code},
      context_{std::move(failure.context)},
      what_{detail::sentence(code(), context_)} {}

VETHPP_INLINE const char* Error::what() const noexcept { return what_.c_str(); }

VETHPP_INLINE void OnError::operator()(Failure&& failure) const {
    if (code_ != nullptr)
        *code_ = failure.code;
    else if (std_code_ != nullptr)
        *std_code_ = failure.code;
    else if (failure)
        throw Error{std::move(failure)};
}

}  // namespace vethpp
