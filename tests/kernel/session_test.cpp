// SPDX-License-Identifier: BSL-1.0
// The session against the kernel: what tests/netlink/session_test.cpp does with a script, and what
// only a kernel can do. Whoever disturbs it does so between two of its own steps, not at random.
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/sessions.hpp"
#include "support/skip.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/message/address.hpp>
#include <vethpp/netlink/addresses.hpp>
#include <vethpp/netlink/deletion.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netlink/session.hpp>
#include <vethpp/netlink/socket.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using vethpp::netlink::Datagram;
using vethpp::netlink::RequestType;
using vethpp::netlink::Session;
using vethpp::netlink::Socket;
using vethpp::netlink::Transport;
using vethpp::wire::RawMessage;
using vethpp::wire::Writer;

error_code system_code(int number) { return {number, boost::system::system_category()}; }

// What passes a transport, and who meddles: the functions are called before each step.
struct Watch {
    std::function<void()> sending{};
    std::function<void()> receiving{};
    std::size_t sends = 0;
    std::size_t datagrams = 0;
    std::size_t bytes = 0;
    std::size_t longest = 0;
    std::size_t interruptions = 0;  // datagrams with NLM_F_DUMP_INTR
    std::vector<std::uint32_t> sequence{};
};

class Watched final : public Transport {
public:
    Watched(std::unique_ptr<Transport> real, std::shared_ptr<Watch> watch)
        : real_{std::move(real)}, watch_{std::move(watch)} {}

    void send(vethpp::wire::Bytes datagram, error_code& ec) override {
        if (watch_->sending) watch_->sending();
        ++watch_->sends;
        vethpp::wire::Messages messages{datagram};
        for (const RawMessage& one : messages) watch_->sequence.push_back(one.header.nlmsg_seq);
        real_->send(datagram, ec);
    }
    Datagram receive(std::span<std::byte> buffer, error_code& ec) override {
        if (watch_->receiving) watch_->receiving();
        const Datagram datagram = real_->receive(buffer, ec);
        if (ec) return datagram;
        ++watch_->datagrams;
        watch_->bytes += datagram.size;
        watch_->longest = std::max(watch_->longest, datagram.size);
        bool interrupted = false;
        vethpp::wire::Messages messages{
            datagram.buffer.first(std::min(datagram.size, buffer.size()))};
        for (const RawMessage& one : messages)
            interrupted = interrupted || (one.header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        watch_->interruptions += interrupted;
        return datagram;
    }
    [[nodiscard]] std::uint32_t port() const noexcept override { return real_->port(); }
    [[nodiscard]] int native_handle() const noexcept override { return real_->native_handle(); }

private:
    std::unique_ptr<Transport> real_;
    std::shared_ptr<Watch> watch_;
};

// A session in a namespace, and somebody else's in the same one.
struct Fixture {
    Netns netns = Netns::create("lab");
    std::shared_ptr<Watch> watch = std::make_shared<Watch>();
    Session session{netns.run(
        [&] { return std::make_unique<Watched>(std::make_unique<Socket>(NETLINK_ROUTE), watch); })};
    Session other{netns.run([] { return std::make_unique<Socket>(NETLINK_ROUTE); })};

