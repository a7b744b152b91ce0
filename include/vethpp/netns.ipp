// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/copies.hpp>
#include <vethpp/base/net_if.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/readiness.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/netns/published_name.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/sysctl.hpp>
#include <vethpp/netns/visit.hpp>
#include <vethpp/value/attempt.hpp>
#include <vethpp/value/interface_name.hpp>

#include <cerrno>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <sched.h>

namespace vethpp {
namespace detail {

// What unshare(2) made, with the calling thread in it.
struct NewNetns {
    UniqueFd fd{};
    std::unique_ptr<netlink::Transport> transport{};
    bool skips_duplicate_detection = false;

    void make(const System& system,
              const NetnsPlace& before,
              const NetnsOptions& options,
              Failure& failure) {
        error_code ec;
        system.unshare(CLONE_NEWNET, ec);
        if (!ec) fd = system.current_netns(ec);
        // Whatever made unshare(2) do nothing, going on would change the caller's own network.
        const ino_t inode = ec ? ino_t{} : system.status(fd.get(), ec).st_ino;
        if (!ec && before.inode == inode) failure.fail(errc::namespace_not_new);
        if (!ec && !failure) {
            set_up(SysctlFiles{system}, options, failure);
            transport = system.netlink(NETLINK_ROUTE, ec);
        }
        failure.fail(ec);
        if (ec == boost::system::errc::operation_not_permitted)
            failure.explain(how_to_get_sys_admin());
        if (ec == boost::system::errc::no_space_on_device)
            failure.explain("the limit user.max_net_namespaces is reached");
    }

