// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netns/excursion.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/wire/reader.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <functional>
#include <linux/rtnetlink.h>
#include <map>
#include <memory>
#include <mutex>
#include <poll.h>
#include <span>
#include <string>
#include <sys/eventfd.h>
#include <thread>
#include <utility>
#include <vector>

namespace vethpp::detail {

/// Tells when a link is gone. Open vSwitch does not notice in userspace, keeps a dead port, and
/// gives no traffic to a new link of the same name.
///
/// One thread, from the first link on, which sleeps in poll(2). It calls `gone` with a name that
/// was given to watch(), after having forgotten it.
class OvsPortWatcher {
public:
    using Gone = std::function<void(const std::string& name)>;

    explicit OvsPortWatcher(Gone gone) : gone_{std::move(gone)} {}
    OvsPortWatcher(const OvsPortWatcher&) = delete;
    OvsPortWatcher& operator=(const OvsPortWatcher&) = delete;
    ~OvsPortWatcher() { stop(); }

    /// Replaces what was watched under that name.
    void watch(const std::string& name, NetnsPtr netns, std::uint32_t index, Failure& failure) {
        const std::lock_guard lock{mutex_};
        std::shared_ptr<netlink::Transport> events;
        for (const auto& [other, port] : ports_)
            if (port.netns == netns) events = port.events;
        if (!events) events = subscribe(*netns, failure);
        if (failure) return;
        ports_[name] = {std::move(netns), index, std::move(events)};
        if (!wake_) wake_ = UniqueFd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
        if (!wake_) {
            failure.fail(error_code{errno, boost::system::system_category()});
            ports_.erase(name);
            return;
        }
        if (!thread_.joinable()) start();
        ::eventfd_write(wake_.get(), 1);
    }
    /// True if it was watched.
    bool forget(const std::string& name) {
        const std::lock_guard lock{mutex_};
        return ports_.erase(name) != 0;
    }
    /// Whether that name is watched, as another link than this.
    [[nodiscard]] bool watches_another(const std::string& name, std::uint32_t index) {
        const std::lock_guard lock{mutex_};
        const auto found = ports_.find(name);
        return found != ports_.end() && found->second.index != index;
    }
    void stop() noexcept {
        if (!thread_.joinable()) return;
        {
            const std::lock_guard lock{mutex_};
            stop_ = true;
        }
        ::eventfd_write(wake_.get(), 1);
        thread_.join();
    }

private:
    struct Port {
        NetnsPtr netns{};
        std::uint32_t index = 0;
        std::shared_ptr<netlink::Transport> events{};
    };

    static std::shared_ptr<netlink::Transport> subscribe(NetnsState& netns, Failure& failure) {
        std::unique_ptr<netlink::Transport> events;
        error_code ec;
        excursion(
            *netns.system,
            [&](const UniqueFd&) {
                netns.system->enter(netns.fd.get(), ec);
                const int group = RTNLGRP_LINK;
                if (!ec) events = netns.system->events({&group, 1}, ec);
            },
            failure);
        if (ec) failure.fail(ec);
        return events;
    }

    // Signals are for the program's own threads.
    void start() {
        sigset_t all;
        sigset_t before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);
        thread_ = std::thread{[this] { follow(); }};
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    void follow() {
        for (;;) {
            std::vector<pollfd> items{{.fd = wake_.get(), .events = POLLIN, .revents = 0}};
            std::vector<std::shared_ptr<netlink::Transport>> sockets;
            {
                const std::lock_guard lock{mutex_};
                if (stop_) return;
                for (const auto& [name, port] : ports_)
                    if (std::find(sockets.begin(), sockets.end(), port.events) == sockets.end())
                        sockets.push_back(port.events);
            }
            for (const auto& socket : sockets)
                items.push_back({.fd = socket->native_handle(), .events = POLLIN, .revents = 0});
            (void)::poll(items.data(), items.size(), -1);
            eventfd_t ignored = 0;
            ::eventfd_read(wake_.get(), &ignored);
            for (const auto& socket : sockets)
                for (const std::string& name : take(*socket)) gone_(name);
        }
    }

    // What is gone from one namespace, as far as its socket says.
    std::vector<std::string> take(netlink::Transport& socket) {
        std::vector<std::string> names;
        std::array<std::byte, sizeof(nlmsghdr) + sizeof(ifinfomsg)> head{};
        error_code ec;
        bool lost = false;
        while (true) {
            socket.receive(head, ec);
            lost = lost || ec == boost::system::errc::no_buffer_space;
            if (ec == boost::system::errc::no_buffer_space ||
                ec == boost::system::errc::interrupted)
                continue;
            if (ec) break;
            const auto header = wire::load<nlmsghdr>(head);
            const auto link = wire::load<ifinfomsg>(wire::after(head, sizeof(nlmsghdr)));
            // A bridge port that leaves its bridge is told as a deletion, too, of another family.
            if (header && link && header->nlmsg_type == RTM_DELLINK &&
                link->ifi_family == AF_UNSPEC)
                forget(socket, static_cast<std::uint32_t>(link->ifi_index), names);
        }
        if (lost) forget(socket, 0, names);
        return names;
    }

    // index 0: whichever is not there any more.
    void forget(const netlink::Transport& socket,
                std::uint32_t index,
                std::vector<std::string>& names) {
        const std::lock_guard lock{mutex_};
        std::erase_if(ports_, [&](const auto& entry) {
            const Port& port = entry.second;
            bool gone = port.events.get() == &socket && port.index == index;
            if (index == 0 && port.events.get() == &socket) {
                Failure failure;
                (void)netlink::get_link(port.netns->session, {.index = port.index}, failure);
                gone = failure.code == boost::system::errc::no_such_device;
            }
            if (gone) names.push_back(entry.first);
            return gone;
        });
    }

    Gone gone_;
    std::mutex mutex_{};
    std::map<std::string, Port> ports_{};
    UniqueFd wake_{};
    bool stop_ = false;
    std::thread thread_{};
};

}  // namespace vethpp::detail
