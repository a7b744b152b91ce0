// SPDX-License-Identifier: BSL-1.0
#include "support/link_attributes.hpp"
#include "support/mutated.hpp"
#include "support/netns_watch.hpp"
#include "support/recorded.hpp"
#include "support/scripted.hpp"
#include "support/sessions.hpp"
#include <vethpp/message/link.hpp>
#include <vethpp/netlink/session.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using vethpp::netlink::RequestType;
using vethpp::netlink::Session;
using vethpp::wire::RawMessage;
using vethpp::wire::Writer;

error_code system_code(int number) { return {number, boost::system::system_category()}; }
error_code code(errc e) { return make_error_code(e); }

constexpr RequestType set{
    .type = RTM_SETLINK, .flags = NLM_F_CREATE, .names = &vethpp::message::link_request_names};
constexpr RequestType get{.type = RTM_GETLINK};

constexpr auto nothing = [](Writer&) {};
constexpr auto write_name = [](Writer& w) {
    w.pod(vethpp::netlink::link_header(7));
    vethpp::wire::write(w, vethpp_test::LinkAttributes{.name = "veth0", .mtu = 5});
};
constexpr auto write_mtu = [](Writer& w) {
    w.pod(vethpp::netlink::link_header(7));
    vethpp::wire::write(w, vethpp_test::LinkAttributes{.mtu = 5, .txqlen = 1});
};

// NLMSGERR_ATTR_MSG and NLMSGERR_ATTR_OFFS.
ByteVector at_offset(std::uint32_t offset) {
    return join({bytes(R"(0900 0100 "what" 00 000000  0800 0200)"), vethpp_test::pod(offset)});
}

struct Listed {
    Failure failure{};
    std::vector<std::string> objects{};
    int starts = 0;
};
Listed list(Session& session) {
    Listed out;
    session.dump(
        get,
        nothing,
        [&] {
            ++out.starts;
            out.objects.clear();
        },
        [&](const RawMessage& m) { out.objects.push_back(hex(m.payload)); },
        out.failure);
    return out;
}
Replies a_dump(std::size_t flagged = 99) {
    const auto flags = [&](std::size_t i) { return i == flagged ? unsigned{NLM_F_DUMP_INTR} : 0U; };
    return datagrams({recorded(vethpp_test::recorded_v4, 0, flags(0)),
                      recorded(vethpp_test::recorded_v6, 0, flags(1)),
                      done(0, 0, flags(2))});
}
std::string payload(std::string_view dump) {
    const ByteVector all = bytes(dump);
    return hex(vethpp::wire::Bytes{all}.subspan(sizeof(nlmsghdr)));
}

constexpr auto write_index = [](Writer& w, std::size_t i) { w.pod(static_cast<std::uint32_t>(i)); };
std::uint32_t index_in(const ByteVector& sent) {
    return vethpp::wire::load<std::uint32_t>(vethpp::wire::after(sent, sizeof(nlmsghdr)))
        .value_or(0);
}

// Answers each request by its payload: with what `errno_of` says, or not at all if that is empty.
template <class F>
void answer_by_index(ScriptedSession& s, F errno_of) {
    s.script->kernel = [errno_of](const Scripted::Messages& sent) {
        Replies out;
        for (std::uint32_t i = 0; i < sent.size(); ++i)
            if (const std::optional<int> number = errno_of(index_in(sent[i])))
                out.push_back({.data = ack(i, -*number)});
        return out;
    };
}

}  // namespace

TEST_CASE("Session: a request as it is sent, and its answer") {
    ScriptedSession s{{datagrams({recorded(vethpp_test::recorded_v4, 0), ack(0)})}};
    Failure failure;
    std::vector<std::string> objects;
    CHECK(s.session.request(
        set, write_name, [&](const RawMessage& m) { objects.push_back(hex(m.payload)); }, failure));
    CHECK_FALSE(failure);
    CHECK(objects == std::vector<std::string>{payload(vethpp_test::recorded_v4)});
    REQUIRE(s.script->sent.size() == 1);
    REQUIRE(s.script->sent[0].size() == 1);
    const auto header = header_of(s.script->sent[0][0]);
    CHECK(header.nlmsg_type == RTM_SETLINK);
    CHECK(header.nlmsg_flags == (NLM_F_CREATE | NLM_F_REQUEST | NLM_F_ACK));
    CHECK(header.nlmsg_pid == 0);
    CHECK(header.nlmsg_seq != 0);
    CHECK(s.script->sent[0][0].size() == 16 + 16 + 12 + 8);
}

