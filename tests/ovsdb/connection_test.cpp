// SPDX-License-Identifier: BSL-1.0
// Connections under pressure: servers that do not accept, that send too much, children of fork(2),
// no memory, no descriptors.
#include "support/catch.hpp"
#include "support/failing_new.hpp"
#include "support/netns_watch.hpp"
#include "support/ovsdb_server.hpp"
#include "support/patience.hpp"
#include <vethpp/ovsdb/async_client.hpp>
#include <vethpp/ovsdb/client.hpp>

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp::ovsdb;
using namespace vethpp_test;
using detail::UniqueFd;

const std::string update = R"({"method":"update2","id":null,"params":["m",{}]})";

// A server that accepts when it is told to.
class Doorkeeper {
public:
    Doorkeeper() {
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        listener_ = UniqueFd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        REQUIRE(::bind(listener_.get(),
                       reinterpret_cast<const sockaddr*>(&address),
                       sizeof address) == 0);
        REQUIRE(::listen(listener_.get(), 1) == 0);
        // Until the queue is full.
        error_code ec;
        while (!ec) {
            waiting_.push_back(detail::open_stream_socket(AF_UNIX, ec));
            Failure failure;
            if (!ec) ec = detail::connect_stream(waiting_.back().get(), {this->address(), failure});
        }
        REQUIRE(ec == boost::system::errc::resource_unavailable_try_again);
        waiting_.pop_back();
    }

    [[nodiscard]] std::string address() const { return "unix:" + path_; }
    /// Accepts those who have filled the queue, and that many more.
    [[nodiscard]] std::vector<UniqueFd> accept(std::size_t count) {
        std::vector<UniqueFd> accepted;
        for (std::size_t i = 0; i < waiting_.size() + count; ++i) {
            accepted.emplace_back(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!accepted.back()) break;
        }
        return accepted;
    }

private:
    TemporaryDirectory directory_{};
    std::string path_ = directory_.path() + "/db.sock";
    UniqueFd listener_{};
    std::vector<UniqueFd> waiting_{};
};

error_code connect_async(const std::string& address, std::chrono::milliseconds timeout) {
    asio::io_context io;
    AsyncClient client{io.get_executor(), {.timeout = timeout}};
    error_code ended = make_error_code(errc::empty_object);
    client.async_connect(address, [&](error_code ec) {
        ended = ec;
        client.close();
    });
    io.run();
    return ended;
}

// A server in a process of its own, whose memory is not that of the test. It answers each request
// with a notification and a number.
class ServerProcess {
public:
    ServerProcess() {
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        const UniqueFd listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        REQUIRE(::bind(listener.get(),
                       reinterpret_cast<const sockaddr*>(&address),
                       sizeof address) == 0);
        REQUIRE(::listen(listener.get(), 1) == 0);
        process_ = ::fork();
        REQUIRE(process_ >= 0);
        if (process_ != 0) return;
        Peer peer{::accept(listener.get(), nullptr, nullptr)};
        while (peer.expect()) {
            const std::string& got = peer.got();
            const std::string id = got.substr(got.rfind(R"("id":)") + 5);  // with its '}'
            if (id != "null}") peer.say(update + R"({"result":7,"error":null,"id":)" + id);
        }
        ::_exit(0);
    }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;
    ~ServerProcess() {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    [[nodiscard]] std::string address() const { return "unix:" + path_; }

private:
    TemporaryDirectory directory_{};
    std::string path_ = directory_.path() + "/db.sock";
    ::pid_t process_ = -1;
};

}  // namespace

TEST_CASE("ovsdb connection: a full queue is waited for, by many at once") {
    Doorkeeper server;
    constexpr int many = 20;
    std::atomic<int> failed{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < many; ++i)
        clients.emplace_back([&, i] {
            error_code ec;
            if (i % 2 == 0)
                Client{server.address(), {.timeout = long_enough}, ec};
            else
                ec = connect_async(server.address(), long_enough);
            if (ec) ++failed;
        });
    const std::vector<UniqueFd> accepted = server.accept(many);
    for (std::thread& client : clients) client.join();
    CHECK(failed == 0);
}

TEST_CASE("ovsdb connection: a server that accepts nobody, until the deadline") {
    const Doorkeeper server;
    const auto timeout = GENERATE(30ms, 0ms, -1ms);
    try {
        (void)Client{server.address(), {.timeout = timeout}};
        FAIL("connected");
    } catch (const Error& error) {
        CHECK(error.code() == boost::system::errc::timed_out);
        CHECK(error.context().hint ==
              "the server accepts no connection; it may be stopped, or busy");
        CHECK(error.context().object == server.address());
    }
    CHECK(connect_async(server.address(), timeout) == boost::system::errc::timed_out);
}

