// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/message/scalars.hpp>
#include <vethpp/netlink/generic.hpp>

#include <string>

namespace vethpp::netlink {

struct FamilyMessage {
    std::optional<std::uint16_t> id{};
    std::string name{};

    static constexpr auto fields() {
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&FamilyMessage::id, Attribute<CTRL_ATTR_FAMILY_ID, message::U16, "id">>,
            Field<&FamilyMessage::name,
                  Attribute<CTRL_ATTR_FAMILY_NAME, wire::TextIfAny, "name">>>{};
    }
};

inline RequestType generic_type(std::uint16_t id, const wire::Names* names) noexcept {
    return {.type = id, .names = names, .has_prelude = false, .type_tells = false};
}

VETHPP_INLINE Generic::Generic(Session& session, const GenericFamily& family, Failure& failure)
    : session_{&session}, version_{family.version} {
    if (failure) return;
    Failure once;
    FamilyMessage found;
    const auto ask = [&](wire::Writer& w) {
        w.pod(genlmsghdr{.cmd = CTRL_CMD_GETFAMILY, .version = 1, .reserved = 0});
        wire::write(w, FamilyMessage{.name = std::string{family.name}});
    };
    const auto keep = [&](const wire::RawMessage& message) {
        (void)wire::read(wire::after(message.payload, sizeof(genlmsghdr)), found);
    };
    session.request(
        generic_type(GENL_ID_CTRL, &message::generic_names<FamilyMessage>), ask, keep, once);
    if (once.code == boost::system::errc::no_such_file_or_directory) {
        // Which of the attributes it was, and that it is of no object, helps nobody.
        once.context = {};
        once.context.hint =
            detail::concat({"the kernel has no generic netlink family \"", family.name, "\""});
        if (!family.needs.empty()) once.context.hint += detail::concat({": ", family.needs});
    }
    if (!once && !found.id) once.fail(errc::malformed_reply);
    failure.take(std::move(once));
    id_ = found.id.value_or(0);
}

VETHPP_INLINE void Generic::request(const GenericCommand& command,
                                    Session::WriteOne write,
                                    OnAttributes on_object,
                                    Failure& failure) {
    if (failure) return;
    const auto body = [&](wire::Writer& w) {
        w.pod(genlmsghdr{.cmd = command.number, .version = version_, .reserved = 0});
        if (write) write(w);
    };
    const auto keep = [&](const wire::RawMessage& message) {
        if (message.header.nlmsg_type == id_ && on_object)
            on_object(wire::after(message.payload, sizeof(genlmsghdr)));
    };
    session_->request(generic_type(id_, command.names), body, keep, failure);
}

VETHPP_INLINE void Generic::dump(const GenericCommand& command,
                                 Session::WriteOne write,
                                 detail::FunctionRef<void()> restart,
                                 OnAttributes on_object,
                                 Failure& failure) {
    if (failure) return;
    const auto body = [&](wire::Writer& w) {
        w.pod(genlmsghdr{.cmd = command.number, .version = version_, .reserved = 0});
        if (write) write(w);
    };
    const auto keep = [&](const wire::RawMessage& message) {
        if (message.header.nlmsg_type == id_)
            on_object(wire::after(message.payload, sizeof(genlmsghdr)));
    };
    session_->dump(generic_type(id_, command.names), body, restart, keep, failure);
}

}  // namespace vethpp::netlink