TEST_CASE("Session: each request has the next sequence number") {
    ScriptedSession s;
    answer_by_index(s, [](std::uint32_t) { return 0; });
    sequence_of(s.session) = 41;
    Failure failure;
    s.session.request(
        set, [](Writer& w) { write_index(w, 0); }, failure);
    CHECK(batch(s.session, set, 3, write_index).empty());
    s.session.request(
        set, [](Writer& w) { write_index(w, 0); }, failure);
    CHECK_FALSE(failure);
    std::vector<std::uint32_t> numbers;
    for (const auto& sent : s.script->sent)
        for (const auto& one : sent) numbers.push_back(header_of(one).nlmsg_seq);
    CHECK(numbers == std::vector<std::uint32_t>{41, 42, 43, 44, 45});
}

TEST_CASE("Session: two sessions do not begin with the same sequence number") {
    std::set<std::uint32_t> numbers;
    for (int i = 0; i < 4; ++i) {
        ScriptedSession s{{datagrams({ack(0)})}};
        Failure failure;
        s.session.request(get, nothing, failure);
        numbers.insert(header_of(s.script->sent.at(0).at(0)).nlmsg_seq);
    }
    CHECK(numbers.size() > 1);
}

TEST_CASE("Session: the sequence number begins anew before its end, and is never 0",
          "[one_thread]") {
    for (std::uint32_t start = 0xffffffff - 70; start != 3; ++start) {
        CAPTURE(start);
        ScriptedSession s;
        answer_by_index(s, [](std::uint32_t) { return 0; });
        sequence_of(s.session) = start;
        Failure failure;
        s.session.request(
            set, [](Writer& w) { write_index(w, 0); }, failure);
        CHECK_FALSE(failure);
        CHECK(batch(s.session, set, 64, write_index).empty());
        CHECK_FALSE(list(s.session).failure);
        REQUIRE(s.script->sent.size() == 3);
        for (const auto& sent : s.script->sent)
            for (std::size_t i = 0; i < sent.size(); ++i) {
                const std::uint32_t number = header_of(sent[i]).nlmsg_seq;
                if (number == 0 || number != header_of(sent[0]).nlmsg_seq + i) FAIL(number);
            }
    }
}

TEST_CASE("Session: a send that fails") {
    for (int number = 1; number < 134; ++number) {
        CAPTURE(number);
        ScriptedSession s{{datagrams({ack(0)})}};
        s.script->send_errors = {number};
        Failure failure;
        const bool sent = s.session.request(get, nothing, failure);
        if (number == EINTR) {
            CHECK(sent);
            CHECK_FALSE(failure);
            CHECK(s.script->attempts == 2);
            CHECK(s.script->sent.size() == 1);
        } else {
            CHECK_FALSE(sent);
            CHECK(failure.code == system_code(number));
            CHECK(s.script->attempts == 1);
            CHECK(s.script->receives == 0);
        }
    }
}

TEST_CASE("Session: whether a request was sent is known even if its answer is not") {
    ScriptedSession s{{{}, datagrams({ack(0, -EPERM)}), {{.error = ENOMEM}}}};
    for (const error_code& expected :
         {code(errc::reply_lost), system_code(EPERM), system_code(ENOMEM)}) {
        Failure failure;
        CHECK(s.session.request(get, nothing, failure));
        CHECK(failure.code == expected);
    }
}

TEST_CASE("Session: an answer that came too late is not the next one's") {
    // The first answer is lost with an error; it and its refusal arrive during the second request.
    ScriptedSession s{{{{.error = ENOMEM}, {.data = ack(0, -EPERM)}}, datagrams({ack(0)})}};
    Failure first;
    CHECK(s.session.request(get, nothing, first));
    CHECK(first.code == system_code(ENOMEM));
    Failure second;
    CHECK(s.session.request(get, nothing, second));
    CHECK_FALSE(second);
    CHECK(s.script->queue.empty());
}