    [[nodiscard]] int fd() { return session.transport().native_handle(); }
};

constexpr RequestType create{
    .type = RTM_NEWLINK, .flags = NLM_F_CREATE | NLM_F_EXCL, .names = &message::link_request_names};
constexpr RequestType set{.type = RTM_SETLINK, .names = &message::link_request_names};
constexpr RequestType get{.type = RTM_GETLINK};

// Links are the ends of pairs: a namespace full of bridges takes the kernel seconds to remove.
void write_pair(Writer& w,
                const std::string& one,
                const std::string& two,
                std::uint32_t group = 0) {
    using vethpp_test::KindData, vethpp_test::LinkInfoRequest, vethpp_test::VethData;
    w.pod(vethpp::netlink::link_header(0));
    vethpp::wire::write(w, LinkAttributes{.name = one, .group = group});
    const VethData data{.peer = LinkAttributes{.name = two, .group = group}};
    vethpp::wire::write(
        w, LinkInfoRequest<VethData>{KindData<VethData>{.kind = "veth", .data = data}});
}

// "v0000", "v0001", ...: their order is that of their numbers.
std::string numbered(std::size_t i) {
    const std::string digits = std::to_string(i);
    return "v" + std::string(4 - digits.size(), '0') + digits;
}
constexpr auto write_numbered = [](Writer& w, std::size_t pair) {
    write_pair(w, numbered(2 * pair), numbered(2 * pair + 1));
};
Names numbers(std::size_t count) {
    Names out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(numbered(i));
    return out;
}
Names make_links(Session& session, std::size_t count) {
    CHECK(batch(session, create, count / 2, write_numbered).empty());
    return numbers(count);
}
std::uint32_t index_of(Session& session, const std::string& name) {
    Failure failure;
    const std::uint32_t index = vethpp::netlink::get_link(session, {.name = name}, failure).index;
    REQUIRE_FALSE(failure);
    return index;
}

std::vector<LinkState> list(Session& session, Failure& failure) {
    return vethpp::netlink::list_links(session, failure);
}
Names names_of(const std::vector<LinkState>& links) {
    Names found;
    for (const LinkState& link : links)
        if (!link.is_loopback()) found.push_back(link.name);
    std::sort(found.begin(), found.end());
    return found;
}

void set_mtu(Session& session, std::uint32_t index, std::uint32_t mtu, Failure& failure) {
    vethpp_test::set_link(session, index, {.mtu = mtu}, 0, 0, failure);
}
std::uint32_t get_mtu(Session& session, std::uint32_t index, Failure& failure) {
    return vethpp::netlink::get_link(session, {.index = index}, failure).mtu;
}
constexpr std::uint32_t no_index = 999'999;

}  // namespace

// --- Dumps -----------------------------------------------------------------------------------

TEST_CASE("live session: a listing during which a link is made is read again",
          "[kernel][session]") {
    Fixture f;
    Names expected = make_links(f.other, 60);
    for (int times = 0; times <= 11; ++times) {
        CAPTURE(times);
        *f.watch = {};
        int left = times;
        bool first = false;
        // Between its request and its second part.
        f.watch->sending = [&] { first = true; };
        f.watch->receiving = [&] {
            if (!std::exchange(first, false) || left == 0) return;
            --left;
            const std::string name = "c" + std::to_string(times) + "-" + std::to_string(left);
            Failure failure;
            f.other.request(
                create, [&](Writer& w) { write_pair(w, name, name + "p"); }, failure);
            CHECK_FALSE(failure);
            expected.push_back(name);
            expected.push_back(name + "p");
        };
        Failure failure;
        const auto links = list(f.session, failure);
        CHECK(f.watch->interruptions >= static_cast<std::size_t>(std::min(times, 10)));
        CHECK(f.watch->sends == static_cast<std::size_t>(std::min(times + 1, 10)));
        if (times < 10) {
            CHECK_FALSE(failure);
            std::sort(expected.begin(), expected.end());
            CHECK(names_of(links) == expected);
        } else {
            CHECK(failure.code == errc::dump_interrupted);
            CHECK(links.empty());
        }
    }
    *f.watch = {};
    Failure failure;
    CHECK(list(f.session, failure).size() == expected.size() + 1);
    CHECK_FALSE(failure);
}

