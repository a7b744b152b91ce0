// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/patience.hpp"
#include "support/settings.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/message/format.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/veth_pair.hpp>

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <span>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

IpAddress ip(const char* text) { return boost::asio::ip::make_address(text); }

bool has_flag(const Link& link, unsigned flag) { return (link.state().flags & flag) != 0; }

// A pair in two namespaces; what the tests change is its first end.
struct Fixture {
    Netns ns1 = Netns::create("ns1");
    Netns ns2 = Netns::create("ns2");
    VethPair pair{{.netns = ns1, .name = "veth0"}, {.netns = ns2, .name = "veth1"}};
    Link& link = pair.first();
};

std::optional<AddressState> find(const Link& link, const char* address) {
    for (const AddressState& state : link.addresses())
        if (state.address() == ip(address)) return state;
    return std::nullopt;
}

// The fields that a port was given, read back from the kernel.
BridgePortSettings same_members(const BridgePortSettings& wanted, const BridgePortSettings& found) {
    BridgePortSettings result;
    const auto one = [&](auto member) {
        if (wanted.*member) result.*member = found.*member;
    };
    one(&BridgePortSettings::state);
    one(&BridgePortSettings::cost);
    one(&BridgePortSettings::priority);
    one(&BridgePortSettings::hairpin);
    one(&BridgePortSettings::guard);
    one(&BridgePortSettings::root_block);
    one(&BridgePortSettings::fast_leave);
    one(&BridgePortSettings::learning);
    one(&BridgePortSettings::unicast_flood);
    one(&BridgePortSettings::multicast_flood);
    one(&BridgePortSettings::broadcast_flood);
    one(&BridgePortSettings::proxy_arp);
    one(&BridgePortSettings::neighbour_suppression);
    one(&BridgePortSettings::isolated);
    one(&BridgePortSettings::multicast_router);
    return result;
}

// Each member alone, in a value that is not its default.
const std::vector<BridgePortSettings>& port_settings() {
    static const std::vector<BridgePortSettings> all{
        {.state = PortState::listening},
        {.state = PortState::learning},
        {.state = PortState::forwarding},
        {.cost = 65535},
        {.cost = 1},
        {.priority = std::uint16_t{0}},
        {.priority = std::uint16_t{63}},
        {.hairpin = true},
        {.guard = true},
        {.root_block = true},
        {.fast_leave = true},
        {.learning = false},
        {.unicast_flood = false},
        {.multicast_flood = false},
        {.broadcast_flood = false},
        {.proxy_arp = true},
        {.neighbour_suppression = true},
        {.isolated = true},
        {.multicast_router = MulticastRouter::never},
        {.multicast_router = MulticastRouter::permanent},
    };
    return all;
}

int bind_udp(const Netns& netns, const char* address) {
    return netns.run([&] {
        const int socket = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        REQUIRE(socket >= 0);
        sockaddr_in6 to{};
        to.sin6_family = AF_INET6;
        REQUIRE(::inet_pton(AF_INET6, address, &to.sin6_addr) == 1);
        const int result = ::bind(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to);
        const int error = result == 0 ? 0 : errno;
        ::close(socket);
        return error;
    });
}

}  // namespace

TEST_CASE("link: everything that can be said at creation is what the kernel says afterwards",
          "[kernel][link]") {
    const Netns ns1 = Netns::create("ns1");
    const Netns ns2 = Netns::create("ns2");
    // Twice the same, with the ends exchanged: what one message says of both ends, and what takes
    // further ones.
    const bool exchanged = GENERATE(false, true);
    const Bridge br0{{.netns = ns1, .name = "br0", .up = true}};
    const Bridge br1{{.netns = ns2, .name = "br1"}};
    const vethpp::LinkOptions full{.netns = ns1,
                                   .name = "veth0",
                                   .mac = "02:00:00:00:00:0a",
                                   .mtu = 1400,
                                   .txqlen = 77,
                                   .group = 4242,
                                   .tx_queues = 3,
                                   .rx_queues = 2,
                                   .gso_max_size = 30000,
                                   .gso_max_segs = 100,
                                   .gro_max_size = 20000,
                                   .alias = "the first, for people",
                                   .alternative_names = {"a-name-of-more-than-fifteen", "alt0"},
                                   .master = br0,
                                   .port = BridgePortSettings{.cost = 42, .isolated = true},
                                   .addresses = {"10.1.1.2/24", "fd00::2/64"},
                                   .arp = false,
                                   .multicast = false,
                                   .promiscuous = true,
                                   .up = true};
    const vethpp::LinkOptions other{.netns = ns2,
                                    .name = "veth1",
                                    .mac = "02:00:00:00:00:0b",
                                    .mtu = 9000,
                                    .txqlen = 88,
                                    .tx_queues = 5,
                                    .rx_queues = 4,
                                    .gso_max_size = 40000,
                                    .gso_max_segs = 200,
                                    .gro_max_size = 50000,
                                    .alias = "the second",
                                    .alternative_names = {"alt1"},
                                    .master = br1,
                                    .port = BridgePortSettings{.hairpin = true},
                                    .addresses = {"10.1.1.3/24"},
                                    .arp = true,
                                    .multicast = true,
                                    .promiscuous = false,
                                    .up = false};
    VethPair pair = exchanged ? VethPair{other, full} : VethPair{full, other};
    const Link& one = exchanged ? pair.second() : pair.first();
    const Link& two = exchanged ? pair.first() : pair.second();

    const LinkState a = one.state();
    CHECK(a.index == one.index());
    CHECK(a.name == "veth0");
    CHECK(one.name() == "veth0");
    CHECK(a.kind() == "veth");
    CHECK(a.type == 1);
    CHECK(a.mac.to_string() == "02:00:00:00:00:0a");
    CHECK(a.broadcast.to_string() == "ff:ff:ff:ff:ff:ff");
    CHECK(a.mtu == 1400);
    CHECK(a.min_mtu == 68);
    CHECK(a.max_mtu == 65535);
    CHECK(a.txqlen == 77);
    CHECK(a.group == 4242);
    CHECK(a.tx_queues == 3);
    CHECK(a.rx_queues == 2);
    CHECK(a.gso_max_size == 30000);
    CHECK(a.gso_max_segs == 100);
    CHECK(a.gro_max_size == 20000);
    CHECK(a.alias == "the first, for people");
    CHECK(a.alternative_names == Names{"a-name-of-more-than-fifteen", "alt0"});
    CHECK(a.master == br0.index());
    CHECK(a.port_kind() == "bridge");
    CHECK(a.link == two.index());
    CHECK(a.link_netnsid.has_value());
    CHECK(a.is_up());
    CHECK_FALSE(a.is_loopback());
    CHECK((a.flags & IFF_NOARP) != 0);
    CHECK((a.flags & IFF_MULTICAST) == 0);
    CHECK((a.flags & IFF_PROMISC) != 0);
    CHECK(a.promiscuity >= 1);
    CHECK(one.port().cost == 42U);
    CHECK(one.port().isolated == true);
    CHECK(find(one, "10.1.1.2"));
    CHECK(find(one, "fd00::2"));

    const LinkState b = two.state();
    CHECK(b.name == "veth1");
    CHECK(b.mac.to_string() == "02:00:00:00:00:0b");
    CHECK(b.mtu == 9000);
    CHECK(b.txqlen == 88);
    CHECK(b.group >= 0x40000000);  // the library's own mark
    CHECK(b.tx_queues == 5);
    CHECK(b.rx_queues == 4);
    CHECK(b.gso_max_size == 40000);
    CHECK(b.gso_max_segs == 200);
    CHECK(b.gro_max_size == 50000);
    CHECK(b.alias == "the second");
    CHECK(b.alternative_names == Names{"alt1"});
    CHECK(b.master == br1.index());
    CHECK(b.link == one.index());
    CHECK_FALSE(b.is_up());
    CHECK((b.flags & IFF_NOARP) == 0);
    CHECK((b.flags & IFF_MULTICAST) != 0);
    CHECK((b.flags & IFF_PROMISC) == 0);
    CHECK(two.port().hairpin == true);
    CHECK(find(two, "10.1.1.3"));

    CHECK(ns1.link("a-name-of-more-than-fifteen").index() == one.index());
    CHECK(ns1.link("alt0").index() == one.index());
    CHECK(ns1.link("alt0").name() == "veth0");
}

