// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ethtool.hpp>
#include <vethpp/netns/attempt_generic.hpp>
#include <vethpp/value/attempt.hpp>

#include <algorithm>
#include <cerrno>

namespace vethpp {
namespace detail {

inline constexpr netlink::GenericFamily ethtool_family{
    .name = "ethtool", .needs = "it takes Linux 5.6 with CONFIG_ETHTOOL_NETLINK"};

// The limits, read into the same members.
struct ChannelLimits : Channels {
    static constexpr auto fields() {
        using C = Channels;
        using message::U32;
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&C::rx, Attribute<ETHTOOL_A_CHANNELS_RX_MAX, U32, "rx">>,
            Field<&C::tx, Attribute<ETHTOOL_A_CHANNELS_TX_MAX, U32, "tx">>,
            Field<&C::other, Attribute<ETHTOOL_A_CHANNELS_OTHER_MAX, U32, "other">>,
            Field<&C::combined, Attribute<ETHTOOL_A_CHANNELS_COMBINED_MAX, U32, "combined">>>{};
    }
};
struct RingLimits : Rings {
    static constexpr auto fields() {
        using R = Rings;
        using message::U32;
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&R::rx, Attribute<ETHTOOL_A_RINGS_RX_MAX, U32, "rx">>,
            Field<&R::rx_mini, Attribute<ETHTOOL_A_RINGS_RX_MINI_MAX, U32, "rx_mini">>,
            Field<&R::rx_jumbo, Attribute<ETHTOOL_A_RINGS_RX_JUMBO_MAX, U32, "rx_jumbo">>,
            Field<&R::tx, Attribute<ETHTOOL_A_RINGS_TX_MAX, U32, "tx">>>{};
    }
};

inline void attempt_ethtool(const LinkRef& link,
                            const char* operation,
                            OnError on_error,
                            FunctionRef<void(netlink::Generic&, Failure&)> body) {
    if (link.index() == 0) {
        attempt({operation, link.name(), {}}, on_error, [](Failure& failure) {
            failure.fail(errc::no_such_link, "the object refers to no link");
        });
        return;
    }
    attempt_generic(link.netns(), operation, link.name(), ethtool_family, on_error, body);
}

template <class T>
T get_ethtool(const LinkRef& link, const char* operation, std::uint8_t command, OnError on_error) {
    T result;
    attempt_ethtool(link, operation, on_error, [&](netlink::Generic& generic, Failure& failure) {
        bool good = true;
        generic.request(
            {command, &message::generic_names<message::EthtoolTarget>},
            [&](wire::Writer& w) {
                wire::write(w, message::EthtoolTarget{{.index = link.index()}});
            },
            [&](wire::Bytes bytes) { good = wire::read(bytes, result); },
            failure);
        if (!good) failure.fail(errc::malformed_reply);
    });
    return result;
}

template <class T>
void set_ethtool(const LinkRef& link,
                 const char* operation,
                 std::uint8_t command,
                 const T& value,
                 OnError on_error) {
    attempt_ethtool(link, operation, on_error, [&](netlink::Generic& generic, Failure& failure) {
        generic.request(
            {command, &message::generic_names_with<message::EthtoolTarget, T>},
            [&](wire::Writer& w) {
                wire::write(w, message::EthtoolTarget{{.index = link.index()}});
                wire::write(w, value);
            },
            failure);
    });
}

// The features that names of ethtool(8) stand for; `*` is any text.
struct FeatureAlias {
    std::string_view name;
    std::string_view long_name;
    std::string_view pattern;
};
inline constexpr FeatureAlias feature_aliases[] = {
    {"rx", "rx-checksumming", "rx-checksum"},
    {"tx", "tx-checksumming", "tx-checksum-*"},
    {"sg", "scatter-gather", "tx-scatter-gather*"},
    {"tso", "tcp-segmentation-offload", "tx-tcp*-segmentation"},
    {"gso", "generic-segmentation-offload", "tx-generic-segmentation"},
    {"gro", "generic-receive-offload", "rx-gro"},
    {"lro", "large-receive-offload", "rx-lro"},
    {"rxvlan", "rx-vlan-offload", "rx-vlan-hw-parse"},
    {"txvlan", "tx-vlan-offload", "tx-vlan-hw-insert"},
    {"ntuple", "ntuple-filters", "rx-ntuple-filter"},
    {"rxhash", "receive-hashing", "rx-hashing"},
};

[[nodiscard]] inline bool matches(std::string_view name, std::string_view pattern) noexcept {
    const std::size_t star = pattern.find('*');
    if (star == pattern.npos) return name == pattern;
    const std::string_view end = pattern.substr(star + 1);
    return name.size() + 1 >= pattern.size() && name.starts_with(pattern.substr(0, star)) &&
           name.ends_with(end);
}

[[nodiscard]] inline std::vector<Feature> get_features(netlink::Generic& generic,
                                                       const LinkRef& link,
                                                       Failure& failure) {
    message::EthtoolFeatures found;
    bool good = true;
    generic.request(
        {ETHTOOL_MSG_FEATURES_GET, &message::generic_names<message::EthtoolTarget>},
        [&](wire::Writer& w) { wire::write(w, message::EthtoolTarget{{.index = link.index()}}); },
        [&](wire::Bytes bytes) { good = wire::read(bytes, found); },
        failure);
    if (!good) failure.fail(errc::malformed_reply);
    std::vector<Feature> features;
    if (failure || !found.hardware) return features;
    const auto contains = [](const std::optional<message::EthtoolBits>& set,
                             const message::EthtoolBit& bit) {
        return set && std::any_of(set->bits.begin(), set->bits.end(), [&](const auto& other) {
                   return other.index == bit.index;
               });
    };
    features.reserve(found.hardware->bits.size());
    for (const message::EthtoolBit& bit : found.hardware->bits)
        // Some numbers are not of features for people, and have no name.
        if (!bit.name.empty())
            features.push_back({.name = bit.name,
                                .active = contains(found.active, bit),
                                .wanted = contains(found.wanted, bit),
                                // What no link can change, and what this one cannot.
                                .fixed = contains(found.no_change, bit) || !bit.value});
    return features;
}

// Those that a name stands for.
[[nodiscard]] inline std::vector<Feature> get_features(netlink::Generic& generic,
                                                       const LinkRef& link,
                                                       std::string_view name,
                                                       Failure& failure) {
    std::vector<Feature> features = get_features(generic, link, failure);
    std::string_view pattern{};
    for (const FeatureAlias& alias : feature_aliases)
        if (name == alias.name || name == alias.long_name) pattern = alias.pattern;
    std::erase_if(features, [&](const Feature& feature) {
        return pattern.empty() ? feature.name != name : !matches(feature.name, pattern);
    });
    if (features.empty())
        failure.fail(errc::invalid_option, concat({"the kernel knows no feature ", quoted(name)}));
    return features;
}

[[nodiscard]] inline bool is_one_active(const std::vector<Feature>& features) noexcept {
    return std::any_of(
        features.begin(), features.end(), [](const Feature& feature) { return feature.active; });
}

}  // namespace detail

VETHPP_INLINE std::string Feature::to_string() const {
    const auto word = [](bool on) { return on ? "on" : "off"; };
    std::string out = detail::concat({name, ": ", word(active)});
    if (fixed)
        out += " [fixed]";
    else if (wanted != active)
        out += detail::concat({" [requested ", word(wanted), "]"});
    return out;
}

VETHPP_INLINE std::vector<Feature> Ethtool::features(OnError on_error) const {
    std::vector<Feature> result;
    detail::attempt_ethtool(
        link_, "get the features", on_error, [&](netlink::Generic& generic, Failure& failure) {
            result = detail::get_features(generic, link_, failure);
        });
    return result;
}

VETHPP_INLINE bool Ethtool::feature(std::string_view name, OnError on_error) const {
    bool result = false;
    detail::attempt_ethtool(
        link_, "get the feature", on_error, [&](netlink::Generic& generic, Failure& failure) {
            result = detail::is_one_active(detail::get_features(generic, link_, name, failure));
        });
    return result;
}

VETHPP_INLINE void Ethtool::set_feature(std::string_view name, bool on, OnError on_error) const {
    detail::attempt_ethtool(
        link_, "set the feature", on_error, [&](netlink::Generic& generic, Failure& failure) {
            std::vector<Feature> features = detail::get_features(generic, link_, name, failure);
            message::EthtoolFeatures request{
                .header = {.index = link_.index(), .flags = ETHTOOL_FLAG_OMIT_REPLY},
                .wanted = message::EthtoolBits{}};
            for (const Feature& feature : features)
                if (!feature.fixed)
                    request.wanted->bits.push_back({.name = feature.name, .value = on});
            const bool fixed = request.wanted->bits.empty();
            if (!failure && !fixed) {
                generic.request(
                    {ETHTOOL_MSG_FEATURES_SET, &message::generic_names<message::EthtoolFeatures>},
                    [&](wire::Writer& w) { wire::write(w, request); },
                    failure);
                // The kernel takes a request and ignores it while another feature that it needs is
                // off.
                features = detail::get_features(generic, link_, name, failure);
            }
            if (failure || detail::is_one_active(features) == on) return;
            failure.fail_errno(EOPNOTSUPP,
                               detail::concat({name,
                                               on ? " stays off: " : " stays on: ",
                                               fixed ? "it is fixed" : "it needs another"}));
        });
}

VETHPP_INLINE Channels Ethtool::channels(OnError on_error) const {
    return detail::get_ethtool<Channels>(
        link_, "get the channels", ETHTOOL_MSG_CHANNELS_GET, on_error);
}
VETHPP_INLINE Channels Ethtool::channel_limits(OnError on_error) const {
    return detail::get_ethtool<detail::ChannelLimits>(
        link_, "get the channels", ETHTOOL_MSG_CHANNELS_GET, on_error);
}
VETHPP_INLINE void Ethtool::set_channels(const Channels& channels, OnError on_error) const {
    detail::set_ethtool(link_, "set the channels", ETHTOOL_MSG_CHANNELS_SET, channels, on_error);
}
VETHPP_INLINE Rings Ethtool::rings(OnError on_error) const {
    return detail::get_ethtool<Rings>(link_, "get the rings", ETHTOOL_MSG_RINGS_GET, on_error);
}
VETHPP_INLINE Rings Ethtool::ring_limits(OnError on_error) const {
    return detail::get_ethtool<detail::RingLimits>(
        link_, "get the rings", ETHTOOL_MSG_RINGS_GET, on_error);
}
VETHPP_INLINE void Ethtool::set_rings(const Rings& rings, OnError on_error) const {
    detail::set_ethtool(link_, "set the rings", ETHTOOL_MSG_RINGS_SET, rings, on_error);
}

}  // namespace vethpp
