// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/awaitable.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link.hpp>
#include <vethpp/netns/excursion.hpp>
#include <vethpp/netns/published_name.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/system.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vethpp {

struct NetnsOptions {
    bool loopback_up = true;  ///< sets lo up, so that 127.0.0.1 and ::1 answer
    std::shared_ptr<const System> system = System::real();
};

/// A network namespace: a descriptor that keeps it alive, and the means to work in it.
///
/// **Ownership.** A namespace lives as long as its last user: this object, what was made in it, a
/// socket or a process inside. One from create() has no name anywhere and so ends with the process,
/// also by SIGKILL; its links then vanish within some 70 ms.
/// **Blocking.** create() takes the kernel 0.4 to 0.9 ms. No thread stays behind; in use, the
/// object has two descriptors.
/// **Threads.** The functions may be called from several threads at once.
class Netns {
public:
    /// A new, empty namespace; the calling thread is in its own afterwards. The label is for
    /// people, in errors. New links have IPv6 duplicate address detection off, where the sysctl can
    /// be written.
    [[nodiscard]] static Netns create(std::string label = {},
                                      NetnsOptions options = {},
                                      OnError on_error = {});
    /// A namespace with a name under /run/netns, as in `ip netns exec NAME`.
    [[nodiscard]] static Netns open(std::string_view name, OnError on_error = {});
    /// A namespace by a file, such as /proc/1/ns/net.
    [[nodiscard]] static Netns open_path(const std::string& path, OnError on_error = {});
    /// The namespace of a process, such as a container's.
    [[nodiscard]] static Netns of_process(pid_t pid, OnError on_error = {});
    /// The namespace that a socket belongs to, wherever it is used; needs CAP_NET_ADMIN there.
    [[nodiscard]] static Netns of_socket(int socket, OnError on_error = {});
    /// The namespace of the calling thread.
    [[nodiscard]] static Netns current(OnError on_error = {});

    /// Gives it a name under /run/netns, where `ip netns` and other programs find it, until this
    /// object goes or is given another one. Needs to mount: CAP_SYS_ADMIN in the mount namespace.
    /// Fails with EEXIST if the name is taken; the name that it had stays then.
    void publish(const std::string& name, OnError on_error = {});

    /// False for one that was moved from, or could not be made: using it throws
    /// errc::no_such_namespace.
    [[nodiscard]] explicit operator bool() const noexcept { return state_ != nullptr; }
    [[nodiscard]] const std::string& label() const { return state().label; }
    /// A descriptor of the namespace, as setns(2) takes it; owned by this object.
    [[nodiscard]] int native_handle() const { return state().fd.get(); }
    /// A number that identifies the namespace while it exists; never used twice since Linux 5.14.
    [[nodiscard]] std::uint64_t id() const { return detail::netns_id(state()); }
    /// Whether both are the same namespace, by whatever way they were opened.
    friend bool operator==(const Netns& a, const Netns& b) {
        return a.state_ == b.state_ || a.id() == b.id();
    }

    // NOLINTNEXTLINE(google-explicit-constructor): options are written as `.netns = ns1`
    operator NetnsRef() const {
        (void)state();
        return NetnsRef{state_};
    }

    /// Runs f on the calling thread inside the namespace and returns what it returns; exceptions
    /// pass through. Sockets opened by f belong to this namespace for good. Threads started by f
    /// stay in it, and so does a thread that a library starts lazily, such as that of Asio's
    /// resolver.
    template <class F>
    decltype(auto) run(F&& f) const;

    [[nodiscard]] std::vector<LinkState> links(OnError on_error = {}) const;
    /// By name, or by an alternative name.
    [[nodiscard]] Link link(std::string_view name, OnError on_error = {}) const;
    [[nodiscard]] Link link(std::uint32_t index, OnError on_error = {}) const;

    /// Waits until every link that is administratively up can be used; see Link::wait_ready.
    void wait_ready(std::chrono::milliseconds deadline = std::chrono::seconds{1},
                    OnError on_error = {}) const;

private:
    explicit Netns(detail::NetnsPtr state) noexcept : state_{std::move(state)} {}

    static detail::NetnsPtr make(std::string label, const NetnsOptions& options, Failure& failure);
    static Netns opened(std::string label,
                        detail::UniqueFd fd,
                        Failure&& failure,
                        const char* operation,
                        OnError on_error);
    void describe(const char* operation, Failure& failure) const {
        if (!failure) return;
        failure.context.operation = operation;
        if (failure.context.netns.empty()) failure.context.netns = label();
    }

    [[nodiscard]] detail::NetnsState& state() const {
        if (state_) return *state_;
        Failure failure;
        failure.fail(errc::no_such_namespace);
        throw Error{std::move(failure)};
    }

    detail::NetnsPtr state_;
    std::unique_ptr<detail::PublishedName> published_{};
};

