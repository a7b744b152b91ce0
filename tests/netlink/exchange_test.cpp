// SPDX-License-Identifier: BSL-1.0
// Everything that a kernel could say, and what it must not say, to a request: no I/O, no kernel.
#include "support/mutated.hpp"
#include "support/recorded.hpp"
#include "support/scripted.hpp"
#include <vethpp/netlink/exchange.hpp>

#include <climits>
#include <linux/rtnetlink.h>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using vethpp::netlink::Answer;
using vethpp::netlink::Exchange;
using vethpp::wire::Bytes;
using vethpp::wire::RawMessage;
using Step = Exchange::Step;

constexpr std::uint32_t our_port = 4711;

error_code system_code(int number) { return {number, boost::system::system_category()}; }
error_code code(errc e) { return make_error_code(e); }

struct Given {
    std::uint32_t first = 100;
    std::size_t count = 1;
    std::uint32_t port = our_port;
    std::size_t buffer = 65536;
};

struct Outcome {
    std::vector<std::pair<std::size_t, std::string>> objects{};  // of which request, the payload
    std::vector<error_code> answers{};
    std::vector<std::string> messages{};  // the kernel's words, one per answer
    std::size_t used = 0;                 // of the deliveries
    bool interrupted = false;
    std::size_t needed = 0;
    bool in_order = true;  // each request answered once, and nothing belongs to what is answered
};

// What came of it, apart from how it came.
bool same(const Outcome& a, const Outcome& b) {
    return a.objects == b.objects && a.answers == b.answers && a.messages == b.messages &&
           a.interrupted == b.interrupted && a.needed == b.needed && a.in_order == b.in_order;
}

Outcome play(const Given& given, Replies replies) {
    Outcome out;
    const auto on_message = [&](std::size_t index, const RawMessage& m) {
        out.in_order = out.in_order && index >= out.answers.size() && index < given.count;
        out.objects.emplace_back(index, vethpp_test::hex(m.payload));
    };
    const auto on_answer = [&](std::size_t index, const Answer& answer) {
        out.in_order = out.in_order && index == out.answers.size() && index < given.count;
        out.answers.push_back(answer.code);
        out.messages.emplace_back(answer.ack.message);
    };
    Exchange exchange{given.first, given.count, given.port, on_message, on_answer};
    Step step = exchange.start();
    if (step == Step::send) step = exchange.sent({});
    for (auto& reply : replies) {
        if (step != Step::receive) break;
        ++out.used;
        if (reply.error != 0) {
            step = exchange.received(system_code(reply.error), {});
            continue;
        }
        vethpp_test::patch(reply.data, given.first, our_port);
        // On the heap and exactly as long as it is, for the address sanitizer.
        const std::size_t size = reply.data.size();
        const ByteVector part =
            vethpp_test::copy(Bytes{reply.data}.first(std::min(size, given.buffer)));
        step = exchange.received({}, {.buffer = part, .size = size, .sender = reply.sender});
    }
    if (step == Step::receive) step = exchange.received(system_code(EAGAIN), {});
    REQUIRE(step == Step::done);
    out.interrupted = exchange.interrupted();
    out.needed = exchange.needed();
    return out;
}

// All that a single request got.
error_code answer(Replies replies, const Given& given = {}) {
    const auto out = play(given, std::move(replies));
    REQUIRE(out.in_order);
    REQUIRE(out.answers.size() == 1);
    return out.answers[0];
}

// A dump: five messages with their DONE.
std::vector<ByteVector> a_dump() {
    return {recorded(vethpp_test::recorded_loopback, 0, NLM_F_MULTI),
            recorded(vethpp_test::recorded_bridge, 0, NLM_F_MULTI),
            recorded(vethpp_test::recorded_port, 0, NLM_F_MULTI),
            recorded(vethpp_test::recorded_veth, 0, NLM_F_MULTI),
            done(0)};
}
// A batch of three: an object and a success, a refusal, a bare success.
std::vector<ByteVector> a_batch() {
    return {recorded(vethpp_test::recorded_v4, 0),
            ack(0),
            ack(1, -EEXIST, bytes(R"(1300 0100 "already there!" 00 00)")),
            recorded(vethpp_test::recorded_v6, 2),
            ack(2)};
}

