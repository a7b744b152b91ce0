// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netlink/session.hpp>
#include <vethpp/netns/home.hpp>
#include <vethpp/netns/known_namespaces.hpp>
#include <vethpp/netns/ptr.hpp>
#include <vethpp/netns/system.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace vethpp::detail {

/// What a Netns and everything in it share: the descriptor that keeps the namespace alive, and one
/// rtnetlink session inside it.
struct NetnsState {
    NetnsState(std::shared_ptr<const System> calls,
               std::string name,
               UniqueFd descriptor,
               std::unique_ptr<netlink::Transport> transport);

    std::shared_ptr<const System> system;
    std::string label;
    UniqueFd fd;
    NetnsPlace place;
    netlink::Session session;
    /// To which links lead from here. The kernel calls them by numbers; with these, the text of an
    /// error can use their labels.
    KnownNamespaces neighbours{};
    std::mutex publishing{};
    std::atomic<::ino_t> returns_to = 0;     ///< the namespace a thread has come back to from here
    bool skips_duplicate_detection = false;  ///< of new links, by a sysctl
};

[[nodiscard]] NetnsPtr make_netns_state(const std::shared_ptr<const System>& system,
                                        std::string_view label,
                                        UniqueFd&& descriptor,
                                        std::unique_ptr<netlink::Transport>&& transport);

/// The identity of a namespace, valid while a descriptor of it is open: Linux gives every namespace
/// a number that is never used twice (NS_GET_ID), and before that a cookie (SO_NETNS_COOKIE, 5.14).
[[nodiscard]] std::uint64_t netns_id(const NetnsState& netns);

/// The namespace of the calling thread. As long as one of a namespace is in use in this process,
/// there is no other: many links in it do with two descriptors.
[[nodiscard]] NetnsPtr current_netns(Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/state.ipp>
#endif