/// The calling thread inside a namespace, from here to the end of the block (setns(2)).
///
/// Not copyable and not movable; guards nest in order. If the thread cannot be brought back, or the
/// guard ends on another thread, the process terminates with a message: a thread in the wrong
/// namespace is worse. Never hold one across co_await or while starting threads.
class [[nodiscard]] NetnsGuard {
public:
    explicit NetnsGuard(const Netns& netns, OnError on_error = {})
        : entry_{NetnsRef{netns}.state(), failure_} {
        report(netns, on_error);
    }
    /// For those who enter often: `home` is the namespace that the thread is in now, which then
    /// need not be looked up, so that a guard costs two calls of setns(2). The thread comes back to
    /// `home` whether or not that is true.
    NetnsGuard(const Netns& netns, const Netns& home, OnError on_error = {})
        : entry_{NetnsRef{netns}.state(), NetnsRef{home}.state(), failure_} {
        report(netns, on_error);
    }
    NetnsGuard(const NetnsGuard&) = delete;
    NetnsGuard& operator=(const NetnsGuard&) = delete;

private:
    void report(const Netns& netns, OnError on_error) {
        if (failure_) {
            failure_.context.operation = "enter the namespace";
            failure_.context.netns = netns.label();
        }
        on_error(std::move(failure_));
    }

    Failure failure_{};
    detail::NetnsEntry entry_;
};

template <class F>
decltype(auto) Netns::run(F&& f) const {
    static_assert(
        !detail::Awaitable<std::invoke_result_t<F>>,
        "Netns::run needs a plain function: a coroutine would resume outside the namespace, "
        "on whatever thread, and leave this one inside");
    const NetnsGuard inside{*this};
    return std::forward<F>(f)();
}

inline detail::NetnsPtr Netns::make(std::string label,
                                    const NetnsOptions& options,
                                    Failure& failure) {
    const System& system = *options.system;
    error_code ec;
    detail::UniqueFd fd;
    std::unique_ptr<netlink::Transport> transport;
    bool same = false;
    bool no_detection = false;
    detail::excursion(
        system,
        [&](const detail::UniqueFd& before) {
            system.unshare(CLONE_NEWNET, ec);
            if (!ec) fd = system.current_netns(ec);
            if (ec) return;
            // Two open descriptors never share an inode unless they are the same namespace.
            // Whatever made unshare(2) do nothing, going on would change the caller's own network.
            const auto old_inode = system.status(before.get(), ec);
            const auto new_inode = ec ? old_inode : system.status(fd.get(), ec);
            same = !ec && old_inode.st_ino == new_inode.st_ino;
            if (ec || same) return;
            error_code best_effort;
            const detail::UniqueFd sysctl =
                system.open("/proc/sys/net/ipv6/conf/default/accept_dad", O_WRONLY, best_effort);
            if (!best_effort) system.write(sysctl.get(), "0", best_effort);
            no_detection = !best_effort;
            transport = system.netlink(ec);
        },
        failure);
    if (failure) return nullptr;
    if (same) {
        failure.fail(errc::namespace_not_new);
        return nullptr;
    }
    if (ec) {
        failure.fail(ec);
        if (ec == boost::system::errc::operation_not_permitted)
            failure.context.hint = "CAP_SYS_ADMIN is needed: run as root, or in a user namespace";
        if (ec == boost::system::errc::no_space_on_device)
            failure.context.hint = "the limit user.max_net_namespaces is reached";
        return nullptr;
    }
    auto state = std::make_shared<detail::NetnsState>(
        options.system, std::move(label), std::move(fd), std::move(transport));
    state->detects_no_duplicates = no_detection;
    constexpr std::uint32_t loopback = 1;  // LOOPBACK_IFINDEX, in every namespace
    if (options.loopback_up)
        netlink::set_link(state->session, loopback, {}, IFF_UP, IFF_UP, failure);
    if (failure) failure.context.object = "lo";
    return state;
}

inline Netns Netns::create(std::string label, NetnsOptions options, OnError on_error) {
    if (label.empty()) label = "an anonymous namespace";
    Failure failure;
    Netns netns{make(label, options, failure)};
    if (failure) {
        failure.context.operation = "create the namespace";
        failure.context.netns = std::move(label);
        netns.state_.reset();
    }
    on_error(std::move(failure));
    return netns;
}

