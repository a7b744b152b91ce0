// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/readiness.hpp>
#include <vethpp/message/address.hpp>
#include <vethpp/message/bridge.hpp>
#include <vethpp/message/route_query.hpp>
#include <vethpp/netlink/addresses.hpp>
#include <vethpp/netlink/events.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/subscribe.hpp>

#include <cerrno>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <memory>
#include <poll.h>
#include <string>
#include <utility>

namespace vethpp::detail {

/// What a port of a bridge says about itself, as far as waiting is concerned.
struct AwaitedPort {
    PortState state = PortState::forwarding;
    static constexpr auto fields() {
        using State = wire::As<PortState, std::uint8_t>;
        return wire::Fields<
            wire::Field<&AwaitedPort::state, wire::Attribute<IFLA_BRPORT_STATE, State, "state">>>{};
    }
};

class Readiness {
public:
    explicit Readiness(std::span<const AwaitedLink> links) : links_{links} {}

    void wait(const Deadline& deadline, Failure& failure) {
        // What is ready already needs no subscription. What is not is looked at again after it, or
        // a change in between would go unnoticed.
        if (is_ready(failure)) return;
        subscribe_to_all(failure);
        while (!is_ready(failure) && !failure)
            if (!follow(deadline, failure)) failure.fail(errc::not_ready, missing_);
    }

private:
    using Summary = message::LinkSummary;

    // Fills missing_; true if there is nothing in it.
    [[nodiscard]] bool is_ready(Failure& failure) {
        missing_.clear();
        for (const AwaitedLink& link : links_) {
            if (failure) return false;
            NetnsState& netns = *link.netns;
            if (link.index != 0)
                check_link(netns,
                           netlink::look_up(netns.session, {.index = link.index}, failure),
                           failure);
            else
                check_all(netns, failure);
            if (failure && failure.context.object.empty()) {
                failure.context.object = link.name;
                failure.context.netns = netns.label;
            }
        }
        return missing_.empty() && !failure;
    }

    void check_all(NetnsState& netns, Failure& failure) {
        const netlink::RawList links = netlink::list_raw_links(netns.session, failure);
        wire::Bytes rest{links};
        for (Summary link; take_link(rest, link, failure);) {
            Failure one;
            check_link(netns, link, one);
            // A link that went while the others were looked at is not missing.
            if (one.code != boost::system::errc::no_such_device) failure.take(std::move(one));
        }
    }

    [[nodiscard]] static bool take_link(wire::Bytes& rest, Summary& link, Failure& failure) {
        wire::RawMessage message;
        if (failure || !wire::next(rest, message)) return false;
        link = {};
        if (!wire::read_message(message.payload, link)) failure.fail(errc::malformed_reply);
        return !failure;
    }

    void check_link(NetnsState& netns, const Summary& link, Failure& failure) {
        if (failure || !link.is_up()) return;  // not meant to be used
        if (!operational(link)) {
            // A bridge without ports has no carrier and needs none.
            if (link.info.kind == "bridge" && !has_ports(netns, link.index)) return;
            return miss(netns, link, why_down(netns, link));
        }
        AwaitedPort port;
        if (link.info.port_kind == "bridge" &&
            (!wire::read(link.info.port_data, port) || port.state != PortState::forwarding))
            miss(netns, link, "its bridge port does not forward yet");
        const auto addresses = netlink::list_raw_addresses(netns.session, link.index, failure);
        wire::Bytes rest{addresses};
        for (wire::RawMessage message; !failure && wire::next(rest, message);) {
            message::AddressMessage address;
            if (!wire::read_message(message.payload, address) || !address.own())
                failure.fail(errc::malformed_reply);
            else if (address.link == link.index)
                check_address(netns, link, address, failure);
        }
    }

    void miss(NetnsState& netns, const Summary& link, std::string_view what) {
        if (!missing_.empty()) missing_ += "; ";
        missing_ += concat({link.name, " in ", netns.label, ": ", what});
    }

    [[nodiscard]] static bool operational(const Summary& link) noexcept {
        if (link.operstate == Operstate::up) return true;
        // Loopback, tun, dummy and the like never say more than "unknown"; what stands on another
        // link, is the end of a pair, or has ports does.
        const bool says = link.link != 0 || link.info.kind == "bridge";
        return link.operstate == Operstate::unknown && !says;
    }

    [[nodiscard]] static bool has_ports(NetnsState& netns, std::uint32_t bridge) {
        Failure ignored;
        const netlink::RawList links = netlink::list_raw_links(netns.session, ignored);
        wire::Bytes rest{links};
        for (Summary link; take_link(rest, link, ignored);)
            if (link.master == bridge) return true;
        return false;
    }