Replies one_each(const std::vector<ByteVector>& messages) {
    Replies out;
    for (const auto& m : messages) out.push_back({.data = m});
    return out;
}

struct Conversation {
    const char* name = "";
    std::vector<ByteVector> messages{};
    Given given{};
};
std::vector<Conversation> conversations() {
    return {
        {"dump", a_dump(), {}},
        {"batch", a_batch(), {.count = 3}},
        {"batch at the wrap of the sequence number", a_batch(), {.first = 0xfffffffeU, .count = 3}},
        {"request", {ack(0)}, {}},
        {"request with an echo", {recorded(vethpp_test::recorded_veth, 0), ack(0)}, {}}};
}

}  // namespace

TEST_CASE("Exchange: nothing to ask is nothing to do") {
    const auto out = play({.count = 0}, {});
    CHECK(out.answers.empty());
    CHECK(out.used == 0);
}

TEST_CASE("Exchange: a send that fails answers every request, and one interrupted is repeated") {
    for (int number = 1; number < 134; ++number) {
        CAPTURE(number);
        std::vector<error_code> answers;
        const auto on_message = [](std::size_t, const RawMessage&) { FAIL("an object"); };
        const auto on_answer = [&](std::size_t, const Answer& a) { answers.push_back(a.code); };
        Exchange exchange{7, 3, our_port, on_message, on_answer};
        REQUIRE(exchange.start() == Step::send);
        const Step step = exchange.sent(system_code(number));
        CHECK_FALSE(exchange.sent());
        if (number == EINTR) {
            CHECK(step == Step::send);
            CHECK(answers.empty());
            CHECK(exchange.sent(error_code{}) == Step::receive);
            CHECK(exchange.sent());
        } else {
            CHECK(step == Step::done);
            CHECK(answers == std::vector<error_code>(3, system_code(number)));
        }
    }
}

TEST_CASE("Exchange: an errno of another category is not mistaken for one of the kernel") {
    std::size_t answers = 0;
    const auto on_message = [](std::size_t, const RawMessage&) {};
    const auto on_answer = [&](std::size_t, const Answer& a) {
        ++answers;
        CHECK(a.code == error_code{EINTR, vethpp::error_category()});
    };
    Exchange exchange{7, 1, our_port, on_message, on_answer};
    REQUIRE(exchange.start() == Step::send);
    CHECK(exchange.sent({EINTR, vethpp::error_category()}) == Step::done);
    CHECK(answers == 1);
}

TEST_CASE("Exchange: a dump, a batch and a request as they should be") {
    const auto dump = play({}, one_each(a_dump()));
    CHECK(dump.objects.size() == 4);
    CHECK(dump.answers == std::vector<error_code>(1));
    CHECK(dump.used == 5);
    CHECK_FALSE(dump.interrupted);
    CHECK(dump.needed == 0);

    const auto batch = play({.count = 3}, one_each(a_batch()));
    REQUIRE(batch.objects.size() == 2);
    CHECK(batch.objects[0].first == 0);
    CHECK(batch.objects[1].first == 2);
    CHECK(batch.answers == std::vector<error_code>{{}, system_code(EEXIST), {}});
    CHECK(batch.messages == std::vector<std::string>{"", "already there!", ""});
    CHECK(batch.in_order);
}

TEST_CASE("Exchange: however a reply is split into datagrams, it says the same") {
    for (const auto& [name, messages, given] : conversations()) {
        CAPTURE(name);
        const auto whole = play(given, one_each(messages));
        REQUIRE(whole.in_order);
        const std::size_t ways = std::size_t{1} << (messages.size() - 1);
        for (std::size_t way = 0; way < ways; ++way) {
            CAPTURE(way);
            Replies replies(1);
            for (std::size_t i = 0; i < messages.size(); ++i) {
                if (i != 0 && (way >> (i - 1) & 1) != 0) replies.emplace_back();
                auto& data = replies.back().data;
                data.insert(data.end(), messages[i].begin(), messages[i].end());
            }
            CHECK(same(play(given, replies), whole));
        }
    }
}

