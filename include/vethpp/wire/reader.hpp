// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/wire/writer.hpp>

#include <iterator>
#include <optional>
#include <string_view>

namespace vethpp::wire {

/// Copies a value out of the front of the bytes; longer input is accepted, because kernel structs
/// grow. False, and nothing copied, if there are too few.
template <class Pod>
requires std::is_trivially_copyable_v<Pod>
[[nodiscard]] bool load(Bytes bytes, Pod& value) noexcept {
    if (bytes.size() < sizeof(Pod)) return false;
    std::memcpy(&value, bytes.data(), sizeof value);
    return true;
}
template <class Pod>
requires std::is_trivially_copyable_v<Pod>
[[nodiscard]] std::optional<Pod> load(Bytes bytes) noexcept {
    Pod value;
    if (!load(bytes, value)) return std::nullopt;
    return value;
}

/// The characters up to the first NUL, or all of them: the kernel does not always send the NUL.
[[nodiscard]] inline std::string_view text(Bytes bytes) noexcept {
    const std::string_view all{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    return all.substr(0, all.find('\0'));
}

/// What follows the first n bytes; empty when there is nothing, which is how unpadded tails end.
[[nodiscard]] constexpr Bytes after(Bytes bytes, std::size_t n) noexcept {
    return n < bytes.size() ? bytes.subspan(n) : Bytes{};
}

struct RawAttribute {
    std::uint16_t type = 0;  // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
    Bytes payload{};
};

struct RawMessage {
    nlmsghdr header{};
    Bytes payload{};
};

/// Takes the first attribute off the front; false if there is none, or if its length is not that of
/// one.
[[nodiscard]] inline bool next(Bytes& rest, RawAttribute& item) noexcept {
    nlattr header{};
    if (!load(rest, header) || header.nla_len < sizeof header || header.nla_len > rest.size())
        return false;
    item = {static_cast<std::uint16_t>(header.nla_type & NLA_TYPE_MASK),
            rest.subspan(sizeof header, header.nla_len - sizeof header)};
    rest = after(rest, align(header.nla_len));
    return true;
}

/// The same for a message.
[[nodiscard]] inline bool next(Bytes& rest, RawMessage& item) noexcept {
    if (!load(rest, item.header) || item.header.nlmsg_len < sizeof item.header ||
        item.header.nlmsg_len > rest.size())
        return false;
    item.payload = rest.subspan(sizeof item.header, item.header.nlmsg_len - sizeof item.header);
    rest = after(rest, align(item.header.nlmsg_len));
    return true;
}

/// An input range over length-prefixed items. A malformed item ends the range and sets malformed();
/// the items before it have been delivered.
template <class Item>
class Sequence {
public:
    class iterator {
    public:
        using value_type = Item;
        using difference_type = std::ptrdiff_t;
        iterator() = default;
        explicit iterator(Sequence& owner) noexcept : owner_{&owner} { ++*this; }
        const Item& operator*() const noexcept { return owner_->current_; }
        iterator& operator++() noexcept {
            if (!owner_->advance()) owner_ = nullptr;
            return *this;
        }
        void operator++(int) noexcept { ++*this; }
        friend bool operator==(const iterator& it, std::default_sentinel_t) noexcept {
            return it.owner_ == nullptr;
        }

    private:
        Sequence* owner_ = nullptr;
    };

    explicit Sequence(Bytes payload) noexcept : rest_{payload} {}

    [[nodiscard]] bool malformed() const noexcept { return malformed_; }
    [[nodiscard]] iterator begin() noexcept { return iterator{*this}; }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

private:
    [[nodiscard]] bool advance() noexcept {
        if (rest_.empty()) return false;
        if (next(rest_, current_)) return true;
        malformed_ = true;
        rest_ = {};
        return false;
    }

    Bytes rest_;
    Item current_{};
    bool malformed_ = false;
};

/// The attributes in a payload.
using Attributes = Sequence<RawAttribute>;
/// The messages in a datagram.
using Messages = Sequence<RawMessage>;

static_assert(std::input_iterator<Attributes::iterator>);

}  // namespace vethpp::wire