TEST_CASE("Session: the kernel's explanation becomes words and the name of an attribute") {
    const auto explain = [](const RequestType& type, const ByteVector& tail) {
        ScriptedSession s{{datagrams({ack(0, -EINVAL, tail)})}};
        Failure failure;
        failure.context.operation = "rename";
        s.session.request(type, write_name, failure);
        CHECK(failure.code == system_code(EINVAL));
        CHECK(failure.context.operation == "rename");
        return failure.context;
    };
    CHECK(explain(set, at_offset(32)).attribute == "name");
    CHECK(explain(set, at_offset(44)).attribute == "mtu");
    CHECK(explain(set, at_offset(44)).kernel_message == "what");
    CHECK(explain(set, {}).attribute.empty());
    CHECK(explain(set, {}).kernel_message.empty());
    // It does not know how to name it.
    CHECK(explain(get, at_offset(44)).attribute.empty());
    CHECK(explain(get, at_offset(44)).kernel_message == "what");
    // Not an attribute, or beyond the request.
    for (const std::uint32_t offset : {0U, 4U, 15U, 16U, 31U, 52U, 53U, 16384U, 0x7fffffffU, ~0U}) {
        CAPTURE(offset);
        CHECK(explain(set, at_offset(offset)).attribute.empty());
        CHECK(explain(set, at_offset(offset)).kernel_message == "what");
    }
}

TEST_CASE("Session: a warning is no failure") {
    ScriptedSession s{{datagrams({ack(0, 0, at_offset(44))})}};
    Failure failure;
    CHECK(s.session.request(set, write_name, failure));
    CHECK_FALSE(failure);
    CHECK(failure.context.kernel_message.empty());
    CHECK(failure.context.attribute.empty());
}

TEST_CASE("Session: a request that is too large is not sent") {
    // The header takes 16 of the 16,384 bytes.
    for (const std::size_t size : {16368U, 16369U, 20000U}) {
        CAPTURE(size);
        ScriptedSession s{{datagrams({ack(0)})}};
        const ByteVector much(size);
        Failure failure;
        const bool sent = s.session.request(
            set, [&](Writer& w) { w.bytes(much.data(), much.size()); }, failure);
        CHECK(sent == (size == 16368));
        CHECK(failure.code == (sent ? error_code{} : code(errc::request_too_large)));
        CHECK(s.script->attempts == (sent ? 1U : 0U));
    }
}

// --- Dumps -----------------------------------------------------------------------------------

TEST_CASE("Session: a dump") {
    ScriptedSession s{{a_dump()}};
    const auto out = list(s.session);
    CHECK_FALSE(out.failure);
    CHECK(out.starts == 1);
    CHECK(out.objects == std::vector<std::string>{payload(vethpp_test::recorded_v4),
                                                  payload(vethpp_test::recorded_v6)});
    const auto header = header_of(s.script->sent.at(0).at(0));
    CHECK(header.nlmsg_flags == (NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP));
}

TEST_CASE("Session: a listing that changed while it was read is read again, ten times at most") {
    for (std::size_t part = 0; part < 3; ++part) {
        for (std::size_t spoilt = 1; spoilt <= 11; ++spoilt) {
            CAPTURE(part, spoilt);
            std::vector<Replies> replies(spoilt, a_dump(part));
            replies.push_back(a_dump());
            ScriptedSession s{replies};
            const auto out = list(s.session);
            CHECK(out.failure.code == (spoilt < 10 ? error_code{} : code(errc::dump_interrupted)));
            CHECK(out.starts == static_cast<int>(std::min<std::size_t>(spoilt + 1, 10)));
            CHECK(s.script->sent.size() == std::min<std::size_t>(spoilt + 1, 10));
            CHECK(out.objects.size() == 2);  // of the last attempt
            CHECK(s.script->queue.empty());
        }
    }
}

TEST_CASE("Session: a listing of which something may be missing is read again") {
    const Replies good = a_dump();
    for (std::size_t at = 0; at < good.size(); ++at) {
        CAPTURE(at);
        Replies lossy = good;
        lossy.insert(lossy.begin() + static_cast<std::ptrdiff_t>(at), {.error = ENOBUFS});
        ScriptedSession s{{lossy, good}};
        const auto out = list(s.session);
        CHECK_FALSE(out.failure);
        CHECK(out.starts == 2);
        CHECK(out.objects.size() == 2);
    }
}