TEST_CASE("live session: lists while somebody makes and removes links", "[kernel][session]") {
    Fixture f;
    const Names stable = make_links(f.other, 60);
    std::atomic<bool> stop = false;
    std::atomic<std::size_t> made = 0;
    std::atomic<bool> failed = false;
    std::thread churn{[&] {
        constexpr std::uint32_t group = 4711;
        while (!stop) {
            for (std::size_t i = 0; i < 10 && !stop; ++i) {
                Failure failure;
                f.other.request(
                    create,
                    [&](Writer& w) {
                        const std::string name = "churn" + std::to_string(i);
                        write_pair(w, name, name + "p", group);
                    },
                    failure);
                failed = failed || failure;
                ++made;
            }
            Failure failure;
            vethpp::netlink::delete_marked(f.other, {.group = group}, failure);
            failed = failed || (failure && failure.code != system_code(ENODEV));
        }
    }};
    constexpr std::size_t enough = 400;
    constexpr std::size_t most = 4000;
    std::size_t lists = 0;
    std::size_t complete = 0;
    std::size_t given_up = 0;
    std::size_t missing = 0;
    std::size_t twice = 0;
    while ((complete < enough || f.watch->interruptions == 0) && lists < most) {
        ++lists;
        Failure failure;
        const auto links = list(f.session, failure);
        complete += !failure;
        given_up += failure.code == errc::dump_interrupted;
        if (failure) continue;
        const Names found = names_of(links);
        missing += !std::includes(found.begin(), found.end(), stable.begin(), stable.end());
        std::set<std::uint32_t> indexes;
        for (const LinkState& link : links) indexes.insert(link.index);
        twice += indexes.size() != links.size() ||
                 std::adjacent_find(found.begin(), found.end()) != found.end();
    }
    stop = true;
    churn.join();
    INFO(lists << " lists, " << f.watch->interruptions << " interrupted, " << given_up
               << " given up, " << made.load() << " pairs made");
    CHECK_FALSE(failed.load());
    CHECK(missing == 0);
    CHECK(twice == 0);
    CHECK(complete >= enough);
    CHECK(complete + given_up == lists);
    if (f.watch->interruptions == 0)
        vethpp_test::skip("on this machine no list was interrupted in " + std::to_string(most));
}

TEST_CASE("live session: a namespace with several hundred links", "[kernel][session]") {
    Fixture f;
    constexpr std::size_t count = 300;
    const Names expected = make_links(f.session, count);
    *f.watch = {};
    Failure failure;
    const auto links = list(f.session, failure);
    CHECK_FALSE(failure);
    CHECK(names_of(links) == expected);
    CHECK(links.size() == count + 1);
    CHECK(f.watch->sends == 1);
    CHECK(f.watch->bytes > count * 1000);
    CHECK(f.watch->longest <= Session::reply_size);
    CHECK(f.watch->longest > Session::reply_size / 2);
    // Parts of 32 KiB, each of which may lack one link, and the first and the last.
    CHECK(f.watch->datagrams <= f.watch->bytes / (Session::reply_size - 4096) + 3);

    constexpr std::uint32_t loopback = 1;
    const auto address = [](std::size_t i) {
        return "10." + std::to_string(i / 200) + "." + std::to_string(i % 200) + ".1/24";
    };
    const RequestType add{.type = RTM_NEWADDR, .flags = NLM_F_CREATE | NLM_F_EXCL};
    CHECK(batch(f.session, add, count, [&](Writer& w, std::size_t i) {
              vethpp::message::write_address(w, loopback, address(i));
          }).empty());
    std::set<std::string> wanted{"127.0.0.1/8", "::1/128"};
    for (std::size_t i = 0; i < count; ++i) wanted.insert(address(i));
    std::set<std::string> found;
    for (const auto& one : vethpp::netlink::list_addresses(f.session, loopback, failure))
        CHECK(found.insert(one.to_string()).second);
    CHECK_FALSE(failure);
    CHECK(found == wanted);
}

TEST_CASE("live session: a dump that somebody left unread in its socket", "[kernel][session]") {
    Fixture f;
    const Names expected = make_links(f.other, 60);
    const std::uint32_t v0 = index_of(f.other, "v0000");
    const auto leave_a_dump = [&] {
        std::array<std::byte, 64> buffer{};
        Writer writer{buffer};
        writer.message(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 0, [](Writer& w) {
            w.pod(vethpp::netlink::link_header(0));
        });
        REQUIRE(::send(f.fd(), buffer.data(), writer.size(), 0) > 0);
    };
    // A request is answered in the middle of it.
    leave_a_dump();
    for (const std::uint32_t mtu : {1400U, 1401U}) {
        Failure failure;
        set_mtu(f.session, v0, mtu, failure);
        CHECK(get_mtu(f.session, v0, failure) == mtu);
        CHECK_FALSE(failure);
    }
    // Of two dumps at a time the kernel refuses the second; the third finds nothing in its way.
    leave_a_dump();
    Failure busy;
    CHECK(list(f.session, busy).empty());
    CHECK(busy.code == system_code(EBUSY));
    Failure failure;
    CHECK(names_of(list(f.session, failure)) == expected);
    CHECK_FALSE(failure);
}

// --- Batches ---------------------------------------------------------------------------------