TEST_CASE("link: nothing said is the kernel's default", "[kernel][link]") {
    const Fixture f;
    const LinkState state = f.link.state();
    CHECK(state.mtu == 1500);
    CHECK(state.txqlen == 1000);
    CHECK(state.tx_queues >= 1);
    CHECK(state.alias.empty());
    CHECK(state.alternative_names.empty());
    CHECK_FALSE(state.master);
    CHECK(state.promiscuity == 0);
    CHECK(state.allmulti == 0);
    CHECK_FALSE(state.is_up());
    CHECK_FALSE(state.carrier);
    CHECK(state.operstate == vethpp::Operstate::down);
    CHECK((state.flags & (IFF_NOARP | IFF_PROMISC | IFF_ALLMULTI)) == 0);
    CHECK((state.flags & IFF_MULTICAST) != 0);
    CHECK_FALSE(state.mac.is_zero());
    CHECK_FALSE(state.mac.is_multicast());
    CHECK(f.link.addresses().empty());
}

TEST_CASE("link: setters change one thing each", "[kernel][link]") {
    Fixture f;
    const std::uint32_t index = f.link.index();

    succeeds([&](OnError e) { f.link.set_up(e); });
    CHECK(has_flag(f.link, IFF_UP));
    succeeds([&](OnError e) { f.link.set_down(e); });
    CHECK_FALSE(has_flag(f.link, IFF_UP));
    for (const bool on : {true, false}) {
        succeeds([&](OnError e) { f.link.set_promiscuous(on, e); });
        CHECK(has_flag(f.link, IFF_PROMISC) == on);
        CHECK(f.link.state().promiscuity == (on ? 1 : 0));
        succeeds([&](OnError e) { f.link.set_all_multicast(on, e); });
        CHECK(has_flag(f.link, IFF_ALLMULTI) == on);
        CHECK(f.link.state().allmulti == (on ? 1 : 0));
        succeeds([&](OnError e) { f.link.set_multicast(on, e); });
        CHECK(has_flag(f.link, IFF_MULTICAST) == on);
        succeeds([&](OnError e) { f.link.set_arp(on, e); });
        CHECK(has_flag(f.link, IFF_NOARP) == !on);
    }
    for (const std::uint32_t mtu : {68U, 1499U, 65535U}) {
        succeeds([&](OnError e) { f.link.set_mtu(mtu, e); });
        CHECK(f.link.state().mtu == mtu);
    }
    succeeds([&](OnError e) { f.link.set_mac("02:00:00:00:00:77", e); });
    CHECK(f.link.state().mac.to_string() == "02:00:00:00:00:77");
    succeeds([&](OnError e) { f.link.set_txqlen(5, e); });
    CHECK(f.link.state().txqlen == 5);
    succeeds([&](OnError e) { f.link.set_group(9, e); });
    CHECK(f.link.state().group == 9);
    succeeds([&](OnError e) { f.link.set_alias(std::string(254, 'a'), e); });
    CHECK(f.link.state().alias == std::string(254, 'a'));
    succeeds([&](OnError e) { f.link.set_alias("", e); });
    CHECK(f.link.state().alias.empty());

    CHECK(f.link.index() == index);
    CHECK(f.link.name() == "veth0");
    // The other end saw none of it.
    const LinkState other = f.pair.second().state();
    CHECK(other.mtu == 1500);
    CHECK(other.txqlen == 1000);
    CHECK_FALSE(other.is_up());
}

