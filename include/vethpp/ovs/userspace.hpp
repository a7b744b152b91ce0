// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/deadline.hpp>
#include <vethpp/link.hpp>
#include <vethpp/message/link_summary.hpp>
#include <vethpp/ovs/options.hpp>

#include <string>

// What a port needs over a datapath in userspace, beside its rows in the database.
namespace vethpp::detail {

/// Without this the kernel answers ARP requests that arrive at the port for the addresses of all
/// links there, such as an internal port's, with the port's MAC address, in a race with the right
/// answer: for a second, nothing arrives. Nothing else is lost without it, or without the
/// permission.
void leave_arp_to_the_switch(const Link& link);

/// Turns the transmit checksum offload of the far end of a veth pair off; now: the state of the
/// near one.
void complete_checksums(const Link& link,
                        const message::LinkSummary& now,
                        const OvsPortOptions& wanted,
                        Failure& failure);

/// For a few milliseconds after "it is carried out", frames still go the way that they went before,
/// which may lead past a new port: the flows are revised in the background. A switch of one's own
/// is told to forget them; one that serves others is left alone.
void forget_flows(const std::string& database, Deadline deadline);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/userspace.ipp>
#endif