TEST_CASE("live session: each request of a batch is carried out, or reported once",
          "[kernel][session]") {
    Fixture f;
    std::size_t made = 0;
    for (const std::size_t count :
         {std::size_t{1}, std::size_t{64}, std::size_t{65}, std::size_t{150}}) {
        CAPTURE(count);
        const std::size_t middle = count / 2;
        f.watch->sends = 0;
        const auto failures = batch(f.session, create, count, [&](Writer& w, std::size_t i) {
            if (i == middle)
                write_pair(w, "sixteen-bytes-xx", "other");
            else
                write_numbered(w, made + i);
        });
        CHECK(f.watch->sends == (count + Session::batch_limit - 1) / Session::batch_limit);
        REQUIRE(failures.size() == 1);
        CHECK(failures.begin()->first == middle);
        const Failure& failure = failures.begin()->second;
        CHECK(failure.code == system_code(ERANGE));
        CHECK(failure.context.attribute == "name");
        // And the same again: now all but that one are refused.
        const auto again = batch(f.session, create, count, [&](Writer& w, std::size_t i) {
            write_numbered(w, made + i);
        });
        CHECK(again.size() == count - 1);
        CHECK(again.count(middle) == 0);
        for (const auto& [i, one] : again) CHECK(one.code == system_code(EEXIST));
        made += count;
    }
    Failure failure;
    CHECK(names_of(list(f.session, failure)) == numbers(2 * made));
    CHECK_FALSE(failure);
}

TEST_CASE("live session: the longest answers of a batch fit into the socket",
          "[kernel][session][only_vm]") {
    Fixture f;
    // Questions: a bridge takes most words.
    make_foreign(f.netns, 0, "br0");
    const std::uint32_t br0 = index_of(f.other, "br0");
    constexpr std::size_t count = 4 * Session::batch_limit;
    std::size_t right = 0;
    Failure failure;
    f.session.batch(
        count,
        [](std::size_t) -> const RequestType& { return get; },
        [&](Writer& w, std::size_t i) {
            w.pod(vethpp::netlink::link_header(i % 3 == 0 ? 1 : br0));
        },
        [&](std::size_t i, const RawMessage& m) {
            const auto header = vethpp::wire::load<ifinfomsg>(m.payload);
            right += header && header->ifi_index == static_cast<int>(i % 3 == 0 ? 1 : br0);
        },
        [](std::size_t i, const Failure& one) { FAIL_CHECK(i << ": " << one.code.message()); },
        failure);
    CHECK(right == count);

    // New links that are echoed.
    const RequestType echoing{.type = RTM_NEWLINK, .flags = NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO};
    std::vector<std::size_t> echoes(count);
    f.session.batch(
        count,
        [&](std::size_t) -> const RequestType& { return echoing; },
        write_numbered,
        [&](std::size_t i, const RawMessage& m) {
            echoes[i] += m.header.nlmsg_type == RTM_NEWLINK;
        },
        [](std::size_t i, const Failure& one) { FAIL_CHECK(i << ": " << one.code.message()); },
        failure);
    CHECK(names(f.netns).size() == 2 * count + 1);
    if (vethpp::System::real()->kernel_version() >= 6002)
        CHECK(echoes == std::vector<std::size_t>(count, 1));
}

