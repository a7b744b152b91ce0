// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/deadline.hpp>
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/kinds/kind_link.hpp>
#include <vethpp/message/scalars.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace vethpp {

/// What a program reads and writes: IP packets, or Ethernet frames.
enum class TunMode : std::uint8_t { tun = 1, tap = 2 };

[[nodiscard]] constexpr std::string_view to_string(TunMode mode) noexcept {
    return mode == TunMode::tun ? "tun" : mode == TunMode::tap ? "tap" : "unknown";
}

/// Source: Documentation/networking/tuntap.rst, <linux/if_tun.h>; ip-tuntap(8).
struct TunSettings {
    static constexpr std::string_view kind = "tun";  // of a tap, too

    std::optional<TunMode> mode{};             ///< tun unless given
    std::optional<std::uint32_t> owner{};      ///< a user that may open it without CAP_NET_ADMIN
    std::optional<std::uint32_t> group{};      ///< a group that may
    std::optional<bool> packet_information{};  ///< four bytes before each packet; off unless given
    std::optional<bool> vnet_header{};         ///< a struct virtio_net_hdr before each packet
    std::optional<bool> persistent{};          ///< the link stays when its descriptors are closed
    std::optional<bool> multi_queue{};         ///< more than one descriptor may be open
    std::optional<std::uint32_t> queues{};     ///< descriptors to open, 1 to 256; one unless given
    std::optional<std::uint32_t> vnet_header_size{};  ///< in bytes, 10 or more
    /// TUN_F_*, <linux/if_tun.h>: what the program takes that is neither cut nor checksummed yet;
    /// the kernel does not tell it.
    std::optional<std::uint32_t> offloads{};
    bool nonblocking = false;  ///< O_NONBLOCK

    static constexpr auto fields() {
        using S = TunSettings;
        using message::Flag8, message::U32;
        using wire::As, wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&S::mode, Attribute<IFLA_TUN_TYPE, As<TunMode, std::uint8_t>, "mode">>,
            Field<&S::owner, Attribute<IFLA_TUN_OWNER, U32, "owner">>,
            Field<&S::group, Attribute<IFLA_TUN_GROUP, U32, "group">>,
            Field<&S::packet_information, Attribute<IFLA_TUN_PI, Flag8, "packet_information">>,
            Field<&S::vnet_header, Attribute<IFLA_TUN_VNET_HDR, Flag8, "vnet_header">>,
            Field<&S::persistent, Attribute<IFLA_TUN_PERSIST, Flag8, "persistent">>,
            Field<&S::multi_queue, Attribute<IFLA_TUN_MULTI_QUEUE, Flag8, "multi_queue">>,
            Field<&S::queues, Attribute<IFLA_TUN_NUM_QUEUES, U32, "queues">>>{};
    }
    friend bool operator==(const TunSettings&, const TunSettings&) = default;
};

namespace detail {

/// In a class of its own so that they are closed after the link is gone: the kernel removes a link
/// with its last descriptor, and its closing would wait for that.
class TunDescriptors {
protected:
    std::vector<UniqueFd> descriptors{};
};

}  // namespace detail

/// A link whose packets or frames this program reads and writes itself. All LinkOptions apply, but
/// those for queues.
///
///     Tun tap{{.netns = ns, .name = "tap0", .up = true}, {.mode = TunMode::tap}};
///     const std::size_t size = tap.read(buffer);  // a frame that was sent to the link
///     tap.write(frame);                           // arrives at the link
///
/// **Ownership.** Link and descriptors (O_CLOEXEC) go with the object. After release() a persistent
/// link stays; another one goes with the last copy of a descriptor.
/// **Errors.** Those of Link; where /dev/net/tun is missing or may not be opened, that is said.
class Tun : private detail::TunDescriptors, public detail::AnyKindLink {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): as in `links.push_back({{.netns = ns1}, {}})`
    Tun(LinkOptions options, const TunSettings& settings = {}, OnError on_error = {});
    Tun(LinkOptions options, ErrorCode auto& ec) : Tun{std::move(options), {}, ec} {}

    /// The descriptor of a queue, to be given to poll(2) or an event loop; -1 for one that is not
    /// there.
    [[nodiscard]] int native_handle(std::size_t queue = 0) const noexcept {
        return queue < descriptors.size() ? descriptors[queue].get() : -1;
    }
    [[nodiscard]] std::size_t queues() const noexcept { return descriptors.size(); }
    /// Opens one more descriptor of a link with `multi_queue`, and returns it; it is this object's.
    int open_queue(OnError on_error = {});

    /// Waits for what is sent to the link, of whichever queue, and returns how many bytes of it the
    /// buffer got; what does not fit is lost. errc::not_ready after the deadline. Signals do not
    /// end the wait. For one thread at a time.
    std::size_t read(std::span<std::byte> buffer,
                     Deadline deadline = std::chrono::seconds{1},
                     OnError on_error = {}) const;
    /// What arrives at the link then.
    void write(std::span<const std::byte> packet, OnError on_error = {}) const;

    /// Changes owner, group, persistence, offloads and the size of the header, those that are
    /// given; errc::invalid_option for what is fixed at creation.
    void configure(const TunSettings& settings, OnError on_error = {});
    /// As the kernel has them now.
    [[nodiscard]] TunSettings settings(OnError on_error = {}) const;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/kinds/tun.ipp>
#endif
