// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/wire/writer.hpp>

#include <iterator>
#include <optional>
#include <string_view>

namespace vethpp::wire {

/// Copies a value out of the front of the bytes; longer input is accepted, because kernel structs
/// grow.
template <class Pod>
requires std::is_trivially_copyable_v<Pod>
[[nodiscard]] std::optional<Pod> load(Bytes bytes) noexcept {
    if (bytes.size() < sizeof(Pod)) return std::nullopt;
    Pod value;
    std::memcpy(&value, bytes.data(), sizeof value);
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

namespace detail {

struct AttributeFormat {
    using Item = RawAttribute;
    [[nodiscard]] static std::optional<Item> next(Bytes& rest) noexcept {
        const auto header = load<nlattr>(rest);
        if (!header || header->nla_len < sizeof(nlattr) || header->nla_len > rest.size()) return {};
        const Bytes payload = rest.subspan(sizeof(nlattr), header->nla_len - sizeof(nlattr));
        rest = after(rest, align(header->nla_len));
        return Item{static_cast<std::uint16_t>(header->nla_type & NLA_TYPE_MASK), payload};
    }
};

struct MessageFormat {
    using Item = RawMessage;
    [[nodiscard]] static std::optional<Item> next(Bytes& rest) noexcept {
        const auto header = load<nlmsghdr>(rest);
        if (!header || header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > rest.size())
            return {};
        const Bytes payload = rest.subspan(sizeof(nlmsghdr), header->nlmsg_len - sizeof(nlmsghdr));
        rest = after(rest, align(header->nlmsg_len));
        return Item{*header, payload};
    }
};

}  // namespace detail

/// An input range over length-prefixed items. A malformed item ends the range and sets malformed();
/// the items before it have been delivered.
template <class Format>
class Sequence {
public:
    class iterator {
    public:
        using value_type = typename Format::Item;
        using difference_type = std::ptrdiff_t;
        iterator() = default;
        explicit iterator(Sequence& owner) noexcept : owner_{&owner}, current_{owner.next()} {}
        const value_type& operator*() const noexcept { return *current_; }
        iterator& operator++() noexcept {
            current_ = owner_->next();
            return *this;
        }
        void operator++(int) noexcept { ++*this; }
        friend bool operator==(const iterator& it, std::default_sentinel_t) noexcept {
            return !it.current_;
        }

    private:
        Sequence* owner_ = nullptr;
        std::optional<value_type> current_;
    };

    explicit Sequence(Bytes payload) noexcept : rest_{payload} {}

    [[nodiscard]] bool malformed() const noexcept { return malformed_; }
    [[nodiscard]] iterator begin() noexcept { return iterator{*this}; }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

private:
    [[nodiscard]] std::optional<typename Format::Item> next() noexcept {
        if (rest_.empty()) return std::nullopt;
        auto item = Format::next(rest_);
        if (!item) {
            malformed_ = true;
            rest_ = {};
        }
        return item;
    }

    Bytes rest_;
    bool malformed_ = false;
};

/// The attributes in a payload.
using Attributes = Sequence<detail::AttributeFormat>;
/// The messages in a datagram.
using Messages = Sequence<detail::MessageFormat>;

static_assert(std::input_iterator<Attributes::iterator>);

}  // namespace vethpp::wire