TEST_CASE("link: alternative names are names", "[kernel][link]") {
    Fixture f;
    const std::string longest(127, 'n');
    f.link.add_alternative_name(longest);
    f.link.add_alternative_name("short");
    CHECK(f.link.state().alternative_names == Names{longest, "short"});
    CHECK(f.ns1.link(longest).name() == "veth0");
    CHECK(f.ns1.link("short").name() == "veth0");

    check_error(failure_of([&](OnError e) { f.link.add_alternative_name("short", e); }),
                EEXIST,
                "add an alternative name: veth0 in ns1: File exists (the name short is taken)");
    check_error(failure_of([&](OnError e) { f.link.add_alternative_name("veth0", e); }),
                EEXIST,
                "add an alternative name: veth0 in ns1: File exists (the name veth0 is taken)");
    check_error(
        failure_of([&](OnError e) { f.link.add_alternative_name(std::string(128, 'n'), e); }),
        errc::invalid_name,
        "add an alternative name: \"" + std::string(128, 'n') +
            "\" in ns1: invalid name (an alternative name has at most 127 bytes)");
    check_error(failure_of([&](OnError e) { f.link.remove_alternative_name("none", e); }),
                ENOENT,
                "remove an alternative name: veth0 in ns1: No such file or directory");

    f.link.remove_alternative_name(longest);
    f.link.remove_alternative_name("short");
    CHECK(f.link.state().alternative_names.empty());
    check_error(failure_of([&](OnError e) { (void)f.ns1.link("short", e); }),
                ENODEV,
                "find the link: short in ns1: No such device");
    // A name in use that is somebody's alternative name
    f.link.add_alternative_name("spare");
    CHECK_THROWS_WITH(f.link.rename("spare"), contains("the name spare is taken"));
}

TEST_CASE("link: a new name", "[kernel][link][only_vm]") {
    Fixture f;
    succeeds([&](OnError e) { f.link.rename("eth0", e); });
    CHECK(f.link.name() == "eth0");
    CHECK(f.link.state().name == "eth0");
    CHECK(f.ns1.link("eth0").index() == f.link.index());

    f.link.set_up();
    if (vethpp::System{}.kernel_version() < 6002) {
        check_error(failure_of([&](OnError e) { f.link.rename("fifteen-bytes-x", e); }),
                    EBUSY,
                    "rename: eth0 in ns1: Device or resource busy "
                    "(this kernel renames only links that are down)");
        f.link.set_down();
        succeeds([&](OnError e) { f.link.rename("fifteen-bytes-x", e); });
    } else {
        succeeds([&](OnError e) { f.link.rename("fifteen-bytes-x", e); });
        CHECK(f.link.state().is_up());
    }
    CHECK(f.link.state().name == "fifteen-bytes-x");

    const VethPair another{{.netns = f.ns1, .name = "taken"}, {.netns = f.ns1}};
    const std::string name = f.link.name();
    check_error(failure_of([&](OnError e) { f.link.rename("taken", e); }),
                EEXIST,
                "rename: " + name + " in ns1: File exists (the name taken is taken)");
    check_error(failure_of([&](OnError e) { f.link.rename("a/b", e); }),
                errc::invalid_name,
                "rename: \"a/b\" in ns1: invalid name (an interface name has no '/' and no ':')");
    CHECK(f.link.name() == name);
}

TEST_CASE("link: what a link refuses", "[kernel][link]") {
    Fixture f;
    const LinkState before = f.link.state();
    check_error(failure_of([&](OnError e) { f.link.set_mtu(67, e); }),
                EINVAL,
                "set the MTU: veth0 in ns1: Invalid argument; "
                "kernel: mtu less than device minimum");
    check_error(failure_of([&](OnError e) { f.link.set_mtu(65536, e); }),
                EINVAL,
                "set the MTU: veth0 in ns1: Invalid argument; "
                "kernel: mtu greater than device maximum");
    for (const char* mac : {"01:00:00:00:00:01", "00:00:00:00:00:00"})
        check_error(failure_of([&](OnError e) { f.link.set_mac(mac, e); }),
                    EADDRNOTAVAIL,
                    "set the MAC address: veth0 in ns1: Cannot assign requested address "
                    "(a link's MAC address is neither zero nor multicast)");
    const Error alias = failure_of([&](OnError e) { f.link.set_alias(std::string(256, 'a'), e); });
    CHECK(alias.code() == boost::system::errc::result_out_of_range);
    CHECK(alias.context().attribute == "alias");
    check_error(failure_of([&](OnError e) { (void)f.link.port(e); }),
                errc::invalid_option,
                "get the bridge port: veth0 in ns1: invalid option "
                "(the link is not the port of a bridge)");
    check_error(failure_of([&](OnError e) { f.link.set_port({.cost = 1}, e); }),
                EOPNOTSUPP,
                "set up the bridge port: veth0 in ns1: Operation not supported "
                "(the link is not the port of a bridge)");
    const LinkState after = f.link.state();
    CHECK(after.mtu == before.mtu);
    CHECK(after.mac == before.mac);
    CHECK(after.alias == before.alias);
}

TEST_CASE("link: a master, and none", "[kernel][link]") {
    Fixture f;
    Bridge br0{{.netns = f.ns1, .name = "br0"}};
    const Bridge br2{{.netns = f.ns2, .name = "br2"}};
    succeeds([&](OnError e) { f.link.set_master(br0, e); });
    CHECK(f.link.state().master == br0.index());
    // By any handle, of the same namespace by whatever way it was opened
    const Netns again = f.ns1.run([] { return Netns::current(); });
    f.link.clear_master();
    CHECK_FALSE(f.link.state().master);
    f.link.set_master(again.link("br0"));
    CHECK(f.link.state().master == br0.index());

    check_error(failure_of([&](OnError e) { f.link.set_master(br2, e); }),
                errc::invalid_option,
                "set the master: veth0 in ns1: invalid option "
                "(the master, br2, is in another namespace, ns2)");
    check_error(failure_of([&](OnError e) { f.link.set_master(Link{}, e); }),
                errc::no_such_link,
                "set the master: veth0 in ns1: no link to act on (the master refers to no link)");
    const VethPair other{{.netns = f.ns1, .name = "x"}, {.netns = f.ns1}};
    check_error(failure_of([&](OnError e) { f.link.set_master(other.first(), e); }),
                EOPNOTSUPP,
                "set the master: veth0 in ns1: Operation not supported "
                "(the master, x, takes no ports)");
    CHECK_FALSE(f.link.state().master);  // the kernel takes it out of the old one first

    f.link.set_master(br0);
    const vethpp::LinkRef gone = br0;
    br0.remove();
    CHECK_FALSE(f.link.state().master);
    check_error(failure_of([&](OnError e) { f.link.set_master(gone, e); }),
                EINVAL,
                "set the master: veth0 in ns1: Invalid argument (the master, br0, is gone)");
    // Index 0 would tell the kernel to take it out of its master.
    const Bridge br3{{.netns = f.ns1, .name = "br3"}};
    f.link.set_master(br3);
    CHECK(failure_of([&](OnError e) { f.link.set_master(br0, e); }).code() == errc::no_such_link);
    CHECK(f.link.state().master == br3.index());
    succeeds([&](OnError e) { f.link.clear_master(e); });
    CHECK_FALSE(f.link.state().master);
}

