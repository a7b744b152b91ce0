// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace vethpp {

using boost::system::error_code;

/// What vethpp itself finds wrong. What the kernel refuses keeps its errno in system_category, so
/// that `ec == boost::system::errc::file_exists` works.
enum class errc {
    malformed_reply = 1,  ///< a netlink reply does not parse
    truncated_reply,      ///< a netlink reply is longer than any buffer that was offered
    reply_lost,           ///< the kernel did the work, but its answer did not arrive
    request_too_large,    ///< a request does not fit into a message or an attribute
    dump_interrupted,     ///< what was listed kept changing, ten times over
    used_after_fork,      ///< the object belongs to the parent process
    invalid_name,         ///< not the name of an interface or of a namespace
    invalid_address,      ///< not an address, a prefix or a MAC address
    invalid_option,       ///< options that contradict each other or are out of range
    not_a_namespace,      ///< the descriptor or path is not a network namespace
    namespace_not_new,    ///< the kernel reported a new namespace, but the old one is still current
    not_ready,            ///< the deadline of a wait passed
    no_such_namespace,    ///< the Netns is empty (moved from, or never made)
    no_such_link,         ///< the object refers to no link (moved from, removed, or never made)
    ovsdb_malformed,      ///< what an OVSDB server sent is not OVSDB (RFC 7047)
    ovsdb_refused,        ///< an OVSDB server refused a request, or an operation of a transaction
    ovs_port_failed,      ///< Open vSwitch has a port or bridge in its database only
    ovs_not_started,      ///< a daemon of Open vSwitch did not start
    not_installed,        ///< a program that is needed is not installed
};

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

}  // namespace detail

[[nodiscard]] inline const boost::system::error_category& error_category() noexcept {
    static constexpr detail::ErrorCategory category;
    return category;
}

[[nodiscard]] inline error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), error_category()};
}

/// What was attempted, on what, and what the kernel said; empty strings for what does not apply.
struct ErrorContext {
    std::string operation{};       ///< "create the veth pair"
    std::string object{};          ///< "veth1", the name of the link, namespace or address
    std::string end{};             ///< "second end", of a pair
    std::string netns{};           ///< the label of the namespace
    std::string kernel_message{};  ///< the kernel's own words (NLMSGERR_ATTR_MSG)
    std::string attribute{};  ///< the attribute that the kernel points at, "linkinfo.data.peer.mtu"
    std::string hint{};       ///< what vethpp knows about this failure
};

/// A failure as the library's functions pass it on, before it is thrown or stored.
struct Failure {
    error_code code{};
    ErrorContext context{};

    [[nodiscard]] explicit operator bool() const noexcept { return code.failed(); }
    void fail(error_code ec) { code = ec; }
    void fail(errc e, std::string hint = {}) {
        code = make_error_code(e);
        context.hint = std::move(hint);
    }
};

/// The exception of the library. what() is one sentence:
/// "create the veth pair: veth1 (second end) in lab: File exists (the name is taken)".
class Error : public boost::system::system_error {
public:
    explicit Error(Failure failure)
        : system_error{failure.code}, context_{std::move(failure.context)}, what_{sentence()} {}

    [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }
    [[nodiscard]] const ErrorContext& context() const noexcept { return context_; }

private:
    [[nodiscard]] std::string sentence() const {
        std::string out = context_.operation;
        const auto separate = [&out](std::string_view separator) {
            if (!out.empty()) out += separator;
        };
        if (!context_.object.empty()) {
            separate(": ");
            out += context_.object;
        }
        if (!context_.end.empty()) out += " (" + context_.end + ")";
        if (!context_.netns.empty()) {
            separate(" ");
            out += "in " + context_.netns;
        }
        separate(": ");
        out += code().message();
        if (!context_.hint.empty()) out += " (" + context_.hint + ")";
        if (!context_.kernel_message.empty()) out += "; kernel: " + context_.kernel_message;
        if (!context_.attribute.empty()) out += " [" + context_.attribute + "]";
        return out;
    }

    ErrorContext context_;
    std::string what_;
};

/// The last parameter of every function that can fail: by default it throws Error; given an
/// error_code it stores the code there instead, and clears it on success.
///
///     link.set_mtu(1400);      // throws Error
///     link.set_mtu(1400, ec);  // sets ec
class OnError {
public:
    OnError() noexcept = default;
    // NOLINTNEXTLINE(google-explicit-constructor): a parameter type, meant to convert
    OnError(error_code& ec) noexcept : code_{&ec} {}

    /// Reports the outcome: throws or stores a failure, clears the error_code on success.
    void operator()(Failure&& failure) const {
        if (code_ != nullptr)
            *code_ = failure.code;
        else if (failure)
            throw Error{std::move(failure)};
    }

private:
    error_code* code_ = nullptr;
};

}  // namespace vethpp

template <>
struct boost::system::is_error_code_enum<vethpp::errc> : std::true_type {};
