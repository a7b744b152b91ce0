// SPDX-License-Identifier: BSL-1.0
// Links of further kinds: every setting against what the kernel tells and ip(8) prints, what goes
// through them, and what is refused.
#include "support/catch.hpp"
#include "support/faulty.hpp"
#include "support/live.hpp"
#include "support/patience.hpp"
#include "support/skip.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/kinds/tun.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

using Frame = std::vector<std::uint8_t>;

Frame next_frame(const Tun& tun) {
    Frame frame(2048);
    frame.resize(tun.read(std::as_writable_bytes(std::span{frame}), long_enough));
    return frame;
}
void send(const Tun& tun, const Frame& frame) { tun.write(std::as_bytes(std::span{frame})); }

void swap_ranges(Frame& frame, std::size_t a, std::size_t b, std::size_t n) {
    const auto at = [&](std::size_t i) { return frame.begin() + static_cast<std::ptrdiff_t>(i); };
    std::swap_ranges(at(a), at(a + n), at(b));
}
// An echo request becomes the reply; ip: where the IPv4 header begins. False for anything else.
bool answer_echo(Frame& frame, std::size_t ip) {
    if (frame.size() < ip + 28 || frame[ip] != 0x45 || frame[ip + 9] != 1 || frame[ip + 20] != 8)
        return false;
    swap_ranges(frame, ip + 12, ip + 16, 4);
    frame[ip + 20] = 0;
    // One's complement: the 0x0800 that the sum lost, its complement gains.
    unsigned sum = (frame[ip + 22] << 8U) + frame[ip + 23] + 0x0800U;
    sum = (sum & 0xffffU) + (sum >> 16U);
    frame[ip + 22] = static_cast<std::uint8_t>(sum >> 8U);
    frame[ip + 23] = static_cast<std::uint8_t>(sum & 0xffU);
    return true;
}
// A host behind a tap, 10.9.0.2 at 02:00:00:00:00:99, until it has answered one echo request.
void be_a_host(const Tun& tap) {
    const Frame mac{2, 0, 0, 0, 0, 0x99};
    for (;;) {
        Frame frame = next_frame(tap);
        if (frame.size() < 42) continue;
        swap_ranges(frame, 0, 6, 6);
        std::copy(mac.begin(), mac.end(), frame.begin() + 6);
        const bool asks = frame[12] == 8 && frame[13] == 6 && frame[21] == 1;
        if (asks) {
            frame[21] = 2;
            swap_ranges(frame, 22, 32, 10);
            std::copy(mac.begin(), mac.end(), frame.begin() + 22);
            send(tap, frame);
        } else if (answer_echo(frame, 14)) {
            return send(tap, frame);
        }
    }
}

}  // namespace

TEST_CASE("tun: packets in and out by hand", "[kernel][kinds]") {
    const Netns ns = Netns::create("ns");
    const Tun tun{{.netns = ns, .addresses = {"10.9.0.1/24"}, .up = true, .ipv6 = false}};
    tun.wait_ready(long_enough);
    CHECK(tun.name().starts_with("tun"));
    auto pinged = std::async(std::launch::async,
                             [&] { return ping(ns, "10.9.0.2", {.timeout = long_enough}); });
    Frame packet;
    do packet = next_frame(tun);
    while (!answer_echo(packet, 0));
    send(tun, packet);
    CHECK(pinged.get().received == 1);
    CHECK(tun.state().type == 0xfffe);  // ARPHRD_NONE
}

TEST_CASE("tun: a tap has all options of a link", "[kernel][kinds]") {
    const Netns ns = Netns::create("ns");
    const Bridge bridge{{.netns = ns, .name = "br0", .up = true}};
    const bool in_bridge = GENERATE(false, true);
    LinkOptions options{.netns = ns,
                        .name = "tap0",
                        .mac = "02:00:00:00:00:01",
                        .mtu = 1400,
                        .txqlen = 77,
                        .alias = "by hand",
                        .alternative_names = {"another-name-of-the-tap"},
                        .addresses = {"10.9.0.1/24"},
                        .up = true,
                        .index = 99,
                        .ipv6 = false};
    if (in_bridge) options.master = bridge;
    if (in_bridge) options.port = BridgePortSettings{.learning = false};
    const Tun tap{options, {.mode = TunMode::tap}};
    const LinkState state = tap.state();
    CHECK(tap.index() == 99);
    CHECK(state.name == "tap0");
    CHECK(state.mac == "02:00:00:00:00:01");
    CHECK(state.mtu == 1400);
    CHECK(state.txqlen == 77);
    CHECK(state.alias == "by hand");
    CHECK(state.alternative_names == Names{"another-name-of-the-tap"});
    CHECK(state.is_up());
    CHECK(state.master.has_value() == in_bridge);
    CHECK(tap.is_owned());
    CHECK(tap.addresses().size() == 1);
    if (in_bridge) CHECK(tap.port().learning == false);
    if (in_bridge) return;
    auto pinged = std::async(std::launch::async,
                             [&] { return ping(ns, "10.9.0.2", {.timeout = long_enough}); });
    be_a_host(tap);
    CHECK(pinged.get().received == 1);
}

