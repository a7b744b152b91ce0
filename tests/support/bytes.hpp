// SPDX-License-Identifier: BSL-1.0
// Bytes as tests write them: an annotated dump. The dumps of netlink messages are those of a
// little-endian machine.
#pragma once

#include "catch.hpp"
#include <vethpp/wire/description.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp_test {

static_assert(std::endian::native == std::endian::little, "the dumps in the tests are");

using ByteVector = std::vector<std::byte>;

inline int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/// The bytes of a dump: pairs of lower-case hexadecimal digits, "text" between quotes, and comments
/// from '#' to the end of the line.
inline ByteVector bytes(std::string_view dump) {
    ByteVector out;
    for (std::size_t i = 0; i < dump.size(); ++i) {
        const char c = dump[i];
        if (c == ' ' || c == '\n') continue;
        if (c == '#') {
            i = std::min(dump.find('\n', i), dump.size());
        } else if (c == '"') {
            const std::size_t end = dump.find('"', i + 1);
            for (const char t : dump.substr(i + 1, end - i - 1))
                out.push_back(static_cast<std::byte>(t));
            i = end;
        } else {
            const int high = hex_digit(c);
            const int low = i + 1 < dump.size() ? hex_digit(dump[i + 1]) : -1;
            if (high < 0 || low < 0)
                throw std::invalid_argument{"not a dump: " + std::string{dump}};
            out.push_back(static_cast<std::byte>(high * 16 + low));
            ++i;
        }
    }
    return out;
}

/// Groups of four bytes, five to a row: two equal strings are equal bytes, and where they differ
/// can be read.
inline std::string hex(vethpp::wire::Bytes data) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < data.size(); ++i) {
        if (i != 0 && i % 4 == 0) out += i % 20 == 0 ? '\n' : ' ';
        out += digits[std::to_integer<std::size_t>(data[i] >> 4)];
        out += digits[std::to_integer<std::size_t>(data[i] & std::byte{15})];
    }
    return out;
}
inline std::string hex(std::string_view dump) { return hex(bytes(dump)); }

/// What a described value becomes on the wire.
template <class T>
ByteVector written(const T& value) {
    ByteVector buffer(65536);
    vethpp::wire::Writer writer{buffer};
    vethpp::wire::write(writer, value);
    REQUIRE_FALSE(writer.overflow());
    buffer.resize(writer.size());
    return buffer;
}

/// Reads a described value; the payload is copied to the heap, exactly as long as it is, so that
/// the address sanitizer sees every byte that is read beyond it.
template <class T>
bool reads(vethpp::wire::Bytes payload, T& value) {
    const ByteVector copy(payload.begin(), payload.end());
    return vethpp::wire::read(vethpp::wire::Bytes{copy}, value);
}

/// A copy on the heap without spare capacity, for the same reason.
/// What stands after the header of a message.
inline ByteVector payload_of(const ByteVector& message) {
    return {message.begin() + sizeof(nlmsghdr), message.end()};
}
inline ByteVector payload_of(std::string_view dump) { return payload_of(bytes(dump)); }

inline ByteVector copy(vethpp::wire::Bytes data) { return {data.begin(), data.end()}; }

}  // namespace vethpp_test
