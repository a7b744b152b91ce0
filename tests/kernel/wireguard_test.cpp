// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/oracle.hpp"
#include "support/patience.hpp"
#include <vethpp/kinds/wireguard.hpp>
#include <vethpp/message/wireguard.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

void need_wireguard() {
    error_code ec;
    const Netns netns = Netns::create("try");
    const WireGuard link{{.netns = netns}, ec};
    if (ec == boost::system::errc::operation_not_supported) skip("this kernel has no wireguard");
    REQUIRE_FALSE(ec);
}

struct Underlay {
    Netns a = Netns::create("a");
    Netns b = Netns::create("b");
    VethPair wire{{.netns = a, .name = "eth0", .addresses = {"10.0.0.1/24"}, .up = true},
                  {.netns = b, .name = "eth0", .addresses = {"10.0.0.2/24"}, .up = true}};
};

LinkOptions tunnel(const Netns& netns, const char* address) {
    return {.netns = netns, .name = "wg0", .addresses = {address}, .up = true};
}

WireGuardKey key_of(unsigned n) {
    WireGuardKey::Bytes bytes{
        9, 0, static_cast<std::uint8_t>(n), static_cast<std::uint8_t>(n / 256)};
    return WireGuardKey{bytes};
}

// What `wg` prints, one line.
std::string wg(const Netns& netns, const std::string& arguments) {
    std::string text = shell(netns, "wg " + arguments).text;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

}  // namespace

TEST_CASE("WireGuard: a kernel that has none says so", "[kernel][wireguard]") {
    const Netns netns = Netns::create("lab");
    error_code ec;
    const WireGuard link{{.netns = netns, .name = "wg0"}, ec};
    if (!ec) return;
    check_error(failure_of([&](OnError e) {
                    WireGuard{{.netns = netns, .name = "wg0"}, {}, e};
                }),
                EOPNOTSUPP,
                "create the wireguard: wg0 in lab: Operation not supported; kernel: Unknown device "
                "type");
    CHECK_FALSE(link);
    CHECK(names(netns).empty());
}

TEST_CASE("WireGuard: a tunnel between two namespaces", "[kernel][wireguard][only_vm]") {
    need_wireguard();
    const Underlay under;
    const WireGuardKeys a = WireGuardKeys::generate();
    const WireGuardKeys b = WireGuardKeys::generate();
    const WireGuardKey shared = WireGuardKey::generate_preshared();
    CHECK(WireGuardKeys::of(a.private_key).public_key == a.public_key);
    CHECK(a.public_key != b.public_key);
    const WireGuard one{tunnel(under.a, "10.9.0.1/24"),
                        {.private_key = a.private_key,
                         .listen_port = 51820,
                         .peers = {{.public_key = b.public_key,
                                    .preshared_key = shared,
                                    .endpoint = "10.0.0.2:51821",
                                    .allowed_addresses = {"10.9.0.2/32", "fd00:9::/64"}}}}};
    const WireGuard two{tunnel(under.b, "10.9.0.2/24"),
                        {.private_key = b.private_key,
                         .listen_port = 51821,
                         .peers = {{.public_key = a.public_key,
                                    .preshared_key = shared,
                                    .allowed_addresses = {"10.9.0.1/32"}}}}};
    CHECK(one.state().kind() == "wireguard");
    CHECK(one.public_key() == a.public_key);
    REQUIRE(one.peers().size() == 1);
    CHECK_FALSE(one.peers()[0].last_handshake);
    CHECK(one.peers()[0].rx_bytes == 0);
    CHECK_FALSE(two.peers()[0].endpoint);
    under.wire.wait_ready(long_enough);
    one.wait_ready(long_enough);
    const auto before = std::chrono::system_clock::now();
    CHECK(ping(under.a, "10.9.0.2", {.timeout = long_enough}).received == 1);
    const WireGuardPeerState peer = one.peers()[0];
    REQUIRE(peer.last_handshake);
    CHECK(*peer.last_handshake >= before - 1s);
    CHECK(*peer.last_handshake <= std::chrono::system_clock::now() + 1s);
    CHECK(peer.rx_bytes > 64);
    CHECK(peer.tx_bytes > 64);
    // It has learned where the other one is.
    CHECK(two.peers()[0].endpoint == UdpEndpoint{"10.0.0.1:51820"});

    need(under.a, "wg");
    CHECK(wg(under.a, "show wg0 private-key") == a.private_key.to_string());
    CHECK(wg(under.a, "show wg0 public-key") == a.public_key.to_string());
    CHECK(wg(under.a, "show wg0 preshared-keys") ==
          b.public_key.to_string() + "\t" + shared.to_string());
    CHECK(wg(under.a, "show wg0 transfer") == b.public_key.to_string() + "\t" +
                                                  std::to_string(peer.rx_bytes) + "\t" +
                                                  std::to_string(peer.tx_bytes));
    CHECK(shell(under.a, "echo " + a.private_key.to_string() + " | wg pubkey").text ==
          a.public_key.to_string() + "\n");
}

