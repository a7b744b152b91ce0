// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/ovs/options.hpp>
#include <vethpp/ovs/port.hpp>
#include <vethpp/value/error.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp {

namespace detail {
class OvsBridgeState;
struct OvsPortSpec;
}  // namespace detail

/// A bridge of an Open vSwitch, driven through its database (ovs-vswitchd.conf.db(5)).
///
/// Each operation is one transaction, after which it waits until ovs-vswitchd has carried it out;
/// what it could not do is an Error (errc::ovs_port_failed), although the database took it, and is
/// taken back. What can be read back (MTU, MAC address, port number, the peer of a patch) is as it
/// was asked to be.
/// **Ownership.** A bridge that this object made goes with it, unless somebody else has replaced or
/// taken it over (external_ids:vethpp-owner); an adopted one stays. A port goes with its link, also
/// when somebody else deletes that: one thread for each bridge with links as ports follows the
/// kernel's events. While the database is away such a port waits for it. A child process's copy
/// owns nothing: errc::used_after_fork.
/// **Blocking.** 1 to 4 ms for a port, some 10 to 100 ms for a bridge, at most the timeout; then at
/// most a second to take back what ovs-vswitchd did not carry out.
/// **Threads.** The functions may be called from several threads at once; they take turns.
/// **Errors.** errc::empty_object for one that was moved from, or could not be made.
class OvsBridge {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): as in `bridges.push_back({{.name = "br0"}})`
    OvsBridge(OvsBridgeOptions options, OnError on_error = {});
    OvsBridge(OvsBridge&&) noexcept;
    OvsBridge& operator=(OvsBridge&&) noexcept;
    ~OvsBridge();

    [[nodiscard]] explicit operator bool() const noexcept { return state_ != nullptr; }
    [[nodiscard]] std::string name() const;
    [[nodiscard]] std::string database() const;
    /// "br0 at unix:/run/openvswitch/db.sock"
    [[nodiscard]] std::string to_string() const;

    /// Makes a link a port, which must be in the namespace of ovs-vswitchd; ENODEV if it goes
    /// meanwhile. Over a userspace datapath it turns the transmit checksum offload of the far end
    /// of a veth pair off first: frames would arrive without checksums, and TCP would die while
    /// ping works. It also lets the link answer ARP requests for its own addresses only (arp_ignore
    /// in the kernel's ip-sysctl), and makes it promiscuous until it is taken out.
    OvsPort add_port(const Link& link, const OvsPortOptions& options = {}, OnError on_error = {});
    /// A port that is a new link of the switch's own namespace, as a host has it on its switch. It
    /// is down, and when it is set up, a userspace datapath drops its frames until it has noticed:
    /// until admin_state is "up" (OvsMonitor tells).
    OvsPort add_internal_port(const std::string& name,
                              const OvsPortOptions& options = {},
                              OnError on_error = {});
    /// One end of a wire to another bridge of the same switch; the other bridge has the other. The
    /// first of them is complete when the second is there, and says so until then: OvsPort::error.
    OvsPort add_patch_port(const std::string& name,
                           const std::string& peer,
                           const OvsPortOptions& options = {},
                           OnError on_error = {});
    OvsPort add_tunnel(const std::string& name,
                       const OvsTunnel& tunnel,
                       const OvsPortOptions& options = {},
                       OnError on_error = {});
    /// Takes a port out, whoever made it, and waits until the switch has let go of it. The bridge's
    /// own, of its name, goes with the bridge only.
    void remove_port(const std::string& name, OnError on_error = {});

    /// All ports, without the one that is the bridge itself.
    [[nodiscard]] std::vector<OvsPort> ports(OnError on_error = {}) const;
    [[nodiscard]] OvsPort port(const std::string& name, OnError on_error = {}) const;

    /// Deletes the bridge now and waits for it, some 0.2 s; the destructor does not wait.
    void remove(OnError on_error = {});
    /// Ends the ownership: bridge and ports stay when this object goes.
    void release() noexcept;

private:
    // What an operation is called, and the port that it is about, if one is.
    struct Attempt {
        const char* operation = "";
        std::string_view port{};
    };
    using InState = detail::FunctionRef<void(detail::OvsBridgeState&, Failure&)>;
    void with_state(const Attempt& attempt, OnError on_error, InState body) const;
    OvsPort add(const detail::OvsPortSpec& spec, const OvsPortOptions& options, OnError on_error);

    std::unique_ptr<detail::OvsBridgeState> state_{};
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/bridge.ipp>
#endif
