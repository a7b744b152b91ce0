// SPDX-License-Identifier: BSL-1.0
// 100,000 routes: added, listed and flushed, against bare system calls and `ip -batch`.
//
//     routes [ROUNDS]
#include "support/bare.hpp"
#include "support/measure.hpp"
#include "support/private_namespaces.hpp"
#include "support/shell.hpp"
#include <vethpp/netns.hpp>
#include <vethpp/routes.hpp>
#include <vethpp/veth_pair.hpp>

#include <arpa/inet.h>
#include <fstream>
#include <iterator>

namespace {

constexpr std::size_t count = 100'000;
constexpr std::size_t in_one_send = 64;

[[nodiscard]] std::uint32_t network(std::size_t i) {
    return 0x0b000000 + (static_cast<std::uint32_t>(i) << 8U);  // 11.0.0.0/24 and on
}

using Datagrams = std::vector<std::vector<unsigned char>>;

// The same requests as the library's, each datagram with as many of them.
[[nodiscard]] Datagrams build(std::uint32_t link) {
    Datagrams datagrams;
    for (std::size_t i = 0; i < count; ++i) {
        rtmsg header{};
        header.rtm_family = AF_INET;
        header.rtm_dst_len = 24;
        header.rtm_table = RT_TABLE_MAIN;
        header.rtm_protocol = RTPROT_STATIC;
        header.rtm_scope = RT_SCOPE_LINK;
        header.rtm_type = RTN_UNICAST;
        bare::Message message{RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, header};
        message.number(RTA_DST, htonl(network(i)));
        message.number(RTA_OIF, link);
        if (i % in_one_send == 0) datagrams.emplace_back();
        const auto* const bytes = static_cast<const unsigned char*>(message.data());
        datagrams.back().insert(datagrams.back().end(), bytes, bytes + message.size());
    }
    return datagrams;
}

void add(int socket, const Datagrams& datagrams) {
    std::array<unsigned char, 512> reply;
    std::size_t left = count;
    for (const auto& datagram : datagrams) {
        bare::must(::send(socket, datagram.data(), datagram.size(), 0), "add");
        for (std::size_t i = 0; i < in_one_send && left > 0; ++i, --left) {
            bare::must(::recv(socket, reply.data(), reply.size(), 0), "add");
            nlmsgerr answer;
            std::memcpy(&answer, reply.data() + sizeof(nlmsghdr), sizeof answer);
            errno = -answer.error;
            if (answer.error != 0) bare::fail("add");
        }
    }
}

// Receives the list and looks at every attribute; how many routes there are.
[[nodiscard]] std::size_t list(int socket) {
    rtmsg header{};
    header.rtm_family = AF_INET;
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_protocol = RTPROT_STATIC;
    const bare::Message request{RTM_GETROUTE, NLM_F_DUMP, header};
    bare::must(::send(socket, request.data(), request.size(), 0), "list");
    static std::array<unsigned char, 32768> buffer;
    std::size_t found = 0;
    std::size_t sum = 0;
    for (bool done = false; !done;) {
        auto left = static_cast<std::size_t>(
            bare::must(::recv(socket, buffer.data(), buffer.size(), 0), "list"));
        for (const unsigned char* at = buffer.data(); left >= sizeof(nlmsghdr);) {
            nlmsghdr message;
            std::memcpy(&message, at, sizeof message);
            done = done || message.nlmsg_type == NLMSG_DONE;
            found += message.nlmsg_type == RTM_NEWROUTE ? 1 : 0;
            for (std::size_t i = NLMSG_LENGTH(sizeof(rtmsg));
                 i + sizeof(nlattr) <= message.nlmsg_len;) {
                nlattr attribute;
                std::memcpy(&attribute, at + i, sizeof attribute);
                if (attribute.nla_len < sizeof attribute) break;
                sum += attribute.nla_type;
                i += NLA_ALIGN(attribute.nla_len);
            }
            const std::size_t whole = NLMSG_ALIGN(message.nlmsg_len);
            if (whole >= left) break;
            at += whole;
            left -= whole;
        }
    }
    return sum == 0 ? 0 : found;
}

}  // namespace

int main(int argc, char** argv) {
    bench::enter_private_namespaces();
    const int rounds = bench::rounds(argc, argv, 10);
    const auto netns = vethpp::Netns::create("ns");
    const vethpp::VethPair pair{{.netns = netns, .name = "eth0", .up = true}, {.up = true}};
    const vethpp::Routes routes{netns};
    const int socket = netns.run([] { return bare::open_socket(); });
    const Datagrams datagrams = build(pair.first().index());
    std::vector<vethpp::Route> all;
    char file[] = "/tmp/vethpp-routes-XXXXXX";
    ::close(bare::must(::mkstemp(file), "a file of commands"));
    std::ofstream batch{file};
    for (std::size_t i = 0; i < count; ++i) {
        const vethpp::Prefix to{boost::asio::ip::address_v4{network(i)}, 24};
        all.push_back({.destination = to, .link = pair.first(), .protocol = RTPROT_STATIC});
        batch << "route add " << to.to_string() << " dev eth0 proto static\n";
    }
    batch.close();
    const auto flush = [&] {
        if (routes.flush({.protocol = RTPROT_STATIC}) != count) bare::fail("not all were there");
    };

    std::vector<double> adding, adding_bare, adding_ip, listing, listing_bare, flushing;
    for (int i = 0; i < rounds; ++i) {
        adding.push_back(bench::seconds([&] { routes.add(all); }));
        listing.push_back(bench::seconds([&] { (void)routes.list({.protocol = RTPROT_STATIC}); }));
        listing_bare.push_back(bench::seconds([&] {
            if (list(socket) != count) bare::fail("a list is not complete");
        }));
        flushing.push_back(bench::seconds(flush));
        adding_bare.push_back(bench::seconds([&] { add(socket, datagrams); }));
        flush();
        if (i % 5 != 0) continue;
        const std::string command = fmt::format("PATH=$PATH:/usr/sbin:/sbin ip -batch {}", file);
        const auto by_ip = [&] { netns.run([&] { bench::shell(command.c_str()); }); };
        adding_ip.push_back(bench::seconds(by_ip));
        flush();
    }
    ::unlink(file);
    ::close(socket);
    bench::print_ratio("100,000 routes: add / bare calls", adding, adding_bare, "at most 1.20");
    bench::print_ratio("100,000 routes: add / ip -batch",
                       std::vector<double>(adding_ip.size(), bench::median(adding)),
                       adding_ip);
    bench::print_ratio("100,000 routes: list / walk", listing, listing_bare);
    bench::print_ratio("100,000 routes: flush / add", flushing, adding);
}
