// SPDX-License-Identifier: BSL-1.0
#include "support/capabilities.hpp"
#include "support/catch.hpp"
#include "support/faulty.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/patience.hpp"
#include "support/skip.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <latch>
#include <linux/capability.h>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <sched.h>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <type_traits>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using vethpp::detail::UniqueFd;

static_assert(!std::is_copy_constructible_v<Netns>);
static_assert(!std::is_copy_assignable_v<Netns>);
static_assert(std::is_nothrow_move_constructible_v<Netns>);
static_assert(std::is_nothrow_move_assignable_v<Netns>);
static_assert(std::is_nothrow_destructible_v<Netns>);

std::string read_in(const Netns& netns, const char* path) {
    return netns.run([path] {
        std::ifstream file{path};
        std::string text;
        std::getline(file, text);
        return text;
    });
}
constexpr const char* default_accept_dad = "/proc/sys/net/ipv6/conf/default/accept_dad";

UniqueFd udp_socket() { return UniqueFd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)}; }

// What a program prints, with its standard error, and 0 if it succeeded.
std::pair<std::string, int> output_of(const std::string& command) {
    std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "re");
    REQUIRE(pipe != nullptr);
    std::string text;
    std::array<char, 256> part{};
    while (const std::size_t n = std::fread(part.data(), 1, part.size(), pipe))
        text.append(part.data(), n);
    return {text, ::pclose(pipe)};
}

Names published() {
    Names found;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator{"/run/netns", none})
        found.push_back(entry.path().filename().string());
    std::sort(found.begin(), found.end());
    return found;
}

// How many mounts there are at or below /run/netns, as this thread sees it.
std::ptrdiff_t mounts_of_names() {
    std::ifstream file{"/proc/thread-self/mountinfo"};
    std::ptrdiff_t count = 0;
    for (std::string line; std::getline(file, line);)
        count += line.find(" /run/netns") != std::string::npos;
    return count;
}

// Takes a name away as `ip netns del` does.
void take_away(const std::string& name) {
    const std::string path = "/run/netns/" + name;
    REQUIRE(::umount2(path.c_str(), MNT_DETACH) == 0);
    REQUIRE(::unlink(path.c_str()) == 0);
}

bool drop_capabilities() {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    std::array<__user_cap_data_struct, 2> none{};
    return ::syscall(SYS_capset, &header, none.data()) == 0;
}

// Inside a user namespace one is root as well.
std::string needs_sys_admin() {
    return ::geteuid() != 0 ? "CAP_SYS_ADMIN is needed: run as root, or in a user namespace"
                            : "CAP_SYS_ADMIN is needed, and this root does not have it: a "
                              "container gets it by --cap-add SYS_ADMIN";
}

// 0 if f fails with this error and this sentence; otherwise what it did is on standard error.
template <class F>
int fails_with(F&& f, const std::string& sentence) {
    try {
        f();
    } catch (const Error& error) {
        if (error.what() == sentence) return 0;
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 2;
}

}  // namespace

// --- create ------------------------------------------------------------------------------------

TEST_CASE("netns: a new one is empty but for lo, and the caller stays where it is",
          "[kernel][netns]") {
    const Ledger before = Ledger::now();
    {
        const Netns netns = Netns::create("lab");
        CHECK(static_cast<bool>(netns));
        CHECK(netns.label() == "lab");
        CHECK(here() == before.place);
        CHECK(inode_of(netns.native_handle()) != before.place);
        CHECK(netns.run([] { return here(); }) == inode_of(netns.native_handle()));
        const auto links = netns.links();
        REQUIRE(links.size() == 1);
        CHECK(links[0].name == "lo");
        CHECK(links[0].index == 1);
        CHECK(links[0].is_loopback());
        CHECK(links[0].is_up());
        // In use it has two descriptors and no thread.
        before.check_unchanged(2);
        netns.link("lo").set_mtu(1400);
        netns.wait_ready(long_enough);
        CHECK(netns.link("lo").addresses().size() == 2);
        before.check_unchanged(2);
    }
    before.check_unchanged();
    CHECK(Netns::create().label() == "an anonymous namespace");
    before.check_unchanged();
    succeeds([](OnError e) { CHECK(Netns::create("lab", {}, e)); });
}

TEST_CASE("netns: 127.0.0.1 answers in a new one, unless it shall not", "[kernel][netns]") {
    const bool up = GENERATE(true, false);
    const Netns netns = Netns::create("lab", {.loopback_up = up});
    CHECK(netns.link("lo").state().is_up() == up);
    const int sent = netns.run([] {
        const UniqueFd socket = udp_socket();
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = 9;
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return ::sendto(socket.get(), "x", 1, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) == 1
                   ? 0
                   : errno;
    });
    CHECK(sent == (up ? 0 : ENETUNREACH));
}