TEST_CASE("link: each port setting, at creation and afterwards",
          "[kernel][link][bridge][only_vm]") {
    const Netns ns1 = Netns::create("ns1");
    const Bridge br0{{.netns = ns1, .name = "br0", .up = true}};
    VethPair plain{{.netns = ns1, .name = "p0", .master = br0, .up = true},
                   {.netns = ns1, .name = "p1", .up = true}};
    plain.wait_ready(long_enough);
    for (const BridgePortSettings& wanted : port_settings()) {
        succeeds([&](OnError e) { plain.first().set_port(wanted, e); });
        INFO(fmt::format("{}", wanted));
        CHECK(fmt::format("{}", same_members(wanted, plain.first().port())) ==
              fmt::format("{}", wanted));
    }
    for (const PortState taken_back : {PortState::disabled, PortState::blocking}) {
        plain.first().set_port({.state = taken_back});
        CHECK(plain.first().port().state == PortState::forwarding);
    }
    plain.second().set_down();
    // Without a carrier, which before Linux 6.8 is gone a moment after the other end is down.
    REQUIRE(comes_true([&] { return plain.first().state().operstate != vethpp::Operstate::up; }));
    CHECK(failure_of([&](OnError e) {
              plain.first().set_port({.state = PortState::learning}, e);
          }).code() == boost::system::errc::network_down);
    // All at once, at both ends: one end's creating message carries its master, the other's not.
    BridgePortSettings all = every_port_setting();
    all.state.reset();
    const VethPair pair{{.netns = ns1, .name = "q0", .master = br0, .port = all},
                        {.netns = ns1, .name = "q1", .master = br0, .port = all}};
    CHECK(same_members(all, pair.first().port()) == all);
    CHECK(same_members(all, pair.second().port()) == all);

    CHECK(failure_of([&](OnError e) { plain.first().set_port({.cost = 0}, e); }).context().hint ==
          "a port's cost is 1 to 65535, its priority 0 to 63");
    check_error(
        failure_of([&](OnError e) { plain.first().set_port({.priority = std::uint16_t{64}}, e); }),
        ERANGE,
        "set up the bridge port: p0 in ns1: Numerical result out of range "
        "(a port's cost is 1 to 65535, its priority 0 to 63)");
}

TEST_CASE("link: addresses come and go", "[kernel][link][address][only_vm]") {
    Fixture f;
    f.link.set_up();
    f.pair.second().set_up();
    f.pair.wait_ready(long_enough);
    f.link.add_address("10.1.1.2/24");
    f.link.add_address("fd00::2/64");
    vethpp::error_code ec = make_error_code(errc::not_ready);
    f.link.add_address("10.1.1.4/24", ec);
    CHECK_FALSE(ec.failed());
    CHECK(find(f.link, "10.1.1.2")->to_string() == "10.1.1.2/24");
    CHECK(find(f.link, "10.1.1.2")->link() == f.link.index());
    CHECK(find(f.link, "10.1.1.2")->is_permanent());
    CHECK((find(f.link, "10.1.1.4")->flags() & IFA_F_SECONDARY) != 0);
    CHECK(find(f.link, "fd00::2")->to_string() == "fd00::2/64");
    CHECK_FALSE(find(f.link, "fd00::2")->is_tentative());
    CHECK(find(f.link, "fd00::2")->is_permanent());

    check_error(
        failure_of([&](OnError e) { f.link.add_address("10.1.1.2/24", e); }),
        EEXIST,
        "add an address to: veth0, 10.1.1.2/24 in ns1: File exists" +
            reason(6006, "ipv4: Address already assigned", "the link has that address already"));
    CHECK(failure_of([&](OnError e) { f.link.add_address("fd00::2/64", e); }).code() ==
          boost::system::errc::file_exists);
    succeeds([&](OnError e) { f.link.replace_address("10.1.1.2/24", e); });
    succeeds([&](OnError e) { f.link.replace_address("fd00::2/64", e); });
    succeeds([&](OnError e) { f.link.replace_address("10.1.1.5/24", e); });  // was not there

    f.link.remove_address("10.1.1.5/24");
    f.link.remove_address("fd00::2/64");
    CHECK_FALSE(find(f.link, "10.1.1.5"));
    CHECK_FALSE(find(f.link, "fd00::2"));
    CHECK(failure_of([&](OnError e) { f.link.remove_address("10.9.9.9/24", e); }).code() ==
          boost::system::errc::address_not_available);
    CHECK(failure_of([&](OnError e) { f.link.remove_address("fd09::9/64", e); }).code() ==
          boost::system::errc::address_not_available);

    f.link.add_address("fd00::2/64");
    f.link.add_address("10.2.2.2/16");
    CHECK(f.link.addresses().size() == 5);  // and the kernel's link-local one
    f.link.flush_addresses();
    CHECK(f.link.addresses().empty());
    succeeds([&](OnError e) { f.link.flush_addresses(e); });
    CHECK(find(f.ns1.link("lo"), "127.0.0.1"));
}

