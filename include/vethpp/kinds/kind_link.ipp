// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/kinds/kind_link.hpp>
#include <vethpp/link/attempt_on.hpp>
#include <vethpp/link/make_link.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/value/attempt.hpp>

#include <string>

namespace vethpp::detail {

VETHPP_INLINE AnyKindLink::AnyKindLink(LinkOptions&& options,
                                       std::string_view kind,
                                       Lower lower,
                                       const message::AnyData& settings,
                                       OnError on_error) {
    const std::string operation = concat({"create the ", kind});
    const std::string name = options.name;
    const NetnsRef netns = options.netns;
    attempt({operation.c_str(), name, netns.label()}, on_error, [&](Failure& failure) {
        Link& self = *this;
        self = Link{make_link(std::move(options), kind, lower, settings, failure)};
    });
}

VETHPP_INLINE void AnyKindLink::configure(std::string_view kind,
                                          const message::AnyData& settings,
                                          OnError on_error) {
    const std::string operation = concat({"configure the ", kind});
    attempt_on(
        *this, operation.c_str(), on_error, [&](netlink::Session& session, Failure& failure) {
            netlink::set_link_data(session, index(), kind, settings, failure);
        });
}

VETHPP_INLINE void AnyKindLink::read(std::string_view kind,
                                     FunctionRef<bool(std::span<const std::byte>)> read,
                                     OnError on_error) const {
    const std::string operation = concat({"get the ", kind});
    attempt_on(
        *this, operation.c_str(), on_error, [&](netlink::Session& session, Failure& failure) {
            const auto found = netlink::look_up(session, {.index = index()}, failure);
            if (failure) return;
            if (found.info.kind != kind)
                failure.fail(errc::malformed_reply,
                             concat({"the link is not a ", kind, " any more"}));
            else if (!read(found.info.data))
                failure.fail(errc::malformed_reply);
        });
}

}  // namespace vethpp::detail
