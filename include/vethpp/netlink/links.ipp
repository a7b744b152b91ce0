// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/netlink/links.hpp>

namespace vethpp::netlink {

// IFLA_LINKINFO with the data of a kind, or what a link is as a port, and the names of all that.
class LinkInfoRequest {
public:
    LinkInfoRequest(std::uint16_t kind_attribute,
                    std::string_view kind,
                    std::uint16_t data_attribute,
                    const message::AnyData& data) noexcept
        : kind_attribute_{kind_attribute},
          kind_{kind},
          data_attribute_{data_attribute},
          data_{data} {
        const bool port = data_attribute == IFLA_INFO_SLAVE_DATA;
        fields_[0] = {kind_attribute, port ? "port_kind" : "kind"};
        fields_[1] = {data_attribute, port ? "port_data" : "data", data.names};
        info_names_.fields = fields_;
        top_[0] = {IFLA_LINKINFO, "linkinfo", &info_names_};
        names_ = {
            .header = sizeof(ifinfomsg), .fields = top_, .also = &message::link_request_names};
    }
    LinkInfoRequest(const LinkInfoRequest&) = delete;
    LinkInfoRequest& operator=(const LinkInfoRequest&) = delete;

    void write(wire::Writer& w) const {
        w.nest(IFLA_LINKINFO, [&](wire::Writer& info) {
            info.attribute(kind_attribute_, kind_);
            if (data_.value != nullptr)
                info.nest(data_attribute_, [&](wire::Writer& d) { data_.write(d, data_.value); });
        });
    }
    [[nodiscard]] const wire::Names* names() const noexcept { return &names_; }

private:
    std::uint16_t kind_attribute_;
    std::string_view kind_;
    std::uint16_t data_attribute_;
    const message::AnyData& data_;
    wire::NamedField fields_[2]{};
    wire::NamedField top_[1]{};
    wire::Names info_names_{};
    wire::Names names_{};
};

inline void read_created(const wire::RawMessage& message, CreatedLink& created) {
    ifinfomsg header{};
    if (message.header.nlmsg_type != RTM_NEWLINK || !wire::load(message.payload, header)) return;
    std::uint32_t other = 0;
    wire::Attributes attributes{wire::after(message.payload, wire::align(sizeof header))};
    for (const wire::RawAttribute& one : attributes)
        if (one.type == IFLA_LINK && !wire::load(one.payload, other)) return;
    if (attributes.malformed()) return;
    created.index = static_cast<std::uint32_t>(header.ifi_index);
    created.link = other;
}

VETHPP_INLINE CreatedLink create_link(Session& session, const NewLink& link, Failure& failure) {
    CreatedLink created;
    if (failure) return created;
    const LinkInfoRequest info{IFLA_INFO_KIND, link.kind, IFLA_INFO_DATA, link.data};
    RequestType create{.type = RTM_NEWLINK,
                       .flags = NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO,
                       .names = info.names()};
    const auto write = [&](wire::Writer& w) {
        w.pod(link.header);
        link.attributes(w);
        info.write(w);
    };
    const auto ask = [&](wire::Writer& w) {
        w.pod(link_header(0));
        w.attribute(IFLA_IFNAME, link.name);
        message::ifla::ext_mask::put(w, RTEXT_FILTER_SKIP_STATS);
    };
    const auto object = [&](const wire::RawMessage& m) { read_created(m, created); };
    // A success that does not say what was made: without its index, nothing can be done with it.
    const auto finish = [&] {
        if (created.index == 0) failure.fail(errc::malformed_reply);
        if (failure) created.index = 0;
        return created;
    };

    if (link.elsewhere != nullptr) {
        // The echo would go to whatever socket there has this one's port id.
        create.flags = NLM_F_CREATE | NLM_F_EXCL;
        created.sent = session.request(create, write, failure);
        link.elsewhere->request(get_type, ask, object, failure);
        return finish();
    }
    if (session.expects_echo()) {
        // The echo comes before the answer, also before a refusal: the index counts only after it.
        created.sent = session.request(create, write, object, failure);
        if (failure) created.index = 0;
        if (failure || created.index != 0) return created;
        session.expect_echo(false);
        session.request(get_type, ask, object, failure);
        return finish();
    }
    // Without an echo, ask in the same send; if the first is refused, the second answers for a link
    // of somebody else.
    session.batch(
        2,
        [&](std::size_t i) -> const RequestType& { return i == 0 ? create : get_type; },
        [&](wire::Writer& w, std::size_t i) {
            if (i == 0)
                write(w);
            else
                ask(w);
        },
        [&](std::size_t, const wire::RawMessage& m) { object(m); },
        {},
        failure);
    created.sent = failure.code != errc::used_after_fork && failure.code != errc::request_too_large;
    return finish();
}

VETHPP_INLINE void set_link(Session& session,
                            const ifinfomsg& header,
                            Session::WriteOne attributes,
                            Failure& failure) {
    static constexpr RequestType type{.type = RTM_SETLINK, .names = &message::link_request_names};
    const auto write = [&](wire::Writer& w) {
        w.pod(header);
        attributes(w);
    };
    session.request(type, write, failure);
}

VETHPP_INLINE void set_link(Session& session,
                            std::uint32_t index,
                            Session::WriteOne attributes,
                            Failure& failure) {
    set_link(session, link_header(index), attributes, failure);
}

VETHPP_INLINE void set_link_flags(Session& session,
                                  std::uint32_t index,
                                  std::uint32_t flags,
                                  std::uint32_t mask,
                                  Failure& failure) {
    const auto nothing = [](wire::Writer&) {};
    set_link(session, link_header(index, flags, mask), nothing, failure);
}

inline void change_info(Session& session,
                        std::uint32_t index,
                        const LinkInfoRequest& info,
                        Failure& failure) {
    const RequestType type{.type = RTM_NEWLINK, .names = info.names()};
    const auto write = [&](wire::Writer& w) {
        w.pod(link_header(index));
        info.write(w);
    };
    session.request(type, write, failure);
}

VETHPP_INLINE void set_link_data(Session& session,
                                 std::uint32_t index,
                                 std::string_view kind,
                                 const message::AnyData& data,
                                 Failure& failure) {
    change_info(session, index, {IFLA_INFO_KIND, kind, IFLA_INFO_DATA, data}, failure);
}

VETHPP_INLINE void set_port_data(Session& session,
                                 std::uint32_t index,
                                 std::string_view kind,
                                 const message::AnyData& data,
                                 Failure& failure) {
    change_info(session, index, {IFLA_INFO_SLAVE_KIND, kind, IFLA_INFO_SLAVE_DATA, data}, failure);
}

VETHPP_INLINE void change_alternative_names(Session& session,
                                            std::uint16_t message_type,
                                            std::uint32_t index,
                                            const std::vector<std::string>& names,
                                            Failure& failure) {
    const auto flags =
        static_cast<std::uint16_t>(message_type == RTM_NEWLINKPROP ? NLM_F_CREATE | NLM_F_EXCL : 0);
    const RequestType type{
        .type = message_type, .flags = flags, .names = &message::link_request_names};
    const auto write = [&](wire::Writer& w) {
        w.pod(link_header(index));
        w.nest(IFLA_PROP_LIST, [&](wire::Writer& list) {
            for (const std::string& name : names) list.attribute(IFLA_ALT_IFNAME, name);
        });
    };
    session.request(type, write, failure);
}

}  // namespace vethpp::netlink