TEST_CASE("live session: answers that do not fit into the socket are not taken for others",
          "[kernel][session]") {
    Fixture f;
    const Names links = make_links(f.session, 2);
    Failure failure;
    const std::uint32_t v0 = index_of(f.other, "v0000");
    int room = 0;
    socklen_t length = sizeof room;
    REQUIRE(::getsockopt(f.fd(), SOL_SOCKET, SO_RCVBUF, &room, &length) == 0);
    const int least = 1;
    REQUIRE(::setsockopt(f.fd(), SOL_SOCKET, SO_RCVBUF, &least, sizeof least) == 0);

    constexpr std::size_t count = 500;
    const auto bad = [](std::size_t i) { return i % 3 == 1; };
    const auto failures = batch(f.session, set, count, [&](Writer& w, std::size_t i) {
        w.pod(vethpp::netlink::link_header(bad(i) ? no_index : v0));
        vethpp::wire::write(w, LinkAttributes{.mtu = 1000 + static_cast<std::uint32_t>(i)});
    });
    std::size_t lost = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto found = failures.find(i);
        const bool is_lost = found != failures.end() && found->second.code == errc::reply_lost;
        lost += is_lost;
        if (is_lost) continue;
        CAPTURE(i);
        // What is not lost is right: no answer has moved to the place of one that was.
        REQUIRE((found != failures.end()) == bad(i));
        if (bad(i)) CHECK(found->second.code == system_code(ENODEV));
    }
    CHECK(lost > count / 4);  // it has come to that
    CHECK(lost < count);
    CHECK(get_mtu(f.other, v0, failure) == 1000 + 498);  // all have been carried out

    // One at a time they fit, and a listing waits for its reader.
    for (std::uint32_t mtu = 1400; mtu < 1450; ++mtu) {
        set_mtu(f.session, v0, mtu, failure);
        CHECK_FALSE(failure);
    }
    CHECK(names_of(list(f.session, failure)) == links);
    CHECK_FALSE(failure);
    // With room again, nothing is left of it.
    REQUIRE(::setsockopt(f.fd(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room) == 0);
    CHECK(batch(f.session, set, count, [&](Writer& w, std::size_t i) {
              w.pod(vethpp::netlink::link_header(bad(i) ? no_index : v0));
          }).size() == (count + 1) / 3);
}

TEST_CASE("live session: what is too large is not sent", "[kernel][session]") {
    Fixture f;
    const Names links = make_links(f.other, 4);
    Failure failure;
    const std::uint32_t v0 = index_of(f.other, "v0000");
    for (const std::size_t size :
         {std::size_t{16384}, std::size_t{65531}, std::size_t{65532}, std::size_t{1000000}}) {
        CAPTURE(size);
        Failure large;
        vethpp_test::set_link(
            f.session, v0, {.mtu = 1234, .alias = std::string(size, 'a')}, 0, 0, large);
        CHECK(large.code == errc::request_too_large);
        CHECK(f.watch->sends == 0);
    }
    // In a batch it does not hold up its neighbours.
    std::vector<std::uint32_t> indexes;
    for (std::size_t i = 0; i < 3; ++i) indexes.push_back(index_of(f.other, numbered(i)));
    const auto failures = batch(f.session, set, 3, [&](Writer& w, std::size_t i) {
        w.pod(vethpp::netlink::link_header(indexes[i]));
        vethpp::wire::write(
            w, LinkAttributes{.mtu = 1300, .alias = std::string(i == 1 ? 17000 : 10, 'a')});
    });
    REQUIRE(failures.size() == 1);
    CHECK(failures.at(1).code == errc::request_too_large);
    for (std::size_t i = 0; i < 3; ++i) {
        const LinkState state = vethpp::netlink::get_link(f.other, {.index = indexes[i]}, failure);
        CHECK(state.mtu == (i == 1 ? 1500 : 1300));
        CHECK(state.alias.size() == (i == 1 ? 0 : 10));
    }
    CHECK_FALSE(failure);
    Link link = f.netns.link("v0002");
    check_error(failure_of([&](OnError e) { link.set_alias(std::string(17000, 'a'), e); }),
                errc::request_too_large,
                "set the alias: v0002 in lab: request too large for a netlink message");
    CHECK(link.state().alias == std::string(10, 'a'));
}

// --- Sequence numbers, and what is in the queue already
// --------------------------------------------

TEST_CASE("live session: past the end of sequence numbers", "[kernel][session]") {
    Fixture f;
    const Names links = make_links(f.session, 6);
    Failure failure;
    const std::uint32_t v0 = index_of(f.other, "v0000");
    f.watch->sequence.clear();
    for (std::uint32_t start = 0xffffffff - 70; start != 2; ++start) {
        CAPTURE(start);
        sequence_of(f.session) = start;
        for (const std::uint32_t mtu : {1400U, 1401U}) {
            set_mtu(f.session, v0, mtu, failure);
            CHECK(get_mtu(f.session, v0, failure) == mtu);
        }
        const auto failures = batch(f.session, set, 64, [&](Writer& w, std::size_t i) {
            w.pod(vethpp::netlink::link_header(i == 30 ? no_index : v0));
        });
        REQUIRE(failures.size() == 1);
        CHECK(failures.at(30).code == system_code(ENODEV));
        CHECK(names_of(list(f.session, failure)) == links);
        REQUIRE_FALSE(failure);
    }
    const auto& numbers = f.watch->sequence;
    CHECK(std::count(numbers.begin(), numbers.end(), 0U) == 0);
    CHECK(*std::max_element(numbers.begin(), numbers.end()) == 0xfffffffe);
    CHECK(*std::min_element(numbers.begin(), numbers.end()) == 1);
}

