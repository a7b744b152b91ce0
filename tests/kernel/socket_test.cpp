// SPDX-License-Identifier: BSL-1.0
// The netlink socket against the kernel, and against other processes that can reach it.
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include <vethpp/message/address.hpp>
#include <vethpp/message/link.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netlink/socket.hpp>
#include <vethpp/netns.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <functional>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <memory>
#include <optional>
#include <sched.h>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using vethpp::detail::UniqueFd;
using vethpp::netlink::Datagram;
using vethpp::netlink::Session;
using vethpp::netlink::Socket;
using vethpp::wire::RawMessage;
using vethpp::wire::Writer;

error_code system_code(int number) { return {number, boost::system::system_category()}; }

// A socket as somebody else makes it; port 0 lets the kernel choose.
UniqueFd foreign_socket(std::uint32_t port = 0) {
    UniqueFd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
    REQUIRE(fd);
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_pid = port;
    REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return fd;
}
std::uint32_t port_of(int socket) {
    sockaddr_nl address{};
    socklen_t length = sizeof address;
    REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    return address.nl_pid;
}
// Sends bytes to a port, or to multicast groups; 0 or an errno.
int send_to(int socket, std::uint32_t port, const ByteVector& data, std::uint32_t groups = 0) {
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_pid = port;
    address.nl_groups = groups;
    const auto n = ::sendto(socket,
                            data.data(),
                            data.size(),
                            MSG_DONTWAIT,
                            reinterpret_cast<const sockaddr*>(&address),
                            sizeof address);
    return n < 0 ? errno : 0;
}
int option_of(int socket, int option) {
    int value = -1;
    socklen_t length = sizeof value;
    REQUIRE(::getsockopt(socket, SOL_NETLINK, option, &value, &length) == 0);
    return value;
}

// Runs f on a thread in a new namespace, in which no socket is yet: that of a Netns has one.
template <class F>
void in_bare_namespace(F&& f) {
    std::exception_ptr thrown;
    std::thread{[&] {
        try {
            REQUIRE(::unshare(CLONE_NEWNET) == 0);
            std::forward<F>(f)();
        } catch (...) {
            thrown = std::current_exception();
        }
    }}.join();
    if (thrown) std::rethrow_exception(thrown);
}

ByteVector datagram(std::uint16_t type,
                    unsigned flags,
                    std::uint32_t sequence,
                    const std::function<void(Writer&)>& body = {}) {
    ByteVector out(4096);
    Writer writer{out};
    writer.message(type, static_cast<std::uint16_t>(flags), sequence, [&](Writer& w) {
        if (body) body(w);
    });
    REQUIRE_FALSE(writer.overflow());
    out.resize(writer.size());
    return out;
}
constexpr auto loopback = [](Writer& w) { w.pod(vethpp::netlink::link_header(1)); };
constexpr auto all = [](Writer& w) { w.pod(vethpp::netlink::link_header(0)); };
// A bridge of a name.
std::function<void(Writer&)> bridge(const std::string& name) {
    return [name](Writer& w) {
        using vethpp_test::KindData, vethpp_test::LinkInfoRequest, vethpp_test::NoData;
        w.pod(vethpp::netlink::link_header(0));
        vethpp::wire::write(w, vethpp_test::LinkAttributes{.name = name});
        vethpp::wire::write(w, LinkInfoRequest<NoData>{KindData<NoData>{.kind = "bridge"}});
    };
}

// The types of the messages that wait in a socket, datagram by datagram, each from the kernel.
std::vector<int> types_in(Socket& socket) {
    std::vector<int> types;
    ByteVector buffer(32768);
    for (;;) {
        error_code ec;
        const Datagram datagram = socket.receive(buffer, ec);
        if (ec) {
            CHECK(ec == system_code(EAGAIN));
            return types;
        }
        CHECK(datagram.sender == 0);
        REQUIRE(datagram.size <= buffer.size());
        vethpp::wire::Messages messages{datagram.buffer.first(datagram.size)};
        for (const RawMessage& one : messages) types.push_back(one.header.nlmsg_type);
        CHECK_FALSE(messages.malformed());
    }
}

