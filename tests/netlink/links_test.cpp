// SPDX-License-Identifier: BSL-1.0
#include "support/recorded.hpp"
#include "support/requests.hpp"
#include "support/scripted.hpp"
#include <vethpp/netlink/addresses.hpp>
#include <vethpp/netlink/links.hpp>
#include <vethpp/netlink/namespace_ids.hpp>

#include <algorithm>
#include <cstring>
#include <net/if.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using vethpp::netlink::CreatedLink;

error_code system_code(int number) { return {number, boost::system::system_category()}; }
error_code code(errc e) { return make_error_code(e); }

// The types of the messages of each send.
std::vector<std::vector<unsigned>> types(const ScriptedSession& s) {
    std::vector<std::vector<unsigned>> out;
    for (const auto& sent : s.script->sent) {
        out.emplace_back();
        for (const auto& one : sent) out.back().push_back(header_of(one).nlmsg_type);
    }
    return out;
}
using Types = std::vector<std::vector<unsigned>>;

struct Created {
    CreatedLink link{};
    Failure failure{};
};
Created create(ScriptedSession& s) {
    Created out;
    out.failure.context.operation = "create";
    out.link = vethpp_test::create_link<VethData>(s.session,
                                                  vethpp::netlink::link_header(0),
                                                  LinkAttributes{.name = "veth1"},
                                                  "veth",
                                                  VethData{.peer = LinkAttributes{.name = "veth0"}},
                                                  out.failure);
    CHECK(out.failure.context.operation == "create");
    return out;
}

ByteVector prefix(const ByteVector& data, std::size_t n) {
    return {data.begin(), data.begin() + static_cast<std::ptrdiff_t>(n)};
}
// A message about a link whose attributes do not parse.
ByteVector malformed_link(std::uint32_t sequence) {
    ByteVector payload(16);
    payload[4] = std::byte{3};
    return raw_message({RTM_NEWLINK, sequence}, join({payload, bytes("ffff 0300 00")}));
}

}  // namespace

TEST_CASE("create_link: the echo says what was made") {
    ScriptedSession s{{datagrams({recorded(recorded_veth, 0), ack(0)})}};
    const auto out = create(s);
    CHECK_FALSE(out.failure);
    CHECK(out.link.index == 3);
    CHECK(out.link.link == 4);
    CHECK(out.link.sent);
    CHECK(s.session.expects_echo());
    CHECK(types(s) == Types{{RTM_NEWLINK}});
    CHECK(header_of(s.script->sent[0][0]).nlmsg_flags ==
          (NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO | NLM_F_REQUEST | NLM_F_ACK));
}

TEST_CASE("create_link: a kernel without an echo is asked by name, from then on in the same send") {
    ScriptedSession s{{datagrams({ack(0)}),
                       datagrams({recorded(recorded_veth, 0), ack(0)}),
                       datagrams({ack(0), recorded(recorded_veth, 1), ack(1)})}};
    for (int i = 0; i < 2; ++i) {
        CAPTURE(i);
        const auto out = create(s);
        CHECK_FALSE(out.failure);
        CHECK(out.link.index == 3);
        CHECK(out.link.link == 4);
        CHECK(out.link.sent);
        CHECK_FALSE(s.session.expects_echo());
    }
    CHECK(types(s) == Types{{RTM_NEWLINK}, {RTM_GETLINK}, {RTM_NEWLINK, RTM_GETLINK}});
    // Both questions are the same: any index, that name, no statistics.
    for (const auto& question : {s.script->sent[1][0], s.script->sent[2][1]})
        CHECK(vethpp_test::hex(vethpp::wire::after(question, sizeof(nlmsghdr) + 16)) ==
              vethpp_test::hex(R"(0a00 0300 "veth1" 00 0000  0800 1d00 08000000)"));
}

TEST_CASE("create_link: an echo that comes although none is expected") {
    ScriptedSession s{
        {datagrams({recorded(recorded_veth, 0), ack(0), recorded(recorded_veth, 1), ack(1)})}};
    s.session.expect_echo(false);
    const auto out = create(s);
    CHECK_FALSE(out.failure);
    CHECK(out.link.index == 3);
}

