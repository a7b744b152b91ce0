// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/failing_new.hpp"
#include "support/live.hpp"
#include "support/patience.hpp"
#include "support/skip.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/netns/system.hpp>
#include <vethpp/removal.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <functional>
#include <future>
#include <linux/rtnetlink.h>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <pthread.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using namespace vethpp;
using namespace vethpp_test;

// What happens at which moment of a wait, for tests of what comes in between.
struct Moments {
    std::function<void()> before_subscribing = [] {};
    std::function<void()> before_polling = [] {};
    std::atomic<int> losses_to_report = 0;
    std::atomic<int> losses_seen = 0;
    std::atomic<int> subscriptions = 0;
    std::atomic<int> refuse_events = 0;  // an errno
    std::atomic<bool> small_buffer = false;
    std::atomic<bool> cannot_return = false;
};

class WatchedEvents final : public vethpp::netlink::Transport {
public:
    WatchedEvents(std::unique_ptr<Transport> real, Moments& moments)
        : real_{std::move(real)}, moments_{moments} {}

    void send(vethpp::wire::Bytes datagram, error_code& ec) override { real_->send(datagram, ec); }
    vethpp::netlink::Datagram receive(std::span<std::byte> buffer, error_code& ec) override {
        if (moments_.losses_to_report > 0) {
            --moments_.losses_to_report;
            ec = error_code{ENOBUFS, boost::system::system_category()};
            return {};
        }
        const auto datagram = real_->receive(buffer, ec);
        if (ec == boost::system::errc::no_buffer_space) ++moments_.losses_seen;
        return datagram;
    }
    [[nodiscard]] std::uint32_t port() const noexcept override { return real_->port(); }
    [[nodiscard]] int native_handle() const noexcept override {
        moments_.before_polling();
        return real_->native_handle();
    }

private:
    std::unique_ptr<Transport> real_;
    Moments& moments_;
};

class WatchedSystem final : public vethpp::System {
public:
    explicit WatchedSystem(Moments& moments) : moments_{moments} {}

    [[nodiscard]] std::unique_ptr<vethpp::netlink::Transport> events(
        std::span<const int> groups, error_code& ec) const override {
        ++moments_.subscriptions;
        moments_.before_subscribing();
        if (moments_.refuse_events != 0) {
            ec = error_code{moments_.refuse_events, boost::system::system_category()};
            return nullptr;
        }
        auto real = System::events(groups, ec);
        const int smallest = 1;
        if (moments_.small_buffer)
            (void)::setsockopt(
                real->native_handle(), SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest);
        return std::make_unique<WatchedEvents>(std::move(real), moments_);
    }
    void enter(int netns, error_code& ec) const override {
        if (moments_.cannot_return && std::this_thread::get_id() == owner_)
            ec = error_code{EPERM, boost::system::system_category()};
        else
            System::enter(netns, ec);
    }

private:
    Moments& moments_;
    std::thread::id owner_ = std::this_thread::get_id();
};

int open_descriptors() {
    vethpp::finish_removals();
    int count = 0;
    DIR* const directory = ::opendir("/proc/self/fd");
    REQUIRE(directory != nullptr);
    while (::readdir(directory) != nullptr) ++count;
    ::closedir(directory);
    return count;
}

// Fails the test if descriptors are left open.
struct NoLeaks {
    NoLeaks() = default;
    NoLeaks(const NoLeaks&) = delete;
    NoLeaks& operator=(const NoLeaks&) = delete;
    ~NoLeaks() { CHECK(open_descriptors() == before); }
    int before = open_descriptors();
};

// Two ends in two namespaces, both down.
struct Wire {
    NoLeaks no_leaks{};
    Moments moments{};
    std::shared_ptr<WatchedSystem> system = std::make_shared<WatchedSystem>(moments);
    Netns ns1 = Netns::create("ns1", {.system = system});
    Netns ns2 = Netns::create("ns2");
    VethPair pair{{.netns = ns1, .name = "veth0"}, {.netns = ns2, .name = "veth1"}};
    Link& near = pair.first();
    Link& far = pair.second();
};

void add_tentative(Wire& wire, const char* address) {
    wire.near.set_up();
    wire.far.set_up();
    wire.pair.wait_ready(long_enough);
    write_sysctl(wire.ns1, "ipv6/conf/veth0/accept_dad", "1");
    write_sysctl(wire.ns1, "ipv6/conf/veth0/dad_transmits", "1000");
    wire.near.add_address({address, {.duplicate_address_detection = true}});
}

// Gives veth0 an address that veth1 has already, and waits until the kernel knows.
void add_duplicate(Wire& wire, const char* address) {
    wire.near.set_up();
    wire.far.set_up();
    wire.far.add_address(address);
    wire.pair.wait_ready(long_enough);
    write_sysctl(wire.ns1, "ipv6/conf/veth0/accept_dad", "1");
    wire.near.add_address({address, {.duplicate_address_detection = true}});
    const auto found = [&] {
        for (const auto& state : wire.near.addresses())
            if (state.is_duplicate()) return true;
        return false;
    };
    // Each round ends by the wait's own deadline, at most 60 s in all.
    error_code ec;
    for (int round = 0; round < 600 && !found(); ++round) wire.near.wait_ready(100ms, ec);
    REQUIRE(found());
}

// The ways to wait for the first end of a wire, and what each calls itself.
struct Way {
    const char* name;
    const char* operation;
    std::function<void(const Wire&, milliseconds, OnError)> wait;
};
std::vector<Way> ways() {
    return {{"link",
             "wait until ready: veth0 in ns1: ",
             [](const Wire& w, milliseconds d, OnError e) { w.near.wait_ready(d, e); }},
            {"pair",
             "wait until the veth pair is ready: ",
             [](const Wire& w, milliseconds d, OnError e) { w.pair.wait_ready(d, e); }},
            {"namespace",
             "wait until the namespace is ready in ns1: ",
             [](const Wire& w, milliseconds d, OnError e) { w.ns1.wait_ready(d, e); }}};
}

// A change that ends a wait, and when it happens.
enum class When { before_subscribing, before_polling, on_another_thread };

// Waits, with the change at that moment; false if the wait was over before it.
bool wait_with(Moments& moments,
               When when,
               const std::function<void()>& change,
               const std::function<void(OnError)>& wait) {
    bool changed = false;
    const auto once = [&] {
        if (!std::exchange(changed, true)) change();
    };
    if (when == When::before_subscribing) moments.before_subscribing = once;
    if (when == When::before_polling) moments.before_polling = once;
    std::promise<void> polling;
    std::thread other;
    if (when == When::on_another_thread) {
        moments.before_polling = [&] {
            if (!std::exchange(changed, true)) polling.set_value();
        };
        other = std::thread{[&, started = polling.get_future()] {
            if (started.wait_for(long_enough) == std::future_status::ready) change();
        }};
    }
    error_code ec;
    wait(ec);
    if (!changed && other.joinable()) polling.set_value();
    if (other.joinable()) other.join();
    moments.before_subscribing = [] {};
    moments.before_polling = [] {};
    CHECK(ec == error_code{});
    return changed;
}

}  // namespace

