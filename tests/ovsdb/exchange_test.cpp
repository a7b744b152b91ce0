// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include <vethpp/ovsdb/exchange.hpp>
#include <vethpp/ovsdb/transaction.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp::ovsdb;

void receive(Exchange& exchange, std::string_view bytes) {
    error_code ec;
    exchange.received(bytes, ec);
    INFO(bytes);
    REQUIRE_FALSE(ec.failed());
}

error_code failure_of(Exchange& exchange, std::string_view bytes) {
    error_code ec;
    exchange.received(bytes, ec);
    return ec;
}

// Takes what is to be sent.
std::string sent(Exchange& exchange) {
    std::string bytes{exchange.output()};
    exchange.written(bytes.size());
    return bytes;
}

}  // namespace

TEST_CASE("ovsdb exchange: a request, and its reply") {
    Exchange exchange;
    CHECK(exchange.output().empty());
    const auto id = exchange.call("list_dbs", {});
    CHECK(sent(exchange) == R"({"method":"list_dbs","params":[],"id":1})");
    CHECK_FALSE(exchange.take_reply(id));
    receive(exchange, R"({"id":1,"result":["Open_vSwitch"],"error":null})");
    const auto reply = exchange.take_reply(id);
    REQUIRE(reply);
    CHECK(reply->error.is_null());
    CHECK(serialize(reply->result) == R"(["Open_vSwitch"])");
    CHECK_FALSE(exchange.take_reply(id));
}

TEST_CASE("ovsdb exchange: output is taken off in pieces") {
    Exchange exchange;
    (void)exchange.call("echo", {"a"});
    const std::string all{exchange.output()};
    std::string taken;
    while (!exchange.output().empty()) {
        taken += exchange.output().front();
        exchange.written(1);
    }
    CHECK(taken == all);
    (void)exchange.call("echo", {"b"});
    CHECK(exchange.output() == R"({"method":"echo","params":["b"],"id":2})");
}

TEST_CASE("ovsdb exchange: replies in any order, of errors, with a null left out, and of nobody") {
    Exchange exchange;
    const auto first = exchange.call("a", {});
    const auto second = exchange.call("b", {});
    const auto third = exchange.call("c", {});
    receive(exchange, R"({"id":3,"result":33,"error":null})");
    receive(exchange, R"({"id":1,"error":"unknown method"})");
    receive(exchange, R"({"id":99,"result":1,"error":null}{"id":"x","result":1,"error":null})");
    receive(exchange, R"({"id":-1,"result":1,"error":null}{"id":null,"result":1,"error":null})");
    CHECK_FALSE(exchange.take_reply(second));
    CHECK(exchange.take_reply(third)->result == 33);
    const auto reply = exchange.take_reply(first);
    CHECK(reply->error == "unknown method");
    CHECK(reply->result.is_null());
    receive(exchange, R"({"id":2,"result":{},"error":null})");
    CHECK(exchange.take_reply(second)->result.is_object());
}

TEST_CASE("ovsdb exchange: what is cancelled is told to the server, and its reply dropped") {
    Exchange exchange;
    const auto id = exchange.call("transact", {"Open_vSwitch"});
    (void)sent(exchange);
    exchange.cancel(id);
    CHECK(sent(exchange) == R"({"method":"cancel","params":[1],"id":null})");
    receive(exchange, R"({"id":1,"result":null,"error":"canceled"})");
    CHECK_FALSE(exchange.take_reply(id));
}

TEST_CASE("ovsdb exchange: the server's requests are answered") {
    Exchange exchange;
    receive(exchange, R"({"method":"echo","id":"echo","params":[]})");
    CHECK(sent(exchange) == R"({"id":"echo","result":[],"error":null})");
    receive(exchange, R"({"method":"echo","id":[1,{"x":2}],"params":["a",1]})");
    CHECK(sent(exchange) == R"({"id":[1,{"x":2}],"result":["a",1],"error":null})");
    receive(exchange, R"({"method":"steal","id":7,"params":[]})");
    CHECK(sent(exchange) == R"({"id":7,"result":null,"error":"unknown method"})");
    CHECK_FALSE(exchange.take_notification());
}

TEST_CASE("ovsdb exchange: every split of several messages gives the same") {
    const std::string stream =
        R"({"id":1,"result":["a\"}{",{"x":[1,2.5,null,true]}],"error":null})"
        R"({"method":"update2","id":null,"params":["vethpp",{"T":{}}]})"
        "\n  "
        R"({"id":2,"result":"\u00e9","error":null}{"method":"echo","id":"e","params":[]})";
    for (std::size_t a = 0; a <= stream.size(); ++a) {
        for (std::size_t b = a; b <= stream.size(); b += 7) {
            Exchange exchange;
            const auto first = exchange.call("a", {});
            const auto second = exchange.call("b", {});
            (void)sent(exchange);
            receive(exchange, std::string_view{stream}.substr(0, a));
            receive(exchange, std::string_view{stream}.substr(a, b - a));
            receive(exchange, std::string_view{stream}.substr(b));
            REQUIRE(serialize(exchange.take_reply(first)->result) ==
                    R"(["a\"}{",{"x":[1,2.5E0,null,true]}])");
            REQUIRE(exchange.take_reply(second)->result == "\u00e9");
            REQUIRE(exchange.take_notification()->method == "update2");
            REQUIRE_FALSE(exchange.take_notification());
            REQUIRE(sent(exchange) == R"({"id":"e","result":[],"error":null})");
        }
    }
}