TEST_CASE("Exchange: what is not an answer to it changes nothing, wherever it comes") {
    const auto refusal = [](std::uint32_t sequence, std::uint32_t port = 0) {
        ByteVector out = ack(sequence, -EPERM);
        std::memcpy(out.data() + offsetof(nlmsghdr, nlmsg_pid), &port, sizeof port);
        return out;
    };
    const auto old = recorded(vethpp_test::recorded_bridge, ~0U, NLM_F_DUMP_INTR);
    const std::vector<std::pair<const char*, Delivery>> intruders{
        {"a refusal by another process", {.data = refusal(0), .sender = 1}},
        {"the largest port id", {.data = refusal(0), .sender = ~0U}},
        {"the end of a dump by another process", {.data = done(0, -EPERM), .sender = our_port}},
        {"garbage from another process", {.data = bytes("01020304"), .sender = 9}},
        {"too much from another process", {.data = ByteVector(70000), .sender = 9}},
        {"the answer before", {.data = refusal(~0U)}},
        {"the answer after the last", {.data = refusal(3)}},
        {"an answer long past", {.data = refusal(0x80000000U)}},
        {"an object of another request, flagged", {.data = old}},
        {"an end of another dump", {.data = done(~0U, -EPERM, NLM_F_DUMP_INTR)}},
        {"an answer to another port", {.data = refusal(0, 1)}},
        {"the last answer to another port", {.data = refusal(2, ~0U)}},
        {"no operation", {.data = raw_message({.type = NLMSG_NOOP}, pod(-EPERM))}},
        {"an overrun", {.data = raw_message({.type = NLMSG_OVERRUN}, pod(-EPERM))}},
        {"nothing", {}},
        {"an interruption", {.error = EINTR}},
        {"a loss, elsewhere", {.error = ENOBUFS}},
    };
    for (const auto& [name, messages, given] : conversations()) {
        const auto whole = play(given, one_each(messages));
        for (const auto& [what, intruder] : intruders) {
            for (std::size_t at = 0; at < messages.size(); ++at) {
                INFO(name << ", " << what << " at " << at);
                Replies replies = one_each(messages);
                replies.insert(replies.begin() + static_cast<std::ptrdiff_t>(at), intruder);
                CHECK(same(play(given, replies), whole));
                if (intruder.error != 0 || intruder.sender != 0) continue;
                // And in one datagram with the answer.
                Replies joined = one_each(messages);
                joined[at].data = join({intruder.data, joined[at].data});
                CHECK(same(play(given, joined), whole));
            }
        }
    }
    // Nor is an event: they have the sequence number 0.
    const auto out =
        play({}, datagrams({raw_message({.type = RTM_NEWLINK, .sequence = 0U - 100U}), ack(0)}));
    CHECK(out.objects.empty());
    CHECK(out.answers == std::vector<error_code>(1));
}

TEST_CASE("Exchange: without a port id of its own it takes any") {
    const ByteVector other = raw_message({.type = NLMSG_ERROR, .port = 77}, ByteVector(20));
    CHECK(answer(datagrams({other})) == code(errc::reply_lost));
    CHECK(answer(datagrams({other}), {.port = 0}) == error_code{});
}

TEST_CASE("Exchange: every prefix of every reply") {
    for (const auto& [name, messages, given] : conversations()) {
        CAPTURE(name);
        const ByteVector all = join(messages);
        const auto whole = play(given, {{.data = all}});
        std::vector<std::size_t> ends{0};
        for (const auto& m : messages) ends.push_back(ends.back() + m.size());
        for (std::size_t n = 0; n < all.size(); ++n) {
            CAPTURE(n);
            const ByteVector part{all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n)};
            // What begins and does not end spoils the answer; what never began is merely missing.
            const bool boundary = std::ranges::find(ends, n) != ends.end();
            const auto missing = code(boundary ? errc::reply_lost : errc::malformed_reply);
            const auto out = play(given, {{.data = part}});
            REQUIRE(out.in_order);
            REQUIRE(out.answers.size() == given.count);
            REQUIRE(out.objects.size() <= whole.objects.size());
            for (std::size_t i = 0; i < out.objects.size(); ++i)
                CHECK(out.objects[i] == whole.objects[i]);
            for (std::size_t i = 0; i < given.count; ++i) {
                const bool good = out.answers[i] == whole.answers[i];
                CHECK((good || out.answers[i] == missing));
            }
            CHECK(out.answers.back() == missing);
            // With the last answer in a datagram of its own: success only if nothing was cut.
            const auto with_end = play(given, {{.data = part}, {.data = messages.back()}});
            REQUIRE(with_end.in_order);
            const bool expected = boundary;
            CHECK((with_end.answers.back() == error_code{}) == expected);
            if (!expected) CHECK(with_end.answers.back() == code(errc::malformed_reply));
        }
    }
}