// What `ls -l /proc/self/fd` prints when it is run as a child program.
std::string descriptors_of_a_child() {
    const auto ended = vethpp_test::in_child([] {
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
        ::execlp("ls", "ls", "-l", "/proc/self/fd", nullptr);
        return 98;
    });
    CHECK(ended.exited(0));
    return ended.output;
}
std::string socket_name(int fd) { return "socket:[" + std::to_string(inode_of(fd)) + "]"; }
std::string netns_name(int fd) { return "net:[" + std::to_string(inode_of(fd)) + "]"; }

}  // namespace

TEST_CASE("socket: a child program inherits none", "[kernel][socket]") {
    const Netns ns1 = Netns::create("ns1");
    Socket socket = ns1.run([] { return Socket{NETLINK_ROUTE}; });
    Socket events = ns1.run([] { return Socket{NETLINK_ROUTE}; });
    const int group = RTNLGRP_LINK;
    events.subscribe({&group, 1});
    Session& session = vethpp_test::session(ns1);

    const std::string inherited = descriptors_of_a_child();
    for (const int fd :
         {socket.native_handle(), events.native_handle(), session.transport().native_handle()}) {
        CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        CHECK(inherited.find(socket_name(fd)) == std::string::npos);
    }
    CHECK(inherited.find(netns_name(ns1.native_handle())) == std::string::npos);

    // It would be seen.
    const UniqueFd copy{::dup(socket.native_handle())};
    REQUIRE(copy);
    CHECK(descriptors_of_a_child().find(socket_name(copy.get())) != std::string::npos);
}

TEST_CASE("socket: the kernel chooses its port id, whoever has ours", "[kernel][socket]") {
    in_bare_namespace([] {
        const auto pid = static_cast<std::uint32_t>(::getpid());
        const UniqueFd squatter = foreign_socket(pid);
        REQUIRE(port_of(squatter.get()) == pid);
        std::set<std::uint32_t> ports{0, pid};
        std::vector<std::unique_ptr<Session>> sessions;
        for (int i = 0; i < 20; ++i) {
            auto socket = std::make_unique<Socket>(NETLINK_ROUTE);
            CHECK(socket->port() == port_of(socket->native_handle()));
            CHECK(ports.insert(socket->port()).second);
            sessions.push_back(std::make_unique<Session>(std::move(socket)));
        }
        for (const auto& session : sessions) {
            Failure failure;
            CHECK(vethpp::netlink::get_link(*session, {.index = 1}, failure).name == "lo");
            CHECK_FALSE(failure);
        }
    });
}

TEST_CASE("socket: its options", "[kernel][socket]") {
    const Netns ns1 = Netns::create("ns1");
    ns1.run([] {
        const Socket socket{NETLINK_ROUTE};
        const UniqueFd plain = foreign_socket();
        for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK}) {
            CAPTURE(option);
            CHECK(option_of(socket.native_handle(), option) == 1);
            CHECK(option_of(plain.get(), option) == 0);
        }
        // It would lose answers and events without a word.
        CHECK(option_of(socket.native_handle(), NETLINK_NO_ENOBUFS) == 0);
    });
}

