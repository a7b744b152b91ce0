// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/unique_fd.hpp>
#include <vethpp/ovs/supervision.hpp>
#include <vethpp/value/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <sys/types.h>
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
/// dies, the kernel kills everything in the namespace (pid_namespaces(7)); and it dies with this
/// object, or when the owner does, of which it is told by a pidfd. Then it removes the directory,
/// too, and asks the kernel to remove what belongs to the daemons and would outlive them.
class OvsSupervisor {
public:
    struct Setup {
        std::string directory{};  ///< the working directory: made first, and removed at the end
        int netns = -1;           ///< where the programs run; -1: where the owner is
        std::vector<OvsCommand> commands{};  ///< in the order in which they are started
        std::vector<std::string> environment{};
        std::vector<std::byte> last_request{};  ///< to generic netlink, when all have ended
    };

    OvsSupervisor() noexcept = default;
    OvsSupervisor(const OvsSupervisor&) = delete;
    OvsSupervisor& operator=(const OvsSupervisor&) = delete;
    ~OvsSupervisor() { stop(); }

    /// Starts the process, which starts the commands. Once.
    void start(const Setup& setup, Failure& failure);
    /// A descriptor to poll for reading: what happened is known then.
    [[nodiscard]] int native_handle() const noexcept { return status_.get(); }
    /// After native_handle() has become readable. One that died without a word is not ready.
    [[nodiscard]] OvsOutcome outcome() const noexcept;
    /// Kills all of it; none is left when this returns.
    void stop() noexcept;

private:
    ::pid_t pid_ = -1;
    UniqueFd status_{};
    bool cleans_up_ = false;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/supervisor.ipp>
#endif
