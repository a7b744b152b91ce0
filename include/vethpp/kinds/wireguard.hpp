// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link.hpp>
#include <vethpp/value/prefix.hpp>
#include <vethpp/value/udp_endpoint.hpp>
#include <vethpp/value/wireguard_key.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vethpp {

/// Another end of a WireGuard tunnel (wg(8), "peer"). Empty members are left as they are, or are
/// the kernel's.
struct WireGuardPeer {
    WireGuardKey public_key{};
    std::optional<WireGuardKey> preshared_key{};  ///< none, if all zeros
    std::optional<UdpEndpoint> endpoint{};        ///< "10.0.0.2:51820"
    /// What may come from there, and is sent there. An address is of one peer only: of the last
    /// that was given it.
    std::vector<Prefix> allowed_addresses{};
    /// 1 to 65535 s between packets that keep a way open through a firewall; 0: none.
    std::optional<std::chrono::seconds> keepalive{};

    /// As `wg showconf` says it, in one line and without the secret.
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const WireGuardPeer&, const WireGuardPeer&) = default;
};

/// A peer as the kernel knows it.
struct WireGuardPeerState : WireGuardPeer {
    std::optional<std::chrono::system_clock::time_point> last_handshake{};  ///< none yet, if empty
    std::uint64_t rx_bytes = 0;
    std::uint64_t tx_bytes = 0;

    friend bool operator==(const WireGuardPeerState&, const WireGuardPeerState&) = default;
};

struct WireGuardSettings {
    /// The namespace of its UDP socket, by which the encrypted packets go: that of the link unless
    /// given. A link that is made and then moved keeps the one where it was made.
    std::optional<NetnsRef> underlay{};
    std::optional<WireGuardKey> private_key{};   ///< none, if all zeros
    std::optional<std::uint32_t> listen_port{};  ///< the kernel's choice if 0, or not given
    std::optional<std::uint32_t> mark{};         ///< of its packets, for rules; none if 0
    std::vector<WireGuardPeer> peers{};

    [[nodiscard]] std::string to_string() const;  ///< without the secrets
};

/// A tunnel of WireGuard (wg(8), <https://www.wireguard.com/netns/>).
///
///     const auto a = vethpp::WireGuardKeys::generate();
///     const auto b = vethpp::WireGuardKeys::generate();
///     const vethpp::WireGuard wg0{
///         {.netns = left, .name = "wg0", .addresses = {"10.9.0.1/24"}, .up = true},
///         {.private_key = a.private_key,
///          .listen_port = 51820,
///          .peers = {{.public_key = b.public_key,
///                     .endpoint = "10.0.0.2:51820",
///                     .allowed_addresses = {"10.9.0.2/32"}}}}};
///
/// It is made by rtnetlink and configured by generic netlink; if the kernel refuses the latter,
/// nothing is made. **Ownership, Blocking, Errors.** Those of Link; reading the keys needs
/// CAP_NET_ADMIN as well. Linux 5.6.
class WireGuard : public Link {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): as in `links.push_back({{.netns = ns1}, {}})`
    WireGuard(LinkOptions options, const WireGuardSettings& settings = {}, OnError on_error = {});
    WireGuard(LinkOptions options, ErrorCode auto& ec) : WireGuard{std::move(options), {}, ec} {}

    /// Changes what is given and leaves the rest. Peers that it does not have are added; of those
    /// that it has, what is given is changed, and allowed addresses, where there are some, take the
    /// place of the ones before. A long list of peers takes several messages, and the kernel goes
    /// through one peer after another: of what is refused, a part may be done.
    void configure(const WireGuardSettings& settings, OnError on_error = {});
    /// These, and no others.
    void set_peers(const std::vector<WireGuardPeer>& peers, OnError on_error = {});
    /// Nothing happens if there is no such peer.
    void remove_peer(const WireGuardKey& public_key, OnError on_error = {});

    /// As the kernel has them now, without the underlay.
    [[nodiscard]] WireGuardSettings settings(OnError on_error = {}) const;
    [[nodiscard]] std::vector<WireGuardPeerState> peers(OnError on_error = {}) const;
    /// That of its private key, for the other end; all zeros while it has none.
    [[nodiscard]] WireGuardKey public_key(OnError on_error = {}) const;
};

/// A private key and its public key. The kernel is asked for the latter, by a link in a namespace
/// that is gone again afterwards. That takes some milliseconds, the right to make both, and the
/// module.
struct WireGuardKeys {
    WireGuardKey private_key{};
    WireGuardKey public_key{};

    [[nodiscard]] static WireGuardKeys generate(OnError on_error = {});
    [[nodiscard]] static WireGuardKeys of(const WireGuardKey& private_key, OnError on_error = {});
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/kinds/wireguard.ipp>
#endif
