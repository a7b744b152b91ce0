// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/print.hpp>

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace vethpp {

/// The link that an entry of a table is about: its index, and its name where that is known.
/// Converts from a Link, whose namespace is then checked, and from an index.
class LinkIndex {
public:
    LinkIndex() noexcept = default;
    // NOLINTBEGIN(google-explicit-constructor): entries are written as `.link = pair.first()`
    template <std::integral Integer>
    LinkIndex(Integer index) noexcept
        : index_{std::in_range<std::uint32_t>(index) ? static_cast<std::uint32_t>(index) : 0} {}
    template <class Link>
    requires requires(const Link& link) {
        link.index();
        link.name();
        link.netns().state();
    }
    LinkIndex(const Link& link)
        : index_{link.index()}, name_{link.name()}, netns_{link.netns().state()} {}
    /// For who writes a name: the compiler then says what is expected, instead of only that nothing
    /// fits.
    template <class Text>
    requires std::convertible_to<const Text&, std::string_view> LinkIndex(const Text&) {
        static_assert(sizeof(Text) == 0,
                      "a link (.link) is a Link or an index, and no text: netns.link(\"name\")");
    }
    // NOLINTEND(google-explicit-constructor)

    /// 0 for that of a Link that refers to nothing.
    [[nodiscard]] std::uint32_t index() const noexcept { return index_; }
    /// Empty where it is not known.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    void set_name(std::string name) noexcept { name_ = std::move(name); }
    /// "eth0", or "if3", as ip(8) says it, where the name is not known.
    [[nodiscard]] std::string to_string() const {
        return name_.empty() ? "if" + std::to_string(index_) : name_;
    }
    /// For this library's own use: the state of the Link's namespace; null for an index.
    [[nodiscard]] const std::shared_ptr<const void>& netns() const noexcept { return netns_; }

    /// Whether it is the same index.
    friend bool operator==(const LinkIndex& a, const LinkIndex& b) noexcept {
        return a.index_ == b.index_;
    }

private:
    std::uint32_t index_ = 0;
    std::string name_{};
    std::shared_ptr<const void> netns_{};
};

}  // namespace vethpp
