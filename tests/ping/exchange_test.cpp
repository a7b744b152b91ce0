// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include <vethpp/ping/exchange.hpp>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <linux/errqueue.h>
#include <span>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;
using vethpp::detail::PingExchange;
using vethpp::detail::PingFraming;
using Step = PingExchange::Step;
using Bytes = std::vector<std::byte>;
using Time = PingExchange::Clock::time_point;

constexpr std::uint16_t ident = 0x1234;
constexpr std::uint64_t cookie = 0x0102030405060708;
const Time start{1h};

Bytes bytes(std::initializer_list<int> values) {
    Bytes result;
    for (const int value : values) result.push_back(static_cast<std::byte>(value));
    return result;
}
Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}
Bytes copy(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

// Written anew, so that it shares no mistake with the one under test.
void set_checksum(Bytes& icmp) {
    icmp[2] = icmp[3] = {};
    unsigned sum = 0;
    for (std::size_t i = 0; i < icmp.size(); ++i)
        sum += std::to_integer<unsigned>(icmp[i]) << (i % 2 == 0 ? 8U : 0U);
    sum = (sum & 0xffffU) + (sum >> 16U);
    sum = ~((sum & 0xffffU) + (sum >> 16U));
    icmp[2] = static_cast<std::byte>(sum >> 8U);
    icmp[3] = static_cast<std::byte>(sum);
}

const Bytes ip_header = bytes({
    0x45, 0x00, 0x00, 0x54,  // version 4, 5 words, length 84
    0x12, 0x34, 0x00, 0x00,  // identification, no fragment
    0x40, 0x01, 0x00, 0x00,  // TTL 64, ICMP, checksum (the kernel's business)
    0x0a, 0x01, 0x01, 0x03,  // from 10.1.1.3
    0x0a, 0x01, 0x01, 0x02,  // to 10.1.1.2
});

// What a host answers to a request, as the socket gives it.
Bytes reply_to(Bytes request, PingFraming framing) {
    request[0] = framing == PingFraming::v6 ? std::byte{129} : std::byte{0};
    if (framing != PingFraming::v6) set_checksum(request);
    return framing == PingFraming::v4_raw ? ip_header + request : request;
}

struct Fixture {
    explicit Fixture(PingOptions options = {}, PingFraming f = PingFraming::v6)
        : framing{f}, exchange{options, f, ident, cookie} {}

    // Sends the next request now.
    Bytes send() {
        REQUIRE(exchange.next(now) == Step::send);
        Bytes request = copy(exchange.request());
        exchange.sent(now);
        return request;
    }
    void receive(const Bytes& datagram) { exchange.received(datagram, now); }
    [[nodiscard]] PingResult result() const { return exchange.result(now); }

    PingFraming framing;
    PingExchange exchange;
    Time now = start;
};

sock_extended_err unreachable(int error, std::uint8_t type, std::uint8_t code, bool v6) {
    return {.ee_errno = static_cast<std::uint32_t>(error),
            .ee_origin = v6 ? std::uint8_t{SO_EE_ORIGIN_ICMP6} : std::uint8_t{SO_EE_ORIGIN_ICMP},
            .ee_type = type,
            .ee_code = code,
            .ee_pad = 0,
            .ee_info = 0,
            .ee_data = 0};
}

PingFraming any_framing() {
    return GENERATE(PingFraming::v4_datagram, PingFraming::v4_raw, PingFraming::v6);
}

}  // namespace

