// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/link.hpp>
#include <vethpp/netlink/session.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp::netlink {

/// What the kernel says of a link that was just made.
struct CreatedLink {
    std::uint32_t index = 0;
    std::uint32_t link = 0;  ///< the other end of a pair, in its own namespace
    bool sent = false;       ///< the request left the process: something may exist even on failure
};

namespace detail {

struct CreatedAttributes {
    std::optional<std::uint32_t> link{};
    static constexpr auto fields() {
        return wire::Fields<wire::Field<&CreatedAttributes::link, message::ifla::link>>{};
    }
};

inline void read_created(const wire::RawMessage& message, CreatedLink& created) {
    const auto header = wire::load<ifinfomsg>(message.payload);
    CreatedAttributes attributes;
    if (message.header.nlmsg_type != RTM_NEWLINK || !header ||
        !wire::read(wire::after(message.payload, wire::align(sizeof(ifinfomsg))), attributes))
        return;
    created.index = static_cast<std::uint32_t>(header->ifi_index);
    created.link = attributes.link.value_or(0);
}

inline void ask_by_name(wire::Writer& w, const std::string& name) {
    w.pod(message::link_header(0));
    wire::write(w, message::LinkAttributes{.name = name, .ext_mask = RTEXT_FILTER_SKIP_STATS});
}

}  // namespace detail

/// Creates a link in the session's namespace; it must have a name. Fails with EEXIST if the name is
/// taken, and then changes nothing.
template <wire::Described Data>
CreatedLink create_link(Session& session,
                        const ifinfomsg& header,
                        const message::LinkAttributes& attributes,
                        std::string_view kind,
                        const std::optional<Data>& data,
                        Failure& failure) {
    static constexpr RequestType get{.type = RTM_GETLINK};
    const RequestType create{.type = RTM_NEWLINK,
                             .flags = NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO,
                             .name_attribute = &message::link_attribute_at<Data>};
    CreatedLink created;
    const auto write = [&](wire::Writer& w) {
        w.pod(header);
        wire::write(w, attributes);
        wire::write(w,
                    message::LinkInfoRequest<Data>{
                        message::KindData<Data>{.kind = std::string{kind}, .data = data}});
    };
    const auto ask = [&](wire::Writer& w) { netlink::detail::ask_by_name(w, *attributes.name); };
    const auto object = [&](const wire::RawMessage& m) {
        netlink::detail::read_created(m, created);
    };
    // A success that does not say what was made: without its index, nothing can be done with it.
    const auto finish = [&] {
        if (!failure && created.index == 0) failure.fail(errc::malformed_reply);
        if (failure) created.index = 0;
    };

    if (session.expects_echo()) {
        // The echo comes before the answer, also before a refusal: the index counts only after it.
        created.sent = session.request(create, write, object, failure);
        if (failure) created.index = 0;
        if (failure || created.index != 0) return created;
        session.expect_echo(false);
        session.request(get, ask, object, failure);
        finish();
        return created;
    }
    // Without an echo, ask in the same send; if the first is refused, the second answers for a link
    // of somebody else.
    session.batch(
        2,
        [&](std::size_t i) -> const RequestType& { return i == 0 ? create : get; },
        [&](wire::Writer& w, std::size_t i) { i == 0 ? write(w) : ask(w); },
        [&](std::size_t, const wire::RawMessage& m) { object(m); },
        [&](std::size_t, Failure&& f) {
            if (failure) return;  // they come in order, and the first is the reason
            f.context.operation = std::move(failure.context.operation);
            failure = std::move(f);
        });
    created.sent = failure.code != errc::used_after_fork && failure.code != errc::request_too_large;
    finish();
    return created;
}

/// Changes attributes and flags of a link in one message. The kernel applies them one after another
/// and keeps what it had done when one is refused, so callers send one group at a time.
inline void set_link(Session& session,
                     std::uint32_t index,
                     const message::LinkAttributes& attributes,
                     std::uint32_t flags,
                     std::uint32_t mask,
                     Failure& failure) {
    static constexpr RequestType type{.type = RTM_SETLINK,
                                      .name_attribute = &message::link_attribute_at<>};
    session.request(
        type,
        [&](wire::Writer& w) {
            w.pod(message::link_header(index, flags, mask));
            wire::write(w, attributes);
        },
        failure);
}

