// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/format.hpp>
#include <vethpp/message/generic.hpp>
#include <vethpp/message/scalars.hpp>

#include <cstdint>
#include <linux/ethtool_netlink.h>
#include <optional>
#include <string>
#include <vector>

/// The family "ethtool" (Documentation/networking/ethtool-netlink).
namespace vethpp::message {

/// Which link, and how the answer is to look.
struct EthtoolHeader {
    std::optional<std::uint32_t> index{};
    std::string name{};
    std::optional<std::uint32_t> flags{};  // ETHTOOL_FLAG_*

    static constexpr auto fields() {
        using H = EthtoolHeader;
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&H::index, Attribute<ETHTOOL_A_HEADER_DEV_INDEX, U32, "index">>,
            Field<&H::name, Attribute<ETHTOOL_A_HEADER_DEV_NAME, wire::TextIfAny, "name">>,
            Field<&H::flags, Attribute<ETHTOOL_A_HEADER_FLAGS, U32, "flags">>>{};
    }
    friend bool operator==(const EthtoolHeader&, const EthtoolHeader&) = default;
};

/// A message of which only the header is known: it has the same number in all of them.
struct EthtoolTarget {
    EthtoolHeader header{};

    static constexpr auto fields() {
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&EthtoolTarget::header, Attribute<1, wire::Nested<EthtoolHeader>, "header">>>{};
    }
    friend bool operator==(const EthtoolTarget&, const EthtoolTarget&) = default;
};
static_assert(ETHTOOL_A_FEATURES_HEADER == 1 && ETHTOOL_A_CHANNELS_HEADER == 1 &&
              ETHTOOL_A_RINGS_HEADER == 1);

struct EthtoolBit {
    std::optional<std::uint32_t> index{};
    std::string name{};
    bool value = false;  // in a list without a mask, being there is the value

    static constexpr auto fields() {
        using B = EthtoolBit;
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&B::index, Attribute<ETHTOOL_A_BITSET_BIT_INDEX, U32, "index">>,
            Field<&B::name, Attribute<ETHTOOL_A_BITSET_BIT_NAME, wire::TextIfAny, "name">>,
            Field<&B::value, Attribute<ETHTOOL_A_BITSET_BIT_VALUE, Flag, "value">>>{};
    }
    friend bool operator==(const EthtoolBit&, const EthtoolBit&) = default;
};

/// A set of bits as a list, in the form that names them.
struct EthtoolBits {
    bool no_mask = false;
    std::optional<std::uint32_t> size{};
    std::vector<EthtoolBit> bits{};

    static constexpr auto fields() {
        using S = EthtoolBits;
        using wire::Attribute, wire::Field;
        using List = NestedList<EthtoolBit, ETHTOOL_A_BITSET_BITS_BIT, "bit">;
        return wire::Fields<Field<&S::no_mask, Attribute<ETHTOOL_A_BITSET_NOMASK, Flag, "no_mask">>,
                            Field<&S::size, Attribute<ETHTOOL_A_BITSET_SIZE, U32, "size">>,
                            Field<&S::bits, Attribute<ETHTOOL_A_BITSET_BITS, List, "bits">>>{};
    }
    friend bool operator==(const EthtoolBits&, const EthtoolBits&) = default;
};

struct EthtoolFeatures {
    EthtoolHeader header{};
    std::optional<EthtoolBits> hardware{};  // the mask has all that the kernel knows
    std::optional<EthtoolBits> wanted{};
    std::optional<EthtoolBits> active{};
    std::optional<EthtoolBits> no_change{};

    static constexpr auto fields() {
        using F = EthtoolFeatures;
        using wire::Attribute, wire::Field;
        using Header = wire::Nested<EthtoolHeader>;
        using Bits = wire::Nested<EthtoolBits>;
        return wire::Fields<
            Field<&F::header, Attribute<ETHTOOL_A_FEATURES_HEADER, Header, "header">>,
            Field<&F::hardware, Attribute<ETHTOOL_A_FEATURES_HW, Bits, "hardware">>,
            Field<&F::wanted, Attribute<ETHTOOL_A_FEATURES_WANTED, Bits, "wanted">>,
            Field<&F::active, Attribute<ETHTOOL_A_FEATURES_ACTIVE, Bits, "active">>,
            Field<&F::no_change, Attribute<ETHTOOL_A_FEATURES_NOCHANGE, Bits, "no_change">>>{};
    }
    friend bool operator==(const EthtoolFeatures&, const EthtoolFeatures&) = default;
};

}  // namespace vethpp::message