TEST_CASE("ping requests, byte for byte", "[ping]") {
    SECTION("IPv4") {
        Fixture ping{{.count = 2, .size = 12},
                     GENERATE(PingFraming::v4_datagram, PingFraming::v4_raw)};
        CHECK(ping.send() == bytes({
                                 0x08, 0x00, 0xc3, 0xa2,  // echo request, checksum
                                 0x12, 0x34, 0x00, 0x01,  // identifier, sequence number
                                 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,  // cookie
                                 0x08, 0x09, 0x0a, 0x0b,                          // filling
                             }));
        ping.now += 10ms;
        CHECK(ping.send() == bytes({
                                 0x08, 0x00, 0xc3, 0xa1,  // checksum: one less
                                 0x12, 0x34, 0x00, 0x02,  // sequence number: one more
                                 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,  //
                                 0x08, 0x09, 0x0a, 0x0b,
                             }));
    }
    SECTION("IPv6") {
        Fixture ping{{.size = 12}};
        CHECK(ping.send() == bytes({
                                 0x80, 0x00, 0x00, 0x00,  // echo request; the kernel's checksum
                                 0x12, 0x34, 0x00, 0x01,  // identifier, sequence number
                                 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,  // cookie
                                 0x08, 0x09, 0x0a, 0x0b,                          // filling
                             }));
    }
    SECTION("any size has a right checksum, also an odd one") {
        for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 56U, 1473U, 65507U}) {
            Fixture ping{{.size = size}, PingFraming::v4_raw};
            const Bytes request = ping.send();
            CHECK(request.size() == 8 + size);
            Bytes again = request;
            set_checksum(again);
            CHECK(request == again);
        }
    }
}

TEST_CASE("a ping sends at its interval and ends with the last reply", "[ping]") {
    Fixture ping{{.count = 3, .interval = 10ms}, any_framing()};
    for (int i = 0; i < 3; ++i) {
        const Bytes reply = reply_to(ping.send(), ping.framing);
        CHECK(ping.exchange.next(ping.now) == Step::wait);
        ping.now += 100us * (i + 1);
        ping.receive(reply);
        if (i == 2) break;
        CHECK(ping.exchange.next(ping.now) == Step::wait);
        CHECK(ping.exchange.wake() == start + (i + 1) * 10ms);
        ping.now = ping.exchange.wake() - 1ns;
        CHECK(ping.exchange.next(ping.now) == Step::wait);
        ping.now += 1ns;
    }
    CHECK(ping.exchange.next(ping.now) == Step::done);
    const PingResult result = ping.result();
    CHECK(result.sent == 3);
    CHECK(result.received == 3);
    CHECK(result.loss() == 0);
    CHECK(result.outcome() == PingOutcome::replied);
    CHECK(result.min == 100us);
    CHECK(result.avg == 200us);
    CHECK(result.max == 300us);
    CHECK(result.mdev == 81650ns);  // sqrt((100² + 0 + 100²) / 3)
    CHECK(result.time == 20300us);
}

TEST_CASE("a ping waits for the timeout after the last request, and for nothing else", "[ping]") {
    Fixture ping{{.count = 2, .interval = 10ms, .timeout = 50ms}};
    const Bytes first = reply_to(ping.send(), ping.framing);
    ping.now += 10ms;
    ping.send();
    CHECK(ping.exchange.wake() == start + 60ms);
    ping.now = start + 60ms - 1ns;
    CHECK(ping.exchange.next(ping.now) == Step::wait);
    SECTION("one lost") {
        ping.receive(first);  // late, but here
        ping.now = start + 60ms;
        CHECK(ping.exchange.next(ping.now) == Step::done);
        CHECK(ping.result().received == 1);
        CHECK(ping.result().loss() == 50);
        CHECK(ping.result().max == 60ms - 1ns);
    }
    SECTION("both lost") {
        ping.now = start + 1h;  // the thread was late
        CHECK(ping.exchange.next(ping.now) == Step::done);
        CHECK(ping.result().outcome() == PingOutcome::timed_out);
        CHECK_FALSE(ping.result().last_error.failed());
    }
    SECTION("times without end") {
        using std::chrono::microseconds;
        Fixture forever{
            {.count = 2, .interval = microseconds::max(), .timeout = microseconds::max()}};
        forever.send();
        CHECK(forever.exchange.wake() == Time::max());
        CHECK(forever.exchange.next(start + 1h) == Step::wait);
    }
    SECTION("an interval of nothing") {
        Fixture flood{{.count = 2, .interval = 0us, .timeout = 0us}};
        flood.send();
        flood.send();
        CHECK(flood.exchange.next(flood.now) == Step::done);
    }
}