TEST_CASE("Session: an interrupted dump that fails as well is read again") {
    ScriptedSession s{
        {datagrams({recorded(vethpp_test::recorded_v4, 0, NLM_F_DUMP_INTR), done(0, -ENODEV)}),
         a_dump()}};
    const auto out = list(s.session);
    CHECK_FALSE(out.failure);
    CHECK(out.starts == 2);
    CHECK(out.objects.size() == 2);
}

TEST_CASE("Session: a dump that fails is not repeated") {
    for (const auto& [replies, expected] : std::vector<std::pair<Replies, error_code>>{
             {datagrams({ack(0, -EBUSY)}), system_code(EBUSY)},
             {datagrams({done(0, -ENODEV)}), system_code(ENODEV)},
             {datagrams({done(0, 5)}), code(errc::malformed_reply)},
             {datagrams({recorded(vethpp_test::recorded_v4, 0), bytes("00"), done(0)}),
              code(errc::malformed_reply)},
             {datagrams({recorded(vethpp_test::recorded_v4, 0)}), code(errc::reply_lost)},
             {{{.error = ENOMEM}}, system_code(ENOMEM)},
             {{}, code(errc::reply_lost)}}) {
        ScriptedSession s{{replies, a_dump()}};
        const auto out = list(s.session);
        CHECK(out.failure.code == expected);
        CHECK(s.script->sent.size() == 1);
        // And the next one is not the worse for it.
        CHECK_FALSE(list(s.session).failure);
    }
}

TEST_CASE("Session: what a failed dump left in the queue is taken out of it") {
    const auto part = recorded(vethpp_test::recorded_v4, 0);
    const std::vector<Replies> left{
        {{.error = ENOMEM}, {.data = part}, {.data = part}, {.data = done(0)}},
        {{.data = done(0, -EPERM)}, {.data = part}, {.data = ByteVector(70000)}, {.data = part}},
        {{.error = ENOMEM}, {.data = part}, {.data = bytes("ff")}, {.data = part, .sender = 3}},
        // A loss is reported ahead of what is still there, and a signal takes nothing away.
        {{.error = ENOMEM}, {.error = ENOBUFS}, {.data = part}, {.data = done(0)}},
        {{.error = ENOMEM}, {.data = part}, {.error = EINTR}, {.data = done(0)}}};
    for (std::size_t i = 0; i < left.size(); ++i) {
        CAPTURE(i);
        ScriptedSession s{{left[i], a_dump()}};
        CHECK(list(s.session).failure);
        CHECK(s.script->queue.empty());
        CHECK_FALSE(list(s.session).failure);
    }
}

TEST_CASE("Session: a socket that never runs empty does not keep a failed dump forever") {
    for (const int idle : {ENOBUFS, EINTR}) {
        ScriptedSession s{{datagrams({done(0, -EPERM)})}};
        s.script->idle = idle;
        CHECK(list(s.session).failure.code == system_code(EPERM));
        CHECK(s.script->receives <= 100001);
    }
}

TEST_CASE("Session: a dump whose parts do not fit is read again with a larger buffer") {
    const ByteVector large = raw_message({RTM_NEWLINK}, ByteVector(40000));
    const Replies replies = datagrams({recorded(vethpp_test::recorded_v4, 0), large, done(0)});
    ScriptedSession s{std::vector<Replies>(4, replies)};
    const auto out = list(s.session);
    CHECK_FALSE(out.failure);
    CHECK(out.starts == 2);
    CHECK(out.objects.size() == 2);
    CHECK(s.script->buffers.front() == Session::reply_size);
    CHECK(s.script->buffers.back() >= large.size());
    // It stays as large.
    CHECK(list(s.session).starts == 1);
}

TEST_CASE("Session: a dump that outgrows every buffer is given up") {
    std::vector<Replies> replies;
    for (std::size_t i = 1; i <= 12; ++i)
        replies.push_back(
            datagrams({raw_message({RTM_NEWLINK}, ByteVector(40000 + i * 100)), done(0)}));
    ScriptedSession s{replies};
    const auto out = list(s.session);
    CHECK(out.failure.code == code(errc::truncated_reply));
    CHECK(out.starts == 10);
    CHECK(s.script->sent.size() == 10);
}

