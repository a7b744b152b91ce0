// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "catch.hpp"
#include <vethpp/base/unique_fd.hpp>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace vethpp_test {

/// A directory that goes with the object.
class TemporaryDirectory {
public:
    TemporaryDirectory() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::string path_ = "/tmp/vethpp-test-XXXXXX";
};

/// One connection of a server that says what a test wants it to say.
class Peer {
public:
    explicit Peer(int fd) : fd_{fd} {}
    /// Receives until a complete JSON text has come; false at the end of the stream.
    bool expect() {
        int depth = 0;
        bool quoted = false;
        char c = 0;
        for (char before = 0; ::recv(fd_, &c, 1, 0) == 1; before = c) {
            got_ += c;
            if (c == '"' && before != '\\') quoted = !quoted;
            if (quoted) continue;
            if (c == '{') ++depth;
            if (c == '}' && --depth == 0) return true;
        }
        return false;
    }
    /// False if nobody is there any more.
    bool say(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    /// All that has been received.
    [[nodiscard]] const std::string& got() const noexcept { return got_; }

private:
    int fd_;
    std::string got_{};
};

/// Answers each request with its number, and stays until the client goes.
inline void count_requests(Peer& peer) {
    for (int i = 1; peer.expect(); ++i)
        peer.say(R"({"id":)" + std::to_string(i) + R"(,"result":)" + std::to_string(i) +
                 R"(,"error":null})");
}

/// Serves one connection on a UNIX socket by a script, in a thread; then it closes it.
class ScriptedServer {
public:
    explicit ScriptedServer(std::function<void(Peer&)> script) {
        const std::string path = directory_.path() + "/db.sock";
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        listener_ = vethpp::detail::UniqueFd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        REQUIRE(::bind(listener_.get(),
                       reinterpret_cast<const sockaddr*>(&address),
                       sizeof address) == 0);
        REQUIRE(::listen(listener_.get(), 1) == 0);
        thread_ = std::thread{[this, script = std::move(script)] {
            const vethpp::detail::UniqueFd fd{
                ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
            if (!fd) return;
            Peer peer{fd.get()};
            script(peer);
            got_ = peer.got();
        }};
    }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ~ScriptedServer() { (void)finish(); }

    [[nodiscard]] std::string address() const { return "unix:" + directory_.path() + "/db.sock"; }
    /// Waits for the end of the script; returns all that came.
    const std::string& finish() {
        // Wakes an accept(2) that nobody has answered.
        ::shutdown(listener_.get(), SHUT_RDWR);
        if (thread_.joinable()) thread_.join();
        return got_;
    }

private:
    TemporaryDirectory directory_{};
    vethpp::detail::UniqueFd listener_{};
    std::string got_{};
    std::thread thread_{};
};

}  // namespace vethpp_test
