// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/rule.hpp>
#include <vethpp/netns/ref.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace vethpp {

/// The rules of a namespace by which a packet finds its table of routes (ip-rule(8), rtnetlink(7)).
///
///     vethpp::Rules{router}.add({.from = "10.0.0.0/24", .table = 100});
///
/// **Blocking.** Each call is one request, but list() and flush(), which are more. **Errors.** An
/// Error names the rule and the namespace; changing needs CAP_NET_ADMIN there.
class Rules {
public:
    explicit Rules(NetnsRef netns) noexcept;

    /// Fails with EEXIST if there is such a rule. A table that has no routes is no mistake: the
    /// next rule is asked then.
    void add(const Rule& rule, OnError on_error = {}) const;
    /// Removes the first that agrees with all that is given; ENOENT if there is none.
    void remove(const Rule& rule, OnError on_error = {}) const;
    /// In the order in which they are asked; IPv4 first, or of one family only.
    [[nodiscard]] std::vector<Rule> list(std::optional<Family> family = {},
                                         OnError on_error = {}) const;
    [[nodiscard]] std::vector<Rule> list(ErrorCode auto& ec) const { return list({}, ec); }
    /// Removes all but the kernel's own ("local", "main", "default" and that of VRFs), and says how
    /// many.
    std::size_t flush(std::optional<Family> family = {}, OnError on_error = {}) const;
    std::size_t flush(ErrorCode auto& ec) const { return flush({}, ec); }

private:
    void change(
        const char* operation, std::uint16_t type, int flags, Rule rule, OnError on_error) const;

    NetnsRef netns_;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/rules.ipp>
#endif