TEST_CASE("netns: new links in it do not detect duplicates, where that can be said",
          "[kernel][netns]") {
    const Netns netns = Netns::create("lab");
    CHECK(read_in(netns, default_accept_dad) == "0");
    const Bridge bridge{{.netns = netns, .name = "br0"}};
    CHECK(read_in(netns, "/proc/sys/net/ipv6/conf/br0/accept_dad") == "0");

    // A container mounts /proc/sys read-only.
    for (const Call call : {Call::open, Call::write}) {
        const auto system = std::make_shared<FaultySystem>();
        system->fail(call, EROFS);
        const Netns other = Netns::create("lab", {.system = system});
        CHECK(system->hits() == 1);
        CHECK(read_in(other, default_accept_dad) == "1");
        CHECK(other.link("lo").state().is_up());
    }
}

TEST_CASE("netns: a new one that is the old one is refused", "[kernel][netns]") {
    struct NothingNew : FaultySystem {
        void unshare(int, error_code& ec) const override { ec = {}; }
    };
    const auto system = std::make_shared<NothingNew>();
    const Netns outer = Netns::create("outer");
    const NetnsGuard inside{outer};
    outer.link("lo").set_down();
    const Ledger before = Ledger::now();
    const Error error = failure_of([&](OnError e) {
        const Netns netns = Netns::create("lab", {.system = system}, e);
        CHECK_FALSE(static_cast<bool>(netns));
    });
    check_error(error,
                errc::namespace_not_new,
                "create the namespace in lab: the new network namespace is the old one");
    before.check_unchanged();
    // Nothing has been done to the namespace of the caller.
    CHECK_FALSE(outer.link("lo").state().is_up());
    CHECK(read_in(outer, default_accept_dad) == "0");
}

TEST_CASE("netns: why none can be made", "[kernel][netns]") {
    const auto system = std::make_shared<FaultySystem>();
    const Ledger before = Ledger::now();
    const auto refused = [&](Call call, int number) {
        return failure_of([&](OnError e) {
            system->fail(call, number);
            const Netns netns = Netns::create("lab", {.system = system}, e);
            CHECK_FALSE(static_cast<bool>(netns));
            CHECK(system->hits() == 1);
        });
    };
    check_error(refused(Call::unshare, ENOSPC),
                ENOSPC,
                "create the namespace in lab: No space left on device (the limit "
                "user.max_net_namespaces is reached)");
    check_error(refused(Call::unshare, EPERM),
                EPERM,
                "create the namespace in lab: Operation not permitted (" + needs_sys_admin() + ")");
    check_error(refused(Call::netlink, EMFILE),
                EMFILE,
                "create the namespace in lab: Too many open files (RLIMIT_NOFILE is reached; a "
                "namespace takes two descriptors)");
    check_error(refused(Call::current_netns, ENFILE),
                ENFILE,
                "create the namespace in lab: Too many open files in system");
    before.check_unchanged();
}

TEST_CASE("netns: the kernel itself refuses one to those who have no right", "[kernel][netns]") {
    const Netns other = Netns::create("other");
    const Ended ended = in_child([&] {
        const UniqueFd socket = udp_socket();
        const std::string number = std::to_string(socket.get());
        if (!drop_capabilities()) return 77;
        if (!Netns::current().link("lo")) return 10;  // looking is free
        if (const int wrong = fails_with(
                [] { (void)Netns::create("lab"); },
                "create the namespace in lab: Operation not permitted (" + needs_sys_admin() + ")"))
            return wrong;
        (void)Netns::open_path("/proc/self/ns/net");  // where it is anyway
        const std::string path = "/proc/self/fd/" + std::to_string(other.native_handle());
        if (const int wrong = fails_with([&] { (void)Netns::open_path(path); },
                                         "open the namespace: " + path +
                                             ": Operation not permitted (entering needs "
                                             "CAP_SYS_ADMIN in its user namespace)"))
            return 20 + wrong;
        if (const int wrong = fails_with([&] { (void)Netns::of_socket(socket.get()); },
                                         "open the namespace: the namespace of socket " + number +
                                             ": Operation not permitted"))
            return 30 + wrong;
        return 0;
    });
    CAPTURE(ended.status, ended.output);
    CHECK(ended.exited(0));
}

TEST_CASE("netns: which right is missing", "[kernel][netns]") {
    const Ended without_net_admin = in_child([] {
        if (!give_up(CAP_NET_ADMIN)) return 77;
        return fails_with([] { (void)Netns::create("lab"); },
                          "create the namespace: lo in lab: Operation not permitted "
                          "(CAP_NET_ADMIN is needed in the namespace)");
    });
    CAPTURE(without_net_admin.output);
    CHECK(without_net_admin.exited(0));
    const std::string number = std::to_string(::getpid());
    const Ended without_ptrace = in_child([&] {
        if (!give_up(CAP_SYS_PTRACE)) return 77;
        return fails_with([&] { (void)Netns::of_process(std::stoi(number)); },
                          "open the namespace: the namespace of process " + number +
                              ": Permission denied (it takes the right to trace that process, "
                              "see ptrace(2))");
    });
    CAPTURE(without_ptrace.output);
    CHECK(without_ptrace.exited(0));
}