TEST_CASE("ovsdb exchange: a message that is cut off is no reply") {
    const std::string message = R"({"id":1,"result":[{"rows":[]}],"error":null})";
    for (std::size_t size = 0; size < message.size(); ++size) {
        Exchange exchange;
        const auto id = exchange.call("a", {});
        receive(exchange, std::string_view{message}.substr(0, size));
        CHECK_FALSE(exchange.take_reply(id));
    }
}

TEST_CASE("ovsdb exchange: what is not OVSDB is an error") {
    const std::string bad = GENERATE("HTTP/1.1 400 Bad Request\r\n",
                                     "[]",
                                     "null ",
                                     "\"text\"",
                                     "}",
                                     "{}",
                                     R"({"id":1})",
                                     R"({"result":1,"error":null})",
                                     R"({"method":1,"id":null,"params":[]})",
                                     R"({"method":"update","id":null})",
                                     R"({"method":"update","id":null,"params":{}})",
                                     R"({"id":1,"result":tru1})",
                                     "{\"id\":1,\"result\":\"\xff\xfe\"}",
                                     "\x16\x03\x01");
    Exchange exchange;
    const auto id = exchange.call("a", {});
    CHECK(failure_of(exchange, bad) == errc::ovsdb_malformed);
    CHECK_FALSE(exchange.take_reply(id));
}

TEST_CASE("ovsdb exchange: nesting has an end") {
    Exchange exchange;
    CHECK(failure_of(exchange, R"({"id":1,"result":)" + std::string(100000, '[')) ==
          errc::ovsdb_malformed);
}

TEST_CASE("ovsdb exchange: a message over the limit is an error, whole or in pieces") {
    const std::string text(1000, 'x');
    const std::string message = R"({"id":1,"result":")" + text + R"(","error":null})";
    {
        Exchange exchange{{.message_limit = message.size()}};
        const auto id = exchange.call("a", {});
        receive(exchange, message);
        REQUIRE(exchange.take_reply(id));
        // The limit is of each message, not of all.
        for (int i = 0; i < 10; ++i) receive(exchange, message);
    }
    {
        Exchange exchange{{.message_limit = message.size() - 1}};
        CHECK(failure_of(exchange, message) == boost::system::errc::message_size);
    }
    Exchange exchange{{.message_limit = 500}};
    error_code ec;
    std::size_t fed = 0;
    for (; !ec && fed < message.size(); ++fed)
        exchange.received(std::string_view{message}.substr(fed, 1), ec);
    CHECK(ec == boost::system::errc::message_size);
    CHECK(fed == 501);
}

TEST_CASE("ovsdb exchange: mutations of good messages do no harm") {
    const std::string good =
        R"({"id":1,"result":[{"uuid":["uuid","a"]},{"rows":[{"x":["set",[]]}]}],"error":null})"
        R"({"method":"update2","id":null,"params":[1,{"T":{"u":{"modify":{"c":["map",[]]}}}}]})";
    std::mt19937 random{1};
    for (int i = 0; i < 20000; ++i) {
        std::string bytes = good;
        for (unsigned n = 0; n <= random() % 4; ++n)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        Exchange exchange;
        const auto id = exchange.call("a", {});
        error_code ec;
        exchange.received(bytes, ec);
        if (const auto reply = exchange.take_reply(id); reply && reply->result.is_array()) {
            (void)error_in(reply->result.get_array());
            for (const auto& result : reply->result.get_array()) (void)rows(result);
        }
        (void)exchange.take_notification();
    }
}

TEST_CASE("ovsdb values: sets, maps, UUIDs and what stands for a set of one") {
    const auto parse = [](std::string_view text) { return boost::json::parse(text); };
    CHECK(text(parse(R"("a")")) == "a");
    CHECK(text(parse(R"(["set",["b","c"]])")) == "b");
    CHECK(text(parse(R"(["set",[]])")).empty());
    CHECK(text(parse("1")).empty());
    CHECK(number(parse("5")) == 5);
    CHECK(number(parse(R"(["set",[6]])")) == 6);
    CHECK_FALSE(number(parse(R"(["set",[]])")));
    CHECK_FALSE(number(parse("1.5")));
    CHECK(uuids(parse(R"(["uuid","u"])")) == std::vector<std::string>{"u"});
    CHECK(uuids(parse(R"(["set",[["uuid","u"],["uuid","v"],["uuid",1],7]])")) ==
          std::vector<std::string>{"u", "v"});
    CHECK(uuids(parse(R"(["set",7])")).empty());
    CHECK(text_map(parse(R"(["map",[["k","v"],["n",3],["odd"]]])")) ==
          TextMap{{"k", "v"}, {"n", "3"}});
    CHECK(text_map(parse("{}")).empty());
    CHECK(serialize(map({{"a", "b"}, {"c", "d"}})) == R"(["map",[["a","b"],["c","d"]]])");
    CHECK(serialize(set({1, 2})) == R"(["set",[1,2]])");
    CHECK(rows(parse(R"({"rows":[{"a":1},7]})")).size() == 1);
    CHECK(rows(parse("null")).empty());
}