TEST_CASE("ovsdb connection: the pauses grow, up to some length") {
    detail::ConnectPause pause;
    for (const auto expected : {1ms, 2ms, 4ms, 8ms, 16ms, 20ms, 20ms})
        CHECK(pause.next() == expected);
}

TEST_CASE("ovsdb connection: a limit on notifications that nobody takes") {
    const std::string first =
        R"({"method":"a","id":null,"params":[")" + std::string(300, 'x') + R"("]})";
    Exchange exchange{{.backlog_limit = 2 * update.size()}};
    error_code ec;
    SECTION("one has a place, whatever its size") {
        exchange.received(first, ec);
        CHECK_FALSE(ec.failed());
        exchange.received(update, ec);
        CHECK(ec == boost::system::errc::no_buffer_space);
        CHECK(exchange.take_notification()->method == "a");
        CHECK_FALSE(exchange.take_notification());
    }
    SECTION("what is taken makes place") {
        for (int i = 0; i < 10; ++i) {
            exchange.received(update + update, ec);
            CHECK_FALSE(ec.failed());
            CHECK(exchange.take_notification());
            CHECK(exchange.take_notification());
        }
        exchange.received(update + update + update, ec);
        CHECK(ec == boost::system::errc::no_buffer_space);
    }
    SECTION("answers to a server that does not read them") {
        const std::string echo = R"({"method":"echo","id":"e","params":[]})";
        exchange.received(echo + echo, ec);
        CHECK_FALSE(ec.failed());
        exchange.written(exchange.output().size());
        exchange.received(echo, ec);
        CHECK_FALSE(ec.failed());
        exchange.received(echo + echo + echo, ec);
        CHECK(ec == boost::system::errc::no_buffer_space);
    }
}

TEST_CASE("ovsdb connection: a flood of notifications ends it") {
    const auto flood = [](Peer& peer) {
        while (peer.say(update)) {
        }
    };
    constexpr std::size_t few = 10;
    const ClientOptions options{.timeout = long_enough, .backlog_limit = few * update.size()};
    {
        ScriptedServer server{flood};
        Client client{server.address(), options};
        try {
            client.echo();
            FAIL("answered");
        } catch (const Error& error) {
            CHECK(error.code() == boost::system::errc::no_buffer_space);
            CHECK(error.context().hint == "notifications came faster than they were taken");
        }
        CHECK_FALSE(client.is_connected());
        for (std::size_t i = 0; i < few; ++i) CHECK(client.next_notification(0ms));
        error_code ec;
        CHECK_FALSE(client.next_notification(0ms, ec));
        CHECK(ec == boost::system::errc::not_connected);
    }
    ScriptedServer server{flood};
    asio::io_context io;
    AsyncClient client{io.get_executor(), options};
    error_code ended;
    client.async_connect(server.address(), [&](error_code) {
        client.async_call("x", {}, [&](error_code ec, const json::value&) { ended = ec; });
    });
    io.run();
    CHECK(ended == boost::system::errc::no_buffer_space);
}

TEST_CASE("ovsdb connection: a child's copy of a client does nothing") {
    ScriptedServer server{count_requests};
    auto client = std::make_unique<Client>(server.address(), ClientOptions{.timeout = long_enough});
    CHECK(client->call("a", {}) == 1);
    CHECK(exit_status_of([&] {
              error_code ec;
              client->call("b", {}, ec);
              if (ec != errc::used_after_fork || client->is_connected()) return 1;
              client->next_notification(long_enough, ec);
              if (ec != errc::used_after_fork) return 2;
              client.reset();
              return 0;
          }) == 0);
    CHECK(client->is_connected());
    CHECK(client->call("c", {}) == 2);
}

TEST_CASE("ovsdb connection: a child's copy of an asynchronous client does nothing") {
    const bool told = GENERATE(true, false);
    const bool destroyed = GENERATE(true, false);
    CAPTURE(told, destroyed);
    ScriptedServer server{count_requests};
    asio::io_context io;
    auto client =
        std::make_unique<AsyncClient>(io.get_executor(), ClientOptions{.timeout = long_enough});
    std::vector<json::value> results;
    const auto keep = [&](error_code ec, const json::value& result) {
        results.push_back(ec ? json::value{ec.message()} : result);
    };
    client->async_connect(server.address(), [&](error_code ec) { CHECK_FALSE(ec.failed()); });
    client->async_call("a", {}, keep);
    while (results.empty()) io.run_one();
    error_code next;
    client->async_next_notification([&](error_code ec, const Notification&) { next = ec; });
    while (io.poll_one() != 0) {
    }
    if (told) io.notify_fork(asio::io_context::fork_prepare);
    CHECK(exit_status_of([&] {
              if (told) {
                  io.notify_fork(asio::io_context::fork_child);
                  error_code ended;
                  client->async_call(
                      "b", {}, [&](error_code ec, const json::value&) { ended = ec; });
                  io.run();  // nothing is pending any more
                  if (ended != errc::used_after_fork || next != errc::used_after_fork) return 1;
              }
              if (destroyed)
                  client.reset();
              else
                  client->close();
              return 0;
          }) == 0);
    if (told) io.notify_fork(asio::io_context::fork_parent);
    // The parent's is still told of what comes.
    client->async_call("c", {}, keep);
    while (results.size() < 2) io.run_one();
    CHECK(results[1] == 2);
    CHECK_FALSE(next.failed());
    client->close();
    io.run();
}

