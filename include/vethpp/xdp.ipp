// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/message/xdp_fields.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/value/attempt.hpp>
#include <vethpp/xdp.hpp>

#include <cerrno>
#include <fcntl.h>
#include <utility>

namespace vethpp {
namespace detail {

inline std::uint32_t flag_of(XdpMode mode) noexcept {
    switch (mode) {
        case XdpMode::native:
            return XDP_FLAGS_DRV_MODE;
        case XdpMode::generic:
            return XDP_FLAGS_SKB_MODE;
        case XdpMode::offload:
            return XDP_FLAGS_HW_MODE;
        default:
            return 0;
    }
}

// A copy, so that nobody can close it.
inline UniqueFd keep_program(int program, Failure& failure) {
    if (failure) return {};
    UniqueFd copy{::fcntl(program, F_DUPFD_CLOEXEC, 0)};
    if (copy) return copy;
    const bool closed = errno == EBADF;
    failure.fail(last_error());
    if (closed) failure.explain("the descriptor of the program is not open");
    return copy;
}

inline void explain_xdp(XdpMode mode, bool is_too_old, Failure& failure) {
    namespace code = boost::system::errc;
    if (failure.code == code::invalid_argument)
        failure.explain(is_too_old ? "only since Linux 5.7 the kernel compares programs"
                        : mode == XdpMode::offload
                            ? "it is no XDP program that was loaded for this link (prog_ifindex)"
                            : "the descriptor is not that of an XDP program");
    else if (failure.code == code::result_out_of_range)
        failure.context.hint = "for native XDP the MTU of the other end is at most about 3500";
    else if (failure.code == code::no_space_on_device)
        failure.context.hint = "set rx_queues of the link, or tx_queues of the other end";
    else if (failure.code == code::device_or_resource_busy)
        failure.explain("another program is attached");
    else if (failure.code == code::file_exists)
        failure.explain("the program that is attached is another one");
    else if (failure.code == code::operation_not_supported)
        failure.explain("the driver of the link has no XDP of that mode");
}

// As attempt_on(), for who has no Link.
template <class Body>
void attempt_xdp(const LinkRef& link, const char* operation, OnError on_error, Body&& body) {
    const std::string_view label = link.netns().is_none() ? "" : link.netns().label();
    attempt({operation, link.name(), label}, on_error, [&](Failure& failure) { body(failure); });
}

}  // namespace detail

VETHPP_INLINE Xdp::Xdp(const LinkRef& link,
                       int program,
                       const XdpOptions& options,
                       OnError on_error) {
    detail::attempt_xdp(link, "attach the XDP program", on_error, [&](Failure& failure) {
        if (options.mode && detail::flag_of(*options.mode) == 0)
            failure.fail(errc::invalid_option, "a mode is native, generic, or offload");
        detail::UniqueFd copy = detail::keep_program(program, failure);
        if (failure) return;
        link_ = link;
        const std::uint32_t how =
            options.replaces ? XDP_FLAGS_REPLACE : XDP_FLAGS_UPDATE_IF_NOEXIST;
        const auto attach = [&](XdpMode mode, Failure& outcome) {
            mode_ = mode;
            put(copy.get(), how, options.replaces, outcome);
        };
        Failure first;
        attach(options.mode.value_or(XdpMode::native), first);
        if (!options.mode && first.code == boost::system::errc::operation_not_supported)
            attach(XdpMode::generic, failure);
        else
            failure.take(std::move(first));
        if (!failure) program_ = std::move(copy);
    });
}

VETHPP_INLINE Xdp& Xdp::operator=(Xdp&& other) noexcept {
    if (this == &other) return *this;
    take_off();
    link_ = std::move(other.link_);
    program_ = std::move(other.program_);
    mode_ = other.mode_;
    return *this;
}

VETHPP_INLINE Xdp::~Xdp() { take_off(); }

VETHPP_INLINE void Xdp::put(int program,
                            std::uint32_t flags,
                            std::optional<int> expected,
                            Failure& failure) const {
    if (link_.index() == 0) failure.fail(errc::no_such_link, "the object refers to no link");
    if (failure) return;
    const message::XdpRequest request{
        .program = program, .flags = flags | detail::flag_of(mode_), .expected = expected};
    detail::NetnsState& netns = *link_.netns().state();
    netlink::set_link(
        netns.session,
        link_.index(),
        [&](wire::Writer& w) {
            w.nest(IFLA_XDP, [&](wire::Writer& inner) { wire::write(inner, request); });
        },
        failure);
    if (!failure) return;
    const bool is_too_old =
        (flags & XDP_FLAGS_REPLACE) != 0 && netns.system->kernel_version() < 5007;
    detail::explain_xdp(mode_, is_too_old, failure);
}

VETHPP_INLINE void Xdp::take_off() noexcept {
    const detail::UniqueFd program = std::move(program_);
    if (!program) return;
    try {
        Failure ignored;
        put(-1, XDP_FLAGS_REPLACE, program.get(), ignored);
    } catch (...) {
        return;  // out of memory while reporting
    }
}

VETHPP_INLINE std::string Xdp::to_string() const {
    if (!program_) return "no XDP program";
    const char* const mode = mode_ == XdpMode::generic   ? "xdpgeneric"
                             : mode_ == XdpMode::offload ? "xdpoffload"
                                                         : "xdp";
    return detail::concat({mode, " on ", link_.name(), " in ", link_.netns().label()});
}

VETHPP_INLINE void Xdp::replace(int program, OnError on_error) {
    detail::attempt_xdp(link_, "replace the XDP program", on_error, [&](Failure& failure) {
        if (!program_) failure.fail(errc::empty_object, "no program is attached");
        detail::UniqueFd copy = detail::keep_program(program, failure);
        put(copy.get(), XDP_FLAGS_REPLACE, program_.get(), failure);
        if (!failure) program_ = std::move(copy);
    });
}

VETHPP_INLINE void Xdp::detach(OnError on_error) {
    detail::attempt_xdp(link_, "take off the XDP program", on_error, [&](Failure& failure) {
        if (!program_) failure.fail(errc::empty_object, "no program is attached");
        put(-1, XDP_FLAGS_REPLACE, program_.get(), failure);
        if (!failure) program_ = {};
    });
}

}  // namespace vethpp