TEST_CASE("the time that a reply has lain in the socket does not count", "[ping]") {
    const auto [age, expected] =
        GENERATE(table<std::chrono::nanoseconds, std::chrono::nanoseconds>({
            {0ns, 40ms},
            {39ms, 1ms},
            {41ms, 40ms},  // the clock was set meanwhile
            {-1h, 40ms},
        }));
    Fixture ping;
    const Bytes reply = reply_to(ping.send(), ping.framing);
    ping.now += 40ms;
    ping.exchange.received(reply, ping.now, age);
    CHECK(ping.result().avg == expected);
}

TEST_CASE("duplicate replies are counted apart", "[ping]") {
    Fixture ping{{.count = 2}, any_framing()};
    const Bytes reply = reply_to(ping.send(), ping.framing);
    ping.now += 1ms;
    ping.receive(reply);
    ping.now += 1ms;
    ping.receive(reply);
    ping.receive(reply);
    CHECK(ping.result().received == 1);
    CHECK(ping.result().duplicates == 2);
    CHECK(ping.result().max == 1ms);
    ping.now += 8ms;
    CHECK(ping.exchange.next(ping.now) == Step::send);
}

TEST_CASE("replies that are not to this ping are ignored", "[ping]") {
    const PingFraming framing = any_framing();
    const PingOptions options{.count = 2};
    Fixture ping{options, framing};
    const Bytes request = ping.send();
    const auto other = [&](std::uint16_t its_ident, std::uint64_t its_cookie, PingOptions its) {
        PingExchange exchange{its, framing, its_ident, its_cookie};
        Bytes reply = reply_to(copy(exchange.request()), framing);
        exchange.sent(start);
        exchange.received(reply, start);
        REQUIRE(exchange.result(start).received == 1);  // a good one, for that ping
        return reply;
    };
    ping.receive(other(ident + 1, cookie, options));
    ping.receive(other(ident, cookie + 1, options));
    ping.receive(other(ident, cookie ^ (1ULL << 63U), options));
    ping.receive(other(ident, cookie, {.size = 55}));
    ping.receive(other(ident, cookie, {.size = 57}));
    ping.receive(request);  // a request, such as one of ours to ourselves
    // A reply to what has not been sent: the next one, the one before the first.
    Fixture ahead{options, framing};
    ahead.send();
    ahead.now += 1s;
    ping.receive(reply_to(ahead.send(), framing));
    Bytes zero = request;
    zero[7] = {};
    ping.receive(reply_to(zero, framing));
    CHECK(ping.result().received == 0);
    CHECK(ping.result().duplicates == 0);

    ping.receive(reply_to(request, framing));
    CHECK(ping.result().received == 1);

    // Nothing has been sent at all.
    Fixture silent{options, framing};
    silent.receive(reply_to(request, framing));
    CHECK(silent.result().received == 0);
}

TEST_CASE("every prefix and every changed byte of a reply is safe and no reply", "[ping]") {
    const PingFraming framing = any_framing();
    const std::size_t size = GENERATE(0U, 4U, 8U, 13U);
    Fixture ping{{.count = 2, .size = size}, framing};
    const Bytes reply = reply_to(ping.send(), framing);
    const std::size_t header = framing == PingFraming::v4_raw ? ip_header.size() : 0;

    for (std::size_t length = 0; length < reply.size(); ++length)
        ping.receive(Bytes{reply.begin(), reply.begin() + static_cast<std::ptrdiff_t>(length)});
    CHECK(ping.result().received == 0);

    for (std::size_t at = 0; at < reply.size(); ++at) {
        // Not looked at: in the IPv4 header everything but version, length and protocol; in
        // messages that the kernel has checked the checksum.
        const bool free = at < header ? at != 0 && at != 9 : header == 0 && (at == 2 || at == 3);
        for (int value = 0; value < 256; ++value) {
            Bytes changed = reply;
            if (changed[at] == static_cast<std::byte>(value)) continue;
            changed[at] = static_cast<std::byte>(value);
            Fixture fresh{{.count = 2, .size = size}, framing};
            fresh.send();
            fresh.receive(changed);
            const bool counted = fresh.result().received == 1;
            if (counted != free) {
                INFO("byte " << at << " is " << value);
                CHECK(counted == free);
            }
        }
    }
    ping.receive(reply);
    CHECK(ping.result().received == 1);
}

