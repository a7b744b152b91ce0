// SPDX-License-Identifier: BSL-1.0
// Waiting for what is ready: 1,000 links with 2,000 addresses, and a bridge with 1,000 ports,
// beside the least that tells: a list of links, a list of addresses, and a question for each
// address.
//
//     readiness [ROUNDS]
#include "support/bare_networks.hpp"
#include "support/measure.hpp"
#include "support/private_namespaces.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/veth_pair.hpp>

#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr int links = 1000;
constexpr std::size_t at_once = 21;  // questions in a send, whose answers fit into a socket

class Floor {
public:
    explicit Floor(const vethpp::Netns& netns)
        : socket_{netns.run([] { return bare::open_socket(); })} {}
    Floor(const Floor&) = delete;
    Floor& operator=(const Floor&) = delete;
    ~Floor() { ::close(socket_); }

    // How many addresses are delivered to, of links that are up and have a carrier.
    [[nodiscard]] std::size_t look() {
        static const bare::Message list_links = [] {
            bare::Message message{RTM_GETLINK, NLM_F_DUMP, bare::link_header(0)};
            message.number(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
            return message;
        }();
        static const bare::Message addresses{RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{}};
        usable_.clear();
        questions_.clear();
        own_ = 0;
        list(list_links);
        list(addresses);
        for (std::size_t i = 0; i < questions_.size(); i += at_once)
            ask(i, std::min(at_once, questions_.size() - i));
        return own_;
    }

private:
    struct Question {
        nlmsghdr header{};
        rtmsg route{};
        nlattr attribute{};
        std::array<unsigned char, 16> address{};
        std::size_t size = 0;
    };

    void list(const bare::Message& request) {
        bare::must(::send(socket_, request.data(), request.size(), 0), "list");
        for (bool more = true; more;) more = receive() == 0;
    }
    void ask(std::size_t first, std::size_t count) {
        std::array<unsigned char, at_once * sizeof(Question)> datagram;
        std::size_t size = 0;
        for (std::size_t i = first; i < first + count; ++i) {
            std::memcpy(&datagram[size], &questions_[i], questions_[i].size);
            size += questions_[i].size;
        }
        bare::must(::send(socket_, datagram.data(), size, 0), "ask");
        for (std::size_t answers = 0; answers < count;) answers += receive();
    }
    // Takes a datagram; how many ends of answers are in it.
    std::size_t receive() {
        const auto n = bare::must(::recv(socket_, buffer_.data(), buffer_.size(), 0), "receive");
        std::size_t ends = 0;
        for (std::size_t at = 0, size = static_cast<std::size_t>(n); at < size;) {
            nlmsghdr header;
            std::memcpy(&header, &buffer_[at], sizeof header);
            const unsigned char* const payload = &buffer_[at + sizeof header];
            if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) ++ends;
            if (header.nlmsg_type == RTM_NEWLINK) link(payload);
            if (header.nlmsg_type == RTM_NEWADDR)
                address(payload, header.nlmsg_len - sizeof header);
            if (header.nlmsg_type == RTM_NEWROUTE) {
                rtmsg route;
                std::memcpy(&route, payload, sizeof route);
                own_ += route.rtm_type == RTN_LOCAL;
            }
            at += NLMSG_ALIGN(header.nlmsg_len);
        }
        return ends;
    }
    void link(const unsigned char* payload) {
        constexpr unsigned lower_up = 1U << 16U;
        ifinfomsg link;
        std::memcpy(&link, payload, sizeof link);
        const auto index = static_cast<std::size_t>(link.ifi_index);
        if (usable_.size() <= index) usable_.resize(index + 1);
        usable_[index] = (link.ifi_flags & IFF_UP) != 0 && (link.ifi_flags & IFF_RUNNING) != 0 &&
                         (link.ifi_flags & lower_up) != 0;
    }
    void address(const unsigned char* payload, std::size_t size) {
        ifaddrmsg header;
        std::memcpy(&header, payload, sizeof header);
        if (header.ifa_index >= usable_.size() || !usable_[header.ifa_index]) return;
        const bool v6 = header.ifa_family == AF_INET6;
        const std::size_t bytes = v6 ? 16 : 4;
        Question question;
        for (std::size_t at = sizeof header; at + sizeof(nlattr) <= size;) {
            nlattr attribute;
            std::memcpy(&attribute, payload + at, sizeof attribute);
            if (attribute.nla_type == (v6 ? IFA_ADDRESS : IFA_LOCAL))
                std::memcpy(question.address.data(), payload + at + sizeof attribute, bytes);
            at += NLA_ALIGN(attribute.nla_len);
        }
        // A link-local address takes the link, too; here there are none.
        if (v6 && question.address[0] == 0xfe) return;
        question.size = offsetof(Question, address) + bytes;
        question.header = {.nlmsg_len = static_cast<std::uint32_t>(question.size),
                           .nlmsg_type = RTM_GETROUTE,
                           .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
                           .nlmsg_seq = 1,
                           .nlmsg_pid = 0};
        question.route.rtm_family = header.ifa_family;
        question.route.rtm_dst_len = v6 ? 128 : 32;
        question.route.rtm_flags = RTM_F_FIB_MATCH;
        question.attribute = {static_cast<std::uint16_t>(sizeof(nlattr) + bytes), RTA_DST};
        questions_.push_back(question);
    }

