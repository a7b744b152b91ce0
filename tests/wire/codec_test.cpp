// SPDX-License-Identifier: BSL-1.0
#include "support/bytes.hpp"
#include "support/described.hpp"
#include <vethpp/wire/message.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace vethpp::wire;
using namespace vethpp;
using namespace vethpp_test;

template <class C>
std::string encoded(const typename C::Value& value) {
    ByteVector buffer(65536);
    Writer writer{buffer};
    C::write(writer, 1, value);
    REQUIRE_FALSE(writer.overflow());
    return hex(writer.written());
}

template <class C>
std::string refusal(const typename C::Value& value) {
    ByteVector buffer(65536);
    Writer writer{buffer};
    C::write(writer, 1, value);
    return std::string{writer.refusal()};
}

// The payload decoded; empty if the codec refuses it.
template <class C>
std::optional<typename C::Value> decoded(std::string_view dump) {
    const ByteVector exact = bytes(dump);
    typename C::Value value{};
    if (!C::read(exact, value)) return std::nullopt;
    return value;
}

struct Inner {
    std::optional<std::uint32_t> number{};
    std::optional<std::string> name{};
    static constexpr auto fields() {
        return Fields<Field<&Inner::number, Attribute<1, Scalar<std::uint32_t>, "number">>,
                      Field<&Inner::name, Attribute<2, Text, "name">>>{};
    }
    friend bool operator==(const Inner&, const Inner&) = default;
};

struct Head {
    std::array<std::uint16_t, 6> content{};
};

struct Whole : Inner {
    static constexpr auto header() { return Header<Head>{}; }
    friend bool operator==(const Whole&, const Whole&) = default;
};

struct Outer {
    std::uint16_t plain = 7;
    std::optional<Inner> nested{};
    Inner always{};
    std::optional<Whole> headed{};
    std::vector<std::string> list{};
    static constexpr auto fields() {
        return Fields<Field<&Outer::plain, Attribute<10, Scalar<std::uint16_t>, "plain">>,
                      Field<&Outer::nested, Attribute<11, Nested<Inner>, "nested">>,
                      Field<&Outer::always, Attribute<14, Nested<Inner>, "always">>,
                      Field<&Outer::headed, Attribute<12, Enclosed<Whole>, "headed">>,
                      Field<&Outer::list, Attribute<13, TextList<53>, "list">>>{};
    }
    friend bool operator==(const Outer&, const Outer&) = default;
};

std::string path_at(std::string_view dump, std::size_t offset) {
    return names<Outer>.at(bytes(dump), offset);
}

}  // namespace

TEST_CASE("Scalar: host byte order; what is longer is read, what is shorter is refused") {
    CHECK(encoded<Scalar<std::uint32_t>>(1400) == hex("0800 0100 78050000"));
    CHECK(encoded<Scalar<std::int32_t>>(-1) == hex("0800 0100 ffffffff"));
    CHECK(encoded<Scalar<std::uint8_t>>(5) == hex("0500 0100 05 000000"));
    CHECK(decoded<Scalar<std::uint32_t>>("78050000") == 1400U);
    CHECK(decoded<Scalar<std::uint32_t>>("78050000 ff") == 1400U);
    CHECK_FALSE(decoded<Scalar<std::uint32_t>>("780500"));
    CHECK_FALSE(decoded<Scalar<std::uint8_t>>(""));
}

TEST_CASE("Growing: a shorter struct leaves zeroes, a longer one is cut") {
    struct Pair {
        std::uint32_t a, b;
    };
    CHECK(encoded<Growing<Pair>>({1, 2}) == hex("0c00 0100 01000000 02000000"));
    for (const auto& [dump, a, b] : {std::tuple{"01000000 02000000", 1U, 2U},
                                     {"01000000 02000000 03000000", 1U, 2U},
                                     {"01000000", 1U, 0U},
                                     {"01000000 0200", 1U, 2U},
                                     {"", 0U, 0U}}) {
        Pair value{9, 9};
        CHECK(Growing<Pair>::read(bytes(dump), value));
        CHECK(value.a == a);
        CHECK(value.b == b);
    }
}

