// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/awaitable.hpp>
#include <vethpp/base/deadline.hpp>
#include <vethpp/link.hpp>
#include <vethpp/netns/entry.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/value/sysctl.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <type_traits>
#include <utility>
#include <vector>

namespace vethpp {

class System;
namespace detail {
class PublishedName;
}

struct NetnsOptions {
    bool loopback_up = true;  ///< sets lo up, so that 127.0.0.1 and ::1 answer
    /// What stands between the library and the kernel, for tests of failures; nothing unless given.
    std::shared_ptr<const System> system{};
    /// Its links keep their IPv6 addresses when they are set down, as they keep those of IPv4; the
    /// kernel's default is that they lose them. Writes the sysctl conf/all/keep_addr_on_down.
    bool link_down_keeps_ipv6 = false;
    /// Whether it is a router: IPv4 and IPv6 from link to link, now and of links to come. Where the
    /// kernel has no IPv6, IPv4 alone.
    std::optional<bool> forwarding{};
    /// What else is set before anything is in it, in that order: `{{"net.ipv4.tcp_syncookies",
    /// "2"}}`. Names are those of Sysctls. One that is refused is a failure of create().
    std::vector<Sysctl> sysctls{};
};

/// A network namespace: a descriptor that keeps it alive, and the means to work in it.
///
/// **Ownership.** A namespace lives as long as its last user: this object, what was made in it, a
/// socket or a process inside. One from create() has no name anywhere and so ends with the process,
/// also by SIGKILL; its links then vanish within some 70 ms.
/// **Links that go.** As long as nobody can know a namespace of create(), nor one to which links
/// lead from it, the destructors of its pairs and bridges send nothing: if it goes as well, they go
/// with it, and whoever looks before, by whatever function of this library, finds them gone. It is
/// known from the first run(), NetnsGuard, publish() or native_handle(), to a child process that
/// has its descriptors, and to a wait_ready() or ping() of another thread.
/// **Blocking.** create() takes the kernel 0.4 to 0.9 ms. No thread stays behind; in use, the
/// object has two descriptors.
/// **Threads.** The functions may be called from several threads at once.
/// **Errors.** errc::no_such_namespace for one that was moved from, or could not be made.
class Netns {
public:
    /// A new, empty namespace; the calling thread is in its own afterwards. The label is for
    /// people, in errors. Where sysctls can be written, its links have IPv6 duplicate address
    /// detection off, and removing an IPv4 address leaves the others of its subnet.
    [[nodiscard]] static Netns create(std::string label = {},
                                      const NetnsOptions& options = {},
                                      OnError on_error = {});
    [[nodiscard]] static Netns create(std::string label, ErrorCode auto& ec) {
        return create(std::move(label), {}, ec);
    }
    /// A namespace with a name under /run/netns, as in `ip netns exec NAME`.
    [[nodiscard]] static Netns open(std::string_view name, OnError on_error = {});
    /// A namespace by a file, such as /proc/1/ns/net.
    [[nodiscard]] static Netns open_path(const std::string& path, OnError on_error = {});
    /// The namespace of a process, such as a container's.
    [[nodiscard]] static Netns of_process(pid_t pid, OnError on_error = {});
    /// The namespace that a socket belongs to, wherever it is used; needs CAP_NET_ADMIN there.
    [[nodiscard]] static Netns of_socket(int socket, OnError on_error = {});
    /// The namespace of a descriptor, such as one that came over a UNIX socket; this object keeps
    /// one of its own.
    [[nodiscard]] static Netns of_descriptor(int descriptor, OnError on_error = {});
    /// The namespace of the calling thread.
    [[nodiscard]] static Netns current(OnError on_error = {});

    Netns(Netns&&) noexcept;
    Netns& operator=(Netns&&) noexcept;
    ~Netns();

    /// Gives it a name under /run/netns, where `ip netns` and other programs find it, until this
    /// object goes or is given another one. Needs to mount: CAP_SYS_ADMIN in the mount namespace.
    /// Fails with EEXIST if the name is taken; the name that it had stays then.
    void publish(const std::string& name, OnError on_error = {});

    [[nodiscard]] explicit operator bool() const noexcept { return ref_.state() != nullptr; }
    [[nodiscard]] std::string_view label() const noexcept { return ref_.label(); }
    [[nodiscard]] std::string to_string() const { return std::string{label()}; }
    /// A descriptor of the namespace, as setns(2) takes it; owned by this object.
    [[nodiscard]] int native_handle() const noexcept { return ref_.native_handle(); }
    /// A number that identifies the namespace while it exists; never used twice since Linux 5.14.
    [[nodiscard]] std::uint64_t id(OnError on_error = {}) const;
    /// Whether both are the same namespace, by whatever way they were opened.
    friend bool operator==(const Netns& a, const Netns& b) noexcept;

    // NOLINTNEXTLINE(google-explicit-constructor): options are written as `.netns = ns1`
    operator const NetnsRef&() const noexcept { return ref_; }

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
    void wait_ready(Deadline deadline = std::chrono::seconds{1}, OnError on_error = {}) const;
    void wait_ready(ErrorCode auto& ec) const { wait_ready(std::chrono::seconds{1}, ec); }

private:
    explicit Netns(NetnsRef ref) noexcept;

    NetnsRef ref_;
    std::unique_ptr<detail::PublishedName> published_;
};

/// The calling thread inside a namespace, from here to the end of the block (setns(2)).
///
/// Not copyable and not movable; guards nest in order. If the thread cannot be brought back, or the
/// guard ends on another thread, the process terminates with a message: a thread in the wrong
/// namespace is worse. Never hold one across co_await or while starting threads.
class [[nodiscard]] NetnsGuard {
public:
    explicit NetnsGuard(const NetnsRef& netns, OnError on_error = {});
    /// For those who enter often: `home` is the namespace that the thread is in now, which then
    /// need not be looked up, so that a guard costs two calls of setns(2). The thread comes back to
    /// `home` whether or not that is true.
    NetnsGuard(const NetnsRef& netns, const NetnsRef& home, OnError on_error = {});
    NetnsGuard(const NetnsGuard&) = delete;
    NetnsGuard& operator=(const NetnsGuard&) = delete;

private:
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

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns.ipp>
#endif
