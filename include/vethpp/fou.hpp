// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netns/ref.hpp>
#include <vethpp/value/ip_address.hpp>
#include <vethpp/value/link_index.hpp>

#include <cstdint>
#include <linux/fou.h>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vethpp {

/// What the packets of a port carry (ip-fou(8)).
enum class FouEncapsulation : std::uint8_t {
    direct = FOU_ENCAP_DIRECT,  ///< those of one protocol, as they are
    gue = FOU_ENCAP_GUE,        ///< generic UDP encapsulation, which says the protocol itself
};

[[nodiscard]] constexpr std::string_view to_string(FouEncapsulation encapsulation) noexcept {
    return encapsulation == FouEncapsulation::gue ? "gue" : "direct";
}

/// A UDP port whose packets are unwrapped: the receiving end of a tunnel with foo-over-UDP
/// (ip-fou(8)).
struct FouPort {
    std::optional<std::uint32_t> port{};
    std::optional<std::uint32_t> protocol{};  ///< IPPROTO_IPIP (4), IPPROTO_GRE (47); not of GUE
    std::optional<FouEncapsulation> encapsulation{};  ///< direct unless given
    bool ipv6 = false;                                ///< the packets of UDP are IPv6
    std::optional<IpAddress> local{};                 ///< only those to this address
    std::optional<IpAddress> peer{};                  ///< only those from there
    std::optional<std::uint32_t> peer_port{};
    std::optional<LinkIndex> link{};  ///< only those that come by it

    /// "port 5555 ipproto 4", "port 5556 gue": as ip(8) says it
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const FouPort&, const FouPort&) = default;
};

/// The ports for foo-over-UDP of a namespace (ip-fou(8)).
///
///     vethpp::FouPorts{ns}.add({.port = 5555, .protocol = IPPROTO_IPIP});
///
/// A port is there until it is removed, or the namespace goes. **Blocking.** Each call makes a
/// socket and two requests. **Errors.** An Error names the port and the namespace;
/// changing needs CAP_NET_ADMIN there. The module "fou" has to be loaded: the kernel does not load
/// it by itself, but for tunnels that use it.
class FouPorts {
public:
    explicit FouPorts(NetnsRef netns) noexcept : netns_{std::move(netns)} {}

    /// EADDRINUSE if the port is one already, or another socket has it.
    void add(const FouPort& port, OnError on_error = {}) const;
    /// The one with the same port, family, addresses and link.
    void remove(const FouPort& port, OnError on_error = {}) const;
    [[nodiscard]] std::vector<FouPort> list(OnError on_error = {}) const;

private:
    NetnsRef netns_;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/fou.ipp>
#endif
