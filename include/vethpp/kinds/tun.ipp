// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/net_if.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/kinds/tun.hpp>
#include <vethpp/link/attempt_on.hpp>
#include <vethpp/link/maker.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/visit.hpp>
#include <vethpp/value/attempt.hpp>

#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <string>
#include <sys/ioctl.h>
#include <utility>

namespace vethpp {
namespace detail {

inline constexpr std::uint32_t max_tun_queues = 256;  // MAX_TAP_QUEUES

[[nodiscard]] inline ifreq tun_request(std::string_view name, unsigned flags) noexcept {
    ifreq request{};
    std::memcpy(request.ifr_name, name.data(), name.size() < IFNAMSIZ ? name.size() : IFNAMSIZ - 1);
    request.ifr_flags = static_cast<short>(flags);
    return request;
}

[[nodiscard]] inline unsigned tun_flags(const TunSettings& settings) noexcept {
    const bool several = settings.multi_queue.value_or(settings.queues.value_or(1) > 1);
    return (settings.mode == TunMode::tap ? unsigned{IFF_TAP} : unsigned{IFF_TUN}) |
           (settings.packet_information.value_or(false) ? 0U : unsigned{IFF_NO_PI}) |
           (settings.vnet_header.value_or(false) ? unsigned{IFF_VNET_HDR} : 0U) |
           (several ? unsigned{IFF_MULTI_QUEUE} : 0U);
}

[[nodiscard]] inline std::string_view why_not_opened(error_code ec) noexcept {
    namespace kernel = boost::system::errc;
    if (ec == kernel::no_such_file_or_directory)
        return "there is no /dev/net/tun: a container gets it by --device /dev/net/tun";
    if (ec == kernel::permission_denied || ec == kernel::operation_not_permitted)
        return "/dev/net/tun may not be opened here";
    if (ec == kernel::no_such_device || ec == kernel::no_such_device_or_address)
        return "this kernel has no TUN/TAP (CONFIG_TUN)";
    return {};
}

// A descriptor belongs to the namespace in which its device file was opened.
[[nodiscard]] inline UniqueFd open_tun(
    const NetnsPtr& netns, ifreq request, bool nonblocking, std::uint32_t index, Failure& failure) {
    UniqueFd fd;
    if (failure) return fd;
    netns->share();
    error_code not_opened;
    error_code refused;
    const auto open = [&] {
        const System& system = *netns->system;
        fd = system.open("/dev/net/tun", nonblocking ? O_RDWR | O_NONBLOCK : O_RDWR, not_opened);
        if (not_opened) return;
        if (index != 0) system.control(fd.get(), TUNSETIFINDEX, &index, refused);
        if (!refused) system.control(fd.get(), TUNSETIFF, &request, refused);
    };
    visit(NetnsRef{netns}, open, failure);
    failure.fail(not_opened, std::string{why_not_opened(not_opened)});
    failure.fail(refused);
    if (refused == boost::system::errc::operation_not_permitted)
        failure.explain("CAP_NET_ADMIN is needed there");
    return failure ? UniqueFd{} : std::move(fd);
}

inline void check_tun(const TunSettings& settings, Failure& failure) {
    const std::uint32_t queues = settings.queues.value_or(1);
    if (queues < 1 || queues > max_tun_queues)
        failure.fail(errc::invalid_option, "a tun has 1 to 256 queues");
    if (queues > 1 && !settings.multi_queue.value_or(true))
        failure.fail(errc::invalid_option, "several queues without multi_queue");
    if (settings.mode && *settings.mode != TunMode::tun && *settings.mode != TunMode::tap)
        failure.fail(errc::invalid_option, "a tun's mode is tun or tap");
}

// What is said by ioctl(2) once the link is there.
inline void set_tun(const System& system, int fd, const TunSettings& settings, Failure& failure) {
    const auto set = [&](const char* name, unsigned long request, void* argument) {
        if (failure) return;
        error_code ec;
        system.control(fd, request, argument, ec);
        failure.fail(ec);
        if (failure) failure.context.attribute = name;
    };
    const auto number = [&](const char* name, unsigned long request, auto value) {
        // NOLINTNEXTLINE(performance-no-int-to-ptr): the argument is the number itself
        if (value) set(name, request, reinterpret_cast<void*>(std::uintptr_t{*value}));
    };
    number("owner", TUNSETOWNER, settings.owner);
    number("group", TUNSETGROUP, settings.group);
    if (settings.vnet_header_size) {
        int size = static_cast<int>(*settings.vnet_header_size);
        set("vnet_header_size", TUNSETVNETHDRSZ, &size);
        if (failure.code == boost::system::errc::invalid_argument)
            failure.explain("the header of a packet has 10 bytes or more");
    }
    number("offloads", TUNSETOFFLOAD, settings.offloads);
    number("persistent", TUNSETPERSIST, settings.persistent);
}

struct MadeTun {
    HeldLink link{};
    std::vector<UniqueFd> descriptors{};
};

inline MadeTun make_tun(LinkOptions&& options, const TunSettings& settings, Failure& failure) {
    MadeTun made;
    check_tun(settings, failure);
    if (options.tx_queues || options.rx_queues)
        failure.fail(errc::invalid_option, "the queues of a tun are said in its settings");
    const std::uint32_t tag = random_tag();
    const bool is_tap = settings.mode == TunMode::tap;
    const std::string name = concat({is_tap ? "tap" : "tun", hex(tag, 8)});
    LinkMaker maker{std::move(options), tag, name, failure};
    if (failure) return made;
    const NetnsPtr& netns = maker.netns();
    const std::uint32_t queues = settings.queues.value_or(1);
    made.descriptors.reserve(queues);
    // The first makes the link, or fails; the others find it.
    ifreq request = tun_request(maker.options().name, tun_flags(settings) | IFF_TUN_EXCL);
    std::uint32_t index = maker.options().index.value_or(0);
    while (!failure && made.descriptors.size() < queues) {
        made.descriptors.push_back(
            open_tun(netns, request, settings.nonblocking, std::exchange(index, 0), failure));
        request.ifr_flags = static_cast<short>(tun_flags(settings));
    }
    if (failure.code == boost::system::errc::device_or_resource_busy &&
        maker.explain_taken(failure))
        failure.code = make_error_code(boost::system::errc::file_exists);
    index = netlink::find_index(netns->session, {.name = maker.options().name}, failure);
    maker.adopt(TunSettings::kind, index, failure);
    if (failure && !is_tap && maker.options().mac)
        failure.explain("a tun has no MAC address; a tap has");
    maker.finish(failure);
    // Persistence is last: until then everything goes with the descriptors.
    if (!failure) set_tun(*netns->system, made.descriptors.front().get(), settings, failure);
    if (failure)
        maker.describe(failure);
    else
        made.link = maker.commit(true);
    return made;
}

}  // namespace detail

VETHPP_INLINE Tun::Tun(LinkOptions options, const TunSettings& settings, OnError on_error) {
    const std::string name = options.name;
    const NetnsRef netns = options.netns;
    const char* operation = settings.mode == TunMode::tap ? "create the tap" : "create the tun";
    detail::attempt({operation, name, netns.label()}, on_error, [&](Failure& failure) {
        detail::MadeTun made = detail::make_tun(std::move(options), settings, failure);
        if (failure) return;
        Link& self = *this;
        self = Link{std::move(made.link)};
        descriptors = std::move(made.descriptors);
    });
}

VETHPP_INLINE int Tun::open_queue(OnError on_error) {
    int result = -1;
    detail::attempt_on(*this, "open a queue", on_error, [&](netlink::Session&, Failure& failure) {
        if (descriptors.empty())
            return failure.fail(errc::no_such_link, "the object has no descriptor");
        const detail::NetnsPtr& there = netns().state();
        // What it is called now, and how it was made.
        ifreq request{};
        error_code ec;
        there->system->control(native_handle(), TUNGETIFF, &request, ec);
        failure.fail(ec);
        const bool nonblocking = (::fcntl(native_handle(), F_GETFL) & O_NONBLOCK) != 0;
        descriptors.reserve(descriptors.size() + 1);
        detail::UniqueFd fd = detail::open_tun(there, request, nonblocking, 0, failure);
        if (failure.code == boost::system::errc::device_or_resource_busy)
            failure.explain("the link was made without multi_queue");
        if (failure.code == boost::system::errc::argument_list_too_long)
            failure.explain("a tun has 1 to 256 queues");
        if (failure) return;
        result = fd.get();
        descriptors.push_back(std::move(fd));
    });
    return result;
}

VETHPP_INLINE std::size_t Tun::read(std::span<std::byte> buffer,
                                    Deadline deadline,
                                    OnError on_error) const {
    std::size_t size = 0;
    detail::attempt_on(*this, "read", on_error, [&](netlink::Session&, Failure& failure) {
        std::vector<pollfd> queues;
        queues.reserve(descriptors.size());
        for (const detail::UniqueFd& fd : descriptors)
            queues.push_back({.fd = fd.get(), .events = POLLIN, .revents = 0});
        const System& system = *netns().state()->system;
        const std::span<char> bytes{reinterpret_cast<char*>(buffer.data()), buffer.size()};
        while (!failure) {
            (void)::poll(queues.data(), queues.size(), deadline.left());
            for (const pollfd& queue : queues) {
                if (queue.revents == 0) continue;
                error_code ec;
                size = system.read(queue.fd, bytes, ec);
                if (ec == boost::system::errc::operation_would_block ||
                    ec == boost::system::errc::interrupted)
                    continue;
                return failure.fail(ec);
            }
            if (deadline.has_passed())
                failure.fail(errc::not_ready, "nothing was sent to the link");
        }
    });
    return size;
}

VETHPP_INLINE void Tun::write(std::span<const std::byte> packet, OnError on_error) const {
    detail::attempt_on(*this, "write", on_error, [&](netlink::Session&, Failure& failure) {
        error_code ec;
        netns().state()->system->write(
            native_handle(), {reinterpret_cast<const char*>(packet.data()), packet.size()}, ec);
        failure.fail(ec);
        if (ec == boost::system::errc::io_error) failure.explain("the link is down");
        if (ec == boost::system::errc::invalid_argument)
            failure.explain(
                "no packet as the link was made to take: an IP header, an Ethernet "
                "frame, or what comes before it");
    });
}

VETHPP_INLINE void Tun::configure(const TunSettings& settings, OnError on_error) {
    detail::attempt_on(
        *this, "configure the tun", on_error, [&](netlink::Session&, Failure& failure) {
            if (settings.mode || settings.packet_information || settings.vnet_header ||
                settings.multi_queue || settings.queues)
                failure.fail(errc::invalid_option,
                             "what a packet looks like, and the queues, cannot be changed");
            if (!failure)
                detail::set_tun(*netns().state()->system, native_handle(), settings, failure);
        });
}

VETHPP_INLINE TunSettings Tun::settings(OnError on_error) const {
    TunSettings result;
    AnyKindLink::read(
        TunSettings::kind,
        [&](std::span<const std::byte> data, std::uint32_t) { return wire::read(data, result); },
        on_error);
    if (descriptors.empty()) return result;
    result.nonblocking = (::fcntl(native_handle(), F_GETFL) & O_NONBLOCK) != 0;
    int size = 0;
    error_code ec;
    netns().state()->system->control(native_handle(), TUNGETVNETHDRSZ, &size, ec);
    if (!ec && result.vnet_header.value_or(false))
        result.vnet_header_size = static_cast<std::uint32_t>(size);
    return result;
}

}  // namespace vethpp