TEST_CASE("socket: a refusal does not repeat the request, and says why", "[kernel][socket]") {
    const Netns ns1 = Netns::create("ns1");
    ns1.run([] {
        const ByteVector request =
            datagram(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, 5, [](Writer& w) {
                w.pod(vethpp::netlink::link_header(1));
                vethpp::wire::write(w, vethpp_test::LinkAttributes{.alias = std::string(999, 'a')});
            });
        ByteVector buffer(32768);
        const auto check = [&](int fd, const Datagram& answer, bool good) {
            INFO(fd);
            REQUIRE(answer.size >= sizeof(nlmsghdr) + sizeof(nlmsgerr));
            const auto header = vethpp::wire::load<nlmsghdr>(answer.buffer);
            CHECK(header->nlmsg_type == NLMSG_ERROR);
            CHECK((header->nlmsg_flags & NLM_F_CAPPED) == (good ? unsigned{NLM_F_CAPPED} : 0U));
            CHECK((header->nlmsg_flags & NLM_F_ACK_TLVS) == (good ? unsigned{NLM_F_ACK_TLVS} : 0U));
            CHECK((answer.size > request.size()) != good);
        };
        Socket socket{NETLINK_ROUTE};
        error_code ec;
        socket.send(request, ec);
        REQUIRE_FALSE(ec.failed());
        check(socket.native_handle(), socket.receive(buffer, ec), true);
        CHECK_FALSE(ec.failed());

        const UniqueFd plain = foreign_socket();
        REQUIRE(send_to(plain.get(), 0, request) == 0);
        const auto n = ::recv(plain.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        REQUIRE(n > 0);
        check(plain.get(), {.buffer = buffer, .size = static_cast<std::size_t>(n)}, false);
    });
}

TEST_CASE("socket: answers of every kind arrive, and events at who wants them",
          "[kernel][socket][only_vm]") {
    const Netns ns1 = Netns::create("ns1");
    ns1.run([] {
        Socket socket{NETLINK_ROUTE};
        Socket events{NETLINK_ROUTE};
        const std::array groups{int{RTNLGRP_LINK}, int{RTNLGRP_IPV4_IFADDR}};
        events.subscribe(groups);
        const auto answers = [&](std::uint16_t type, unsigned flags, auto body) {
            error_code ec;
            socket.send(datagram(type, NLM_F_REQUEST | NLM_F_ACK | flags, 9, body), ec);
            CHECK_FALSE(ec.failed());
            return types_in(socket);
        };
        using Types = std::vector<int>;
        CHECK(types_in(socket).empty());
        CHECK(types_in(events).empty());
        const unsigned create = NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO;
        const bool echoes = vethpp::System::real()->kernel_version() >= 6002;
        CHECK(answers(RTM_NEWLINK, create, bridge("br0")) ==
              (echoes ? Types{RTM_NEWLINK, NLMSG_ERROR} : Types{NLMSG_ERROR}));
        CHECK(types_in(events) == Types{RTM_NEWLINK});
        CHECK(answers(RTM_NEWLINK, create, bridge("br0")) == Types{NLMSG_ERROR});
        CHECK(answers(RTM_GETLINK, 0, loopback) == Types{RTM_NEWLINK, NLMSG_ERROR});
        CHECK(answers(RTM_GETLINK, NLM_F_DUMP, all) == Types{RTM_NEWLINK, RTM_NEWLINK, NLMSG_DONE});
        CHECK(types_in(events).empty());
        const auto address = [](Writer& w) { vethpp::message::write_address(w, 1, "10.0.0.1/24"); };
        CHECK(answers(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, address) == Types{NLMSG_ERROR});
        CHECK(types_in(events) == Types{RTM_NEWADDR});
    });
}

namespace {

// A session's socket in a hostile place: around each of its steps somebody else sends it what the
// kernel would, with the right sequence number and port id.
class Beset final : public vethpp::netlink::Transport {
public:
    enum class Defence {
        connected,   // the socket of the library
        told_apart,  // one that takes everything, and says whom it is from
        none,        // one that takes everything for the kernel's
    };
    struct Count {
        std::size_t refused = 0;
        std::size_t delivered = 0;
        std::size_t other = 0;
    };

    Beset(Defence defence, std::shared_ptr<Count> count)
        : defence_{defence}, count_{std::move(count)}, forger_{foreign_socket()} {
        if (defence == Defence::connected)
            socket_.emplace(NETLINK_ROUTE);
        else
            open_ = foreign_socket();
    }

    void send(vethpp::wire::Bytes datagram, error_code& ec) override {
        sequence_ = vethpp::wire::load<nlmsghdr>(datagram)->nlmsg_seq;
        forge();
        if (socket_) {
            socket_->send(datagram, ec);
        } else {
            const int error = send_to(open_.get(), 0, {datagram.begin(), datagram.end()});
            ec = error == 0 ? error_code{} : system_code(error);
        }
        forge();
    }

    Datagram receive(std::span<std::byte> buffer, error_code& ec) override {
        if (socket_) {
            if (count_->delivered == 0) forge();  // or it would never be empty
            return socket_->receive(buffer, ec);
        }
        sockaddr_nl sender{};
        socklen_t length = sizeof sender;
        const auto n = ::recvfrom(open_.get(),
                                  buffer.data(),
                                  buffer.size(),
                                  MSG_DONTWAIT | MSG_TRUNC,
                                  reinterpret_cast<sockaddr*>(&sender),
                                  &length);
        ec = n < 0 ? system_code(errno) : error_code{};
        if (n < 0) return {};
        return {.buffer = buffer,
                .size = static_cast<std::size_t>(n),
                .sender = defence_ == Defence::none ? 0 : sender.nl_pid};
    }

    [[nodiscard]] std::uint32_t port() const noexcept override { return port_of(native_handle()); }
    [[nodiscard]] int native_handle() const noexcept override {
        return socket_ ? socket_->native_handle() : open_.get();
    }

private:
    void forge() {
        const auto pod = [](const auto& value) { return [&value](Writer& w) { w.pod(value); }; };
        const nlmsgerr success{};
        nlmsgerr failure{};
        failure.error = -EPERM;
        const std::int32_t end = 0;
        const ifinfomsg link = vethpp::netlink::link_header(4711);
        // Every one of them is first once.
        std::vector<ByteVector> forgeries{
            datagram(NLMSG_ERROR, NLM_F_CAPPED, sequence_, pod(success)),
            datagram(NLMSG_ERROR, NLM_F_CAPPED, sequence_, pod(failure)),
            datagram(RTM_NEWLINK, NLM_F_MULTI, sequence_, pod(link)),
            datagram(NLMSG_DONE, NLM_F_MULTI, sequence_, pod(end)),
            datagram(NLMSG_ERROR, NLM_F_CAPPED, sequence_ + 1, pod(failure)),
        };
        std::rotate(forgeries.begin(), forgeries.begin() + turn_++ % 5, forgeries.end());
        for (ByteVector& forgery : forgeries) {
            const std::uint32_t to = port();
            std::memcpy(forgery.data() + offsetof(nlmsghdr, nlmsg_pid), &to, sizeof to);
            const int error = send_to(forger_.get(), to, forgery);
            ++(error == 0              ? count_->delivered
               : error == ECONNREFUSED ? count_->refused
                                       : count_->other);
        }
    }

    Defence defence_;
    std::shared_ptr<Count> count_;
    UniqueFd forger_;
    std::optional<Socket> socket_;
    UniqueFd open_;
    std::uint32_t sequence_ = 0;
    int turn_ = 0;
};

// Requests of every kind, in a namespace that has lo and br0; how many had a wrong result.
std::size_t wrong_results(Session& session, std::uint32_t br0, std::uint32_t rounds) {
    std::size_t wrong = 0;
    for (std::uint32_t i = 0; i < rounds; ++i) {
        const std::uint32_t mtu = 1400 + i % 7;
        Failure set;
        vethpp_test::set_link(session, br0, {.mtu = mtu}, 0, 0, set);
        wrong += set.code.failed();
        Failure get;
        wrong += vethpp::netlink::get_link(session, {.index = br0}, get).mtu != mtu || get;
        Failure none;
        vethpp_test::set_link(session, 9999, {.mtu = mtu}, 0, 0, none);
        wrong += none.code != system_code(ENODEV);
        Failure taken;
        const auto created = vethpp_test::create_link<vethpp_test::NoData>(
            session, vethpp::netlink::link_header(0), {.name = "br0"}, "bridge", {}, taken);
        wrong += taken.code != system_code(EEXIST) || created.index != 0;
        Failure list;
        const auto links = vethpp::netlink::list_links(session, list);
        wrong += list || links.size() != 2 || links[0].name != "lo" || links[1].name != "br0";
    }
    return wrong;
}

}  // namespace

TEST_CASE("socket: what others send to it is refused, and no request is the worse for it",
          "[kernel][socket]") {
    const Netns ns1 = Netns::create("ns1");
    make_foreign(ns1, 0, "br0");
    const std::uint32_t br0 = ns1.link("br0").index();
    const auto run = [&](Beset::Defence defence, std::uint32_t rounds) {
        const auto count = std::make_shared<Beset::Count>();
        const std::size_t wrong = ns1.run([&] {
            Session session{std::make_unique<Beset>(defence, count)};
            return wrong_results(session, br0, rounds);
        });
        CHECK(count->other == 0);
        return std::pair{wrong, *count};
    };
    const auto [wrong, connected] = run(Beset::Defence::connected, 200);
    CHECK(wrong == 0);
    CHECK(connected.delivered == 0);
    CHECK(connected.refused >= 10000);

    // The second line of defence: they are delivered, and skipped.
    const auto [still_wrong, told_apart] = run(Beset::Defence::told_apart, 50);
    CHECK(still_wrong == 0);
    CHECK(told_apart.refused == 0);
    CHECK(told_apart.delivered >= 1000);

    // They are good forgeries.
    const auto [fooled, none] = run(Beset::Defence::none, 5);
    CHECK(fooled > 0);
}

TEST_CASE("socket: an event that somebody made up says whom it is from", "[kernel][socket]") {
    const Netns ns1 = Netns::create("ns1");
    ns1.run([] {
        Socket events{NETLINK_ROUTE};
        const int group = RTNLGRP_LINK;
        events.subscribe({&group, 1});
        const UniqueFd forger = foreign_socket();
        const ByteVector event = datagram(RTM_NEWLINK, 0, 0, all);
        CHECK(send_to(forger.get(), events.port(), event) == ECONNREFUSED);
        REQUIRE(send_to(forger.get(), 0, event, 1U << (RTNLGRP_LINK - 1U)) == 0);
        ByteVector buffer(4096);
        error_code ec;
        const Datagram datagram = events.receive(buffer, ec);
        CHECK_FALSE(ec.failed());
        CHECK(datagram.size == event.size());
        CHECK(datagram.sender == port_of(forger.get()));
        CHECK(types_in(events).empty());
    });
}

TEST_CASE("socket: a datagram that is longer than the buffer tells its length",
          "[kernel][socket]") {
    const Netns ns1 = Netns::create("ns1");
    ns1.run([] {
        Socket socket{NETLINK_ROUTE};
        const auto ask = [&](std::size_t size) {
            error_code ec;
            socket.send(datagram(RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, 3, loopback), ec);
            CHECK_FALSE(ec.failed());
            ByteVector buffer(size + 8, std::byte{0xee});
            const Datagram datagram = socket.receive(std::span{buffer}.first(size), ec);
            CHECK_FALSE(ec.failed());
            CHECK(datagram.buffer.size() == size);
            for (std::size_t i = size; i < buffer.size(); ++i) CHECK(buffer[i] == std::byte{0xee});
            if (size >= sizeof(nlmsghdr))
                CHECK(vethpp::wire::load<nlmsghdr>(datagram.buffer)->nlmsg_type == RTM_NEWLINK);
            // Its tail is not what comes next.
            CHECK(types_in(socket) == std::vector<int>{NLMSG_ERROR});
            return datagram.size;
        };
        const std::size_t whole = ask(32768);
        CHECK(whole > 500);
        for (const std::size_t size :
             {std::size_t{0}, std::size_t{1}, std::size_t{64}, whole - 1, whole, whole + 1}) {
            CAPTURE(size);
            CHECK(ask(size) == whole);
        }
    });
}

TEST_CASE("socket: a datagram that is too long to be sent is not sent", "[kernel][socket]") {
    const Netns ns1 = Netns::create("ns1");
    ns1.run([] {
        Socket socket{NETLINK_ROUTE};
        int room = 0;
        socklen_t length = sizeof room;
        REQUIRE(::getsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDBUF, &room, &length) == 0);
        const std::size_t most = static_cast<std::size_t>(room) - 32;
        for (const std::size_t size : {most, most + 1, 4 * most}) {
            CAPTURE(size);
            ByteVector data(size);
            const nlmsghdr header{.nlmsg_len = static_cast<std::uint32_t>(size),
                                  .nlmsg_type = NLMSG_NOOP,
                                  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
                                  .nlmsg_seq = 4,
                                  .nlmsg_pid = 0};
            std::memcpy(data.data(), &header, sizeof header);
            error_code ec;
            socket.send(data, ec);
            CHECK(ec == (size == most ? error_code{} : system_code(EMSGSIZE)));
            CHECK(types_in(socket).size() == (size == most ? 1 : 0));
        }
    });
}

