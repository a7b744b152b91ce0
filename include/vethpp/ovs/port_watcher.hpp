// SPDX-License-Identifier: BSL-1.0
#pragma once

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
/// One thread, from the first link on, which sleeps in poll(2). It calls `gone` with the name and
/// the index that were given to watch(); they stay watched until forgotten.
class OvsPortWatcher {
public:
    using Gone = std::function<void(const std::string& name, std::uint32_t index)>;

    explicit OvsPortWatcher(Gone gone);
    OvsPortWatcher(const OvsPortWatcher&) = delete;
    OvsPortWatcher& operator=(const OvsPortWatcher&) = delete;
    ~OvsPortWatcher();

    /// Replaces what was watched under that name; on failure that stays.
    void watch(const std::string& name,
               const NetnsPtr& netns,
               std::uint32_t index,
               Failure& failure);
    void forget(const std::string& name);
    /// The index of the link that is watched under that name; 0 if none is.
    [[nodiscard]] std::uint32_t watched(const std::string& name) const;
    /// Ends the thread, which the next watch() starts again. Not to be called by `gone`.
    void stop() noexcept;

private:
    using Events = std::shared_ptr<netlink::Transport>;
    struct Port {
        NetnsPtr netns{};
        std::uint32_t index = 0;
        Events events{};
    };
    struct LostLink {
        std::string name{};
        std::uint32_t index = 0;
    };
    struct Follower;

    [[nodiscard]] Events events_of(const NetnsPtr& netns, Failure& failure) const;
    void start(Failure& failure);
    static void* run(void* follower);
    void follow(Follower& follower);
    [[nodiscard]] std::vector<Events> wait(Follower& follower) const;
    [[nodiscard]] std::vector<LostLink> take(const Events& events) const;
    [[nodiscard]] bool is_stopped(const Follower& follower) const;

    Gone gone_;
    mutable std::mutex mutex_{};
    std::map<std::string, Port> ports_{};
    std::unique_ptr<Follower> follower_;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/port_watcher.ipp>
#endif
