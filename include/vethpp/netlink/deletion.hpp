// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/session.hpp>

#include <cstdint>
#include <span>

namespace vethpp::netlink {

/// A link that is to be deleted.
struct DepartingLink {
    std::uint32_t index = 0;
    std::uint32_t group = 0;  ///< its mark: nothing else is in this group
    bool is_bridge = false;
};

/// Deletes the link that has the mark, in one message that cannot hit anything else. ENODEV if none
/// has it.
///
/// Returns when the link is out of every list, and everything is done that the kernel does under
/// its lock; it then waits for a grace period, on a thread of its own (BackgroundSend), for which
/// nobody has to wait. Of a bridge, the kernel waits for another one with the lock held, before it
/// is out of sysfs(5), and that is not waited for: 15 to 30 ms in which nobody's requests go on.
void delete_marked(Session& session, const DepartingLink& link, Failure& failure);
/// Deletes those of these links that have their marks, all in one message.
void delete_marked(Session& session, std::span<const DepartingLink> links, Failure& failure);
/// Deletes the links of these indexes, which are put into that group for it: their new mark. What
/// cannot be put there is left, and no failure.
void delete_gathered(Session& session,
                     std::span<const DepartingLink> links,
                     std::uint32_t group,
                     Failure& failure);
/// Deletes the link of that index, whatever it is, and a bridge with all of its waiting. Before
/// Linux 6.2 it takes 16 ms and more: there the kernel does not say whose doing an event is.
void delete_link(Session& session, std::uint32_t index, Failure& failure);

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/deletion.ipp>
#endif