TEST_CASE("create_link: what is refused has no index") {
    SECTION("with an echo before the refusal") {
        ScriptedSession s{{datagrams({recorded(recorded_veth, 0), ack(0, -EINVAL)})}};
        const auto out = create(s);
        CHECK(out.failure.code == system_code(EINVAL));
        CHECK(out.link.index == 0);
        CHECK(out.link.sent);
        CHECK(s.session.expects_echo());
        CHECK(types(s).size() == 1);
    }
    SECTION("where the question after it is answered for a link of somebody else") {
        ScriptedSession s{{datagrams({ack(0, -EEXIST), recorded(recorded_veth, 1), ack(1)})}};
        s.session.expect_echo(false);
        const auto out = create(s);
        CHECK(out.failure.code == system_code(EEXIST));
        CHECK(out.link.index == 0);
        CHECK(out.link.sent);
    }
    SECTION("and the question as well: the first refusal counts") {
        ScriptedSession s{{datagrams({ack(0, -EOPNOTSUPP), ack(1, -ENODEV)})}};
        s.session.expect_echo(false);
        CHECK(create(s).failure.code == system_code(EOPNOTSUPP));
    }
}

TEST_CASE("create_link: the kernel's explanation, with an echo and without") {
    // 16 bytes of the message, 16 of the link, 12 of its name, 4 of linkinfo, 12 of the kind, 4 of
    // the data: the peer; and 4 + 16 further on, its name.
    for (const auto& [offset, attribute] :
         {std::pair{64U, "linkinfo.data.peer"}, std::pair{84U, "linkinfo.data.peer.name"}}) {
        const ByteVector tail =
            join({bytes(R"(0900 0100 "what" 00 000000  0800 0200)"), vethpp_test::pod(offset)});
        for (const bool echo : {true, false}) {
            CAPTURE(echo, offset);
            ScriptedSession s{{datagrams({ack(0, -ERANGE, tail), ack(1, -ENODEV)})}};
            s.session.expect_echo(echo);
            const auto context = create(s).failure.context;
            CHECK(context.kernel_message == "what");
            CHECK(context.attribute == attribute);
        }
    }
}

TEST_CASE("create_link: it is there, but the kernel does not say which it is") {
    SECTION("without an echo, and the question is refused") {
        ScriptedSession s{{datagrams({ack(0)}), datagrams({ack(0, -ENODEV)})}};
        const auto out = create(s);
        CHECK(out.failure.code == system_code(ENODEV));
        CHECK(out.link.index == 0);
        CHECK(out.link.sent);
    }
    SECTION("in the same send") {
        ScriptedSession s{{datagrams({ack(0), ack(1, -ENODEV)})}};
        s.session.expect_echo(false);
        const auto out = create(s);
        CHECK(out.failure.code == system_code(ENODEV));
        CHECK(out.link.index == 0);
        CHECK(out.link.sent);
    }
    SECTION("the question is answered with nothing") {
        ScriptedSession s{{datagrams({ack(0)}), datagrams({ack(0)})}};
        const auto out = create(s);
        CHECK(out.failure.code == code(errc::malformed_reply));
        CHECK(out.link.sent);
    }
    SECTION("in the same send, with nothing") {
        ScriptedSession s{{datagrams({ack(0), ack(1)})}};
        s.session.expect_echo(false);
        const auto out = create(s);
        CHECK(out.failure.code == code(errc::malformed_reply));
        CHECK(out.link.sent);
    }
    SECTION("with something that does not parse") {
        ScriptedSession s{
            {datagrams({malformed_link(0), ack(0)}), datagrams({malformed_link(0), ack(0)})}};
        const auto out = create(s);
        CHECK(out.failure.code == code(errc::malformed_reply));
        CHECK(out.link.index == 0);
        CHECK(out.link.sent);
    }
    SECTION("with a message of another type") {
        const ByteVector payload(200, std::byte{1});
        ScriptedSession s{{datagrams({raw_message({RTM_NEWADDR}, payload), ack(0)}),
                           datagrams({raw_message({RTM_DELLINK}, payload), ack(0)})}};
        const auto out = create(s);
        CHECK(out.failure.code == code(errc::malformed_reply));
        CHECK(out.link.index == 0);
    }
}

