// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/patience.hpp"
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/bridge.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/veth_pair.hpp>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <span>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using vethpp::detail::UniqueFd;

constexpr std::array members{&Offloads::tx_checksum,
                             &Offloads::rx_checksum,
                             &Offloads::scatter_gather,
                             &Offloads::tso,
                             &Offloads::gso,
                             &Offloads::gro};

std::string text(const Offloads& offloads) {
    std::string out;
    for (const auto member : members)
        out += !(offloads.*member) ? '?' : *(offloads.*member) ? '1' : '0';
    return out;
}

struct Fixture {
    Netns ns1 = Netns::create("ns1");
    Netns ns2 = Netns::create("ns2");
    VethPair pair{{.netns = ns1,
                   .name = "veth0",
                   .mac = "02:00:00:00:00:01",
                   .addresses = {"10.1.1.2/24", "fd00::2/64"},
                   .up = true},
                  {.netns = ns2,
                   .name = "veth1",
                   .mac = "02:00:00:00:00:02",
                   .addresses = {"10.1.1.3/24", "fd00::3/64"},
                   .up = true}};
};

// The Internet checksum: 0xffff over data that contains its own (RFC 1071).
std::uint16_t sum(std::span<const std::uint8_t> data, std::uint32_t start) {
    std::uint32_t total = start;
    for (std::size_t i = 0; i < data.size(); ++i)
        total += i % 2 == 0 ? std::uint32_t{data[i]} << 8U : data[i];
    while (total > 0xffff) total = (total & 0xffffU) + (total >> 16U);
    return static_cast<std::uint16_t>(total);
}

// Sends a UDP datagram from ns1 and returns whether it arrives in ns2 with a complete checksum, as
// a packet socket there sees it: what raw sockets and userspace switches get.
bool checksum_is_complete(const Fixture& f, const char* from, const char* to) {
    const bool v6 = std::strchr(to, ':') != nullptr;
    const auto protocol = static_cast<std::uint16_t>(v6 ? ETH_P_IPV6 : ETH_P_IP);
    const UniqueFd capture = f.ns2.run([&] {
        UniqueFd fd{::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
        REQUIRE(fd);
        sockaddr_ll where{};
        where.sll_family = AF_PACKET;
        where.sll_protocol = htons(protocol);
        where.sll_ifindex = static_cast<int>(f.pair.second().index());
        REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
        return fd;
    });
    const std::string payload = "checksum me, please";
    const UniqueFd sender = f.ns1.run(
        [&] { return UniqueFd{::socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)}; });
    REQUIRE(sender);
    sockaddr_storage target{};
    socklen_t length = 0;
    if (v6) {
        auto* const address = reinterpret_cast<sockaddr_in6*>(&target);
        address->sin6_family = AF_INET6;
        address->sin6_port = htons(4711);
        REQUIRE(::inet_pton(AF_INET6, to, &address->sin6_addr) == 1);
        length = sizeof *address;
    } else {
        auto* const address = reinterpret_cast<sockaddr_in*>(&target);
        address->sin_family = AF_INET;
        address->sin_port = htons(4711);
        REQUIRE(::inet_pton(AF_INET, to, &address->sin_addr) == 1);
        length = sizeof *address;
    }
    REQUIRE(::sendto(sender.get(),
                     payload.data(),
                     payload.size(),
                     0,
                     reinterpret_cast<const sockaddr*>(&target),
                     length) == static_cast<ssize_t>(payload.size()));
    for (;;) {
        pollfd ready{.fd = capture.get(), .events = POLLIN, .revents = 0};
        REQUIRE(::poll(&ready, 1, static_cast<int>(long_enough.count())) == 1);
        std::array<std::uint8_t, 2048> buffer{};
        const auto size = ::recv(capture.get(), buffer.data(), buffer.size(), 0);
        const std::size_t header = v6 ? 40 : 20;
        if (size < static_cast<ssize_t>(header + 8 + payload.size())) continue;
        if (buffer[v6 ? 6 : 9] != IPPROTO_UDP) continue;  // neighbour discovery and the like
        const std::size_t udp = 8 + payload.size();
        const auto addresses =
            v6 ? std::span{buffer}.subspan(8, 32) : std::span{buffer}.subspan(12, 8);
        const std::uint32_t pseudo = sum(addresses, IPPROTO_UDP + static_cast<std::uint32_t>(udp));
        INFO(from << " to " << to);
        return sum(std::span{buffer}.subspan(header, udp), pseudo) == 0xffff;
    }
}

}  // namespace