TEST_CASE("live session: answers to what somebody else sent on its socket", "[kernel][session]") {
    Fixture f;
    const Names links = make_links(f.session, 2);
    Failure failure;
    const std::uint32_t v0 = index_of(f.other, "v0000");
    // Any sequence number but that of the next request: a refusal, a success, and an object.
    const auto disturb = [&](std::uint32_t distance) {
        const auto send = [&](std::uint16_t type, std::uint32_t index) {
            std::array<std::byte, 64> buffer{};
            Writer writer{buffer};
            writer.message(
                type, NLM_F_REQUEST | NLM_F_ACK, sequence_of(f.session) + distance, [&](Writer& w) {
                    w.pod(vethpp::netlink::link_header(index));
                });
            REQUIRE(::send(f.fd(), buffer.data(), writer.size(), 0) > 0);
        };
        send(RTM_SETLINK, no_index);
        send(RTM_SETLINK, v0);
        send(RTM_GETLINK, 1);
    };
    for (const std::uint32_t distance : {0xffffffffU, 0xfffffff0U, 100U, 0x80000000U}) {
        CAPTURE(distance);
        disturb(distance);
        failure = {};
        set_mtu(f.session, v0, 1400, failure);
        CHECK_FALSE(failure);
        disturb(distance);
        CHECK(vethpp::netlink::get_link(f.session, {.index = v0}, failure).name == "v0000");
        CHECK_FALSE(failure);
        disturb(distance);
        set_mtu(f.session, no_index, 1400, failure);
        CHECK(failure.code == system_code(ENODEV));
        failure = {};
        disturb(distance);
        CHECK(names_of(list(f.session, failure)) == links);
        CHECK_FALSE(failure);
        disturb(distance);
        const auto failures = batch(f.session, set, 70, [&](Writer& w, std::size_t i) {
            w.pod(vethpp::netlink::link_header(i == 66 ? no_index : v0));
        });
        REQUIRE(failures.size() == 1);
        CHECK(failures.at(66).code == system_code(ENODEV));
    }
}

