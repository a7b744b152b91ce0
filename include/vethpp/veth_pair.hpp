// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/text.hpp>
#include <vethpp/link.hpp>
#include <vethpp/link/maker.hpp>
#include <vethpp/message/veth.hpp>

#include <chrono>
#include <cstdint>
#include <utility>

namespace vethpp {

/// Two links that are each other's wire, in any two namespaces (veth(4)).
///
/// **Ownership.** The object owns both ends and removes them when it goes, wherever they have been
/// moved through it; a link that is not provably one of them is left alone.
/// **Blocking.** Making a pair takes the kernel about 0.4 ms, removing it about 16 ms.
/// **Errors.** A constructor that fails leaves nothing behind. The Error says which end it was.
class VethPair {
public:
    /// Makes both ends in their namespaces in one message, with everything that the options say.
    /// With an error_code, a pair that could not be made is empty.
    VethPair(LinkOptions first, LinkOptions second, OnError on_error = {}) {
        Failure failure;
        make(std::move(first), std::move(second), failure);
        if (failure) failure.context.operation = "create the veth pair";
        on_error(std::move(failure));
    }
    VethPair(VethPair&& other) noexcept
        : first_{std::move(other.first_)},
          second_{std::move(other.second_)},
          owned_{std::exchange(other.owned_, false)} {}
    VethPair& operator=(VethPair&& other) noexcept {
        if (this == &other) return *this;
        remove_if_owned();
        first_ = std::move(other.first_);
        second_ = std::move(other.second_);
        owned_ = std::exchange(other.owned_, false);
        return *this;
    }
    ~VethPair() { remove_if_owned(); }

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(first_); }
    [[nodiscard]] Link& first() noexcept { return first_; }
    [[nodiscard]] const Link& first() const noexcept { return first_; }
    [[nodiscard]] Link& second() noexcept { return second_; }
    [[nodiscard]] const Link& second() const noexcept { return second_; }

    /// Link::wait_ready for both ends under one deadline.
    void wait_ready(std::chrono::milliseconds deadline = std::chrono::seconds{1},
                    OnError on_error = {}) const {
        Failure failure;
        if (!first_ || !second_)
            failure.fail(errc::no_such_link, "the pair is empty");
        else
            detail::wait_ready({{first_.netns().state(), first_.index(), first_.name()},
                                {second_.netns().state(), second_.index(), second_.name()}},
                               deadline,
                               failure);
        if (failure) failure.context.operation = "wait until the veth pair is ready";
        on_error(std::move(failure));
    }

    /// Removes the pair now; about 16 ms. Both names are free when this returns.
    void remove(OnError on_error = {}) {
        Failure failure;
        if (!first_ && !second_)
            failure.fail(errc::no_such_link, "the pair is empty");
        else if (!remove_ends(failure) && !failure)
            failure.fail(errc::no_such_link, "neither end is what it was: renamed, or regrouped");
        if (failure) {
            failure.context.operation = "remove the veth pair";
            failure.context.object = first_.name();
            if (!first_.netns().is_current()) failure.context.netns = first_.netns().label();
        } else {
            owned_ = false;
            first_ = {};
            second_ = {};
        }
        on_error(std::move(failure));
    }
    /// Ends the ownership: the pair stays when this object goes.
    void release() noexcept { owned_ = false; }

private:
    void make(LinkOptions first, LinkOptions second, Failure& failure) {
        const std::uint32_t tag = detail::LinkMaker::random_tag();
        const bool first_is_current = first.netns.is_current();
        detail::LinkMaker one{
            std::move(first), tag, detail::concat({"veth", detail::hex(tag, 8), "a"}), failure};
        if (failure) {
            failure.context.end = "first end";
            return;
        }
        // Both in the caller's namespace: one session serves both.
        if (first_is_current && second.netns.is_current()) second.netns = NetnsRef{one.netns};
        detail::LinkMaker two{
            std::move(second), tag, detail::concat({"veth", detail::hex(tag, 8), "b"}), failure};
        if (!failure && one.options.name == two.options.name &&
            detail::netns_id(*one.netns) == detail::netns_id(*two.netns)) {
            failure.fail(errc::invalid_name, "both ends have the same name in one namespace");
            two.describe(failure);
        }
        if (failure) {
            failure.context.end = "second end";
            return;
        }
        // The kernel heeds a master and flags only at the end that the message is about, and echoes
        // it only to a socket of that end's namespace: so that is the end with a master, if one
        // has.
        const bool swapped = !one.options.master && two.options.master;
        detail::LinkMaker& top = swapped ? two : one;
        detail::LinkMaker& peer = swapped ? one : two;
        const bool sent = create(top, peer, failure);
        if (failure) failure.context.end = end_at_fault(top, peer, swapped, failure);
        if (!failure) finish(top, true, swapped, failure);
        if (!failure) finish(peer, false, !swapped, failure);
        if (failure) {
            // Either end takes the other along.
            if (sent) top.undo();
            return;
        }
        first_ = one.link(false);
        second_ = two.link(false);
        first_.far_netns_ = second_.netns_;
        second_.far_netns_ = first_.netns_;
        owned_ = true;
    }

