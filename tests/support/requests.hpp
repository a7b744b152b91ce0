// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "link_attributes.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vethpp_test {

/// Link attributes with every member set, and what they are on the wire.
inline LinkAttributes every_attribute(const std::string& name) {
    return {.name = name,
            .mac = vethpp::MacAddress{"02:00:00:00:00:01"},
            .broadcast = vethpp::MacAddress{"ff:ff:ff:ff:ff:ff"},
            .mtu = 1400,
            .txqlen = 500,
            .group = 0x40000001,
            .tx_queues = 2,
            .rx_queues = 3,
            .gso_max_size = 65000,
            .gso_max_segs = 64,
            .gro_max_size = 65001,
            .gso_ipv4_max_size = 65002,
            .gro_ipv4_max_size = 65003,
            .link = 9,
            .master = 4,
            .linkmode = std::uint8_t{1},
            .alias = "a port",
            .alternative_names = std::vector<std::string>{"alt", "other"},
            .netns_fd = 17,
            .target_netnsid = -2,
            .ext_mask = RTEXT_FILTER_SKIP_STATS};
}
/// The dump of every_attribute() without the name, which comes first: 188 bytes.
inline constexpr std::string_view every_attribute_but_the_name = R"(
    0a00 0100 02000000 0001 0000      # mac
    0a00 0200 ffffffff ffff 0000      # broadcast
    0800 0400 78050000                # mtu
    0800 0d00 f4010000                # txqlen
    0800 1b00 01000040                # group
    0800 1f00 02000000                # tx_queues
    0800 2000 03000000                # rx_queues
    0800 2900 e8fd0000                # gso_max_size
    0800 2800 40000000                # gso_max_segs
    0800 3a00 e9fd0000                # gro_max_size
    0800 3f00 eafd0000                # gso_ipv4_max_size
    0800 4000 ebfd0000                # gro_ipv4_max_size
    0800 0500 09000000                # link
    0800 0a00 04000000                # master
    0500 1100 01 000000               # linkmode
    0b00 1400 "a port" 00 00          # alias
    1800 3480                         # alternative_names
      0800 3500 "alt" 00
      0a00 3500 "other" 00 0000
    0800 1c00 11000000                # netns_fd
    0800 2e00 feffffff                # target_netnsid
    0800 1d00 08000000                # ext_mask
)";

/// A request taken apart: the header, the fixed part, and what follows.
template <class Fixed>
struct Request {
    nlmsghdr header{};
    Fixed fixed{};
    ByteVector attributes{};

    explicit Request(const ByteVector& message) {
        vethpp::wire::Messages list{message};
        std::size_t count = 0;
        for (const auto& one : list) {
            ++count;
            header = one.header;
            const auto loaded = vethpp::wire::load<Fixed>(one.payload);
            REQUIRE(loaded);
            fixed = *loaded;
            attributes = copy(vethpp::wire::after(one.payload, vethpp::wire::align(sizeof(Fixed))));
        }
        REQUIRE_FALSE(list.malformed());
        REQUIRE(count == 1);
    }
    /// The described values that the attributes hold.
    template <class T>
    [[nodiscard]] T get() const {
        T value{};
        REQUIRE(reads(attributes, value));
        return value;
    }
};

/// Checks the name of the attribute at every offset of a payload: the paths are given with the
/// offset at which each begins, and reach to the next one.
struct PathFrom {
    std::size_t offset;
    const char* path;
};
inline void check_paths(const vethpp::wire::Names& names,
                        vethpp::wire::Bytes payload,
                        const std::vector<PathFrom>& paths) {
    REQUIRE(paths.front().offset == 0);
    std::size_t which = 0;
    for (std::size_t offset = 0; offset < payload.size(); ++offset) {
        if (which + 1 < paths.size() && paths[which + 1].offset == offset) ++which;
        CAPTURE(offset);
        CHECK(names.at(payload, offset) == paths[which].path);
    }
    CHECK(which + 1 == paths.size());
    for (const std::size_t beyond : {payload.size(), payload.size() + 1, std::size_t{0xffffffff}})
        CHECK(names.at(payload, beyond).empty());
}

}  // namespace vethpp_test
