// SPDX-License-Identifier: BSL-1.0
// What Asio asks of asynchronous operations.
#include "support/catch.hpp"
#include "support/ovsdb_server.hpp"
#include "support/patience.hpp"
#include <vethpp/ovsdb/async_client.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp::ovsdb;
using namespace vethpp_test;

ScriptedServer counting_server() { return ScriptedServer{count_requests}; }

// Counts what a handler's allocator has given and not got back.
template <class T>
class Counting {
public:
    using value_type = T;

    Counting(int& living, int& all) : living_{&living}, all_{&all} {}
    template <class U>
    // NOLINTNEXTLINE(google-explicit-constructor): allocators convert
    Counting(const Counting<U>& other) : living_{other.living_}, all_{other.all_} {}

    T* allocate(std::size_t n) {
        ++*living_;
        ++*all_;
        return std::allocator<T>{}.allocate(n);
    }
    void deallocate(T* p, std::size_t n) {
        --*living_;
        std::allocator<T>{}.deallocate(p, n);
    }
    friend bool operator==(const Counting& a, const Counting& b) { return a.living_ == b.living_; }

private:
    template <class U>
    friend class Counting;
    int* living_;
    int* all_;
};

}  // namespace

TEST_CASE("ovsdb async: what is not launched has not begun") {
    ScriptedServer server = counting_server();
    asio::io_context io;
    {
        AsyncClient client{io.get_executor(), {.timeout = long_enough}};
        // Nothing connects, nothing is sent, and no number is used up.
        { auto never = client.async_connect("unix:/nonexistent/socket"); }
        auto call = client.async_call("never", {"launched"});
        auto transact = client.async_transact(Transaction{});
        auto next = client.async_next_notification(asio::deferred);
        CHECK(io.poll() == 0);
        io.restart();
        std::vector<std::string> seen;
        asio::co_spawn(
            io,
            [&]() -> asio::awaitable<void> {
                co_await client.async_connect(server.address());
                seen.push_back(serialize(co_await client.async_call("a", {})));
                seen.push_back(serialize(co_await client.async_call("b", {}, asio::use_awaitable)));
            },
            [&](const std::exception_ptr& thrown) {
                CHECK_FALSE(thrown);
                client.close();
            });
        io.run();
        CHECK(seen == std::vector<std::string>{"1", "2"});
    }
    const std::string& got = server.finish();
    CHECK(got.find("launched") == got.npos);
    CHECK(got == R"({"method":"a","params":[],"id":1}{"method":"b","params":[],"id":2})");
}

TEST_CASE("ovsdb async: an operation that is launched twice is two") {
    ScriptedServer server = counting_server();
    asio::io_context io;
    AsyncClient client{io.get_executor(), {.timeout = long_enough}};
    std::vector<std::string> seen;
    client.async_connect(server.address(), [&](error_code ec) {
        REQUIRE_FALSE(ec.failed());
        const auto call = client.async_call("a", {"x"});
        for (int i = 0; i < 2; ++i)
            call([&](error_code failed, const json::value& result) {
                CHECK_FALSE(failed.failed());
                seen.push_back(serialize(result));
                if (seen.size() == 2) client.close();
            });
    });
    io.run();
    CHECK(seen == std::vector<std::string>{"1", "2"});
    CHECK(server.finish() ==
          R"({"method":"a","params":["x"],"id":1}{"method":"a","params":["x"],"id":2})");
}

TEST_CASE("ovsdb async: the handler's allocator, before the handler is called") {
    ScriptedServer server = counting_server();
    asio::io_context io;
    AsyncClient client{io.get_executor(), {.timeout = long_enough}};
    int living = 0;
    int all = 0;
    int done = 0;
    const auto counted = [&](auto&& handler) {
        return asio::bind_allocator(Counting<char>{living, all},
                                    [&, handler](error_code ec, const auto&... values) {
                                        CHECK_FALSE(ec.failed());
                                        CHECK(living == 0);
                                        CHECK(all > 0);
                                        ++done;
                                        handler(values...);
                                    });
    };
    client.async_connect(server.address(), counted([&] {
                             all = 0;
                             client.async_call("a", {}, counted([&](const json::value& result) {
                                                   CHECK(result == 1);
                                                   client.close();
                                               }));
                         }));
    io.run();
    CHECK(done == 2);
}