TEST_CASE("netns: the limit of namespaces is named", "[kernel][netns]") {
    const Ended ended = in_child([] {
        if (::unshare(CLONE_NEWUSER) != 0) return 77;
        std::ofstream limit{"/proc/sys/user/max_net_namespaces"};
        if (!(limit << 1 << std::flush)) return 76;
        const Netns one = Netns::create("one");
        return fails_with([] { (void)Netns::create("two"); },
                          "create the namespace in two: No space left on device (the limit "
                          "user.max_net_namespaces is reached)");
    });
    CAPTURE(ended.status, ended.output);
    if (ended.exited(77)) vethpp_test::skip("this machine refuses a user namespace");
    if (ended.exited(76)) vethpp_test::skip("/proc/sys/user/max_net_namespaces is read-only");
    CHECK(ended.exited(0));
}

// --- Identity ----------------------------------------------------------------------------------

TEST_CASE("netns: it is the same one by whatever way it was opened", "[kernel][netns]") {
    with_own_run([] {
        Netns netns = Netns::create("lab");
        const Netns other = Netns::create("other");
        netns.publish("lab-1");
        const UniqueFd socket = netns.run(udp_socket);
        std::vector<Netns> ways;
        ways.push_back(Netns::open("lab-1"));
        ways.push_back(Netns::open_path("/run/netns/lab-1"));
        ways.push_back(Netns::open_path("/proc/self/fd/" + std::to_string(netns.native_handle())));
        ways.push_back(Netns::of_socket(socket.get()));
        ways.push_back(netns.run([] { return Netns::current(); }));
        ways.push_back(Netns::of_descriptor(netns.native_handle()));
        ways.push_back(netns.run([] { return Netns::open_path("/proc/thread-self/ns/net"); }));
        const Names labels{"lab-1",
                           "/run/netns/lab-1",
                           "/proc/self/fd/" + std::to_string(netns.native_handle()),
                           "the namespace of socket " + std::to_string(socket.get()),
                           "the current namespace",
                           "the namespace of descriptor " + std::to_string(netns.native_handle()),
                           "/proc/thread-self/ns/net"};
        for (std::size_t i = 0; i < ways.size(); ++i) {
            CAPTURE(i);
            CHECK(ways[i].label() == labels[i]);
            CHECK(ways[i] == netns);
            CHECK(ways[i].id() == netns.id());
            CHECK(ways[i] != other);
            CHECK(ways[i].id() != other.id());
            CHECK(inode_of(ways[i].native_handle()) == inode_of(netns.native_handle()));
            CHECK(ways[i].run([] { return here(); }) == inode_of(netns.native_handle()));
        }
        // A link that one of them makes is there for all.
        const Bridge bridge{{.netns = ways[3], .name = "br0"}};
        for (const Netns& way : ways) CHECK(names(way) == Names{"br0"});
        CHECK(names(other).empty());
        CHECK(Netns::current() != netns);
        CHECK(Netns::current() == Netns::current());
    });
}

TEST_CASE("netns: of a process", "[kernel][netns]") {
    std::array<int, 2> ready{};
    std::array<int, 2> done{};
    REQUIRE(::pipe2(ready.data(), O_CLOEXEC) == 0);
    REQUIRE(::pipe2(done.data(), O_CLOEXEC) == 0);
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::close(done[1]);
        char byte = ::unshare(CLONE_NEWNET) == 0 ? 'y' : 'n';
        (void)!::write(ready[1], &byte, 1);
        (void)!::read(done[0], &byte, 1);  // the end of the parent, too
        ::_exit(0);
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    CHECK(byte == 'y');
    const std::string number = std::to_string(child);
    {
        const Netns netns = Netns::of_process(child);
        CHECK(netns.label() == "the namespace of process " + number);
        CHECK(netns != Netns::current());
        CHECK(netns == Netns::open_path("/proc/" + number + "/ns/net"));
        CHECK(names(netns).empty());
        CHECK_FALSE(netns.link("lo").state().is_up());  // found as it is
        ::close(done[1]);
        int status = 0;
        while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        CHECK(netns.links().size() == 1);  // it outlives the process
    }
    for (const int fd : {ready[0], ready[1], done[0]}) ::close(fd);
    CHECK(Netns::of_process(::getpid()) == Netns::current());
    check_error(failure_of([&](OnError e) { (void)Netns::of_process(child, e); }),
                ENOENT,
                "open the namespace: the namespace of process " + number +
                    ": No such file or directory (there is no such process)");
}

TEST_CASE("netns: a number is given once, also where the kernel uses its inode again",
          "[kernel][netns]") {
    constexpr std::size_t count = 30;
    std::set<std::uint64_t> ids;
    std::set<std::uint64_t> cookies;
    for (std::size_t i = 0; i < count; ++i) {
        const auto system = std::make_shared<FaultySystem>();
        const Netns netns = Netns::create("lab", {.system = system});
        const std::uint64_t id = netns.id();
        ids.insert(id);
        // Before NS_GET_ID there was a cookie, and it is the same number.
        system->fail(Call::control, ENOTTY, 1, 100);
        const std::uint64_t cookie = netns.id();
        CHECK(system->hits() == 1);
        CHECK(cookie != inode_of(netns.native_handle()));
        cookies.insert(cookie);
        CHECK(netns == netns);
    }
    CHECK(ids.size() == count);
    CHECK(cookies.size() == count);
}