TEST_CASE("WireGuard: its packets go through another namespace than its own",
          "[kernel][wireguard][only_vm]") {
    need_wireguard();
    const Underlay under;
    const Netns inside = Netns::create("inside");
    const WireGuardKeys a = WireGuardKeys::generate();
    const WireGuardKeys b = WireGuardKeys::generate();
    const WireGuard one{tunnel(inside, "10.9.0.1/24"),
                        {.underlay = under.a,
                         .private_key = a.private_key,
                         .peers = {{.public_key = b.public_key,
                                    .endpoint = {{"10.0.0.2", 51820}},
                                    .allowed_addresses = {"0.0.0.0/0"}}}}};
    const WireGuard two{
        tunnel(under.b, "10.9.0.2/24"),
        {.private_key = b.private_key,
         .listen_port = 51820,
         .peers = {{.public_key = a.public_key, .allowed_addresses = {"10.9.0.1/32"}}}}};
    under.wire.wait_ready(long_enough);
    CHECK(names(inside) == Names{"wg0"});
    CHECK(names(under.a) == Names{"eth0"});
    CHECK(ping(inside, "10.9.0.2", {.timeout = long_enough}).received == 1);
    check_error(
        failure_of([&](OnError e) {
            WireGuard{{.netns = under.b, .name = "wg1"}, {.listen_port = 51820}, e}.set_up(e);
        }),
        EADDRINUSE,
        "set up: wg1 in b: Address already in use");
}

TEST_CASE("WireGuard: settings are read back and changed", "[kernel][wireguard][only_vm]") {
    need_wireguard();
    const Netns netns = Netns::create("lab");
    const WireGuardKey key = WireGuardKey::generate();
    WireGuard link{{.netns = netns, .name = "wg0"},
                   {.private_key = key, .listen_port = 1000, .mark = 0x80000001}};
    CHECK(link.settings().to_string() == "private-key (hidden) listen-port 1000 fwmark 0x80000001");
    CHECK(link.settings().private_key == key);
    const WireGuardPeer first{.public_key = key_of(1),
                              .preshared_key = key_of(100),
                              .endpoint = "[fd00::2]:51820",
                              .allowed_addresses = {"10.0.0.0/8", "fd00::/64", "::/0"},
                              .keepalive = 25s};
    const WireGuardPeer second{.public_key = key_of(2), .allowed_addresses = {"10.1.0.0/16"}};
    const auto sorted = [&] {
        std::vector<WireGuardPeer> peers = link.settings().peers;
        for (WireGuardPeer& peer : peers)
            std::sort(
                peer.allowed_addresses.begin(),
                peer.allowed_addresses.end(),
                [](const Prefix& a, const Prefix& b) { return a.to_string() < b.to_string(); });
        std::sort(peers.begin(), peers.end(), [](const auto& a, const auto& b) {
            return a.public_key < b.public_key;
        });
        return peers;
    };
    using Peers = std::vector<WireGuardPeer>;
    WireGuardPeer as_read = first;
    as_read.allowed_addresses = {"10.0.0.0/8", "::/0", "fd00::/64"};
    link.configure({.peers = {first, second}});
    CHECK(sorted() == Peers{as_read, second});
    CHECK(link.settings().listen_port == 1000U);
    // What is not given stays; addresses take the place of those before.
    link.configure({.mark = 0, .peers = {{.public_key = key_of(1), .keepalive = 0s}}});
    as_read.keepalive.reset();
    CHECK(sorted() == Peers{as_read, second});
    link.configure({.peers = {{.public_key = key_of(1),
                               .preshared_key = WireGuardKey{},
                               .allowed_addresses = {"10.1.0.0/16"}}}});
    as_read.preshared_key.reset();
    as_read.allowed_addresses = {"10.1.0.0/16"};
    WireGuardPeer robbed = second;  // an address is of the last who was given it
    robbed.allowed_addresses.clear();
    CHECK(sorted() == Peers{as_read, robbed});
    link.remove_peer(key_of(1));
    link.remove_peer(key_of(1));
    CHECK(sorted() == Peers{robbed});
    link.set_peers({first});
    CHECK(sorted().size() == 1);
    CHECK(link.settings().peers[0].public_key == key_of(1));
    link.set_peers({});
    CHECK(link.settings().peers.empty());
    link.configure({.private_key = WireGuardKey{}});
    CHECK(link.public_key().is_zero());
    CHECK_FALSE(link.settings().private_key);
}

