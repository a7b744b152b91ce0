// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/codecs.hpp>
#include <vethpp/kinds/kind_link.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vethpp {

/// Who hears whom among the macvlans of one lower link (ip-link(8); IFLA_MACVLAN_MODE).
enum class MacvlanMode : std::uint32_t {
    private_ = 1,  ///< none of the others; NOLINT(readability-identifier-naming): a keyword
    vepa = 2,      ///< the others by way of a switch outside that sends frames back
    bridge = 4,    ///< one another, directly
    passthru = 8,  ///< one macvlan only, which takes over the lower link
    source = 16,   ///< those whose MAC addresses are listed
};

[[nodiscard]] constexpr std::string_view to_string(MacvlanMode mode) noexcept {
    switch (mode) {
        case MacvlanMode::private_:
            return "private";
        case MacvlanMode::vepa:
            return "vepa";
        case MacvlanMode::bridge:
            return "bridge";
        case MacvlanMode::passthru:
            return "passthru";
        case MacvlanMode::source:
            return "source";
    }
    return "unknown";
}

namespace message {

/// Those that a macvlan listens to in mode source: all of them, in place of what there was.
struct MacvlanSources {
    using Value = std::vector<MacAddress>;
    static void write(wire::Writer& w, std::uint16_t id, const Value& v) {
        U32::write(w, IFLA_MACVLAN_MACADDR_MODE, MACVLAN_MACADDR_SET);
        w.nest(id, [&](wire::Writer& inner) {
            for (const MacAddress& mac : v) Mac::write(inner, IFLA_MACVLAN_MACADDR, mac);
        });
    }
    static bool read(wire::Bytes bytes, Value& v) {
        v.clear();
        wire::Attributes list{bytes};
        for (const wire::RawAttribute& item : list)
            if (item.type == IFLA_MACVLAN_MACADDR) (void)Mac::read(item.payload, v.emplace_back());
        return !list.malformed();
    }
};

}  // namespace message

/// Of macvlan and macvtap. Source: ip-link(8), "MACVLAN and MACVTAP Type Support";
/// <linux/if_link.h>, IFLA_MACVLAN_*.
template <wire::Name Kind>
struct MacvlanSettingsOf {
    static constexpr std::string_view kind = Kind.view();

    LinkRef lower{};                                        ///< the link that it stands on
    std::optional<MacvlanMode> mode{};                      ///< the kernel's default is vepa
    std::optional<std::uint32_t> flags{};                   ///< MACVLAN_FLAG_*, <linux/if_link.h>
    std::optional<std::uint32_t> broadcast_queue_length{};  ///< in packets; Linux 5.11
    /// In mode source, the MAC addresses whose frames it gets.
    std::optional<std::vector<MacAddress>> sources{};
    /// With more receivers than that, broadcasts are queued; -1: never, Linux 6.4.
    std::optional<std::int32_t> broadcast_cutoff{};
    /// That of the lower link: the longest that any of its macvlans asks for. Read only.
    std::optional<std::uint32_t> broadcast_queue_length_used{};

    static constexpr auto fields() {
        constexpr std::uint16_t ifla_bc_cutoff = 9;  // IFLA_MACVLAN_BC_CUTOFF
        using S = MacvlanSettingsOf;
        using message::U32;
        using wire::As, wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&S::mode, Attribute<IFLA_MACVLAN_MODE, As<MacvlanMode, std::uint32_t>, "mode">>,
            Field<&S::flags, Attribute<IFLA_MACVLAN_FLAGS, message::Number16, "flags">>,
            Field<&S::sources,
                  Attribute<IFLA_MACVLAN_MACADDR_DATA, message::MacvlanSources, "sources">>,
            Field<&S::broadcast_queue_length,
                  Attribute<IFLA_MACVLAN_BC_QUEUE_LEN, U32, "broadcast_queue_length">>,
            Field<&S::broadcast_queue_length_used,
                  Attribute<IFLA_MACVLAN_BC_QUEUE_LEN_USED,
                            message::ReadOnly<U32>,
                            "broadcast_queue_length_used">>,
            Field<&S::broadcast_cutoff,
                  Attribute<ifla_bc_cutoff, message::S32, "broadcast_cutoff">>>{};
    }
    void check(Failure& failure) const {
        if (sources && mode.value_or(MacvlanMode::source) != MacvlanMode::source)
            failure.fail(errc::invalid_option, "sources are for the mode source");
        for (const MacAddress& mac : sources.value_or(std::vector<MacAddress>{}))
            detail::check_mac(mac, failure);
    }
    friend bool operator==(const MacvlanSettingsOf&, const MacvlanSettingsOf&) = default;
};

using MacvlanSettings = MacvlanSettingsOf<"macvlan">;

/// A link with a MAC address of its own on another link, in any namespace: a further host on the
/// same wire.
class Macvlan : public KindLink<MacvlanSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