TEST_CASE("readiness: what is ready is not waited for", "[kernel][readiness]") {
    Wire wire;
    wire.near.add_address("10.0.0.1/24");
    wire.near.add_address("fd00::1/64");
    wire.far.add_address("10.0.0.2/24");
    wire.far.add_address("fd00::2/64");
    wire.near.set_up();
    wire.far.set_up();
    wire.pair.wait_ready(long_enough);
    // Whatever the deadline, and without any events.
    const int before = wire.moments.subscriptions;
    wire.moments.refuse_events = EMFILE;
    for (const Way& way : ways())
        for (const milliseconds deadline : {milliseconds::max(),
                                            milliseconds{std::chrono::years{300}},
                                            1ms,
                                            0ms,
                                            -1ms,
                                            -long_enough,
                                            milliseconds::min()}) {
            CAPTURE(way.name, deadline.count());
            succeeds([&](OnError e) { way.wait(wire, deadline, e); });
        }
    CHECK(wire.moments.subscriptions == before);
}

TEST_CASE("readiness: a link that is down is not waited for", "[kernel][readiness]") {
    Wire wire;
    for (const Way& way : ways()) {
        CAPTURE(way.name);
        succeeds([&](OnError e) { way.wait(wire, 0ms, e); });
    }
    // Its addresses are none that anybody could use, and the other end does not matter.
    wire.near.add_address("fd00::1/64");
    wire.near.add_address("10.0.0.1/24");
    wire.ns1.wait_ready(0ms);
    wire.near.wait_ready(0ms);
    wire.far.set_up();
    wire.near.wait_ready(0ms);
    CHECK(failure_of([&](OnError e) { wire.far.wait_ready(0ms, e); }).code() == errc::not_ready);
    CHECK(wire.moments.subscriptions == 0);
}

TEST_CASE("readiness: the other end is set up at any moment of the wait", "[kernel][readiness]") {
    const When when =
        GENERATE(When::before_subscribing, When::before_polling, When::on_another_thread);
    for (const Way& way : ways()) {
        CAPTURE(way.name, when);
        Wire wire;
        wire.near.add_address("10.0.0.1/24");
        wire.near.add_address("fd00::1/64");
        wire.near.set_up();
        CHECK(wait_with(
            wire.moments,
            when,
            [&] {
                error_code ec;
                wire.far.set_up(ec);
            },
            [&](OnError e) { way.wait(wire, long_enough, e); }));
        CHECK(wire.near.state().operstate == vethpp::Operstate::up);
        succeeds([&](OnError e) { way.wait(wire, 0ms, e); });
    }
}

TEST_CASE("readiness: with the largest deadline", "[kernel][readiness]") {
    Wire wire;
    wire.near.set_up();
    CHECK(wait_with(
        wire.moments,
        When::on_another_thread,
        [&] {
            error_code ec;
            wire.far.set_up(ec);
        },
        [&](OnError e) { wire.pair.wait_ready(milliseconds::max(), e); }));
}

TEST_CASE("readiness: a deadline that is over is not one to come", "[kernel][readiness]") {
    // In the clock's nanoseconds the last one would be a minute from now.
    const milliseconds past =
        GENERATE(0ms, -1ms, milliseconds::min(), milliseconds::min() + long_enough);
    CAPTURE(past.count());
    Wire wire;
    wire.near.set_up();
    error_code up;
    wire.moments.before_polling = [&] { wire.far.set_up(up); };
    error_code ec;
    wire.pair.wait_ready(past, ec);
    CHECK(ec == errc::not_ready);
    CHECK(up == error_code{});
    wire.moments.before_polling = [] {};
    wire.pair.wait_ready(long_enough);
}

TEST_CASE("readiness: a wait ends when its reason goes", "[kernel][readiness]") {
    const When when =
        GENERATE(When::before_subscribing, When::before_polling, When::on_another_thread);
    CAPTURE(when);
    Wire wire;
    const auto ends_by = [&](const std::function<void()>& change) {
        return wait_with(
            wire.moments, when, change, [&](OnError e) { wire.near.wait_ready(long_enough, e); });
    };
    error_code ec = make_error_code(errc::not_ready);
    SECTION("the link is set down") {
        wire.near.set_up();
        CHECK(ends_by([&] { wire.near.set_down(ec); }));
    }
    SECTION("the tentative address is removed") {
        add_tentative(wire, "fd00::1/64");
        CHECK(ends_by([&] { wire.near.remove_address("fd00::1/64", ec); }));
    }
    SECTION("the duplicate address is removed") {
        add_duplicate(wire, "fd00::1/64");
        CHECK(ends_by([&] { wire.near.remove_address("fd00::1/64", ec); }));
    }
    SECTION("the port forwards, or leaves its bridge") {
        const bool leaves = GENERATE(false, true);
        const Bridge br0{{.netns = wire.ns1, .name = "br0", .up = true}};
        wire.near.set_up();
        wire.far.set_up();
        wire.near.set_master(br0);
        br0.wait_ready(long_enough);
        wire.near.set_port({.state = PortState::learning});
        REQUIRE(wire.near.port().state == PortState::learning);
        CHECK(ends_by([&] {
            if (leaves)
                wire.near.clear_master(ec);
            else
                wire.near.set_port({.state = PortState::forwarding}, ec);
        }));
    }
    CHECK(ec == error_code{});
}