TEST_CASE("an IPv4 header with options is skipped", "[ping]") {
    Fixture ping{{}, PingFraming::v4_raw};
    Bytes icmp = ping.send();
    icmp[0] = {};
    set_checksum(icmp);
    Bytes header = ip_header + Bytes(40);
    header[0] = std::byte{0x4f};
    ping.receive(header + icmp);
    CHECK(ping.result().received == 1);
}

TEST_CASE("answers that the destination cannot be reached are errors", "[ping]") {
    const PingFraming framing = any_framing();
    const bool v6 = framing == PingFraming::v6;
    const auto router = boost::asio::ip::make_address(v6 ? "fd00::1" : "10.1.1.1");
    const std::uint8_t unreachable_type = v6 ? 1 : 3;
    Fixture ping{{.count = 1}, framing};
    const Bytes quote = ping.send();
    const auto error = unreachable(ENETUNREACH, unreachable_type, 0, v6);

    SECTION("counted, with the errno and the reporter; nothing more is waited for") {
        ping.exchange.reported(error, quote, router);
        CHECK(ping.result().errors == 1);
        CHECK(ping.result().ttl_exceeded == 0);
        CHECK(ping.result().last_error == boost::system::errc::network_unreachable);
        CHECK(ping.result().last_error_from == router);
        CHECK(ping.result().outcome() == PingOutcome::unreachable);
        CHECK(ping.exchange.next(ping.now) == Step::done);
        // And the reply after all, such as after one of many hosts of a multicast address.
        ping.receive(reply_to(quote, framing));
        CHECK(ping.result().received == 1);
        CHECK(ping.result().duplicates == 0);
        CHECK(ping.result().outcome() == PingOutcome::replied);
        CHECK(ping.exchange.next(ping.now) == Step::done);
    }
    SECTION("after the reply it is an error, and the reply stays") {
        ping.receive(reply_to(quote, framing));
        ping.exchange.reported(error, quote, router);
        ping.receive(reply_to(quote, framing));
        CHECK(ping.result().received == 1);
        CHECK(ping.result().errors == 1);
        CHECK(ping.result().duplicates == 1);
        CHECK(ping.exchange.next(ping.now) == Step::done);
    }
    SECTION("the TTL ran out") {
        ping.exchange.reported(unreachable(EHOSTUNREACH, v6 ? 3 : 11, 0, v6), quote, router);
        CHECK(ping.result().errors == 1);
        CHECK(ping.result().ttl_exceeded == 1);
        CHECK(ping.result().outcome() == PingOutcome::ttl_exceeded);
    }
    SECTION("the reassembly took too long, which is another thing under the same type") {
        ping.exchange.reported(unreachable(EHOSTUNREACH, v6 ? 3 : 11, 1, v6), quote, router);
        CHECK(ping.result().ttl_exceeded == 0);
        CHECK(ping.result().outcome() == PingOutcome::unreachable);
    }
    SECTION("the quote may be cut down to the ICMP header, or padded") {
        for (std::size_t length = 0; length < quote.size(); ++length) {
            Fixture fresh{{}, framing};
            fresh.send();
            fresh.exchange.reported(error, std::span{quote}.first(length), std::nullopt);
            CHECK(fresh.result().errors == (length < 8 ? 0U : 1U));
        }
        Fixture tiny{{.size = 1}, framing};
        tiny.exchange.reported(error, tiny.send() + Bytes(200), std::nullopt);
        CHECK(tiny.result().errors == 1);
        CHECK_FALSE(tiny.result().last_error_from);
    }
    SECTION("every changed byte is safe, and one that matters makes it somebody else's") {
        for (std::size_t at = 0; at < quote.size(); ++at) {
            const bool matters = (at < 16 && at != 2 && at != 3);
            for (int value = 0; value < 256; ++value) {
                Bytes changed = quote;
                if (changed[at] == static_cast<std::byte>(value)) continue;
                changed[at] = static_cast<std::byte>(value);
                Fixture fresh{{}, framing};
                fresh.send();
                fresh.exchange.reported(error, changed, router);
                if (fresh.result().errors != (matters ? 0U : 1U)) {
                    INFO("byte " << at << " is " << value);
                    CHECK(fresh.result().errors == (matters ? 0U : 1U));
                }
            }
        }
    }
    SECTION("redirects, local errors and the other family's are none") {
        ping.exchange.reported(unreachable(EREMOTEIO, v6 ? 137 : 5, 1, v6), quote, router);
        ping.exchange.reported(unreachable(ENETUNREACH, unreachable_type, 0, !v6), quote, router);
        auto local = error;
        local.ee_origin = SO_EE_ORIGIN_LOCAL;
        ping.exchange.reported(local, quote, router);
        CHECK(ping.result().errors == 0);
        CHECK(ping.exchange.next(ping.now) == Step::wait);
    }
}

