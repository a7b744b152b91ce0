// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/text.hpp>
#include <vethpp/message/bridge.hpp>
#include <vethpp/message/route.hpp>
#include <vethpp/netlink/addresses.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netns/excursion.hpp>
#include <vethpp/netns/state.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <linux/rtnetlink.h>
#include <memory>
#include <poll.h>
#include <span>
#include <string>
#include <vector>

namespace vethpp::detail {

/// A link that somebody waits for. Index 0 stands for all links of the namespace.
struct AwaitedLink {
    NetnsPtr netns;
    std::uint32_t index = 0;
    std::string name{};
};

/// Waits until links can be used: the barrier behind every wait_ready().
///
/// The kernel acknowledges a link before its carrier is known, and an address before its local
/// route and its multicast membership exist; datagrams sent in between are lost or late by a
/// second.
class Readiness {
public:
    using Clock = std::chrono::steady_clock;

    explicit Readiness(std::vector<AwaitedLink> links) : links_{std::move(links)} {}

    void wait(std::chrono::milliseconds deadline, Failure& failure) {
        // milliseconds::max() is "for ever" to some, and an overflow to the clock, as is min().
        const auto end =
            Clock::now() + std::clamp<std::chrono::milliseconds>(
                               deadline, std::chrono::years{-100}, std::chrono::years{100});
        // What is ready already needs no subscription. What is not is looked at again after it, or
        // a change in between would go unnoticed.
        if (check(failure) || failure) return;
        subscribe(failure);
        while (!failure && !check(failure) && !failure) {
            if (!follow(end, failure)) {
                failure.fail(errc::not_ready, all_missing());
                return;
            }
        }
    }

private:
    // Fills missing_; true if there is nothing in it.
    [[nodiscard]] bool check(Failure& failure) {
        missing_.clear();
        for (const AwaitedLink& link : links_) {
            if (link.index != 0) {
                const LinkState state =
                    netlink::get_link(link.netns->session, {.index = link.index}, failure);
                if (!failure) check_link(*link.netns, state, failure);
            } else {
                for (const LinkState& state : netlink::list_links(link.netns->session, failure)) {
                    Failure one;
                    check_link(*link.netns, state, one);
                    // A link that went while the others were looked at is not missing.
                    if (one.code != boost::system::errc::no_such_device && !failure)
                        failure = std::move(one);
                }
            }
            if (failure && failure.context.object.empty()) {
                failure.context.object = link.name;
                failure.context.netns = link.netns->label;
            }
        }
        return missing_.empty();
    }

    void check_link(NetnsState& netns, const LinkState& link, Failure& failure) {
        if (!link.is_up()) return;  // not meant to be used
        const auto prefix = [&] { return concat({link.name, " in ", netns.label, ": "}); };
        if (!operational(link)) {
            // A bridge without ports has no carrier and needs none.
            if (link.kind() == "bridge" && !has_ports(netns, link.index)) return;
            missing_.push_back(prefix() + why_down(netns, link));
            return;
        }
        if (const auto port = link.port_data<BridgePortSettings>();
            port && port->state && *port->state != PortState::forwarding)
            missing_.push_back(prefix() + "its bridge port does not forward yet");
        for (const AddressState& address :
             netlink::list_addresses(netns.session, link.index, failure))
            if (const std::string why = why_unusable(netns, link, address, failure); !why.empty())
                missing_.push_back(prefix() + why);
    }

    [[nodiscard]] static bool operational(const LinkState& link) noexcept {
        if (link.operstate == Operstate::up) return true;
        // Loopback, tun, dummy and the like never say more than "unknown"; a veth and a bridge do.
        const bool says = link.kind() == "veth" || link.kind() == "bridge";
        if (link.operstate == Operstate::unknown) return !says;
        return false;
    }

    [[nodiscard]] std::string all_missing() const {
        std::string text;
        for (const std::string& one : missing_) text += (text.empty() ? "" : "; ") + one;
        return text;
    }

    [[nodiscard]] static bool has_ports(NetnsState& netns, std::uint32_t bridge) {
        Failure ignored;
        const auto links = netlink::list_links(netns.session, ignored);
        return std::any_of(links.begin(), links.end(), [&](const LinkState& link) {
            return link.master == bridge;
        });
    }

