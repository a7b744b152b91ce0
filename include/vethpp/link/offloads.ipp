// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/net_if.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/offloads.hpp>
#include <vethpp/netns/state.hpp>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <linux/ethtool.h>
#include <linux/sockios.h>

namespace vethpp {
namespace detail {

struct OffloadCommand {
    std::optional<bool> Offloads::*member;
    std::uint32_t get;
    std::uint32_t set;
    const char* name;
};

// Scatter-gather and TSO need transmit checksums, so they come after them when turned on.
inline constexpr OffloadCommand offload_commands[] = {
    {&Offloads::rx_checksum, ETHTOOL_GRXCSUM, ETHTOOL_SRXCSUM, "rx_checksum"},
    {&Offloads::tx_checksum, ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM, "tx_checksum"},
    {&Offloads::scatter_gather, ETHTOOL_GSG, ETHTOOL_SSG, "scatter_gather"},
    {&Offloads::tso, ETHTOOL_GTSO, ETHTOOL_STSO, "tso"},
    {&Offloads::gso, ETHTOOL_GGSO, ETHTOOL_SGSO, "gso"},
    {&Offloads::gro, ETHTOOL_GGRO, ETHTOOL_SGRO, "gro"},
};

// The ioctl works on any socket of the namespace, also on the session's netlink socket.
inline bool ethtool(
    NetnsState& netns, const std::string& name, std::uint32_t command, bool value, error_code& ec) {
    ethtool_value argument{.cmd = command, .data = value ? 1U : 0U};
    ifreq request{};
    std::memcpy(request.ifr_name, name.data(), name.size() < IFNAMSIZ ? name.size() : IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char*>(&argument);
    netns.system->control(netns.session.transport().native_handle(), SIOCETHTOOL, &request, ec);
    return argument.data != 0;
}

VETHPP_INLINE Offloads get_offloads(NetnsState& netns, const std::string& name, Failure& failure) {
    if (failure) return {};
    Offloads result;
    for (const auto& command : offload_commands) {
        error_code ec;
        const bool on = ethtool(netns, name, command.get, false, ec);
        if (ec) {
            failure.fail(ec);
            failure.context.attribute = command.name;
            return {};
        }
        result.*command.member = on;
    }
    return result;
}

VETHPP_INLINE void set_offloads(NetnsState& netns,
                                const std::string& name,
                                const Offloads& offloads,
                                Failure& failure) {
    if (failure) return;
    for (const auto& command : offload_commands) {
        error_code ec;
        if (const auto& wanted = offloads.*command.member; wanted)
            ethtool(netns, name, command.set, *wanted, ec);
        // What the link cannot change may be as wanted all the same; see below.
        if (!ec || ec == boost::system::errc::operation_not_supported) continue;
        failure.fail(ec);
        failure.context.attribute = command.name;
        return;
    }
    // The kernel takes a request and ignores it while another offload that it needs is off.
    const Offloads now = get_offloads(netns, name, failure);
    for (const auto& command : offload_commands) {
        const auto& wanted = offloads.*command.member;
        if (failure || !wanted || wanted == now.*command.member) continue;
        failure.fail_errno(EOPNOTSUPP);
        failure.context.attribute = command.name;
        failure.context.hint = concat({command.name,
                                       *wanted ? " stays off" : " stays on",
                                       ": it is fixed, or needs another"});
    }
}

}  // namespace detail

VETHPP_INLINE std::string Offloads::to_string() const {
    std::string out;
    for (const auto& command : detail::offload_commands)
        if (const auto& value = this->*command.member)
            out += detail::concat(
                {out.empty() ? "" : " ", command.name, "=", *value ? "true" : "false"});
    return "{" + out + "}";
}

}  // namespace vethpp
