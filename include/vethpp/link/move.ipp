// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/move.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/value/interface_name.hpp>

#include <cerrno>
#include <utility>

namespace vethpp::detail {

inline void explain_move(const NetnsPtr& there,
                         const std::string& name,
                         bool renames,
                         Failure& failure) {
    Failure unknown;
    if (failure.code == boost::system::errc::file_exists)
        failure.context.hint =
            netlink::exists(there->session, {.name = name}, unknown)
                ? concat({"the name ", name, " is taken in ", there->label})
                : concat({"one of its alternative names is taken in ", there->label});
    else if (failure.code == boost::system::errc::device_or_resource_busy && renames)
        failure.context.hint = "this kernel renames only links that are down";
    else
        failure.context.hint = concat({"to ", there->label});
}

[[nodiscard]] inline bool has_left(const NetnsPtr& here, std::uint32_t index, error_code refused) {
    if (refused != boost::system::errc::file_exists) return false;
    Failure unknown;
    return !netlink::exists(here->session, {.index = index}, unknown) && !unknown;
}

VETHPP_INLINE void move_link(KnownLink link,
                             const NetnsRef& target,
                             std::string name,
                             Failure& failure) {
    if (!name.empty()) check_name(name, failure);
    const NetnsPtr here = link.netns.state();
    const NetnsPtr there = target.resolve(failure);
    // Its name of now: somebody else may have renamed it.
    auto own = netlink::look_up(here->session, {.index = link.index}, failure);
    if (failure) return;
    link.name = own.name;
    if (name.empty()) name = own.name;
    const bool across = netns_id(*there) != netns_id(*here);
    // From now on links lead to where nobody knows of them.
    here->share();
    const int descriptor = there->shared_descriptor();
    const bool renames = name != own.name;
    // The kernel moves first and renames then, so it would say so too late.
    if (across && renames && netlink::exists(there->session, {.name = name}, failure))
        failure.fail_errno(EEXIST);
    const auto attributes = [&](wire::Writer& w) {
        if (renames) message::ifla::name::put(w, name);
        message::ifla::netns_fd::put(w, static_cast<std::uint32_t>(descriptor));
    };
    netlink::set_link(here->session, link.index, attributes, failure);
    // The name was taken in the meantime: then it has moved nevertheless, under its old one, and
    // the object follows before anything is said.
    const bool moved = !failure || (across && has_left(here, link.index, failure.code));
    if (failure && moved) std::swap(name, own.name);
    Failure lookup;
    if (moved) {
        // The index may have been taken there; the name cannot have been.
        const std::uint32_t index = netlink::find_index(there->session, {.name = name}, lookup);
        if (!lookup) {
            link.netns = NetnsRef{there};
            link.index = index;
            link.name.swap(name);
        }
    }
    if (failure) {
        failure.context.netns = here->label;
        explain_move(there, moved ? own.name : name, renames, failure);
    }
    failure.take(std::move(lookup));
}

}  // namespace vethpp::detail
