// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/kinds/wireguard.hpp>
#include <vethpp/link/make_link.hpp>
#include <vethpp/message/wireguard.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/netns/attempt_generic.hpp>
#include <vethpp/netns/protocol_session.hpp>
#include <vethpp/value/attempt.hpp>

#include <algorithm>
#include <limits>
#include <memory>

namespace vethpp {
namespace detail {

inline constexpr netlink::GenericFamily wireguard_family{
    .name = WG_GENL_NAME, .needs = "it takes Linux 5.6 with CONFIG_WIREGUARD"};

inline void check_key(const WireGuardKey& key, std::string_view which, Failure& failure) {
    if (!key.is_valid())
        failure.fail(errc::invalid_option, concat({which, " is not 44 characters of base64"}));
}

inline void check_peers(const std::vector<WireGuardPeer>& peers, Failure& failure) {
    std::vector<WireGuardKey> keys;
    for (const WireGuardPeer& peer : peers) {
        check_key(peer.public_key, "the public key of a peer", failure);
        if (peer.public_key.is_zero())
            failure.fail(errc::invalid_option, "a peer has no public key");
        if (peer.preshared_key) check_key(*peer.preshared_key, "the preshared key", failure);
        if (peer.endpoint) check_endpoint(*peer.endpoint, failure);
        for (const Prefix& allowed : peer.allowed_addresses) check_prefix(allowed, failure);
        constexpr std::int64_t most = 65535;
        if (peer.keepalive && (peer.keepalive->count() < 0 || peer.keepalive->count() > most))
            failure.fail(errc::invalid_option, "a keepalive is 0 to 65535 s");
        keys.push_back(peer.public_key);
    }
    std::sort(keys.begin(), keys.end());
    if (const auto twice = std::adjacent_find(keys.begin(), keys.end()); twice != keys.end())
        failure.fail(errc::invalid_option,
                     concat({"two peers have the public key ", twice->to_string()}));
}

[[nodiscard]] inline message::WireGuardPeerMessage message_of(const WireGuardPeer& peer) {
    message::WireGuardPeerMessage out{.public_key = peer.public_key,
                                      .preshared_key = peer.preshared_key,
                                      .endpoint = peer.endpoint};
    if (peer.keepalive) out.keepalive = static_cast<std::uint16_t>(peer.keepalive->count());
    if (!peer.allowed_addresses.empty()) out.flags = WGPEER_F_REPLACE_ALLOWEDIPS;
    for (const Prefix& allowed : peer.allowed_addresses)
        out.allowed.push_back({.family = allowed.is_v6() ? AF_INET6 : AF_INET,
                               .address = allowed.address(),
                               .length = allowed.length()});
    return out;
}

[[nodiscard]] inline WireGuardPeerState state_of(const message::WireGuardPeerMessage& peer) {
    WireGuardPeerState state;
    state.public_key = peer.public_key.value_or(WireGuardKey{});
    if (peer.preshared_key && !peer.preshared_key->is_zero())
        state.preshared_key = peer.preshared_key;
    state.endpoint = peer.endpoint;
    if (peer.keepalive.value_or(0) != 0) state.keepalive = std::chrono::seconds{*peer.keepalive};
    for (const auto& allowed : peer.allowed)
        if (allowed.address)
            state.allowed_addresses.emplace_back(*allowed.address, allowed.length.value_or(0));
    using Clock = std::chrono::system_clock;
    constexpr std::int64_t latest = std::numeric_limits<std::int32_t>::max() * std::int64_t{4};
    if (const auto& when = peer.last_handshake;
        when && *when != message::Moment{} && when->seconds >= 0 && when->seconds < latest)
        state.last_handshake = Clock::time_point{std::chrono::duration_cast<Clock::duration>(
            std::chrono::seconds{when->seconds} +
            std::chrono::nanoseconds{when->nanoseconds % 1'000'000'000})};
    state.rx_bytes = peer.rx_bytes.value_or(0);
    state.tx_bytes = peer.tx_bytes.value_or(0);
    return state;
}

[[nodiscard]] inline message::WireGuardMessage get_wireguard(netlink::Generic& generic,
                                                             std::uint32_t index,
                                                             Failure& failure) {
    message::WireGuardMessage result;
    bool good = true;
    generic.dump(
        {WG_CMD_GET_DEVICE, &message::generic_names<message::WireGuardMessage>},
        [&](wire::Writer& w) { wire::write(w, message::WireGuardMessage{.index = index}); },
        [&] { result = {}, good = true; },
        [&](wire::Bytes attributes) {
            message::WireGuardMessage part;
            good = wire::read(attributes, part) && good;
            if (!result.index) {
                result = std::move(part);
                return;
            }
            message::append_peers(result.peers, std::move(part.peers));
        },
        failure);
    if (!good) failure.fail(errc::malformed_reply);
    return result;
}

inline void set_wireguard(netlink::Generic& generic,
                          const message::WireGuardMessage& message,
                          Failure& failure) {
    constexpr std::size_t headers = 64;
    for (const auto& part : message::split(message, netlink::Session::request_size - headers))
        generic.request(
            {WG_CMD_SET_DEVICE, &message::generic_names<message::WireGuardMessage>},
            [&](wire::Writer& w) { wire::write(w, part); },
            failure);
    if (failure.code == boost::system::errc::address_in_use && message.listen_port)
        failure.explain("another socket of the underlay has that port");
    if (failure || message.peers.empty()) return;
    // Which the kernel passes over in silence.
    const auto own = get_wireguard(generic, message.index.value_or(0), failure).public_key;
    for (const auto& peer : message.peers)
        if (!failure && own == peer.public_key)
            failure.fail(errc::invalid_option,
                         "a peer has the public key of the link itself; it is no peer then");
}

inline void check_wireguard(const WireGuardSettings& settings, Failure& failure) {
    if (settings.private_key) check_key(*settings.private_key, "the private key", failure);
    check_peers(settings.peers, failure);
}

[[nodiscard]] inline message::WireGuardMessage message_of(std::uint32_t index,
                                                          const WireGuardSettings& settings) {
    message::WireGuardMessage message{.index = index,
                                      .private_key = settings.private_key,
                                      .listen_port = settings.listen_port,
                                      .mark = settings.mark};
    for (const WireGuardPeer& peer : settings.peers) message.peers.push_back(message_of(peer));
    return message;
}

inline void attempt_wireguard(const Link& link,
                              const char* operation,
                              OnError on_error,
                              FunctionRef<void(netlink::Generic&, Failure&)> body) {
    if (link.index() != 0)
        return attempt_generic(
            link.netns(), operation, link.name(), wireguard_family, on_error, body);
    attempt({operation}, on_error, [](Failure& failure) {
        failure.fail(errc::no_such_link, "the object refers to no link");
    });
}

}  // namespace detail

VETHPP_INLINE std::string WireGuardPeer::to_string() const {
    std::string out = detail::concat({"peer ", public_key.to_string()});
    if (preshared_key && !preshared_key->is_zero()) out += " preshared-key (hidden)";
    if (endpoint) out += detail::concat({" endpoint ", endpoint->to_string()});
    for (std::size_t i = 0; i < allowed_addresses.size(); ++i)
        out += detail::concat({i == 0 ? " allowed-ips " : ",", allowed_addresses[i].to_string()});
    if (keepalive)
        out += detail::concat({" persistent-keepalive ", std::to_string(keepalive->count())});
    return out;
}

VETHPP_INLINE std::string WireGuardSettings::to_string() const {
    std::string out;
    if (private_key)
        out += private_key->is_zero() ? " private-key (none)" : " private-key (hidden)";
    if (listen_port) out += detail::concat({" listen-port ", std::to_string(*listen_port)});
    if (mark) out += detail::concat({" fwmark 0x", detail::hex(*mark, 8)});
    for (const WireGuardPeer& peer : peers) out += detail::concat({" ", peer.to_string()});
    return out.empty() ? out : out.substr(1);
}

VETHPP_INLINE WireGuard::WireGuard(LinkOptions options,
                                   const WireGuardSettings& settings,
                                   OnError on_error) {
    const std::string name = options.name;
    const NetnsRef netns = options.netns;
    detail::attempt({"create the wireguard", name, netns.label()}, on_error, [&](Failure& failure) {
        detail::check_wireguard(settings, failure);
        if (failure) return;
        const detail::Foundation foundation{.underlay =
                                                settings.underlay ? &*settings.underlay : nullptr};
        Link& self = *this;
        self = Link{detail::make_link(std::move(options), "wireguard", foundation, {}, failure)};
        if (failure) return;
        const auto session = detail::open_session(self.netns().state(), NETLINK_GENERIC, failure);
        if (!failure) {
            netlink::Generic generic{*session, detail::wireguard_family, failure};
            detail::set_wireguard(generic, detail::message_of(self.index(), settings), failure);
        }
        if (failure) self = Link{};
    });
}

VETHPP_INLINE void WireGuard::configure(const WireGuardSettings& settings, OnError on_error) {
    detail::attempt_wireguard(
        *this,
        "configure the wireguard",
        on_error,
        [&](netlink::Generic& generic, Failure& failure) {
            if (settings.underlay)
                failure.fail(errc::invalid_option, "its underlay cannot be changed");
            detail::check_wireguard(settings, failure);
            if (failure) return;
            detail::set_wireguard(generic, detail::message_of(index(), settings), failure);
        });
}

VETHPP_INLINE void WireGuard::set_peers(const std::vector<WireGuardPeer>& peers, OnError on_error) {
    detail::attempt_wireguard(
        *this, "set the peers", on_error, [&](netlink::Generic& generic, Failure& failure) {
            detail::check_peers(peers, failure);
            if (failure) return;
            auto message = detail::message_of(index(), {.peers = peers});
            message.flags = WGDEVICE_F_REPLACE_PEERS;
            detail::set_wireguard(generic, message, failure);
        });
}

VETHPP_INLINE void WireGuard::remove_peer(const WireGuardKey& public_key, OnError on_error) {
    detail::attempt_wireguard(
        *this, "remove the peer", on_error, [&](netlink::Generic& generic, Failure& failure) {
            detail::check_key(public_key, "the public key", failure);
            generic.request(
                {WG_CMD_SET_DEVICE, &message::generic_names<message::WireGuardMessage>},
                [&](wire::Writer& w) {
                    wire::write(
                        w,
                        message::WireGuardMessage{
                            .index = index(),
                            .peers = {{.public_key = public_key, .flags = WGPEER_F_REMOVE_ME}}});
                },
                failure);
        });
}

VETHPP_INLINE WireGuardSettings WireGuard::settings(OnError on_error) const {
    WireGuardSettings result;
    detail::attempt_wireguard(
        *this, "get the wireguard", on_error, [&](netlink::Generic& generic, Failure& failure) {
            const auto found = detail::get_wireguard(generic, index(), failure);
            if (failure) return;
            result.private_key = found.private_key;
            result.listen_port = found.listen_port;
            result.mark = found.mark;
            for (const auto& peer : found.peers) result.peers.push_back(detail::state_of(peer));
        });
    return result;
}

VETHPP_INLINE std::vector<WireGuardPeerState> WireGuard::peers(OnError on_error) const {
    std::vector<WireGuardPeerState> result;
    detail::attempt_wireguard(
        *this, "get the peers", on_error, [&](netlink::Generic& generic, Failure& failure) {
            const auto found = detail::get_wireguard(generic, index(), failure);
            if (failure) return;
            for (const auto& peer : found.peers) result.push_back(detail::state_of(peer));
        });
    return result;
}

VETHPP_INLINE WireGuardKey WireGuard::public_key(OnError on_error) const {
    WireGuardKey result;
    detail::attempt_wireguard(
        *this, "get the public key", on_error, [&](netlink::Generic& generic, Failure& failure) {
            const auto found = detail::get_wireguard(generic, index(), failure);
            if (!failure) result = found.public_key.value_or(WireGuardKey{});
        });
    return result;
}

VETHPP_INLINE WireGuardKeys WireGuardKeys::of(const WireGuardKey& private_key, OnError on_error) {
    const Netns scratch = Netns::create("keys", {.loopback_up = false}, on_error);
    if (!scratch) return {};
    const WireGuard link{
        {.netns = scratch, .name = "keys"}, {.private_key = private_key}, on_error};
    if (!link) return {};
    return {private_key, link.public_key(on_error)};
}

VETHPP_INLINE WireGuardKeys WireGuardKeys::generate(OnError on_error) {
    const WireGuardKey key = WireGuardKey::generate(on_error);
    return key.is_zero() ? WireGuardKeys{} : of(key, on_error);
}

}  // namespace vethpp
