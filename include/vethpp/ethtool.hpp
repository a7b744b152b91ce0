// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link.hpp>
#include <vethpp/message/ethtool.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vethpp {

/// A feature of a link, as `ethtool --show-features` lists it.
struct Feature {
    std::string name{};   ///< the kernel's, "rx-gro-list"
    bool active = false;  ///< it is on
    bool wanted = false;  ///< it is to be on as soon as what it needs is
    bool fixed = false;   ///< the link cannot change it

    /// "rx-gro-list: on", "rx-lro: off [fixed]", "tx-tcp-segmentation: off [requested on]"
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const Feature&, const Feature&) = default;
};

/// How many queues a link has; its limits as well, as `ethtool --show-channels` shows them.
struct Channels {
    std::optional<std::uint32_t> rx{};
    std::optional<std::uint32_t> tx{};
    std::optional<std::uint32_t> other{};
    std::optional<std::uint32_t> combined{};

    static constexpr auto fields() {
        using C = Channels;
        using message::U32;
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&C::rx, Attribute<ETHTOOL_A_CHANNELS_RX_COUNT, U32, "rx">>,
            Field<&C::tx, Attribute<ETHTOOL_A_CHANNELS_TX_COUNT, U32, "tx">>,
            Field<&C::other, Attribute<ETHTOOL_A_CHANNELS_OTHER_COUNT, U32, "other">>,
            Field<&C::combined, Attribute<ETHTOOL_A_CHANNELS_COMBINED_COUNT, U32, "combined">>>{};
    }
    friend bool operator==(const Channels&, const Channels&) = default;
};

/// How many frames the rings of a link's device hold; their limits as well.
struct Rings {
    std::optional<std::uint32_t> rx{};
    std::optional<std::uint32_t> rx_mini{};
    std::optional<std::uint32_t> rx_jumbo{};
    std::optional<std::uint32_t> tx{};

    static constexpr auto fields() {
        using R = Rings;
        using message::U32;
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&R::rx, Attribute<ETHTOOL_A_RINGS_RX, U32, "rx">>,
            Field<&R::rx_mini, Attribute<ETHTOOL_A_RINGS_RX_MINI, U32, "rx_mini">>,
            Field<&R::rx_jumbo, Attribute<ETHTOOL_A_RINGS_RX_JUMBO, U32, "rx_jumbo">>,
            Field<&R::tx, Attribute<ETHTOOL_A_RINGS_TX, U32, "tx">>>{};
    }
    friend bool operator==(const Rings&, const Rings&) = default;
};

/// What ethtool(8) changes and shows of a link, by the same names.
///
///     vethpp::Ethtool{pair.first()}.set_feature("rx-gro-list", true);
///
/// A feature is named as the kernel names it, or by a name of ethtool(8) that stands for one or
/// more: rx, tx, sg, tso, gso, gro, lro, rxvlan, txvlan, ntuple, rxhash, and their long forms
/// ("generic-receive-offload").
///
/// **Blocking.** Each call makes a socket and two to four requests, which takes less than a
/// millisecond; Link::set_offloads is faster. **Errors.** An Error names the
/// link and the namespace; changing needs CAP_NET_ADMIN there. Needs Linux 5.6; the six of
/// Link::set_offloads can be changed before.
class Ethtool {
public:
    explicit Ethtool(LinkRef link) noexcept : link_{std::move(link)} {}

    /// All that the kernel knows.
    [[nodiscard]] std::vector<Feature> features(OnError on_error = {}) const;
    /// Whether it is on; of a name that stands for several, whether one of them is.
    [[nodiscard]] bool feature(std::string_view name, OnError on_error = {}) const;
    /// Turns a feature on or off: EOPNOTSUPP for one that is not as it was asked for afterwards,
    /// because it is fixed or because another one that it needs is off; it comes on with that one
    /// then. Of a name that stands for several, those that the link cannot change stay as they are.
    void set_feature(std::string_view name, bool on, OnError on_error = {}) const;

    /// EOPNOTSUPP for a kind of link that has none to speak of; veth has them.
    [[nodiscard]] Channels channels(OnError on_error = {}) const;
    [[nodiscard]] Channels channel_limits(OnError on_error = {}) const;
    /// Changes the numbers that are given.
    void set_channels(const Channels& channels, OnError on_error = {}) const;

    /// EOPNOTSUPP for a kind of link that has none.
    [[nodiscard]] Rings rings(OnError on_error = {}) const;
    [[nodiscard]] Rings ring_limits(OnError on_error = {}) const;
    void set_rings(const Rings& rings, OnError on_error = {}) const;

private:
    LinkRef link_;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ethtool.ipp>
#endif