TEST_CASE("create_link: whether it was sent") {
    for (const bool echo : {true, false}) {
        CAPTURE(echo);
        {
            // The answers are lost: it may exist.
            ScriptedSession s;
            s.session.expect_echo(echo);
            const auto out = create(s);
            CHECK(out.failure.code == code(errc::reply_lost));
            CHECK(out.link.sent);
        }
        {
            ScriptedSession s;
            s.session.expect_echo(echo);
            Failure failure;
            const auto created = vethpp_test::create_link<NoData>(
                s.session,
                vethpp::netlink::link_header(0),
                LinkAttributes{.name = "veth1", .alias = std::string(20000, 'a')},
                "veth",
                std::nullopt,
                failure);
            CHECK(failure.code == code(errc::request_too_large));
            CHECK_FALSE(created.sent);
            CHECK(s.script->attempts == (echo ? 0U : 1U));  // the question is asked all the same
        }
    }
    ScriptedSession s;
    s.script->send_errors = {EPERM};
    const auto out = create(s);
    CHECK(out.failure.code == system_code(EPERM));
    CHECK_FALSE(out.link.sent);
}

TEST_CASE("create_link: every prefix of the echo") {
    const ByteVector whole = join({recorded(recorded_veth, 0), ack(0)});
    for (std::size_t n = 0; n < whole.size(); ++n) {
        CAPTURE(n);
        ScriptedSession s{{{{.data = prefix(whole, n)}}}};
        const auto out = create(s);
        const bool nothing = n == 0 || n == whole.size() - 36;
        CHECK(out.failure.code == code(nothing ? errc::reply_lost : errc::malformed_reply));
        CHECK(out.link.index == 0);
        CHECK(out.link.sent);
        CHECK(s.session.expects_echo());
        CHECK(s.script->sent.size() == 1);
    }
}

// --- What is there ---------------------------------------------------------------------------

TEST_CASE("get_link: by index, by name, by a long alternative name") {
    const auto asked = [](const vethpp::netlink::LinkQuery& query) {
        ScriptedSession s{{datagrams({recorded(recorded_veth, 0), ack(0)})}};
        Failure failure;
        const auto state = vethpp::netlink::get_link(s.session, query, failure);
        CHECK_FALSE(failure);
        CHECK(state.index == 3);
        CHECK(state.name == "veth1");
        CHECK(state.kind() == "veth");
        CHECK(types(s) == Types{{RTM_GETLINK}});
        return vethpp_test::hex(vethpp::wire::after(s.script->sent[0][0], sizeof(nlmsghdr)));
    };
    const auto request = [](const std::string& dump) { return vethpp_test::hex(dump); };
    CHECK(asked({.index = 3}) == request("00000000 03000000 00000000 00000000"));
    CHECK(asked({.index = 3, .name = "ignored"}) == request("00000000 03000000 00000000 00000000"));
    CHECK(asked({.name = "exactly_fifteen"}) ==
          request(R"(00000000 00000000 00000000 00000000 1400 0300 "exactly_fifteen" 00)"));
    CHECK(asked({.name = "exactly__sixteen"}) ==
          request(R"(00000000 00000000 00000000 00000000 1500 3500 "exactly__sixteen" 00 000000)"));
    CHECK(asked({.index = 3, .target_netnsid = 5}) ==
          request("00000000 03000000 00000000 00000000 0800 2e00 05000000"));
}

TEST_CASE("get_link: a success that brings no link is none") {
    const auto fails = [](Replies replies) {
        ScriptedSession s{{std::move(replies)}};
        Failure failure;
        (void)vethpp::netlink::get_link(s.session, {.index = 3}, failure);
        return failure.code;
    };
    CHECK(fails(datagrams({ack(0)})) == code(errc::malformed_reply));
    CHECK(fails(datagrams({malformed_link(0), ack(0)})) == code(errc::malformed_reply));
    CHECK(fails(datagrams({raw_message({RTM_NEWLINK}), ack(0)})) == code(errc::malformed_reply));
    CHECK(fails(datagrams({raw_message({RTM_NEWADDR}, ByteVector(40)), ack(0)})) ==
          code(errc::malformed_reply));
    CHECK(fails(datagrams({recorded(recorded_veth, 0), ack(0, -EPERM)})) == system_code(EPERM));
    CHECK(fails(datagrams({recorded(recorded_veth, 0)})) == code(errc::reply_lost));
    CHECK(fails(datagrams({ack(0, -ENODEV)})) == system_code(ENODEV));
}