TEST_CASE("ovsdb transaction: each operation on the wire") {
    Transaction transaction;
    CHECK(transaction.empty());
    const boost::json::array where{clause("name", "==", "br0")};
    CHECK(transaction.insert("Port", {{"name", "p"}}, "port1") == 0);
    transaction.select("Port", {}, {"name"});
    transaction.update("Bridge", where, {{"stp_enable", true}});
    transaction.mutate("Bridge", where, {clause("ports", "insert", set({named_uuid("port1")}))});
    transaction.erase("Port", {clause("_uuid", "==", uuid("u"))});
    transaction.wait("Bridge",
                     where,
                     {"name"},
                     "!=",
                     {boost::json::object{{"name", "br0"}}},
                     std::chrono::milliseconds{250});
    transaction.comment("why");
    CHECK(transaction.abort() == 7);
    CHECK(transaction.size() == 8);
    // NOLINTBEGIN(bugprone-suspicious-missing-comma): some are too long for one line
    const std::vector<std::string> expected{
        R"("Open_vSwitch")",
        R"({"op":"insert","table":"Port","row":{"name":"p"},"uuid-name":"port1"})",
        R"({"op":"select","table":"Port","where":[],"columns":["name"]})",
        R"({"op":"update","table":"Bridge","where":[["name","==","br0"]],"row":{"stp_enable":true}})",
        R"({"op":"mutate","table":"Bridge","where":[["name","==","br0"]],)"
        R"("mutations":[["ports","insert",["set",[["named-uuid","port1"]]]]]})",
        R"({"op":"delete","table":"Port","where":[["_uuid","==",["uuid","u"]]]})",
        R"({"op":"wait","table":"Bridge","timeout":250,"where":[["name","==","br0"]],)"
        R"("columns":["name"],"until":"!=","rows":[{"name":"br0"}]})",
        R"({"op":"comment","comment":"why"})",
        R"({"op":"abort"})"};
    // NOLINTEND(bugprone-suspicious-missing-comma)
    REQUIRE(transaction.parameters().size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK(serialize(transaction.parameters()[i]) == expected[i]);
    CHECK(transaction.describe(0) == "insert into Port");
    CHECK(transaction.describe(3) == "mutate of Bridge");
    CHECK(transaction.describe(8) == "the commit");
}

TEST_CASE("ovsdb transaction: the operation that failed") {
    const auto results = boost::json::parse(
        R"([{"uuid":["uuid","a"]},{"error":"constraint violation","details":"why"},null])");
    const auto error = error_in(results.get_array());
    REQUIRE(error);
    CHECK(error->index == 1);
    CHECK(error->error == "constraint violation");
    CHECK(error->details == "why");
    CHECK_FALSE(error_in(boost::json::array{boost::json::object{}, nullptr, 7}));
}

TEST_CASE("ovsdb transaction: one that was moved from is empty") {
    Transaction transaction;
    transaction.abort();
    const Transaction moved = std::move(transaction);
    CHECK(moved.size() == 1);
    CHECK(transaction.empty());
    CHECK(transaction.describe(0) == "the commit");
    CHECK(transaction.comment("again") == 0);
    CHECK(transaction.size() == 1);
}

TEST_CASE("ovsdb values: text that a server would not take") {
    for (const std::string good : {"",
                                   "br0",
                                   "\xc3\xbc",
                                   "\xe6\x97\xa5\xe6\x9c\xac",
                                   "\xf0\x9f\x98\x80",
                                   "\xf4\x8f\xbf\xbf",
                                   "\xed\x9f\xbf",
                                   "\x01\x7f\"\\"})
        CHECK(text_problem(good).empty());
    for (const std::string bad : {"\xff",
                                  "a\x80",
                                  "\xc3",
                                  "\xc3(",
                                  "\xc0\xaf",
                                  "\xc1\xbf",
                                  "\xe0\x9f\xbf",
                                  "\xe6\x97",
                                  "\xed\xa0\x80",
                                  "\xf0\x8f\xbf\xbf",
                                  "\xf4\x90\x80\x80",
                                  "\xf5\x80\x80\x80",
                                  "ok\xf0\x9f\x98"})
        CHECK(text_problem(bad) == "Open vSwitch takes only UTF-8");
    CHECK(text_problem(std::string_view{"a\0b", 3}) == "Open vSwitch takes no NUL byte");
}
