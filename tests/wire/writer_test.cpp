// SPDX-License-Identifier: BSL-1.0
#include "support/bytes.hpp"
#include <vethpp/wire/writer.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace {

using vethpp::wire::align;
using vethpp::wire::Bytes;
using vethpp::wire::max_attribute_payload;
using vethpp::wire::Writer;
using namespace vethpp;
using namespace vethpp_test;

// A message with everything that a Writer can write.
void write_everything(Writer& w) {
    w.message(16, 5, 0x01020304, [](Writer& m) {
        m.pod(std::uint32_t{0xaabbccdd});
        m.attribute(3, "lo", 3);
        m.nest(18, [](Writer& outer) {
            outer.attribute(1, "veth", 4);
            outer.nest(2, [](Writer& inner) {
                inner.enclose(1, [](Writer& peer) { peer.attribute(4, "\x01\x02", 2); });
            });
        });
        m.attribute(5, nullptr, 0);
    });
}

}  // namespace

TEST_CASE("Writer: bytes of a message with nests") {
    std::array<std::byte, 256> buffer{};
    Writer writer{buffer};
    write_everything(writer);
    CHECK_FALSE(writer.overflow());
    CHECK(hex(writer.written()) == hex(R"(
        3c000000 1000 0500 04030201 00000000  # length 60, type, flags, sequence, port
        ddccbbaa                              # a fixed header
        0700 0300 "lo" 00 00                  # 7 bytes and padding
        1c00 1280                             # a nest, with NLA_F_NESTED
          0800 0100 "veth"
          1000 0280                           # a nest in it, counted with the padding inside
            0c00 0100                         # enclosed, without the flag
              0600 0400 0102 0000
        0400 0500                             # nothing in it
        )"));
    CHECK(writer.size() == 60);
}

TEST_CASE("Writer: padding is zeroed in a buffer that was used before") {
    ByteVector buffer(8, std::byte{0xff});
    Writer writer{buffer};
    writer.attribute(1, "x", 1);
    CHECK(hex(writer.written()) == hex("0500 0100 \"x\" 000000"));
}

TEST_CASE("Writer: every size that is too small overflows, and nothing is written beyond it") {
    ByteVector whole(256);
    Writer reference{whole};
    write_everything(reference);
    for (std::size_t size = 0; size < reference.size(); ++size) {
        CAPTURE(size);
        ByteVector buffer(256, std::byte{0xee});
        Writer writer{std::span{buffer}.first(size)};
        write_everything(writer);
        REQUIRE(writer.overflow());
        REQUIRE(writer.size() <= size);
        REQUIRE(std::all_of(buffer.begin() + static_cast<std::ptrdiff_t>(size),
                            buffer.end(),
                            [](std::byte b) { return b == std::byte{0xee}; }));
    }
    ByteVector exact(reference.size());
    Writer writer{exact};
    write_everything(writer);
    CHECK_FALSE(writer.overflow());
    CHECK(hex(exact) == hex(reference.written()));
}

TEST_CASE("Writer: an overflow is for good") {
    ByteVector buffer(12);
    Writer writer{buffer};
    writer.attribute(1, "1234", 4);
    writer.attribute(2, "12345", 5);
    REQUIRE(writer.overflow());
    const std::size_t size = writer.size();
    writer.attribute(3, nullptr, 0);  // would fit
    writer.bytes("1", 1);
    writer.pod(std::uint8_t{1});
    writer.nest(4, [](Writer& w) { w.attribute(5, nullptr, 0); });
    CHECK(writer.overflow());
    CHECK(writer.size() == size);
    CHECK(hex(writer.written()) == hex("0800 0100 \"1234\""));
}

TEST_CASE("Writer: an attribute leaves no header behind when its payload does not fit") {
    ByteVector buffer(8);
    Writer writer{buffer};
    writer.attribute(1, "12345", 5);
    CHECK(writer.overflow());
    CHECK(writer.size() == 0);
}

TEST_CASE("Writer: lengths that would wrap are overflows") {
    ByteVector buffer(32);
    for (const std::size_t n : {std::numeric_limits<std::size_t>::max(),
                                std::numeric_limits<std::size_t>::max() - 3,
                                std::numeric_limits<std::size_t>::max() - 7,
                                std::size_t{1} << 32U,
                                std::size_t{65536},
                                std::size_t{33}}) {
        CAPTURE(n);
        Writer raw{buffer};
        raw.bytes(buffer.data(), n);
        CHECK(raw.overflow());
        CHECK(raw.size() == 0);
        Writer attribute{buffer};
        attribute.attribute(1, buffer.data(), n);
        CHECK(attribute.overflow());
        CHECK(attribute.size() == 0);
    }
}

TEST_CASE("Writer: the longest attribute has 65531 bytes") {
    CHECK(max_attribute_payload == 65531);
    const std::string payload(65532, 'x');
    ByteVector buffer(1U << 18U);
    Writer writer{buffer};
    writer.attribute(7, payload.data(), 65531);
    CHECK_FALSE(writer.overflow());
    CHECK(writer.size() == 65536);
    CHECK(hex(writer.written().first(4)) == "ffff0700");
    writer.attribute(7, payload.data(), 65532);
    CHECK(writer.overflow());
    CHECK(writer.size() == 65536);
}

TEST_CASE("Writer: the length of a nest never wraps") {
    const std::string payload(65532, 'x');
    ByteVector buffer(1U << 18U);
    const auto fits = [&](std::size_t inner, int levels, bool flagged) {
        Writer writer{buffer};
        const auto body = [&](Writer& w) { w.attribute(1, payload.data(), inner); };
        const auto two = [&](Writer& w) { flagged ? w.nest(2, body) : w.enclose(2, body); };
        if (levels == 1)
            two(writer);
        else
            writer.nest(3, two);
        if (writer.overflow()) return false;
        std::uint16_t length = 0;
        std::memcpy(&length, buffer.data(), sizeof length);
        CHECK(length == writer.size());
        return true;
    };
    for (const bool flagged : {true, false}) {
        CAPTURE(flagged);
        CHECK(fits(65524, 1, flagged));        // 4 + 4 + 65524 = 65532
        CHECK_FALSE(fits(65525, 1, flagged));  // with padding 65536
        CHECK_FALSE(fits(65528, 1, flagged));
        CHECK_FALSE(fits(65531, 1, flagged));
        CHECK(fits(65520, 2, flagged));
        CHECK_FALSE(fits(65521, 2, flagged));
        CHECK_FALSE(fits(65524, 2, flagged));
    }
    SECTION("of many small attributes, as of 300 virtual functions") {
        for (const auto& [count, good] : {std::pair{255, true}, {256, false}, {300, false}}) {
            Writer writer{buffer};
            writer.nest(22, [&, n = count](Writer& w) {
                for (int i = 0; i < n; ++i) w.attribute(1, payload.data(), 252);
            });
            CHECK(writer.overflow() == !good);
        }
    }
}

TEST_CASE("Writer: align") {
    CHECK(align(0) == 0);
    CHECK(align(1) == 4);
    CHECK(align(4) == 4);
    CHECK(align(5) == 8);
    CHECK(align(65535) == 65536);
}