TEST_CASE("the kernel does not take a request", "[ping]") {
    const auto failed = [](int error) {
        return error_code{error, boost::system::system_category()};
    };
    Fixture ping{{.count = 3, .interval = 10ms, .timeout = 50ms}};

    SECTION("for lack of room, with no end to the time") {
        Fixture forever{{.count = 2, .timeout = std::chrono::microseconds::max()}};
        forever.exchange.not_sent(failed(ENOBUFS), forever.now);
        forever.now += 1h;
        forever.exchange.not_sent(failed(ENOBUFS), forever.now);
        CHECK(forever.exchange.next(forever.now) == Step::wait);
        forever.now += 1h;
        forever.send();
        forever.now += 10ms;
        forever.send();
        CHECK(forever.exchange.next(forever.now + 1h) == Step::wait);
    }
    SECTION("the first one: that ends it") {
        ping.exchange.not_sent(failed(ENETUNREACH), ping.now);
        CHECK(ping.exchange.next(ping.now) == Step::done);
        CHECK(ping.exchange.refusal() == boost::system::errc::network_unreachable);
        CHECK(ping.result().sent == 0);
        CHECK(ping.result().outcome() == PingOutcome::not_sent);
        CHECK(ping.result().time == 0ns);
    }
    SECTION("a later one: lost, and an error") {
        ping.receive(reply_to(ping.send(), ping.framing));
        ping.now += 10ms;
        ping.exchange.not_sent(failed(EHOSTUNREACH), ping.now);
        CHECK(ping.exchange.next(ping.now) == Step::wait);
        ping.now += 10ms;
        ping.receive(reply_to(ping.send(), ping.framing));
        CHECK(ping.exchange.next(ping.now) == Step::done);
        CHECK_FALSE(ping.exchange.refusal().failed());
        CHECK(ping.result().sent == 3);
        CHECK(ping.result().received == 2);
        CHECK(ping.result().errors == 1);
        CHECK(ping.result().last_error == boost::system::errc::host_unreachable);
    }
    SECTION("for lack of room: again soon, until the timeout of them all") {
        const int error = GENERATE(EAGAIN, ENOBUFS, ENOMEM, EINTR);
        ping.exchange.not_sent(failed(error), ping.now);
        CHECK(ping.exchange.next(ping.now) == Step::wait);
        CHECK(ping.exchange.wake() == start + 1ms);
        SECTION("then it goes, and the next one has what is left of the time") {
            ping.now += 30ms;
            const Bytes first = reply_to(ping.send(), ping.framing);
            ping.now += 10ms;
            ping.exchange.not_sent(failed(error), ping.now);
            CHECK(ping.exchange.next(ping.now) == Step::wait);
            ping.now += 18ms;
            ping.exchange.not_sent(failed(error), ping.now);
            CHECK(ping.exchange.next(ping.now) == Step::wait);
            CHECK(ping.exchange.wake() == ping.now + 1ms);
            ping.now += 1ms;
            SECTION("which suffices: the answers have the rest") {
                ping.send();
                ping.now += 10ms;
                ping.send();
                CHECK(ping.exchange.wake() == ping.now + 1ms);
                ping.now += 1ms;
                CHECK(ping.exchange.next(ping.now) == Step::done);
                CHECK(ping.now == start + 2 * 10ms + 50ms);
                CHECK(ping.result().sent == 3);
                CHECK_FALSE(ping.result().last_error.failed());
                CHECK(ping.result().outcome() == PingOutcome::timed_out);
            }
            SECTION("which does not suffice: it is not sent, and the third is not tried") {
                ping.exchange.not_sent(failed(error), ping.now);
                CHECK(ping.exchange.next(ping.now) == Step::wait);
                CHECK(ping.exchange.wake() == ping.now + 1ms);
                ping.now += 1ms;
                ping.receive(first);
                ping.exchange.not_sent(failed(error), ping.now);
                CHECK(ping.exchange.next(ping.now) == Step::done);
                CHECK_FALSE(ping.exchange.refusal().failed());
                CHECK(ping.result().sent == 1);
                CHECK(ping.result().received == 1);
                CHECK(ping.result().errors == 0);
                CHECK(ping.result().last_error == failed(error));
                CHECK_FALSE(ping.result().last_error_from);
            }
            CHECK(ping.result().errors == 0);
        }
        SECTION("it never goes") {
            ping.now += 49ms + 500us;
            ping.exchange.not_sent(failed(error), ping.now);
            CHECK(ping.exchange.next(ping.now) == Step::wait);
            CHECK(ping.exchange.wake() == start + 50ms);
            ping.now = start + 50ms;
            ping.exchange.not_sent(failed(error), ping.now);
            CHECK(ping.exchange.next(ping.now) == Step::done);
            CHECK(ping.exchange.refusal() == failed(error));
        }
    }
}