TEST_CASE("Exchange: a length that lies") {
    for (const std::uint32_t length : {0U, 1U, 15U, 37U, 0x7fffffffU, 0xfffffff0U, 0xffffffffU}) {
        CAPTURE(length);
        ByteVector bad = ack(0);
        REQUIRE(bad.size() == 36);
        std::memcpy(bad.data(), &length, sizeof length);
        CHECK(answer(datagrams({bad})) == code(errc::malformed_reply));
        CHECK(answer(datagrams({bad, ack(0)})) == code(errc::malformed_reply));
        // A refusal stays what it is.
        CHECK(answer(datagrams({bad, ack(0, -EPERM)})) == system_code(EPERM));
        // After the answer, nobody reads on.
        CHECK(answer(datagrams({join({ack(0), bad})})) == error_code{});
    }
}

TEST_CASE("Exchange: damage spoils the answers after it, not those before") {
    const auto out = play({.count = 3}, datagrams({ack(0), bytes("00000000"), ack(1), ack(2)}));
    CHECK(out.answers ==
          std::vector<error_code>{{}, code(errc::malformed_reply), code(errc::malformed_reply)});
}

TEST_CASE("Exchange: errors of the kernel, and what cannot be one") {
    for (std::int32_t number = 1; number <= 4095; ++number) {
        if (answer(datagrams({ack(0, -number)})) != system_code(number)) FAIL(number);
        if (answer(datagrams({done(0, -number)})) != system_code(number)) FAIL(number);
    }
    for (const std::int32_t number : {1, EPERM, 4095, 4096, INT_MAX, -4096, INT_MIN + 1, INT_MIN}) {
        CAPTURE(number);
        CHECK(answer(datagrams({ack(0, number)})) == code(errc::malformed_reply));
        CHECK(answer(datagrams({done(0, number)})) == code(errc::malformed_reply));
    }
}

TEST_CASE("Exchange: an error that is cut short, with a length that admits it") {
    for (std::size_t n = 0; n < sizeof(nlmsgerr); ++n) {
        CAPTURE(n);
        CHECK(answer(datagrams({raw_message({.type = NLMSG_ERROR}, ByteVector(n))})) ==
              code(errc::malformed_reply));
    }
    CHECK(answer(datagrams({raw_message({.type = NLMSG_ERROR}, ByteVector(20))})) == error_code{});
}

TEST_CASE("Exchange: the end of a dump, without a code, with half of one, and with more") {
    for (const std::size_t n : {0U, 4U, 8U, 20U, 56U})
        CHECK(answer(datagrams({raw_message({.type = NLMSG_DONE}, ByteVector(n))})) ==
              error_code{});
    for (const std::size_t n : {1U, 2U, 3U})
        CHECK(answer(datagrams({raw_message({.type = NLMSG_DONE}, ByteVector(n))})) ==
              code(errc::malformed_reply));
}

TEST_CASE("Exchange: a dump may end with an error, or with nothing, at every position") {
    const auto messages = a_dump();
    const std::vector<std::pair<ByteVector, error_code>> ends{
        {done(0, -ENODEV), system_code(ENODEV)},
        {ack(0, -EBUSY), system_code(EBUSY)},
        {raw_message({.type = NLMSG_DONE}), {}},
        {raw_message({.type = NLMSG_DONE}, bytes("0000")), code(errc::malformed_reply)}};
    for (const auto& [end, expected] : ends) {
        for (std::size_t at = 0; at < messages.size(); ++at) {
            CAPTURE(at);
            auto changed = messages;
            changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(at), end);
            for (const bool together : {false, true}) {
                const auto out =
                    play({}, together ? Replies{{.data = join(changed)}} : one_each(changed));
                CHECK(out.answers == std::vector<error_code>{expected});
                CHECK(out.objects.size() == at);
                CHECK(out.used == (together ? 1 : at + 1));
            }
        }
    }
}