TEST_CASE("netns: without a number from the kernel it is the inode", "[kernel][netns]") {
    struct NoSocket final : vethpp::netlink::Transport {
        explicit NoSocket(std::unique_ptr<Transport> wrapped) : real{std::move(wrapped)} {}
        void send(vethpp::wire::Bytes datagram, error_code& ec) override {
            real->send(datagram, ec);
        }
        vethpp::netlink::Datagram receive(std::span<std::byte> buffer, error_code& ec) override {
            return real->receive(buffer, ec);
        }
        [[nodiscard]] std::uint32_t port() const noexcept override { return real->port(); }
        [[nodiscard]] int native_handle() const noexcept override { return -1; }
        std::unique_ptr<Transport> real;
    };
    struct Old : FaultySystem {
        std::unique_ptr<vethpp::netlink::Transport> netlink(int protocol,
                                                            error_code& ec) const override {
            return std::make_unique<NoSocket>(FaultySystem::netlink(protocol, ec));
        }
    };
    const auto system = std::make_shared<Old>();
    system->fail(Call::control, ENOTTY, 1, 100);
    const Netns a = Netns::create("a", {.system = system});
    const Netns b = Netns::create("b", {.system = system});
    CHECK(a.id() == inode_of(a.native_handle()));
    CHECK(b.id() == inode_of(b.native_handle()));
    CHECK(a != b);
    CHECK(a == a);
}

// --- Errors of opening -------------------------------------------------------------------------