TEST_CASE("link: each option of an address is what the kernel lists", "[kernel][link][address]") {
    Fixture f;
    f.link.set_up();
    f.pair.second().set_up();
    const auto listed = [&](const char* text, const AddressOptions& options) {
        const InterfaceAddress address{text, options};
        INFO(text);
        f.link.add_address(address);
        const auto state = find(f.link, address.address().to_string().c_str());
        REQUIRE(state);
        CHECK(state->to_string() == text);
        // What is listed can be given back to remove it.
        f.link.remove_address(*state);
        CHECK_FALSE(find(f.link, address.address().to_string().c_str()));
        return *state;
    };

    CHECK(listed("10.0.0.1/32", {.peer = ip("10.0.0.2")}).options().peer == ip("10.0.0.2"));
    CHECK(listed("fd00::1/128", {.peer = ip("fd00::2")}).options().peer == ip("fd00::2"));
    CHECK_FALSE(listed("10.0.0.1/24", {}).options().peer);
    CHECK_FALSE(listed("fd00::1/64", {}).options().peer);

    CHECK_FALSE(listed("10.0.0.1/24", {}).options().broadcast);
    CHECK(listed("10.0.0.1/24", {.broadcast = ip("10.0.0.255")}).options().broadcast ==
          ip("10.0.0.255"));

    CHECK(listed("10.0.0.1/24", {}).options().label == "veth0");
    CHECK(listed("10.0.0.1/24", {.label = "veth0:web"}).options().label == "veth0:web");

    CHECK(listed("10.0.0.1/24", {}).options().scope == AddressScope::universe);
    CHECK(listed("10.0.0.1/24", {.scope = AddressScope::link}).options().scope ==
          AddressScope::link);
    CHECK(listed("10.0.0.1/24", {.scope = AddressScope::host}).options().scope ==
          AddressScope::host);
    CHECK(listed("127.9.9.9/8", {}).options().scope == AddressScope::host);
    CHECK(listed("fd00::1/64", {}).options().scope == AddressScope::universe);
    CHECK(listed("fe80::77/64", {}).options().scope == AddressScope::link);  // by itself

    CHECK_FALSE(listed("fd00::1/64", {}).options().duplicate_address_detection);
    CHECK_FALSE(listed("10.0.0.1/24", {}).options().duplicate_address_detection);
    const auto checked = listed("fd00::1/64", {.duplicate_address_detection = true});
    CHECK(checked.options().duplicate_address_detection);
    CHECK(listed("fd00::1/64", {.home_address = true}).options().home_address);
    CHECK(listed("fd00::1/64", {.no_prefix_route = true}).options().no_prefix_route);
    CHECK(listed("10.0.0.1/24", {.no_prefix_route = true}).options().no_prefix_route);

    for (const char* text : {"10.0.0.1/24", "fd00::1/64"}) {
        const auto mortal = listed(text, {.valid_lifetime = 1000s, .preferred_lifetime = 500s});
        CHECK_FALSE(mortal.is_permanent());
        // Both count down while the test runs.
        CHECK(mortal.options().valid_lifetime <= 1000s);
        CHECK(mortal.options().valid_lifetime > 900s);
        CHECK(mortal.options().preferred_lifetime <= 500s);
        CHECK(mortal.options().preferred_lifetime > 400s);
        const auto deprecated = listed(text, {.preferred_lifetime = 0s});
        // Of a permanent IPv4 address Linux lists the flag only.
        if (deprecated.is_v6()) CHECK(deprecated.options().preferred_lifetime == 0s);
        CHECK((deprecated.flags() & IFA_F_DEPRECATED) != 0);
        const auto cut = listed(text, {.valid_lifetime = 100s});
        CHECK(cut.options().preferred_lifetime <= 100s);
        CHECK(cut.options().preferred_lifetime > 0s);
        const auto forever = listed(text, {});
        CHECK(forever.is_permanent());
        CHECK_FALSE(forever.options().valid_lifetime);
        CHECK_FALSE(forever.options().preferred_lifetime);
        CHECK(listed(text, {.metric = 77}).options().metric == 77U);

        const auto by = listed(text, {.protocol = std::uint8_t{99}}).options().protocol;
        if (!by) WARN("this kernel does not keep who added an address (IFA_PROTO, Linux 5.18)");
        CHECK(by.value_or(99) == 99);
    }
}

TEST_CASE("link: lifetimes, flags and metric of an address can be replaced",
          "[kernel][link][address]") {
    Fixture f;
    f.link.set_up();
    for (const char* text : {"10.0.0.1/24", "fd00::1/64"}) {
        const InterfaceAddress plain{text};
        const std::string bare = plain.address().to_string();
        f.link.add_address(plain);
        f.link.replace_address(
            {text, {.valid_lifetime = 1000s, .preferred_lifetime = 0s, .metric = 42}});
        auto state = find(f.link, bare.c_str());
        REQUIRE(state);
        CHECK(state->options().valid_lifetime <= 1000s);
        CHECK(state->options().preferred_lifetime == 0s);
        CHECK(state->options().metric == 42U);
        CHECK_FALSE(state->is_permanent());
        f.link.replace_address(plain);
        state = find(f.link, bare.c_str());
        CHECK(state->is_permanent());
        CHECK_FALSE(state->options().valid_lifetime);
    }
}

TEST_CASE("link: addresses that the kernel would read as something else",
          "[kernel][link][address][only_vm]") {
    Fixture f;
    check_error(failure_of([&](OnError e) {
                    f.link.add_address({"10.0.0.1/24", {.peer = ip("fd00::1")}}, e);
                }),
                errc::invalid_option,
                "add an address to: veth0, 10.0.0.1/24 in ns1: invalid option "
                "(the peer is of the other IP version)");
    CHECK(failure_of([&](OnError e) {
              f.link.add_address({"fd00::1/64", {.peer = ip("10.0.0.1")}}, e);
          }).code() == errc::invalid_option);
    for (const char* broadcast : {"10.0.0.255", "fd00::ff"})
        check_error(failure_of([&](OnError e) {
                        f.link.replace_address({"fd00::1/64", {.broadcast = ip(broadcast)}}, e);
                    }),
                    errc::invalid_option,
                    "replace an address of: veth0, fd00::1/64 in ns1: invalid option "
                    "(only IPv4 has a broadcast address)");
    CHECK(failure_of([&](OnError e) {
              f.link.add_address({"fd00::1/64", {.label = "veth0:1"}}, e);
          })
              .context()
              .hint == "only an IPv4 address has a label");
    const Error label = failure_of([&](OnError e) {
        f.link.add_address({"10.0.0.1/24", {.label = "veth0:too-long-by-far"}}, e);
    });
    CHECK(label.code() == boost::system::errc::result_out_of_range);
    CHECK(label.context().attribute == "label");
    check_error(
        failure_of([&](OnError e) {
            f.link.add_address({ip("10.0.0.1"), 33}, e);
        }),
        EINVAL,
        "add an address to: veth0, 10.0.0.1/33 in ns1: Invalid argument" +
            reason(6006, "ipv4: Invalid prefix length", "an IPv4 prefix has at most 32 bits"));
    CHECK_THROWS_WITH(
        VethPair(
            {.netns = f.ns1, .name = "x"},
            {.netns = f.ns2, .name = "y", .addresses = {{"10.0.0.1/24", {.peer = ip("::1")}}}}),
        "create the veth pair: y, 10.0.0.1/24 (second end) in ns2: invalid option "
        "(the peer is of the other IP version)");
    CHECK(f.link.addresses().empty());
    CHECK(names(f.ns1) == Names{"veth0"});
}