TEST_CASE("WireGuard: more peers and addresses than fit into a message",
          "[kernel][wireguard][only_vm]") {
    need_wireguard();
    const Netns netns = Netns::create("lab");
    WireGuardSettings settings;
    for (unsigned n = 0; n < 400; ++n) {
        WireGuardPeer& peer = settings.peers.emplace_back();
        peer.public_key = key_of(n + 1);
        for (unsigned i = 0; i < (n == 200 ? 3000U : 3U); ++i)
            peer.allowed_addresses.emplace_back(
                IpAddress{boost::asio::ip::address_v6{{0xfd,
                                                       0,
                                                       std::uint8_t(n),
                                                       std::uint8_t(n / 256),
                                                       std::uint8_t(i),
                                                       std::uint8_t(i / 256)}}},
                std::uint8_t{128});
    }
    const WireGuard link{{.netns = netns, .name = "wg0"}, settings};
    auto peers = link.settings().peers;
    REQUIRE(peers.size() == settings.peers.size());
    std::sort(peers.begin(), peers.end(), [](const auto& a, const auto& b) {
        return a.public_key < b.public_key;
    });
    std::sort(settings.peers.begin(), settings.peers.end(), [](const auto& a, const auto& b) {
        return a.public_key < b.public_key;
    });
    for (std::size_t n = 0; n < peers.size(); ++n) {
        const auto text = [](const WireGuardPeer& peer) {
            std::vector<std::string> lines;
            for (const Prefix& prefix : peer.allowed_addresses) lines.push_back(prefix.to_string());
            std::sort(lines.begin(), lines.end());
            return lines;
        };
        CHECK(peers[n].public_key == settings.peers[n].public_key);
        CHECK(text(peers[n]) == text(settings.peers[n]));
    }
}

TEST_CASE("WireGuard: what is wrong is said, and nothing is made", "[kernel][wireguard]") {
    const Netns netns = Netns::create("lab");
    const auto sentence = [&](const WireGuardSettings& settings) {
        const Error error = failure_of([&](OnError e) {
            const WireGuard link{{.netns = netns, .name = "wg0"}, settings, e};
            CHECK_FALSE(link);
        });
        CHECK(names(netns).empty());
        return std::string{error.what()};
    };
    const auto hint = [&](const WireGuardSettings& settings) {
        const std::string text = sentence(settings);
        return text.substr(text.rfind(" ("));
    };
    CHECK(sentence({.private_key = "secret"}) ==
          "create the wireguard: wg0 in lab: invalid option (the private key is not 44 characters "
          "of base64)");
    CHECK(hint({.peers = {{}}}) == " (a peer has no public key)");
    CHECK(hint({.peers = {{.public_key = "x"}}}) ==
          " (the public key of a peer is not 44 characters of base64)");
    CHECK(hint({.peers = {{.public_key = key_of(1), .preshared_key = "x"}}}) ==
          " (the preshared key is not 44 characters of base64)");
    CHECK(hint({.peers = {{.public_key = key_of(1), .endpoint = "10.0.0.1"}}}) ==
          " (\"10.0.0.1\" is no address and port: expected one like 10.0.0.2:51820 or "
          "[fd00::2]:51820)");
    CHECK(hint({.peers = {{.public_key = key_of(1), .allowed_addresses = {"10.0.0.0/33"}}}}) ==
          " (\"10.0.0.0/33\": an IPv4 prefix has at most 32 bits)");
    for (const auto keepalive : {-1s, 65536s})
        CHECK(hint({.peers = {{.public_key = key_of(1), .keepalive = keepalive}}}) ==
              " (a keepalive is 0 to 65535 s)");
    CHECK(hint({.peers = {{.public_key = key_of(1)}, {.public_key = key_of(1)}}}) ==
          " (two peers have the public key " + key_of(1).to_string() + ")");
}