    [[nodiscard]] std::string why_down(NetnsState& netns, const LinkState& link) const {
        if (link.kind() == "bridge") return "none of its ports forwards yet";
        if (link.kind() != "veth" || !link.link)
            return concat({"its operational state is ", to_string(link.operstate)});
        Failure ignored;
        const LinkState peer = netlink::get_link(
            netns.session, {.index = *link.link, .target_netnsid = link.link_netnsid}, ignored);
        if (ignored) return concat({"its operational state is ", to_string(link.operstate)});
        std::string where = link.link_netnsid ? "another namespace" : netns.label;
        // Both ends may have the same index and name, but then in two namespaces.
        for (const AwaitedLink& other : links_)
            if (link.link_netnsid && other.netns.get() != &netns && other.index == *link.link &&
                other.name == peer.name)
                where = other.netns->label;
        return concat({"the other end, ",
                       peer.name,
                       " in ",
                       where,
                       ", is ",
                       peer.is_up() ? "up, but has no carrier yet" : "down"});
    }

    [[nodiscard]] static std::string why_unusable(NetnsState& netns,
                                                  const LinkState& link,
                                                  const AddressState& address,
                                                  Failure& failure) {
        if (address.is_duplicate())
            return concat({address.to_string(), " is a duplicate of another host's address"});
        if (address.is_tentative()) {
            // The kernel's own link-local address: nobody asked for its detection, so nobody waits.
            const bool automatic = address.options().protocol == kernel_link_local;
            if (automatic && !netns.detects_no_duplicates) return {};
            return concat(
                {address.to_string(), " is tentative, duplicate address detection is running"});
        }
        bool local = false;
        Failure answer;
        static constexpr netlink::RequestType type{.type = RTM_GETROUTE};
        netns.session.request(
            type,
            [&](wire::Writer& w) { message::write_route_query(w, address.address(), link.index); },
            [&](const wire::RawMessage& m) { local = message::is_local_route(m.payload); },
            answer);
        if (local) return {};
        if (answer && answer.code == errc::malformed_reply) failure = std::move(answer);
        return concat({address.to_string(), " has no local route yet"});
    }

    static constexpr std::uint8_t kernel_link_local = 3;  // IFAPROT_KERNEL_LL, Linux 5.18

    // One socket a namespace, all opened on one way.
    void subscribe(Failure& failure) {
        static constexpr std::array groups{
            RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE};
        std::vector<NetnsPtr> spaces;
        for (const AwaitedLink& link : links_)
            if (std::find(spaces.begin(), spaces.end(), link.netns) == spaces.end())
                spaces.push_back(link.netns);
        error_code ec;
        excursion(
            *spaces.front()->system,
            [&](const UniqueFd&) {
                std::array<int, groups.size()> numbers{};
                std::copy(groups.begin(), groups.end(), numbers.begin());
                for (const NetnsPtr& space : spaces) {
                    if (!ec) space->system->enter(space->fd.get(), ec);
                    if (!ec) events_.push_back(space->system->events(numbers, ec));
                }
            },
            failure);
        if (ec) {
            failure.fail(ec);
            failure.context.hint = "subscribing to the namespace's events";
        }
    }

    // Waits for the next events and takes all that have come; false when the deadline passed.
    [[nodiscard]] bool follow(Clock::time_point end, Failure& failure) {
        std::vector<pollfd> ready;
        for (const auto& socket : events_)
            ready.push_back({.fd = socket->native_handle(), .events = POLLIN, .revents = 0});
        for (;;) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
            if (left <= 0) return false;
            const int wait = static_cast<int>(std::min<decltype(left)>(left, 1000000));
            const int n = ::poll(ready.data(), ready.size(), wait);
            if (n > 0) break;
            if (n < 0 && errno != EINTR) {
                failure.fail(error_code{errno, boost::system::system_category()});
                return true;
            }
        }
        // What they say is not needed: the state is read again, which also makes up for lost ones.
        // More than a queue holds comes only while others come as fast, and must not outlast the
        // deadline.
        constexpr int enough = 4096;
        std::array<std::byte, 64> heads;
        for (const auto& socket : events_) {
            error_code ec;
            for (int i = 0; i < enough && (!ec || ec == boost::system::errc::no_buffer_space ||
                                           ec == boost::system::errc::interrupted);
                 ++i)
                socket->receive(heads, ec);
        }
        return true;
    }

    std::vector<AwaitedLink> links_;
    std::vector<std::string> missing_;
    std::vector<std::unique_ptr<netlink::Transport>> events_;
};

inline void wait_ready(std::vector<AwaitedLink> links,
                       std::chrono::milliseconds deadline,
                       Failure& failure) {
    Readiness{std::move(links)}.wait(deadline, failure);
}

}  // namespace vethpp::detail