    void set_up(SysctlFiles sysctls, const NetnsOptions& options, Failure& failure) {
        Failure no_dad;  // where these cannot be written, the namespace is as good without
        sysctls.write(sysctl_of_link("ipv6", "default", "accept_dad"), "0", no_dad);
        // Else, if the machine has it so, removing an IPv4 address takes its subnet's along.
        Failure no_promotion;
        sysctls.write(sysctl_of_link("ipv4", "all", "promote_secondaries"), "1", no_promotion);
        if (options.link_down_keeps_ipv6)
            sysctls.write(sysctl_of_link("ipv6", "all", "keep_addr_on_down"), "1", failure);
        if (options.forwarding) set_forwarding(sysctls, *options.forwarding, failure);
        skips_duplicate_detection =
            !write_sysctls(sysctls, options.sysctls, {}, failure) && !no_dad;
    }
};

[[nodiscard]] inline NetnsRef make_netns(const std::string& label,
                                         const NetnsOptions& options,
                                         Failure& failure) {
    const std::shared_ptr<const System> system = options.system ? options.system : System::real();
    watch_for_copies();
    NewNetns made;
    const NetnsHome home = find_home(*system, failure);
    const auto make = [&] { made.make(*system, home.place, options, failure); };
    visit_namespaces(*system, home, make, failure);
    if (failure) return NetnsRef::none();
    NetnsPtr state = make_netns_state(system, label, std::move(made.fd), std::move(made.transport));
    state->keep_to_itself();
    state->skips_duplicate_detection = made.skips_duplicate_detection;
    constexpr std::uint32_t loopback = 1;  // LOOPBACK_IFINDEX, in every namespace
    if (options.loopback_up)
        netlink::set_link_flags(state->session, loopback, IFF_UP, IFF_UP, failure);
    if (failure) failure.context.object = "lo";
    return failure ? NetnsRef::none() : NetnsRef{std::move(state)};
}

// To another kind of file the question may mean something else.
inline void check_is_netns(const System& system, int fd, Failure& failure) {
    if (failure) return;
    error_code ec;
    const bool stands_for_namespace = system.file_system(fd, ec) == NSFS_MAGIC;
    if (ec == boost::system::errc::bad_file_descriptor) return failure.fail(ec);
    if (ec || !stands_for_namespace ||
        system.control(fd, NS_GET_NSTYPE, nullptr, ec) != CLONE_NEWNET)
        failure.fail(errc::not_a_namespace);
}

[[nodiscard]] inline NetnsRef open_netns(std::string_view label, UniqueFd fd, Failure& failure) {
    if (failure) return NetnsRef::none();
    const std::shared_ptr<const System> system = System::real();
    check_is_netns(*system, fd.get(), failure);
    const NetnsHome home = find_home(*system, failure);
    if (failure) return NetnsRef::none();
    error_code ec;
    std::unique_ptr<netlink::Transport> transport;
    if (home.place == place_of(*system, fd.get())) {
        transport = system->netlink(NETLINK_ROUTE, ec);
        failure.fail(ec);
    } else {
        const auto open = [&] {
            system->enter(fd.get(), ec);
            if (!ec) transport = system->netlink(NETLINK_ROUTE, ec);
        };
        visit_namespaces(*system, home, open, failure);
        explain_entering(ec, failure);
    }
    if (failure) return NetnsRef::none();
    return NetnsRef{make_netns_state(system, label, std::move(fd), std::move(transport))};
}

// Whether /proc is there and shows the processes as this one knows them.
[[nodiscard]] inline bool has_own_proc() {
    error_code ec;
    (void)System::real()->status_of("/proc/thread-self", ec);
    return !ec;
}

[[nodiscard]] inline NetnsRef open_netns_file(std::string label,
                                              const std::string& path,
                                              Failure& failure) {
    error_code ec;
    UniqueFd fd;
    // One that is something else must neither hold this up nor become a terminal of the process.
    constexpr int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
    if (!failure) fd = System::real()->open(path.c_str(), flags, ec);
    failure.fail(ec);
    return open_netns(std::move(label), std::move(fd), failure);
}

}  // namespace detail

VETHPP_INLINE Netns::Netns(NetnsRef ref) noexcept : ref_{std::move(ref)} {}
VETHPP_INLINE Netns::Netns(Netns&&) noexcept = default;
VETHPP_INLINE Netns& Netns::operator=(Netns&&) noexcept = default;
VETHPP_INLINE Netns::~Netns() = default;

VETHPP_INLINE Netns Netns::create(std::string label,
                                  const NetnsOptions& options,
                                  OnError on_error) {
    if (label.empty()) label = "an anonymous namespace";
    return detail::attempt({"create the namespace", {}, label}, on_error, [&](Failure& failure) {
        return Netns{detail::make_netns(label, options, failure)};
    });
}

VETHPP_INLINE Netns Netns::open(std::string_view name, OnError on_error) {
    return detail::attempt({"open the namespace", name}, on_error, [&](Failure& failure) {
        detail::check_netns_name(name, failure);
        const std::string path = detail::netns_path(name);
        Netns netns{detail::open_netns_file(std::string{name}, path, failure)};
        if (failure.code == boost::system::errc::no_such_file_or_directory)
            failure.explain(detail::concat({"there is no ", path}));
        return netns;
    });
}

VETHPP_INLINE Netns Netns::open_path(const std::string& path, OnError on_error) {
    return detail::attempt({"open the namespace", path}, on_error, [&](Failure& failure) {
        return Netns{detail::open_netns_file(path, path, failure)};
    });
}

VETHPP_INLINE Netns Netns::of_process(pid_t pid, OnError on_error) {
    const std::string number = std::to_string(pid);
    const std::string label = "the namespace of process " + number;
    return detail::attempt({"open the namespace", label}, on_error, [&](Failure& failure) {
        Netns netns{
            detail::open_netns_file(label, detail::concat({"/proc/", number, "/ns/net"}), failure)};
        if (failure.code == boost::system::errc::no_such_file_or_directory)
            failure.explain(detail::has_own_proc() ? "there is no such process"
                                                   : "/proc is not mounted, or is that of another "
                                                     "PID namespace");
        if (failure.code == boost::system::errc::permission_denied)
            failure.explain("it takes the right to trace that process, see ptrace(2)");
        return netns;
    });
}

VETHPP_INLINE Netns Netns::of_socket(int socket, OnError on_error) {
    const std::string label = "the namespace of socket " + std::to_string(socket);
    return detail::attempt({"open the namespace", label}, on_error, [&](Failure& failure) {
        error_code ec;
        detail::UniqueFd fd{System::real()->control(socket, SIOCGSKNS, nullptr, ec)};
        failure.fail(ec);
        return Netns{detail::open_netns(label, std::move(fd), failure)};
    });
}

VETHPP_INLINE Netns Netns::of_descriptor(int descriptor, OnError on_error) {
    const std::string label = "the namespace of descriptor " + std::to_string(descriptor);
    return detail::attempt({"open the namespace", label}, on_error, [&](Failure& failure) {
        detail::UniqueFd fd{::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)};
        if (!fd) failure.fail(last_error());
        return Netns{detail::open_netns(label, std::move(fd), failure)};
    });
}