TEST_CASE("what of the cookie has no room in a request, the sequence numbers begin with",
          "[ping]") {
    const PingFraming framing = any_framing();
    for (const std::size_t size : {0U, 1U, 6U, 7U, 8U, 56U}) {
        CAPTURE(size);
        const PingOptions options{.count = 3, .interval = 0us, .size = size};
        const auto sequence = [](const Bytes& request) {
            return std::to_integer<int>(request[6]) * 256 + std::to_integer<int>(request[7]);
        };
        Fixture ping{options, framing};
        const Bytes first = ping.send();
        CHECK(sequence(first) == (size < 8 ? 0x0708 : 1));
        const Bytes second = ping.send();
        CHECK(sequence(second) == sequence(first) + 1);
        // A ping of the same identifier, whose cookie begins with the same bytes.
        PingExchange other{options, framing, ident, size < 8 ? cookie ^ 0x4000U : cookie ^ 1U};
        const Bytes its = reply_to(copy(other.request()), framing);
        ping.receive(its);
        CHECK(ping.result().received == 0);
        ping.receive(reply_to(second, framing));
        ping.receive(reply_to(first, framing));
        CHECK(ping.result().received == 2);
        CHECK(ping.result().duplicates == 0);
    }
    // Past the last number comes 0.
    PingExchange last{{.count = 3, .interval = 0us, .size = 0}, framing, ident, 0xffff};
    for (int i = 0; i < 3; ++i) {
        const Bytes reply = reply_to(copy(last.request()), framing);
        last.sent(start);
        last.received(reply, start);
    }
    CHECK(last.result(start).received == 3);
    CHECK(last.next(start) == Step::done);
}

TEST_CASE("sequence numbers come again after 65536 requests", "[ping]") {
    constexpr std::uint64_t count = 65536 + 10;
    Fixture ping{{.count = count, .interval = 0us, .size = 8}};
    const Bytes first = reply_to(ping.send(), ping.framing);  // never answered
    for (std::uint64_t i = 1; i + 1 < count; ++i) ping.receive(reply_to(ping.send(), ping.framing));
    CHECK(ping.result().received == count - 2);
    // The number of the first is that of a later one now, which has been answered.
    ping.receive(first);
    CHECK(ping.result().duplicates == 1);
    CHECK(ping.result().received == count - 2);
    ping.receive(reply_to(ping.send(), ping.framing));
    CHECK(ping.result().received == count - 1);
    CHECK(ping.exchange.next(ping.now) == Step::done);  // nobody waits for the first any more
}

TEST_CASE("round trips keep their precision over many replies", "[ping]") {
    Fixture ping{{.count = 100000, .interval = 0us, .size = 8}};
    for (int i = 0; i < 100000; ++i) {
        const Bytes reply = reply_to(ping.send(), ping.framing);
        ping.now += i % 2 == 0 ? 10s : 10s + 2us;
        ping.receive(reply);
    }
    CHECK(ping.result().avg == 10s + 1us);
    CHECK(ping.result().mdev == 1us);
}
