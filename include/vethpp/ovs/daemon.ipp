// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/deadline.hpp>
#include <vethpp/base/random.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/netns/visit.hpp>
#include <vethpp/ovs/daemon.hpp>
#include <vethpp/ovs/programs.hpp>
#include <vethpp/ovs/supervisor.hpp>
#include <vethpp/ovs/text_file.hpp>
#include <vethpp/value/attempt.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
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

// Short enough for the sockets in it, and without a comma, at which Open vSwitch takes addresses
// apart. The supervisor makes it, and fails if it is there.
[[nodiscard]] inline std::string ovs_directory() {
    const std::string number = std::to_string(random_bits());
    const auto in = [&](const char* place) {
        return concat({place, "/", ovs_directory_name, number});
    };
    const char* base = std::getenv("TMPDIR");
    std::string directory = in(base != nullptr && *base == '/' ? base : "/tmp");
    constexpr std::size_t longest = 107 - sizeof "/ovs-vswitchd.12345.ctl";
    const bool usable = directory.size() <= longest && directory.find(',') == directory.npos;
    return usable ? directory : in("/tmp");
}

// A path in the options goes to system calls, for which it ends at the first NUL byte.
inline void check_path(const char* option, const std::string& path, Failure& failure) {
    if (path.find('\0') != path.npos)
        failure.fail(errc::invalid_option, concat({option, ": a path has no NUL byte"}));
}

// Why the kernel makes no process in a PID namespace of its own.
inline void explain_refusal(Failure& failure) {
    namespace refusal = boost::system::errc;
    if (failure.code == refusal::operation_not_permitted) failure.explain(how_to_get_sys_admin());
    if (failure.code == refusal::invalid_argument)
        failure.explain(
            "this process has called unshare(CLONE_NEWPID): its children are in another PID "
            "namespace, and so cannot begin a third one");
    if (failure.code == refusal::no_space_on_device)
        failure.explain("no more PID namespaces: see user.max_pid_namespaces in namespaces(7)");
}

}  // namespace detail

struct OvsDaemon::State {
    OvsDatapath datapath = OvsDatapath::automatic;
    std::string reason{};
    std::string directory{};
    std::vector<detail::OvsCommand> commands{};
    detail::OvsSupervisor supervisor{};

    void start(const OvsDaemonOptions& options, Failure& failure);
    void wait_until_ready(Deadline deadline, std::chrono::milliseconds timeout, Failure& failure);
    void explain(const detail::OvsOutcome& outcome, Failure& failure);
    void explain_setup(const detail::OvsOutcome& outcome, Failure& failure);
};

VETHPP_INLINE void OvsDaemon::State::start(const OvsDaemonOptions& options, Failure& failure) {
    using namespace detail;
    const Deadline deadline{options.timeout};
    check_path("program_directory", options.program_directory, failure);
    check_path("schema", options.schema, failure);
    if (options.netns.is_none()) failure.fail(errc::no_such_namespace);
    const OvsPrograms programs{options.program_directory, options.schema, failure};
    OvsDatapathChoice choice = choose_datapath(options.datapath, failure);
    datapath = choice.datapath;
    reason = std::move(choice.reason);
    directory = ovs_directory();
    OvsSupervisor::Setup setup{.directory = directory, .netns = options.netns.native_handle()};
    if (datapath == OvsDatapath::kernel) {
        OvsDatapathRemoval removal = removal_of_datapath(options.netns, failure);
        setup.kernel = std::move(removal.kernel);
        setup.last_request = std::move(removal.request);
    }
    commands = ovs_commands(programs, directory, datapath);
    setup.commands = commands;
    setup.environment = ovs_environment(directory);
    if (failure) return;
    supervisor.start(std::move(setup), failure);
    explain_refusal(failure);
    wait_until_ready(deadline, options.timeout, failure);
}

VETHPP_INLINE void OvsDaemon::State::wait_until_ready(Deadline deadline,
                                                      std::chrono::milliseconds timeout,
                                                      Failure& failure) {
    if (failure) return;
    while (!supervisor.wait(deadline.left())) {
        if (!deadline.has_passed()) continue;
        return failure.fail(errc::ovs_not_started,
                            detail::concat({"not within ",
                                            std::to_string(timeout.count()),
                                            " ms; ",
                                            detail::last_words(directory)}));
    }
    if (const auto outcome = supervisor.outcome())
        explain(*outcome, failure);
    else
        failure.fail(errc::ovs_not_started, "somebody has killed the process that supervises it");
}

VETHPP_INLINE void OvsDaemon::State::explain(const detail::OvsOutcome& outcome, Failure& failure) {
    if (outcome.ready) return;
    if (outcome.step >= commands.size()) return explain_setup(outcome, failure);
    const int status = outcome.status;
    const std::string& path = commands[outcome.step].path;
    if (status < 0) {
        failure.fail_errno(-status);
        failure.context.object = path;
        return;
    }
    failure.fail(errc::ovs_not_started,
                 detail::concat(
                     {path.substr(path.rfind('/') + 1),
                      WIFSIGNALED(status) ? " was ended by signal " : " failed with status ",
                      std::to_string(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)),
                      "; ",
                      detail::last_words(directory)}));
}

// Before any command was started: by errno.
VETHPP_INLINE void OvsDaemon::State::explain_setup(const detail::OvsOutcome& outcome,
                                                   Failure& failure) {
    failure.fail_errno(-outcome.status);
    if (outcome.step == detail::OvsOutcome::directory)
        failure.context.object = directory;
    else if (outcome.step == detail::OvsOutcome::log)
        failure.context.object = directory + "/start.log";
    else if (outcome.step == detail::OvsOutcome::null_device)
        failure.context.object = "/dev/null";
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
    return std::string{detail::datapath_type(datapath())};
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