TEST_CASE("Session: a question whose answer does not fit is asked again with a larger buffer") {
    const ByteVector large = raw_message({RTM_NEWLINK}, ByteVector(40000));
    ScriptedSession s{std::vector<Replies>(3, datagrams({large, ack(0, 0)}))};
    for (const std::size_t sent : {2U, 3U}) {  // the buffer stays as large
        std::size_t objects = 0;
        Failure failure;
        CHECK(s.session.request(
            get, nothing, [&](const RawMessage&) { ++objects; }, failure));
        CHECK_FALSE(failure);
        CHECK(objects == 1);
        CHECK(s.script->sent.size() == sent);
    }
}

TEST_CASE("Session: a change whose echo does not fit is not made twice") {
    const ByteVector large = raw_message({RTM_NEWLINK}, ByteVector(40000));
    ScriptedSession s{std::vector<Replies>(2, datagrams({large, ack(0, 0)}))};
    Failure failure;
    CHECK(s.session.request(set, nothing, failure));
    CHECK(failure.code == code(errc::truncated_reply));
    CHECK(s.script->sent.size() == 1);
}

TEST_CASE("Session: what a codec cannot say is not sent, and the attribute is named") {
    const auto refused = [](Writer& w) {
        w.pod(vethpp::netlink::link_header(7));
        vethpp::wire::write(w, vethpp_test::LinkAttributes{.mtu = 5});
        vethpp::wire::write(w, vethpp_test::LinkAttributes{.alias = std::string("a\0b", 3)});
    };
    ScriptedSession s;
    Failure failure;
    CHECK_FALSE(s.session.request(set, refused, failure));
    CHECK(failure.code == code(errc::invalid_option));
    CHECK(failure.context.hint == "a text has no NUL byte");
    CHECK(failure.context.attribute == "alias");
    CHECK(s.script->attempts == 0);
    // Of a batch, the others are sent.
    for (const std::size_t bad : {0U, 1U, 63U, 64U, 69U}) {
        CAPTURE(bad);
        ScriptedSession many;
        answer_by_index(many, [](std::uint32_t) { return 0; });
        const auto write = [&](Writer& w, std::size_t i) {
            write_index(w, i);
            if (i == bad) w.refuse("no way");
        };
        const auto failures = batch(many.session, set, 70, write);
        REQUIRE(failures.size() == 1);
        CHECK(failures.at(bad).code == code(errc::invalid_option));
        CHECK(failures.at(bad).context.hint == "no way");
        std::set<std::uint32_t> arrived;
        for (const auto& sent : many.script->sent)
            for (const auto& one : sent) arrived.insert(index_in(one));
        CHECK(arrived.size() == 69);
        CHECK_FALSE(arrived.contains(static_cast<std::uint32_t>(bad)));
    }
}

TEST_CASE("Session: a dump that is too large to be asked for") {
    ScriptedSession s;
    Failure failure;
    const ByteVector much(20000);
    s.session.dump(
        get,
        [&](Writer& w) { w.bytes(much.data(), much.size()); },
        [] {},
        [](const RawMessage&) { FAIL("an object"); },
        failure);
    CHECK(failure.code == code(errc::request_too_large));
    CHECK(s.script->attempts == 0);
    CHECK(s.script->receives == 0);
}

TEST_CASE("Session: an exception of who reads a dump leaves nothing of it behind") {
    struct OutOfMemory {};
    ScriptedSession s{{a_dump(), a_dump()}};
    Failure failure;
    CHECK_THROWS_AS(
        s.session.dump(
            get, nothing, [] {}, [](const RawMessage&) { throw OutOfMemory{}; }, failure),
        OutOfMemory);
    CHECK(s.script->queue.empty());
    CHECK(list(s.session).objects.size() == 2);  // and the lock is free
}

// --- Batches ---------------------------------------------------------------------------------