    int socket_;
    std::array<unsigned char, 32768> buffer_{};
    std::vector<bool> usable_{};
    std::vector<Question> questions_{};
    std::size_t own_ = 0;
};

// No addresses of the kernel's own, so that both ask about the same ones.
vethpp::Netns quiet(const char* label) {
    auto netns = vethpp::Netns::create(label, {.loopback_up = false});
    netns.run([] {
        const int file =
            ::open("/proc/sys/net/ipv6/conf/default/addr_gen_mode", O_WRONLY | O_CLOEXEC);
        if (file < 0 || ::write(file, "1", 1) != 1) bare::fail("addr_gen_mode");
        ::close(file);
    });
    return netns;
}

class Crowd {
public:
    Crowd(bool v4, const vethpp::Bridge* bridge, const vethpp::Netns& near) {
        for (int i = 0; i < links; ++i) {
            vethpp::LinkOptions end{.netns = near, .up = true};
            if (bridge != nullptr) end.master = *bridge;
            end.addresses.push_back(fmt::format("fd00:{:x}::1/64", i));
            if (v4)
                end.addresses.push_back(fmt::format("10.{}.{}.1/24", i / 250, i % 250));
            else
                end.addresses.push_back(fmt::format("fd01:{:x}::1/64", i));
            pairs_.emplace_back(end, vethpp::LinkOptions{.netns = far_, .up = true});
        }
    }
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;
    // The namespaces take them along.
    ~Crowd() {
        for (vethpp::VethPair& pair : pairs_) pair.release();
    }

private:
    vethpp::Netns far_ = quiet("far");
    std::vector<vethpp::VethPair> pairs_{};
};

template <class Wait>
void compare(const char* what, int rounds, const vethpp::Netns& netns, Wait&& wait) {
    Floor floor{netns};
    wait(60s);
    if (floor.look() != 2 * std::size_t{links}) bare::fail("not everything is ready");
    std::vector<double> by_library;
    std::vector<double> by_floor;
    for (int i = 0; i < rounds; ++i) {
        by_library.push_back(bench::seconds([&] { wait(60s); }));
        by_floor.push_back(bench::seconds([&] { (void)floor.look(); }));
    }
    bench::print_ratio(what, by_library, by_floor, "at most 1.30");
}

}  // namespace

int main(int argc, char** argv) {
    bench::enter_private_namespaces();
    const int rounds = bench::rounds(argc, argv, 40);
    {
        const auto near = quiet("near");
        const Crowd crowd{true, nullptr, near};
        compare("wait for 1,000 links / ask", rounds, near, [&](auto deadline) {
            near.wait_ready(deadline);
        });
    }
    {
        const auto near = quiet("near");
        vethpp::Bridge bridge{{.netns = near, .name = "br0", .up = true}};
        bridge.release();
        const Crowd crowd{true, &bridge, near};
        compare("wait for a bridge of 1,000 ports / ask", rounds, near, [&](auto deadline) {
            bridge.wait_ready(deadline);
        });
    }
    const auto near = quiet("near");
    const Crowd crowd{false, nullptr, near};
    near.wait_ready(60s);
    std::vector<double> times;
    for (int i = 0; i < rounds; ++i)
        times.push_back(bench::seconds([&] { near.wait_ready(10ms); }));
    bench::print_count("wait 10 ms for 2,000 IPv6 addresses",
                       bench::with_unit(bench::median(times)),
                       "at most 30 ms");
}