    static bool create(detail::LinkMaker& top, detail::LinkMaker& peer, Failure& failure) {
        message::LinkAttributes far = peer.attributes(false);
        const bool across = peer.netns != top.netns;
        if (across) far.netns_fd = static_cast<std::uint32_t>(peer.netns->fd.get());
        const message::VethData data{.peer = std::move(far)};
        const auto attempt = [&](std::uint32_t index) {
            ifinfomsg header = top.header();
            header.ifi_index = static_cast<int>(index);
            const auto created = netlink::create_link<message::VethData>(
                top.netns->session, header, top.attributes(true), "veth", data, failure);
            top.index = created.index;
            peer.index = created.link;
            return created.sent;
        };
        // The kernel takes a link whose lower link has the same index for one without a lower link
        // (linkwatch_urgent_event), and tells its carrier up to a second late. Two ends that are
        // first in their namespaces are such links. Since Linux 6.8 asking for the state makes up
        // for it; before that, the ends need different indexes.
        constexpr unsigned carrier_on_demand = 6008;
        if (!across || top.netns->system->kernel_version() >= carrier_on_demand) return attempt(0);
        const bool sent = attempt(0x10000U + (top.tag & 0xffffU));
        const bool index_taken = failure.code == boost::system::errc::file_exists &&
                                 !top.name_is_taken() && !peer.name_is_taken();
        if (!index_taken) return sent;
        failure = {};
        return attempt(0);
    }

    static void finish(detail::LinkMaker& end, bool created, bool is_second, Failure& failure) {
        end.finish(created, failure);
        if (failure) failure.context.end = is_second ? "second end" : "first end";
    }

    // The kernel does not say which end it refused; the request and the names in use do.
    static std::string end_at_fault(const detail::LinkMaker& top,
                                    const detail::LinkMaker& peer,
                                    bool swapped,
                                    Failure& failure) {
        const bool taken = failure.code == boost::system::errc::file_exists;
        bool at_peer = failure.context.attribute.find(".peer") != std::string::npos ||
                       failure.code == boost::system::errc::bad_file_descriptor ||
                       (top.suspect(failure.code).empty() && !peer.suspect(failure.code).empty());
        if (taken) at_peer = !top.name_is_taken();
        if (taken) failure.context.hint = "the name is taken";
        if (failure.code == boost::system::errc::operation_not_permitted)
            at_peer = top.may_change_links();
        (at_peer ? peer : top).describe(failure);
        return at_peer != swapped ? "second end" : "first end";
    }

    // True if the pair was there and is gone now.
    [[nodiscard]] bool remove_ends(Failure& failure) noexcept {
        // Both ends go together; the second is asked only if the first is no longer where it was.
        if (first_.remove_if_ours(failure)) return true;
        Failure second;
        const bool removed = second_.remove_if_ours(second);
        if (removed || !failure) failure = std::move(second);
        return removed;
    }

    void remove_if_owned() noexcept {
        Failure ignored;
        if (std::exchange(owned_, false)) (void)remove_ends(ignored);
    }

    Link first_{};
    Link second_{};
    bool owned_ = false;
};

}  // namespace vethpp
