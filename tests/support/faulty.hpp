// SPDX-License-Identifier: BSL-1.0
// Failures on demand: a System of which the k-th call fails, the netlink sockets that it opens
// included.
#pragma once

#include "catch.hpp"
#include <vethpp/netlink/transport.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/system.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <linux/netlink.h>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace vethpp_test {

/// What goes through the seams: one for each function of System that can fail, and the two of a
/// Transport.
enum class Call {
    open,
    write,
    read,
    status,
    control,
    unshare,
    enter,
    current_netns,
    netlink,
    events,
    make_directory,
    lock,
    mount,
    unmount,
    unlink,
    send,
    receive,
    await_event,  ///< receive() of a socket that only takes events
    count         ///< how many there are
};

inline const char* name_of(Call call) {
    constexpr std::array names{"open",
                               "write",
                               "read",
                               "status",
                               "control",
                               "unshare",
                               "enter",
                               "current_netns",
                               "netlink",
                               "events",
                               "make_directory",
                               "lock",
                               "mount",
                               "unmount",
                               "unlink",
                               "send",
                               "receive",
                               "await_event",
                               "count"};
    return names.at(static_cast<std::size_t>(call));
}

/// Which calls fail, counted from 1 among all or among those of one kind, and how. A call that
/// fails is not carried out, except for a lost reply: the kernel's answer is taken from the socket
/// and thrown away. Among all, enter() fails no more than twice in a row: a thread that cannot come
/// back at the third attempt ends the process.
struct Fault {
    std::size_t first = 0;  ///< 0: none
    std::size_t times = 1;
    int error = 0;
    bool lose_reply = false;
    std::optional<Call> of{};
};

/// The count of calls and the fault that is due; shared by a system and its sockets.
class Faults {
public:
    /// Starts counting anew.
    void arm(const Fault& fault) {
        const std::lock_guard lock{mutex_};
        fault_ = fault;
        calls_.clear();
        hits_ = 0;
        first_hit_ = 0;
        mark_ = 0;
        counting_ = true;
    }
    void pause() { count(false); }
    void resume() { count(true); }
    /// The calls since arm(), in order.
    [[nodiscard]] std::vector<Call> calls() const {
        const std::lock_guard lock{mutex_};
        return calls_;
    }
    [[nodiscard]] std::size_t hits() const {
        const std::lock_guard lock{mutex_};
        return hits_;
    }
    /// Notes how many calls there have been, such as before a wait, whose calls depend on time.
    void mark() {
        const std::lock_guard lock{mutex_};
        mark_ = calls_.size();
    }
    [[nodiscard]] std::size_t marked() const {
        const std::lock_guard lock{mutex_};
        return mark_;
    }
    /// The number of the first call that failed; 0 if none has.
    [[nodiscard]] std::size_t first_hit() const {
        const std::lock_guard lock{mutex_};
        return first_hit_;
    }

    /// Counts a call. Returns whether it is to fail, and sets ec to what with.
    bool due(Call call, vethpp::error_code& ec) {
        const std::lock_guard lock{mutex_};
        if (!counting_) return false;
        calls_.push_back(call);
        if (fault_.of && call != *fault_.of) return false;
        const std::size_t number =
            fault_.of ? static_cast<std::size_t>(std::count(calls_.begin(), calls_.end(), call))
                      : calls_.size();
        if (fault_.first == 0 || number < fault_.first || number >= fault_.first + fault_.times)
            return false;
        if (!fault_.of && fault_.times > 2 && call == Call::enter) return false;
        if (hits_++ == 0) first_hit_ = calls_.size();
        ec = {fault_.error, boost::system::system_category()};
        return true;
    }
    [[nodiscard]] bool loses_reply() const {
        const std::lock_guard lock{mutex_};
        return fault_.lose_reply;
    }

private:
    void count(bool on) {
        const std::lock_guard lock{mutex_};
        counting_ = on;
    }

    mutable std::mutex mutex_{};
    Fault fault_{};
    std::vector<Call> calls_{};
    std::size_t hits_ = 0;
    std::size_t first_hit_ = 0;
    std::size_t mark_ = 0;
    bool counting_ = false;
};