TEST_CASE("WireGuard: what the kernel refuses, or passes over in silence, leaves nothing",
          "[kernel][wireguard][only_vm]") {
    need_wireguard();
    const Netns netns = Netns::create("lab");
    const auto refused = [&](const WireGuardSettings& settings) {
        const Error error = failure_of([&](OnError e) {
            const WireGuard link{{.netns = netns, .name = "wg1", .up = true}, settings, e};
            CHECK_FALSE(link);
        });
        CHECK(names(netns) == Names{"wg0"});
        return error;
    };
    const WireGuardKeys keys = WireGuardKeys::generate();
    WireGuard first{{.netns = netns, .name = "wg0", .up = true}, {.listen_port = 51820}};
    check_error(refused({.listen_port = 51820}),
                EADDRINUSE,
                "create the wireguard: wg1 in lab: Address already in use (another socket of the "
                "underlay has that port)");
    check_error(refused({.listen_port = 65536}),
                errc::invalid_option,
                "create the wireguard: wg1 in lab: invalid option (the number is out of range) "
                "[listen_port]");
    check_error(
        refused({.private_key = keys.private_key, .peers = {{.public_key = keys.public_key}}}),
        errc::invalid_option,
        "create the wireguard: wg1 in lab: invalid option (a peer has the public key of "
        "the link itself; it is no peer then)");
    check_error(failure_of([&](OnError e) { first.configure({.underlay = netns}, e); }),
                errc::invalid_option,
                "configure the wireguard: wg0 in lab: invalid option (its underlay cannot be "
                "changed)");
    first.remove();
    CHECK(failure_of([&](OnError e) { (void)first.peers(e); }).code() == errc::no_such_link);
}

TEST_CASE("WireGuard: the request of wg(8)", "[kernel][wireguard][oracle][only_vm]") {
    need_wireguard();
    const Oracle oracle;
    need(oracle.theirs, "wg");
    oracle.both("link add wg0 type wireguard");
    const WireGuardKey key = key_of(1);
    const WireGuardSettings settings{.private_key = key_of(7),
                                     .listen_port = 51820,
                                     .mark = 3,
                                     .peers = {{.public_key = key,
                                                .preshared_key = key_of(8),
                                                .endpoint = "10.0.0.2:51820",
                                                .allowed_addresses = {"10.9.0.2/32", "fd00::/64"},
                                                .keepalive = 25s}}};
    const std::string command =
        "exec wg set wg0 listen-port 51820 fwmark 3 private-key /dev/fd/3 peer " + key.to_string() +
        " preshared-key /dev/fd/4 endpoint 10.0.0.2:51820 persistent-keepalive 25 allowed-ips "
        "10.9.0.2/32,fd00::/64 3<<<" +
        key_of(7).to_string() + " 4<<<" + key_of(8).to_string();
    const auto set = [](const std::vector<ByteVector>& datagrams) {
        std::optional<Message> found;
        for (const ByteVector& datagram : datagrams) {
            wire::Messages list{datagram};
            for (const auto& message : list)
                if (message.header.nlmsg_type > GENL_ID_CTRL &&
                    message.payload[0] == std::byte{WG_CMD_SET_DEVICE})
                    found = Message{message.header.nlmsg_type,
                                    message.header.nlmsg_flags,
                                    vethpp_test::copy(message.payload)};
        }
        REQUIRE(found);
        return *found;
    };
    const Message theirs = set(sent_by_command(oracle.theirs, "bash -c '" + command + "'"));
    WireGuard link{{.netns = oracle.ours, .name = "wg1"}};
    oracle.log->clear();
    link.configure(settings);
    // The program names the link.
    CHECK(compare(theirs,
                  set(*oracle.log),
                  sizeof(genlmsghdr),
                  message::generic_names<message::WireGuardMessage>) ==
          Differences{"only ip: name wg0", "only vethpp: index 03000000"});
}