    [[nodiscard]] std::string why_down(NetnsState& netns, const Summary& link) const {
        if (link.info.kind == "bridge") return "none of its ports forwards yet";
        std::string plain = concat({"its operational state is ", to_string(link.operstate)});
        if (link.link == 0) return plain;
        Failure ignored;
        const Summary other = netlink::look_up(
            netns.session, {.index = link.link, .target_netnsid = link.link_netnsid}, ignored);
        if (ignored) return plain;
        std::string_view where = netns.label;
        if (link.link_netnsid) where = "another namespace";
        // Both ends may have the same index and name, but then in two namespaces.
        for (const AwaitedLink& awaited : links_)
            if (link.link_netnsid && awaited.netns.get() != &netns && awaited.index == link.link &&
                awaited.name == other.name)
                where = awaited.netns->label;
        return concat({link.info.kind == "veth" ? "the other end, " : "the lower link, ",
                       other.name,
                       " in ",
                       where,
                       ", is ",
                       other.is_up() ? "up, but has no carrier yet" : "down"});
    }

    void check_address(NetnsState& netns,
                       const Summary& link,
                       const message::AddressMessage& address,
                       Failure& failure) {
        const std::string_view why = why_unusable(netns, link.index, address, failure);
        if (why.empty()) return;
        const std::string length = std::to_string(address.prefix_length);
        miss(netns, link, concat({address.own()->to_string(), "/", length, why}));
    }

    [[nodiscard]] static std::string_view why_unusable(NetnsState& netns,
                                                       std::uint32_t link,
                                                       const message::AddressMessage& address,
                                                       Failure& failure) {
        const std::uint32_t flags = address.all_flags();
        if ((flags & IFA_F_DADFAILED) != 0) return " is a duplicate of another host's address";
        if ((flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0) {
            // The kernel's own link-local address: nobody asked for its detection, so nobody waits.
            const bool automatic = address.protocol == kernel_link_local;
            if (automatic && !netns.skips_duplicate_detection) return {};
            return " is tentative, duplicate address detection is running";
        }
        bool local = false;
        Failure answer;
        static constexpr netlink::RequestType type{.type = RTM_GETROUTE};
        netns.session.request(
            type,
            [&](wire::Writer& w) { message::write_route_query(w, *address.own(), link); },
            [&](const wire::RawMessage& m) { local = message::is_local_route(m.payload); },
            answer);
        if (local) return {};
        if (answer.code == errc::malformed_reply) failure.take(std::move(answer));
        return " has no local route yet";
    }

    static constexpr std::uint8_t kernel_link_local = 3;  // IFAPROT_KERNEL_LL, Linux 5.18

    // One socket a namespace.
    void subscribe_to_all(Failure& failure) {
        static constexpr int groups[] = {
            RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE};
        if (failure) return;
        spaces_ = std::make_unique<Subscription[]>(links_.size());
        for (const AwaitedLink& link : links_) {
            bool known = false;
            for (const Subscription& one : spaces()) known = known || one.netns == link.netns;
            if (!known) spaces_[count_++].netns = link.netns;
        }
        subscribe(spaces(), groups, failure);
        ready_ = std::make_unique<pollfd[]>(count_);
    }

    // Waits for the next events and takes all that have come; false when the deadline passed.
    [[nodiscard]] bool follow(const Deadline& deadline, Failure& failure) {
        if (failure) return true;
        for (std::size_t i = 0; i < count_; ++i)
            ready_[i] = {.fd = spaces_[i].socket->native_handle(), .events = POLLIN, .revents = 0};
        int n = 0;
        do {
            const int left = deadline.left();
            if (left == 0) return false;
            n = ::poll(ready_.get(), count_, left);
            if (n < 0 && errno != EINTR) {
                failure.fail(last_error());
                return true;
            }
        } while (n <= 0);
        // What they say is not needed: the state is read again, which also makes up for lost ones.
        std::byte head[64];
        const auto nothing = [](const wire::RawMessage&) {};
        for (const Subscription& one : spaces())
            (void)netlink::take_events(*one.socket, head, nothing);
        return true;
    }

    [[nodiscard]] std::span<Subscription> spaces() noexcept { return {spaces_.get(), count_}; }

    std::span<const AwaitedLink> links_;
    std::string missing_{};
    std::unique_ptr<Subscription[]> spaces_{};  // room for one a link
    std::unique_ptr<pollfd[]> ready_{};
    std::size_t count_ = 0;
};

VETHPP_INLINE void wait_ready(std::span<const AwaitedLink> links,
                              const Deadline& deadline,
                              Failure& failure) {
    if (!failure) Readiness{links}.wait(deadline, failure);
}

}  // namespace vethpp::detail
