// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netns/protocol_session.hpp>
#include <vethpp/netns/visit.hpp>

namespace vethpp::detail {

VETHPP_INLINE std::unique_ptr<netlink::Session> open_session(const NetnsPtr& netns,
                                                             int protocol,
                                                             Failure& failure) {
    if (failure) return nullptr;
    // What was left to the kernel is gone for who asks by another protocol, too. In a child process
    // the namespace is not ours to ask.
    netns->session.check_is_ours(failure);
    std::unique_ptr<netlink::Transport> transport;
    error_code ec;
    visit(
        NetnsRef{netns}, [&] { transport = netns->system->netlink(protocol, ec); }, failure);
    failure.fail(ec);
    return failure ? nullptr : std::make_unique<netlink::Session>(std::move(transport));
}

}  // namespace vethpp::detail
