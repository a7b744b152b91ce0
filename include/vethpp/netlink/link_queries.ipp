// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netlink/list.hpp>

#include <cstddef>
#include <memory>
#include <sys/socket.h>
#include <utility>

namespace vethpp::netlink {

VETHPP_INLINE ifinfomsg link_header(std::uint32_t index,
                                    std::uint32_t flags,
                                    std::uint32_t mask) noexcept {
    ifinfomsg header{};
    header.ifi_family = AF_UNSPEC;
    header.ifi_index = static_cast<int>(index);
    header.ifi_flags = flags;
    header.ifi_change = mask;
    return header;
}

// A question that is answered by one link.
inline constexpr RequestType get_type{.type = RTM_GETLINK, .names = &message::link_request_names};

// Asks for one link; read() takes the answer, false if it is malformed.
inline void ask_for_link(Session& session,
                         const LinkQuery& query,
                         detail::FunctionRef<bool(wire::Bytes)> read,
                         bool statistics,
                         Failure& failure,
                         bool has_prelude = true) {
    RequestType type = get_type;
    type.has_prelude = has_prelude;
    bool good = false;
    const auto ask = [&](wire::Writer& w) {
        constexpr std::size_t longest = 15;  // IFNAMSIZ - 1; a longer one is an alternative name
        w.pod(link_header(query.index));
        if (query.index == 0)
            w.attribute(query.name.size() <= longest ? IFLA_IFNAME : IFLA_ALT_IFNAME, query.name);
        if (!statistics) message::ifla::ext_mask::put(w, RTEXT_FILTER_SKIP_STATS);
        message::ifla::target_netnsid::put(w, query.target_netnsid);
    };
    const auto take = [&](const wire::RawMessage& m) {
        if (m.header.nlmsg_type == RTM_NEWLINK) good = read(m.payload);
    };
    session.request(type, ask, take, failure);
    if (!good) failure.fail(errc::malformed_reply);
}

VETHPP_INLINE LinkState get_link(Session& session, const LinkQuery& query, Failure& failure) {
    LinkState state;
    const auto read = [&](wire::Bytes payload) { return wire::read_message(payload, state); };
    ask_for_link(session, query, read, true, failure);
    return state;
}

VETHPP_INLINE message::LinkSummary look_up(Session& session,
                                           const LinkQuery& query,
                                           Failure& failure) {
    message::LinkSummary summary;
    const auto read = [&](wire::Bytes payload) { return wire::read_message(payload, summary); };
    ask_for_link(session, query, read, false, failure);
    return summary;
}

VETHPP_INLINE std::uint32_t find_index(Session& session, const LinkQuery& query, Failure& failure) {
    ifinfomsg header{};
    const auto read = [&](wire::Bytes payload) { return wire::load(payload, header); };
    ask_for_link(session, query, read, false, failure);
    return static_cast<std::uint32_t>(header.ifi_index);
}

VETHPP_INLINE bool is_known_as(Session& session,
                               std::uint32_t index,
                               std::string_view name,
                               std::uint32_t group,
                               Failure& failure) {
    bool same_name = false;
    bool same_group = false;
    const auto read = [&](wire::Bytes payload) {
        wire::Attributes list{wire::after(payload, wire::align(sizeof(ifinfomsg)))};
        for (const wire::RawAttribute& one : list) {
            if (one.type == IFLA_IFNAME) same_name = wire::text(one.payload) == name;
            std::uint32_t its_group = 0;
            if (one.type == IFLA_GROUP)
                same_group = wire::load(one.payload, its_group) && its_group == group;
        }
        return !list.malformed();
    };
    ask_for_link(session, {.index = index}, read, false, failure);
    return !failure && same_name && same_group;
}

VETHPP_INLINE bool is_in_group(Session& session,
                               std::uint32_t index,
                               std::uint32_t group,
                               Failure& failure) {
    bool same = false;
    const auto read = [&](wire::Bytes payload) {
        wire::Attributes list{wire::after(payload, wire::align(sizeof(ifinfomsg)))};
        for (const wire::RawAttribute& one : list)
            if (one.type == IFLA_GROUP) same = wire::load<std::uint32_t>(one.payload) == group;
        return !list.malformed();
    };
    ask_for_link(session, {.index = index}, read, false, failure, false);
    return !failure && same;
}

VETHPP_INLINE bool has_kind(Session& session,
                            std::uint32_t index,
                            std::string_view kind,
                            Failure& failure) {
    bool same = false;
    const auto read = [&](wire::Bytes payload) {
        wire::Attributes list{wire::after(payload, wire::align(sizeof(ifinfomsg)))};
        for (const wire::RawAttribute& one : list) {
            if (one.type != IFLA_LINKINFO) continue;
            wire::Attributes info{one.payload};
            for (const wire::RawAttribute& inner : info)
                if (inner.type == IFLA_INFO_KIND) same = wire::text(inner.payload) == kind;
        }
        return !list.malformed();
    };
    ask_for_link(session, {.index = index}, read, false, failure);
    return !failure && same;
}

VETHPP_INLINE void check_exists(Session& session, const LinkQuery& query, Failure& failure) {
    const auto any = [](wire::Bytes) { return true; };
    ask_for_link(session, query, any, false, failure);
}

VETHPP_INLINE bool exists(Session& session, const LinkQuery& query, Failure& failure) {
    if (failure) return false;
    Failure answer;
    check_exists(session, query, answer);
    if (answer.code != boost::system::errc::no_such_device) failure.take(Failure{answer});
    return !answer;
}

// A link to be asked for again, and what takes the answer; false if it is malformed.
struct Late {
    std::uint32_t index = 0;
    void* link = nullptr;
};

// Asks for links, all at once. take() gets nothing for a link that is gone, and says whether it
// can read what it gets.
inline void ask_again(Session& session,
                      bool statistics,
                      std::span<const Late> late,
                      detail::FunctionRef<bool(void*, wire::Bytes)> take,
                      Failure& failure) {
    bool good = true;
    Failure each;
    session.batch(
        late.size(),
        [](std::size_t) -> const RequestType& { return get_type; },
        [&](wire::Writer& w, std::size_t i) {
            w.pod(link_header(late[i].index));
            if (!statistics) message::ifla::ext_mask::put(w, RTEXT_FILTER_SKIP_STATS);
        },
        [&](std::size_t i, const wire::RawMessage& message) {
            if (message.header.nlmsg_type == RTM_NEWLINK)
                good = take(late[i].link, message.payload) && good;
        },
        [&](std::size_t i, const Failure& one) {
            if (one.code == boost::system::errc::no_such_device)
                (void)take(late[i].link, {});
            else
                failure.take(Failure{one});
        },
        each);
    if (!good) failure.fail(errc::malformed_reply);
}

// Since Linux 6.8 the question for one link makes the kernel draw level with the carrier first, a
// list does not. Before that the answer is as late as the list.
template <class State>
void draw_level(Session& session, bool statistics, std::vector<State>& links, Failure& failure) {
    constexpr std::uint32_t gone = 0;  // no link has this index
    std::size_t count = 0;
    for (const State& link : links)
        if (message::state_lags(link)) ++count;
    if (failure || count == 0) return;
    const auto late = std::make_unique<Late[]>(count);
    std::size_t filled = 0;
    for (State& link : links)
        if (message::state_lags(link)) late[filled++] = {link.index, &link};
    const auto take = [&](void* link, wire::Bytes payload) {
        State& state = *static_cast<State*>(link);
        state = {};
        return payload.empty() || wire::read_message(payload, state);
    };
    ask_again(session, statistics, {late.get(), count}, take, failure);
    std::size_t kept = 0;
    for (State& link : links) {
        if (link.index == gone) continue;
        if (&links[kept] != &link) links[kept] = std::move(link);
        ++kept;
    }
    while (links.size() > kept) links.pop_back();
    if (failure) links.clear();
}

VETHPP_INLINE std::vector<LinkState> list_links(Session& session, Failure& failure) {
    const auto all = [](wire::Writer& w) { w.pod(link_header(0)); };
    auto links = list<LinkState>(session, {{.type = RTM_GETLINK}, all, RTM_NEWLINK}, failure);
    draw_level(session, true, links, failure);
    return links;
}

VETHPP_INLINE std::vector<message::LinkSummary> summarize_links(Session& session,
                                                                Failure& failure) {
    const auto all = [](wire::Writer& w) {
        w.pod(link_header(0));
        message::ifla::ext_mask::put(w, RTEXT_FILTER_SKIP_STATS);
    };
    // Twice: the first part may not fit into the buffer before that has grown.
    auto links =
        list<message::LinkSummary>(session, {{.type = RTM_GETLINK}, all, RTM_NEWLINK, 2}, failure);
    draw_level(session, false, links, failure);
    return links;
}

}  // namespace vethpp::netlink