TEST_CASE("Exchange: an interrupted dump is noticed, whichever message says so") {
    const auto messages = a_dump();
    for (std::size_t at = 0; at < messages.size(); ++at) {
        CAPTURE(at);
        auto changed = messages;
        nlmsghdr header = vethpp_test::header_of(changed[at]);
        header.nlmsg_flags |= NLM_F_DUMP_INTR;
        std::memcpy(changed[at].data(), &header, sizeof header);
        const auto out = play({}, one_each(changed));
        CHECK(out.interrupted);
        CHECK(out.answers == std::vector<error_code>(1));
        CHECK(out.objects.size() == 4);
        CHECK(play({}, {{.data = join(changed)}}).interrupted);
    }
}

TEST_CASE("Exchange: every errno at every receive") {
    for (const auto& [name, messages, given] : conversations()) {
        const auto whole = play(given, one_each(messages));
        for (std::size_t at = 0; at < messages.size(); ++at) {
            for (int number = 1; number < 134; ++number) {
                if (number == EINTR || number == ENOBUFS) continue;
                INFO(name << ", errno " << number << " at " << at);
                Replies replies = one_each(messages);
                replies.insert(replies.begin() + static_cast<std::ptrdiff_t>(at),
                               {.error = number});
                const auto out = play(given, replies);
                REQUIRE(out.in_order);
                REQUIRE(out.answers.size() == given.count);
                CHECK(out.used == at + 1);
                const auto expected =
                    number == EAGAIN ? code(errc::reply_lost) : system_code(number);
                CHECK(out.answers.back() == expected);
                for (std::size_t i = 0; i < given.count; ++i)
                    CHECK((out.answers[i] == whole.answers[i] || out.answers[i] == expected));
            }
        }
    }
}

TEST_CASE("Exchange: losses and interruptions, many of them") {
    const auto repeated = [](int number, std::size_t n) {
        Replies replies(n, {.error = number});
        replies.push_back({.data = ack(0)});
        return answer(replies);
    };
    CHECK(repeated(ENOBUFS, 63) == error_code{});
    // A socket that says nothing else would be asked forever.
    CHECK(repeated(ENOBUFS, 64) == system_code(ENOBUFS));
    CHECK(repeated(ENOBUFS, 1000) == system_code(ENOBUFS));
    CHECK(repeated(EINTR, 1000) == error_code{});
    CHECK(answer({{.error = ENOBUFS}}) == code(errc::reply_lost));
}

TEST_CASE("Exchange: a datagram that does not fit") {
    const auto large = recorded(vethpp_test::recorded_bridge, 0);
    REQUIRE(large.size() == 0x408);
    for (const std::size_t buffer : {0x407U, 0x400U, 100U, 36U}) {
        CAPTURE(buffer);
        // A success without its object is none.
        const auto out = play({.buffer = buffer}, datagrams({large, ack(0)}));
        CHECK(out.answers == std::vector<error_code>{code(errc::truncated_reply)});
        CHECK(out.needed == large.size());
        CHECK(out.objects.empty());
        // An error needs no object.
        CHECK(answer(datagrams({large, ack(0, -EPERM)}), {.buffer = buffer}) == system_code(EPERM));
        // The answer was in the part that is lost.
        CHECK(answer(datagrams({join({large, ack(0)})}), {.buffer = buffer}) ==
              code(errc::truncated_reply));
    }
    const auto fits = play({.buffer = 0x408}, datagrams({large, ack(0)}));
    CHECK(fits.answers == std::vector<error_code>(1));
    CHECK(fits.needed == 0);
    const auto most =
        play({.buffer = 40}, datagrams({ByteVector(50), ByteVector(90), ByteVector(60), ack(0)}));
    CHECK(most.needed == 90);
}

TEST_CASE("Exchange: in a batch, answers that are passed over are lost, and only those") {
    constexpr std::size_t count = 6;
    for (unsigned present = 0; present < 1U << count; ++present) {
        CAPTURE(present);
        Replies replies;
        std::vector<error_code> expected;
        for (std::uint32_t i = 0; i < count; ++i) {
            const bool here = (present >> i & 1) != 0;
            const bool refused = i % 2 != 0;
            if (here) replies.push_back({.data = ack(i, refused ? -EINVAL : 0)});
            expected.push_back(!here     ? code(errc::reply_lost)
                               : refused ? system_code(EINVAL)
                                         : error_code{});
        }
        const auto out = play({.count = count}, replies);
        CHECK(out.answers == expected);
        CHECK(out.in_order);
    }
}