TEST_CASE("list_links: all, or none", "[one_thread]") {
    const auto list = [](std::vector<Replies> replies, Failure& failure) {
        ScriptedSession s{std::move(replies)};
        return vethpp::netlink::list_links(s.session, failure);
    };
    const std::vector<ByteVector> messages{recorded(vethpp_test::recorded_loopback, 0, NLM_F_MULTI),
                                           recorded(vethpp_test::recorded_bridge, 0, NLM_F_MULTI),
                                           recorded(recorded_port, 0, NLM_F_MULTI),
                                           recorded(recorded_veth, 0, NLM_F_MULTI),
                                           done(0)};
    const ByteVector whole = join(messages);
    {
        Failure failure;
        const auto links = list({{{.data = whole}}}, failure);
        REQUIRE_FALSE(failure);
        std::vector<std::string> names;
        for (const auto& link : links) names.push_back(link.name);
        CHECK(names == std::vector<std::string>{"lo", "br0", "veth0", "veth1"});
    }
    // Cut anywhere, also with the end in a datagram of its own.
    std::vector<std::size_t> ends{0};
    for (const auto& m : messages) ends.push_back(ends.back() + m.size());
    for (std::size_t n = 0; n < whole.size(); ++n) {
        const bool boundary = std::ranges::find(ends, n) != ends.end();
        Failure failure;
        CHECK(list({{{.data = prefix(whole, n)}}}, failure).empty());
        CHECK(failure.code == code(boundary ? errc::reply_lost : errc::malformed_reply));
        Failure with_end;
        const auto links = list({{{.data = prefix(whole, n)}, {.data = done(0)}}}, with_end);
        if (!boundary) CHECK(links.empty());
        CHECK(with_end.code == (boundary ? error_code{} : code(errc::malformed_reply)));
    }
    // One link among others that does not parse.
    Failure failure;
    CHECK(
        list({datagrams({messages[0], malformed_link(0), messages[3], done(0)})}, failure).empty());
    CHECK(failure.code == code(errc::malformed_reply));
    // What is not a link is not one.
    Failure other;
    CHECK(list({datagrams({messages[0], raw_message({RTM_NEWADDR}), done(0)})}, other).size() == 1);
    CHECK_FALSE(other);
}

namespace {

// A recorded link whose list entry is late: its flags are these, and its operational state this.
ByteVector link_message(std::string_view dump,
                        unsigned flags,
                        unsigned char operstate,
                        std::uint32_t sequence,
                        unsigned message_flags = NLM_F_MULTI) {
    ByteVector message = recorded(dump, sequence, message_flags);
    std::memcpy(&message[sizeof(nlmsghdr) + offsetof(ifinfomsg, ifi_flags)], &flags, sizeof flags);
    const ByteVector attribute = bytes("0500 1000");
    const auto at = std::search(message.begin(), message.end(), attribute.begin(), attribute.end());
    REQUIRE(at != message.end());
    at[4] = std::byte{operstate};
    return message;
}

constexpr unsigned up = IFF_UP;
constexpr unsigned running = IFF_UP | IFF_RUNNING;
constexpr unsigned carrier = 0x10000;  // IFF_LOWER_UP
constexpr unsigned char state_unknown = 0;
constexpr unsigned char state_down = 2;
constexpr unsigned char state_up = 6;

}  // namespace

