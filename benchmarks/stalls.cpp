// SPDX-License-Identifier: BSL-1.0
// First datagrams that are late: a network is built, and one IPv6 and one IPv4 datagram are sent
// through it at once, with and without wait_ready() before. Late is more than 100 ms.
//
//     stalls [ROUNDS]
#include "support/bare.hpp"
#include "support/measure.hpp"
#include "support/private_namespaces.hpp"
#include <vethpp/veth.hpp>

#include <netinet/in.h>
#include <poll.h>

namespace {

constexpr int late = 100;  // ms
constexpr std::uint16_t port = 7000;

// One socket for both families: IPv4 through addresses that are mapped into IPv6.
int open_udp(bool bound) {
    const int fd = bare::must(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
    const int off = 0;
    bare::must(::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off), "IPV6_V6ONLY");
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    any.sin6_port = htons(port);
    if (bound) bare::must(::bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any), "bind");
    return fd;
}

/// Whether a datagram to this address comes in time.
bool passes(int from, int to, const char* address) {
    sockaddr_in6 target{};
    target.sin6_family = AF_INET6;
    target.sin6_port = htons(port);
    const auto bytes = boost::asio::ip::make_address_v6(address).to_bytes();
    std::memcpy(&target.sin6_addr, bytes.data(), bytes.size());
    // A network without a route yet refuses at once; that, too, is a datagram that did not pass.
    const auto* const generic = reinterpret_cast<const sockaddr*>(&target);
    if (::sendto(from, "x", 1, 0, generic, sizeof target) < 0) return false;
    pollfd ready{.fd = to, .events = POLLIN, .revents = 0};
    if (bare::must(::poll(&ready, 1, late), "poll") == 0) return false;
    char byte = 0;
    return ::recv(to, &byte, 1, MSG_DONTWAIT) == 1;
}

struct Late {
    int v6 = 0;
    int v4 = 0;
};

void once(bool wait, bool v4_first, Late& count, std::vector<double>& waited) {
    const auto ns1 = vethpp::Netns::create("ns1");
    const auto ns2 = vethpp::Netns::create("ns2");
    const int from = ns1.run([] { return open_udp(false); });
    const int to = ns2.run([] { return open_udp(true); });
    {
        const vethpp::VethPair pair{
            {.netns = ns1, .name = "veth0", .addresses = {"10.1.1.2/24", "fd00::2/64"}, .up = true},
            {.netns = ns2,
             .name = "veth1",
             .addresses = {"10.1.1.3/24", "fd00::3/64"},
             .up = true}};
        if (wait) waited.push_back(bench::seconds([&] { pair.wait_ready(); }));
        const auto v4 = [&] { count.v4 += passes(from, to, "::ffff:10.1.1.3") ? 0 : 1; };
        if (v4_first) v4();
        count.v6 += passes(from, to, "fd00::3") ? 0 : 1;
        if (!v4_first) v4();
    }
    ::close(from);
    ::close(to);
}

void print(std::string_view what, const Late& count, int rounds, std::string_view aim) {
    bench::print_count(
        what, fmt::format("IPv6 {}, IPv4 {} of {} late", count.v6, count.v4, rounds), aim);
}

}  // namespace

int main(int argc, char** argv) {
    bench::enter_private_namespaces();
    const int rounds = bench::rounds(argc, argv, 200);
    Late with;
    Late without;
    std::vector<double> waited;
    for (int i = 0; i < rounds; ++i) {
        // Whichever goes second finds a network that has had more time.
        const bool v4_first = i % 2 != 0;
        once(true, v4_first, with, waited);
        once(false, v4_first, without, waited);
    }
    print("first datagrams after wait_ready", with, rounds, "0");
    print("first datagrams without it", without, rounds, "(the control)");
    bench::print_count("wait_ready",
                       fmt::format("{}, 95 % within {}",
                                   bench::with_unit(bench::median(waited)),
                                   bench::with_unit(bench::quantile(waited, 0.95))));
}