TEST_CASE("ovsdb async: futures and tuples") {
    ScriptedServer server = counting_server();
    asio::io_context io;
    AsyncClient client{io.get_executor(), {.timeout = long_enough}};
    auto connected = client.async_connect(server.address(), asio::use_future);
    auto result = client.async_call("a", {}, asio::use_future);
    std::tuple<error_code, Notification> next;
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
            next = co_await client.async_next_notification(asio::as_tuple(asio::use_awaitable));
        },
        [](const std::exception_ptr& thrown) { CHECK_FALSE(thrown); });
    while (result.wait_for(0s) != std::future_status::ready) io.run_one();
    CHECK_NOTHROW(connected.get());
    CHECK(result.get() == 1);  // it was queued before there was a connection
    client.close();
    io.run();
    CHECK(std::get<0>(next) == boost::system::errc::operation_canceled);
}

TEST_CASE("ovsdb async: a connection is made once, and what is refused does it no harm") {
    ScriptedServer server = counting_server();
    asio::io_context io;
    AsyncClient client{io.get_executor(), {.timeout = long_enough}};
    error_code nonsense;
    client.async_connect("nonsense", [&](error_code ec) { nonsense = ec; });
    io.run();
    CHECK(nonsense == errc::invalid_address);
    error_code first = make_error_code(errc::empty_object);
    error_code second;
    error_code third;
    json::value result;
    client.async_connect(server.address(), [&](error_code ec) {
        first = ec;
        client.async_connect(server.address(), [&](error_code again) {
            third = again;
            client.async_call("a", {}, [&](error_code failed, const json::value& value) {
                CHECK_FALSE(failed.failed());
                result = value;
                client.close();
            });
        });
    });
    client.async_connect(server.address(), [&](error_code ec) { second = ec; });
    io.restart();
    io.run();
    CHECK_FALSE(first.failed());
    CHECK(second == boost::system::errc::already_connected);  // a UNIX socket is so at once
    CHECK(third == boost::system::errc::already_connected);
    CHECK(result == 1);
}

TEST_CASE("ovsdb async: handlers on other executors, operations from other threads") {
    ScriptedServer server = counting_server();
    asio::io_context io;
    asio::io_context elsewhere;
    AsyncClient client{io.get_executor(), {.timeout = long_enough}};
    const auto there = [&](auto handler) {
        return asio::bind_executor(elsewhere.get_executor(), std::move(handler));
    };
    std::thread::id place;
    int done = 0;
    client.async_connect(server.address(), there([&](error_code ec) {
                             CHECK_FALSE(ec.failed());
                             place = std::this_thread::get_id();
                         }));
    std::thread other;
    {
        const auto work = asio::make_work_guard(io);
        other = std::thread{[&] { io.run(); }};
        // What is pending keeps this one running.
        elsewhere.run();
        CHECK(place == std::this_thread::get_id());
        for (int i = 0; i < 50; ++i)
            client.async_call("a", {}, there([&](error_code ec, const json::value&) {
                                  CHECK_FALSE(ec.failed());
                                  CHECK(std::this_thread::get_id() == place);
                                  ++done;
                              }));
        elsewhere.restart();
        elsewhere.run();
        CHECK(done == 50);
        asio::post(io, [&] { client.close(); });
    }
    other.join();
}

TEST_CASE("ovsdb async: after a connection that could not be made everything fails at once") {
    asio::io_context io;
    AsyncClient client{io.get_executor(), {.timeout = std::chrono::milliseconds::max()}};
    std::vector<error_code> ends;
    const auto end = [&](error_code ec, const auto&...) { ends.push_back(ec); };
    client.async_connect("unix:/nonexistent/socket", end);
    client.async_call("early", {}, end);
    client.async_next_notification(end);
    io.run();
    client.async_call("late", {}, end);
    client.async_connect("unix:/nonexistent/socket", end);
    io.restart();
    io.run();
    CHECK(ends == std::vector<error_code>(5, {ENOENT, boost::system::system_category()}));
}