TEST_CASE("As: bool and enumerations as integers") {
    enum class Colour : std::uint8_t { red, green };
    CHECK(encoded<As<bool, std::uint32_t>>(true) == hex("0800 0100 01000000"));
    CHECK(encoded<As<bool, std::uint8_t>>(false) == hex("0500 0100 00000000"));
    CHECK(encoded<As<Colour, std::uint8_t>>(Colour::green) == hex("0500 0100 01000000"));
    CHECK(decoded<As<bool, std::uint8_t>>("02") == true);
    CHECK(decoded<As<Colour, std::uint8_t>>("01") == Colour::green);
    CHECK(decoded<As<Colour, std::uint8_t>>("c8") ==
          static_cast<Colour>(200));  // of a later kernel
    CHECK_FALSE(decoded<As<bool, std::uint32_t>>("01"));
}

TEST_CASE("Duration: hundredths of a second") {
    using std::chrono::milliseconds;
    CHECK(encoded<Duration>(Centiseconds{1500}) == hex("0800 0100 dc050000"));
    CHECK(decoded<Duration>("dc050000") == std::chrono::seconds{15});
    CHECK_FALSE(decoded<Duration>("dc05"));
    CHECK(std::chrono::duration_cast<Centiseconds>(milliseconds{20}).count() == 2);
}

TEST_CASE("Duration: what 32 bits cannot say is refused, not cut") {
    for (const Centiseconds time : {Centiseconds{-1},
                                    Centiseconds{1LL << 32U},
                                    Centiseconds{std::chrono::days{500}},
                                    Centiseconds::max(),
                                    Centiseconds::min()})
        CHECK(refusal<Duration>(time) == "a time is 0 to 497 days");
    CHECK(refusal<Duration>(Centiseconds{0xffffffff}).empty());
    CHECK(encoded<Duration>(Centiseconds{0xffffffff}) == hex("0800 0100 ffffffff"));
}

TEST_CASE("Narrow: a number that does not fit is refused, not cut") {
    using Byte = Narrow<std::uint32_t, Scalar<std::uint8_t>>;
    using Port = Narrow<std::uint32_t, BigEndian16>;
    CHECK(encoded<Byte>(255) == hex("0500 0100 ff000000"));
    CHECK(encoded<Port>(65535) == hex("0600 0100 ffff 0000"));
    CHECK(decoded<Byte>("07") == 7U);
    CHECK(decoded<Port>("88a8") == 0x88a8U);
    CHECK_FALSE(decoded<Port>("88"));
    for (const std::uint32_t number : {256U, 65535U, 0xffffffffU})
        CHECK(refusal<Byte>(number) == "the number is out of range");
    for (const std::uint32_t number : {65536U, 70000U, 0xffffffffU})
        CHECK(refusal<Port>(number) == "the number is out of range");
}

TEST_CASE("Text: a NUL byte, which would end it, is refused") {
    CHECK(refusal<Text>(std::string("a\0b", 3)) == "a text has no NUL byte");
    CHECK(refusal<TextIfAny>(std::string("\0", 1)) == "a text has no NUL byte");
    CHECK(refusal<TextList<53>>({"a", std::string("b\0", 2)}) == "a text has no NUL byte");
    CHECK(refusal<Text>("ab").empty());
}

TEST_CASE("BigEndian16: network byte order") {
    CHECK(encoded<BigEndian16>(0x88a8) == hex("0600 0100 88a8 0000"));
    CHECK(decoded<BigEndian16>("88a8") == 0x88a8);
    CHECK(decoded<BigEndian16>("88a8 00") == 0x88a8);
    CHECK_FALSE(decoded<BigEndian16>("88"));
}

TEST_CASE("Text: written with its NUL, read with or without") {
    CHECK(encoded<Text>("lo") == hex("0700 0100 \"lo\" 00 00"));
    CHECK(encoded<Text>("") == hex("0500 0100 00 000000"));
    CHECK(decoded<Text>("\"lo\" 00") == "lo");
    CHECK(decoded<Text>("\"lo\"") == "lo");
    CHECK(decoded<Text>("") == "");
}