/// Changes the data of the link's kind, or what it is as a port.
template <wire::Described Data>
void set_link_data(Session& session,
                   std::uint32_t index,
                   const message::KindData<Data>& data,
                   Failure& failure) {
    static constexpr RequestType type{.type = RTM_NEWLINK,
                                      .name_attribute = &message::link_attribute_at<Data>};
    session.request(
        type,
        [&](wire::Writer& w) {
            w.pod(message::link_header(index));
            wire::write(w, message::LinkInfoRequest<Data>{data});
        },
        failure);
}

/// Adds (RTM_NEWLINKPROP) or removes (RTM_DELLINKPROP) alternative names.
inline void change_alternative_names(Session& session,
                                     std::uint16_t message_type,
                                     std::uint32_t index,
                                     const std::vector<std::string>& names,
                                     Failure& failure) {
    const auto flags =
        static_cast<std::uint16_t>(message_type == RTM_NEWLINKPROP ? NLM_F_CREATE | NLM_F_EXCL : 0);
    const RequestType type{
        .type = message_type, .flags = flags, .name_attribute = &message::link_attribute_at<>};
    session.request(
        type,
        [&](wire::Writer& w) {
            w.pod(message::link_header(index));
            wire::write(w, message::LinkAttributes{.alternative_names = names});
        },
        failure);
}

/// Deletes one link; about 16 ms, a grace period of the kernel.
inline void delete_link(Session& session, std::uint32_t index, Failure& failure) {
    static constexpr RequestType type{.type = RTM_DELLINK};
    session.request(
        type, [&](wire::Writer& w) { w.pod(message::link_header(index)); }, failure);
}

/// Deletes all links of a group in one message, for little more than the price of one; ENODEV if
/// the group is empty.
inline void delete_group(Session& session, std::uint32_t group, Failure& failure) {
    static constexpr RequestType type{.type = RTM_DELLINK};
    session.request(
        type,
        [&](wire::Writer& w) {
            w.pod(message::link_header(0));
            wire::write(w, message::LinkAttributes{.group = group});
        },
        failure);
}

/// Which link is meant: by index, or by its name or one of its alternative names.
struct LinkQuery {
    std::uint32_t index = 0;
    std::string name{};
    std::optional<std::int32_t> target_netnsid{};  ///< in another namespace that this one knows
};

inline LinkState get_link(Session& session, const LinkQuery& query, Failure& failure) {
    static constexpr RequestType type{.type = RTM_GETLINK,
                                      .name_attribute = &message::link_attribute_at<>};
    LinkState state;
    bool good = false;
    session.request(
        type,
        [&](wire::Writer& w) {
            w.pod(message::link_header(query.index));
            message::LinkAttributes attributes{.target_netnsid = query.target_netnsid};
            if (query.index == 0 && query.name.size() <= 15) attributes.name = query.name;
            wire::write(w, attributes);
            if (query.index == 0 && query.name.size() > 15)
                wire::Text::write(w, IFLA_ALT_IFNAME, query.name);
        },
        [&](const wire::RawMessage& m) {
            if (m.header.nlmsg_type == RTM_NEWLINK) good = message::read_link(m.payload, state);
        },
        failure);
    if (!failure && !good) failure.fail(errc::malformed_reply);
    return state;
}

/// All links of the session's namespace.
inline std::vector<LinkState> list_links(Session& session, Failure& failure) {
    static constexpr RequestType type{.type = RTM_GETLINK};
    constexpr std::size_t few = 32;
    constexpr std::size_t many = 4096;
    std::vector<LinkState> links;
    bool good = true;
    session.dump(
        type,
        [](wire::Writer& w) { w.pod(message::link_header(0)); },
        [&] {
            links.clear();
            good = true;
        },
        [&](const wire::RawMessage& m) {
            if (m.header.nlmsg_type != RTM_NEWLINK) return;
            // Growing step by step costs a large namespace more than reading it. What is reserved
            // and not used is address space, not memory.
            if (links.size() == few) links.reserve(many);
            good = message::read_link(m.payload, links.emplace_back()) && good;
        },
        failure);
    if (!failure && !good) failure.fail(errc::malformed_reply);
    if (failure) links.clear();
    if (links.size() < many / 4) links.shrink_to_fit();
    return links;
}

}  // namespace vethpp::netlink