TEST_CASE("link: an IPv6 address can be bound at once", "[kernel][link][address]") {
    for (int round = 0; round < 20; ++round) {
        const Netns ns1 = Netns::create("ns1");
        const Netns ns2 = Netns::create("ns2");
        VethPair pair{{.netns = ns1, .name = "veth0", .addresses = {"fd00::2/64"}, .up = true},
                      {.netns = ns2, .name = "veth1", .addresses = {"fd00::3/64"}, .up = true}};
        pair.wait_ready(long_enough);
        CHECK(bind_udp(ns1, "fd00::2") == 0);
        CHECK(bind_udp(ns2, "fd00::3") == 0);
        // Later ones, too
        pair.first().add_address("fd01::2/64");
        pair.wait_ready(long_enough);
        CHECK(bind_udp(ns1, "fd01::2") == 0);
        CHECK(bind_udp(ns1, "fd09::9") == EADDRNOTAVAIL);
    }
}

TEST_CASE("link: an IPv6 address whose detection is asked for is tentative",
          "[kernel][link][address]") {
    Fixture f;
    f.link.set_up();
    f.pair.second().set_up();
    f.pair.wait_ready(long_enough);
    const auto set = [&](const std::string& name, const std::string& value) {
        f.ns1.run([&] {
            std::ofstream file{"/proc/sys/net/ipv6/conf/veth0/" + name};
            REQUIRE(file << value << std::flush);
        });
    };
    // The sysctl decides over the flag; with it off nothing is detected (addrconf_dad_begin).
    set("accept_dad", "1");
    // A quarter of an hour, so that it is under way whenever it is looked at.
    set("dad_transmits", "1000");
    f.link.add_address({"fd00::2/64", {.duplicate_address_detection = true}});
    const auto state = find(f.link, "fd00::2");
    REQUIRE(state);
    CHECK(state->is_tentative());
    CHECK(bind_udp(f.ns1, "fd00::2") == EADDRNOTAVAIL);
    f.link.remove_address("fd00::2/64");
    set("dad_transmits", "1");
    f.link.add_address({"fd00::2/64", {.duplicate_address_detection = true}});
    f.link.wait_ready(long_enough);
    CHECK_FALSE(find(f.link, "fd00::2")->is_tentative());
    CHECK(bind_udp(f.ns1, "fd00::2") == 0);
}

TEST_CASE("link: a move to another namespace", "[kernel][link][move]") {
    Fixture f;
    const Netns ns3 = Netns::create("ns3");
    f.link.set_mtu(1400);
    f.link.set_alias("kept");
    f.link.add_alternative_name("also-kept");
    f.link.add_address("10.1.1.2/24");
    f.link.set_up();
    const auto mac = f.link.state().mac;
    const auto group = f.link.state().group;

    SECTION("under its name") {
        succeeds([&](OnError e) { f.link.move_to(ns3, {}, e); });  // the second time it is there
        CHECK(f.link.name() == "veth0");
    }
    SECTION("under another name") {
        f.link.move_to(ns3, "eth0");
        CHECK(f.link.name() == "eth0");
    }
    SECTION("under another name, with its own taken there") {
        const VethPair taken{{.netns = ns3, .name = "veth0"}, {.netns = ns3, .name = "x"}};
        f.link.move_to(ns3, "eth0");
        CHECK(f.link.name() == "eth0");
    }
    SECTION("where its index is taken") {
        make_foreign(ns3, f.link.index(), "taken");
        const auto old = f.link.index();
        f.link.move_to(ns3);
        CHECK(f.link.index() != old);
    }
    SECTION("by a handle of another thread's namespace") {
        ns3.run([&] { f.link.move_to({}, "eth0"); });
        CHECK(f.link.netns().label() == "the current namespace");
    }
    SECTION("renamed by somebody else before, where its old name is taken") {
        const VethPair taken{{.netns = ns3, .name = "veth0"}, {.netns = ns3, .name = "x"}};
        f.link.set_down();  // before Linux 6.2 no link that is up can be renamed
        f.ns1.link("veth0").rename("other");
        f.link.set_up();
        f.link.move_to(ns3);
        CHECK(f.link.name() == "other");
        CHECK(f.link.index() != taken.first().index());
    }

    CHECK(f.link.netns().native_handle() != -1);
    CHECK(names(f.ns1).empty());
    const LinkState state = f.link.state();
    CHECK(state.index == f.link.index());
    CHECK(state.name == f.link.name());
    CHECK(ns3.link(f.link.name()).index() == f.link.index());
    CHECK(state.mac == mac);
    CHECK(state.mtu == 1400);
    CHECK(state.alias == "kept");
    CHECK(state.alternative_names == Names{"also-kept"});
    CHECK(state.group == group);
    CHECK_FALSE(state.is_up());
    CHECK(f.link.addresses().empty());
    CHECK(f.pair.second().peer_state().name == f.link.name());

    // The pair removes it where it is.
    { const VethPair gone = std::move(f.pair); }
    CHECK(names(f.ns2).empty());
    for (const std::string& name : names(ns3)) CHECK(name != f.link.name());
}

TEST_CASE("link: a move within the namespace is a rename, or nothing",
          "[kernel][link][move][only_vm]") {
    Fixture f;
    const auto index = f.link.index();
    f.link.set_up();
    f.link.move_to(f.ns1);
    CHECK(f.link.state().is_up());
    if (vethpp::System{}.kernel_version() < 6002)
        check_error(failure_of([&](OnError e) { f.link.move_to(f.ns1, "eth0", e); }),
                    EBUSY,
                    "move: veth0 in ns1: Device or resource busy "
                    "(this kernel renames only links that are down)");
    f.link.set_down();
    f.link.move_to(f.ns1, "eth0");
    CHECK(f.link.name() == "eth0");
    CHECK(f.link.index() == index);
    CHECK(names(f.ns1) == Names{"eth0"});
    const VethPair taken{{.netns = f.ns1, .name = "taken"}, {.netns = f.ns1, .name = "x"}};
    check_error(failure_of([&](OnError e) { f.link.move_to(f.ns1, "taken", e); }),
                EEXIST,
                "move: eth0 in ns1: File exists (the name taken is taken in ns1)");
    CHECK(f.link.state().name == "eth0");
}