/// A netlink socket whose calls fail; as of a kernel before 6.2, it does not echo what was created.
class FaultyTransport final : public vethpp::netlink::Transport {
public:
    FaultyTransport(std::unique_ptr<vethpp::netlink::Transport> real,
                    std::shared_ptr<Faults> faults,
                    Call receiving,
                    bool echoes)
        : real_{std::move(real)},
          faults_{std::move(faults)},
          receiving_{receiving},
          echoes_{echoes} {}

    void send(vethpp::wire::Bytes datagram, vethpp::error_code& ec) override {
        if (faults_->due(Call::send, ec)) return;
        if (echoes_) return real_->send(datagram, ec);
        std::vector<std::byte> silent(datagram.begin(), datagram.end());
        for (std::size_t at = 0; at + sizeof(nlmsghdr) <= silent.size();) {
            nlmsghdr header;
            std::memcpy(&header, silent.data() + at, sizeof header);
            header.nlmsg_flags &= static_cast<std::uint16_t>(~NLM_F_ECHO);
            std::memcpy(silent.data() + at, &header, sizeof header);
            at += vethpp::wire::align(header.nlmsg_len);
        }
        real_->send(silent, ec);
    }
    vethpp::netlink::Datagram receive(std::span<std::byte> buffer,
                                      vethpp::error_code& ec) override {
        vethpp::error_code failure;
        const bool fails = faults_->due(receiving_, failure);
        if (!fails) return real_->receive(buffer, ec);
        if (faults_->loses_reply()) real_->receive(buffer, ec);
        ec = failure;
        return {};
    }
    [[nodiscard]] std::uint32_t port() const noexcept override { return real_->port(); }
    [[nodiscard]] int native_handle() const noexcept override { return real_->native_handle(); }

private:
    std::unique_ptr<vethpp::netlink::Transport> real_;
    std::shared_ptr<Faults> faults_;
    Call receiving_;
    bool echoes_;
};

/// System calls, those of its netlink sockets included, that fail as faults() says. kernel: the
/// version that it pretends to be, if not 0.
class FaultySystem : public vethpp::System {
public:
    explicit FaultySystem(unsigned kernel = 0) : kernel_{kernel} {}

    [[nodiscard]] Faults& faults() const noexcept { return *faults_; }

    /// One kind of call fails: from this moment on the nth, and so many of them. Call::count: none.
    void fail(Call call, int error, int nth = 1, int times = 1) {
        faults_->arm({.first = call == Call::count ? 0 : static_cast<std::size_t>(nth),
                      .times = static_cast<std::size_t>(times),
                      .error = error,
                      .of = call});
    }
    /// Since fail() or arm().
    [[nodiscard]] int hits() const { return static_cast<int>(faults_->hits()); }
    [[nodiscard]] int calls(Call call) const {
        const auto all = faults_->calls();
        return static_cast<int>(std::count(all.begin(), all.end(), call));
    }