VETHPP_INLINE Netns Netns::current(OnError on_error) {
    return detail::attempt({"open the current namespace"}, on_error, [&](Failure& failure) {
        return Netns{NetnsRef{detail::current_netns(failure)}};
    });
}

VETHPP_INLINE void Netns::publish(const std::string& name, OnError on_error) {
    detail::attempt({"publish the namespace", name, label()}, on_error, [&](Failure& failure) {
        const detail::NetnsPtr state = ref_.resolve(failure);
        detail::check_netns_name(name, failure);
        if (failure) return;
        state->session.check_is_ours(failure);
        if (failure) return;
        const std::lock_guard lock{state->publishing};
        if (published_ && published_->path() == detail::netns_path(name)) {
            if (published_->stands()) return;
            published_.reset();
        }
        auto made = std::make_unique<detail::PublishedName>(
            state->system, state->shared_descriptor(), name, failure);
        if (!failure) published_ = std::move(made);
    });
}

VETHPP_INLINE std::uint64_t Netns::id(OnError on_error) const {
    return detail::attempt({"identify the namespace"}, on_error, [&](Failure& failure) {
        const detail::NetnsPtr state = ref_.resolve(failure);
        return failure ? 0 : detail::netns_id(*state);
    });
}

VETHPP_INLINE bool operator==(const Netns& a, const Netns& b) noexcept {
    if (!a || !b) return !a && !b;
    return detail::netns_id(*a.ref_.state()) == detail::netns_id(*b.ref_.state());
}

VETHPP_INLINE std::vector<LinkState> Netns::links(OnError on_error) const {
    return detail::attempt({"list the links", {}, label()}, on_error, [&](Failure& failure) {
        const detail::NetnsPtr state = ref_.resolve(failure);
        return failure ? std::vector<LinkState>{} : netlink::list_links(state->session, failure);
    });
}

namespace detail {

[[nodiscard]] inline Link find_link(const NetnsRef& netns,
                                    const netlink::LinkQuery& query,
                                    Failure& failure) {
    const NetnsPtr state = netns.resolve(failure);
    if (failure) return {};
    const message::LinkSummary found = netlink::look_up(state->session, query, failure);
    return failure ? Link{} : Link{netns, found.index, found.name};
}

}  // namespace detail

VETHPP_INLINE Link Netns::link(std::string_view name, OnError on_error) const {
    return detail::attempt({"find the link", name, label()}, on_error, [&](Failure& failure) {
        detail::check_name(name, failure, max_alternative_name);
        return detail::find_link(ref_, {.name = name}, failure);
    });
}

VETHPP_INLINE Link Netns::link(std::uint32_t index, OnError on_error) const {
    const std::string object = "the link with index " + std::to_string(index);
    return detail::attempt({"find the link", object, label()}, on_error, [&](Failure& failure) {
        if (index == 0) failure.fail_errno(ENODEV);
        return detail::find_link(ref_, {.index = index}, failure);
    });
}

VETHPP_INLINE void Netns::wait_ready(Deadline deadline, OnError on_error) const {
    detail::attempt(
        {"wait until the namespace is ready", {}, label()}, on_error, [&](Failure& failure) {
            const detail::AwaitedLink all{.netns = ref_.resolve(failure)};
            detail::wait_ready({&all, 1}, deadline, failure);
        });
}

VETHPP_INLINE NetnsGuard::NetnsGuard(const NetnsRef& netns, OnError on_error)
    : entry_{netns, failure_} {
    detail::conclude({"enter the namespace", {}, netns.label()}, std::move(failure_), on_error);
}

VETHPP_INLINE NetnsGuard::NetnsGuard(const NetnsRef& netns, const NetnsRef& home, OnError on_error)
    : entry_{netns, home, failure_} {
    detail::conclude({"enter the namespace", {}, netns.label()}, std::move(failure_), on_error);
}

}  // namespace vethpp