TEST_CASE("offloads: each is read and set on its own", "[kernel][offloads]") {
    Fixture f;
    Link& link = f.pair.first();
    for (const auto member : members) CHECK((link.offloads().*member).has_value());
    link.set_offloads({.tx_checksum = true,
                       .rx_checksum = true,
                       .scatter_gather = true,
                       .tso = true,
                       .gso = true,
                       .gro = true});
    CHECK(text(link.offloads()) == "111111");
    for (const auto member : members) {
        Offloads one;
        one.*member = false;
        succeeds([&](OnError e) { link.set_offloads(one, e); });
        CHECK(link.offloads().*member == false);
        link.set_offloads(Offloads::all(true));
        CHECK(text(link.offloads()) == "111111");
    }
}

TEST_CASE("offloads: all off, and the other end as it was", "[kernel][offloads]") {
    Fixture f;
    const Offloads before = f.pair.second().offloads();
    f.pair.first().set_offloads(Offloads::all(false));
    CHECK(text(f.pair.first().offloads()) == "000000");
    CHECK(f.pair.first().offloads() == Offloads::all(false));
    CHECK(f.pair.second().offloads() == before);
    // Nothing said, nothing changed
    f.pair.first().set_offloads({});
    CHECK(text(f.pair.first().offloads()) == "000000");
    f.pair.first().set_offloads({.tx_checksum = true, .gro = true});
    CHECK(text(f.pair.first().offloads()) == "100001");
    // By its index, whatever its name is by now
    Link handle = f.ns1.link("veth0");
    f.pair.first().set_down();  // before Linux 6.2 no link that is up can be renamed
    f.pair.first().rename("renamed");
    handle.set_offloads(Offloads::all(false));
    CHECK(text(f.pair.first().offloads()) == "000000");
    // They go along with it.
    f.pair.first().move_to(f.ns2, "moved");
    CHECK(text(f.pair.first().offloads()) == "000000");
}

TEST_CASE("offloads: what the kernel takes and ignores is an error", "[kernel][offloads]") {
    Fixture f;
    Link& link = f.pair.first();
    link.set_offloads(Offloads::all(false));
    // Segmentation needs checksums.
    const Error error = failure_of([&](OnError e) { link.set_offloads({.tso = true}, e); });
    check_error(error,
                EOPNOTSUPP,
                "set the offloads: veth0 in ns1: Operation not supported "
                "(tso stays off: it is fixed, or needs another) [tso]");
    CHECK(link.offloads().tso == false);
    CHECK(failure_of([&](OnError e) { link.set_offloads({.tx_checksum = false, .tso = true}, e); })
              .context()
              .attribute == "tso");
}

TEST_CASE("offloads: links that cannot change them", "[kernel][offloads]") {
    Fixture f;
    Link lo = f.ns1.link("lo");
    check_error(failure_of([&](OnError e) { lo.set_offloads({.tx_checksum = false}, e); }),
                EOPNOTSUPP,
                "set the offloads: lo in ns1: Operation not supported "
                "(tx_checksum stays on: it is fixed, or needs another) [tx_checksum]");
    // What is as wanted need not be changed.
    succeeds([&](OnError e) { lo.set_offloads({.tx_checksum = true}, e); });
    Bridge br0{{.netns = f.ns1, .name = "br0"}};
    CHECK(br0.offloads().rx_checksum == false);
    CHECK(failure_of([&](OnError e) { br0.set_offloads({.rx_checksum = true}, e); })
              .context()
              .attribute == "rx_checksum");
    br0.set_offloads(Offloads::all(false));
    CHECK(br0.offloads() == Offloads::all(false));

    f.pair.remove();
    Link gone = f.ns1.link("br0");
    br0.remove();
    check_error(failure_of([&](OnError e) { gone.set_offloads(Offloads::all(false), e); }),
                ENODEV,
                "set the offloads: br0 in ns1: No such device");
    CHECK(failure_of([&](OnError e) { (void)gone.offloads(e); }).code() ==
          boost::system::errc::no_such_device);
}

TEST_CASE("offloads: without them a datagram crosses the pair with its checksum",
          "[kernel][offloads]") {
    Fixture f;
    f.pair.wait_ready(long_enough);
    for (const auto& [from, to] : {std::pair{"10.1.1.2", "10.1.1.3"}, {"fd00::2", "fd00::3"}}) {
        f.pair.first().set_offloads({.tx_checksum = true});
        CHECK_FALSE(checksum_is_complete(f, from, to));
        f.pair.first().set_offloads(Offloads::all(false));
        CHECK(checksum_is_complete(f, from, to));
        // It is the sender's end that counts.
        f.pair.first().set_offloads(Offloads::all(true));
        f.pair.second().set_offloads(Offloads::all(false));
        CHECK_FALSE(checksum_is_complete(f, from, to));
        f.pair.second().set_offloads(Offloads::all(true));
    }
}
