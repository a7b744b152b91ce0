// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link.hpp>
#include <vethpp/link/maker.hpp>
#include <vethpp/message/bridge.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

namespace vethpp {

/// A Linux bridge: a switch whose ports are links of the same namespace.
///
/// Unless told otherwise it has a random, fixed MAC address: by the kernel's default a bridge takes
/// that of one of its ports and changes it as they come and go. Spanning tree is off, so that ports
/// forward at once.
/// **Ownership.** The object owns the bridge and removes it when it goes; the ports stay.
class Bridge : public Link {
public:
    explicit Bridge(LinkOptions options, const BridgeSettings& settings = {}, OnError on_error = {})
        : Link{make(std::move(options), settings, on_error)} {}

    /// Changes the settings that are given and leaves the others.
    void configure(const BridgeSettings& settings, OnError on_error = {}) {
        with_session(
            "configure the bridge", on_error, [&](netlink::Session& session, Failure& failure) {
                check(settings, failure);
                if (!failure)
                    netlink::set_link_data<BridgeSettings>(
                        session, index(), {.kind = "bridge", .data = settings}, failure);
                verify(&session, index(), settings, failure);
            });
    }
    [[nodiscard]] BridgeSettings settings(OnError on_error = {}) const {
        return get<BridgeSettings>(on_error);
    }
    /// The spanning tree as this bridge sees it.
    [[nodiscard]] BridgeStatus status(OnError on_error = {}) const {
        return get<BridgeStatus>(on_error);
    }

    void add_port(Link& port, OnError on_error = {}) { port.set_master(*this, on_error); }
    /// The links that are its ports now.
    [[nodiscard]] std::vector<LinkState> ports(OnError on_error = {}) const {
        std::vector<LinkState> found;
        with_session("list the ports", on_error, [&](netlink::Session& session, Failure& failure) {
            found = list_ports(session, failure);
        });
        return found;
    }

    /// Link::wait_ready for the bridge and all its ports under one deadline.
    void wait_ready(std::chrono::milliseconds deadline = std::chrono::seconds{1},
                    OnError on_error = {}) const {
        with_session("wait until the bridge is ready",
                     on_error,
                     [&](netlink::Session& session, Failure& failure) {
                         const detail::NetnsPtr& state = netns().state();
                         std::vector<detail::AwaitedLink> links{{state, index(), name()}};
                         for (const LinkState& port : list_ports(session, failure))
                             links.push_back({state, port.index, port.name});
                         if (!failure) detail::wait_ready(std::move(links), deadline, failure);
                     });
    }

private:
    static Link make(LinkOptions options, const BridgeSettings& settings, OnError on_error) {
        Failure failure;
        if (!options.mac) options.mac = MacAddress::random();
        check(settings, failure);
        if (failure) {
            failure.context.object = options.name;
            failure.context.netns = options.netns.label();
        }
        Link link;
        if (!failure)
            link =
                detail::make_link<BridgeSettings>(std::move(options), "bridge", settings, failure);
        const std::uint32_t index = link.index();
        verify(link ? &link.netns().state()->session : nullptr, index, settings, failure);
        if (failure) failure.context.operation = "create the bridge";
        if (failure && link) {
            failure.context.object = link.name();
            failure.context.netns = link.netns().label();
            link = {};
        }
        on_error(std::move(failure));
        return link;
    }

    // Turning the spanning tree on, the kernel makes a delay fit that it would refuse otherwise.
    static void check(const BridgeSettings& settings, Failure& failure) {
        using std::chrono::seconds;
        const auto& delay = settings.forward_delay;
        if (settings.stp.value_or(false) && delay && (*delay < seconds{2} || *delay > seconds{30}))
            failure.fail(error_code{ERANGE, boost::system::system_category()});
    }

    // Says what the kernel refuses, or skips, without a word.
    static void verify(netlink::Session* session,
                       std::uint32_t index,
                       const BridgeSettings& settings,
                       Failure& failure) {
        const bool vlans = settings.vlan_filtering || settings.vlan_protocol ||
                           settings.vlan_default_pvid || settings.vlan_statistics;
        if (!failure && vlans) {
            const auto found = netlink::get_link(*session, {.index = index}, failure);
            const auto data = found.data<BridgeSettings>();
            if (!failure && data && !data->vlan_protocol)  // reported only by a kernel with VLANs
                failure.fail(error_code{EOPNOTSUPP, boost::system::system_category()});
        }
        if (!failure.context.kernel_message.empty() || !failure.context.hint.empty()) return;
        if (failure.code == boost::system::errc::operation_not_supported && vlans)
            failure.context.hint = "the kernel is built without CONFIG_BRIDGE_VLAN_FILTERING";
        if (failure.code == boost::system::errc::result_out_of_range)
            failure.context.hint =
                "hello_time is 1 to 10 s, max_age 6 to 40 s, forward_delay with STP 2 to 30 s";
        if (failure.code == boost::system::errc::invalid_argument && settings.group_address)
            failure.context.hint = "the group address is 01:80:c2:00:00:0X, X not 1, 2 or 3";
    }

    template <class Data>
    Data get(OnError on_error) const {
        Data result;
        with_session("get the bridge", on_error, [&](netlink::Session& session, Failure& failure) {
            const auto found =
                netlink::get_link(session, {.index = index()}, failure).template data<Data>();
            if (found)
                result = *found;
            else if (!failure)
                failure.fail(errc::malformed_reply, "the link is not a bridge any more");
        });
        return result;
    }

    [[nodiscard]] std::vector<LinkState> list_ports(netlink::Session& session,
                                                    Failure& failure) const {
        auto links = netlink::list_links(session, failure);
        std::erase_if(links, [&](const LinkState& link) { return link.master != index(); });
        return links;
    }
};

}  // namespace vethpp
