// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/explain.hpp>
#include <vethpp/link/maker.hpp>
#include <vethpp/link/readiness.hpp>
#include <vethpp/value/attempt.hpp>
#include <vethpp/veth_pair.hpp>

#include <utility>

namespace vethpp {

VETHPP_INLINE VethPair::VethPair(LinkOptions first, LinkOptions second, OnError on_error) {
    detail::attempt({"create the veth pair"}, on_error, [&](Failure& failure) {
        make(std::move(first), std::move(second), failure);
    });
}

VETHPP_INLINE VethPair& VethPair::operator=(VethPair&& other) noexcept {
    if (this == &other) return *this;
    remove_if_owned();
    first_ = std::move(other.first_);
    second_ = std::move(other.second_);
    owned_ = other.owned_;
    return *this;
}

VETHPP_INLINE VethPair::~VethPair() { remove_if_owned(); }

VETHPP_INLINE std::string VethPair::to_string() const {
    if (!first_ && !second_) return "no pair";
    return detail::concat({first_.to_string(), " and ", second_.to_string()});
}

VETHPP_INLINE void VethPair::wait_ready(Deadline deadline, OnError on_error) const {
    detail::attempt({"wait until the veth pair is ready"}, on_error, [&](Failure& failure) {
        if (!first_ || !second_) failure.fail(errc::no_such_link, "the pair is empty");
        if (failure) return;
        const detail::AwaitedLink ends[] = {{.netns = first_.netns().state(),
                                             .index = first_.index(),
                                             .name = first_.name(),
                                             .routes = first_.data_.routes.get()},
                                            {.netns = second_.netns().state(),
                                             .index = second_.index(),
                                             .name = second_.name(),
                                             .routes = second_.data_.routes.get()}};
        detail::wait_ready(ends, deadline, failure);
    });
}

VETHPP_INLINE void VethPair::remove(OnError on_error) {
    const std::string name = first_.name();
    const NetnsRef netns = first_.netns();
    detail::attempt(
        {"remove the veth pair", name, netns.is_none() ? std::string_view{} : netns.label()},
        on_error,
        [&](Failure& failure) { remove_now(failure); });
}

VETHPP_INLINE void VethPair::remove_now(Failure& failure) {
    if (!first_ && !second_)
        failure.fail(errc::no_such_link, "the pair is empty");
    else if (!remove_ends(failure))
        failure.fail(errc::no_such_link, "neither end is what it was: renamed, or regrouped");
    if (!failure) forget();
}

VETHPP_INLINE void VethPair::forget() noexcept {
    owned_ = false;
    first_ = {};
    second_ = {};
}

namespace detail {

// The kernel does not say which end it refused; the request and the names in use do. True for the
// end that the message is not about, whose maker then describes the failure.
[[nodiscard]] inline bool peer_is_at_fault(const LinkMaker& top,
                                           const LinkMaker& peer,
                                           Failure& failure) {
    // Of an index that is taken the other end says EBUSY.
    if (failure.code == boost::system::errc::file_exists ||
        failure.code == boost::system::errc::device_or_resource_busy) {
        if (top.explain_taken(failure)) return false;
        if (peer.explain_taken(failure)) return true;
        // By now it may have become free.
        if (failure.code == boost::system::errc::file_exists)
            failure.context.hint = "the name is taken";
    }
    if (failure.code == boost::system::errc::operation_not_permitted) return top.may_change_links();
    return failure.context.attribute.find(".peer") != std::string::npos ||
           failure.code == boost::system::errc::bad_file_descriptor ||
           (suspect(top.options(), failure.code).empty() &&
            !suspect(peer.options(), failure.code).empty());
}

inline void create_pair(LinkMaker& top, LinkMaker& peer, Failure& failure) {
    // The kernel takes a link whose lower link has the same index for one without a lower link
    // (linkwatch_urgent_event), and tells its carrier up to a second late. Two ends that are first
    // in their namespaces are such links. Since Linux 6.8 asking for the state makes up for it;
    // before that, the ends need different indexes.
    constexpr unsigned carrier_on_demand = 6008;
    const bool across = peer.netns() != top.netns();
    const bool alike = across && top.netns()->system->kernel_version() < carrier_on_demand;
    // And of the other end it heeds an index only if this one has one (veth_newlink).
    const bool needs_index = peer.options().index.has_value();
    if (top.options().index || (!alike && !needs_index)) return top.create_with(peer, 0, failure);
    for (std::uint32_t attempt = 0; attempt < 8; ++attempt) {
        Failure once;
        // One that the kernel would not choose by itself, so that it is probably free.
        top.create_with(peer, 0x10000U + ((top.tag() + attempt) & 0xffffU), once);
        Failure taken;
        const bool index_is_taken = once.code == boost::system::errc::file_exists &&
                                    !top.explain_taken(taken) && !peer.explain_taken(taken);
        if (!index_is_taken) return failure.take(std::move(once));
        if (!needs_index) break;
    }
    top.create_with(peer, 0, failure);
}

}  // namespace detail

VETHPP_INLINE void VethPair::make(LinkOptions&& first, LinkOptions&& second, Failure& failure) {
    const std::uint32_t tag = detail::random_tag();
    const std::string name = detail::concat({"veth", detail::hex(tag, 8)});
    // Both in the caller's namespace: one session serves both.
    const bool both_here = first.netns.is_current() && second.netns.is_current();
    // Says at which end a step failed.
    const auto at = [&](const char* end) {
        if (failure && failure.context.end.empty()) failure.context.end = end;
    };
    detail::LinkMaker one{std::move(first), tag, name + "a", failure};
    at("first end");
    if (both_here && one.netns()) second.netns = NetnsRef{one.netns()};
    detail::LinkMaker two{std::move(second), tag, name + "b", failure};
    if (!failure && one.options().name == two.options().name &&
        detail::netns_id(*one.netns()) == detail::netns_id(*two.netns())) {
        failure.fail(errc::invalid_name, "both ends have the same name in one namespace");
        two.describe(failure);
    }
    if (!failure && one.options().index && one.options().index == two.options().index &&
        detail::netns_id(*one.netns()) == detail::netns_id(*two.netns())) {
        failure.fail(errc::invalid_option, "both ends have the same index in one namespace");
        two.describe(failure);
    }
    at("second end");
    if (failure) return;

    // The kernel heeds a master and flags only at the end that the message is about, and echoes it
    // only to a socket of that end's namespace: so that is the end with a master, if one has.
    const bool swapped = !one.options().master && two.options().master;
    detail::LinkMaker& top = swapped ? two : one;
    detail::LinkMaker& peer = swapped ? one : two;
    const char* const end_of_top = swapped ? "second end" : "first end";
    const char* const end_of_peer = swapped ? "first end" : "second end";
    detail::create_pair(top, peer, failure);
    if (failure) {
        const bool at_peer = detail::peer_is_at_fault(top, peer, failure);
        (at_peer ? peer : top).describe(failure);
        return at(at_peer ? end_of_peer : end_of_top);
    }
    top.finish(failure);
    at(end_of_top);
    peer.finish(failure);
    at(end_of_peer);
    top.add_routes(failure);
    at(end_of_top);
    peer.add_routes(failure);
    at(end_of_peer);
    if (failure) return;
    first_ = Link{one.commit(false)};
    second_ = Link{two.commit(false)};
    first_.data_.far_netns = second_.data_.netns;
    second_.data_.far_netns = first_.data_.netns;
    detail::connect(first_.data_.netns.state(), second_.data_.netns.state());
    owned_ = true;
}

// True if the pair was there and is gone now.
VETHPP_INLINE bool VethPair::remove_ends(Failure& failure) noexcept {
    // Both ends go together; the second is asked only if the first is no longer where it was.
    Failure first;
    if (first_.data_.remove_if_ours(first)) return true;
    Failure second;
    if (second_.data_.remove_if_ours(second)) return true;
    failure = first ? std::move(first) : std::move(second);
    return false;
}

// True if it is as good as gone: nobody could tell, and if somebody begins to look it will be.
VETHPP_INLINE bool VethPair::leave_ends() noexcept {
    if (!first_.data_.may_be_left() || !second_.data_.may_be_left()) return false;
    detail::NetnsState& here = *first_.data_.netns.state();
    detail::NetnsState& there = *second_.data_.netns.state();
    if (!here.leave({first_.data_.index, first_.data_.tag})) return false;
    // One that is deleted takes the other along.
    if (&here != &there && !there.leave({second_.data_.index, second_.data_.tag})) here.settle();
    here.reconsider();
    return true;
}

VETHPP_INLINE void VethPair::remove_if_owned() noexcept {
    if (!std::exchange(owned_, false) || leave_ends()) return;
    Failure ignored;
    (void)remove_ends(ignored);
}

}  // namespace vethpp
