// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/bridge.hpp>
#include <vethpp/link/attempt_on.hpp>
#include <vethpp/link/make_link.hpp>
#include <vethpp/link/readiness.hpp>
#include <vethpp/message/bridge_fields.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/value/attempt.hpp>

#include <cerrno>
#include <utility>

namespace vethpp {
namespace detail {

inline void check_settings(const BridgeSettings& settings, Failure& failure) {
    using std::chrono::seconds;
    if (settings.group_address) check_mac(*settings.group_address, failure);
    // Turning the spanning tree on, the kernel makes a delay fit that it would refuse otherwise.
    const auto& delay = settings.forward_delay;
    if (settings.stp.value_or(false) && delay && (*delay < seconds{2} || *delay > seconds{30}))
        failure.fail_errno(ERANGE);
}

[[nodiscard]] inline bool concern_vlans(const BridgeSettings& settings) noexcept {
    return settings.vlan_filtering || settings.vlan_protocol || settings.vlan_default_pvid ||
           settings.vlan_statistics;
}

template <class Data>
void get_data(netlink::Session& session, std::uint32_t index, Data& data, Failure& failure) {
    const auto found = netlink::look_up(session, {.index = index}, failure);
    if (found.info.kind != Data::kind || !read_data(found.info.data, data))
        failure.fail(errc::malformed_reply, "the link is not a bridge any more");
}

// A kernel without VLANs skips what concerns them without a word.
inline void verify_settings(netlink::Session& session,
                            std::uint32_t index,
                            const BridgeSettings& settings,
                            Failure& failure) {
    if (failure || !concern_vlans(settings)) return;
    BridgeSettings now;
    get_data(session, index, now, failure);
    if (!now.vlan_protocol) failure.fail_errno(EOPNOTSUPP);
}

// What the kernel refuses without a word.
inline void explain_settings(const BridgeSettings& settings, Failure& failure) {
    if (failure.code == boost::system::errc::operation_not_supported && concern_vlans(settings))
        failure.explain("the kernel is built without CONFIG_BRIDGE_VLAN_FILTERING");
    if (failure.code == boost::system::errc::result_out_of_range)
        failure.explain(
            "hello_time is 1 to 10 s, max_age 6 to 40 s, forward_delay with STP 2 to 30 s");
    if (failure.code == boost::system::errc::invalid_argument && settings.group_address)
        failure.explain("the group address is 01:80:c2:00:00:0X, X not 1, 2 or 3");
}

[[nodiscard]] inline std::vector<LinkState> list_ports(netlink::Session& session,
                                                       std::uint32_t bridge,
                                                       Failure& failure) {
    std::vector<LinkState> links = netlink::list_links(session, failure);
    std::erase_if(links, [&](const LinkState& link) { return link.master != bridge; });
    return links;
}

}  // namespace detail

VETHPP_INLINE Bridge::Bridge(LinkOptions options, const BridgeSettings& settings, OnError on_error)
    : Link{make(std::move(options), settings, on_error)} {}

VETHPP_INLINE Link Bridge::make(LinkOptions&& options,
                                const BridgeSettings& settings,
                                OnError on_error) {
    if (!options.mac) options.mac = MacAddress::random();
    const std::string name = options.name;
    const NetnsRef netns = options.netns;
    return detail::attempt(
        {"create the bridge", name, netns.label()}, on_error, [&](Failure& failure) {
            detail::check_settings(settings, failure);
            Link link{detail::make_link(std::move(options),
                                        BridgeSettings::kind,
                                        {},
                                        message::any_data(settings),
                                        failure)};
            if (link) {
                detail::verify_settings(
                    link.netns().state()->session, link.index(), settings, failure);
                if (failure) {
                    failure.context.object = link.name();
                    failure.context.netns = link.netns().label();
                    link = {};
                }
            }
            detail::explain_settings(settings, failure);
            return link;
        });
}

VETHPP_INLINE void Bridge::configure(const BridgeSettings& settings, OnError on_error) {
    detail::attempt_on(
        *this, "configure the bridge", on_error, [&](netlink::Session& session, Failure& failure) {
            detail::check_settings(settings, failure);
            netlink::set_link_data(
                session, index(), BridgeSettings::kind, message::any_data(settings), failure);
            detail::verify_settings(session, index(), settings, failure);
            detail::explain_settings(settings, failure);
        });
}

VETHPP_INLINE BridgeSettings Bridge::settings(OnError on_error) const {
    BridgeSettings result;
    detail::attempt_on(
        *this, "get the bridge", on_error, [&](netlink::Session& session, Failure& failure) {
            detail::get_data(session, index(), result, failure);
        });
    return result;
}

VETHPP_INLINE BridgeStatus Bridge::status(OnError on_error) const {
    BridgeStatus result;
    detail::attempt_on(
        *this, "get the bridge", on_error, [&](netlink::Session& session, Failure& failure) {
            detail::get_data(session, index(), result, failure);
        });
    return result;
}

VETHPP_INLINE std::vector<LinkState> Bridge::ports(OnError on_error) const {
    std::vector<LinkState> found;
    const auto list = [&](netlink::Session& session, Failure& failure) {
        found = detail::list_ports(session, index(), failure);
    };
    detail::attempt_on(*this, "list the ports", on_error, list);
    return found;
}

VETHPP_INLINE void Bridge::wait_ready(Deadline deadline, OnError on_error) const {
    const auto wait = [&](netlink::Session&, Failure& failure) {
        const detail::AwaitedLink all{.netns = netns().state(),
                                      .index = index(),
                                      .name = name(),
                                      .with_ports = true,
                                      .routes = data_.routes.get()};
        detail::wait_ready({&all, 1}, deadline, failure);
    };
    detail::attempt_on(*this, "wait until the bridge is ready", on_error, wait);
}

}  // namespace vethpp