TEST_CASE("TextList: a nest of equal attributes") {
    CHECK(encoded<TextList<53>>({"a", "bcd"}) == hex(R"(
        1400 0180
          0600 3500 "a" 00 0000
          0800 3500 "bcd" 00)"));
    CHECK(encoded<TextList<53>>({}) == hex("0400 0180"));
    CHECK(decoded<TextList<53>>(R"(0600 3500 "a" 00 0000 0800 3500 "bcd" 00)") ==
          std::vector<std::string>{"a", "bcd"});
    CHECK(decoded<TextList<53>>(R"(0500 3600 "x" 000000 0500 3500 "a")") ==
          std::vector<std::string>{"a"});
    CHECK_FALSE(decoded<TextList<53>>(R"(0600 3500 "a" 00 0000 ff00 3500)"));
    CHECK(decoded<TextList<53>>("") == std::vector<std::string>{});
}

TEST_CASE("Raw: the payload as it is") {
    CHECK(encoded<Raw>(bytes("0102 03")) == hex("0700 0100 010203 00"));
    CHECK(decoded<Raw>("0102 03") == bytes("010203"));
    CHECK(decoded<Raw>("") == ByteVector{});
}

TEST_CASE("Described: bytes in both directions") {
    Outer value;
    value.plain = 0x0102;
    value.nested = Inner{.number = 5, .name = "in"};
    value.always.number = 6;
    value.headed.emplace().name = "h";
    value.list = {"one"};
    const ByteVector dump = bytes(R"(
        0600 0a00 0201 0000          # plain
        1400 0b80                    # nested
          0800 0100 05000000         #   number
          0700 0200 "in" 00 00       #   name
        0c00 0e80                    # always
          0800 0100 06000000         #   number
        1800 0c00                    # headed, not a pure nest
          00000000 00000000 00000000 #   the header
          0600 0200 "h" 00 0000      #   name
        0c00 0d80                    # list
          0800 3500 "one" 00)");
    CHECK(hex(written(value)) == hex(dump));
    Outer back;
    CHECK(reads(dump, back));
    CHECK(back == value);
}

TEST_CASE("Described: what is not set is not written, and what is not there keeps its default") {
    CHECK(hex(written(Inner{})).empty());
    Outer value;
    value.plain = 9;
    CHECK(reads({}, value));
    CHECK(value.plain == 9);
    CHECK_FALSE(value.nested);
    CHECK(value.always == Inner{});
}

TEST_CASE("Described: unknown attributes are skipped") {
    Inner value;
    CHECK(reads(bytes(R"(
        0800 ff3f 01020304       # the highest number
        0800 0000 01020304       # the lowest
        0800 0300 01020304       # just above those described
        0800 0180 05000000)"),
                value));
    CHECK(value == Inner{.number = 5});
}

TEST_CASE("Described: the last of a repeated attribute wins") {
    SECTION("a value") {
        Inner value;
        CHECK(reads(bytes("0800 0100 05000000 0800 0100 06000000"), value));
        CHECK(value == Inner{.number = 6});
    }
    SECTION("a nest, as a whole: nothing remains of the first") {
        Outer value;
        CHECK(reads(bytes(R"(
            0c00 0b80 0800 0100 05000000
            0c00 0b80 0700 0200 "in" 00 00
            0c00 0e80 0800 0100 05000000
            0c00 0e80 0700 0200 "in" 00 00)"),
                    value));
        CHECK(value.nested == Inner{.name = "in"});
        CHECK(value.always == Inner{.name = "in"});
    }
    SECTION("a header with attributes") {
        Outer value;
        CHECK(reads(bytes(R"(
            1800 0c00 00000000 00000000 00000000 0800 0100 05000000
            1000 0c00 00000000 00000000 00000000)"),
                    value));
        CHECK(value.headed == Inner{});
    }
    SECTION("a list") {
        Outer value;
        CHECK(reads(bytes(R"(0c00 0d80 0800 3500 "one" 00 0c00 0d80 0800 3500 "two" 00)"), value));
        CHECK(value.list == std::vector<std::string>{"two"});
    }
}

TEST_CASE("Described: malformed bytes are reported, and what came before stands") {
    Inner value;
    CHECK_FALSE(reads(bytes("0800 0100 05000000 0600 0100 0102"), value));
    CHECK_FALSE(value.number);  // the last one wins, and it is none
    CHECK_FALSE(reads(bytes("0800 0100 05000000 ff"), value));
    CHECK(value.number == 5U);

    SECTION("a child that is longer than its parent") {
        Outer outer;
        CHECK_FALSE(reads(bytes("0600 0a00 0201 0000 0800 0b80 ffff 0100 0600 0a00 0301"), outer));
        CHECK(outer.plain == 0x0102);
        CHECK_FALSE(outer.nested);
    }
    SECTION("a header that is cut") {
        Outer outer;
        CHECK_FALSE(reads(bytes("0f00 0c00 00000000 00000000 000000"), outer));
        CHECK_FALSE(outer.headed);
        CHECK(reads(bytes("1000 0c00 00000000 00000000 00000000"), outer));
        CHECK(outer.headed == Inner{});
    }
}

TEST_CASE("Described: every type of the library survives writing and reading") {
    vethpp_test::for_each_described_type([]<class T>(const char* name, T) {
        CAPTURE(name);
        for (const T& value : {T{}, filled<T>()}) {
            const ByteVector once = written(value);
            T back{};
            CHECK(reads(once, back));
            CHECK(vethpp_test::same(value, back));
            CHECK(hex(written(back)) == hex(once));
        }
    });
}

TEST_CASE("Described: every size of buffer that is too small overflows") {
    vethpp_test::for_each_described_type([]<class T>(const char* name, T) {
        CAPTURE(name);
        const T value = filled<T>();
        const ByteVector whole = written(value);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            ByteVector buffer(size);
            Writer writer{buffer};
            write(writer, value);
            REQUIRE(writer.overflow());
        }
    });
}

