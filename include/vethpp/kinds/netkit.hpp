// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/codecs.hpp>
#include <vethpp/kinds/kind_link.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/value/interface_name.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vethpp {

/// What goes through a netkit pair: frames, or IP packets without MAC addresses.
enum class NetkitMode : std::uint32_t { l2, l3 };
/// What becomes of a packet for which no BPF program decides.
enum class NetkitPolicy : std::uint32_t { forward = 0, blackhole = 2 };
/// Whether mark and priority of a packet end with its namespace.
enum class NetkitScrub : std::uint32_t { none, standard };  ///< "none", "default"

[[nodiscard]] constexpr std::string_view to_string(NetkitMode mode) noexcept {
    return mode == NetkitMode::l2 ? "l2" : mode == NetkitMode::l3 ? "l3" : "unknown";
}
[[nodiscard]] constexpr std::string_view to_string(NetkitPolicy policy) noexcept {
    return policy == NetkitPolicy::forward     ? "forward"
           : policy == NetkitPolicy::blackhole ? "blackhole"
                                               : "unknown";
}
[[nodiscard]] constexpr std::string_view to_string(NetkitScrub scrub) noexcept {
    return scrub == NetkitScrub::none       ? "none"
           : scrub == NetkitScrub::standard ? "default"
                                            : "unknown";
}

/// The other end, as it is made; all else is said of it later, by Link::peer().
struct NetkitPeer {
    std::optional<NetnsRef> netns{};  ///< of a Netns; that of the first end unless given
    std::string name{};               ///< the kernel's choice if empty
    std::optional<MacAddress> mac{};  ///< in mode l2
    std::optional<std::uint32_t> mtu{};

    [[nodiscard]] std::string to_string() const { return name.empty() ? "unnamed" : name; }
    friend bool operator==(const NetkitPeer&, const NetkitPeer&) = default;
};

namespace message {

/// A whole link message, as the other end of a veth pair is said.
struct NetkitPeerCodec {
    using Value = NetkitPeer;
    static void write(wire::Writer& w, std::uint16_t id, const NetkitPeer& v) {
        w.enclose(id, [&](wire::Writer& inner) {
            inner.pod(ifinfomsg{});
            if (!v.name.empty()) ifla::name::put(inner, v.name);
            ifla::mac::put(inner, v.mac);
            ifla::mtu::put(inner, v.mtu);
            if (v.netns)
                ifla::netns_fd::put(inner, static_cast<std::uint32_t>(v.netns->native_handle()));
        });
    }
    static bool read(wire::Bytes, NetkitPeer&) noexcept { return true; }  // it is not told
};

}  // namespace message

/// Source: <linux/if_link.h> of Linux 6.7, IFLA_NETKIT_*; ip-link(8).
struct NetkitSettings {
    static constexpr std::string_view kind = "netkit";

    std::optional<NetkitPeer> peer{};      ///< not told
    std::optional<NetkitMode> mode{};      ///< l3 unless given
    std::optional<NetkitPolicy> policy{};  ///< forward unless given; of what this end sends
    std::optional<NetkitPolicy> peer_policy{};
    std::optional<NetkitScrub> scrub{};  ///< default unless given; Linux 6.13
    std::optional<NetkitScrub> peer_scrub{};
    std::optional<std::uint32_t> headroom{};  ///< in bytes, of both ends; Linux 6.14
    std::optional<std::uint32_t> tailroom{};
    std::optional<bool> primary{};  ///< read only: the end that was made first

    static constexpr auto fields() {
        using S = NetkitSettings;
        using message::Flag8, message::NetkitPeerCodec, message::Number16, message::ReadOnly;
        using wire::As, wire::Attribute, wire::Field;
        using Mode = As<NetkitMode, std::uint32_t>;
        using Policy = As<NetkitPolicy, std::uint32_t>;
        using Scrub = As<NetkitScrub, std::uint32_t>;
        // IFLA_NETKIT_PEER_INFO and so on, which the headers of Linux 6.7 have.
        return wire::Fields<Field<&S::peer, Attribute<1, NetkitPeerCodec, "peer">>,
                            Field<&S::mode, Attribute<5, Mode, "mode">>,
                            Field<&S::policy, Attribute<3, Policy, "policy">>,
                            Field<&S::peer_policy, Attribute<4, Policy, "peer_policy">>,
                            Field<&S::scrub, Attribute<6, Scrub, "scrub">>,
                            Field<&S::peer_scrub, Attribute<7, Scrub, "peer_scrub">>,
                            Field<&S::headroom, Attribute<8, Number16, "headroom">>,
                            Field<&S::tailroom, Attribute<9, Number16, "tailroom">>,
                            Field<&S::primary, Attribute<2, ReadOnly<Flag8>, "primary">>>{};
    }
    void check(Failure& failure) const {
        if (!peer) return;
        if (!peer->name.empty()) detail::check_name(peer->name, failure);
        if (peer->mac) detail::check_mac(*peer->mac, failure);
        if (peer->netns && peer->netns->is_none()) failure.fail(errc::no_such_namespace);
        if (peer->netns && peer->netns->is_current())
            failure.fail(errc::invalid_option,
                         "the namespace of the other end is that of a Netns: Netns::current()");
    }
    friend bool operator==(const NetkitSettings&, const NetkitSettings&) = default;
};

/// A pair of links with BPF programs in between. This is the first end; the other one goes with it,
/// and is down at first.
///
///     Netkit pair{{.netns = a, .name = "nk", .up = true}, {.peer = NetkitPeer{.netns = b}}};
///     pair.peer(b).set_up();
class Netkit : public KindLink<NetkitSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