TEST_CASE("ovsdb connection: no socket is inherited by programs") {
    ScriptedServer server{count_requests};
    const auto inheritable = [] {
        int found = 0;
        for (int fd = 3; fd < 1024; ++fd) {
            const int flags = ::fcntl(fd, F_GETFD);
            if (flags >= 0 && (flags & FD_CLOEXEC) == 0) ++found;
        }
        return found;
    };
    const int before = inheritable();
    asio::io_context io;
    AsyncClient client{io.get_executor(), {.timeout = long_enough}};
    client.async_connect(server.address(), [&](error_code ec) {
        CHECK_FALSE(ec.failed());
        const Client blocking{server.address()};
        CHECK(inheritable() == before);
        client.close();
    });
    io.run();
}

TEST_CASE("ovsdb connection: no descriptor is left") {
    ScriptedServer server{count_requests};
    CHECK(exit_status_of([&] {
              asio::io_context io;
              AsyncClient client{io.get_executor(), {.timeout = long_enough}};
              rlimit limit{};
              ::getrlimit(RLIMIT_NOFILE, &limit);
              limit.rlim_cur = 0;
              ::setrlimit(RLIMIT_NOFILE, &limit);
              error_code ec;
              const Client none{server.address(), {}, ec};
              if (none || ec != boost::system::errc::too_many_files_open) return 1;
              error_code ended;
              client.async_connect(server.address(), [&](error_code failed) { ended = failed; });
              io.run();
              if (ended != boost::system::errc::too_many_files_open) return 2;
              // It can be tried again.
              limit.rlim_cur = limit.rlim_max;
              ::setrlimit(RLIMIT_NOFILE, &limit);
              client.async_connect(server.address(), [&](error_code failed) {
                  ended = failed;
                  client.close();
              });
              io.restart();
              io.run();
              return ended ? 3 : 0;
          }) == 0);
}

TEST_CASE("ovsdb connection: without memory it is whole or lost, and says so") {
    std::optional<ServerProcess> server;
    std::unique_ptr<Client> client;
    const auto begin = [&] {
        client.reset();
        server.emplace();
        client = std::make_unique<Client>(server->address(), ClientOptions{.timeout = long_enough});
    };
    begin();
    int whole = 0;
    int lost = 0;
    const json::array parameters{"some text that is too long for the object itself"};
    const auto work = [&] {
        (void)client->call("a method with a long name, which needs memory", parameters);
        (void)client->next_notification(long_enough);
    };
    const auto check = [&] {
        error_code ec;
        const json::value next = client->call("next", {}, ec);
        if (client->is_connected()) {
            ++whole;
            CHECK_FALSE(ec.failed());
            CHECK(next.is_int64());
        } else {
            ++lost;
            CHECK(ec == boost::system::errc::not_connected);
        }
        begin();
    };
    CHECK(at_each_allocation(work, check) > 0);
    CHECK(whole + lost > 0);
    CHECK(lost > 0);
}

TEST_CASE("ovsdb connection: an asynchronous client without memory") {
    std::optional<ServerProcess> server;
    std::optional<asio::io_context> io;
    std::optional<AsyncClient> client;
    bool done = false;
    const auto begin = [&] {
        client.reset();
        io.reset();
        server.emplace();
        io.emplace();
        client.emplace(io->get_executor(), ClientOptions{.timeout = long_enough});
        done = false;
    };
    begin();
    const auto call = [&] {
        client->async_call("a method with a long name, which needs memory",
                           {"and a parameter"},
                           [&](error_code, const json::value&) { done = true; });
    };
    const auto work = [&] {
        client->async_connect(server->address(), [](error_code) {});
        call();
        while (!done && io->run_one() != 0) {
        }
    };
    const auto check = [&] {
        // Whatever has failed, the next call has an end.
        done = false;
        client->async_connect(server->address(), [](error_code) {});  // unless that has begun
        call();
        io->restart();
        while (!done && io->run_one() != 0) {
        }
        CHECK(done);
        begin();
    };
    CHECK(at_each_allocation(work, check) > 0);
}
