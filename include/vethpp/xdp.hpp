// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/unique_fd.hpp>
#include <vethpp/link/options.hpp>
#include <vethpp/message/xdp.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace vethpp {

struct XdpOptions {
    /// Native where the driver knows XDP, and generic otherwise, unless given.
    std::optional<XdpMode> mode{};
    /// The descriptor of a program that somebody else has attached in that mode, and that this one
    /// comes instead of; it is not put back. Linux 5.7.
    std::optional<int> replaces{};
};

/// An XDP program on a link (IFLA_XDP in rtnetlink(7); ip-link(8), `xdp`). The program comes from
/// libbpf or from bpf(2): a descriptor of a program of type BPF_PROG_TYPE_XDP, of which this object
/// keeps a copy.
///
///     const vethpp::Xdp drop{pair.second(), bpf_program__fd(program)};
///
/// It sees the frames that arrive at the link: those that the other end of a pair sends.
///
/// **Ownership.** The destructor takes the program off if it is still the one that is attached, by
/// one request in which the kernel compares (Linux 5.7; before that it stays). A link that is
/// renamed keeps it. One that moves to another namespace takes it along: then it is off when the
/// link is gone, or has come back. After fork(2), the child's copy does nothing.
/// **Blocking.** Each call is one request; the destructor's may wait some 10 ms for the last frame
/// that the program is running on.
/// **Errors.** An Error names the link and the namespace. Attaching needs CAP_NET_ADMIN there:
/// errc::file_exists or device_or_resource_busy if another program is attached, which is left
/// alone; operation_not_supported if the driver has no native XDP.
///
/// **Native on a veth pair.** What the program passes on arrives as always. What it sends back
/// (XDP_TX), or another one redirects to this end, arrives only if the other end has a native
/// program as well, or GRO (Linux 5.13). The MTU of the other end fits into one page (3498 bytes),
/// unless the program takes fragments (Linux 6.3); and while both are up, the link has as many
/// receive queues as the other end has transmit queues.
class Xdp {
public:
    Xdp() noexcept = default;
    Xdp(const LinkRef& link, int program, const XdpOptions& options = {}, OnError on_error = {});
    Xdp(const LinkRef& link, int program, ErrorCode auto& ec) : Xdp{link, program, {}, ec} {}
    Xdp(Xdp&&) noexcept = default;
    Xdp& operator=(Xdp&& other) noexcept;
    ~Xdp();

    /// This object has attached a program.
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(program_); }
    /// Where the program runs.
    [[nodiscard]] XdpMode mode() const noexcept { return program_ ? mode_ : XdpMode::none; }
    /// Its descriptor; -1 if there is none.
    [[nodiscard]] int native_handle() const noexcept { return program_.get(); }
    /// "xdpgeneric on veth1 in b".
    [[nodiscard]] std::string to_string() const;

    /// Another program comes instead of this one, and no frame in between goes without: unless
    /// somebody has attached another meanwhile, which then stays (errc::file_exists). Linux 5.7.
    void replace(int program, OnError on_error = {});
    /// Takes the program off, as the destructor does. Fails with errc::file_exists if it is not the
    /// one that is attached.
    void detach(OnError on_error = {});
    /// The program stays attached when this object goes.
    void release() noexcept { program_ = {}; }

private:
    void put(int program, std::uint32_t flags, std::optional<int> expected, Failure& failure) const;
    void take_off() noexcept;

    LinkRef link_{};
    detail::UniqueFd program_{};
    XdpMode mode_ = XdpMode::none;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/xdp.ipp>
#endif