TEST_CASE("Exchange: a second answer to the same request, and objects after its answer") {
    const auto out = play({.count = 2},
                          datagrams({ack(0),
                                     ack(0, -EPERM),
                                     recorded(vethpp_test::recorded_v4, 0, NLM_F_DUMP_INTR),
                                     done(0, -EPERM),
                                     recorded(vethpp_test::recorded_v6, 1),
                                     ack(1)}));
    CHECK(out.answers == std::vector<error_code>(2));
    CHECK(out.objects.size() == 1);
    CHECK_FALSE(out.interrupted);
    CHECK(out.in_order);
}

TEST_CASE("Exchange: sequence numbers run over the end") {
    for (std::uint32_t first = 0xfffffffcU; first != 4; ++first) {
        CAPTURE(first);
        Replies replies;
        for (std::uint32_t i = 0; i < 4; ++i)
            replies.push_back({.data = ack(i, -static_cast<std::int32_t>(i))});
        const auto out = play({.first = first, .count = 4}, replies);
        CHECK(out.answers ==
              std::vector<error_code>{{}, system_code(1), system_code(2), system_code(3)});
    }
}

TEST_CASE("Exchange: the kernel's explanation") {
    struct Read {
        error_code code{};
        std::string message{};
        std::optional<std::uint32_t> offset{};
        std::optional<std::uint32_t> missing_type{};
        std::optional<std::uint32_t> missing_nest{};
    };
    const auto read = [](const ByteVector& data) {
        Read out;
        std::size_t answers = 0;
        const auto on_message = [](std::size_t, const RawMessage&) { FAIL("an object"); };
        const auto on_answer = [&](std::size_t, const Answer& a) {
            ++answers;
            out = {a.code,
                   std::string{a.ack.message},
                   a.ack.offset,
                   a.ack.missing_type,
                   a.ack.missing_nest};
        };
        Exchange exchange{0, 1, 0, on_message, on_answer};
        REQUIRE(exchange.start() == Step::send);
        REQUIRE(exchange.sent({}) == Step::receive);
        const ByteVector exact = vethpp_test::copy(data);
        REQUIRE(exchange.received({}, {.buffer = exact, .size = exact.size()}) == Step::done);
        REQUIRE(answers == 1);
        return out;
    };
    const ByteVector tail = bytes(R"(
        1600 0100 "Unknown attribute" 00 0000     # message
        0800 0200 2c000000                        # offset
        0c00 0480 0800 0100 0a000000              # policy, a nest
        0800 0500 04000000                        # missing type
        0800 0600 34000000                        # missing nest
    )");
    const auto complete = [](const Read& r) {
        return r.message == "Unknown attribute" && r.offset == 44U && r.missing_type == 4U &&
               r.missing_nest == 52U;
    };
    const auto bare = [](const Read& r) {
        return r.message.empty() && !r.offset && !r.missing_type && !r.missing_nest;
    };
    // A refused request of 32 bytes, returned as a whole; `length` is what it says of itself.
    const auto uncapped = [](const ByteVector& attributes, std::uint32_t length = 31) {
        nlmsgerr error{.error = -EINVAL, .msg = {}};
        error.msg.nlmsg_len = length;
        return raw_message({.type = NLMSG_ERROR, .flags = NLM_F_ACK_TLVS},
                           join({pod(error), ByteVector(16), attributes}));
    };

    SECTION("capped, of an error") {
        const auto out = read(ack(0, -EINVAL, tail));
        CHECK(out.code == system_code(EINVAL));
        CHECK(complete(out));
    }
    SECTION("capped, of a success: a warning") {
        const auto out = read(ack(0, 0, tail));
        CHECK(out.code == error_code{});
        CHECK(complete(out));
        CHECK(complete(read(ack(0, 0, tail, 0))));  // a success carries no request either way
    }
    SECTION("uncapped") {
        const auto out = read(uncapped(tail));
        CHECK(out.code == system_code(EINVAL));
        CHECK(complete(out));
    }
    SECTION("uncapped, with a request that is not as long as it says") {
        const std::uint32_t past = 32U + static_cast<std::uint32_t>(tail.size());
        for (const std::uint32_t length : {past, past + 1, 0x7fffffffU, 0xffffffffU}) {
            CAPTURE(length);
            const auto out = read(uncapped(tail, length));
            CHECK(out.code == system_code(EINVAL));
            CHECK(bare(out));
        }
        for (std::uint32_t length = 0; length < past; ++length)
            CHECK(read(uncapped(tail, length)).code == system_code(EINVAL));
    }
    SECTION("of a dump, beside its end") {
        const auto out =
            read(raw_message({.type = NLMSG_DONE, .flags = NLM_F_ACK_TLVS | NLM_F_MULTI},
                             join({pod(std::int32_t{-ENOENT}), tail})));
        CHECK(out.code == system_code(ENOENT));
        CHECK(complete(out));
    }
    SECTION("not announced, not there") {
        CHECK(bare(read(raw_message({.type = NLMSG_DONE}, join({pod(0), tail})))));
        CHECK(bare(read(raw_message({.type = NLMSG_ERROR, .flags = NLM_F_CAPPED},
                                    join({ByteVector(20), tail})))));
    }
    SECTION("announced, not there") {
        CHECK(bare(read(raw_message({.type = NLMSG_DONE, .flags = NLM_F_ACK_TLVS}))));
        CHECK(
            bare(read(raw_message({.type = NLMSG_DONE, .flags = NLM_F_ACK_TLVS}, ByteVector(4)))));
        const auto out =
            read(raw_message({.type = NLMSG_ERROR, .flags = NLM_F_ACK_TLVS}, ByteVector(20)));
        CHECK(out.code == error_code{});
        CHECK(bare(out));
    }
    SECTION("a message without its NUL, and an empty one") {
        CHECK(read(ack(0, -1, bytes(R"(0800 0100 "text")"))).message == "text");
        CHECK(read(ack(0, -1, bytes("0400 0100"))).message.empty());
    }
    SECTION("numbers that are too short") {
        const auto out =
            read(ack(0, -1, bytes("0600 0200 2c00 0000  0400 0500  0700 0600 010203 00")));
        CHECK(out.code == system_code(1));
        CHECK(bare(out));
    }
    SECTION("damage at every position costs the explanation, never the errno") {
        for (std::size_t n = 0; n <= tail.size(); ++n) {
            CAPTURE(n);
            const ByteVector part{tail.begin(), tail.begin() + static_cast<std::ptrdiff_t>(n)};
            CHECK(read(ack(0, -EINVAL, part)).code == system_code(EINVAL));
            CHECK(read(uncapped(part)).code == system_code(EINVAL));
        }
        for (std::size_t n = 0; n < tail.size(); ++n) {
            CAPTURE(n);
            ByteVector changed = tail;
            changed[n] ^= std::byte{0xff};
            CHECK(read(ack(0, -EINVAL, changed)).code == system_code(EINVAL));
        }
    }
}

TEST_CASE("Exchange: whatever comes, each request is answered once and in order") {
    vethpp_test::Random random{20240607};
    std::size_t good = 0;
    std::size_t bad = 0;
    for (int i = 0; i < 20000; ++i) {
        const auto all = conversations();
        const auto& [name, messages, given] = all[random.below(all.size())];
        Replies replies = one_each(messages);
        const std::size_t mutations = 1 + random.below(4);
        for (std::size_t k = 0; k < mutations; ++k) mutate(replies, random);
        const auto out = play({.first = given.first,
                               .count = given.count,
                               .port = random.below(2) == 0 ? 0 : our_port,
                               .buffer = random.below(8) == 0 ? 64 + random.below(1000) : 65536},
                              replies);
        if (!out.in_order || out.answers.size() != given.count)
            FAIL(name << ", round " << i << ": " << out.answers.size() << " answers");
        for (const auto& answer : out.answers) ++(answer ? bad : good);
    }
    // Neither is what it is because nothing was tried.
    CHECK(good > 1000);
    CHECK(bad > 1000);
}
