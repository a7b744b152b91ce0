// SPDX-License-Identifier: BSL-1.0
#include "support/bytes.hpp"
#include "support/recorded.hpp"
#include <vethpp/wire/reader.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace {

using vethpp::wire::Attributes;
using vethpp::wire::Bytes;
using vethpp::wire::Messages;
using namespace vethpp;
using namespace vethpp_test;

struct Listing {
    std::vector<std::pair<unsigned, std::string>> items{};  // type, payload
    bool malformed = false;
    friend bool operator==(const Listing&, const Listing&) = default;
};

Listing attributes(Bytes payload) {
    const ByteVector exact = vethpp_test::copy(payload);
    Listing out;
    Attributes list{exact};
    for (const auto& item : list) out.items.emplace_back(item.type, hex(item.payload));
    out.malformed = list.malformed();
    return out;
}
Listing attributes(std::string_view dump) { return attributes(bytes(dump)); }

Listing messages(Bytes datagram) {
    const ByteVector exact = vethpp_test::copy(datagram);
    Listing out;
    Messages list{exact};
    for (const auto& item : list) out.items.emplace_back(item.header.nlmsg_type, hex(item.payload));
    out.malformed = list.malformed();
    return out;
}
Listing messages(std::string_view dump) { return messages(bytes(dump)); }

}  // namespace

TEST_CASE("load: a value from the front, wherever it is aligned") {
    const ByteVector data = bytes("00 01020304 05060708 09");
    CHECK(vethpp::wire::load<std::uint32_t>(Bytes{data}.subspan(1)) == 0x04030201U);
    CHECK(vethpp::wire::load<std::uint64_t>(Bytes{data}.subspan(1)) == 0x0807060504030201U);
    CHECK_FALSE(vethpp::wire::load<std::uint64_t>(Bytes{data}.subspan(3)));
    CHECK_FALSE(vethpp::wire::load<std::uint8_t>(Bytes{}));
}

TEST_CASE("text: up to the NUL, or all of it") {
    CHECK(vethpp::wire::text(bytes(R"("veth0" 00)")) == "veth0");
    CHECK(vethpp::wire::text(bytes(R"("veth0")")) == "veth0");
    CHECK(vethpp::wire::text(bytes(R"("ab" 00 "cd" 00)")) == "ab");
    CHECK(vethpp::wire::text(bytes("00")).empty());
    CHECK(vethpp::wire::text({}).empty());
}

TEST_CASE("after: what follows, or nothing") {
    const ByteVector data = bytes("010203");
    CHECK(hex(vethpp::wire::after(data, 1)) == "0203");
    CHECK(vethpp::wire::after(data, 3).empty());
    CHECK(vethpp::wire::after(data, 4).empty());
    CHECK(vethpp::wire::after({}, 0).empty());
}

