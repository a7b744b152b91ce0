// SPDX-License-Identifier: BSL-1.0
// A list of 2,000 links: received and walked, and as a vector of LinkState.
//
//     dump [ROUNDS]
#include "support/bare_networks.hpp"
#include "support/measure.hpp"
#include "support/private_namespaces.hpp"
#include <vethpp/netns.hpp>

namespace {

constexpr std::size_t links = 2000;

void make_links(int socket) {
    for (std::size_t i = 0; i < links / 2; ++i) {
        bare::Message message{RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, bare::link_header(0)};
        message.text(IFLA_IFNAME, fmt::format("veth{}a", i).c_str());
        const auto info = message.open(IFLA_LINKINFO | NLA_F_NESTED);
        message.text(IFLA_INFO_KIND, "veth");
        const auto data = message.open(IFLA_INFO_DATA | NLA_F_NESTED);
        const auto far = message.open(VETH_INFO_PEER);
        message.append(bare::link_header(0));
        message.text(IFLA_IFNAME, fmt::format("veth{}b", i).c_str());
        message.close(far);
        message.close(data);
        message.close(info);
        bare::request(socket, message, "new pair");
    }
}

// Looks at every attribute, and into the one nest that a list of links is read for. The sum keeps
// the compiler from leaving out the walk.
std::size_t walk_attributes(const unsigned char* at, std::size_t size) {
    std::size_t sum = 0;
    while (size >= sizeof(nlattr)) {
        nlattr attribute;
        std::memcpy(&attribute, at, sizeof attribute);
        if (attribute.nla_len < sizeof attribute || attribute.nla_len > size)
            bare::fail("malformed attribute");
        const std::size_t type = attribute.nla_type & NLA_TYPE_MASK;
        sum += type;
        if (type == IFLA_LINKINFO)
            sum += walk_attributes(at + sizeof attribute, attribute.nla_len - sizeof attribute);
        const std::size_t whole = NLA_ALIGN(attribute.nla_len);
        if (whole >= size) break;
        at += whole;
        size -= whole;
    }
    return sum;
}

struct Walk {
    std::size_t messages = 0;
    std::size_t sum = 0;
    bool done = false;

    void datagram(const unsigned char* at, std::size_t size) {
        while (size >= sizeof(nlmsghdr)) {
            nlmsghdr header;
            std::memcpy(&header, at, sizeof header);
            if (header.nlmsg_len < sizeof header || header.nlmsg_len > size)
                bare::fail("malformed message");
            done = done || header.nlmsg_type == NLMSG_DONE;
            if (header.nlmsg_type == NLMSG_ERROR) bare::fail("dump");
            constexpr std::size_t heads = sizeof(nlmsghdr) + sizeof(ifinfomsg);
            if (header.nlmsg_type == RTM_NEWLINK && header.nlmsg_len >= heads) {
                ++messages;
                sum += walk_attributes(at + heads, header.nlmsg_len - heads);
            }
            const std::size_t whole = NLMSG_ALIGN(header.nlmsg_len);
            if (whole >= size) break;
            at += whole;
            size -= whole;
        }
    }
};

std::size_t dump(int socket, bool walk) {
    static const bare::Message request{RTM_GETLINK, NLM_F_DUMP, bare::link_header(0)};
    static std::array<unsigned char, 32768> buffer;
    bare::must(::send(socket, request.data(), request.size(), 0), "dump");
    Walk result;
    while (!result.done) {
        const auto n = bare::must(::recv(socket, buffer.data(), buffer.size(), 0), "dump");
        nlmsghdr header;
        std::memcpy(&header, buffer.data(), sizeof header);
        if (walk)
            result.datagram(buffer.data(), static_cast<std::size_t>(n));
        else
            result.done = header.nlmsg_type == NLMSG_DONE;
    }
    return result.messages;
}

}  // namespace

int main(int argc, char** argv) {
    bench::enter_private_namespaces();
    const int rounds = bench::rounds(argc, argv, 60);
    const auto netns = vethpp::Netns::create("ns");
    const int socket = netns.run([] { return bare::open_socket(); });
    make_links(socket);
    if (dump(socket, true) != links + 1 || netns.links().size() != links + 1)
        bare::fail("a list is not complete");

    std::vector<double> receiving;
    std::vector<double> by_floor;
    std::vector<double> by_library;
    for (int i = 0; i < rounds; ++i) {
        receiving.push_back(bench::seconds([&] { dump(socket, false); }));
        by_floor.push_back(bench::seconds([&] { dump(socket, true); }));
        by_library.push_back(bench::seconds([&] { (void)netns.links(); }));
    }
    bench::print_ratio("list of 2,000 links: library / walk", by_library, by_floor, "at most 1.10");
    bench::print_ratio("list of 2,000 links: walk / receive", by_floor, receiving);
    ::close(socket);
}