TEST_CASE("Session: a batch is sent in parts of 64") {
    const std::vector<std::pair<std::size_t, std::vector<std::size_t>>> table{
        {0, {}}, {1, {1}}, {64, {64}}, {65, {64, 1}}, {200, {64, 64, 64, 8}}};
    for (const auto& [count, parts] : table) {
        CAPTURE(count);
        ScriptedSession s;
        answer_by_index(s, [](std::uint32_t i) { return i % 7 == 3 ? EEXIST : 0; });
        const auto failures = batch(s.session, set, count, write_index);
        std::vector<std::size_t> sizes;
        std::size_t next = 0;
        for (const auto& sent : s.script->sent) {
            sizes.push_back(sent.size());
            for (const auto& one : sent) CHECK(index_in(one) == next++);
        }
        CHECK(sizes == parts);
        // One that fails does not stop the others.
        CHECK(failures.size() == (count + 3) / 7);
        for (const auto& [i, failure] : failures) {
            CHECK(i % 7 == 3);
            CHECK(failure.code == system_code(EEXIST));
        }
    }
}

TEST_CASE("Session: a batch takes what fits") {
    ScriptedSession s;
    answer_by_index(s, [](std::uint32_t) { return 0; });
    const auto write = [](Writer& w, std::size_t i) {
        std::array<std::uint32_t, 300> words{};
        words[0] = static_cast<std::uint32_t>(i);
        w.pod(words);
    };
    CHECK(batch(s.session, set, 30, write).empty());
    std::vector<std::size_t> sizes;
    for (const auto& sent : s.script->sent) sizes.push_back(sent.size());
    CHECK(sizes == std::vector<std::size_t>{13, 13, 4});  // of 1216 bytes each
}

TEST_CASE("Session: one request of a batch that is too large does not stop the others") {
    for (const std::size_t large : {0U, 1U, 5U, 63U, 64U, 69U}) {
        CAPTURE(large);
        ScriptedSession s;
        answer_by_index(s, [](std::uint32_t i) { return i == 7 ? EPERM : 0; });
        const ByteVector much(16369);
        const auto write = [&](Writer& w, std::size_t i) {
            write_index(w, i);
            if (i == large) w.bytes(much.data(), much.size());
        };
        const auto failures = batch(s.session, set, 70, write);
        CHECK(failures.size() == 2);
        CHECK(failures.at(large).code == code(errc::request_too_large));
        CHECK(failures.at(7).code == system_code(EPERM));
        std::set<std::uint32_t> arrived;
        for (const auto& sent : s.script->sent)
            for (const auto& one : sent) arrived.insert(index_in(one));
        CHECK(arrived.size() == 69);
        CHECK_FALSE(arrived.contains(static_cast<std::uint32_t>(large)));
    }
    // All of them.
    ScriptedSession s;
    const ByteVector much(20000);
    const auto write = [&](Writer& w, std::size_t) { w.bytes(much.data(), much.size()); };
    CHECK(batch(s.session, set, 3, write).size() == 3);
    CHECK(s.script->attempts == 0);
}

TEST_CASE("Session: answers missing from a batch are lost, and only those") {
    ScriptedSession s;
    const auto lost = [](std::size_t i) { return i % 5 == 2 || i == 63 || i == 199; };
    answer_by_index(s, [&](std::uint32_t i) {
        return lost(i) ? std::optional<int>{} : std::optional<int>{i == 100 ? EBUSY : 0};
    });
    const auto failures = batch(s.session, set, 200, write_index);
    for (std::size_t i = 0; i < 200; ++i) {
        CAPTURE(i);
        REQUIRE(failures.contains(i) == (lost(i) || i == 100));
        if (i == 100)
            CHECK(failures.at(i).code == system_code(EBUSY));
        else if (lost(i))
            CHECK(failures.at(i).code == code(errc::reply_lost));
    }
    CHECK(s.script->sent.size() == 4);
}

TEST_CASE("Session: one part of a batch that cannot be sent does not stop the next") {
    ScriptedSession s;
    answer_by_index(s, [](std::uint32_t) { return 0; });
    s.script->send_errors = {0, EINTR, ENOBUFS, 0, EINTR, EINTR};
    const auto failures = batch(s.session, set, 256, write_index);
    CHECK(failures.size() == 64);
    for (std::size_t i = 64; i < 128; ++i) CHECK(failures.at(i).code == system_code(ENOBUFS));
    CHECK(s.script->sent.size() == 3);
    CHECK(s.script->attempts == 7);
}

