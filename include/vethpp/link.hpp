// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/deadline.hpp>
#include <vethpp/link/held_link.hpp>
#include <vethpp/link/offloads.hpp>
#include <vethpp/link/options.hpp>
#include <vethpp/message/link.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace vethpp {

namespace detail {
class Removable;
}  // namespace detail

/// A link of some namespace: a handle by which it is changed and asked.
///
/// **Ownership.** A Link from Netns::link() refers to a link that somebody else owns. One that was
/// made (a Bridge, the ends of a VethPair) is removed by its maker's destructor, if it is still the
/// same link; release() ends that.
/// **Blocking.** Every call is one request that the kernel carries out before it returns: some
/// microseconds, half a millisecond for remove(), 16 ms for move_to(). Calls may come from several
/// threads, but moving, renaming and destroying a Link exclude other calls on the same object.
/// **Errors.** An Error names the operation, the link and the namespace; errno stays visible in
/// code(). errc::no_such_link if this object refers to nothing.
class Link {
public:
    Link() noexcept = default;
    /// The link of that index. With NetnsRef{}, of the namespace that the calling thread is in now.
    Link(const NetnsRef& netns, std::uint32_t index, std::string name, OnError on_error = {});
    /// For the library: the link that it has made, and owns if `link.owned`.
    explicit Link(detail::HeldLink link) noexcept;
    Link(Link&& other) noexcept;
    Link& operator=(Link&& other) noexcept;
    ~Link();

    [[nodiscard]] explicit operator bool() const noexcept { return data_.index != 0; }
    [[nodiscard]] const NetnsRef& netns() const noexcept { return data_.netns; }
    /// Unique within the namespace; changes when the link moves.
    [[nodiscard]] std::uint32_t index() const noexcept { return data_.index; }
    /// The name that it had when this object last saw it.
    [[nodiscard]] const std::string& name() const noexcept { return data_.name; }
    /// "veth0 in ns1", by the same name.
    [[nodiscard]] std::string to_string() const;

    /// Everything that the kernel says of it now.
    [[nodiscard]] LinkState state(OnError on_error = {}) const;
    /// What the other end of a veth pair looks like, wherever it is.
    [[nodiscard]] LinkState peer_state(OnError on_error = {}) const;
    /// The other end of a veth pair: of a VethPair where it was made, otherwise, or if it has moved
    /// here since, in the same namespace.
    [[nodiscard]] Link peer(OnError on_error = {}) const;
    /// The other end of a veth pair that is in the given namespace; errc::no_such_link if it is
    /// not.
    [[nodiscard]] Link peer(const NetnsRef& where, OnError on_error = {}) const;

    void set_up(OnError on_error = {});
    /// Its IPv6 addresses are gone then, unless NetnsOptions::link_down_keeps_ipv6.
    void set_down(OnError on_error = {});
    void set_promiscuous(bool on, OnError on_error = {});
    void set_multicast(bool on, OnError on_error = {});
    void set_all_multicast(bool on, OnError on_error = {});
    void set_arp(bool on, OnError on_error = {});

    /// Gives it another name of 1 to 15 bytes. Some kernels refuse while it is up (EBUSY).
    void rename(std::string name, OnError on_error = {});
    /// In bytes, between the link's min_mtu and max_mtu. That of a bridge stays, whatever its ports
    /// have. Below 1280 a link has no IPv6: its addresses are gone, also when it is raised again.
    void set_mtu(std::uint32_t mtu, OnError on_error = {});
    void set_mac(const MacAddress& mac, OnError on_error = {});
    /// Puts it into a group of the user's own. The mark by which vethpp knew the link is gone then;
    /// it is removed only while its index and its name are still the same.
    void set_group(std::uint32_t group, OnError on_error = {});
    /// The length of the transmit queue, in packets.
    void set_txqlen(std::uint32_t packets, OnError on_error = {});
    /// Free text for people, up to 254 bytes without NUL; empty removes it.
    void set_alias(const std::string& text, OnError on_error = {});
    void add_alternative_name(const std::string& name, OnError on_error = {});
    void remove_alternative_name(const std::string& name, OnError on_error = {});