TEST_CASE("live session: a storm of events", "[kernel][session]") {
    Fixture f;
    const Names links = make_links(f.session, 2);
    Failure failure;
    const std::uint32_t v0 = index_of(f.other, "v0000");
    Socket events = f.netns.run([] { return Socket{NETLINK_ROUTE}; });
    const std::array groups{int{RTNLGRP_LINK}};
    events.subscribe(groups);
    const std::uint32_t v1 = index_of(f.other, "v0001");
    // Whoever listens is told of everything that somebody else does between any two steps.
    std::uint32_t told = 0;
    const auto storm = [&] {
        for (int i = 0; i < 10; ++i) {
            Failure ignored;
            set_mtu(f.other, v1, 1300 + told++ % 100, ignored);
        }
    };
    f.watch->sending = storm;
    f.watch->receiving = storm;
    const auto requests = [&] {
        for (std::uint32_t i = 0; i < 50; ++i) {
            failure = {};
            set_mtu(f.session, v0, 1400 + i, failure);
            CHECK(get_mtu(f.session, v0, failure) == 1400 + i);
            CHECK(names_of(list(f.session, failure)) == links);
            REQUIRE_FALSE(failure);
            set_mtu(f.session, no_index, 1400, failure);
            CHECK(failure.code == system_code(ENODEV));
        }
    };
    requests();
    ByteVector buffer(4096);
    error_code ec;
    events.receive(buffer, ec);
    CHECK(ec == system_code(ENOBUFS));  // more than a socket holds

    // Even on the session's own socket, as long as they do not fill it.
    const int group = RTNLGRP_LINK;
    REQUIRE(::setsockopt(f.fd(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0);
    f.watch->receiving = nullptr;
    f.watch->datagrams = 0;
    f.watch->sends = 0;
    requests();
    CHECK(f.watch->datagrams > 5 * f.watch->sends);
}

// --- Processes and threads ---------------------------------------------------------------------

TEST_CASE("live session: after fork, the child's copy takes nothing from the parent",
          "[kernel][session]") {
    Fixture f;
    const Netns far = Netns::create("far");
    std::optional<VethPair> pair{std::in_place,
                                 vethpp::LinkOptions{.netns = f.netns, .name = "veth0"},
                                 vethpp::LinkOptions{.netns = far, .name = "veth1"}};
    std::optional<Bridge> bridge{std::in_place,
                                 vethpp::LinkOptions{.netns = f.netns, .name = "br0"}};
    // An answer that waits for the parent.
    std::array<std::byte, 64> buffer{};
    Writer writer{buffer};
    writer.message(
        RTM_GETLINK, NLM_F_REQUEST, 77, [](Writer& w) { w.pod(vethpp::netlink::link_header(1)); });
    REQUIRE(::send(f.fd(), buffer.data(), writer.size(), 0) > 0);

    const auto ended = in_child([&] {
        Failure request;
        set_mtu(f.session, 1, 1400, request);
        if (request.code != errc::used_after_fork) return 1;
        Failure dump;
        if (!list(f.session, dump).empty() || dump.code != errc::used_after_fork) return 2;
        Failure batch;
        f.session.batch(
            set,
            130,
            [](Writer& w, std::size_t) { w.pod(vethpp::netlink::link_header(1)); },
            [](std::size_t, const Failure&) {},
            batch);
        if (batch.code != errc::used_after_fork || f.watch->sends != 0 || f.watch->datagrams != 0)
            return 3;
        try {
            pair->first().set_up();
            return 4;
        } catch (const vethpp::Error& error) {
            if (std::string{error.what()} !=
                "set up: veth0 in lab: the object belongs to the parent process")
                return 5;
        }
        // Their destructors would remove the links if this were the parent.
        pair.reset();
        bridge.reset();
        // A handle of the child's own works.
        const Netns again =
            Netns::open_path("/proc/self/fd/" + std::to_string(f.netns.native_handle()));
        return names(again) == Names{"br0", "veth0"} ? 0 : 6;
    });
    INFO(ended.output);
    CHECK(ended.exited(0));
    CHECK(names(f.netns) == Names{"br0", "veth0"});
    CHECK(names(far) == Names{"veth1"});
    ByteVector answer(4096);
    const auto n = ::recv(f.fd(), answer.data(), answer.size(), MSG_DONTWAIT);
    REQUIRE(n > static_cast<ssize_t>(sizeof(nlmsghdr)));
    CHECK(vethpp::wire::load<nlmsghdr>(answer)->nlmsg_seq == 77);
    Failure failure;
    CHECK(names_of(list(f.session, failure)) == Names{"br0", "veth0"});
    CHECK_FALSE(failure);
}

TEST_CASE("live session: threads take turns", "[kernel][session]") {
    Fixture f;
    constexpr std::uint32_t threads = 4;
    constexpr std::uint32_t rounds = 150;
    const Names made = make_links(f.session, threads);
    std::array<std::uint32_t, threads> index{};
    for (std::uint32_t i = 0; i < threads; ++i) index[i] = index_of(f.other, made[i]);
    std::array<std::uint32_t, threads> right{};
    const auto work = [&](std::uint32_t i) {
        for (std::uint32_t round = 0; round < rounds; ++round) {
            const std::uint32_t mtu = 1000 + 200 * i + round;
            Failure failure;
            set_mtu(f.session, index[i], mtu, failure);
            const bool mine = get_mtu(f.session, index[i], failure) == mtu;
            Failure none;
            set_mtu(f.session, no_index, mtu, none);
            const auto links = list(f.session, failure);
            right[i] +=
                mine && !failure && none.code == system_code(ENODEV) && links.size() == threads + 1;
        }
    };
    std::vector<std::thread> all;
    for (std::uint32_t i = 0; i < threads; ++i) all.emplace_back(work, i);
    for (std::thread& thread : all) thread.join();
    for (const std::uint32_t n : right) CHECK(n == rounds);
}