TEST_CASE("readiness: what goes while it is waited for", "[kernel][readiness]") {
    Wire wire;
    wire.near.set_up();
    SECTION("a link that is gone before") {
        Link gone = wire.ns1.link("veth0");
        wire.pair.remove();
        check_error(failure_of([&](OnError e) { gone.wait_ready(long_enough, e); }),
                    ENODEV,
                    "wait until ready: veth0 in ns1: No such device");
    }
    SECTION("a link meanwhile") {
        error_code removed;
        wire.moments.before_polling = [&] { wire.pair.remove(removed); };
        Link gone = wire.ns1.link("veth0");
        try {
            gone.wait_ready(long_enough);
            CHECK(false);
        } catch (const Error& error) {
            check_error(error, ENODEV, "wait until ready: veth0 in ns1: No such device");
        }
        CHECK(removed == error_code{});
    }
    SECTION("the other end, and both with it") {
        error_code removed;
        // Not through the pair, which would know.
        wire.moments.before_polling = [&] {
            Link far = wire.ns2.link("veth1");
            far.remove(removed);
        };
        try {
            wire.pair.wait_ready(long_enough);
            CHECK(false);
        } catch (const Error& error) {
            check_error(
                error, ENODEV, "wait until the veth pair is ready: veth0 in ns1: No such device");
        }
        CHECK(removed == error_code{});
    }
    SECTION("a link that moves to another namespace") {
        error_code moved;
        wire.moments.before_polling = [&] {
            Link handle = wire.ns1.link("veth0");
            handle.move_to(wire.ns2, {}, moved);
            wire.moments.before_polling = [] {};
        };
        error_code ec;
        wire.near.wait_ready(long_enough, ec);
        CHECK(ec == boost::system::errc::no_such_device);
        CHECK(moved == error_code{});
    }
    SECTION("one of a namespace: the others count") {
        CHECK(wait_with(
            wire.moments,
            When::before_polling,
            [&] {
                error_code ec;
                wire.pair.remove(ec);
            },
            [&](OnError e) { wire.ns1.wait_ready(long_enough, e); }));
    }
    SECTION("the port of a bridge") {
        const Bridge br0{{.netns = wire.ns1, .name = "br0", .up = true}};
        wire.near.set_master(br0);
        wire.moments.before_polling = [&] {
            error_code ec;
            wire.pair.remove(ec);
        };
        try {
            br0.wait_ready(long_enough);
            CHECK(false);
        } catch (const Error& error) {
            check_error(
                error, ENODEV, "wait until the bridge is ready: veth0 in ns1: No such device");
        }
    }
}

