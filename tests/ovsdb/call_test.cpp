// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include <vethpp/ovsdb/call.hpp>

#include <boost/json/parse.hpp>

#include <cerrno>
#include <string>

namespace {

using namespace vethpp;
using namespace vethpp::ovsdb;

const error_code success{};
const error_code timed_out{ETIMEDOUT, boost::system::system_category()};
const error_code cancelled{ECANCELED, boost::system::system_category()};
const error_code lost{ECONNRESET, boost::system::system_category()};

void receive(Exchange& exchange, std::string_view bytes) {
    error_code ec;
    exchange.received(bytes, ec);
    REQUIRE_FALSE(ec.failed());
}

std::string sent(Exchange& exchange) {
    std::string bytes{exchange.output()};
    exchange.written(bytes.size());
    return bytes;
}

}  // namespace

TEST_CASE("ovsdb call: it begins when it is started") {
    Exchange exchange;
    Call call{"echo", {"a"}};
    CHECK(exchange.output().empty());
    CHECK(exchange.awaited() == 0);
    call.start(exchange);
    CHECK(sent(exchange) == R"({"method":"echo","params":["a"],"id":1})");
    CHECK(exchange.awaited() == 1);
    CHECK_FALSE(call.resume(exchange, success));
    receive(exchange, R"({"id":1,"result":["a"],"error":null})");
    CHECK(call.resume(exchange, success));
    CHECK_FALSE(call.code().failed());
    CHECK(call.value() == json::array{"a"});
    CHECK(exchange.awaited() == 0);
}

TEST_CASE("ovsdb call: a refusal, with what the server says") {
    Exchange exchange;
    Call call{"nonsense", {}};
    call.start(exchange);
    receive(exchange, R"({"id":1,"result":null,"error":"unknown method"})");
    CHECK(call.resume(exchange, success));
    CHECK(call.code() == errc::ovsdb_refused);
    CHECK(call.value() == "unknown method");
    CHECK(exchange.awaited() == 0);
}

TEST_CASE("ovsdb call: what is given up is taken back") {
    const error_code why = GENERATE(timed_out, cancelled);
    Exchange exchange;
    Call call{"transact", {"Open_vSwitch"}};
    call.start(exchange);
    (void)sent(exchange);
    CHECK_FALSE(call.resume(exchange, success));
    CHECK(call.resume(exchange, why));
    CHECK(call.code() == why);
    CHECK(sent(exchange) == R"({"method":"cancel","params":[1],"id":null})");
    CHECK(exchange.awaited() == 0);
}

TEST_CASE("ovsdb call: nothing is sent any more when the connection is lost") {
    Exchange exchange;
    Call call{"echo", {}};
    call.start(exchange);
    (void)sent(exchange);
    CHECK(call.resume(exchange, lost));
    CHECK(call.code() == lost);
    CHECK(exchange.output().empty());
    CHECK(exchange.awaited() == 0);
    // Where there is no connection to begin with, it is not even started.
    Call late{"echo", {}};
    CHECK(late.resume(exchange, lost));
    CHECK(late.code() == lost);
    CHECK(exchange.output().empty());
}

TEST_CASE("ovsdb call: what has come counts, however the wait has ended") {
    const error_code waited = GENERATE(success, timed_out, cancelled, lost);
    Exchange exchange;
    Call call{"echo", {}};
    Next next;
    call.start(exchange);
    next.start(exchange);
    (void)sent(exchange);
    receive(exchange,
            R"({"method":"update2","id":null,"params":["m"]}{"id":1,"result":7,"error":null})");
    CHECK(next.resume(exchange, waited));
    CHECK_FALSE(next.code().failed());
    CHECK(next.value().method == "update2");
    CHECK(call.resume(exchange, waited));
    CHECK_FALSE(call.code().failed());
    CHECK(call.value() == 7);
    CHECK(exchange.output().empty());
}

TEST_CASE("ovsdb call: a notification that does not come") {
    Exchange exchange;
    Next next;
    next.start(exchange);
    CHECK_FALSE(next.resume(exchange, success));
    CHECK(next.resume(exchange, timed_out));
    CHECK(next.code() == timed_out);
    CHECK(exchange.output().empty());
}

TEST_CASE("ovsdb call: a refusal in words") {
    const auto words = [](std::string_view text) { return refusal_text(json::parse(text)); };
    CHECK(words(R"("unknown method")") == "unknown method");
    CHECK(words(R"({"error":"syntax error","details":"here"})") == "syntax error: here");
    CHECK(words(R"({"error":"syntax error"})") == "syntax error");
    CHECK(words(R"({"error":1,"details":[]})").empty());
    CHECK(words("[1,2]") == "[1,2]");
    CHECK(words("7") == "7");
}