TEST_CASE("Attributes: types without their flags, payloads without their padding") {
    CHECK(attributes(R"(
        0700 0300 "lo" 00 00     # padded
        0800 0480 01020304       # NLA_F_NESTED
        0600 0540 0102 0000      # NLA_F_NET_BYTEORDER
        0400 06c0                # both, and no payload
    )") == Listing{{{3, "6c6f00"}, {4, "01020304"}, {5, "0102"}, {6, ""}}});
    CHECK(attributes("") == Listing{});
}

TEST_CASE("Attributes: the last one may go without its padding") {
    CHECK(attributes("0700 0300 \"lo\" 00") == Listing{{{3, "6c6f00"}}});
    CHECK(attributes("0500 0100 ff") == Listing{{{1, "ff"}}});
    CHECK(attributes("0500 0100 ff00") == Listing{{{1, "ff"}}});
}

TEST_CASE("Attributes: what cannot be one ends the list, and what came before stands") {
    const std::string good = "0800 0100 01020304 ";
    const Listing kept{{{1, "01020304"}}, true};
    CHECK(attributes(good + "08") == kept);
    CHECK(attributes(good + "0800 02") == kept);
    CHECK(attributes(good + "0000 0200") == kept);           // would be an endless loop
    CHECK(attributes(good + "0300 0200") == kept);           // shorter than its header
    CHECK(attributes(good + "0500 0200") == kept);           // longer than what is there
    CHECK(attributes(good + "ffff 0200 01020304") == kept);  // much longer
    CHECK(attributes(good + "0000 0000 0800 0200 01020304") == kept);
}

TEST_CASE("Attributes: a child that is longer than its parent ends there; the siblings stand") {
    // As the kernel sends IFLA_VFINFO_LIST of more than 64 KiB, whose length has wrapped.
    const ByteVector outer = bytes(R"(
        0c00 1280                # 12 bytes
          ff00 0100 01020304     # 255 bytes
        0800 0400 78050000)");
    Attributes list{outer};
    std::vector<unsigned> types;
    for (const auto& item : list) {
        types.push_back(item.type);
        if (item.type == 18) CHECK(attributes(item.payload) == Listing{{}, true});
    }
    CHECK(types == std::vector<unsigned>{18, 4});
    CHECK_FALSE(list.malformed());
}

TEST_CASE("Attributes: a list of more than 64 KiB whose outer length has wrapped") {
    ByteVector message;
    for (int i = 0; i < 300; ++i) {
        const ByteVector one = bytes("fc00 0180");  // 252 bytes
        message.insert(message.end(), one.begin(), one.end());
        message.resize(message.size() + 248);
    }
    const auto wrapped = static_cast<std::uint16_t>(message.size() + 4);
    CHECK(wrapped < message.size());
    ByteVector datagram = bytes("0000 1680");
    std::memcpy(datagram.data(), &wrapped, sizeof wrapped);
    datagram.insert(datagram.end(), message.begin(), message.end());
    const Listing listing = attributes(datagram);
    CHECK(listing.items.size() < 300);  // it ends
    CHECK(listing.items.front().first == 22);
}

TEST_CASE("Messages: headers and payloads") {
    CHECK(messages(R"(
        14000000 1000 0000 01000000 00000000 aabbccdd
        12000000 0200 0000 01000000 00000000 0102 0000    # 18 bytes, padded
        10000000 0300 0200 01000000 00000000
    )") == Listing{{{16, "aabbccdd"}, {2, "0102"}, {3, ""}}});
    CHECK(messages("") == Listing{});
    // The last one of a datagram may be unaligned.
    CHECK(messages("12000000 0200 0000 01000000 00000000 0102") == Listing{{{2, "0102"}}});
    CHECK(messages("11000000 0200 0000 01000000 00000000 01 0000") == Listing{{{2, "01"}}});
}

TEST_CASE("Messages: what cannot be one ends the datagram") {
    const std::string good = "10000000 0300 0000 01000000 00000000 ";
    const Listing kept{{{3, ""}}, true};
    CHECK(messages(good + "10000000 0300 0000 01000000 000000") == kept);
    CHECK(messages(good + "00") == kept);
    CHECK(messages(good + "00000000 0300 0000 01000000 00000000") == kept);
    CHECK(messages(good + "0f000000 0300 0000 01000000 00000000") == kept);
    CHECK(messages(good + "11000000 0300 0000 01000000 00000000") == kept);
    CHECK(messages(good + "ffffffff 0300 0000 01000000 00000000") == kept);
    CHECK(messages(good + "fdffffff 0300 0000 01000000 00000000") == kept);
}

TEST_CASE("Messages: every prefix of real replies") {
    for (const auto dump : {vethpp_test::recorded_bridge,
                            vethpp_test::recorded_port,
                            vethpp_test::recorded_v4,
                            vethpp_test::recorded_v6}) {
        const ByteVector whole = bytes(dump);
        CHECK(messages(Bytes{whole}).items.size() == 1);
        CHECK_FALSE(messages(Bytes{whole}).malformed);
        for (std::size_t n = 1; n < whole.size(); ++n) {
            CAPTURE(n);
            REQUIRE(messages(Bytes{whole}.first(n)) == Listing{{}, true});
        }
    }
}

TEST_CASE("Attributes: every prefix of a real reply gives a prefix of its attributes") {
    const ByteVector whole = bytes(vethpp_test::recorded_port);
    const Bytes payload = Bytes{whole}.subspan(sizeof(nlmsghdr) + 16);
    const Listing all = attributes(payload);
    for (std::size_t n = 0; n <= payload.size(); ++n) {
        CAPTURE(n);
        const Listing some = attributes(payload.first(n));
        REQUIRE(some.items.size() <= all.items.size());
        REQUIRE(std::equal(some.items.begin(), some.items.end(), all.items.begin()));
    }
}

TEST_CASE("Sequence: an iterator goes through the items once") {
    const ByteVector data = bytes("0500 0100 ff000000 0400 0200");
    Attributes list{data};
    auto it = list.begin();
    CHECK((*it).type == 1);
    it++;
    CHECK((*it).type == 2);
    ++it;
    CHECK(it == list.end());
    CHECK(list.begin() == list.end());
}