TEST_CASE("netns: what cannot be opened", "[kernel][netns]") {
    with_own_run([] {
        const Ledger before = Ledger::now();
        const auto by_name = [](const std::string& name) {
            return failure_of([&](OnError e) {
                const Netns netns = Netns::open(name, e);
                CHECK_FALSE(static_cast<bool>(netns));
            });
        };
        const auto by_path = [](const std::string& path) {
            return failure_of([&](OnError e) {
                const Netns netns = Netns::open_path(path, e);
                CHECK_FALSE(static_cast<bool>(netns));
            });
        };
        check_error(by_name("lab"),
                    ENOENT,
                    "open the namespace: lab: No such file or directory (there is no "
                    "/run/netns/lab)");
        check_error(
            by_path("/nowhere"), ENOENT, "open the namespace: /nowhere: No such file or directory");
        check_error(by_path(""), ENOENT, "open the namespace: No such file or directory");
        // Things that are no network namespace; the file is what a crash of `ip netns add` leaves.
        std::filesystem::create_directory("/run/netns");
        std::ofstream{"/run/netns/stale"}.flush();
        check_error(by_name("stale"),
                    errc::not_a_namespace,
                    "open the namespace: stale: not a network namespace");
        for (const std::string path : {"/dev/null", "/run", "/proc/self/ns/mnt", "/proc/self/stat"})
            check_error(by_path(path),
                        errc::not_a_namespace,
                        "open the namespace: " + path + ": not a network namespace");
        std::filesystem::remove("/run/netns/stale");
        // Nobody will ever write to it.
        REQUIRE(::mkfifo("/run/netns/fifo", 0600) == 0);
        check_error(by_name("fifo"),
                    errc::not_a_namespace,
                    "open the namespace: fifo: not a network namespace");
        check_error(by_path("/run/netns/fifo"),
                    errc::not_a_namespace,
                    "open the namespace: /run/netns/fifo: not a network namespace");
        std::filesystem::remove("/run/netns/fifo");
        const auto by_socket = [](int fd, int number) {
            check_error(failure_of([fd](OnError e) { (void)Netns::of_socket(fd, e); }),
                        number,
                        "open the namespace: the namespace of socket " + std::to_string(fd) + ": " +
                            std::strerror(number));
        };
        const UniqueFd no_socket{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
        by_socket(no_socket.get(), ENOTTY);
        by_socket(-1, EBADF);
        check_error(failure_of([&](OnError e) { (void)Netns::of_descriptor(no_socket.get(), e); }),
                    errc::not_a_namespace,
                    "open the namespace: the namespace of descriptor " +
                        std::to_string(no_socket.get()) + ": not a network namespace");
        check_error(failure_of([](OnError e) { (void)Netns::of_descriptor(-1, e); }),
                    EBADF,
                    "open the namespace: the namespace of descriptor -1: Bad file descriptor");
        before.check_unchanged(1);
    });
}

TEST_CASE("netns: what is not a name, neither to open nor to publish", "[kernel][netns]") {
    with_own_run([] {
        Netns netns = Netns::create("lab");
        const std::string nul{"a\0b", 3};
        for (const auto& [name, shown, why] :
             {std::tuple{std::string{}, "\"\"", "a namespace's name has 1 to 255 bytes"},
              std::tuple{std::string{"."}, "\".\"", "\".\" and \"..\" are not names"},
              std::tuple{std::string{".."}, "\"..\"", "\".\" and \"..\" are not names"},
              std::tuple{std::string{"a/b"}, "\"a/b\"", "a namespace's name has no '/'"},
              std::tuple{std::string{"/"}, "\"/\"", "a namespace's name has no '/'"},
              std::tuple{nul, "\"a\\x00b\"", "a namespace's name has no NUL byte"}}) {
            const std::string reason = std::string{": invalid name ("} + why + ")";
            check_error(failure_of([&n = name](OnError e) { (void)Netns::open(n, e); }),
                        errc::invalid_name,
                        std::string{"open the namespace: "} + shown + reason);
            check_error(failure_of([&, &n = name](OnError e) { netns.publish(n, e); }),
                        errc::invalid_name,
                        std::string{"publish the namespace: "} + shown + " in lab" + reason);
        }
        const std::string longest(255, 'x');
        CHECK(failure_of([&](OnError e) { netns.publish(longest + 'x', e); }).code() ==
              errc::invalid_name);
        CHECK_FALSE(std::filesystem::exists("/run/netns"));
        netns.publish(longest);
        CHECK(Netns::open(longest) == netns);
        netns.publish("with space, and ümlaut");
        CHECK(published() == Names{"with space, and ümlaut"});
    });
}

// --- Lifetime ----------------------------------------------------------------------------------

TEST_CASE("netns: moving", "[kernel][netns]") {
    with_own_run([] {
        Netns::create("first").publish("first");  // the directory stays
        const Ledger before = Ledger::now();
        Netns a = Netns::create("a");
        const std::uint64_t id = a.id();
        const NetnsRef ref = a;
        a.publish("a");
        Netns b = std::move(a);
        CHECK(b.id() == id);
        CHECK(b.label() == "a");
        CHECK(ref.native_handle() == b.native_handle());
        CHECK(published() == Names{"a"});
        CHECK_FALSE(static_cast<bool>(a));

        // What was moved from can be asked for what it is, and fails in all else it is asked for.
        CHECK(a.label() == "no namespace");
        CHECK(a.to_string() == "no namespace");
        CHECK(a.native_handle() == -1);
        CHECK(NetnsRef{a}.is_none());
        CHECK_FALSE(NetnsRef{a}.is_current());
        CHECK_FALSE(a == b);
        const auto empty = [](const std::string& operation, auto&& f) {
            check_error(
                failure_of(f), errc::no_such_namespace, operation + ": no namespace to act on");
        };
        empty("identify the namespace", [&](OnError e) { (void)a.id(e); });
        empty("list the links", [&](OnError e) { (void)a.links(e); });
        empty("find the link: lo", [&](OnError e) { (void)a.link("lo", e); });
        empty("find the link: the link with index 1", [&](OnError e) { (void)a.link(1, e); });
        empty("publish the namespace: b", [&](OnError e) { a.publish("b", e); });
        empty("wait until the namespace is ready",
              [&](OnError e) { a.wait_ready(std::chrono::seconds{1}, e); });
        empty("enter the namespace", [&](OnError e) { const NetnsGuard guard{a, e}; });
        empty("create the bridge: br", [&](OnError e) {
            const Bridge bridge{{.netns = a, .name = "br"}, {}, e};
        });
        CHECK_THROWS_AS(a.run([] {}), Error);

        // Assignment drops what was there before, its name included.
        a = Netns::create("c");
        CHECK(a.label() == "c");
        a.publish("c");
        CHECK(published() == Names{"a", "c"});
        b = std::move(a);
        CHECK(b.label() == "c");
        CHECK(published() == Names{"c"});
        CHECK(ref.label() == "a");  // a reference keeps what it needs
        CHECK(ref.native_handle() >= 0);
        const Bridge bridge{{.netns = ref, .name = "br0"}};
        CHECK(bridge.state().name == "br0");
        b = Netns::create("d");
        CHECK(published().empty());
        before.check_unchanged(4);  // b's, and what the reference keeps
    });
}

TEST_CASE("netns: a reference", "[kernel][netns]") {
    const NetnsRef none;
    CHECK(none.is_current());
    CHECK(none.label() == "the current namespace");
    CHECK(none.native_handle() == -1);
    std::optional<Netns> netns = Netns::create("lab");
    const Ledger before = Ledger::now();
    {
        const NetnsRef ref = *netns;
        CHECK_FALSE(ref.is_current());
        CHECK(ref.label() == "lab");
        CHECK(ref.native_handle() == netns->native_handle());
        netns.reset();
        before.check_unchanged();
        CHECK(ref.label() == "lab");
    }
    before.check_unchanged(-2);
}

TEST_CASE("netns: no child program inherits it", "[kernel][netns]") {
    with_own_run([] {
        const auto before = output_of("ls /proc/self/fd");
        REQUIRE(before.second == 0);
        Netns netns = Netns::create("lab");
        netns.publish("lab");
        const Netns other = Netns::open("lab");
        const Netns current = Netns::current();
        CHECK(current != netns);
        const VethPair pair{{.netns = netns, .name = "a", .up = true},
                            {.netns = netns, .name = "b", .up = true}};
        pair.wait_ready(long_enough);
        CHECK(output_of("ls /proc/self/fd") == before);
        netns.run([&] { CHECK(output_of("ls /proc/self/fd") == before); });
    });
}

TEST_CASE("netns: a socket stays in the namespace where it was made, and keeps it",
          "[kernel][netns]") {
    const Netns other = Netns::create("other");
    std::optional<Netns> netns = Netns::create("lab");
    const std::uint64_t id = netns->id();
    UniqueFd socket = netns->run(udp_socket);
    CHECK(Netns::of_socket(socket.get()) == *netns);
    CHECK(other.run([&] { return Netns::of_socket(socket.get()); }) == *netns);
    VethPair{{.netns = *netns, .name = "inside"}, {.netns = other, .name = "outside"}}.release();
    netns.reset();
    // Nobody has it but the socket. Namespaces are cleaned up in the order in which they were left,
    // so another one made and cleaned up in the meantime shows that this one is not.
    {
        std::optional<Netns> dropped = Netns::create("dropped");
        VethPair{{.netns = *dropped, .name = "inside"}, {.netns = other, .name = "going"}}
            .release();
        CHECK(names(other) == Names{"going", "outside"});
        dropped.reset();
        CHECK(comes_true([&] { return names(other).size() <= 1; }));
    }
    CHECK(names(other) == Names{"outside"});
    {
        const Netns again = Netns::of_socket(socket.get());
        CHECK(again.id() == id);
        CHECK(names(again) == Names{"inside"});
    }
    socket = UniqueFd{};
    CHECK(comes_true([&] { return names(other).empty(); }));
}

// --- run ---------------------------------------------------------------------------------------

TEST_CASE("netns: run returns what f returns", "[kernel][netns]") {
    const Netns netns = Netns::create("lab");
    const ::ino_t inside = inode_of(netns.native_handle());
    const ::ino_t outside = here();

    int called = 0;
    netns.run([&] { called += here() == inside; });
    CHECK(called == 1);
    static_assert(std::is_void_v<decltype(netns.run([] {}))>);

    int value = 1;
    static_assert(std::is_same_v<decltype(netns.run([&]() -> int& { return value; })), int&>);
    netns.run([&]() -> int& { return value; }) = 2;
    CHECK(value == 2);
    const auto& constant = netns.run([&]() -> const int& { return value; });
    CHECK(&constant == &value);

    std::unique_ptr<int> owned = netns.run([] { return std::make_unique<int>(3); });
    CHECK(*owned == 3);
    static_assert(
        std::is_same_v<decltype(netns.run([&]() -> int&& { return std::move(value); })), int&&>);
    struct Fixed {
        explicit Fixed(::ino_t where) : place{where} {}
        Fixed(const Fixed&) = delete;
        Fixed& operator=(const Fixed&) = delete;
        ::ino_t place;
    };
    const Fixed fixed = netns.run([] { return Fixed{here()}; });
    CHECK(fixed.place == inside);

    // A function object is called as what it is, and not copied.
    struct Once {
        std::unique_ptr<int> kept = std::make_unique<int>(4);
        int operator()() && { return *kept; }
        int operator()() const& { return -*kept; }
    };
    const Once once;
    CHECK(netns.run(once) == -4);
    CHECK(netns.run(Once{}) == 4);
    CHECK(netns.run(here) == inside);
    CHECK(here() == outside);
}

TEST_CASE("netns: run lets any exception through, and the thread is back", "[kernel][netns]") {
    const Netns netns = Netns::create("lab");
    const Ledger before = Ledger::now();
    struct Unusual {
        ::ino_t place;
    };
    CHECK_THROWS_AS(netns.run([] { throw std::out_of_range{"x"}; }), std::out_of_range);
    CHECK_THROWS_AS(netns.run([] { throw 7; }), int);
    try {
        netns.run([&]() -> int { throw Unusual{here()}; });
        FAIL("nothing was thrown");
    } catch (const Unusual& thrown) {
        CHECK(thrown.place == inode_of(netns.native_handle()));
    }
    // An error of the library is not mistaken for one of entering.
    CHECK_THROWS_WITH(netns.run([&] { (void)netns.link("x"); }),
                      "find the link: x in lab: No such device");
    before.check_unchanged();
}

// --- Links -------------------------------------------------------------------------------------

TEST_CASE("netns: its links, by name, alternative name and index", "[kernel][netns]") {
    const Netns netns = Netns::create("lab");
    const std::string longer = "a-name-of-more-than-fifteen-bytes";
    const Bridge br0{{.netns = netns, .name = "br0", .alternative_names = {"alt", longer}}};
    const Bridge br1{{.netns = netns, .name = "br1"}};
    CHECK(names(netns) == Names{"br0", "br1"});
    CHECK(netns.links().size() == 3);
    for (const std::string& name : {std::string{"br0"}, std::string{"alt"}, longer}) {
        succeeds([&](OnError e) {
            const Link link = netns.link(name, e);
            CHECK(link.index() == br0.index());
            CHECK(link.name() == "br0");
            CHECK(link.netns().native_handle() == netns.native_handle());
            CHECK_FALSE(link.is_owned());
        });
    }
    const Link link = netns.link(br1.index());
    CHECK(link.name() == "br1");
    CHECK(link.index() == br1.index());
    CHECK_FALSE(link.is_owned());
    CHECK(netns.link(1).name() == "lo");
    { const Link found = netns.link("br1"); }
    CHECK(names(netns) == Names{"br0", "br1"});  // what was found is not owned
    succeeds([&](OnError e) { CHECK(netns.links(e).size() == 3); });
}

TEST_CASE("netns: links that are not there", "[kernel][netns]") {
    const Netns netns = Netns::create("lab");
    const auto by_name = [&](const std::string& name) {
        return failure_of([&](OnError e) {
            const Link link = netns.link(name, e);
            CHECK_FALSE(static_cast<bool>(link));
        });
    };
    const auto by_index = [&](std::uint32_t index) {
        return failure_of([&](OnError e) {
            const Link link = netns.link(index, e);
            CHECK_FALSE(static_cast<bool>(link));
        });
    };
    check_error(by_name("eth0"), ENODEV, "find the link: eth0 in lab: No such device");
    const std::string longest(127, 'x');
    check_error(by_name(longest), ENODEV, "find the link: " + longest + " in lab: No such device");
    check_error(by_name(""),
                errc::invalid_name,
                "find the link: \"\" in lab: invalid name (an interface name has at least 1 byte)");
    check_error(
        by_name("a/b"),
        errc::invalid_name,
        "find the link: \"a/b\" in lab: invalid name (an interface name has no '/' and no ':')");
    CHECK_THAT(by_name(longest + 'x').what(),
               contains("(an alternative name has at most 127 bytes)"));
    for (const std::uint32_t index : {0U, 2U, 99U, 0x7fffffffU})
        check_error(by_index(index),
                    ENODEV,
                    "find the link: the link with index " + std::to_string(index) +
                        " in lab: No such device");
}

TEST_CASE("netns: links that cannot be listed", "[kernel][netns]") {
    const auto system = std::make_shared<FaultySystem>();
    const Netns netns = Netns::create("lab", {.system = system});
    check_error(failure_of([&](OnError e) {
                    system->faults().arm({.first = 1, .error = ENOMEM});
                    const auto links = netns.links(e);
                    CHECK(links.empty());
                }),
                ENOMEM,
                "list the links in lab: Cannot allocate memory");
    check_error(failure_of([&](OnError e) {
                    system->faults().arm({.first = 2, .error = EAGAIN});
                    const auto links = netns.links(e);
                    CHECK(links.empty());
                }),
                errc::reply_lost,
                "list the links in lab: the kernel's reply was lost; the request may have been "
                "carried out");
    system->faults().pause();
    CHECK(netns.links().size() == 1);
}

// --- publish -----------------------------------------------------------------------------------

TEST_CASE("publish: a name until the object goes", "[kernel][netns][publish]") {
    with_own_run([] {
        Netns::create("first").publish("first");  // the directory stays
        const Ledger before = Ledger::now();
        {
            Netns netns = Netns::create("lab");
            succeeds([&](OnError e) { netns.publish("one", e); });  // twice: the same again
            CHECK(published() == Names{"one"});
            CHECK(mounts_of_names() == 2);  // the directory and the name
            CHECK(Netns::open("one") == netns);

            // Another name takes the place of the first.
            netns.publish("two");
            CHECK(published() == Names{"two"});
            CHECK(Netns::open("two") == netns);
            CHECK(mounts_of_names() == 2);
        }
        CHECK(published().empty());
        CHECK(mounts_of_names() == 1);
        before.check_unchanged();
        // The name is free at once, however often.
        for (int i = 0; i < 20; ++i) {
            Netns netns = Netns::create("lab");
            netns.publish("two");
            CHECK(Netns::open("two") == netns);
        }
        CHECK(mounts_of_names() == 1);
    });
}

TEST_CASE("publish: a name that is taken", "[kernel][netns][publish]") {
    with_own_run([] {
        Netns a = Netns::create("A");
        Netns b = Netns::create("B");
        a.publish("lab");
        b.publish("before");
        const auto refused = [&](const std::string& name) {
            check_error(
                failure_of([&](OnError e) { b.publish(name, e); }),
                EEXIST,
                "publish the namespace: " + name + " in B: File exists (the name is taken)");
        };
        refused("lab");
        // What is there may also be a file that a crash has left, or a directory.
        std::ofstream{"/run/netns/stale"}.flush();
        std::filesystem::create_directory("/run/netns/directory");
        refused("stale");
        refused("directory");
        CHECK(Netns::open("lab") == a);
        CHECK(Netns::open("before") == b);  // it has not lost its own
        CHECK(published() == Names{"before", "directory", "lab", "stale"});
    });
}

TEST_CASE("publish: what somebody else has put there stays", "[kernel][netns][publish]") {
    with_own_run([] {
        std::optional<Netns> a = Netns::create("A");
        Netns b = Netns::create("B");
        a->publish("lab");
        take_away("lab");
        b.publish("lab");
        a.reset();
        REQUIRE(published() == Names{"lab"});
        CHECK(Netns::open("lab") == b);

        take_away("lab");
        std::ofstream{"/run/netns/lab"} << "text";
        b = Netns::create("C");
        CHECK(published() == Names{"lab"});
        CHECK(std::filesystem::file_size("/run/netns/lab") == 4);
        std::filesystem::remove("/run/netns/lab");

        // And if nothing is there, that is well, too; or it is made again.
        b.publish("lab");
        take_away("lab");
        b.publish("lab");
        CHECK(Netns::open("lab") == b);
        take_away("lab");
        b = Netns::create("D");
        CHECK(published().empty());
        CHECK(mounts_of_names() == 1);
    });
}

TEST_CASE("publish: a forked child does not take the name away", "[kernel][netns][publish]") {
    with_own_run([] {
        std::optional<Netns> netns = Netns::create("lab");
        netns->publish("lab");
        const Ended ended = in_child([&] {
            netns.reset();
            return 0;
        });
        CHECK(ended.exited(0));
        CHECK(published() == Names{"lab"});
        CHECK(Netns::open("lab") == *netns);
        netns.reset();
        CHECK(published().empty());
    });
}

TEST_CASE("publish: without the right to mount", "[kernel][netns][publish]") {
    with_own_run([] {
        const auto system = std::make_shared<FaultySystem>();
        Netns netns = Netns::create("lab", {.system = system});
        check_error(failure_of([&](OnError e) {
                        system->fail(Call::mount, EPERM);
                        netns.publish("one", e);
                    }),
                    EPERM,
                    "publish the namespace: one in lab: Operation not permitted (mounting needs "
                    "CAP_SYS_ADMIN in the mount namespace)");
        for (const int error : {EACCES, EROFS, ENOENT})
            check_error(failure_of([&](OnError e) {
                            system->fail(Call::make_directory, error);
                            netns.publish("one", e);
                        }),
                        error,
                        std::string{"publish the namespace: one in lab: "} + std::strerror(error) +
                            " (names are files such as /run/netns/one; where those cannot be made, "
                            "a mount namespace with a fresh /run does it)");
        CHECK(published().empty());
    });
}

TEST_CASE("publish: of 8 that want a name at once, one has it", "[kernel][netns][publish]") {
    with_own_run([] {
        constexpr std::size_t racers = 8;
        std::vector<Netns> spaces;
        for (std::size_t i = 0; i < racers; ++i)
            spaces.push_back(Netns::create("lab " + std::to_string(i)));
        for (int round = 0; round < 20; ++round) {
            // The directory is not there yet, so they make that, too.
            if (round % 2 == 0 && round != 0) {
                REQUIRE(::umount2("/run/netns", MNT_DETACH) == 0);
                REQUIRE(::rmdir("/run/netns") == 0);
            }
            const bool same = round % 4 < 2;
            std::array<error_code, racers> outcomes{};
            std::latch start{racers};
            std::vector<std::thread> threads;
            for (std::size_t i = 0; i < racers; ++i)
                threads.emplace_back([&, i] {
                    const std::string name = same ? "lab" : "lab" + std::to_string(i);
                    start.arrive_and_wait();
                    spaces[i].publish(name, outcomes[i]);
                });
            for (std::thread& thread : threads) thread.join();
            std::size_t winners = 0;
            for (std::size_t i = 0; i < racers; ++i) {
                CAPTURE(round, i);
                if (outcomes[i]) {
                    CHECK(outcomes[i] == boost::system::errc::file_exists);
                    continue;
                }
                ++winners;
                CHECK(Netns::open(same ? "lab" : "lab" + std::to_string(i)) == spaces[i]);
            }
            CHECK(winners == (same ? 1 : racers));
            CHECK(published().size() == winners);
            // Mounts do not pile up.
            CHECK(mounts_of_names() == static_cast<std::ptrdiff_t>(1 + winners));
            for (std::size_t i = 0; i < racers; ++i)
                if (!outcomes[i]) spaces[i] = Netns::create("lab " + std::to_string(i));
            CHECK(published().empty());
        }
    });
}

TEST_CASE("publish: ip(8) knows the name", "[kernel][netns][publish]") {
    with_own_run([] {
        if (output_of("ip -V").second != 0) vethpp_test::skip("iproute2 is not installed");
        Netns netns = Netns::create("lab");
        netns.publish("vethpp-lab");
        const Bridge bridge{{.netns = netns, .name = "br0"}};
        CHECK(output_of("ip netns list") == std::pair{std::string{"vethpp-lab\n"}, 0});

        // And we know its names.
        REQUIRE(output_of("ip netns add vethpp-theirs") == std::pair{std::string{}, 0});
        {
            const Netns theirs = Netns::open("vethpp-theirs");
            CHECK(theirs != netns);
            CHECK(theirs.links().size() == 1);
        }
        CHECK(failure_of([&](OnError e) { netns.publish("vethpp-theirs", e); }).code() ==
              boost::system::errc::file_exists);
        CHECK(output_of("ip netns del vethpp-theirs") == std::pair{std::string{}, 0});
        CHECK(published() == Names{"vethpp-lab"});

        // It takes it away, too, and what we have stays usable.
        netns.publish("vethpp-other");
        CHECK(output_of("ip netns del vethpp-other") == std::pair{std::string{}, 0});
        CHECK(published().empty());
        CHECK(names(netns) == Names{"br0"});

        // It mounts a sysfs of its own, which not everybody may.
        if (::mount("sysfs", "/sys", "sysfs", 0, nullptr) != 0)
            vethpp_test::skip("this user may not mount sysfs, so `ip netns exec` cannot work");
        netns.publish("vethpp-lab");
        const auto [links, status] = output_of("ip netns exec vethpp-lab ls /sys/class/net");
        CHECK(status == 0);
        CHECK_THAT(links, contains("br0"));
    });
}
