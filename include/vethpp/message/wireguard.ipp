// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/wireguard.hpp>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <netinet/in.h>
#include <utility>

namespace vethpp::message {

VETHPP_INLINE void SocketAddress::write(wire::Writer& w,
                                        std::uint16_t id,
                                        const UdpEndpoint& v) noexcept {
    if (!v.is_valid()) w.refuse("it is no address and port");
    if (v.address().is_v6()) {
        const auto address = v.address().to_v6();
        const auto bytes = address.to_bytes();
        sockaddr_in6 out{};
        out.sin6_family = AF_INET6;
        out.sin6_port = htons(v.port());
        out.sin6_scope_id = static_cast<std::uint32_t>(address.scope_id());
        std::memcpy(&out.sin6_addr, bytes.data(), bytes.size());
        w.attribute(id, &out, sizeof out);
    } else {
        const auto bytes = v.address().to_v4().to_bytes();
        sockaddr_in out{};
        out.sin_family = AF_INET;
        out.sin_port = htons(v.port());
        std::memcpy(&out.sin_addr, bytes.data(), bytes.size());
        w.attribute(id, &out, sizeof out);
    }
}

VETHPP_INLINE bool SocketAddress::read(wire::Bytes bytes, UdpEndpoint& v) {
    sa_family_t family{};
    sockaddr_in in{};
    sockaddr_in6 in6{};
    if (!wire::load(bytes, family)) return false;
    if (family == AF_INET && wire::load(bytes, in)) {
        boost::asio::ip::address_v4::bytes_type address{};
        std::memcpy(address.data(), &in.sin_addr, address.size());
        v = UdpEndpoint{boost::asio::ip::address_v4{address}, ntohs(in.sin_port)};
    } else if (family == AF_INET6 && wire::load(bytes, in6)) {
        boost::asio::ip::address_v6::bytes_type address{};
        std::memcpy(address.data(), &in6.sin6_addr, address.size());
        v = UdpEndpoint{boost::asio::ip::address_v6{address, in6.sin6_scope_id},
                        ntohs(in6.sin6_port)};
    } else {
        return false;
    }
    return true;
}

VETHPP_INLINE void append_peers(std::vector<WireGuardPeerMessage>& peers,
                                std::vector<WireGuardPeerMessage>&& more) {
    auto first = more.begin();
    if (!peers.empty() && first != more.end() && peers.back().public_key == first->public_key) {
        std::move(
            first->allowed.begin(), first->allowed.end(), std::back_inserter(peers.back().allowed));
        ++first;
    }
    std::move(first, more.end(), std::back_inserter(peers));
}

VETHPP_INLINE std::vector<WireGuardMessage> split(const WireGuardMessage& message,
                                                  std::size_t most) {
    // Upper bounds: attributes of the link; those of a peer, with IPv6; of an address, with IPv6.
    constexpr std::size_t of_link = 128;
    constexpr std::size_t of_peer = 160;
    constexpr std::size_t of_address = 40;
    std::vector<WireGuardMessage> out(1, message);
    out.back().peers.clear();
    std::size_t size = of_link;
    const auto next = [&] {
        out.push_back({.index = message.index});
        size = of_link;
    };
    for (const WireGuardPeerMessage& peer : message.peers) {
        if (size + of_peer + of_address > most) next();
        WireGuardPeerMessage part = peer;
        part.allowed.clear();
        out.back().peers.push_back(std::move(part));
        size += of_peer;
        for (const AllowedAddress& address : peer.allowed) {
            if (size + of_address > most) {
                next();
                out.back().peers.push_back({.public_key = peer.public_key});
                size += of_peer;
            }
            out.back().peers.back().allowed.push_back(address);
            size += of_address;
        }
    }
    return out;
}

}  // namespace vethpp::message
