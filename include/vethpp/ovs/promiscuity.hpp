// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link.hpp>
#include <vethpp/message/link_summary.hpp>

#include <cstdint>

namespace vethpp::detail {

/// That a link is promiscuous, without which a datapath in userspace would not see the frames that
/// are for others.
///
/// ovs-vswitchd would see to that itself, and set the flags back when it lets go of the port: by
/// the link's name, to all that it remembers of them. If a new link of that name is there by then,
/// it is put down, since the last that was heard of the old one is that it was. What is promiscuous
/// already, it leaves alone (netdev_turn_flags_on() in its lib/netdev.c).
class OvsPromiscuity {
public:
    /// now: the state of the link. Where the kernel refuses, ovs-vswitchd does as it would.
    void take(const Link& link, const message::LinkSummary& now);
    /// Undoes what take() has done, if it has done anything. The destructor does not: the link may
    /// outlive the object, and a child process has a copy of it.
    void give_back() noexcept;

private:
    NetnsRef netns_ = NetnsRef::none();
    std::uint32_t index_ = 0;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/promiscuity.ipp>
#endif
