// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netns/ref.hpp>
#include <vethpp/ovs/datapath.hpp>
#include <vethpp/value/error.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace vethpp {

struct OvsDaemonOptions {
    NetnsRef netns{};  ///< where the switch is; the caller's namespace unless given
    OvsDatapath datapath = OvsDatapath::automatic;
    std::chrono::milliseconds timeout{10'000};  ///< of starting; max() is for ever
    /// Where ovsdb-tool, ovsdb-server and ovs-vswitchd are; unless given, $PATH and the usual
    /// places.
    std::string program_directory{};
    /// vswitch.ovsschema; unless given, where Debian and `make install` put it.
    std::string schema{};
};

/// An Open vSwitch of one's own: ovsdb-server and ovs-vswitchd with a fresh database in a
/// directory of their own, in a given namespace. Any number of them run side by side, also beside
/// the system's.
///
/// **Ownership.** The daemons end with this object, and when the owner is killed, at whatever
/// moment; the directory and the switch's own links go with them, and so does a bridge: there is no
/// need to delete it first, which takes 0.2 s. The kernel's datapath is one for all switches of a
/// namespace: it goes with the first of them, and one that was there before stays. A copy in a
/// child of the program owns nothing. The process that sees to all this is none that the program's
/// own wait(2) or SIGCHLD tells of; if it is killed itself, the daemons end at once, and the
/// directory stays until this object is destroyed.
/// **Blocking.** It is ready when the constructor returns, after some 0.1 s. The destructor waits
/// for the end of the daemons, some 0.02 s; and not for other children of the program.
/// **Errors.** errc::not_installed names the package; errc::ovs_not_started quotes the log. Needs
/// CAP_SYS_ADMIN in the user namespace (for a PID namespace), as namespaces do.
class OvsDaemon {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): as in `daemons.push_back({{.netns = ns1}})`
    OvsDaemon(const OvsDaemonOptions& options = {}, OnError on_error = {});
    OvsDaemon(OvsDaemon&&) noexcept;
    OvsDaemon& operator=(OvsDaemon&&) noexcept;
    ~OvsDaemon();

    /// False for one that was moved from, or did not start; its texts are empty then.
    [[nodiscard]] explicit operator bool() const noexcept { return state_ != nullptr; }
    /// The address of its database, as ovs-vsctl --db takes it.
    [[nodiscard]] std::string database() const;
    /// What Bridge.datapath_type should be: "system", "netdev" or "dummy".
    [[nodiscard]] std::string datapath_type() const;
    [[nodiscard]] OvsDatapath datapath() const noexcept;
    /// Why it is that datapath, in words.
    [[nodiscard]] std::string datapath_reason() const;
    /// The directory with its sockets, logs and database: below $TMPDIR, or below /tmp where that
    /// is unset, relative, too long for a socket's address (107 bytes), or has a comma in it.
    [[nodiscard]] std::string directory() const;
    /// What ovs-vswitchd has logged so far.
    [[nodiscard]] std::string log() const;
    /// "Open vSwitch at unix:/tmp/vethpp-ovs-123/db.sock"
    [[nodiscard]] std::string to_string() const;

private:
    struct State;
    std::unique_ptr<State> state_{};
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/daemon.ipp>
#endif
