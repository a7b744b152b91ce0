// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netlink/departing_links.hpp>
#include <vethpp/netlink/session.hpp>
#include <vethpp/netns/home.hpp>
#include <vethpp/netns/known_namespaces.hpp>
#include <vethpp/netns/ptr.hpp>
#include <vethpp/netns/system.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace vethpp::detail {

/// What a Netns and everything in it share: the descriptor that keeps the namespace alive, and one
/// rtnetlink session inside it.
class NetnsState {
public:
    NetnsState(std::shared_ptr<const System> calls,
               std::string name,
               UniqueFd descriptor,
               std::unique_ptr<netlink::Transport> transport);
    NetnsState(const NetnsState&) = delete;
    NetnsState& operator=(const NetnsState&) = delete;
    ~NetnsState();

    /// For the kernel to look at, and for who enters for a moment and leaves nothing there.
    [[nodiscard]] int descriptor() noexcept;
    /// For who enters, or may.
    [[nodiscard]] int shared_descriptor() noexcept;

    /// As long as nobody but this object knows a namespace, nor one to which links lead from it,
    /// there is no process, socket or file in it that could tell whether a link is still there:
    /// then links may be left to the kernel. That is so from keep_to_itself(), for one that was
    /// just made, to the first share().
    void keep_to_itself() noexcept { is_shared_ = false; }
    [[nodiscard]] bool is_kept_to_itself() const noexcept { return !is_shared_; }
    void share() noexcept;
    /// Leaves a link to the kernel, to be removed with the namespace, unless somebody looks before:
    /// then it is gone, see DepartingLinks. False without memory. Call reconsider() after it.
    [[nodiscard]] bool leave(const netlink::DepartingLink& link) noexcept;
    /// Where somebody could tell the difference, or has begun to meanwhile, deletes what was left.
    /// For a pair that was left at both ends, one of them is enough.
    void reconsider() noexcept;
    /// Deletes what was left.
    void settle() noexcept;

    const std::shared_ptr<const System> system;
    const std::string label;

private:
    friend std::uint64_t netns_id(const NetnsState& netns);
    friend void connect(const NetnsPtr& a, const NetnsPtr& b) noexcept;

    UniqueFd fd_;
    std::atomic<bool> is_shared_ = true;
    NetnsPtr reached_next_{};  // by the share() that has reached this one
    netlink::DepartingLinks departing_{};

public:
    const NetnsPlace place;
    netlink::Session session;
    /// To which links lead from here. The kernel calls them by numbers; with these, the text of an
    /// error can use their labels.
    KnownNamespaces neighbours{};
    std::mutex publishing{};
    std::atomic<::ino_t> returns_to = 0;  ///< the namespace a thread has come back to from here
    std::atomic<bool> skips_duplicate_detection = false;  ///< of new links, by a sysctl
};

/// A link leads from one to the other.
void connect(const NetnsPtr& a, const NetnsPtr& b) noexcept;

/// While one of these lives, no link is left to the kernel in any namespace: there is somebody who
/// waits for what links do. The links that have been left before are gone for who looks from there.
class Onlooker {
public:
    /// Who looks by requests.
    Onlooker() noexcept { ++count(); }
    /// Who looks from there; null for the namespace of a thread.
    explicit Onlooker(const NetnsPtr& netns) noexcept;
    Onlooker(Onlooker&&) noexcept { ++count(); }
    Onlooker& operator=(Onlooker&&) noexcept = default;
    ~Onlooker() { --count(); }

    [[nodiscard]] static bool is_there() noexcept { return count() != 0; }

private:
    [[nodiscard]] static std::atomic<int>& count() noexcept {
        static std::atomic<int> onlookers{0};
        return onlookers;
    }
};

[[nodiscard]] NetnsPtr make_netns_state(const std::shared_ptr<const System>& system,
                                        std::string_view label,
                                        UniqueFd&& descriptor,
                                        std::unique_ptr<netlink::Transport>&& transport);

/// The identity of a namespace, valid while a descriptor of it is open: Linux gives every namespace
/// a number that is never used twice (NS_GET_ID), and before that a cookie (SO_NETNS_COOKIE, 5.14).
[[nodiscard]] std::uint64_t netns_id(const NetnsState& netns);

/// The namespace of the calling thread. As long as one of a namespace is in use in this process,
/// there is no other: many links in it do with two descriptors.
[[nodiscard]] NetnsPtr current_netns(Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/state.ipp>
#endif
