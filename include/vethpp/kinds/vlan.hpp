// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/codecs.hpp>
#include <vethpp/kinds/kind_link.hpp>

#include <cstdint>
#include <linux/if_vlan.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp {

/// By which Ethernet type a VLAN's tag is known.
enum class VlanProtocol : std::uint16_t {
    ieee8021q = 0x8100,   ///< "802.1Q", the usual one
    ieee8021ad = 0x88a8,  ///< "802.1ad", for tags around others
};

[[nodiscard]] constexpr std::string_view to_string(VlanProtocol protocol) noexcept {
    return protocol == VlanProtocol::ieee8021q    ? "802.1Q"
           : protocol == VlanProtocol::ieee8021ad ? "802.1ad"
                                                  : "unknown";
}

/// What is not set stays as it is.
struct VlanFlags {
    std::optional<bool> reorder_header{};  ///< tags are taken off for packet sockets; the default
    std::optional<bool> gvrp{};            ///< registers itself at the switch by GVRP
    std::optional<bool> mvrp{};            ///< by MVRP
    std::optional<bool> loose_binding{};   ///< its state does not follow that of the lower link
    std::optional<bool> bridge_binding{};  ///< it follows that of the bridge's ports in the VLAN

    /// "reorder_header gvrp": those that are on.
    [[nodiscard]] std::string to_string() const {
        std::string out;
        const auto add = [&](const std::optional<bool>& flag, std::string_view name) {
            if (flag.value_or(false)) out.append(out.empty() ? "" : " ").append(name);
        };
        add(reorder_header, "reorder_header");
        add(gvrp, "gvrp");
        add(mvrp, "mvrp");
        add(loose_binding, "loose_binding");
        add(bridge_binding, "bridge_binding");
        return '<' + out + '>';
    }
    friend bool operator==(const VlanFlags&, const VlanFlags&) = default;
};

/// The priority of a tag (PCP, 0 to 7) against that of a packet (SO_PRIORITY).
struct VlanPriority {
    std::uint32_t from = 0;
    std::uint32_t to = 0;

    /// "1:2", as ip(8) says it.
    [[nodiscard]] std::string to_string() const {
        return std::to_string(from) + ':' + std::to_string(to);
    }
    friend bool operator==(const VlanPriority&, const VlanPriority&) = default;
};

namespace message {

struct VlanFlagsCodec {
    using Value = VlanFlags;
    struct Bit {
        std::optional<bool> VlanFlags::*member;
        std::uint32_t bit;
    };
    static constexpr Bit bits[] = {{&VlanFlags::reorder_header, VLAN_FLAG_REORDER_HDR},
                                   {&VlanFlags::gvrp, VLAN_FLAG_GVRP},
                                   {&VlanFlags::mvrp, VLAN_FLAG_MVRP},
                                   {&VlanFlags::loose_binding, VLAN_FLAG_LOOSE_BINDING},
                                   {&VlanFlags::bridge_binding, VLAN_FLAG_BRIDGE_BINDING}};
    static void write(wire::Writer& w, std::uint16_t id, const VlanFlags& v) noexcept {
        ifla_vlan_flags flags{};
        for (const Bit& one : bits) {
            if (v.*one.member) flags.mask |= one.bit;
            if ((v.*one.member).value_or(false)) flags.flags |= one.bit;
        }
        w.attribute(id, &flags, sizeof flags);
    }
    static bool read(wire::Bytes bytes, VlanFlags& v) noexcept {
        ifla_vlan_flags flags{};
        if (!wire::load(bytes, flags)) return false;
        for (const Bit& one : bits) v.*one.member = (flags.flags & one.bit) != 0;
        return true;
    }
};

struct VlanPriorities {
    using Value = std::vector<VlanPriority>;
    static bool has(const Value& v) noexcept { return !v.empty(); }
    static void write(wire::Writer& w, std::uint16_t id, const Value& v) {
        if (!has(v)) return;
        w.nest(id, [&](wire::Writer& inner) {
            for (const VlanPriority& one : v) {
                const ifla_vlan_qos_mapping mapping{one.from, one.to};
                inner.attribute(IFLA_VLAN_QOS_MAPPING, &mapping, sizeof mapping);
            }
        });
    }
    static bool read(wire::Bytes bytes, Value& v) {
        v.clear();
        wire::Attributes list{bytes};
        ifla_vlan_qos_mapping one{};
        for (const wire::RawAttribute& item : list)
            if (item.type == IFLA_VLAN_QOS_MAPPING && wire::load(item.payload, one))
                v.push_back({one.from, one.to});
        return !list.malformed();
    }
};

}  // namespace message

/// Source: ip-link(8), "VLAN Type Support"; <linux/if_link.h>, IFLA_VLAN_*.
struct VlanSettings {
    static constexpr std::string_view kind = "vlan";

    LinkRef lower{};                         ///< the link whose tagged frames these are
    std::optional<std::uint32_t> id{};       ///< 0 to 4094
    std::optional<VlanProtocol> protocol{};  ///< 802.1Q unless given
    std::optional<VlanFlags> flags{};
    /// Of a tag that arrives (from) to the packet (to), and of a packet to the tag that is sent.
    /// Further ones are added to those that are there.
    std::vector<VlanPriority> ingress_priorities{};
    std::vector<VlanPriority> egress_priorities{};

    static constexpr auto fields() {
        using S = VlanSettings;
        using message::BigEndianEnum, message::Number16, message::VlanFlagsCodec,
            message::VlanPriorities;
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&S::id, Attribute<IFLA_VLAN_ID, Number16, "id">>,
            Field<&S::protocol,
                  Attribute<IFLA_VLAN_PROTOCOL, BigEndianEnum<VlanProtocol>, "protocol">>,
            Field<&S::flags, Attribute<IFLA_VLAN_FLAGS, VlanFlagsCodec, "flags">>,
            Field<&S::ingress_priorities,
                  Attribute<IFLA_VLAN_INGRESS_QOS, VlanPriorities, "ingress_priorities">>,
            Field<&S::egress_priorities,
                  Attribute<IFLA_VLAN_EGRESS_QOS, VlanPriorities, "egress_priorities">>>{};
    }
    void check(Failure& failure) const {
        if (id.value_or(0) > 4094) failure.fail(errc::invalid_option, "a VLAN id is 0 to 4094");
        if (protocol && *protocol != VlanProtocol::ieee8021q &&
            *protocol != VlanProtocol::ieee8021ad)
            failure.fail(errc::invalid_option, "a VLAN's protocol is 802.1Q or 802.1ad");
    }
    void check_change(Failure& failure) const {
        if (id || protocol)
            failure.fail(errc::invalid_option, "the id of a VLAN, and its protocol, cannot change");
    }
    [[nodiscard]] static std::string_view why_refused(error_code code) noexcept {
        if (code == boost::system::errc::file_exists) return "the lower link has a VLAN of that id";
        if (code == boost::system::errc::operation_not_supported)
            return "the lower link takes no VLANs";
        return {};
    }
    friend bool operator==(const VlanSettings&, const VlanSettings&) = default;
};

/// The frames of one VLAN of a link, as a link of its own, in any namespace.
///
///     Vlan guests{{.netns = ns, .name = "eth0.100", .addresses = {"10.2.2.1/24"}, .up = true},
///                 {.lower = pair.first(), .id = 100}};
class Vlan : public KindLink<VlanSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