TEST_CASE("tun: settings as the kernel tells them", "[kernel][kinds]") {
    const Netns ns = Netns::create("ns");
    const auto me = static_cast<std::uint32_t>(::getuid());
    const TunSettings wanted{.mode = TunMode::tap,
                             .owner = me,
                             .group = static_cast<std::uint32_t>(::getgid()),
                             .packet_information = true,
                             .vnet_header = true,
                             .persistent = true,
                             .multi_queue = true,
                             .queues = 3,
                             .vnet_header_size = 12,
                             .offloads = 1,
                             .nonblocking = true};
    Tun tap{{.netns = ns, .name = "tap0", .up = true}, wanted};
    TunSettings expected = wanted;
    expected.offloads.reset();
    CHECK(tap.settings() == expected);
    CHECK(tap.state().data<TunSettings>()->queues == 3);
    CHECK(tap.queues() == 3);
    const int fourth = tap.open_queue();
    CHECK(fourth == tap.native_handle(3));
    CHECK((::fcntl(fourth, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(fourth, F_GETFL) & O_NONBLOCK) != 0);
    CHECK(tap.native_handle(4) == -1);
    CHECK(tap.settings().queues == 4);
    tap.configure({.persistent = false, .vnet_header_size = 10});
    expected.persistent = false;
    expected.vnet_header_size = 10;
    expected.queues = 4;
    CHECK(tap.settings() == expected);
    const Tun plain{{.netns = ns, .name = "tun0"}};
    CHECK(plain.settings() == TunSettings{.mode = TunMode::tun,
                                          .packet_information = false,
                                          .vnet_header = false,
                                          .persistent = false,
                                          .multi_queue = false});
}

TEST_CASE("tun: who owns it", "[kernel][kinds]") {
    const Netns ns = Netns::create("ns");
    {
        Tun tap{{.netns = ns, .name = "tap0"}, {.mode = TunMode::tap}};
        Tun moved = std::move(tap);
        CHECK(tap.native_handle() == -1);  // NOLINT(bugprone-use-after-move)
        CHECK(names(ns) == Names{"tap0"});
        tap = Tun{{.netns = ns, .name = "tap1"}};
        moved = std::move(tap);
        CHECK(names(ns) == Names{"tap1"});
        moved.release();
        Tun persistent{{.netns = ns, .name = "tap2"}, {.persistent = true}};
        const Tun gone{{.netns = ns, .name = "tap3"}, {.persistent = true}};
        persistent.release();
    }
    CHECK(names(ns) == Names{"tap2"});
    ns.link("tap2").remove();
    Tun tun{{.netns = ns, .name = "tun0"}};
    tun.remove();
    std::array<std::byte, 8> buffer{};
    check_error(failure_of([&](OnError e) { (void)tun.read(buffer, 0ms, e); }),
                errc::no_such_link,
                "read: tun0 in ns: no link to act on (the object refers to no link)");
}

TEST_CASE("tun: what is refused says why, and leaves nothing", "[kernel][kinds]") {
    const Netns ns = Netns::create("ns");
    const auto fails = [&](LinkOptions options, const TunSettings& settings) {
        const Names before = names(ns);
        options.netns = ns;
        options.name = "t0";
        const Error error = failure_of([&](OnError e) {
            const Tun tun{options, settings, e};
            CHECK(tun.native_handle() == -1);
        });
        CHECK(names(ns) == before);
        return std::string{error.what()};
    };
    CHECK(fails({}, {.queues = 257}) ==
          "create the tun: t0 in ns: invalid option (a tun has 1 to 256 queues)");
    CHECK(fails({}, {.multi_queue = false, .queues = 2}) ==
          "create the tun: t0 in ns: invalid option (several queues without multi_queue)");
    CHECK(fails({.tx_queues = 2}, {}) ==
          "create the tun: t0 in ns: invalid option (the queues of a tun are said in its "
          "settings)");
    CHECK(
        fails({.mac = "02:00:00:00:00:01"}, {.mode = TunMode::tun}) ==
        "create the tun: t0 in ns: Operation not supported (a tun has no MAC address; a tap has)");
    CHECK(fails({}, {.mode = TunMode::tap, .persistent = true, .vnet_header_size = 3}) ==
          "create the tap: t0 in ns: Invalid argument (the header of a packet has 10 bytes or "
          "more) [vnet_header_size]");
    // After its creation: an address twice.
    CHECK_THAT(fails({.addresses = {"10.0.0.3/24", "10.0.0.3/24"}}, {}),
               contains("t0, 10.0.0.3/24 in ns: File exists"));
    Tun tun{{.netns = ns, .name = "t0"}};
    CHECK(fails({}, {}) == "create the tun: t0 in ns: File exists (the name is taken)");
    CHECK(fails({.index = tun.index()}, {}) == "create the tun: t0 in ns: File exists (the index " +
                                                   std::to_string(tun.index()) + " is taken)");
    const auto what = [](auto&& f) { return std::string{failure_of(f).what()}; };
    CHECK(
        what([&](OnError e) { (void)tun.open_queue(e); }) ==
        "open a queue: t0 in ns: Device or resource busy (the link was made without multi_queue)");
    CHECK(what([&](OnError e) { tun.configure({.mode = TunMode::tap}, e); }) ==
          "configure the tun: t0 in ns: invalid option (what a packet looks like, and the queues, "
          "cannot be changed)");
    std::array<std::byte, 20> packet{std::byte{0x45}};
    CHECK(what([&](OnError e) { tun.write(packet, e); }) ==
          "write: t0 in ns: Input/output error (the link is down)");
    tun.set_up();
    packet[0] = std::byte{0};
    CHECK_THAT(what([&](OnError e) { tun.write(packet, e); }), contains("no packet as the link"));
    Tun silent{{.netns = ns, .name = "t1", .up = true, .ipv6 = false}, {.nonblocking = true}};
    CHECK(what([&](OnError e) { (void)silent.read(packet, 0ms, e); }) ==
          "read: t1 in ns: not ready before the deadline (nothing was sent to the link)");
}

TEST_CASE("tun: without the device file", "[kernel][kinds]") {
    const Netns real = Netns::create("ns");
    const auto system = std::make_shared<FaultySystem>();
    const NetnsRef netns = through(system, real);
    const auto fails = [&](Call call, int error, int nth = 1, std::uint32_t queues = 1) {
        const Error failure = failure_of([&](OnError e) {
            system->fail(call, error, nth);
            const Tun tun{
                {.netns = netns, .name = "t0"}, {.persistent = true, .queues = queues}, e};
        });
        CHECK(names(real).empty());
        return std::string{failure.what()};
    };
    CHECK(fails(Call::open, ENOENT) ==
          "create the tun: t0 in ns: No such file or directory (there is no /dev/net/tun: a "
          "container gets it by --device /dev/net/tun)");
    CHECK(fails(Call::open, EACCES) ==
          "create the tun: t0 in ns: Permission denied (/dev/net/tun may not be opened here)");
    CHECK(fails(Call::open, ENODEV) ==
          "create the tun: t0 in ns: No such device (this kernel has no TUN/TAP (CONFIG_TUN))");
    CHECK(fails(Call::control, EPERM) ==
          "create the tun: t0 in ns: Operation not permitted (CAP_NET_ADMIN is needed there)");
    // At a later step, what was made goes.
    CHECK_THAT(fails(Call::open, EMFILE, 2, 2), contains("RLIMIT_NOFILE is reached"));
    CHECK_THAT(fails(Call::control, ENOMEM, 3, 2), contains("Cannot allocate memory"));
    CHECK_THAT(fails(Call::send, ENOBUFS, 1), contains("No buffer space"));
    CHECK_THAT(fails(Call::send, ENOBUFS, 2), contains("No buffer space"));
}