TEST_CASE("socket: one that cannot be opened, or cannot subscribe", "[kernel][socket]") {
    check_error(failure_of([](OnError e) {
                    const Socket socket{999, e};
                }),
                EPROTONOSUPPORT,
                "open a netlink socket: Protocol not supported");
    error_code ec;
    Socket none{999, ec};
    CHECK(none.native_handle() == -1);
    CHECK(none.port() == 0);
    none.send(datagram(RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, 3, loopback), ec);
    CHECK(ec == system_code(EBADF));
    ByteVector buffer(64);
    CHECK(none.receive(buffer, ec).size == 0);
    CHECK(ec == system_code(EBADF));
    const std::array known{int{RTNLGRP_LINK}};
    check_error(failure_of([&](OnError e) { none.subscribe(known, e); }),
                EBADF,
                "subscribe to netlink events: Bad file descriptor");

    const Netns ns1 = Netns::create("ns1");
    Socket socket = ns1.run([] { return Socket{NETLINK_ROUTE}; });
    for (const int wrong : {0, -1, 10000}) {
        const std::array groups{int{RTNLGRP_LINK}, wrong};
        check_error(failure_of([&](OnError e) { socket.subscribe(groups, e); }),
                    EINVAL,
                    "subscribe to netlink events: Invalid argument");
    }
    // Also those that the 32 bits of a socket address do not reach.
    const std::array beyond{int{RTNLGRP_NEXTHOP}, int{RTNLGRP_BRVLAN}};
    vethpp_test::succeeds([&](OnError e) { socket.subscribe(beyond, e); });
    vethpp_test::succeeds([&](OnError e) { socket.subscribe({}, e); });

    const auto ended = vethpp_test::in_child([] {
        // The sanitizers need descriptors, too.
        rlimit before{};
        if (::getrlimit(RLIMIT_NOFILE, &before) != 0) return 1;
        const rlimit few{3, before.rlim_max};
        if (::setrlimit(RLIMIT_NOFILE, &few) != 0) return 2;
        error_code stored;
        const Socket one_too_many{NETLINK_ROUTE, stored};
        ::setrlimit(RLIMIT_NOFILE, &before);
        return stored == system_code(EMFILE) && one_too_many.native_handle() == -1 ? 0 : 3;
    });
    CHECK(ended.exited(0));
}

