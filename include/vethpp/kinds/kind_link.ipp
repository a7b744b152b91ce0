// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/kinds/kind_link.hpp>
#include <vethpp/link/attempt_on.hpp>
#include <vethpp/link/explain.hpp>
#include <vethpp/link/make_link.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/value/attempt.hpp>

#include <string>

namespace vethpp::detail {

VETHPP_INLINE void check_setting(const IpAddress* address, Failure& failure) {
    check_ip(*address, failure);
}
VETHPP_INLINE void check_setting(const MacAddress* address, Failure& failure) {
    check_mac(*address, failure);
}
VETHPP_INLINE void check_setting(const std::optional<IpAddress>* address, Failure& failure) {
    if (*address) check_ip(**address, failure);
}
VETHPP_INLINE void check_setting(const std::optional<MacAddress>* address, Failure& failure) {
    if (*address) check_mac(**address, failure);
}

[[nodiscard]] inline std::string_view why_refused(const AnySettings& settings, error_code code) {
    return settings.why_refused != nullptr ? settings.why_refused(settings.value, code)
                                           : std::string_view{};
}

VETHPP_INLINE AnyKindLink::AnyKindLink(LinkOptions&& options,
                                       const AnySettings& settings,
                                       OnError on_error) {
    const std::string operation = concat({"create the ", settings.kind});
    const std::string name = options.name;
    const NetnsRef netns = options.netns;
    attempt({operation.c_str(), name, netns.label()}, on_error, [&](Failure& failure) {
        settings.check(settings.value, failure);
        const std::string_view exists =
            why_refused(settings, make_error_code(boost::system::errc::file_exists));
        Link& self = *this;
        self = Link{make_link(std::move(options),
                              settings.kind,
                              settings.foundation,
                              settings.data,
                              failure,
                              exists)};
        if (!failure) return;
        Failure none;
        if (const NetnsPtr state = netns.resolve(none))
            explain_value(state->session, why_refused(settings, failure.code), failure);
    });
}

inline void check_change(const AnySettings& settings, Failure& failure) {
    const Foundation& under = settings.foundation;
    const bool moves = under.is_required && under.lower->index() != 0;
    if (moves || under.underlay != nullptr)
        failure.fail(errc::invalid_option,
                     moves ? "its lower link cannot be changed" : "its underlay cannot be changed");
    if (settings.check_change != nullptr) settings.check_change(settings.value, failure);
}

inline void change(netlink::Session& session,
                   std::uint32_t index,
                   const AnySettings& settings,
                   Failure& failure) {
    settings.check(settings.value, failure);
    netlink::set_link_data(session, index, settings.kind, settings.data, failure);
    explain_value(session, why_refused(settings, failure.code), failure);
}

inline void read_of_kind(netlink::Session& session,
                         std::uint32_t index,
                         std::string_view kind,
                         FunctionRef<bool(std::span<const std::byte>, std::uint32_t)> read,
                         Failure& failure) {
    const auto found = netlink::look_up(session, {.index = index}, failure);
    if (failure) return;
    if (found.info.kind != kind)
        failure.fail(errc::malformed_reply, concat({"the link is not a ", kind, " any more"}));
    else if (!read(found.info.data, found.link))
        failure.fail(errc::malformed_reply);
}

VETHPP_INLINE void AnyKindLink::configure(const AnySettings& settings, OnError on_error) {
    const std::string operation = concat({"configure the ", settings.kind});
    attempt_on(
        *this, operation.c_str(), on_error, [&](netlink::Session& session, Failure& failure) {
            check_change(settings, failure);
            change(session, index(), settings, failure);
        });
}

VETHPP_INLINE void AnyKindLink::configure_whole(const AnySettings& given,
                                                const AnySettings& whole,
                                                FunctionRef<bool(std::span<const std::byte>)> merge,
                                                OnError on_error) {
    const std::string operation = concat({"configure the ", given.kind});
    attempt_on(
        *this, operation.c_str(), on_error, [&](netlink::Session& session, Failure& failure) {
            check_change(given, failure);
            if (failure) return;
            read_of_kind(
                session,
                index(),
                given.kind,
                [&](std::span<const std::byte> data, std::uint32_t) { return merge(data); },
                failure);
            change(session, index(), whole, failure);
        });
}

VETHPP_INLINE void AnyKindLink::read(
    std::string_view kind,
    FunctionRef<bool(std::span<const std::byte>, std::uint32_t)> read,
    OnError on_error) const {
    const std::string operation = concat({"get the ", kind});
    attempt_on(*this, operation.c_str(), on_error, [&](netlink::Session& session, Failure& f) {
        read_of_kind(session, index(), kind, read, f);
    });
}

}  // namespace vethpp::detail
