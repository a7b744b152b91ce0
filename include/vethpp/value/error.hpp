// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/print.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <system_error>
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
    not_ready,          ///< the deadline of a wait passed; equals errc::timed_out of Boost and std
    no_such_namespace,  ///< the Netns is empty (moved from, or never made)
    no_such_link,       ///< the object refers to no link (moved from, removed, or never made)
    ovsdb_malformed,    ///< what an OVSDB server sent is not OVSDB (RFC 7047)
    ovsdb_refused,      ///< an OVSDB server refused a request, or an operation of a transaction
    ovs_port_failed,    ///< Open vSwitch has a port or bridge in its database only
    ovs_not_started,    ///< a daemon of Open vSwitch did not start
    not_installed,      ///< a program that is needed is not installed
    empty_object,       ///< the object was moved from, or could not be made
};

[[nodiscard]] const boost::system::error_category& error_category() noexcept;
[[nodiscard]] error_code make_error_code(errc e) noexcept;
/// What the last system call failed with (errno).
[[nodiscard]] error_code last_error() noexcept;

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

/// A failure as the library's functions pass it on, before it is thrown or stored. One rule holds
/// for all of them: **given one that has failed, a function does nothing.** So a sequence of calls
/// needs no question in between, and the first reason is the one that is told.
struct Failure {
    error_code code{};
    ErrorContext context{};

    [[nodiscard]] explicit operator bool() const noexcept { return code.failed(); }
    /// Unless it has failed already; a code of success changes nothing.
    void fail(error_code ec, std::string hint = {});
    void fail(errc e, std::string hint = {}) { fail(make_error_code(e), std::move(hint)); }
    /// An errno, such as ENODEV.
    void fail_errno(int number, std::string hint = {});
    /// Takes over how another one failed; what was attempted, and on what, stays as it is said
    /// here.
    void take(Failure&& other);
    /// Adds what is known about a failure, unless something is said already: by the kernel itself,
    /// or by whoever stood closer to it.
    void explain(std::string_view hint);
};

/// The exception of the library. what() is one sentence:
/// "create the veth pair: veth1 (second end) in lab: File exists (the name is taken)".
class Error : public boost::system::system_error {
public:
    explicit Error(Failure failure);

    [[nodiscard]] const char* what() const noexcept override;
    [[nodiscard]] const ErrorContext& context() const noexcept { return context_; }
    [[nodiscard]] std::string to_string() const { return what_; }

private:
    ErrorContext context_;
    std::string what_;
};

/// An error_code of Boost or of the standard library.
template <class T>
concept ErrorCode = std::same_as<T, error_code> || std::same_as<T, std::error_code>;

/// The last parameter of every function that can fail: by default it throws Error; given an
/// error_code it stores the code there instead, and clears it on success. Then nothing is thrown,
/// whatever is given, but std::bad_alloc.
///
///     link.set_mtu(1400);      // throws Error
///     link.set_mtu(1400, ec);  // sets ec
class OnError {
public:
    OnError() noexcept = default;
    // NOLINTNEXTLINE(google-explicit-constructor): a parameter type, meant to convert
    OnError(error_code& ec) noexcept : code_{&ec} {}
    // NOLINTNEXTLINE(google-explicit-constructor): the same
    OnError(std::error_code& ec) noexcept : std_code_{&ec} {}

    /// Reports the outcome: throws or stores a failure, clears the error_code on success.
    void operator()(Failure&& failure) const;

private:
    error_code* code_ = nullptr;
    std::error_code* std_code_ = nullptr;
};

}  // namespace vethpp

template <>
struct boost::system::is_error_code_enum<vethpp::errc> : std::true_type {};
template <>
struct std::is_error_code_enum<vethpp::errc> : std::true_type {};

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/value/error.ipp>
#endif
