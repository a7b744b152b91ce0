// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/deadline.hpp>
#include <vethpp/base/random.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ovs/daemon.hpp>
#include <vethpp/ovs/programs.hpp>
#include <vethpp/ovs/supervisor.hpp>
#include <vethpp/ovs/text_file.hpp>
#include <vethpp/value/attempt.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ftw.h>
#include <poll.h>
#include <sys/wait.h>
#include <utility>
#include <vector>

namespace vethpp {
namespace detail {

// The end of what the programs said, on one line.
[[nodiscard]] inline std::string last_words(const std::string& directory) {
    std::string words;
    for (const char* name : {"start", "ovsdb-server", "ovs-vswitchd"})
        words += read_text_file(concat({directory, "/", name, ".log"}));
    constexpr std::size_t enough = 600;
    if (words.size() > enough) words.erase(0, words.size() - enough);
    while (!words.empty() && words.back() == '\n') words.pop_back();
    std::replace(words.begin(), words.end(), '\n', '|');
    return words.empty() ? "it said nothing" : "it said: " + words;
}

// Short enough for the sockets in it. The supervisor makes it, and fails if it is there.
[[nodiscard]] inline std::string ovs_directory() {
    const std::string number = std::to_string(random_bits());
    const auto in = [&](const char* place) {
        return concat({place, "/", ovs_directory_name, number});
    };
    const char* base = std::getenv("TMPDIR");
    std::string directory = in(base != nullptr && *base == '/' ? base : "/tmp");
    constexpr std::size_t longest = 107 - sizeof "/ovs-vswitchd.12345.ctl";
    return directory.size() > longest ? in("/tmp") : directory;
}

// nftw(3) instead of std::filesystem, which throws where there is no memory.
inline void remove_tree(const std::string& path) noexcept {
    const auto remove = [](const char* file, const struct stat*, int, FTW*) {
        std::remove(file);
        return 0;
    };
    constexpr int descriptors = 8;
    ::nftw(path.c_str(), remove, descriptors, FTW_DEPTH | FTW_PHYS);
}

// A path in the options goes to system calls, for which it ends at the first NUL byte.
inline void check_path(const char* option, const std::string& path, Failure& failure) {
    if (path.find('\0') != path.npos)
        failure.fail(errc::invalid_option, concat({option, ": a path has no NUL byte"}));
}

}  // namespace detail

struct OvsDaemon::State {
    OvsDatapath datapath = OvsDatapath::automatic;
    std::string reason{};
    std::string directory{};
    std::vector<detail::OvsCommand> commands{};
    detail::OvsSupervisor supervisor{};

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        supervisor.stop();
        if (!directory.empty()) detail::remove_tree(directory);
    }

    void start(const OvsDaemonOptions& options, Failure& failure);
    void wait_until_ready(std::chrono::milliseconds timeout, Failure& failure);
    void explain(const detail::OvsOutcome& outcome, Failure& failure);
};

VETHPP_INLINE void OvsDaemon::State::start(const OvsDaemonOptions& options, Failure& failure) {
    using namespace detail;
    check_path("program_directory", options.program_directory, failure);
    check_path("schema", options.schema, failure);
    if (options.netns.is_none()) failure.fail(errc::no_such_namespace);
    const OvsPrograms programs{options.program_directory, options.schema, failure};
    OvsDatapathChoice choice = choose_datapath(options.datapath, failure);
    datapath = choice.datapath;
    reason = std::move(choice.reason);
    OvsSupervisor::Setup setup{.directory = ovs_directory(),
                               .netns = options.netns.native_handle()};
    if (datapath == OvsDatapath::kernel)
        setup.last_request = removal_of_datapath(options.netns, failure);
    setup.commands = ovs_commands(programs, setup.directory, datapath);
    setup.environment = ovs_environment(setup.directory);
    supervisor.start(setup, failure);
    if (failure.code == boost::system::errc::operation_not_permitted)
        failure.explain("CAP_SYS_ADMIN is needed: run as root, or in a user namespace");
    if (failure) return;
    directory = setup.directory;
    commands = std::move(setup.commands);
    wait_until_ready(options.timeout, failure);
}

VETHPP_INLINE void OvsDaemon::State::wait_until_ready(std::chrono::milliseconds timeout,
                                                      Failure& failure) {
    if (failure) return;
    const Deadline deadline{timeout};
    pollfd item{.fd = supervisor.native_handle(), .events = POLLIN, .revents = 0};
    while (::poll(&item, 1, deadline.left()) <= 0) {
        if (!deadline.has_passed()) continue;
        return failure.fail(errc::ovs_not_started,
                            detail::concat({"not within ",
                                            std::to_string(timeout.count()),
                                            " ms; ",
                                            detail::last_words(directory)}));
    }
    explain(supervisor.outcome(), failure);
}

VETHPP_INLINE void OvsDaemon::State::explain(const detail::OvsOutcome& outcome, Failure& failure) {
    if (outcome.ready) return;
    const int status = outcome.status;
    if (status < 0) {
        failure.fail_errno(-status);
        // Then it is nobody's of ours.
        if (outcome.step == detail::OvsOutcome::no_directory)
            failure.context.object = std::exchange(directory, {});
        return;
    }
    const std::string& path =
        commands[std::min<std::size_t>(outcome.step, commands.size() - 1)].path;
    failure.fail(errc::ovs_not_started,
                 detail::concat(
                     {path.substr(path.rfind('/') + 1),
                      WIFSIGNALED(status) ? " was ended by signal " : " failed with status ",
                      std::to_string(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)),
                      "; ",
                      detail::last_words(directory)}));
}

VETHPP_INLINE OvsDaemon::OvsDaemon(const OvsDaemonOptions& options, OnError on_error) {
    const std::string_view netns =
        options.netns.is_current() ? std::string_view{} : options.netns.label();
    detail::attempt({"start Open vSwitch", {}, netns}, on_error, [&](Failure& failure) {
        auto state = std::make_unique<State>();
        state->start(options, failure);
        if (!failure) state_ = std::move(state);
    });
}

VETHPP_INLINE OvsDaemon::OvsDaemon(OvsDaemon&&) noexcept = default;
VETHPP_INLINE OvsDaemon& OvsDaemon::operator=(OvsDaemon&&) noexcept = default;
VETHPP_INLINE OvsDaemon::~OvsDaemon() = default;

VETHPP_INLINE std::string OvsDaemon::database() const {
    return state_ ? detail::ovs_database(state_->directory) : "";
}

VETHPP_INLINE std::string OvsDaemon::datapath_type() const {
    switch (datapath()) {
        case OvsDatapath::kernel:
            return "system";
        case OvsDatapath::userspace:
            return "netdev";
        case OvsDatapath::dummy:
            return "dummy";
        case OvsDatapath::automatic:
            break;
    }
    return "";
}

VETHPP_INLINE OvsDatapath OvsDaemon::datapath() const noexcept {
    return state_ ? state_->datapath : OvsDatapath::automatic;
}

VETHPP_INLINE std::string OvsDaemon::datapath_reason() const {
    return state_ ? state_->reason : "";
}

VETHPP_INLINE std::string OvsDaemon::directory() const { return state_ ? state_->directory : ""; }

VETHPP_INLINE std::string OvsDaemon::log() const {
    return state_ ? detail::read_text_file(state_->directory + "/ovs-vswitchd.log") : "";
}

VETHPP_INLINE std::string OvsDaemon::to_string() const {
    return state_ ? detail::concat({"Open vSwitch at ", database()}) : "no Open vSwitch";
}

}  // namespace vethpp
