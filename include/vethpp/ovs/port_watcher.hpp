// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/process.hpp>
#include <vethpp/netlink/transport.hpp>
#include <vethpp/netns/ptr.hpp>
#include <vethpp/value/error.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace vethpp::detail {

/// Tells when a link is gone. Open vSwitch does not notice in userspace, keeps a dead port, and
/// gives no traffic to a new link of the same name.
///
/// One thread, from the first link on, which sleeps in poll(2). It remembers which links are gone
/// and calls `on_gone`, now and then, until all of them are forgotten: whoever is told may not be
/// able to do anything yet. In a child process, which has no such thread, nothing is done but
/// closing descriptors.
class OvsPortWatcher {
public:
    using OnGone = std::function<void()>;

    explicit OvsPortWatcher(OnGone on_gone);
    OvsPortWatcher(const OvsPortWatcher&) = delete;
    OvsPortWatcher& operator=(const OvsPortWatcher&) = delete;
    ~OvsPortWatcher();

    /// From now on it is noticed when the link of that index goes. Replaces what was watched under
    /// that name; on failure that stays.
    void watch(const std::string& name,
               const NetnsPtr& netns,
               std::uint32_t index,
               Failure& failure);
    void forget(const std::string& name) noexcept;
    /// Whether another link of that namespace than that one is watched under the name, which it
    /// cannot have any more.
    [[nodiscard]] bool is_replaced(const std::string& name,
                                   const NetnsPtr& netns,
                                   std::uint32_t index) const;
    /// Whether the link that is watched under that name is gone, or any is.
    [[nodiscard]] bool is_gone(const std::string& name) const;
    [[nodiscard]] bool is_any_gone() const;
    /// Ends the thread, which the next watch() starts again. Not to be called by `on_gone`.
    void stop() noexcept;

private:
    struct Source;
    using SourcePtr = std::shared_ptr<Source>;
    struct Port {
        NetnsPtr netns{};
        std::uint32_t index = 0;
        bool gone = false;
        SourcePtr source{};
    };
    using Ports = std::map<std::string, Port>;
    struct Follower;

    [[nodiscard]] SourcePtr source_of(const NetnsPtr& netns, Failure& failure) const;
    void start(Failure& failure);
    static void* run(void* follower);
    void follow(Follower& follower);
    [[nodiscard]] std::vector<SourcePtr> sources() const;
    void take(Source& source);
    [[nodiscard]] bool is_stopped(const Follower& follower) const;

    OnGone on_gone_;
    Birthplace birthplace_{};
    mutable std::mutex mutex_{};
    std::unique_ptr<Ports> ports_;
    std::unique_ptr<Follower> follower_;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/port_watcher.ipp>
#endif
