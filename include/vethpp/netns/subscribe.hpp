// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/transport.hpp>
#include <vethpp/netns/state.hpp>

#include <memory>
#include <span>

namespace vethpp::detail {

/// A socket that receives events of a namespace, whoever reads it where.
struct Subscription {
    NetnsPtr netns{};
    std::unique_ptr<netlink::Transport> socket{};
    Onlooker onlooker{};
};

/// Opens the sockets of these subscriptions, for the events of these groups (RTNLGRP_*).
void subscribe(std::span<Subscription> subscriptions,
               std::span<const int> groups,
               Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/subscribe.ipp>
#endif