TEST_CASE("name_at: the path to the attribute at an offset") {
    const std::string dump = R"(
        0600 0a00 0201 0000          #  0 plain
        1400 0b80                    #  8 nested
          0800 0100 05000000         # 12   number
          0700 0200 "in" 00 00       # 20   name
        1800 0c00                    # 28 headed
          00000000 00000000 00000000 # 32
          0800 0100 06000000         # 44   number
        0800 6300 01020304           # 52 a number that is not described
        0c00 0b80                    # 60 nested
          0800 0700 05000000         # 64   a number that is not described
        )";
    const std::size_t size = bytes(dump).size();
    CHECK(size == 72);
    struct Range {
        std::size_t from;
        const char* path;
    };
    const std::array ranges{Range{0, "plain"},
                            Range{6, "nested"},  // padding belongs to what follows
                            Range{12, "nested.number"},
                            Range{20, "nested.name"},
                            Range{27, "nested"},  // but not beyond the nest
                            Range{28, "headed"},
                            Range{44, "headed.number"},
                            Range{52, "99"},
                            Range{60, "nested"},
                            Range{64, "nested.7"},
                            Range{72, ""}};
    for (std::size_t i = 0; i + 1 < ranges.size(); ++i)
        for (std::size_t offset = ranges[i].from; offset < ranges[i + 1].from; ++offset) {
            CAPTURE(offset);
            CHECK(path_at(dump, offset) == ranges[i].path);
        }
    CHECK(path_at(dump, size).empty());
    CHECK(path_at(dump, 1000000).empty());
    CHECK(path_at("", 0).empty());
    CHECK(path_at("0600 0b", 0).empty());
}

TEST_CASE("Attribute: the name is a part of the description") {
    using A = Attribute<4, Scalar<std::uint32_t>, "mtu">;
    static_assert(A::id == 4 && A::name == "mtu");
    static_assert(Field<&Inner::number, A>::optional);
    static_assert(Described<Inner> && !Described<int> && !Described<Head> && Message<Whole> &&
                  !Message<Inner>);
    CHECK(A::name.size() == 3);
}