inline Netns Netns::opened(std::string label,
                           detail::UniqueFd fd,
                           Failure&& failure,
                           const char* operation,
                           OnError on_error) {
    const std::shared_ptr<const System> system = System::real();
    detail::NetnsPtr state;
    error_code ec;
    if (!failure) {
        const int type = system->control(fd.get(), NS_GET_NSTYPE, nullptr, ec);
        if (ec || type != CLONE_NEWNET) failure.fail(errc::not_a_namespace);
        ec = {};
    }
    if (!failure) {
        std::unique_ptr<netlink::Transport> transport;
        detail::excursion(
            *system,
            [&](const detail::UniqueFd&) {
                system->enter(fd.get(), ec);
                if (!ec) transport = system->netlink(ec);
            },
            failure);
        if (ec) failure.fail(ec);
        if (ec == boost::system::errc::operation_not_permitted)
            failure.context.hint = "entering needs CAP_SYS_ADMIN in its user namespace";
        if (!failure)
            state = std::make_shared<detail::NetnsState>(
                system, label, std::move(fd), std::move(transport));
    }
    if (failure) {
        failure.context.operation = operation;
        if (failure.context.object.empty()) failure.context.object = std::move(label);
    }
    on_error(std::move(failure));
    return Netns{std::move(state)};
}

inline Netns Netns::open(std::string_view name, OnError on_error) {
    Failure failure;
    detail::check_netns_name(name, failure);
    detail::UniqueFd fd;
    error_code ec;
    if (!failure) {
        fd = System::real()->open(detail::netns_path(name).c_str(), O_RDONLY, ec);
        failure.fail(ec);
    }
    return opened(
        std::string{name}, std::move(fd), std::move(failure), "open the namespace", on_error);
}

inline Netns Netns::open_path(const std::string& path, OnError on_error) {
    Failure failure;
    error_code ec;
    detail::UniqueFd fd = System::real()->open(path.c_str(), O_RDONLY, ec);
    failure.fail(ec);
    return opened(path, std::move(fd), std::move(failure), "open the namespace", on_error);
}

inline Netns Netns::of_process(pid_t pid, OnError on_error) {
    Failure failure;
    error_code ec;
    const std::string path = detail::concat({"/proc/", std::to_string(pid), "/ns/net"});
    detail::UniqueFd fd = System::real()->open(path.c_str(), O_RDONLY, ec);
    failure.fail(ec);
    if (ec == boost::system::errc::no_such_file_or_directory)
        failure.context.hint = "there is no such process";
    return opened("the namespace of process " + std::to_string(pid),
                  std::move(fd),
                  std::move(failure),
                  "open the namespace",
                  on_error);
}

inline Netns Netns::of_socket(int socket, OnError on_error) {
    Failure failure;
    error_code ec;
    detail::UniqueFd fd{System::real()->control(socket, SIOCGSKNS, nullptr, ec)};
    failure.fail(ec);
    return opened("the namespace of socket " + std::to_string(socket),
                  std::move(fd),
                  std::move(failure),
                  "open the namespace",
                  on_error);
}

inline Netns Netns::current(OnError on_error) {
    Failure failure;
    Netns netns{detail::current_netns(System::real(), failure)};
    if (failure) failure.context.operation = "open the current namespace";
    on_error(std::move(failure));
    return netns;
}

inline void Netns::publish(const std::string& name, OnError on_error) {
    Failure failure;
    detail::check_netns_name(name, failure);
    if (!failure) {
        if (published_ && published_->path() == detail::netns_path(name)) published_.reset();
        auto made =
            std::make_unique<detail::PublishedName>(state().system, native_handle(), name, failure);
        if (!failure) published_ = std::move(made);
    }
    if (failure && failure.context.object.empty()) failure.context.object = name;
    describe("publish the namespace", failure);
    on_error(std::move(failure));
}

inline std::vector<LinkState> Netns::links(OnError on_error) const {
    Failure failure;
    auto links = netlink::list_links(state().session, failure);
    describe("list the links", failure);
    on_error(std::move(failure));
    return links;
}

inline Link Netns::link(std::string_view name, OnError on_error) const {
    Failure failure;
    detail::check_name(name, failure, max_alternative_name);
    LinkState found;
    if (!failure) found = netlink::get_link(state().session, {.name = std::string{name}}, failure);
    if (failure && failure.context.object.empty()) failure.context.object = name;
    describe("find the link", failure);
    Link link;
    if (!failure) link = Link{*this, found.index, found.name};
    on_error(std::move(failure));
    return link;
}

inline Link Netns::link(std::uint32_t index, OnError on_error) const {
    Failure failure;
    LinkState found;
    if (index == 0)
        failure.fail(error_code{ENODEV, boost::system::system_category()});
    else
        found = netlink::get_link(state().session, {.index = index}, failure);
    if (failure) failure.context.object = "the link with index " + std::to_string(index);
    describe("find the link", failure);
    Link link;
    if (!failure) link = Link{*this, found.index, found.name};
    on_error(std::move(failure));
    return link;
}

inline void Netns::wait_ready(std::chrono::milliseconds deadline, OnError on_error) const {
    (void)state();
    Failure failure;
    detail::wait_ready({{state_, 0, {}}}, deadline, failure);
    describe("wait until the namespace is ready", failure);
    on_error(std::move(failure));
}

}  // namespace vethpp
