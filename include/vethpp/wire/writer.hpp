// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <linux/netlink.h>
#include <span>
#include <string_view>
#include <type_traits>

namespace vethpp::wire {

using Bytes = std::span<const std::byte>;

/// Rounds a length up to netlink's alignment of 4 bytes (NLMSG_ALIGN, NLA_ALIGN).
[[nodiscard]] constexpr std::size_t align(std::size_t n) noexcept {
    return (n + 3) & ~std::size_t{3};
}

/// The longest payload that an attribute can carry: nla_len is 16 bits wide and counts its header.
inline constexpr std::size_t max_attribute_payload =
    std::numeric_limits<std::uint16_t>::max() - sizeof(nlattr);

/// Appends netlink messages and attributes to a buffer that it does not own.
///
/// The first thing that does not fit sets overflow(); everything after that is a no-op, so callers
/// check once, at the end. A nest or an attribute of more than 65,531 bytes is an overflow as well:
/// its 16-bit length never wraps. A value that its attribute cannot say is a refusal, and never
/// another value. Values are written in host byte order unless a codec says otherwise.
class Writer {
public:
    explicit Writer(std::span<std::byte> buffer) noexcept : buffer_{buffer} {}

    [[nodiscard]] Bytes written() const noexcept { return buffer_.first(size_); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool overflow() const noexcept { return overflow_; }

    /// Appends the bytes and zeroes up to the next multiple of 4.
    void bytes(const void* data, std::size_t n) noexcept {
        if (overflow_ || n > room() || align(n) > room()) {
            overflow_ = true;
            return;
        }
        if (n != 0) std::memcpy(buffer_.data() + size_, data, n);
        if (align(n) != n) std::memset(buffer_.data() + size_ + n, 0, align(n) - n);
        size_ += align(n);
    }

    template <class Pod>
    requires std::is_trivially_copyable_v<Pod>
    void pod(const Pod& value) noexcept { bytes(&value, sizeof value); }

    void attribute(std::uint16_t type, const void* data, std::size_t n) noexcept {
        // Both parts or neither: a header without its payload must never become visible.
        if (overflow_ || n > max_attribute_payload || sizeof(nlattr) + align(n) > room()) {
            overflow_ = true;
            return;
        }
        pod(nlattr{static_cast<std::uint16_t>(sizeof(nlattr) + n), type});
        bytes(data, n);
    }

    /// Text with the NUL that ends it.
    void attribute(std::uint16_t type, std::string_view text) noexcept {
        if (overflow_ || text.size() >= max_attribute_payload ||
            sizeof(nlattr) + align(text.size() + 1) > room()) {
            overflow_ = true;
            return;
        }
        pod(nlattr{static_cast<std::uint16_t>(sizeof(nlattr) + text.size() + 1), type});
        std::memset(buffer_.data() + size_, 0, align(text.size() + 1));
        if (!text.empty()) std::memcpy(buffer_.data() + size_, text.data(), text.size());
        size_ += align(text.size() + 1);
    }

    /// Notes that the attribute that is written next cannot say its value: whoever sends the
    /// message asks refusal() first. Of several, the first counts. `why` is a literal.
    void refuse(std::string_view why) noexcept {
        if (!refusal_.empty()) return;
        refusal_ = why;
        refused_at_ = size_;
    }
    [[nodiscard]] std::string_view refusal() const noexcept { return refusal_; }
    /// Where that attribute begins.
    [[nodiscard]] std::size_t refused_at() const noexcept { return refused_at_; }

    using Body = detail::FunctionRef<void(Writer&)>;

    /// Writes an attribute that carries attributes, marked NLA_F_NESTED.
    void nest(std::uint16_t type, Body body) {
        enclose(static_cast<std::uint16_t>(type | NLA_F_NESTED), body);
    }

    /// Runs body between an attribute header and the length that closes it.
    void enclose(std::uint16_t type, Body body) {
        const std::size_t start = size_;
        pod(nlattr{0, type});
        body(*this);
        if (overflow_) return;
        const std::size_t length = size_ - start;
        if (length - sizeof(nlattr) > max_attribute_payload) {
            overflow_ = true;
            return;
        }
        const auto narrow = static_cast<std::uint16_t>(length);
        std::memcpy(buffer_.data() + start, &narrow, sizeof narrow);
    }

    /// Runs body between a message header and the length that closes it.
    void message(std::uint16_t type, std::uint16_t flags, std::uint32_t sequence, Body body) {
        const std::size_t start = size_;
        pod(nlmsghdr{0, type, flags, sequence, 0});
        body(*this);
        if (overflow_) return;
        const auto length = static_cast<std::uint32_t>(size_ - start);
        std::memcpy(buffer_.data() + start, &length, sizeof length);
    }

private:
    [[nodiscard]] std::size_t room() const noexcept { return buffer_.size() - size_; }

    std::span<std::byte> buffer_;
    std::size_t size_ = 0;
    bool overflow_ = false;
    std::string_view refusal_{};
    std::size_t refused_at_ = 0;
};

}  // namespace vethpp::wire
