// SPDX-License-Identifier: BSL-1.0
// Failures on demand: a System of which the k-th call fails, the netlink sockets that it opens
// included, and a ledger of what a process could leave behind.
#pragma once

#include "catch.hpp"
#include "netns_watch.hpp"
#include <vethpp/netlink/transport.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/system.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <linux/netlink.h>
#include <memory>
#include <mutex>
#include <ostream>
#include <poll.h>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vethpp_test {

/// What goes through the seams: one for each function of System that can fail, and the two of a
/// Transport.
enum class SeamCall {
    open,
    write,
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
};

inline const char* name_of(SeamCall call) {
    constexpr std::array names{"open",
                               "write",
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
                               "await_event"};
    return names.at(static_cast<std::size_t>(call));
}

/// Which calls fail, counted from 1, and how. A call that fails is not carried out, except for a
/// lost reply: the kernel's answer is taken from the socket and thrown away. enter() fails no more
/// than twice in a row: a thread that cannot come back at the third attempt ends the process.
struct Fault {
    std::size_t first = 0;  ///< 0: none
    std::size_t times = 1;
    int error = 0;
    bool lose_reply = false;
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
    [[nodiscard]] std::vector<SeamCall> calls() const {
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
    bool due(SeamCall call, vethpp::error_code& ec) {
        const std::lock_guard lock{mutex_};
        if (!counting_) return false;
        calls_.push_back(call);
        const std::size_t number = calls_.size();
        if (fault_.first == 0 || number < fault_.first || number >= fault_.first + fault_.times)
            return false;
        if (fault_.times > 2 && call == SeamCall::enter) return false;
        if (hits_++ == 0) first_hit_ = number;
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
    std::vector<SeamCall> calls_{};
    std::size_t hits_ = 0;
    std::size_t first_hit_ = 0;
    std::size_t mark_ = 0;
    bool counting_ = false;
};

/// A netlink socket whose calls fail; as of a kernel before 6.2, it does not echo what was created.
class FailingTransport final : public vethpp::netlink::Transport {
public:
    FailingTransport(std::unique_ptr<vethpp::netlink::Transport> real,
                     std::shared_ptr<Faults> faults,
                     SeamCall receiving,
                     bool echoes)
        : real_{std::move(real)},
          faults_{std::move(faults)},
          receiving_{receiving},
          echoes_{echoes} {}

    void send(vethpp::wire::Bytes datagram, vethpp::error_code& ec) override {
        if (faults_->due(SeamCall::send, ec)) return;
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
    SeamCall receiving_;
    bool echoes_;
};

class FailingSystem final : public vethpp::System {
public:
    explicit FailingSystem(std::shared_ptr<Faults> faults, unsigned kernel = 0)
        : faults_{std::move(faults)}, kernel_{kernel} {}

    [[nodiscard]] Faults& faults() const noexcept { return *faults_; }

    vethpp::detail::UniqueFd open(const char* path,
                                  int flags,
                                  vethpp::error_code& ec) const override {
        if (faults_->due(SeamCall::open, ec)) return {};
        return System::open(path, flags, ec);
    }
    void write(int fd, std::string_view text, vethpp::error_code& ec) const override {
        if (!faults_->due(SeamCall::write, ec)) System::write(fd, text, ec);
    }
    struct stat status(int fd, vethpp::error_code& ec) const override {
        if (faults_->due(SeamCall::status, ec)) return {};
        return System::status(fd, ec);
    }
    int control(int fd,
                unsigned long request,
                void* argument,
                vethpp::error_code& ec) const override {
        if (faults_->due(SeamCall::control, ec)) return -1;
        return System::control(fd, request, argument, ec);
    }
    void unshare(int flags, vethpp::error_code& ec) const override {
        if (!faults_->due(SeamCall::unshare, ec)) System::unshare(flags, ec);
    }
    void enter(int netns, vethpp::error_code& ec) const override {
        if (!faults_->due(SeamCall::enter, ec)) System::enter(netns, ec);
    }
    vethpp::detail::UniqueFd current_netns(vethpp::error_code& ec) const override {
        if (faults_->due(SeamCall::current_netns, ec)) return {};
        return System::current_netns(ec);
    }
    std::unique_ptr<vethpp::netlink::Transport> netlink(vethpp::error_code& ec) const override {
        if (faults_->due(SeamCall::netlink, ec)) return nullptr;
        return wrapped(System::netlink(ec), SeamCall::receive);
    }
    std::unique_ptr<vethpp::netlink::Transport> events(std::span<const int> groups,
                                                       vethpp::error_code& ec) const override {
        if (faults_->due(SeamCall::events, ec)) return nullptr;
        return wrapped(System::events(groups, ec), SeamCall::await_event);
    }
    void make_directory(const char* path, unsigned mode, vethpp::error_code& ec) const override {
        if (!faults_->due(SeamCall::make_directory, ec)) System::make_directory(path, mode, ec);
    }
    void lock(int fd, vethpp::error_code& ec) const override {
        if (!faults_->due(SeamCall::lock, ec)) System::lock(fd, ec);
    }
    void mount(const char* source,
               const char* target,
               unsigned long flags,
               vethpp::error_code& ec) const override {
        if (!faults_->due(SeamCall::mount, ec)) System::mount(source, target, flags, ec);
    }
    void unmount(const char* target, vethpp::error_code& ec) const override {
        if (!faults_->due(SeamCall::unmount, ec)) System::unmount(target, ec);
    }
    void unlink(const char* path, vethpp::error_code& ec) const override {
        if (!faults_->due(SeamCall::unlink, ec)) System::unlink(path, ec);
    }
    /// Cannot fail; another one than the real one if the test says so.
    [[nodiscard]] unsigned kernel_version() const noexcept override {
        return kernel_ != 0 ? kernel_ : System::kernel_version();
    }

private:
    [[nodiscard]] std::unique_ptr<vethpp::netlink::Transport> wrapped(
        std::unique_ptr<vethpp::netlink::Transport> real, SeamCall receiving) const {
        return std::make_unique<FailingTransport>(
            std::move(real), faults_, receiving, kernel_version() >= 6002);
    }

    std::shared_ptr<Faults> faults_;
    unsigned kernel_;
};

/// What a process can leave behind: descriptors with what they are, threads, mounts, and the links
/// and the identity of the calling thread's own namespace.
class LeakLedger {
public:
    [[nodiscard]] static LeakLedger now() {
        LeakLedger ledger;
        ledger.list_descriptors();
        ledger.add("threads", living_threads());
        ledger.add("mounts", lines("/proc/thread-self/mountinfo"));
        ledger.add("namespace of this thread",
                   std::filesystem::read_symlink("/proc/thread-self/ns/net").string());
        ledger.list_links();
        return ledger;
    }

    /// Fails the test unless everything is as it was here. A namespace that was dropped is cleaned
    /// up in the background, and what was joined to it goes then, so this looks until all is well,
    /// up to a deadline that only a leak reaches.
    void check_unchanged() const {
        const LeakLedger found = settled();
        CHECK(found == *this);
    }
    /// What there is once it is as it was here, or at the deadline.
    [[nodiscard]] LeakLedger settled(std::chrono::milliseconds deadline = std::chrono::seconds{
                                         5}) const {
        const auto end = std::chrono::steady_clock::now() + deadline;
        LeakLedger found = now();
        while (!(found == *this) && std::chrono::steady_clock::now() < end) {
            ::poll(nullptr, 0, 1);
            found = now();
        }
        return found;
    }

    friend bool operator==(const LeakLedger&, const LeakLedger&) = default;
    friend std::ostream& operator<<(std::ostream& out, const LeakLedger& ledger) {
        for (const std::string& line : ledger.lines_) out << "\n    " << line;
        return out;
    }

private:
    void add(std::string_view what, std::string value) {
        lines_.push_back(std::string{what} + ": " + std::move(value));
    }
    void add(std::string_view what, std::ptrdiff_t value) { add(what, std::to_string(value)); }

    static std::ptrdiff_t lines(const char* path) {
        std::ifstream file{path};
        return std::count(std::istreambuf_iterator<char>{file}, {}, '\n');
    }

    void list_descriptors() {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
            std::error_code gone;  // the one that reads the directory is in it, and ignored
            const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
            if (!gone && !target.ends_with("/fd"))
                found.push_back(entry.path().filename().string() + " " + target);
        }
        std::sort(found.begin(), found.end());
        for (std::string& line : found) add("descriptor", std::move(line));
    }

    void list_links() {
        std::ifstream file{"/proc/thread-self/net/dev"};
        std::vector<std::string> found;
        for (std::string line; std::getline(file, line);)
            if (const auto colon = line.find(':'); colon != std::string::npos)
                found.push_back(line.substr(0, colon).substr(line.find_first_not_of(' ')));
        std::sort(found.begin(), found.end());
        for (std::string& name : found) add("link", std::move(name));
    }

    std::vector<std::string> lines_{};
};

/// The namespace of `real` once more, with all its calls and its session going through `system`.
/// What is made in it outlives neither; the namespace does.
[[nodiscard]] inline vethpp::NetnsRef through(const std::shared_ptr<const FailingSystem>& system,
                                              const vethpp::Netns& real) {
    const auto state = vethpp::NetnsRef{real}.state();
    vethpp::error_code ec;
    auto transport = real.run([&] { return system->netlink(ec); });
    REQUIRE_FALSE(ec);
    vethpp::detail::UniqueFd fd{::fcntl(state->fd.get(), F_DUPFD_CLOEXEC, 0)};
    REQUIRE(fd);
    return vethpp::NetnsRef{std::make_shared<vethpp::detail::NetnsState>(
        system, state->label, std::move(fd), std::move(transport))};
}

}  // namespace vethpp_test