    vethpp::detail::UniqueFd open(const char* path,
                                  int flags,
                                  vethpp::error_code& ec) const override {
        if (faults_->due(Call::open, ec)) return {};
        return System::open(path, flags, ec);
    }
    vethpp::detail::UniqueFd open_at(int directory,
                                     const char* path,
                                     int flags,
                                     vethpp::error_code& ec) const override {
        if (faults_->due(Call::open, ec)) return {};
        return System::open_at(directory, path, flags, ec);
    }
    void write(int fd, std::string_view text, vethpp::error_code& ec) const override {
        if (!faults_->due(Call::write, ec)) System::write(fd, text, ec);
    }
    std::size_t read(int fd, std::span<char> text, vethpp::error_code& ec) const override {
        if (faults_->due(Call::read, ec)) return 0;
        return System::read(fd, text, ec);
    }
    struct stat status(int fd, vethpp::error_code& ec) const override {
        if (faults_->due(Call::status, ec)) return {};
        return System::status(fd, ec);
    }
    struct stat status_of(const char* path, vethpp::error_code& ec) const override {
        if (faults_->due(Call::status, ec)) return {};
        return System::status_of(path, ec);
    }
    int control(int fd,
                unsigned long request,
                void* argument,
                vethpp::error_code& ec) const override {
        if (faults_->due(Call::control, ec)) return -1;
        return System::control(fd, request, argument, ec);
    }
    void unshare(int flags, vethpp::error_code& ec) const override {
        if (!faults_->due(Call::unshare, ec)) System::unshare(flags, ec);
    }
    void enter(int netns, vethpp::error_code& ec) const override {
        if (!faults_->due(Call::enter, ec)) System::enter(netns, ec);
    }
    vethpp::detail::UniqueFd current_netns(vethpp::error_code& ec) const override {
        if (faults_->due(Call::current_netns, ec)) return {};
        return System::current_netns(ec);
    }
    std::unique_ptr<vethpp::netlink::Transport> netlink(int protocol,
                                                        vethpp::error_code& ec) const override {
        if (faults_->due(Call::netlink, ec)) return nullptr;
        return wrapped(System::netlink(protocol, ec), Call::receive);
    }
    std::unique_ptr<vethpp::netlink::Transport> events(std::span<const int> groups,
                                                       vethpp::error_code& ec) const override {
        if (faults_->due(Call::events, ec)) return nullptr;
        return wrapped(System::events(groups, ec), Call::await_event);
    }
    void make_directory(const char* path, unsigned mode, vethpp::error_code& ec) const override {
        if (!faults_->due(Call::make_directory, ec)) System::make_directory(path, mode, ec);
    }
    void lock(int fd, vethpp::error_code& ec) const override {
        if (!faults_->due(Call::lock, ec)) System::lock(fd, ec);
    }
    void mount(const char* source,
               const char* target,
               unsigned long flags,
               vethpp::error_code& ec) const override {
        if (!faults_->due(Call::mount, ec)) System::mount(source, target, flags, ec);
    }
    vethpp::detail::UniqueFd mount_detached(const char* type,
                                            vethpp::error_code& ec) const override {
        if (faults_->due(Call::mount, ec)) return {};
        return System::mount_detached(type, ec);
    }
    void unmount(const char* target, vethpp::error_code& ec) const override {
        if (!faults_->due(Call::unmount, ec)) System::unmount(target, ec);
    }
    void unlink(const char* path, vethpp::error_code& ec) const override {
        if (!faults_->due(Call::unlink, ec)) System::unlink(path, ec);
    }
    /// Cannot fail; another one than the real one if the test says so.
    [[nodiscard]] unsigned kernel_version() const noexcept override {
        return kernel_ != 0 ? kernel_ : System::kernel_version();
    }

private:
    [[nodiscard]] std::unique_ptr<vethpp::netlink::Transport> wrapped(
        std::unique_ptr<vethpp::netlink::Transport> real, Call receiving) const {
        return std::make_unique<FaultyTransport>(
            std::move(real), faults_, receiving, kernel_version() >= 6002);
    }

    std::shared_ptr<Faults> faults_ = std::make_shared<Faults>();
    unsigned kernel_;
};

/// The namespace of `real` once more, with all its calls and its session going through `system`.
/// What is made in it outlives neither; the namespace does.
[[nodiscard]] inline vethpp::NetnsRef through(const std::shared_ptr<const FaultySystem>& system,
                                              const vethpp::Netns& real) {
    const auto state = vethpp::NetnsRef{real}.state();
    vethpp::error_code ec;
    auto transport = real.run([&] { return system->netlink(NETLINK_ROUTE, ec); });
    REQUIRE_FALSE(ec);
    vethpp::detail::UniqueFd fd{::fcntl(state->shared_descriptor(), F_DUPFD_CLOEXEC, 0)};
    REQUIRE(fd);
    return vethpp::NetnsRef{std::make_shared<vethpp::detail::NetnsState>(
        system, state->label, std::move(fd), std::move(transport))};
}

}  // namespace vethpp_test