TEST_CASE("readiness: the sentence says what is missing", "[kernel][readiness][only_vm]") {
    const milliseconds deadline = GENERATE(-long_enough, -1ms, 0ms, 20ms);
    CAPTURE(deadline.count());
    Wire wire;
    const std::string late = "not ready before the deadline (";
    const auto times_out = [&](const Error& error, const std::string& sentence) {
        check_error(error, errc::not_ready, sentence);
        CHECK(error.code() == boost::system::errc::timed_out);
        CHECK(error.code() == make_error_condition(boost::system::errc::timed_out));
    };
    SECTION("the other end is down") {
        wire.near.set_up();
        times_out(failure_of([&](OnError e) { wire.pair.wait_ready(deadline, e); }),
                  "wait until the veth pair is ready: " + late +
                      "veth0 in ns1: the other end, veth1 in ns2, is down)");
        times_out(failure_of([&](OnError e) { wire.near.wait_ready(deadline, e); }),
                  "wait until ready: veth0 in ns1: " + late +
                      "veth0 in ns1: the other end, veth1 in ns2, is down)");
        times_out(failure_of([&](OnError e) { wire.ns1.wait_ready(deadline, e); }),
                  "wait until the namespace is ready in ns1: " + late +
                      "veth0 in ns1: the other end, veth1 in ns2, is down)");
        wire.near.set_down();
        wire.far.set_up();
        times_out(failure_of([&](OnError e) { wire.pair.wait_ready(deadline, e); }),
                  "wait until the veth pair is ready: " + late +
                      "veth1 in ns2: the other end, veth0 in ns1, is down)");
    }
    SECTION("the other end is down, in the same namespace") {
        const VethPair local{{.netns = wire.ns1, .name = "a", .up = true},
                             {.netns = wire.ns1, .name = "b"}};
        const std::string text = "a in ns1: the other end, b in ns1, is down)";
        times_out(failure_of([&](OnError e) { local.wait_ready(deadline, e); }),
                  "wait until the veth pair is ready: " + late + text);
        times_out(failure_of([&](OnError e) { local.first().wait_ready(deadline, e); }),
                  "wait until ready: a in ns1: " + late + text);
    }
    SECTION("two ends of one name and one index") {
        const Netns a = Netns::create("A");
        const Netns b = Netns::create("B");
        VethPair eth{{.netns = a, .name = "eth0"}, {.netns = b, .name = "eth0"}};
        // Before Linux 6.8 vethpp gives the two different ones (see VethPair).
        REQUIRE((eth.first().index() == eth.second().index()) ==
                (vethpp::System{}.kernel_version() >= 6008));
        for (const bool first_up : {true, false}) {
            (first_up ? eth.first() : eth.second()).set_up();
            times_out(failure_of([&](OnError e) { eth.wait_ready(deadline, e); }),
                      "wait until the veth pair is ready: " + late +
                          (first_up ? "eth0 in A: the other end, eth0 in B, is down)"
                                    : "eth0 in B: the other end, eth0 in A, is down)"));
            (first_up ? eth.first() : eth.second()).set_down();
        }
    }
    SECTION("more than one thing") {
        const VethPair local{{.netns = wire.ns1, .name = "a", .up = true},
                             {.netns = wire.ns1, .name = "b"}};
        const Bridge br0{{.netns = wire.ns1, .name = "br0", .up = true}};
        wire.near.set_master(br0);
        wire.near.set_up();
        times_out(failure_of([&](OnError e) { br0.wait_ready(deadline, e); }),
                  "wait until the bridge is ready: br0 in ns1: " + late +
                      "br0 in ns1: none of its ports forwards yet; "
                      "veth0 in ns1: the other end, veth1 in ns2, is down)");
        // In the order of the kernel's list: by index, before Linux 6.9 by the last byte of it, the
        // newest first where that is the same.
        std::vector<std::pair<std::uint32_t, std::string>> all{
            {br0.index(), "br0 in ns1: none of its ports forwards yet"},
            {local.first().index(), "a in ns1: the other end, b in ns1, is down"},
            {wire.near.index(), "veth0 in ns1: the other end, veth1 in ns2, is down"}};
        if (vethpp::System{}.kernel_version() < 6009)
            for (auto& one : all) one.first &= 0xffU;
        std::stable_sort(
            all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        times_out(failure_of([&](OnError e) { wire.ns1.wait_ready(deadline, e); }),
                  "wait until the namespace is ready in ns1: " + late + all[0].second + "; " +
                      all[1].second + "; " + all[2].second + ")");
    }
    SECTION("the port does not forward") {
        const Bridge br0{{.netns = wire.ns1, .name = "br0", .up = true}};
        wire.near.set_up();
        wire.far.set_up();
        wire.near.set_master(br0);
        br0.wait_ready(long_enough);
        wire.pair.wait_ready(long_enough);  // its link-local addresses are tentative at first
        for (const PortState state : {PortState::learning, PortState::listening}) {
            wire.near.set_port({.state = state});
            REQUIRE(wire.near.port().state == state);
            times_out(failure_of([&](OnError e) { wire.near.wait_ready(deadline, e); }),
                      "wait until ready: veth0 in ns1: " + late +
                          "veth0 in ns1: its bridge port does not forward yet)");
            times_out(failure_of([&](OnError e) { wire.pair.wait_ready(deadline, e); }),
                      "wait until the veth pair is ready: " + late +
                          "veth0 in ns1: its bridge port does not forward yet)");
            succeeds([&](OnError e) { wire.far.wait_ready(long_enough, e); });
        }
    }
    SECTION("an address is tentative") {
        add_tentative(wire, "fd00::1/64");
        const std::string text =
            "veth0 in ns1: fd00::1/64 is tentative, duplicate address "
            "detection is running)";
        times_out(failure_of([&](OnError e) { wire.near.wait_ready(deadline, e); }),
                  "wait until ready: veth0 in ns1: " + late + text);
        times_out(failure_of([&](OnError e) { wire.pair.wait_ready(deadline, e); }),
                  "wait until the veth pair is ready: " + late + text);
        times_out(failure_of([&](OnError e) { wire.ns1.wait_ready(deadline, e); }),
                  "wait until the namespace is ready in ns1: " + late + text);
    }
    SECTION("an address is a duplicate") {
        add_duplicate(wire, "fd00::1/64");
        times_out(failure_of([&](OnError e) { wire.pair.wait_ready(deadline, e); }),
                  "wait until the veth pair is ready: " + late +
                      "veth0 in ns1: fd00::1/64 is a duplicate of another host's address)");
        succeeds([&](OnError e) { wire.far.wait_ready(deadline, e); });
    }
}

TEST_CASE("readiness: of no link, and of no namespace", "[kernel][readiness]") {
    check_error(failure_of([](OnError e) { Link{}.wait_ready(0ms, e); }),
                errc::no_such_link,
                "wait until ready: no link to act on (the object refers to no link)");
    Wire wire;
    wire.pair.remove();
    check_error(failure_of([&](OnError e) { wire.pair.wait_ready(long_enough, e); }),
                errc::no_such_link,
                "wait until the veth pair is ready: no link to act on (the pair is empty)");
    Netns moved = Netns::create("moved");
    const Netns kept = std::move(moved);
    check_error(failure_of([&](OnError e) { moved.wait_ready(0ms, e); }),
                errc::no_such_namespace,
                "wait until the namespace is ready: no namespace to act on");
    // An empty namespace has its loopback, which is as ready as it gets.
    succeeds([&](OnError e) { kept.wait_ready(0ms, e); });
    const Netns silent = Netns::create("silent", {.loopback_up = false});
    succeeds([&](OnError e) { silent.wait_ready(0ms, e); });
}

TEST_CASE("readiness: duplicate address detection ends by itself", "[kernel][readiness]") {
    Wire wire;
    wire.near.set_up();
    wire.far.set_up();
    wire.pair.wait_ready(long_enough);
    write_sysctl(wire.ns1, "ipv6/conf/veth0/accept_dad", "1");
    // At once at creation, and later; each way waits for an address of its own.
    int number = 1;
    for (const Way& way : ways()) {
        const vethpp::InterfaceAddress address{"fd00::" + std::to_string(number++) + "/64",
                                               {.duplicate_address_detection = true}};
        wire.near.add_address(address);
        CAPTURE(way.name);
        succeeds([&](OnError e) { way.wait(wire, long_enough, e); });
        for (const auto& state : wire.near.addresses()) {
            CAPTURE(state.to_string());
            CHECK_FALSE(state.is_tentative());
            CHECK_FALSE(state.is_duplicate());
        }
    }
    CHECK(number == 4);
}

TEST_CASE("readiness: of detection that nobody asked for, nobody waits for the end",
          "[kernel][readiness]") {
    // As where the sysctl cannot be written: the kernel's link-local address is tentative then.
    class NoSysctl final : public vethpp::System {
    public:
        vethpp::detail::UniqueFd open(const char* path, int flags, error_code& ec) const override {
            if (!std::string_view{path}.starts_with("/proc/sys") || flags == O_RDONLY ||
                flags == O_PATH)
                return System::open(path, flags, ec);
            ec = error_code{EROFS, boost::system::system_category()};
            return {};
        }
    };
    const Netns ns1 = Netns::create("ns1", {.system = std::make_shared<NoSysctl>()});
    const Netns ns2 = Netns::create("ns2");
    write_sysctl(ns1, "ipv6/conf/default/dad_transmits", "1000");
    const VethPair pair{{.netns = ns1, .name = "veth0", .addresses = {"fd00::1/64"}, .up = true},
                        {.netns = ns2, .name = "veth1", .up = true}};
    pair.wait_ready(long_enough);
    int tentative = 0;
    for (const auto& state : pair.first().addresses()) {
        if (!state.is_tentative()) continue;
        CHECK(state.address().to_v6().is_link_local());
        ++tentative;
    }
    if (vethpp::System{}.kernel_version() < 5018)
        vethpp_test::skip("before Linux 5.18 an address does not say that the kernel made it");
    CHECK(tentative == 1);
    // One that somebody asked for is waited for. The carrier first, or that would be what is
    // missing.
    VethPair again{{.netns = ns1, .name = "veth2", .up = true},
                   {.netns = ns2, .name = "veth3", .up = true}};
    again.wait_ready(long_enough);
    again.first().add_address({"fd01::1/64", {.duplicate_address_detection = true}});
    const Error late = failure_of([&](OnError e) { again.wait_ready(0ms, e); });
    CHECK(late.code() == errc::not_ready);
    CHECK_THAT(late.what(),
               contains("veth2 in ns1: fd01::1/64 is tentative, duplicate address detection is "
                        "running"));
}

TEST_CASE("readiness: a port listens and learns before it forwards",
          "[kernel][readiness][bridge]") {
    Wire wire;
    const Bridge br0{{.netns = wire.ns1, .name = "br0", .up = true},
                     {.stp = true, .forward_delay = 2s}};
    wire.near.set_master(br0);
    wire.near.set_up();
    // What takes 4 s begins when it is waited for.
    error_code plugged_in = make_error_code(errc::not_ready);
    wire.moments.before_polling = [&] {
        if (plugged_in) wire.far.set_up(plugged_in);
    };
    br0.wait_ready(long_enough);
    wire.pair.wait_ready(0ms);
    wire.ns1.wait_ready(0ms);
    CHECK(wire.near.port().state == PortState::forwarding);
    CHECK(br0.state().operstate == vethpp::Operstate::up);
    CHECK(plugged_in == error_code{});
}

TEST_CASE("readiness: events that are lost", "[kernel][readiness]") {
    Wire wire;
    wire.near.set_up();
    error_code up;
    SECTION("as a faulty socket says") {
        wire.moments.losses_to_report = 3;
        CHECK(wait_with(
            wire.moments,
            When::before_polling,
            [&] { wire.far.set_up(up); },
            [&](OnError e) { wire.pair.wait_ready(long_enough, e); }));
        CHECK(wire.moments.losses_to_report == 0);
    }
    SECTION("because the queue overflows") {
        wire.moments.small_buffer = true;
        const When when = GENERATE(When::before_polling, When::on_another_thread);
        CHECK(wait_with(
            wire.moments,
            when,
            [&] {
                // Each is an event of more than a kilobyte, and the queue takes a few of them. What
                // the wait is about happens when nothing more gets in.
                for (std::uint32_t i = 0; !up && i < 200; ++i) wire.near.set_mtu(1000 + i, up);
                if (!up) wire.far.set_up(up);
                for (std::uint32_t i = 0; !up && i < 200; ++i) wire.near.set_mtu(1000 + i, up);
            },
            [&](OnError e) { wire.pair.wait_ready(long_enough, e); }));
        // On another thread the wait may empty the queue as fast as it fills.
        if (when == When::before_polling) CHECK(wire.moments.losses_seen > 0);
    }
    CHECK(up == error_code{});
    succeeds([&](OnError e) { wire.pair.wait_ready(0ms, e); });
}

TEST_CASE("readiness: events that have nothing to do with it", "[kernel][readiness][only_vm]") {
    Wire wire;
    wire.near.set_up();
    // Ten wake-ups before the one that counts, and the deadline is not extended by any of them.
    int polls = 0;
    error_code up;
    wire.moments.before_polling = [&] {
        ++polls;
        if (polls <= 10)
            wire.near.set_mtu(1000 + static_cast<std::uint32_t>(polls), up);
        else
            wire.far.set_up(up);
    };
    wire.near.wait_ready(long_enough);
    CHECK(polls > 10);
    CHECK(up == error_code{});
    wire.far.set_down();
    // Before Linux 6.8 the near end's carrier goes a moment later.
    wire.moments.before_polling = [] {};
    error_code down;
    while (!down) wire.near.wait_ready(0ms, down);
    wire.moments.before_polling = [&] {
        wire.near.set_mtu(1000U + static_cast<std::uint32_t>(++polls % 100), up);
    };
    error_code ec;
    wire.near.wait_ready(20ms, ec);
    CHECK(ec == errc::not_ready);
}

TEST_CASE("readiness: signals do not end a wait", "[kernel][readiness]") {
    static std::atomic<int> caught;
    caught = 0;
    struct sigaction action {};
    struct sigaction before {};
    action.sa_handler = [](int) { ++caught; };
    REQUIRE(::sigaction(SIGUSR1, &action, &before) == 0);  // without SA_RESTART
    {
        Wire wire;
        wire.near.set_up();
        const pthread_t waiting = ::pthread_self();
        CHECK(wait_with(
            wire.moments,
            When::on_another_thread,
            [&] {
                for (int i = 0; i < 200; ++i) {
                    ::pthread_kill(waiting, SIGUSR1);
                    std::this_thread::yield();
                }
                error_code ec;
                wire.far.set_up(ec);
            },
            [&](OnError e) { wire.pair.wait_ready(long_enough, e); }));
        // Pending ones merge, but one at least interrupted something.
        CHECK(caught > 0);
    }
    REQUIRE(::sigaction(SIGUSR1, &before, nullptr) == 0);
}

TEST_CASE("readiness: events that cannot be had", "[kernel][readiness]") {
    Wire wire;
    wire.near.set_up();
    SECTION("no descriptor left") {
        wire.moments.refuse_events = EMFILE;
        check_error(failure_of([&](OnError e) { wire.near.wait_ready(long_enough, e); }),
                    EMFILE,
                    "wait until ready: veth0 in ns1: Too many open files "
                    "(subscribing to the namespace's events)");
        check_error(failure_of([&](OnError e) { wire.ns1.wait_ready(long_enough, e); }),
                    EMFILE,
                    "wait until the namespace is ready in ns1: Too many open files "
                    "(subscribing to the namespace's events)");
        check_error(failure_of([&](OnError e) { wire.pair.wait_ready(long_enough, e); }),
                    EMFILE,
                    "wait until the veth pair is ready: Too many open files "
                    "(subscribing to the namespace's events)");
        wire.moments.refuse_events = 0;
        wire.far.set_up();
        wire.pair.wait_ready(long_enough);
    }
    SECTION("from a thread that could not return: another one subscribes") {
        wire.moments.cannot_return = true;
        CHECK(wait_with(
            wire.moments,
            When::before_polling,
            [&] {
                error_code ec;
                wire.far.set_up(ec);
            },
            [&](OnError e) { wire.pair.wait_ready(long_enough, e); }));
        CHECK(wire.moments.subscriptions > 0);
    }
}

TEST_CASE("readiness: two ends of the same index, by the namespace", "[kernel][readiness]") {
    // Of such ends the kernel tells the carrier up to a second late (see VethPair); nobody waits
    // for that, and nobody believes the state of before.
    if (vethpp::System{}.kernel_version() < 6008)
        vethpp_test::skip("before Linux 6.8 vethpp gives the two ends different indexes");
    for (int round = 0; round < 10; ++round) {
        CAPTURE(round);
        const Netns a = Netns::create("a");
        const Netns b = Netns::create("b");
        // The kernel's own addresses would be tentative for a moment.
        for (const Netns* const netns : {&a, &b})
            write_sysctl(*netns, "ipv6/conf/default/disable_ipv6", "1");
        VethPair pair{{.netns = a, .name = "v0", .up = true},
                      {.netns = b, .name = "v1", .up = true}};
        REQUIRE(pair.first().index() == pair.second().index());
        const auto state = [](const Netns& netns) {
            for (const LinkState& link : netns.links())
                if (link.index != 1 && link.kind() == "veth") return link.operstate;
            return vethpp::Operstate::not_present;
        };
        const bool listed_first = round % 2 == 0;
        for (int i = 0; i < 2; ++i) {
            if (listed_first) CHECK(state(a) == vethpp::Operstate::up);
            if (listed_first) CHECK(state(b) == vethpp::Operstate::up);
            succeeds([&](OnError e) { a.wait_ready(0ms, e); });
            succeeds([&](OnError e) { b.wait_ready(0ms, e); });
            CHECK(state(a) == vethpp::Operstate::up);
            CHECK(state(b) == vethpp::Operstate::up);
            (i == 0 ? pair.second() : pair.first()).set_down();
            const Netns& left = i == 0 ? a : b;
            if (listed_first) CHECK(state(left) != vethpp::Operstate::up);
            check_error(failure_of([&](OnError e) { left.wait_ready(0ms, e); }),
                        errc::not_ready,
                        i == 0 ? "wait until the namespace is ready in a: not ready before the "
                                 "deadline (v0 in a: the other end, v1 in b, is down)"
                               : "wait until the namespace is ready in b: not ready before the "
                                 "deadline (v1 in b: the other end, v0 in a, is down)");
            CHECK(state(left) != vethpp::Operstate::up);
            (i == 0 ? pair.second() : pair.first()).set_up();
        }
    }
}

TEST_CASE("readiness: a bridge that is set up after its ports", "[kernel][readiness][bridge]") {
    // Of it the kernel tells the carrier late, too.
    if (vethpp::System{}.kernel_version() < 6008)
        vethpp_test::skip("before Linux 6.8 no question makes the kernel tell a carrier at once");
    for (int round = 0; round < 5; ++round) {
        const Netns netns = Netns::create("fabric");
        write_sysctl(netns, "ipv6/conf/default/disable_ipv6", "1");
        Bridge br0{{.netns = netns, .name = "br0"}};
        const VethPair pair{{.netns = netns, .name = "p0", .master = br0, .up = true},
                            {.netns = netns, .name = "p1", .up = true}};
        const std::string down =
            "not ready before the deadline (p0 in fabric: its bridge, br0, is down)";
        check_error(failure_of([&](OnError e) { br0.wait_ready(0ms, e); }),
                    errc::not_ready,
                    "wait until the bridge is ready: br0 in fabric: " + down);
        check_error(failure_of([&](OnError e) { netns.wait_ready(0ms, e); }),
                    errc::not_ready,
                    "wait until the namespace is ready in fabric: " + down);
        br0.set_up();
        for (const LinkState& link : netns.links())
            if (link.name != "lo") CHECK(link.operstate == vethpp::Operstate::up);
        succeeds([&](OnError e) { netns.wait_ready(0ms, e); });
        succeeds([&](OnError e) { br0.wait_ready(0ms, e); });
    }
}

TEST_CASE("readiness: IPv4 addresses that no host should have", "[kernel][readiness]") {
    Wire wire;
    for (const char* const address :
         {"224.0.0.5/24", "239.1.1.1/32", "255.255.255.255/32", "127.0.0.5/8", "169.254.1.1/16"})
        wire.near.add_address(address);
    wire.near.set_up();
    wire.far.set_up();
    for (const Way& way : ways()) {
        CAPTURE(way.name);
        succeeds([&](OnError e) { way.wait(wire, long_enough, e); });
    }
}

namespace {

// What is asked of the kernel over the session of a namespace.
struct Asked {
    std::size_t link_lists = 0;
    std::size_t address_lists = 0;
    std::size_t links = 0;
    std::size_t routes = 0;
    std::size_t sends = 0;
    int interrupt = 0;  // so many lists of links say that they changed
};

class CountingTransport final : public vethpp::netlink::Transport {
public:
    CountingTransport(std::unique_ptr<Transport> real, Asked& asked)
        : real_{std::move(real)}, asked_{asked} {}

    void send(vethpp::wire::Bytes datagram, error_code& ec) override {
        ++asked_.sends;
        vethpp::wire::Messages messages{datagram};
        for (const auto& message : messages) {
            const bool dump = (message.header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
            if (message.header.nlmsg_type == RTM_GETLINK)
                ++(dump ? asked_.link_lists : asked_.links);
            if (message.header.nlmsg_type == RTM_GETADDR && dump) ++asked_.address_lists;
            if (message.header.nlmsg_type == RTM_GETROUTE) ++asked_.routes;
        }
        real_->send(datagram, ec);
    }
    vethpp::netlink::Datagram receive(std::span<std::byte> buffer, error_code& ec) override {
        const auto datagram = real_->receive(buffer, ec);
        nlmsghdr header{};
        if (ec || datagram.size < sizeof header) return datagram;
        std::memcpy(&header, buffer.data(), sizeof header);
        if (header.nlmsg_type == RTM_NEWLINK && (header.nlmsg_flags & NLM_F_MULTI) != 0 &&
            asked_.interrupt > 0) {
            --asked_.interrupt;
            header.nlmsg_flags |= NLM_F_DUMP_INTR;
            std::memcpy(buffer.data(), &header, sizeof header);
        }
        return datagram;
    }
    [[nodiscard]] std::uint32_t port() const noexcept override { return real_->port(); }
    [[nodiscard]] int native_handle() const noexcept override { return real_->native_handle(); }

private:
    std::unique_ptr<Transport> real_;
    Asked& asked_;
};

class CountingSystem final : public vethpp::System {
public:
    explicit CountingSystem(Asked& asked) : asked_{asked} {}
    [[nodiscard]] std::unique_ptr<vethpp::netlink::Transport> netlink(
        int protocol, error_code& ec) const override {
        return std::make_unique<CountingTransport>(System::netlink(protocol, ec), asked_);
    }

private:
    Asked& asked_;
};

// A namespace with many of everything.
struct Town {
    Asked asked{};
    Netns netns = Netns::create("town", {.system = std::make_shared<CountingSystem>(asked)});
    Netns far = Netns::create("far");
    std::vector<Bridge> bridges{};
    std::vector<VethPair> pairs{};

    // Each pair is a port of the bridge of its number, if there is one, or of the last.
    void build(int number_of_bridges, int number_of_pairs, bool far_up) {
        for (int i = 0; i < number_of_bridges; ++i)
            bridges.emplace_back(
                vethpp::LinkOptions{.netns = netns, .name = "br" + std::to_string(i), .up = true});
        for (int i = 0; i < number_of_pairs; ++i) {
            vethpp::LinkOptions near{.netns = netns,
                                     .name = "p" + std::to_string(i),
                                     .addresses = {"10.0." + std::to_string(i) + ".1/24",
                                                   "fd00:0:0:" + std::to_string(i) + "::1/64"},
                                     .up = true};
            if (!bridges.empty())
                near.master = bridges[std::min(static_cast<std::size_t>(i), bridges.size() - 1)];
            pairs.emplace_back(near, vethpp::LinkOptions{.netns = far, .up = far_up});
        }
    }
    template <class F>
    Asked asked_during(F&& f) {
        asked = {};
        f();
        return asked;
    }
};

}  // namespace

TEST_CASE(
    "readiness: many links cost a list each of links and addresses, and a question an address",
    "[kernel][readiness]") {
    Town town;
    constexpr std::size_t pairs = 30;
    // Every address that is there is asked about once: two of each pair, the kernel's own of each
    // link, and those of the loopback.
    const auto addresses = [&] {
        std::size_t count = 0;
        for (const LinkState& link : town.netns.links())
            count += town.netns.link(link.index).addresses().size();
        return count;
    };
    SECTION("without bridges") {
        town.build(0, pairs, true);
        town.netns.wait_ready(long_enough);
        const std::size_t routes = addresses();
        REQUIRE(routes > 2 * pairs);
        const Asked asked = town.asked_during([&] { town.netns.wait_ready(0ms); });
        CHECK(asked.link_lists == 1);
        CHECK(asked.address_lists == 1);
        CHECK(asked.links == 0);
        CHECK(asked.routes == routes);
        CHECK(asked.sends < 2 + routes / 10);
    }
    SECTION("many bridges without a carrier") {
        town.build(pairs, pairs, false);
        // All that can be known: it comes from one list.
        const Asked asked = town.asked_during([&] {
            error_code ec;
            town.netns.wait_ready(0ms, ec);
            CHECK(ec == errc::not_ready);
        });
        // Once before it subscribes, and once after it.
        CHECK(asked.link_lists == 2);
        CHECK(asked.address_lists <= 2);
        // What it lacks is explained for a few.
        CHECK(asked.links <= 4 * pairs + 20);
    }
    SECTION("bridges without ports") {
        town.build(pairs, 0, false);
        const Asked asked = town.asked_during([&] { town.netns.wait_ready(0ms); });
        CHECK(asked.link_lists == 1);
    }
    SECTION("a bridge with many ports") {
        town.build(1, pairs, true);
        town.netns.wait_ready(long_enough);
        const std::size_t routes = addresses();
        const Asked asked = town.asked_during([&] { town.bridges[0].wait_ready(0ms); });
        CHECK(asked.link_lists == 1);
        CHECK(asked.address_lists == 1);
        CHECK(asked.links == 0);
        CHECK(asked.routes >= 2 * pairs);
        CHECK(asked.routes < routes);  // not the loopback's
        CHECK(asked.sends < 2 + routes / 10);
        // One of its ports goes: with it, what was waited for.
        town.pairs[3].second().set_down();
        check_error(failure_of([&](OnError e) { town.bridges[0].wait_ready(0ms, e); }),
                    errc::not_ready,
                    "wait until the bridge is ready: br0 in town: not ready before the deadline "
                    "(p3 in town: the other end, " +
                        town.pairs[3].second().name() + " in far, is down)");
    }
}

TEST_CASE("readiness: of many that are not ready it says some, and after the deadline asks no more",
          "[kernel][readiness]") {
    Town town;
    town.build(0, 20, true);
    town.netns.wait_ready(long_enough);
    for (std::size_t i = 0; i < 9; ++i) town.pairs[i].second().set_down();
    std::string text;
    const Asked asked = town.asked_during([&] {
        const Error error = failure_of([&](OnError e) { town.netns.wait_ready(0ms, e); });
        CHECK(error.code() == errc::not_ready);
        text = error.what();
    });
    CHECK(asked.routes == 0);
    CHECK_THAT(text, contains("p0 in town: the other end, "));
    CHECK_THAT(text, contains("p7 in town: the other end, "));
    CHECK_THAT(text, contains("; and more)"));
    CHECK(text.find("p8 in town") == std::string::npos);
}

TEST_CASE("readiness: a list that keeps changing is read again until the deadline",
          "[kernel][readiness]") {
    Town town;
    town.build(1, 1, true);
    town.netns.wait_ready(long_enough);
    const bool bridge = GENERATE(false, true);
    CAPTURE(bridge);
    const auto wait = [&](milliseconds deadline, OnError e) {
        if (bridge)
            town.bridges[0].wait_ready(deadline, e);
        else
            town.netns.wait_ready(deadline, e);
    };
    error_code ec;
    town.asked = {.interrupt = 1000};
    check_error(failure_of([&](OnError e) { wait(0ms, e); }),
                errc::not_ready,
                std::string{bridge ? "wait until the bridge is ready: br0 in town: "
                                   : "wait until the namespace is ready in town: "} +
                    "not ready before the deadline "
                    "(town: what it has kept changing while it was listed)");
    // What changes is an event: here another thread makes some until the list is whole.
    town.asked = {.interrupt = 6};
    std::atomic<bool> over = false;
    std::thread other{[&, near = town.netns.link("p0")]() mutable {
        for (std::uint32_t i = 0; !over; ++i) {
            error_code ignored;
            near.set_mtu(1400 + i % 100, ignored);
            std::this_thread::yield();
        }
    }};
    wait(long_enough, ec);
    over = true;
    other.join();
    CHECK(ec == error_code{});
    CHECK(town.asked.interrupt == 0);
}

TEST_CASE("readiness: no memory, at whatever allocation", "[kernel][readiness][memory]") {
    Wire wire;
    const Bridge br0{{.netns = wire.ns1, .name = "br0", .up = true}};
    wire.near.set_master(br0);
    wire.near.add_address("10.0.0.1/24");
    wire.near.add_address("fd00::1/64");
    wire.near.set_up();
    wire.far.set_up();
    wire.pair.wait_ready(long_enough);
    const bool ready = GENERATE(true, false);
    if (!ready) wire.far.set_down();
    const Netns home = Netns::current();
    const int descriptors = open_descriptors();
    error_code ec;
    const auto check = [&] {
        CHECK(Netns::current() == home);
        CHECK(open_descriptors() == descriptors);
    };
    // The text of an Error is made in the function, the Error itself by whoever throws it.
    for (const auto& wait : std::vector<std::function<void()>>{
             [&] { wire.pair.wait_ready(0ms, ec); },
             [&] { br0.wait_ready(0ms, ec); },
             [&] { wire.ns1.wait_ready(0ms, ec); },
             [&] { (void)wire.ns1.links(ec); },
         })
        CHECK(at_each_allocation(wait, check) > 0);
    wire.far.set_up();
    wire.pair.wait_ready(long_enough);
}

TEST_CASE("readiness: the calling thread stays in its namespace", "[kernel][readiness]") {
    Wire wire;
    wire.near.set_up();
    const Netns home = Netns::current();
    for (const Way& way : ways()) {
        CHECK(failure_of([&](OnError e) { way.wait(wire, 1ms, e); }).code() == errc::not_ready);
        CHECK(Netns::current() == home);
        wire.ns2.run([&] {
            CHECK(failure_of([&](OnError e) { way.wait(wire, 1ms, e); }).code() == errc::not_ready);
            CHECK(Netns::current() == wire.ns2);
        });
    }
}

TEST_CASE("readiness: many wait for the same, on threads of their own", "[kernel][readiness]") {
    Wire wire;
    wire.near.add_address("fd00::1/64");
    wire.near.set_up();
    std::atomic<int> polling = 0;
    std::promise<void> all_poll;
    constexpr int waiters = 6;
    wire.moments.before_polling = [&] {
        // Each wait has a socket in ns1, and those of the pair one more that is not counted.
        if (++polling == waiters) all_poll.set_value();
    };
    std::vector<std::thread> threads;
    std::array<error_code, waiters> results;
    const auto all = ways();
    for (std::size_t i = 0; i < waiters; ++i)
        threads.emplace_back([&, i] { all[i % all.size()].wait(wire, long_enough, results[i]); });
    CHECK(all_poll.get_future().wait_for(long_enough) == std::future_status::ready);
    wire.far.set_up();
    for (std::thread& thread : threads) thread.join();
    for (const error_code& ec : results) CHECK(ec == error_code{});
}

TEST_CASE("readiness: no descriptor is left, however it ends", "[kernel][readiness]") {
    Wire wire;
    wire.near.set_up();
    const int before = open_descriptors();
    for (int round = 0; round < 20; ++round) {
        for (const Way& way : ways()) {
            error_code ec;
            way.wait(wire, 0ms, ec);
            CHECK(ec == errc::not_ready);
            wire.moments.refuse_events = ENFILE;
            way.wait(wire, 0ms, ec);
            CHECK(ec == boost::system::errc::too_many_files_open_in_system);
            wire.moments.refuse_events = 0;
            CHECK_THROWS_AS(way.wait(wire, 0ms, {}), Error);
        }
    }
    CHECK(open_descriptors() == before);
}

namespace {

// A link of a kind of which vethpp makes none, named after it.
Link make_of_kind(const Netns& netns, const std::string& kind) {
    vethpp::Failure failure;
    vethpp_test::create_link<vethpp_test::NoData>(vethpp_test::session(netns),
                                                  vethpp::netlink::link_header(0),
                                                  {.name = kind},
                                                  kind,
                                                  std::nullopt,
                                                  failure);
    if (failure) vethpp_test::skip("the kernel has no links of kind " + kind);
    return netns.link(kind);
}

}  // namespace

TEST_CASE("readiness: a dummy never says more than unknown", "[kernel][readiness][only_vm]") {
    const Netns netns = Netns::create("ns");
    Link link = make_of_kind(netns, "dummy");
    link.add_address("10.0.0.1/24");
    link.add_address("fd00::1/64");
    link.set_up();
    link.wait_ready(long_enough);
    netns.wait_ready(long_enough);
    CHECK(link.state().operstate == vethpp::Operstate::unknown);
}

TEST_CASE("readiness: a bond without a link below is not ready", "[kernel][readiness][only_vm]") {
    const Netns netns = Netns::create("ns");
    Link link = make_of_kind(netns, "bond");
    link.set_up();
    // The link is up when it is made, and before Linux 6.8 its carrier goes a moment later.
    error_code down;
    while (!down) link.wait_ready(0ms, down);
    // The operational state follows the carrier, there, too: "unknown" until then.
    const Error error = failure_of([&](OnError e) { link.wait_ready(0ms, e); });
    CHECK(error.code() == errc::not_ready);
    CHECK_THAT(std::string{error.what()}, contains("(bond in ns: it has no ports yet)"));
}

namespace {

struct UdpSocket {
    UdpSocket(const Netns& netns, const vethpp::IpAddress& address)
        : fd{netns.run([&] {
              return ::socket(address.is_v6() ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
          })} {
        REQUIRE(fd.get() >= 0);
        const sockaddr_storage any = endpoint(address, 0);
        REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
        sockaddr_in6 bound{};
        socklen_t length = sizeof bound;
        REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &length) == 0);
        port = ntohs(bound.sin6_port);  // where sockaddr_in has its own
    }

    static sockaddr_storage endpoint(const vethpp::IpAddress& address, std::uint16_t port) {
        sockaddr_storage storage{};
        if (address.is_v6()) {
            auto& to = reinterpret_cast<sockaddr_in6&>(storage);
            to.sin6_family = AF_INET6;
            to.sin6_port = htons(port);
            const auto bytes = address.to_v6().to_bytes();
            std::memcpy(&to.sin6_addr, bytes.data(), bytes.size());
        } else {
            auto& to = reinterpret_cast<sockaddr_in&>(storage);
            to.sin_family = AF_INET;
            to.sin_port = htons(port);
            const auto bytes = address.to_v4().to_bytes();
            std::memcpy(&to.sin_addr, bytes.data(), bytes.size());
        }
        return storage;
    }

    vethpp::detail::UniqueFd fd;
    std::uint16_t port = 0;
};

// Sends one datagram and says whether it arrived; waits no longer than its neighbour is looked for.
bool delivers(const Netns& from, const char* source, const Netns& to, const char* destination) {
    const auto there = boost::asio::ip::make_address(destination);
    const UdpSocket sender{from, boost::asio::ip::make_address(source)};
    const UdpSocket receiver{to, there};
    const sockaddr_storage name = UdpSocket::endpoint(there, receiver.port);
    if (::sendto(sender.fd.get(),
                 "first",
                 5,
                 MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&name),
                 sizeof name) != 5)
        return false;
    pollfd ready{.fd = receiver.fd.get(), .events = POLLIN, .revents = 0};
    std::array<char, 16> text{};
    return ::poll(&ready, 1, static_cast<int>(long_enough.count())) == 1 &&
           ::recv(ready.fd, text.data(), text.size(), 0) == 5;
}

}  // namespace

