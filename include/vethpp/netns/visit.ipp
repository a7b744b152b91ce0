// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/blocked_signals.hpp>
#include <vethpp/base/config.hpp>
#include <vethpp/netns/fresh_thread.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/visit.hpp>

#include <cstdio>
#include <exception>
#include <unistd.h>

namespace vethpp::detail {

VETHPP_INLINE void terminate_because(const char* netns, const char* why) noexcept {
    std::fprintf(stderr, "vethpp: entered %s: %s; terminating\n", netns, why);
    std::terminate();
}

VETHPP_INLINE void come_back(const System& system, int origin, const char* netns) noexcept {
    error_code ec;
    for (int attempt = 0; attempt < 3; ++attempt) {  // setns(2) can fail for lack of memory
        system.enter(origin, ec);
        if (!ec) return;
    }
    if (current_place(system) == place_of(system, origin)) return;
    terminate_because(netns, "the thread cannot return to its own namespace");
}

VETHPP_INLINE void visit_namespaces(const System& system,
                                    const NetnsHome& home,
                                    FunctionRef<void()> f,
                                    Failure& failure) {
    if (failure) return;
    const BlockedSignals abroad;
    error_code ec;
    system.enter(home.fd.get(), ec);  // where it is anyway: tells whether it may come back
    if (ec) return on_fresh_thread(f, failure);
    const struct Homecoming {
        const System& system;
        const UniqueFd& origin;
        ~Homecoming() { come_back(system, origin.get(), "a namespace"); }
    } homecoming{system, home.fd};
    f();
}

VETHPP_INLINE void visit(const NetnsRef& netns, FunctionRef<void()> f, Failure& failure) {
    if (failure) return;
    if (netns.is_current()) return f();
    const NetnsPtr there = netns.resolve(failure);
    if (failure) return;
    const System& system = *there->system;
    const NetnsHome home = find_home(system, failure);
    if (failure) return;
    if (home.place == there->place) return f();
    const int descriptor = there->descriptor();
    error_code ec;
    const auto enter = [&] {
        system.enter(descriptor, ec);
        if (!ec) f();
    };
    visit_namespaces(system, home, enter, failure);
    explain_entering(ec, failure);
}

VETHPP_INLINE const char* how_to_get_sys_admin() noexcept {
    if (::geteuid() != 0) return "CAP_SYS_ADMIN is needed: run as root, or in a user namespace";
    return "CAP_SYS_ADMIN is needed, and this root does not have it: a container gets it by "
           "--cap-add SYS_ADMIN";
}

VETHPP_INLINE void explain_entering(error_code ec, Failure& failure) {
    if (ec == boost::system::errc::operation_not_permitted)
        failure.fail(ec, "entering needs CAP_SYS_ADMIN in its user namespace");
    failure.fail(ec);
}

}  // namespace vethpp::detail
