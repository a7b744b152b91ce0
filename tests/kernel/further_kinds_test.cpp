// SPDX-License-Identifier: BSL-1.0
// Links of further kinds: every setting against what the kernel tells and ip(8) prints, what goes
// through them, and what is refused.
#include "support/catch.hpp"
#include "support/faulty.hpp"
#include "support/kinds.hpp"
#include "support/live.hpp"
#include "support/oracle.hpp"
#include "support/patience.hpp"
#include "support/skip.hpp"
#include <vethpp/bridge.hpp>
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
    unsigned sum = (unsigned{frame[ip + 22]} << 8U) + frame[ip + 23] + 0x0800U;
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

// A wire between two namespaces, and a third namespace that has nothing yet.
struct Fixture {
    Netns a = Netns::create("a");
    Netns b = Netns::create("b");
    Netns c = Netns::create("c");
    VethPair wire{
        {.netns = a, .name = "eth0", .addresses = {"10.0.0.1/24", "fd00::1/64"}, .up = true},
        {.netns = b, .name = "eth0", .addresses = {"10.0.0.2/24", "fd00::2/64"}, .up = true}};

    Fixture() { wire.wait_ready(long_enough); }
};

/// Makes a link, or skips the test where the kernel has none of that kind.
template <class Kind, class Settings>
Kind made(const LinkOptions& options, const Settings& settings) {
    error_code ec;
    Kind link{options, settings, ec};
    if (ec == boost::system::errc::operation_not_supported)
        skip("this kernel has no links of kind " + std::string{Settings::kind});
    if (ec) Kind{options, settings};  // and says why
    return link;
}
// What ip(8) prints of a link's kind.
std::string details(const Link& link) {
    return shell(Netns::of_descriptor(link.netns().native_handle()),
                 "ip -d link show dev " + link.name())
        .text;
}
bool answers(const Netns& from, const char* to) {
    return ping(from, to, {.timeout = long_enough}).received == 1;
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

TEST_CASE("vxlan: an overlay between two hosts", "[kernel][kinds]") {
    const Fixture f;
    const bool v6 = GENERATE(false, true);
    const VxlanSettings ours{
        .vni = 42, .local = v6 ? "fd00::1" : "10.0.0.1", .remote = v6 ? "fd00::2" : "10.0.0.2"};
    const Vxlan one{{.netns = f.a, .name = "vx", .addresses = {"192.168.9.1/24"}, .up = true},
                    ours};
    // The other end is a link of a namespace that has nothing but that.
    const Vxlan two{
        {.netns = f.c, .name = "vx", .addresses = {"192.168.9.2/24"}, .up = true},
        {.vni = 42, .local = ours.remote, .remote = ours.local, .lower = f.wire.second()}};
    one.wait_ready(long_enough);
    two.wait_ready(long_enough);
    CHECK(one.settings().local == ours.local);
    CHECK(one.settings().remote == ours.remote);
    CHECK(one.settings().vni == 42);
    CHECK(two.settings().lower->index() == f.wire.second().index());
    CHECK(answers(f.a, "192.168.9.2"));
    CHECK(answers(f.c, "192.168.9.1"));
    CHECK(two.state().mtu == (v6 ? 1430 : 1450));
    // The same by an underlay without a lower link.
    const Vxlan far{{.netns = f.c, .name = "far", .up = true}, {.vni = 43, .underlay = f.b}};
    CHECK(names(f.c) == Names{"far", "vx"});
}

TEST_CASE("vxlan: every setting", "[kernel][kinds]") {
    const Fixture f;
    VxlanSettings wanted{.vni = 42,
                         .local = "10.0.0.1",
                         .remote = "10.0.0.2",
                         .lower = f.wire.first(),
                         .port = 4789,
                         .source_ports = NumberRange{1000, 2000},
                         .ttl = 64,
                         .tos = 16,
                         .df = DontFragment::set,
                         .learning = false,
                         .ageing = 60,
                         .limit = 10,
                         .proxy = true,
                         .route_short_circuit = true,
                         .l2_miss = true,
                         .l3_miss = true,
                         .udp_checksum = true,
                         .udp_zero_checksum6_send = true,
                         .udp_zero_checksum6_accept = true,
                         .remote_checksum_send = true,
                         .remote_checksum_accept = true,
                         .remote_checksum_no_partial = true,
                         .group_policy = true};
    Vxlan link{{.netns = f.a, .name = "vx"}, wanted};
    const auto has_all = [&] {
        VxlanSettings now = link.settings();
        // What was not given has the kernel's defaults, where it has any.
        CHECK(now.flow_label.value_or(0) == 0);
        CHECK_FALSE(now.ttl_inherit.value_or(false));
        CHECK_FALSE(now.collect_metadata.value_or(false));
        CHECK_FALSE(now.vni_filter.value_or(false));
        CHECK(now.local_bypass.value_or(true));
        now.flow_label.reset();
        now.ttl_inherit.reset();
        now.collect_metadata.reset();
        now.vni_filter.reset();
        now.local_bypass.reset();
        CHECK_FALSE(now.flow_label_inherit.value_or(false));
        CHECK_FALSE(now.multicast_route.value_or(false));
        now.flow_label_inherit.reset();
        now.multicast_route.reset();
        CHECK(fmt::format("{}", now) == fmt::format("{}", [&] {
                  VxlanSettings expected = wanted;
                  expected.lower = LinkRef::of_index(expected.lower->index());
                  return expected;
              }()));
    };
    has_all();
    CHECK_THAT(details(link),
               contains("vxlan id 42 remote 10.0.0.2 local 10.0.0.1 dev eth0 srcport 1000 2000 "
                        "dstport 4789 nolearning proxy rsc l2miss l3miss tos 0x10 ttl 64 df set "
                        "ageing 60 maxaddr 10 udpcsum udp6zerocsumtx udp6zerocsumrx remcsumtx "
                        "remcsumrx gbp"));
    link.configure({.remote = "10.0.0.9", .learning = true, .ageing = 70});
    wanted.remote = "10.0.0.9";
    wanted.learning = true;
    wanted.ageing = 70;
    has_all();
    const auto fails = [&](const VxlanSettings& settings) {
        const std::string what =
            failure_of([&](OnError e) {
                const Vxlan other{{.netns = f.a, .name = "vy", .up = true}, settings, e};
            }).what();
        CHECK(names(f.a) == Names{"eth0", "vx"});
        return what;
    };
    CHECK_THAT(fails(wanted), contains("create the vxlan: vy in a: File exists"));
    CHECK(fails({.vni = 1U << 24U}) ==
          "create the vxlan: vy in a: invalid option (a VNI is 0 to 16777215) "
          "[linkinfo.data.vni]");
    CHECK_THAT(fails({.vni = 1, .remote = "239.0.0.1"}), contains("interface"));
    CHECK_THAT(fails({.vni = 1, .local = "fd00::1", .remote = "10.0.0.2"}),
               contains("create the vxlan: vy in a: Invalid argument"));
    CHECK_THAT(std::string{failure_of([&](OnError e) { link.configure({.vni = 43}, e); }).what()},
               contains("configure the vxlan: vx in a: Operation not supported"));
    const Vxlan external{{.netns = f.a, .name = "ext", .up = true},
                         {.learning = false, .generic_protocol = true, .collect_metadata = true}};
    CHECK(external.settings().collect_metadata == true);
    CHECK(external.settings().generic_protocol == true);
    const Vxlan inheriting{
        {.netns = f.a, .name = "inh"},
        {.vni = 7, .remote = "fd00::2", .ttl_inherit = true, .flow_label = 0x12345}};
    CHECK(inheriting.settings().flow_label == 0x12345);
    CHECK(inheriting.settings().ttl_inherit == true);
    // A kernel that is older than a setting does not tell it either.
    const Vxlan newer{{.netns = f.a, .name = "new"},
                      {.vni = 8,
                       .remote = "ff02::5",
                       .lower = f.wire.first(),
                       .local_bypass = false,
                       .flow_label_inherit = true,
                       .multicast_route = true}};
    CHECK_FALSE(newer.settings().local_bypass.value_or(false));
    CHECK(newer.settings().flow_label_inherit.value_or(true));
    CHECK(newer.settings().multicast_route.value_or(true));
}

TEST_CASE("macvlan: in mode source, and as a macvtap", "[kernel][kinds]") {
    const Fixture f;
    const std::vector<MacAddress> sources{"02:00:00:00:00:01", "02:00:00:00:00:02"};
    Macvlan guest{{.netns = f.b, .name = "m0"},
                  {.lower = f.wire.second(),
                   .mode = MacvlanMode::source,
                   .flags = MACVLAN_FLAG_NODST,
                   .broadcast_queue_length = 50,
                   .sources = sources}};
    MacvlanSettings now = guest.settings();
    CHECK(now.flags == MACVLAN_FLAG_NODST);
    CHECK(now.broadcast_queue_length == 50);
    CHECK(now.broadcast_queue_length_used == 50);
    REQUIRE(now.sources);
    std::sort(now.sources->begin(), now.sources->end(), [](const auto& x, const auto& y) {
        return x.bytes() < y.bytes();
    });
    CHECK(*now.sources == sources);
    CHECK_THAT(details(guest),
               contains("macvlan mode source nodst bcqueuelen 50 usedbcqueuelen 50 remotes (2) "));
    guest.configure({.sources = std::vector<MacAddress>{"02:00:00:00:00:03"}});
    CHECK(guest.settings().sources == std::vector<MacAddress>{"02:00:00:00:00:03"});
    guest.configure({.sources = std::vector<MacAddress>{}});
    CHECK(guest.settings().sources.value_or(std::vector<MacAddress>{}).empty());
    if (now.broadcast_cutoff) {
        guest.configure({.broadcast_cutoff = 3});
        CHECK(guest.settings().broadcast_cutoff == 3);
    }
    const auto tap =
        made<Macvtap>({.netns = f.c, .name = "mt"},
                      MacvtapSettings{.lower = f.wire.first(), .mode = MacvlanMode::bridge});
    CHECK(tap.settings().mode == MacvlanMode::bridge);
    CHECK(tap.state().data<MacvtapSettings>()->mode == MacvlanMode::bridge);
}

TEST_CASE("dummy, nlmon, vcan", "[kernel][kinds][only_vm]") {
    const Netns ns = Netns::create("ns");
    const auto dummy = made<Dummy>(
        {.netns = ns, .name = "lan0", .addresses = {"10.50.0.1/24"}, .up = true}, DummySettings{});
    dummy.wait_ready(long_enough);
    CHECK(dummy.state().kind() == "dummy");
    CHECK(answers(ns, "10.50.0.1"));
    const auto nlmon = made<Nlmon>({.netns = ns, .name = "nlmon0", .up = true}, NlmonSettings{});
    CHECK(nlmon.state().type == 824);  // ARPHRD_NETLINK
    const auto can =
        made<Vcan>({.netns = ns, .name = "can0", .mtu = 72, .up = true}, VcanSettings{});
    CHECK(can.state().type == 280);  // ARPHRD_CAN
    CHECK(can.state().mtu == 72);
    can.wait_ready(long_enough);
}

TEST_CASE("vlan: hosts in one, also with tags around it", "[kernel][kinds][only_vm]") {
    const Fixture f;
    const VlanSettings inner{.lower = f.wire.first(),
                             .id = 100,
                             .flags = VlanFlags{.reorder_header = true, .loose_binding = true},
                             .ingress_priorities = {{1, 2}},
                             .egress_priorities = {{3, 4}, {5, 6}}};
    auto one = made<Vlan>(
        {.netns = f.a, .name = "eth0.100", .addresses = {"10.2.0.1/24"}, .up = true}, inner);
    const Vlan two{{.netns = f.c, .name = "v", .addresses = {"10.2.0.2/24"}, .up = true},
                   {.lower = f.wire.second(), .id = 100}};
    one.wait_ready(long_enough);
    two.wait_ready(long_enough);
    CHECK(answers(f.a, "10.2.0.2"));
    CHECK_THAT(details(one), contains("vlan protocol 802.1Q id 100 <REORDER_HDR,LOOSE_BINDING>"));
    CHECK_THAT(details(one), contains("ingress-qos-map { 1:2 }"));
    CHECK_THAT(details(one), contains("egress-qos-map { 3:4 5:6 }"));
    CHECK(fmt::format("{}", one.settings()) ==
          "{id=100 protocol=802.1Q flags=<reorder_header loose_binding> ingress_priorities=[1:2] "
          "egress_priorities=[3:4 5:6]}");
    one.configure(
        {.flags = VlanFlags{.gvrp = true, .loose_binding = false}, .egress_priorities = {{7, 7}}});
    CHECK(fmt::format("{}", one.settings()) ==
          "{id=100 protocol=802.1Q flags=<reorder_header gvrp> ingress_priorities=[1:2] "
          "egress_priorities=[3:4 5:6 7:7]}");
    check_error(failure_of([&](OnError e) { one.configure({.id = 5}, e); }),
                errc::invalid_option,
                "configure the vlan: eth0.100 in a: invalid option (the id of a VLAN, and its "
                "protocol, cannot change)");
    // 802.1ad around 802.1Q.
    const auto outer = [&](const Netns& where, const Link& lower) {
        return Vlan{{.netns = where, .name = "outer", .up = true},
                    {.lower = lower, .id = 200, .protocol = VlanProtocol::ieee8021ad}};
    };
    const Vlan outer_one = outer(f.a, f.wire.first());
    const Vlan outer_two = outer(f.b, f.wire.second());
    const Vlan in_one{{.netns = f.a, .name = "in", .addresses = {"10.3.0.1/24"}, .up = true},
                      {.lower = outer_one, .id = 1}};
    const Vlan in_two{{.netns = f.b, .name = "in", .addresses = {"10.3.0.2/24"}, .up = true},
                      {.lower = outer_two, .id = 1}};
    CHECK(outer_one.settings().protocol == VlanProtocol::ieee8021ad);
    in_one.wait_ready(long_enough);
    in_two.wait_ready(long_enough);
    CHECK(answers(f.a, "10.3.0.2"));
    const auto fails = [&](const VlanSettings& settings) {
        return std::string{failure_of([&](OnError e) {
                               const Vlan vlan{{.netns = f.a, .name = "x"}, settings, e};
                           }).what()};
    };
    CHECK(fails({.lower = f.wire.first(), .id = 4095}) ==
          "create the vlan: x in a: invalid option (a VLAN id is 0 to 4094)");
    CHECK_THAT(fails({.lower = f.wire.first(), .id = 100}),
               contains("create the vlan: x in a: File exists"));
    CHECK(fails({.id = 1}) ==
          "create the vlan: x in a: no link to act on (vlan needs a lower link)");
}

TEST_CASE("ipvlan: a guest of a link, and as an ipvtap", "[kernel][kinds][only_vm]") {
    const Fixture f;
    auto guest =
        made<Ipvlan>({.netns = f.c, .name = "i0", .addresses = {"10.0.0.3/24"}, .up = true},
                     IpvlanSettings{.lower = f.wire.second(), .mode = IpvlanMode::l2});
    guest.wait_ready(long_enough);
    CHECK(answers(f.a, "10.0.0.3"));
    CHECK(guest.settings().flag == IpvlanFlag::bridge);
    guest.configure({.mode = IpvlanMode::l3s, .flag = IpvlanFlag::private_});
    CHECK(guest.settings().mode == IpvlanMode::l3s);
    CHECK(guest.settings().flag == IpvlanFlag::private_);
    CHECK_THAT(details(guest), contains("ipvlan  mode l3s private"));
    CHECK_THAT(
        std::string{
            failure_of([&](OnError e) {
                const Macvlan other{{.netns = f.b, .name = "m"}, {.lower = f.wire.second()}, e};
            }).what()},
        contains("create the macvlan: m in b: Device or resource busy"));
    guest.remove();
    const auto tap = made<Ipvtap>({.netns = f.b, .name = "it"},
                                  IpvtapSettings{.lower = f.wire.second(), .mode = IpvlanMode::l2});
    CHECK(tap.settings().mode == IpvlanMode::l2);
}

TEST_CASE("vrf: a routing domain of its own", "[kernel][kinds][only_vm]") {
    const Netns a = Netns::create("a");
    const Netns b = Netns::create("b");
    const auto red = made<Vrf>({.netns = a, .name = "red", .up = true}, VrfSettings{.table = 1000});
    const VethPair wire{
        {.netns = a, .name = "eth0", .master = red, .addresses = {"10.0.0.1/24"}, .up = true},
        {.netns = b, .name = "eth0", .addresses = {"10.0.0.2/24"}, .up = true}};
    wire.wait_ready(long_enough);
    CHECK(answers(b, "10.0.0.1"));
    CHECK(red.settings().table == 1000);
    REQUIRE(wire.first().state().port_data<VrfPortSettings>());
    CHECK(wire.first().state().port_data<VrfPortSettings>()->table == 1000);
    CHECK_THAT(details(red), contains("vrf table 1000"));
    check_error(failure_of([&](OnError e) {
                    const Vrf blue{{.netns = a, .name = "blue"}, {}, e};
                }),
                errc::invalid_option,
                "create the vrf: blue in a: invalid option (a VRF needs a routing table)");
}

TEST_CASE("geneve: between two hosts", "[kernel][kinds][only_vm]") {
    const Fixture f;
    const bool v6 = GENERATE(false, true);
    const GeneveSettings wanted{.vni = 42,
                                .remote = v6 ? "fd00::2" : "10.0.0.2",
                                .port = 7000,
                                .ttl = 64,
                                .tos = 16,
                                .df = DontFragment::unset,
                                .udp_checksum = true,
                                .udp_zero_checksum6_send = true,
                                .udp_zero_checksum6_accept = true};
    auto one = made<Geneve>(
        {.netns = f.a, .name = "g0", .addresses = {"192.168.9.1/24"}, .up = true}, wanted);
    const Geneve two{{.netns = f.c, .name = "g0", .addresses = {"192.168.9.2/24"}, .up = true},
                     {.vni = 42,
                      .remote = v6 ? "fd00::1" : "10.0.0.1",
                      .underlay = f.b,
                      .port = 7000,
                      .udp_zero_checksum6_accept = true}};
    one.wait_ready(long_enough);
    two.wait_ready(long_enough);
    CHECK(answers(f.a, "192.168.9.2"));
    GeneveSettings now = one.settings();
    CHECK(now.vni == 42);
    CHECK(now.remote == wanted.remote);
    CHECK(now.port == 7000);
    CHECK(now.ttl == 64);
    CHECK(now.tos == 16);
    CHECK_THAT(details(one),
               contains(v6 ? "geneve id 42 remote fd00::2 ttl 64 tos 0x10 dstport 7000"
                           : "geneve id 42 remote 10.0.0.2 ttl 64 tos 0x10 dstport 7000"));
    one.configure({.ttl = 5});
    CHECK(one.settings().ttl == 5);
    CHECK_THAT(std::string{failure_of([&](OnError e) {
                               const Geneve g{{.netns = f.a, .name = "x"}, wanted, e};
                           }).what()},
               contains("create the geneve: x in a: "));
    const Geneve external{
        {.netns = f.c, .name = "ext"},
        {.df = DontFragment::inherit, .collect_metadata = true, .inner_protocol_inherit = true}};
    CHECK(external.settings().collect_metadata == true);
    CHECK(external.settings().df == DontFragment::inherit);
    CHECK(external.settings().inner_protocol_inherit == true);
}

TEST_CASE("bareudp: MPLS in UDP", "[kernel][kinds][only_vm]") {
    const Netns ns = Netns::create("ns");
    const auto link = made<Bareudp>({.netns = ns, .name = "u0", .up = true},
                                    BareudpSettings{.port = 6635,
                                                    .ethertype = 0x8847,
                                                    .source_port_min = 1000,
                                                    .multiple_protocols = true});
    CHECK(link.settings().port == 6635);
    CHECK(link.settings().ethertype == 0x8847);
    CHECK(link.settings().source_port_min == 1000);
    CHECK(link.settings().multiple_protocols == true);
}

TEST_CASE("hsr: a ring of two links", "[kernel][kinds][only_vm]") {
    const Fixture f;
    const VethPair other{{.netns = f.a, .name = "eth1", .up = true},
                         {.netns = f.b, .name = "eth1", .up = true}};
    const auto ring = made<Hsr>({.netns = f.a, .name = "hsr0", .up = true},
                                HsrSettings{.lower = f.wire.first(),
                                            .second_lower = other.first(),
                                            .supervision = 5,
                                            .version = 1,
                                            .protocol = HsrProtocol::hsr});
    CHECK(ring.settings().second_lower->index() == other.first().index());
    CHECK(ring.settings().supervision_address->to_string().ends_with(":05"));
}

TEST_CASE("netkit: a pair of two namespaces", "[kernel][kinds][only_vm]") {
    const Netns a = Netns::create("a");
    const Netns b = Netns::create("b");
    const auto pair = made<Netkit>(
        {.netns = a, .name = "nk0", .addresses = {"10.0.0.1/24"}, .up = true},
        NetkitSettings{.peer = NetkitPeer{.netns = b, .name = "nk1"}, .mode = NetkitMode::l2});
    Link peer = pair.peer(b);
    peer.set_up();
    peer.add_address("10.0.0.2/24");
    pair.wait_ready(long_enough);
    CHECK(answers(a, "10.0.0.2"));
    CHECK(pair.settings().mode == NetkitMode::l2);
    CHECK(pair.settings().primary == true);
}

// What the kernel does not have, ip(8) asks for all the same.
TEST_CASE("ip oracle: create links of further kinds", "[kernel][kinds]") {
    const Oracle oracle;
    oracle.both("link add eth0 type veth peer name eth1");
    const auto same = [&]<class S>(const std::string& arguments, const S& settings) {
        INFO(arguments);
        CHECK(
            oracle.link("link add name x0 " + arguments,
                        RTM_NEWLINK,
                        request_names<S>,
                        [&](const Netns& netns) {
                            S given = settings;
                            if constexpr (requires { given.lower.index(); })
                                given.lower = netns.link("eth0");
                            else if constexpr (requires { given.lower; })
                                if (given.lower) given.lower = netns.link("eth0");
                            if constexpr (requires { given.second_lower; })
                                given.second_lower = netns.link("eth1");
                            error_code ignored;
                            const KindLink<S> link{{.netns = netns, .name = "x0"}, given, ignored};
                        }) == Differences{echo, "only vethpp: group"});
        (void)shell(oracle.theirs, "ip link del x0 2>/dev/null");
    };
    const LinkRef some = LinkRef::of_index(1);
    same("type dummy", DummySettings{});
    same("type nlmon", NlmonSettings{});
    same("type vcan", VcanSettings{});
    same("type vrf table 10", VrfSettings{.table = 10});
    same(
        "type vxlan id 42 remote 10.0.0.2 local 10.0.0.1 dev eth0 dstport 4789 srcport 1000 2000 "
        "ttl 64 tos 0x10 df set nolearning ageing 60 maxaddress 10 proxy rsc l2miss l3miss udpcsum "
        "udp6zerocsumtx noudp6zerocsumrx remcsumtx noremcsumrx gbp",
        VxlanSettings{.vni = 42,
                      .local = "10.0.0.1",
                      .remote = "10.0.0.2",
                      .lower = some,
                      .port = 4789,
                      .source_ports = NumberRange{1000, 2000},
                      .ttl = 64,
                      .tos = 16,
                      .df = DontFragment::set,
                      .learning = false,
                      .ageing = 60,
                      .limit = 10,
                      .proxy = true,
                      .route_short_circuit = true,
                      .l2_miss = true,
                      .l3_miss = true,
                      .udp_checksum = true,
                      .udp_zero_checksum6_send = true,
                      .udp_zero_checksum6_accept = false,
                      .remote_checksum_send = true,
                      .remote_checksum_accept = false,
                      .group_policy = true});
    same("type vxlan external vnifilter dstport 4789 flowlabel 0x12345 gpe ttl inherit",
         VxlanSettings{.port = 4789,
                       .ttl_inherit = true,
                       .flow_label = 0x12345,
                       .learning = false,
                       .generic_protocol = true,
                       .collect_metadata = true,
                       .vni_filter = true});
    same("type vxlan id 7 group ff02::5 local fd00::1 dev eth0 dstport 4789",
         VxlanSettings{.vni = 7,
                       .local = "fd00::1",
                       .remote = "ff02::5",
                       .lower = some,
                       .port = 4789,
                       .learning = true});
    same(
        "type geneve id 42 remote fd00::2 dstport 7000 ttl 64 tos inherit df inherit flowlabel "
        "0x12345 udpcsum udp6zerocsumtx noudp6zerocsumrx",
        GeneveSettings{.vni = 42,
                       .remote = "fd00::2",
                       .port = 7000,
                       .ttl = 64,
                       .tos = 1,
                       .flow_label = 0x12345,
                       .df = DontFragment::inherit,
                       .udp_checksum = true,
                       .udp_zero_checksum6_send = true,
                       .udp_zero_checksum6_accept = false});
    same("type geneve external ttl inherit innerprotoinherit",
         GeneveSettings{.vni = 0,
                        .ttl = 0,
                        .ttl_inherit = true,
                        .tos = 0,
                        .flow_label = 0,
                        .collect_metadata = true,
                        .inner_protocol_inherit = true});
    same(
        "link eth0 type vlan id 100 protocol 802.1ad reorder_hdr off gvrp on mvrp on "
        "loose_binding on bridge_binding off ingress-qos-map 1:2 egress-qos-map 3:4 5:6",
        VlanSettings{.id = 100,
                     .protocol = VlanProtocol::ieee8021ad,
                     .flags = VlanFlags{.reorder_header = false,
                                        .gvrp = true,
                                        .mvrp = true,
                                        .loose_binding = true,
                                        .bridge_binding = false},
                     .ingress_priorities = {{1, 2}},
                     .egress_priorities = {{3, 4}, {5, 6}}});
    same("link eth0 type macvtap mode bridge bcqueuelen 50",
         MacvtapSettings{.mode = MacvlanMode::bridge, .broadcast_queue_length = 50});
    same("link eth0 type macvlan mode source macaddr set 02:00:00:00:00:01 02:00:00:00:00:02",
         MacvlanSettings{
             .mode = MacvlanMode::source,
             .sources = std::vector<MacAddress>{"02:00:00:00:00:01", "02:00:00:00:00:02"}});
    same("link eth0 type ipvlan mode l2 vepa",
         IpvlanSettings{.mode = IpvlanMode::l2, .flag = IpvlanFlag::vepa});
    same("link eth0 type ipvtap mode l3s private",
         IpvtapSettings{.mode = IpvlanMode::l3s, .flag = IpvlanFlag::private_});
    same("type bareudp dstport 6635 ethertype mpls_uc srcportmin 1000 multiproto",
         BareudpSettings{.port = 6635,
                         .ethertype = 0x8847,
                         .source_port_min = 1000,
                         .multiple_protocols = true});
    same("type hsr slave1 eth0 slave2 eth1 supervision 5 version 1 proto 1",
         HsrSettings{.lower = some,
                     .second_lower = some,
                     .supervision = 5,
                     .version = 1,
                     .protocol = HsrProtocol::prp});
}
