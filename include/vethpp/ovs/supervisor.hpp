// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/process.hpp>
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/ovs/supervision.hpp>
#include <vethpp/value/error.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp::detail {

/// How the names of the directories of such daemons begin.
inline constexpr std::string_view ovs_directory_name = "vethpp-ovs-";

/// A program and its arguments, as execve(2) takes them.
struct OvsCommand {
    std::string path{};
    std::vector<std::string> arguments{};
};

/// Runs daemons that cannot outlive their owner.
///
/// The first process of a PID namespace of its own starts the commands, one after the other, each
/// of which is ready (and has gone into the background) when it exits with 0. When that process
/// dies, the kernel kills everything in the namespace (pid_namespaces(7)). It ends when this object
/// asks it to, or when the owner dies, of which it is told by a pidfd; and it is the one who then
/// removes the directory, and asks the kernel to remove what belongs to the daemons and would
/// outlive them. Only where it was killed itself does this object do so, in its place.
///
/// The program does not see that process: it is no child that wait(2) returns without __WALL, its
/// end is no SIGCHLD, and this object knows it by a pidfd. It keeps no copy of the program's
/// memory. A copy of this object in a child of the program is nobody's owner.
class OvsSupervisor {
public:
    struct Setup {
        std::string directory{};  ///< the working directory: made first, and removed at the end
        int netns = -1;           ///< where the programs run; -1: where the owner is
        std::vector<OvsCommand> commands{};  ///< in the order in which they are started
        std::vector<std::string> environment{};
        UniqueFd kernel{};                           ///< a socket of generic netlink, or none
        std::vector<std::byte> last_request{};       ///< to that, when all have ended
        std::chrono::milliseconds patience{10'000};  ///< of stop(), twice
    };

    OvsSupervisor() noexcept = default;
    OvsSupervisor(const OvsSupervisor&) = delete;
    OvsSupervisor& operator=(const OvsSupervisor&) = delete;
    ~OvsSupervisor() { stop(); }

    /// Starts the process, which starts the commands. Once.
    void start(Setup setup, Failure& failure);
    /// Waits until it is known what came of that, or for so long; false then.
    [[nodiscard]] bool wait(int milliseconds) const noexcept;
    /// After wait(). Nothing if the process was killed before it could say it.
    [[nodiscard]] std::optional<OvsOutcome> outcome() const noexcept;
    /// Ends all of it; none is left when this returns. A supervising process that somebody has
    /// stopped is killed when the patience is over.
    void stop() noexcept;

private:
    void launch(Supervision& task, void* stack, Failure& failure) noexcept;
    /// Whether it has ended.
    [[nodiscard]] bool wait_for_end() const noexcept;
    /// Whether it has left nothing; then it is gone.
    [[nodiscard]] bool reap(int flags) const noexcept;
    void finish_its_work() noexcept;

    Birthplace birthplace_{};
    UniqueFd process_{};  ///< a pidfd of it
    UniqueFd status_{};   ///< the other end of the socket on which it reports
    UniqueFd kernel_{};
    std::string directory_{};
    std::vector<std::byte> last_request_{};
    std::chrono::milliseconds patience_{};
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/supervisor.ipp>
#endif