    /// Makes it a port of a master in the same namespace.
    void set_master(const LinkRef& master, OnError on_error = {});
    void clear_master(OnError on_error = {});
    /// What it is as a port of a Linux bridge.
    void set_port(const BridgePortSettings& settings, OnError on_error = {});
    [[nodiscard]] BridgePortSettings port(OnError on_error = {}) const;

    /// Moves it to another namespace, under another name unless that is empty, in one message of
    /// about 16 ms. It arrives down, without its addresses and its master. What can be made in
    /// place should be: a pair's ends are made where they belong. Fails with EEXIST if the name is
    /// taken there.
    void move_to(const NetnsRef& target, std::string name = {}, OnError on_error = {});

    /// Fails with EEXIST if it has the address.
    void add_address(const InterfaceAddress& address, OnError on_error = {});
    /// Adds the address or changes the lifetimes and flags of the one that is there.
    void replace_address(const InterfaceAddress& address, OnError on_error = {});
    /// One with a peer goes also where that is not given, if no other has the same prefix. Where
    /// net.ipv4.conf.*.promote_secondaries is off, which it is not in namespaces of
    /// Netns::create(), the kernel removes the later IPv4 addresses of its subnet with the first.
    void remove_address(const InterfaceAddress& address, OnError on_error = {});
    /// Removes all addresses, those that the kernel made included.
    void flush_addresses(OnError on_error = {});
    [[nodiscard]] std::vector<AddressState> addresses(OnError on_error = {}) const;

    [[nodiscard]] Offloads offloads(OnError on_error = {}) const;
    /// Turns offloads on or off; errc::operation_not_supported for one that is not as wanted
    /// afterwards, because the link cannot change it or another one that it needs is off.
    void set_offloads(const Offloads& offloads, OnError on_error = {});

    /// Waits until the link can be used, if it is up at all: it is operationally up, forwards if it
    /// is the port of a bridge, and its addresses answer. Fails with errc::not_ready after the
    /// deadline, naming what was missing; comparable to boost::system::errc::timed_out. The
    /// deadline limits the waiting: there is one look at everything, whatever the time, and what
    /// that finds ready is.
    ///
    /// Of the link-local address that the kernel makes by itself, the one or two seconds of its
    /// duplicate address detection are not waited for where it has them: in namespaces that were
    /// not made by Netns::create, and where /proc/sys is read-only.
    void wait_ready(Deadline deadline = std::chrono::seconds{1}, OnError on_error = {}) const;
    void wait_ready(ErrorCode auto& ec) const { wait_ready(std::chrono::seconds{1}, ec); }

    /// Removes the link now, whoever owns it. When this returns no list shows it, its name is free,
    /// and its addresses and routes are gone: 0.5 to 0.8 ms.
    ///
    /// The kernel then waits for a grace period, 16 to 35 ms, and so does a thread of this library,
    /// with all signals blocked, that ends with it: at most 64 in a process, beyond which, or where
    /// no thread or descriptor is to be had, the caller waits. finish_removals() waits for them,
    /// and so does the end of the program. A bridge is in sysfs for another 15 to 30 ms, in which
    /// everybody's requests wait. Before Linux 6.2, this takes 16 ms and more for a link that
    /// vethpp does not own.
    void remove(OnError on_error = {});
    /// Ends the ownership: the link stays when this object goes. The end of a pair goes with the
    /// namespace of the other one, up to some 100 ms after that; its name is taken until then.
    void release() noexcept { data_.owned = false; }
    [[nodiscard]] bool is_owned() const noexcept { return data_.owned; }

private:
    friend class Bridge;
    friend class VethPair;
    friend class detail::Removable;

    detail::HeldLink data_{};
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link.ipp>
#endif