TEST_CASE("socket: of another protocol", "[kernel][socket]") {
    const Netns ns1 = Netns::create("ns1");
    ns1.run([] {
        Socket socket{NETLINK_GENERIC};
        error_code ec;
        socket.send(datagram(NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK, 3), ec);
        CHECK_FALSE(ec.failed());
        CHECK(types_in(socket) == std::vector<int>{NLMSG_ERROR});
    });
}

TEST_CASE("socket: it belongs to the namespace in which it was opened", "[kernel][socket]") {
    std::optional<Netns> ns1{Netns::create("ns1")};
    const Netns ns2 = Netns::create("ns2");
    make_foreign(*ns1, 0, "in-ns1");
    make_foreign(ns2, 0, "in-ns2");
    Session session{ns1->run([] { return std::make_unique<Socket>(NETLINK_ROUTE); })};
    const UniqueFd netns{::ioctl(session.transport().native_handle(), SIOCGSKNS)};
    REQUIRE(netns);
    CHECK(inode_of(netns.get()) == inode_of(ns1->native_handle()));
    CHECK(inode_of(netns.get()) != inode_of(ns2.native_handle()));
    const auto check = [&] {
        Failure failure;
        const auto links = vethpp::netlink::list_links(session, failure);
        CHECK_FALSE(failure);
        REQUIRE(links.size() == 2);
        CHECK(links[1].name == "in-ns1");
    };
    check();
    ns2.run(check);
    std::thread{check}.join();
    // And keeps it.
    ns1.reset();
    check();
}
