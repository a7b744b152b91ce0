// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link/options.hpp>
#include <vethpp/netlink/session.hpp>
#include <vethpp/netns/state.hpp>

#include <cstdint>

// What the kernel refuses, or does otherwise, without a word.
namespace vethpp::detail {

/// Fails unless the master is a link in the namespace of its port. Index 0 would mean "no master".
void check_master(const LinkRef& master, const NetnsState& netns, Failure& failure);

/// A master that is gone or a link that is no Ethernet (EINVAL), a master that takes no ports
/// (EOPNOTSUPP) and one that has as many as it can (EXFULL). link: 0 for one that is not made yet.
void explain_master(netlink::Session& session,
                    std::uint32_t link,
                    const LinkRef& master,
                    Failure& failure);

/// Whether some link has the index or the name that another one was to get, which a failure then
/// says.
bool explain_taken(netlink::Session& session, const LinkOptions& options, Failure& failure);

/// Whether this process may change links there.
[[nodiscard]] bool may_change_links(netlink::Session& session);

/// A hint about a value, also where the kernel refuses it as if a capability were missing.
void explain_value(netlink::Session& session, std::string_view hint, Failure& failure);

/// Whether it was refused what a bond refuses to a port that is up.
[[nodiscard]] bool is_up_too_early(netlink::Session& session,
                                   const LinkOptions& options,
                                   const Failure& failure);

/// A name that is taken, or that a link cannot get while it is up.
void explain_name(std::string_view name, Failure& failure);

/// An address that was refused: before Linux 6.6 without a word, and for want of IPv6 ever since.
void explain_address(netlink::Session& session,
                     std::uint32_t link,
                     const InterfaceAddress& address,
                     Failure& failure);

/// What in the options explains why a creation was refused: the kernel does not say which end of a
/// pair it means, and for some values it has no words. Empty if nothing does.
[[nodiscard]] std::string_view suspect(const LinkOptions& options, error_code code);

/// Changes what a link is as a port.
void set_port(netlink::Session& session,
              std::uint32_t index,
              const BridgePortSettings& settings,
              Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/explain.ipp>
#endif