TEST_CASE("Session: objects of a batch come with the number of their request") {
    ScriptedSession s;
    s.script->kernel = [](const Scripted::Messages& sent) {
        Replies out;
        for (std::uint32_t i = 0; i < sent.size(); ++i) {
            const ByteVector body(sent[i].begin() + sizeof(nlmsghdr), sent[i].end());
            out.push_back({.data = join({raw_message({RTM_NEWLINK, i}, body), ack(i)})});
        }
        return out;
    };
    std::vector<std::size_t> asked;
    std::size_t objects = 0;
    Failure failure;
    s.session.batch(
        100,
        [&](std::size_t i) -> const RequestType& { return i % 2 == 0 ? set : get; },
        [&](Writer& w, std::size_t i) { write_index(w, i); },
        [&](std::size_t i, const RawMessage& m) {
            CHECK(i == objects++);
            CHECK(vethpp::wire::load<std::uint32_t>(m.payload) == i);
        },
        [](std::size_t i, const Failure&) { FAIL(i); },
        failure);
    CHECK_FALSE(failure);
    CHECK(objects == 100);
    CHECK(header_of(s.script->sent.at(0).at(0)).nlmsg_type == RTM_SETLINK);
    CHECK(header_of(s.script->sent.at(1).at(1)).nlmsg_type == RTM_GETLINK);
}

TEST_CASE("Session: an explanation in a batch is about its own message") {
    ScriptedSession s;
    s.script->kernel = [](const Scripted::Messages& sent) {
        Replies out;
        for (std::uint32_t i = 0; i < sent.size(); ++i)
            out.push_back({.data = ack(i, -EINVAL, at_offset(i % 3 == 0 ? 32 : 44))});
        return out;
    };
    const auto write = [](Writer& w, std::size_t i) { i % 2 == 0 ? write_name(w) : write_mtu(w); };
    const auto failures = batch(s.session, set, 6, write);
    std::vector<std::string> named;
    for (const auto& [i, failure] : failures) {
        named.push_back(failure.context.attribute);
        CHECK(failure.context.kernel_message == "what");
    }
    // write_mtu() ends at 48: its txqlen is at 40, and 44 is in the middle of it.
    CHECK(named == std::vector<std::string>{"name", "txqlen", "mtu", "mtu", "mtu", "txqlen"});
}

// --- After fork, and from many threads ---------------------------------------------------------

TEST_CASE("Session: a child's copy refuses, and leaves the parent's answers where they are") {
    ScriptedSession s;
    answer_by_index(s, [](std::uint32_t) { return 0; });
    // An answer that waits in the socket that parent and child share.
    s.script->queue = datagrams({done(0)});
    const Ended ended = in_child([&] {
        Failure request;
        if (s.session.request(get, nothing, request)) return 1;
        if (request.code != code(errc::used_after_fork)) return 2;
        const Failure dump = list(s.session).failure;
        if (dump.code != code(errc::used_after_fork)) return 3;
        Failure batch;
        bool each = false;
        s.session.batch(
            set, 130, write_index, [&](std::size_t, const Failure&) { each = true; }, batch);
        if (batch.code != code(errc::used_after_fork) || each) return 4;
        if (s.script->attempts != 0) return 5;
        if (s.script->receives != 0) return 6;
        return 0;
    });
    CHECK(ended.exited(0));
    CHECK(batch(s.session, set, 2, write_index).empty());  // the parent goes on
}

TEST_CASE("Session: a child is refused even if a thread of the parent was at work") {
    ScriptedSession s;
    std::promise<void> entered;
    std::promise<void> leave;
    s.script->kernel = [&](const Scripted::Messages&) {
        entered.set_value();
        leave.get_future().wait_for(std::chrono::seconds{100});
        return datagrams({ack(0)});
    };
    Failure at_work;
    std::thread worker{[&] { s.session.request(get, nothing, at_work); }};
    entered.get_future().wait();
    const Ended ended = in_child([&] {
        Failure failure;
        if (s.session.request(get, nothing, failure)) return 1;
        if (failure.code != code(errc::used_after_fork)) return 2;
        if (list(s.session).failure.code != code(errc::used_after_fork)) return 3;
        Failure batch;
        s.session.batch(
            set, 3, write_index, [](std::size_t, const Failure&) {}, batch);
        return batch.code == code(errc::used_after_fork) ? 0 : 4;
    });
    leave.set_value();
    worker.join();
    CHECK(ended.exited(0));
    CHECK_FALSE(at_work);
}

