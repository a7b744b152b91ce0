// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/format.hpp>
#include <vethpp/message/generic.hpp>
#include <vethpp/message/scalars.hpp>
#include <vethpp/value/udp_endpoint.hpp>
#include <vethpp/value/wireguard_key.hpp>

#include <cstdint>
#include <linux/wireguard.h>
#include <optional>
#include <string>
#include <vector>

/// The family "wireguard" (<linux/wireguard.h>).
namespace vethpp::message {

struct Key {
    using Value = WireGuardKey;
    static void write(wire::Writer& w, std::uint16_t id, const WireGuardKey& v) noexcept {
        if (!v.is_valid()) w.refuse("a key is 44 characters of base64");
        w.attribute(id, v.bytes().data(), v.bytes().size());
    }
    static bool read(wire::Bytes bytes, WireGuardKey& v) noexcept {
        WireGuardKey::Bytes copy{};
        if (!wire::load(bytes, copy)) return false;
        v = WireGuardKey{copy};
        return true;
    }
};

/// A sockaddr_in or a sockaddr_in6.
struct SocketAddress {
    using Value = UdpEndpoint;
    static void write(wire::Writer& w, std::uint16_t id, const UdpEndpoint& v) noexcept;
    static bool read(wire::Bytes bytes, UdpEndpoint& v);
};

/// A moment, since the epoch (__kernel_timespec).
struct Moment {
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    [[nodiscard]] std::string to_string() const { return std::to_string(seconds) + " s"; }
    friend bool operator==(const Moment&, const Moment&) = default;
};

struct AllowedAddress {
    std::optional<std::uint16_t> family{};
    std::optional<IpAddress> address{};
    std::optional<std::uint8_t> length{};

    static constexpr auto fields() {
        using A = AllowedAddress;
        using wire::Attribute, wire::Field;
        return wire::Fields<Field<&A::family, Attribute<WGALLOWEDIP_A_FAMILY, U16, "family">>,
                            Field<&A::address, Attribute<WGALLOWEDIP_A_IPADDR, Ip, "address">>,
                            Field<&A::length, Attribute<WGALLOWEDIP_A_CIDR_MASK, U8, "length">>>{};
    }
    friend bool operator==(const AllowedAddress&, const AllowedAddress&) = default;
};

struct WireGuardPeerMessage {
    std::optional<WireGuardKey> public_key{};
    std::optional<WireGuardKey> preshared_key{};
    std::optional<std::uint32_t> flags{};  // WGPEER_F_*
    std::optional<UdpEndpoint> endpoint{};
    std::optional<std::uint16_t> keepalive{};  // in seconds
    std::optional<Moment> last_handshake{};
    std::optional<std::uint64_t> rx_bytes{};
    std::optional<std::uint64_t> tx_bytes{};
    std::vector<AllowedAddress> allowed{};

    static constexpr auto fields() {
        using P = WireGuardPeerMessage;
        using wire::Attribute, wire::Field, wire::Scalar;
        using U64 = Scalar<std::uint64_t>;
        using Allowed = NestedList<AllowedAddress, 0, "allowed">;
        return wire::Fields<
            Field<&P::public_key, Attribute<WGPEER_A_PUBLIC_KEY, Key, "public_key">>,
            Field<&P::preshared_key, Attribute<WGPEER_A_PRESHARED_KEY, Key, "preshared_key">>,
            Field<&P::flags, Attribute<WGPEER_A_FLAGS, U32, "flags">>,
            Field<&P::endpoint, Attribute<WGPEER_A_ENDPOINT, SocketAddress, "endpoint">>,
            Field<&P::keepalive,
                  Attribute<WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, U16, "keepalive">>,
            Field<&P::last_handshake,
                  Attribute<WGPEER_A_LAST_HANDSHAKE_TIME, Scalar<Moment>, "last_handshake">>,
            Field<&P::rx_bytes, Attribute<WGPEER_A_RX_BYTES, U64, "rx_bytes">>,
            Field<&P::tx_bytes, Attribute<WGPEER_A_TX_BYTES, U64, "tx_bytes">>,
            Field<&P::allowed, Attribute<WGPEER_A_ALLOWEDIPS, Allowed, "allowed_addresses">>>{};
    }
    friend bool operator==(const WireGuardPeerMessage&, const WireGuardPeerMessage&) = default;
};

struct WireGuardMessage {
    std::optional<std::uint32_t> index{};
    std::string name{};
    std::optional<WireGuardKey> private_key{};
    std::optional<WireGuardKey> public_key{};
    std::optional<std::uint32_t> flags{};  // WGDEVICE_F_*
    std::optional<std::uint32_t> listen_port{};
    std::optional<std::uint32_t> mark{};
    std::vector<WireGuardPeerMessage> peers{};

    static constexpr auto fields() {
        using D = WireGuardMessage;
        using wire::Attribute, wire::Field;
        using Peers = NestedList<WireGuardPeerMessage, 0, "peer">;
        return wire::Fields<
            Field<&D::index, Attribute<WGDEVICE_A_IFINDEX, U32, "index">>,
            Field<&D::name, Attribute<WGDEVICE_A_IFNAME, wire::TextIfAny, "name">>,
            Field<&D::private_key, Attribute<WGDEVICE_A_PRIVATE_KEY, Key, "private_key">>,
            Field<&D::public_key, Attribute<WGDEVICE_A_PUBLIC_KEY, Key, "public_key">>,
            Field<&D::flags, Attribute<WGDEVICE_A_FLAGS, U32, "flags">>,
            Field<&D::listen_port, Attribute<WGDEVICE_A_LISTEN_PORT, Number16, "listen_port">>,
            Field<&D::mark, Attribute<WGDEVICE_A_FWMARK, U32, "mark">>,
            Field<&D::peers, Attribute<WGDEVICE_A_PEERS, Peers, "peers">>>{};
    }
    friend bool operator==(const WireGuardMessage&, const WireGuardMessage&) = default;
};

/// Appends the peers of a further message of a listing: what does not fit into one goes on in the
/// next, also in the middle of a peer.
void append_peers(std::vector<WireGuardPeerMessage>& peers,
                  std::vector<WireGuardPeerMessage>&& more);

/// The same the other way: a configuration as messages of at most `most` bytes, to be sent in that
/// order. What is of the link is in the first, and WGDEVICE_F_REPLACE_PEERS as well.
[[nodiscard]] std::vector<WireGuardMessage> split(const WireGuardMessage& message,
                                                  std::size_t most);

}  // namespace vethpp::message

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/wireguard.ipp>
#endif
