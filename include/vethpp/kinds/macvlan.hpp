// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/kinds/kind_link.hpp>
#include <vethpp/message/scalars.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

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

struct MacvlanSettings {
    static constexpr std::string_view kind = "macvlan";

    LinkRef lower{};                                        ///< the link that it stands on
    std::optional<MacvlanMode> mode{};                      ///< the kernel's default is vepa
    std::optional<std::uint32_t> flags{};                   ///< MACVLAN_FLAG_*, <linux/if_link.h>
    std::optional<std::uint32_t> broadcast_queue_length{};  ///< in packets; Linux 5.11

    static constexpr auto fields() {
        using S = MacvlanSettings;
        using wire::As, wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&S::mode, Attribute<IFLA_MACVLAN_MODE, As<MacvlanMode, std::uint32_t>, "mode">>,
            Field<&S::flags, Attribute<IFLA_MACVLAN_FLAGS, message::Number16, "flags">>,
            Field<&S::broadcast_queue_length,
                  Attribute<IFLA_MACVLAN_BC_QUEUE_LEN, message::U32, "broadcast_queue_length">>>{};
    }
    friend bool operator==(const MacvlanSettings&, const MacvlanSettings&) = default;
};

/// A link with a MAC address of its own on another link, in any namespace: a further host on the
/// same wire.
class Macvlan : public KindLink<MacvlanSettings> {
public:
    using KindLink::KindLink;
};

}  // namespace vethpp
