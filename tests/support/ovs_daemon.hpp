// SPDX-License-Identifier: BSL-1.0
// What tests of OvsDaemon's own processes share: a directory to look into, programs that are not
// what they seem, and owners that are killed.
#pragma once

#include "catch.hpp"
#include "live.hpp"
#include "ovsdb_server.hpp"
#include "patience.hpp"
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/ovs/daemon.hpp>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace vethpp_test {

/// Makes $TMPDIR a directory of the test, whose content can be listed.
class OwnTmpdir {
public:
    OwnTmpdir() { ::setenv("TMPDIR", directory_.path().c_str(), 1); }
    OwnTmpdir(const OwnTmpdir&) = delete;
    OwnTmpdir& operator=(const OwnTmpdir&) = delete;
    ~OwnTmpdir() {
        if (before_.empty())
            ::unsetenv("TMPDIR");
        else
            ::setenv("TMPDIR", before_.c_str(), 1);
    }
    [[nodiscard]] const std::string& path() const { return directory_.path(); }
    [[nodiscard]] Names content() const {
        Names found;
        for (const auto& entry : std::filesystem::directory_iterator{directory_.path()})
            found.push_back(entry.path());
        return found;
    }

private:
    TemporaryDirectory directory_{};
    std::string before_ = std::getenv("TMPDIR") != nullptr ? std::getenv("TMPDIR") : "";
};

/// A directory with the programs of Open vSwitch, of which one is a shell script.
class Programs {
public:
    explicit Programs(const std::string& name = {}, const std::string& script = {}) {
        for (const char* real :
             {"/usr/bin/ovsdb-tool", "/usr/sbin/ovsdb-server", "/usr/sbin/ovs-vswitchd"}) {
            const std::filesystem::path path{real};
            if (path.filename() != name)
                std::filesystem::create_symlink(path, directory_.path() / path.filename());
        }
        if (name.empty()) return;
        const std::string file = directory_.path() + "/" + name;
        std::ofstream{file} << "#!/bin/sh\n" << script;
        REQUIRE(::chmod(file.c_str(), 0755) == 0);
    }
    [[nodiscard]] const std::string& path() const { return directory_.path(); }

private:
    TemporaryDirectory directory_{};
};

/// A directory with what passes for the programs of Open vSwitch, and is faster: two processes, and
/// a few files in the daemon's directory.
class FakePrograms {
public:
    FakePrograms() {
        for (const char* name : {"ovsdb-tool", "ovsdb-server", "ovs-vswitchd"}) {
            const std::string file = directory_.path() + "/" + name;
            std::ofstream{file} << "#!/bin/sh\n"
                                << (name == std::string_view{"ovsdb-tool"}
                                        ? ":\n"
                                        : ": >\"${0##*/}.pid\"\nsleep 1000 &\n");
            REQUIRE(::chmod(file.c_str(), 0755) == 0);
        }
    }
    [[nodiscard]] vethpp::OvsDaemonOptions options() const {
        return {.datapath = vethpp::OvsDatapath::dummy,
                .timeout = long_enough,
                .program_directory = directory_.path(),
                .schema = "/dev/null"};
    }

private:
    TemporaryDirectory directory_{};
};

/// Where another process tells that it has come to some point.
class Fifo {
public:
    Fifo() {
        REQUIRE(::mkfifo(path().c_str(), 0600) == 0);
        fd_ = vethpp::detail::UniqueFd{::open(path().c_str(), O_RDWR | O_CLOEXEC)};
        REQUIRE(fd_);
    }
    [[nodiscard]] std::string path() const { return directory_.path() + "/fifo"; }
    [[nodiscard]] bool wait() const {
        pollfd item{.fd = fd_.get(), .events = POLLIN, .revents = 0};
        char c = 0;
        return ::poll(&item, 1, static_cast<int>(long_enough.count())) == 1 &&
               ::read(fd_.get(), &c, 1) == 1;
    }
    void tell() const { (void)!::write(fd_.get(), "x", 1); }

private:
    TemporaryDirectory directory_{};
    vethpp::detail::UniqueFd fd_{};
};

/// A process that does something, and then waits for its death.
class Victim {
public:
    template <class F>
    explicit Victim(F f) : pid_{::fork()} {
        REQUIRE(pid_ >= 0);
        if (pid_ != 0) return;
        ::alarm(600);
        try {
            f();
        } catch (...) {
            ::_exit(1);
        }
        ::pause();
        ::_exit(0);
    }
    Victim(const Victim&) = delete;
    Victim& operator=(const Victim&) = delete;
    ~Victim() { kill(); }
    /// The wait status.
    int kill() {
        if (pid_ <= 0) return -1;
        int status = -1;
        ::kill(pid_, SIGKILL);
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return status;
    }

private:
    ::pid_t pid_;
};

inline bool killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }

}  // namespace vethpp_test
