// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/link_summary.hpp>
#include <vethpp/netlink/session.hpp>

#include <cstdint>
#include <linux/rtnetlink.h>
#include <optional>
#include <string_view>
#include <vector>

// What there is of links; what is made of them is in links.hpp.
namespace vethpp::netlink {

/// The header of a link message that changes flags; the bits outside mask stay as they are.
[[nodiscard]] ifinfomsg link_header(std::uint32_t index,
                                    std::uint32_t flags = 0,
                                    std::uint32_t mask = 0) noexcept;

/// Which link is meant: by index, or by its name or one of its alternative names.
struct LinkQuery {
    std::uint32_t index = 0;
    std::string_view name{};
    std::optional<std::int32_t> target_netnsid{};  ///< in another namespace that this one knows
};

[[nodiscard]] LinkState get_link(Session& session, const LinkQuery& query, Failure& failure);
[[nodiscard]] message::LinkSummary look_up(Session& session,
                                           const LinkQuery& query,
                                           Failure& failure);
/// The index alone, for which it needs no memory: what has just been changed must be found.
[[nodiscard]] std::uint32_t find_index(Session& session, const LinkQuery& query, Failure& failure);
/// Whether the link of that index has this name and is in this group; it needs no memory, since it
/// decides what a destructor removes.
[[nodiscard]] bool is_known_as(Session& session,
                               std::uint32_t index,
                               std::string_view name,
                               std::uint32_t group,
                               Failure& failure);
/// Whether the link of that index is in this group, without Session::Prelude and without memory.
[[nodiscard]] bool is_in_group(Session& session,
                               std::uint32_t index,
                               std::uint32_t group,
                               Failure& failure);
/// Whether the link of that index is of this kind; it needs no memory.
[[nodiscard]] bool has_kind(Session& session,
                            std::uint32_t index,
                            std::string_view kind,
                            Failure& failure);
/// ENODEV if it is not there.
void check_exists(Session& session, const LinkQuery& query, Failure& failure);
/// Whether it is there; false where that cannot be told, which is a failure.
[[nodiscard]] bool exists(Session& session, const LinkQuery& query, Failure& failure);

/// All links of the session's namespace, in the state that they are in: where the kernel's list is
/// late, the link is asked for by itself.
[[nodiscard]] std::vector<LinkState> list_links(Session& session, Failure& failure);
/// The same in short. A list that changes while it is read is not read again: dump_interrupted.
[[nodiscard]] std::vector<message::LinkSummary> summarize_links(Session& session, Failure& failure);

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/link_queries.ipp>
#endif