TEST_CASE("list_links: a link of which the list is late is asked for by itself") {
    struct Case {
        std::string_view dump;
        unsigned flags;
        unsigned char operstate;
        bool late;
    };
    const Case all[] = {
        {recorded_veth, running | carrier, state_up, false},
        {recorded_veth, running, state_up, true},                 // the far end went down
        {recorded_veth, running, state_unknown, true},            // new, and the far end is down
        {recorded_veth, running | carrier, state_unknown, true},  // new
        {recorded_veth, up | carrier, state_down, true},          // the far end came up
        {recorded_veth, up, state_down, false},
        {recorded_veth, 0, state_down, false},
        {recorded_veth, 0, state_up, false},
        {recorded_bridge, up | carrier, state_down, true},
        {recorded_bridge, running | carrier, state_unknown, true},
        {recorded_loopback, running | carrier | IFF_LOOPBACK, state_unknown, false},
    };
    for (const Case& one : all) {
        CAPTURE(one.dump.substr(0, 80), one.flags, int{one.operstate});
        const ByteVector late = link_message(one.dump, one.flags, one.operstate, 0);
        const ByteVector now = link_message(one.dump, running | carrier, state_up, 0, 0);
        for (const bool brief : {false, true}) {
            ScriptedSession s{{datagrams({late, done(0)}), datagrams({now, ack(0)})}};
            Failure failure;
            Operstate found = Operstate::dormant;
            if (brief) {
                const auto links = netlink::summarize_links(s.session, failure);
                REQUIRE(links.size() == 1);
                found = links[0].operstate;
            } else {
                const auto links = netlink::list_links(s.session, failure);
                REQUIRE(links.size() == 1);
                found = links[0].operstate;
            }
            CHECK_FALSE(failure);
            CHECK(static_cast<int>(found) == (one.late ? state_up : one.operstate));
            CHECK(types(s) ==
                  (one.late ? Types{{RTM_GETLINK}, {RTM_GETLINK}} : Types{{RTM_GETLINK}}));
            if (one.late) {
                // By its index, and with the statistics or without, as in the list.
                const auto& question = s.script->sent[1][0];
                CHECK((header_of(question).nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP);
                CHECK(question.size() == s.script->sent[0][0].size());
                CHECK(question[sizeof(nlmsghdr) + offsetof(ifinfomsg, ifi_index)] ==
                      late[sizeof(nlmsghdr) + offsetof(ifinfomsg, ifi_index)]);
            }
        }
    }
}

TEST_CASE("list_links: of many that are late, all are asked for, and what has gone is none") {
    const ByteVector lo = recorded(recorded_loopback, 0, NLM_F_MULTI);
    const ByteVector veth = link_message(recorded_veth, running, state_up, 0);
    const ByteVector port = link_message(recorded_port, running, state_up, 0);
    const auto now = [](std::string_view dump, std::uint32_t sequence) {
        return link_message(dump, up, state_down, sequence, 0);
    };
    const Replies list = datagrams({lo, veth, port, done(0)});
    {
        ScriptedSession s{
            {list, datagrams({now(recorded_veth, 0), ack(0), now(recorded_port, 1), ack(1)})}};
        Failure failure;
        const auto links = netlink::list_links(s.session, failure);
        CHECK_FALSE(failure);
        REQUIRE(links.size() == 3);
        for (const std::size_t i : {1U, 2U}) CHECK(links[i].operstate == Operstate::down);
        CHECK(types(s) == Types{{RTM_GETLINK}, {RTM_GETLINK, RTM_GETLINK}});
    }
    {
        ScriptedSession s{{list, datagrams({ack(0, -ENODEV), now(recorded_port, 1), ack(1)})}};
        Failure failure;
        const auto links = netlink::list_links(s.session, failure);
        CHECK_FALSE(failure);
        REQUIRE(links.size() == 2);
        CHECK(links[0].name == "lo");
        CHECK(links[1].name == "veth0");
        CHECK(links[1].operstate == Operstate::down);
    }
    // Anything else is a failure, and there is no list.
    for (const auto& [answers, expected] :
         {std::pair{datagrams({ack(0, -EPERM), now(recorded_port, 1), ack(1)}), system_code(EPERM)},
          std::pair{datagrams({malformed_link(0), ack(0), now(recorded_port, 1), ack(1)}),
                    code(errc::malformed_reply)},
          std::pair{datagrams({now(recorded_veth, 0), ack(0)}), code(errc::reply_lost)}}) {
        ScriptedSession s{{list, answers}};
        Failure failure;
        CHECK(netlink::list_links(s.session, failure).empty());
        CHECK(failure.code == expected);
    }
}

TEST_CASE("summarize_links: a list that keeps changing is not read ten times") {
    const ByteVector lo = recorded(recorded_loopback, 0, NLM_F_MULTI | NLM_F_DUMP_INTR);
    const Replies changing = datagrams({lo, done(0)});
    ScriptedSession s{{changing, changing, changing}};
    Failure failure;
    CHECK(netlink::summarize_links(s.session, failure).empty());
    CHECK(failure.code == code(errc::dump_interrupted));
    CHECK(s.script->sent.size() == 2);
}

TEST_CASE("list_links: a link that does not parse is forgotten when the listing is read again") {
    auto flagged = recorded(recorded_veth, 0, NLM_F_DUMP_INTR);
    ScriptedSession s{{datagrams({malformed_link(0), flagged, done(0)}),
                       datagrams({recorded(recorded_veth, 0), done(0)})}};
    Failure failure;
    CHECK(vethpp::netlink::list_links(s.session, failure).size() == 1);
    CHECK_FALSE(failure);
}

TEST_CASE("list_links: many", "[one_thread]") {
    for (const std::size_t count : {0U, 31U, 32U, 33U, 1023U, 1024U, 5000U}) {
        CAPTURE(count);
        Replies replies(count, {.data = recorded(vethpp_test::recorded_loopback, 0)});
        replies.push_back({.data = done(0)});
        std::ranges::reverse(replies.begin(), replies.end() - 1);
        ScriptedSession s{{replies}};
        Failure failure;
        const auto links = vethpp::netlink::list_links(s.session, failure);
        CHECK_FALSE(failure);
        CHECK(links.size() == count);
        CHECK(std::ranges::all_of(links, [](const auto& link) { return link.name == "lo"; }));
    }
}

TEST_CASE("list_addresses: all, or none, and of one link even if the kernel lists all") {
    const std::vector<ByteVector> messages{
        recorded(vethpp_test::recorded_v4, 0), recorded(vethpp_test::recorded_v6, 0), done(0)};
    const auto list = [](Replies replies, std::uint32_t link, Failure& failure) {
        ScriptedSession s{{std::move(replies)}};
        return vethpp::netlink::list_addresses(s.session, link, failure).size();
    };
    const ByteVector whole = join(messages);
    Failure failure;
    CHECK(list({{.data = whole}}, 0, failure) == 2);
    CHECK(list({{.data = whole}}, 3, failure) == 2);
    CHECK(list({{.data = whole}}, 4, failure) == 0);
    CHECK_FALSE(failure);
    for (std::size_t n = 0; n < whole.size(); ++n) {
        const bool boundary =
            n == 0 || n == messages[0].size() || n == messages[0].size() + messages[1].size();
        Failure cut;
        CHECK(list({{.data = prefix(whole, n)}}, 0, cut) == 0);
        CHECK(cut.code == code(boundary ? errc::reply_lost : errc::malformed_reply));
    }
    Failure malformed;
    CHECK(list(datagrams({messages[0], raw_message({RTM_NEWADDR}, bytes("02180000")), done(0)}),
               0,
               malformed) == 0);
    CHECK(malformed.code == code(errc::malformed_reply));
}

TEST_CASE("change_addresses: the first that fails, with its number") {
    using vethpp::netlink::AddressChange;
    const std::vector<vethpp::InterfaceAddress> addresses{vethpp::InterfaceAddress{"10.0.0.1/24"},
                                                          vethpp::InterfaceAddress{"10.0.0.2/24"},
                                                          vethpp::InterfaceAddress{"fd00::1/64"}};
    for (const auto& [change, type, flags] :
         {std::tuple{AddressChange::add, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL},
          std::tuple{AddressChange::replace, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE},
          std::tuple{AddressChange::remove, RTM_DELADDR, 0}}) {
        ScriptedSession s{{datagrams(
            {ack(0), ack(1, -EEXIST, bytes(R"(0900 0100 "what" 00 000000)")), ack(2, -EINVAL)})}};
        Failure failure;
        failure.context.operation = "add";
        failure.context.object = "veth0";
        const std::size_t which =
            vethpp::netlink::change_addresses(s.session, change, 3, addresses, failure);
        CHECK(failure.code == system_code(EEXIST));
        CHECK(failure.context.operation == "add");
        CHECK(failure.context.object == "veth0");
        CHECK(failure.context.kernel_message == "what");
        CHECK(which == 1);
        REQUIRE(s.script->sent.size() == 1);
        REQUIRE(s.script->sent[0].size() == 3);
        for (const auto& one : s.script->sent[0]) {
            CHECK(header_of(one).nlmsg_type == type);
            CHECK(header_of(one).nlmsg_flags == (flags | NLM_F_REQUEST | NLM_F_ACK));
        }
    }
}

TEST_CASE("get_namespace_id: a number, or none") {
    const auto id = [](const ByteVector& payload) {
        ScriptedSession s{{datagrams({raw_message({RTM_NEWNSID}, payload), ack(0)})}};
        Failure failure;
        const auto out = vethpp::netlink::get_namespace_id(s.session, 17, failure);
        CHECK_FALSE(failure);
        return out;
    };
    CHECK(id(bytes("00000000 0800 0100 05000000")) == 5);
    CHECK(id(bytes("00000000 0800 0100 00000000")) == 0);
    CHECK_FALSE(id(bytes("00000000 0800 0100 ffffffff")));  // not assigned
    CHECK_FALSE(id(bytes("00000000 0800 0100 fbffffff")));
    CHECK_FALSE(id(bytes("00000000 0600 0100 0500 0000")));
    CHECK_FALSE(id(bytes("00000000")));
    CHECK_FALSE(id({}));
}
