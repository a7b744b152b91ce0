// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/bridge.hpp>
#include <vethpp/message/route.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/value/interface_address.hpp>
#include <vethpp/value/mac_address.hpp>
#include <vethpp/value/sysctl.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp {

class Link;

/// Which link is meant as a master or a lower link, in options and arguments; converts from a Link.
class LinkRef {
public:
    LinkRef() noexcept = default;
    // NOLINTNEXTLINE(google-explicit-constructor): options are written as `.master = br0`
    LinkRef(const Link& link);
    /// For who writes a name: the compiler then says what is expected, instead of only that nothing
    /// fits.
    // NOLINTNEXTLINE(google-explicit-constructor): it is chosen in order to fail
    template <class Text>
    requires std::convertible_to<const Text&, std::string_view> LinkRef(const Text&) {
        static_assert(
            sizeof(Text) == 0,
            "a link (.master, .lower, .far_end) is a Link, such as a Bridge, and no text: "
            "netns.link(\"name\")");
    }

    /// By its index alone, in whichever namespace is meant: so it is read of the settings of a
    /// link.
    [[nodiscard]] static LinkRef of_index(std::uint32_t index) {
        LinkRef ref;
        ref.index_ = index;
        return ref;
    }

    /// None for one that refers to no link, and for one by its index alone.
    [[nodiscard]] const NetnsRef& netns() const noexcept { return netns_; }
    [[nodiscard]] std::uint32_t index() const noexcept { return index_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// Its name, and its index where that is not known.
    [[nodiscard]] std::string to_string() const {
        return name_.empty() ? std::to_string(index_) : name_;
    }
    /// The same index, and the same namespace where both say one.
    friend bool operator==(const LinkRef& a, const LinkRef& b) noexcept {
        return a.index_ == b.index_ &&
               (a.netns_.is_none() || b.netns_.is_none() || a.netns_.state() == b.netns_.state());
    }

private:
    NetnsRef netns_ = NetnsRef::none();
    std::uint32_t index_ = 0;
    std::string name_{};
};

/// What can be said of a link when it is made; what is not set is the kernel's default. Everything
/// stands when the constructor returns, or nothing does.
struct LinkOptions {
    NetnsRef netns{};    ///< where it is made; the caller's namespace unless given
    std::string name{};  ///< 1 to 15 bytes; a unique one is made up if empty
    std::optional<MacAddress> mac{};
    std::optional<std::uint32_t> mtu{};     ///< in bytes; see Link::set_mtu
    std::optional<std::uint32_t> txqlen{};  ///< in packets
    std::optional<std::uint32_t> group{};   ///< vethpp marks its links by a random one unless given
    std::optional<std::uint32_t> tx_queues{};
    std::optional<std::uint32_t> rx_queues{};
    std::optional<std::uint32_t> gso_max_size{};  ///< in bytes
    std::optional<std::uint32_t> gso_max_segs{};
    std::optional<std::uint32_t> gro_max_size{};  ///< in bytes
    std::string alias{};                          ///< free text for people, see Link::set_alias
    std::vector<std::string> alternative_names{};
    std::optional<LinkRef> master{};           ///< a bridge, bond or the like in the same namespace
    std::optional<BridgePortSettings> port{};  ///< what it is as a port of the master
    InterfaceAddresses addresses{};
    /// By this link, which has to be up; `.link` of a route need not be given. They are added when
    /// both ends of a pair are up and have their addresses.
    std::vector<Route> routes{};
    std::optional<bool> arp{};
    std::optional<bool> multicast{};
    std::optional<bool> promiscuous{};
    bool up = false;
    /// Its index, 1 to 2,147,483,647; the kernel's choice unless given.
    std::optional<std::uint32_t> index{};
    /// False: no IPv6: no link-local address, and no frame of IPv6's own. True: IPv6 also where new
    /// links of the namespace have it off. Needs to write sysctls.
    std::optional<bool> ipv6{};
    /// Its sysctls, which count before it comes up: `{{"ipv6.accept_ra", 0}}`. Names are those of
    /// Sysctls of a link.
    std::vector<Sysctl> sysctls{};
};

}  // namespace vethpp
