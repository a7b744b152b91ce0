// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/mptcp.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/value/ip_address.hpp>
#include <vethpp/value/link_index.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vethpp {

/// An address that MPTCP connections use besides the one that they begin with (ip-mptcp(8)).
struct MptcpEndpoint {
    std::optional<IpAddress> address{};
    std::optional<std::uint32_t> port{};  ///< of a listener that is announced; with `signal`
    std::optional<std::uint32_t> id{};    ///< 1 to 255; the kernel's choice unless given
    std::optional<LinkIndex> link{};      ///< `.link = pair.first()`, or an index
    bool signal = false;                  ///< it is announced to the other end
    bool subflow = false;                 ///< further subflows start from it
    bool backup = false;                  ///< they are used only when there are no others
    bool fullmesh = false;  ///< with `subflow`: to each address of the other end; Linux 5.15
    bool implicit = false;  ///< the kernel has made it for a subflow; listed only, Linux 5.18

    /// "10.0.0.1 port 8080 id 1 signal dev eth0": as ip(8) says it
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const MptcpEndpoint&, const MptcpEndpoint&) = default;
};

/// How much a connection of the namespace may have besides its first subflow, 0 to 8 each.
struct MptcpLimits {
    std::optional<std::uint32_t> add_addr_accepted{};  ///< addresses that the other end announces
    std::optional<std::uint32_t> subflows{};

    static constexpr auto fields() {
        using L = MptcpLimits;
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&L::add_addr_accepted,
                  Attribute<MPTCP_PM_ATTR_RCV_ADD_ADDRS, message::U32, "add_addr_accepted">>,
            Field<&L::subflows, Attribute<MPTCP_PM_ATTR_SUBFLOWS, message::U32, "subflows">>>{};
    }
    friend bool operator==(const MptcpLimits&, const MptcpLimits&) = default;
};

/// The MPTCP endpoints of a namespace (ip-mptcp(8)): the kernel's path manager uses them for
/// connections that begin afterwards.
///
///     vethpp::MptcpEndpoints endpoints{client};
///     endpoints.add({.address = "10.0.2.1", .link = second.first(), .subflow = true});
///     endpoints.set_limits({.subflows = 2});
///
/// **Blocking.** Each call makes a socket and two requests, which takes less than a millisecond;
/// but removing waits for a grace period of the kernel, 10 to 30 ms. **Errors.** An Error names the
/// endpoint and the namespace; changing needs CAP_NET_ADMIN there. Needs Linux 5.6 with
/// CONFIG_MPTCP.
class MptcpEndpoints {
public:
    explicit MptcpEndpoints(NetnsRef netns) noexcept : netns_{std::move(netns)} {}

    /// EINVAL for an address that is an endpoint already. The address need not be on a link yet,
    /// unless there is a port, on which the kernel then listens.
    void add(const MptcpEndpoint& endpoint, OnError on_error = {}) const;
    /// Whether subflows of the endpoint with that `id`, or that `address`, are a backup, and a full
    /// mesh: both become what they are here, also of connections that there are. Linux 5.17.
    void change(const MptcpEndpoint& endpoint, OnError on_error = {}) const;
    /// Its subflows are closed.
    void remove(std::uint32_t id, OnError on_error = {}) const;
    /// Of several with that address and different ports, all; ENOENT if there is none.
    void remove(const IpAddress& address, OnError on_error = {}) const;
    void flush(OnError on_error = {}) const;
    [[nodiscard]] std::vector<MptcpEndpoint> list(OnError on_error = {}) const;

    [[nodiscard]] MptcpLimits limits(OnError on_error = {}) const;
    /// Changes those that are given.
    void set_limits(const MptcpLimits& limits, OnError on_error = {}) const;

private:
    NetnsRef netns_;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/mptcp.ipp>
#endif