TEST_CASE("Session: eight threads take turns, and each gets its own answers") {
    ScriptedSession s;
    s.script->kernel = [](const Scripted::Messages& sent) {
        Replies out;
        for (std::uint32_t i = 0; i < sent.size(); ++i) {
            const ByteVector body(sent[i].begin() + sizeof(nlmsghdr), sent[i].end());
            out.push_back({.data = raw_message({RTM_NEWLINK, i}, body)});
            const bool dump = (header_of(sent[i]).nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
            out.push_back({.data = dump ? done(i) : ack(i)});
        }
        return out;
    };
    constexpr std::uint32_t threads = 8;
    constexpr std::uint32_t rounds = 100;
    std::array<std::uint32_t, threads> right{};
    const auto work = [&](std::uint32_t thread) {
        for (std::uint32_t round = 0; round < rounds; ++round) {
            const std::uint32_t mine = thread << 16 | round;
            std::uint32_t good = 0;
            const auto write = [&](Writer& w) { w.pod(mine); };
            const auto object = [&](const RawMessage& m) {
                if (vethpp::wire::load<std::uint32_t>(m.payload) == mine) ++good;
            };
            Failure failure;
            s.session.request(set, write, object, failure);
            s.session.dump(
                get, write, [] {}, object, failure);
            s.session.batch(
                3,
                [](std::size_t) -> const RequestType& { return set; },
                [&](Writer& w, std::size_t) { write(w); },
                [&](std::size_t, const RawMessage& m) { object(m); },
                [](std::size_t, const Failure&) {},
                failure);
            if (good == 5 && !failure) ++right[thread];
        }
    };
    std::vector<std::thread> all;
    for (std::uint32_t i = 0; i < threads; ++i) all.emplace_back(work, i);
    for (auto& thread : all) thread.join();
    for (const std::uint32_t n : right) CHECK(n == rounds);
    CHECK(s.script->sent.size() == std::size_t{threads} * rounds * 3);
    CHECK(s.script->queue.empty());
}

TEST_CASE("Session: whatever comes, a dump and a batch end, and nothing fails twice",
          "[one_thread]") {
    vethpp_test::Random random{20240608};
    ScriptedSession s;
    sequence_of(s.session) = 1;
    const std::vector<Replies> originals{
        a_dump(),
        a_dump(1),
        datagrams({ack(0), ack(1, -EEXIST, at_offset(32)), ack(2)}),
        datagrams({recorded(vethpp_test::recorded_veth, 0), ack(0), ack(1), ack(2)})};
    s.script->kernel = [&](const Scripted::Messages&) {
        Replies replies = originals[random.below(originals.size())];
        const std::size_t mutations = random.below(5);
        for (std::size_t i = 0; i < mutations; ++i) vethpp_test::mutate(replies, random);
        return replies;
    };
    std::map<bool, std::size_t> outcomes;
    for (int i = 0; i < 3000; ++i) {
        CAPTURE(i);
        const std::size_t before = s.script->sent.size();
        const auto out = list(s.session);
        ++outcomes[out.failure.code.failed()];
        REQUIRE(out.starts >= 1);
        REQUIRE(s.script->sent.size() - before == static_cast<std::size_t>(out.starts));
        REQUIRE(out.starts <= 10);
        // batch() checks that each failure is reported once, and is one.
        const auto failures = batch(s.session, set, 3, [](Writer& w, std::size_t n) {
            n == 0 ? write_name(w) : write_mtu(w);
        });
        ++outcomes[!failures.empty()];
        REQUIRE(s.script->sent.size() - before == static_cast<std::size_t>(out.starts) + 1);
    }
    CHECK(outcomes[false] > 100);
    CHECK(outcomes[true] > 100);
}