TEST_CASE("link: a move that is refused changes nothing", "[kernel][link][move]") {
    Fixture f;
    const Netns ns3 = Netns::create("ns3");
    const VethPair taken{{.netns = ns3, .name = "veth0"}, {.netns = ns3, .name = "eth0"}};
    const auto unchanged = [&] {
        CHECK(f.link.netns().label() == "ns1");
        CHECK(f.link.state().name == "veth0");
        CHECK(names(f.ns1) == Names{"veth0"});
        CHECK(names(ns3) == Names{"eth0", "veth0"});
    };
    const Error own = failure_of([&](OnError e) { f.link.move_to(ns3, {}, e); });
    CHECK(own.code() == boost::system::errc::file_exists);
    CHECK(own.context().netns == "ns1");
    CHECK(own.context().hint == "the name veth0 is taken in ns3");
    unchanged();
    // Its own name is taken there, and so is the new one.
    CHECK(failure_of([&](OnError e) { f.link.move_to(ns3, "eth0", e); }).context().hint ==
          "the name eth0 is taken in ns3");
    unchanged();
    // Its own name is free there, so the kernel would move it, and fail to rename it afterwards.
    check_error(failure_of([&](OnError e) { f.pair.second().move_to(ns3, "eth0", e); }),
                EEXIST,
                "move: veth1 in ns2: File exists (the name eth0 is taken in ns3)");
    unchanged();
    CHECK(f.pair.second().state().name == "veth1");

    CHECK(failure_of([&](OnError e) { f.link.move_to(ns3, "a:b", e); }).code() ==
          errc::invalid_name);
    Bridge br0{{.netns = f.ns2, .name = "br0"}};
    const Error fixed = failure_of([&](OnError e) { br0.move_to(ns3, {}, e); });
    CHECK(fixed.code() == boost::system::errc::invalid_argument);
    CHECK(fixed.context().hint == "to ns3");
    CHECK(br0.state().name == "br0");
    unchanged();
}

namespace {

using Meddle = std::function<void()>;

// A transport that lets somebody else act after an answer: between two requests of one call.
class Meddling final : public vethpp::netlink::Transport {
public:
    Meddling(std::unique_ptr<Transport> real, std::shared_ptr<Meddle> then)
        : real_{std::move(real)}, then_{std::move(then)} {}
    void send(vethpp::wire::Bytes datagram, vethpp::error_code& ec) override {
        real_->send(datagram, ec);
    }
    vethpp::netlink::Datagram receive(std::span<std::byte> buffer,
                                      vethpp::error_code& ec) override {
        const auto datagram = real_->receive(buffer, ec);
        if (*then_) std::exchange(*then_, nullptr)();
        return datagram;
    }
    [[nodiscard]] std::uint32_t port() const noexcept override { return real_->port(); }
    [[nodiscard]] int native_handle() const noexcept override { return real_->native_handle(); }

private:
    std::unique_ptr<Transport> real_;
    std::shared_ptr<Meddle> then_;
};

class MeddlingSystem final : public vethpp::System {
public:
    std::shared_ptr<Meddle> then = std::make_shared<Meddle>();
    std::unique_ptr<vethpp::netlink::Transport> netlink(int protocol,
                                                        vethpp::error_code& ec) const override {
        return std::make_unique<Meddling>(System::netlink(protocol, ec), then);
    }
};

}  // namespace

TEST_CASE("link: a move whose name is taken by somebody else meanwhile", "[kernel][link][move]") {
    Fixture f;
    const auto system = std::make_shared<MeddlingSystem>();
    const Netns ns3 = Netns::create("ns3", {.system = system});
    const Netns theirs = ns3.run([] { return Netns::current(); });
    *system->then = [&] { make_foreign(theirs, 0, "eth0"); };
    check_error(failure_of([&](OnError e) {
                    if (names(f.ns1) == Names{"veth0"})
                        f.link.move_to(ns3, "eth0", e);
                    else
                        f.link.rename("eth0", e);  // the second form: it has moved
                }),
                EEXIST,
                "rename: veth0 in ns3: File exists (the name eth0 is taken)");
    // The kernel had moved it before it found out, and this object followed.
    CHECK(f.link.netns().label() == "ns3");
    CHECK(f.link.state().name == "veth0");
    CHECK(names(theirs) == Names{"eth0", "veth0"});
    { const VethPair gone = std::move(f.pair); }
    CHECK(names(theirs) == Names{"eth0"});
}

