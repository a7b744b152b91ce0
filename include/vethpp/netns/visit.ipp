// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netns/fresh_thread.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/visit.hpp>

#include <cstdio>
#include <exception>

namespace vethpp::detail {

VETHPP_INLINE void terminate_because(const char* netns, const char* why) noexcept {
    std::fprintf(stderr, "vethpp: entered %s: %s; terminating\n", netns, why);
    std::terminate();
}

VETHPP_INLINE void come_back(const System& system,
                             const UniqueFd& origin,
                             const char* netns) noexcept {
    error_code ec;
    for (int attempt = 0; attempt < 3; ++attempt) {  // setns(2) can fail for lack of memory
        system.enter(origin.get(), ec);
        if (!ec) return;
    }
    terminate_because(netns, "the thread cannot return to its own namespace");
}

VETHPP_INLINE void visit_namespaces(const System& system,
                                    FunctionRef<void(const UniqueFd& origin)> f,
                                    Failure& failure) {
    if (failure) return;
    error_code ec;
    const UniqueFd origin = system.current_netns(ec);
    failure.fail(ec);
    if (ec) return;
    system.enter(origin.get(), ec);  // where it is anyway: tells whether it may come back
    if (ec) {
        const auto there = [&] { f(origin); };
        on_fresh_thread(there, failure);
        return;
    }
    const struct Homecoming {
        const System& system;
        const UniqueFd& origin;
        ~Homecoming() { come_back(system, origin, "a namespace"); }
    } homecoming{system, origin};
    f(origin);
}

VETHPP_INLINE void visit(const NetnsRef& netns, FunctionRef<void()> f, Failure& failure) {
    if (failure) return;
    if (netns.is_current()) return f();
    const NetnsPtr there = netns.resolve(failure);
    if (failure) return;
    error_code ec;
    visit_namespaces(
        *there->system,
        [&](const UniqueFd&) {
            there->system->enter(there->fd.get(), ec);
            if (!ec) f();
        },
        failure);
    if (ec == boost::system::errc::operation_not_permitted)
        failure.fail(ec, "entering needs CAP_SYS_ADMIN in its user namespace");
    failure.fail(ec);
}

}  // namespace vethpp::detail
