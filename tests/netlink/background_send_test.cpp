// SPDX-License-Identifier: BSL-1.0
// Threads that sit in send(2), here into a socket that nobody reads.
#include "support/catch.hpp"
#include "support/netns_watch.hpp"
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netlink/background_send.hpp>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using vethpp::error_code;
using vethpp::detail::UniqueFd;
using vethpp::netlink::BackgroundSend;
using vethpp_test::comes_true;
using vethpp_test::exit_status_of;
using vethpp_test::Ledger;

constexpr std::array<std::byte, 40> message{};

// What is sent at one end waits until somebody reads at the other.
struct Full {
    UniqueFd in{};
    UniqueFd out{};
    std::size_t queued = 0;

    Full() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
        in = UniqueFd{ends[0]};
        out = UniqueFd{ends[1]};
        while (::send(in.get(), message.data(), message.size(), MSG_DONTWAIT) > 0) ++queued;
    }
    // Reads so many messages.
    void take(std::size_t n) const {
        std::array<std::byte, 64> buffer{};
        for (std::size_t i = 0; i < n; ++i)
            REQUIRE(::recv(out.get(), buffer.data(), buffer.size(), 0) ==
                    static_cast<::ssize_t>(message.size()));
    }
};

using Sends = std::vector<std::unique_ptr<BackgroundSend>>;

void start(Sends& sends, const Full& full, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        sends.push_back(std::make_unique<BackgroundSend>(full.in.get(), message));
}

// The blocked signals of all threads but this one, as /proc shows them.
std::vector<std::string> masks_of_others() {
    std::vector<std::string> masks;
    const auto self = std::to_string(::gettid());
    for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task"}) {
        if (task.path().filename() == self) continue;
        std::ifstream status{task.path() / "status"};
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("SigBlk:")) masks.push_back(line.substr(8));
    }
    return masks;
}

}  // namespace

TEST_CASE("background send: it says how it ended", "[background_send]") {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const UniqueFd in{ends[0]};
    UniqueFd out{ends[1]};
    error_code ec;
    {
        const BackgroundSend sent{in.get(), message};
        REQUIRE(sent);
        REQUIRE(comes_true([&] { return sent.has_returned(ec); }));
        CHECK_FALSE(ec);
        std::array<std::byte, 64> buffer{};
        CHECK(::recv(out.get(), buffer.data(), buffer.size(), 0) == 40);
    }
    out = {};
    const BackgroundSend refused{in.get(), message};
    REQUIRE(refused);
    REQUIRE(comes_true([&] { return refused.has_returned(ec); }));
    CHECK(ec == boost::system::errc::broken_pipe);  // and no SIGPIPE
}

TEST_CASE("background send: nothing is left of many", "[background_send]") {
    const Ledger before = Ledger::now();
    for (int round = 0; round < 3; ++round) {
        Full full;
        Sends sends;
        start(sends, full, BackgroundSend::limit);
        for (const auto& one : sends) REQUIRE(*one);
        const bool watched = round != 0;
        if (!watched) sends.clear();  // nobody wants to know
        // As many as there may be.
        CHECK_FALSE(BackgroundSend{full.in.get(), message});
        full.take(full.queued);
        full.take(BackgroundSend::limit);
        BackgroundSend::wait_for_all();
        error_code ec;
        for (const auto& one : sends) CHECK(one->has_returned(ec));
        sends.clear();
        CHECK(BackgroundSend{full.in.get(), message});
        BackgroundSend::wait_for_all();
    }
    before.check_unchanged();
}

TEST_CASE("background send: what it has no means for is not sent", "[background_send]") {
    CHECK_FALSE(BackgroundSend{-1, message});
    const Full full;
    constexpr std::array<std::byte, BackgroundSend::largest_size + 1> large{};
    CHECK_FALSE(BackgroundSend{full.in.get(), large});
    CHECK(exit_status_of([&] {
              const rlimit none{0, 0};
              ::setrlimit(RLIMIT_NOFILE, &none);
              return BackgroundSend{full.in.get(), message} ? 1 : 0;
          }) == 0);
}

TEST_CASE("background send: the socket may be closed meanwhile", "[background_send]") {
    Full full;
    Sends sends;
    start(sends, full, 1);
    REQUIRE(*sends.front());
    full.in = {};
    full.take(full.queued + 1);
    error_code ec;
    REQUIRE(comes_true([&] { return sends.front()->has_returned(ec); }));
    CHECK_FALSE(ec);
}

TEST_CASE("background send: no handler of the program runs in there", "[background_send]") {
    const Full full;
    Sends sends;
    BackgroundSend::wait_for_all();
    const auto others = masks_of_others().size();
    start(sends, full, 4);
    const auto masks = masks_of_others();
    REQUIRE(masks.size() == others + 4);
    // All but SIGKILL, SIGSTOP, and the two that the C library keeps for itself.
    constexpr std::uint64_t all = 0xfffffffe7ffbfeffULL;
    std::size_t blocked = 0;
    for (const std::string& mask : masks)
        if ((std::strtoull(mask.c_str(), nullptr, 16) & all) == all) ++blocked;
    CHECK(blocked >= 4);
    full.take(full.queued + 4);
    BackgroundSend::wait_for_all();
}

TEST_CASE("background send: a child has none of its parent's", "[background_send]") {
    const Full full;
    Sends sends;
    start(sends, full, BackgroundSend::limit);
    const Full own;
    CHECK(exit_status_of([&] {
              // They are not there, so nothing waits for them.
              BackgroundSend::wait_for_all();
              sends.clear();
              const BackgroundSend of_child{own.in.get(), message};
              if (!of_child) return 1;
              own.take(own.queued + 1);
              BackgroundSend::wait_for_all();
              error_code ec;
              return of_child.has_returned(ec) && !ec ? 0 : 2;
          }) == 0);
    full.take(full.queued + BackgroundSend::limit);
    BackgroundSend::wait_for_all();
}

namespace {

// Made before main(), and so destroyed after all that is made later.
struct Last {
    ~Last() {
        if (full == nullptr) return;
        // By now it has been sent, and no other one will be.
        std::array<std::byte, 64> buffer{};
        const bool was_sent =
            ::recv(full->out.get(), buffer.data(), buffer.size(), MSG_DONTWAIT) > 0;
        const bool refused = !BackgroundSend{full->in.get(), message};
        ::_exit(!was_sent ? 1 : !refused ? 2 : 0);
    }
    const Full* full = nullptr;
} last;

}  // namespace

TEST_CASE("background send: the end of the process waits for them, and starts no others",
          "[background_send]") {
    const Full shared;
    const int code = exit_status_of([&]() -> int {
        last.full = &shared;
        BackgroundSend::prepare();
        {
            const BackgroundSend left_alone{shared.in.get(), message};
            if (!left_alone) ::_exit(3);
        }
        std::thread{[&] { shared.take(shared.queued); }}.detach();
        std::exit(4);
    });
    CHECK(code == 0);
}