TEST_CASE("link: another handle, and none", "[kernel][link]") {
    Fixture f;
    Link handle = f.ns1.link("veth0");
    CHECK_FALSE(handle.is_owned());
    CHECK(handle.index() == f.link.index());
    handle.set_mtu(1300);
    CHECK(f.link.state().mtu == 1300);
    { const Link gone = std::move(handle); }  // owns nothing
    CHECK(f.link.state().mtu == 1300);
    CHECK(f.ns1.link(f.link.index()).name() == "veth0");

    Link none;
    CHECK_FALSE(static_cast<bool>(none));
    CHECK_FALSE(static_cast<bool>(handle));  // moved from
    const auto refuses = [&](auto call) {
        for (Link* link : {&none, &handle}) {
            const Error error = failure_of([&](OnError e) { call(*link, e); });
            CHECK(error.code() == errc::no_such_link);
            CHECK_THAT(error.what(), contains("no link to act on (the object refers to no link)"));
            CHECK(error.context().netns.empty());
        }
    };
    check_error(failure_of([&](OnError e) { none.set_mtu(1, e); }),
                errc::no_such_link,
                "set the MTU: no link to act on (the object refers to no link)");
    refuses([](Link& l, OnError e) { (void)l.state(e); });
    refuses([](Link& l, OnError e) { (void)l.peer_state(e); });
    refuses([](Link& l, OnError e) { (void)l.peer(e); });
    refuses([](Link& l, OnError e) { l.set_up(e); });
    refuses([](Link& l, OnError e) { l.set_down(e); });
    refuses([](Link& l, OnError e) { l.set_promiscuous(true, e); });
    refuses([](Link& l, OnError e) { l.set_multicast(true, e); });
    refuses([](Link& l, OnError e) { l.set_all_multicast(true, e); });
    refuses([](Link& l, OnError e) { l.set_arp(true, e); });
    refuses([](Link& l, OnError e) { l.rename("x", e); });
    refuses([](Link& l, OnError e) { l.set_mac("02:00:00:00:00:01", e); });
    refuses([](Link& l, OnError e) { l.set_group(1, e); });
    refuses([](Link& l, OnError e) { l.set_txqlen(1, e); });
    refuses([](Link& l, OnError e) { l.set_alias("x", e); });
    refuses([](Link& l, OnError e) { l.add_alternative_name("x", e); });
    refuses([](Link& l, OnError e) { l.remove_alternative_name("x", e); });
    refuses([&](Link& l, OnError e) { l.set_master(f.link, e); });
    refuses([](Link& l, OnError e) { l.clear_master(e); });
    refuses([](Link& l, OnError e) { l.set_port({}, e); });
    refuses([](Link& l, OnError e) { (void)l.port(e); });
    refuses([&](Link& l, OnError e) { l.move_to(f.ns2, {}, e); });
    refuses([](Link& l, OnError e) { l.add_address("10.0.0.1/24", e); });
    refuses([](Link& l, OnError e) { l.replace_address("10.0.0.1/24", e); });
    refuses([](Link& l, OnError e) { l.remove_address("10.0.0.1/24", e); });
    refuses([](Link& l, OnError e) { l.flush_addresses(e); });
    refuses([](Link& l, OnError e) { (void)l.addresses(e); });
    refuses([](Link& l, OnError e) { (void)l.offloads(e); });
    refuses([](Link& l, OnError e) { l.set_offloads({}, e); });
    refuses([](Link& l, OnError e) { l.wait_ready(0ms, e); });
    refuses([](Link& l, OnError e) { l.remove(e); });
}

TEST_CASE("link: one that is gone says so, in every call", "[kernel][link]") {
    Fixture f;
    Link handle = f.ns1.link("veth0");
    f.pair.remove();
    const auto no_device = [&](auto call) {
        const Error error = failure_of([&](OnError e) { call(handle, e); });
        CHECK(error.code() == boost::system::errc::no_such_device);
        CHECK(error.context().netns == "ns1");
        CHECK_FALSE(error.context().operation.empty());
        CHECK_THAT(error.context().object, contains("veth0"));
    };
    no_device([](Link& l, OnError e) { (void)l.state(e); });
    no_device([](Link& l, OnError e) { (void)l.peer_state(e); });
    no_device([](Link& l, OnError e) { (void)l.peer(e); });
    no_device([](Link& l, OnError e) { l.set_up(e); });
    no_device([](Link& l, OnError e) { l.set_mtu(1400, e); });
    no_device([](Link& l, OnError e) { l.rename("x", e); });
    no_device([](Link& l, OnError e) { l.add_alternative_name("x", e); });
    no_device([](Link& l, OnError e) { (void)l.port(e); });
    no_device([&](Link& l, OnError e) { l.move_to(f.ns2, {}, e); });
    no_device([](Link& l, OnError e) { l.add_address("10.0.0.1/24", e); });
    no_device([](Link& l, OnError e) { l.remove_address("10.0.0.1/24", e); });
    no_device([](Link& l, OnError e) { l.add_address("fd00::1/64", e); });
    no_device([](Link& l, OnError e) { (void)l.offloads(e); });
    no_device([](Link& l, OnError e) { l.set_offloads({.gro = true}, e); });
    no_device([](Link& l, OnError e) { l.wait_ready(0ms, e); });
    no_device([](Link& l, OnError e) { l.remove(e); });
    check_error(failure_of([&](OnError e) { handle.set_up(e); }),
                ENODEV,
                "set up: veth0 in ns1: No such device");
}

TEST_CASE("link: removed by whoever wants to", "[kernel][link]") {
    Fixture f;
    Link handle = f.ns2.link("veth1");
    handle.remove();
    CHECK_FALSE(static_cast<bool>(handle));
    CHECK(names(f.ns1).empty());
    CHECK(names(f.ns2).empty());
    const VethPair again{{.netns = f.ns1, .name = "veth0"}, {.netns = f.ns2, .name = "veth1"}};
    { const VethPair gone = std::move(f.pair); }  // is not that one
    CHECK(names(f.ns1) == Names{"veth0"});
}

TEST_CASE("link: the loopback is a link", "[kernel][link]") {
    const Netns ns = Netns::create("ns", {.loopback_up = false});
    Link lo = ns.link("lo");
    CHECK(lo.index() == 1);
    CHECK(lo.state().is_loopback());
    CHECK_FALSE(lo.state().is_up());
    CHECK(lo.state().kind().empty());
    lo.set_up();
    CHECK(lo.state().is_up());
    CHECK_THROWS_WITH(lo.remove(), "remove: lo in ns: Operation not supported");
    CHECK_THROWS_WITH((void)lo.peer_state(),
                      "get the other end: lo in ns: no link to act on "
                      "(the link is not the end of a veth pair)");
    CHECK_THROWS_WITH((void)lo.peer(), contains("it has no other end in ns"));
}

TEST_CASE("link: a move that fails names the link as it was asked for", "[kernel][link]") {
    const Netns ns1 = Netns::create("ns1");
    const Netns ns2 = Netns::create("ns2");
    VethPair pair{{.netns = ns1, .name = "with-long-name"}, {.netns = ns1, .name = "b"}};
    const VethPair other{{.netns = ns2, .name = "x"}, {.netns = ns2, .name = "y"}};
    ns1.link("with-long-name").rename("x");  // by somebody else
    CHECK_THROWS_WITH(
        pair.first().move_to(ns2),
        contains("move: with-long-name in ns1: File exists (the name x is taken in ns2)"));
    CHECK(pair.first().name() == "x");
}
