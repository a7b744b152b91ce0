// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/net_in.hpp>
#include <vethpp/message/xfrm_algorithm.hpp>

#include <array>
#include <cstring>
#include <linux/xfrm.h>

namespace vethpp {

VETHPP_INLINE XfrmKey::XfrmKey(std::string_view text) {
    if (!text.starts_with("0x") && !text.starts_with("0X")) {
        for (const char c : text) bytes_.push_back(static_cast<std::byte>(c));
        return;
    }
    text.remove_prefix(2);
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    };
    valid_ = text.size() % 2 == 0;
    for (std::size_t i = 0; i + 1 < text.size() && valid_; i += 2) {
        const int high = digit(text[i]);
        const int low = digit(text[i + 1]);
        valid_ = high >= 0 && low >= 0;
        bytes_.push_back(static_cast<std::byte>(high * 16 + low));
    }
    if (!valid_) bytes_.clear();
}

VETHPP_INLINE std::string to_string(const XfrmAlgorithm& algorithm) {
    std::string out = algorithm.name + " <<Keys hidden>>";
    if (algorithm.bits) out += ' ' + std::to_string(*algorithm.bits);
    return out;
}

namespace message {

// The kernel's structs have flexible arrays, which C++ does not.
struct AlgorithmHead {
    std::array<char, 64> name{};
    std::uint32_t key_bits = 0;
};
static_assert(sizeof(AlgorithmHead) == sizeof(xfrm_algo));
static_assert(sizeof(AlgorithmHead) + 4 == sizeof(xfrm_algo_auth));
static_assert(sizeof(AlgorithmHead) + 4 == sizeof(xfrm_algo_aead));

VETHPP_INLINE void write_algorithm(wire::Writer& w,
                                   std::uint16_t id,
                                   const XfrmAlgorithm& v,
                                   bool with_bits) {
    constexpr std::size_t longest = 512;
    const auto& key = v.key.bytes();
    AlgorithmHead head;
    // None of them has the key in it.
    const char* const problem =
        !v.key.is_valid()                   ? "a key is 0x and pairs of hexadecimal digits, or text"
        : key.size() > longest              ? "a key has at most 512 bytes"
        : v.name.size() >= head.name.size() ? "the name of an algorithm has at most 63 bytes"
        : v.bits && !with_bits ? "the algorithm has no other length than that of its key"
                               : nullptr;
    if (problem != nullptr) return w.refuse(problem);
    std::memcpy(head.name.data(), v.name.data(), v.name.size());
    head.key_bits = static_cast<std::uint32_t>(key.size() * 8);
    const std::uint32_t bits = v.bits.value_or(0);
    std::array<std::byte, sizeof head + sizeof bits + longest> buffer{};
    std::size_t size = 0;
    const auto append = [&](const void* data, std::size_t n) {
        if (n != 0) std::memcpy(&buffer[size], data, n);
        size += n;
    };
    append(&head, sizeof head);
    if (with_bits) append(&bits, sizeof bits);
    append(key.data(), key.size());
    w.attribute(id, buffer.data(), size);
}

VETHPP_INLINE bool read_algorithm(wire::Bytes bytes, XfrmAlgorithm& v, bool with_bits) {
    AlgorithmHead head;
    std::uint32_t bits = 0;
    if (!wire::load(bytes, head)) return false;
    bytes = bytes.subspan(sizeof head);
    v.name = wire::text(std::as_bytes(std::span{head.name}));
    v.bits.reset();
    if (with_bits) {
        if (!wire::load(bytes, bits)) return false;
        bytes = bytes.subspan(sizeof bits);
        v.bits = bits;
    }
    const std::size_t length = head.key_bits / 8 + (head.key_bits % 8 != 0 ? 1 : 0);
    if (length > bytes.size()) return false;
    bytes = bytes.first(length);
    v.key = std::vector<std::byte>{bytes.begin(), bytes.end()};
    return true;
}

}  // namespace message
}  // namespace vethpp