TEST_CASE("readiness: the first datagram arrives", "[kernel][readiness][only_vm]") {
    const bool switched = GENERATE(false, true);
    const bool v6 = GENERATE(false, true);
    const char* const one = v6 ? "fd00::1" : "10.0.0.1";
    const char* const two = v6 ? "fd00::2" : "10.0.0.2";
    const std::string bits = v6 ? "/64" : "/24";
    CAPTURE(switched, v6);
    const NoLeaks no_leaks;
    for (int round = 0; round < 25; ++round) {
        CAPTURE(round);
        const Netns a = Netns::create("a");
        const Netns b = Netns::create("b");
        const Netns fabric = Netns::create("fabric");
        const vethpp::LinkOptions end_a{
            .netns = a, .name = "eth0", .addresses = {one + bits}, .up = true};
        const vethpp::LinkOptions end_b{
            .netns = b, .name = "eth0", .addresses = {two + bits}, .up = true};
        const auto check = [&] {
            solicit_once(a, a.link("eth0"));
            solicit_once(b, b.link("eth0"));
        };
        if (switched) {
            const Bridge br0{{.netns = fabric, .name = "br0", .up = true}};
            const VethPair left{end_a, {.netns = fabric, .master = br0, .up = true}};
            const VethPair right{end_b, {.netns = fabric, .master = br0, .up = true}};
            check();
            left.wait_ready(long_enough);
            right.wait_ready(long_enough);
            br0.wait_ready(long_enough);
            CHECK(delivers(a, one, b, two));
        } else {
            const VethPair pair{end_a, end_b};
            check();
            pair.wait_ready(long_enough);
            CHECK(delivers(a, one, b, two));
        }
    }
}
