// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/random.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/netns/visit.hpp>
#include <vethpp/ping/socket.hpp>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>

namespace vethpp::detail {

VETHPP_INLINE PingAddress::PingAddress(const IpAddress& address, std::uint32_t scope) noexcept {
    const auto assign = [this](const auto& in) {
        std::memcpy(&storage_, &in, sizeof in);
        size_ = sizeof in;
    };
    if (address.is_v4()) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        const auto bytes = address.to_v4().to_bytes();
        std::memcpy(&in.sin_addr, bytes.data(), bytes.size());
        assign(in);
    } else {
        sockaddr_in6 in{};
        in.sin6_family = AF_INET6;
        const auto bytes = address.to_v6().to_bytes();
        std::memcpy(&in.sin6_addr, bytes.data(), bytes.size());
        in.sin6_scope_id = scope;
        assign(in);
    }
}

VETHPP_INLINE std::optional<IpAddress> PingAddress::read(
    std::span<const std::byte> bytes) noexcept {
    const auto part = [&]<class T>(T address, std::size_t offset) {
        std::memcpy(address.data(), bytes.data() + offset, address.size());
        return address;
    };
    namespace ip = boost::asio::ip;
    sa_family_t family = AF_UNSPEC;
    if (bytes.size() >= sizeof family) std::memcpy(&family, bytes.data(), sizeof family);
    if (family == AF_INET && bytes.size() >= sizeof(sockaddr_in))
        return ip::address_v4{part(ip::address_v4::bytes_type{}, offsetof(sockaddr_in, sin_addr))};
    if (family == AF_INET6 && bytes.size() >= sizeof(sockaddr_in6))
        return ip::address_v6{
            part(ip::address_v6::bytes_type{}, offsetof(sockaddr_in6, sin6_addr))};
    return std::nullopt;
}

// The longest IPv4 header, the ICMP header, and one byte that tells what is longer.
inline constexpr std::size_t ping_overhead = 60 + 8 + 1;

VETHPP_INLINE PingSocket::PingSocket(const NetnsRef& netns,
                                     const IpAddress& target,
                                     std::uint32_t scope,
                                     const PingOptions& options,
                                     Failure& failure)
    : onlooker_{netns.state()},
      target_{target, scope},
      buffer_(options.size.as<std::size_t>() + ping_overhead) {
    open(netns, target.is_v6(), failure);
    configure(target.is_v6(), options, failure);
    bind(target.is_v6(), scope, options, failure);
    connect(target, failure);
}

VETHPP_INLINE void PingSocket::send(PingExchange& exchange) {
    const auto request = exchange.request();
    Clock::time_point at;
    int error = 0;
    // An ICMP error to an earlier request fails whatever call comes next, which can be this
    // one: what is still refused after the errors have been taken is meant.
    for (int attempt = 0; attempt < 3; ++attempt) {
        at = Clock::now();
        const auto n = ::sendto(fd_.get(),
                                request.data(),
                                request.size(),
                                MSG_NOSIGNAL,
                                target_.data(),
                                target_.size());
        if (n >= 0) {
            exchange.sent(at);
            return;
        }
        error = errno;
        if (error == EAGAIN) break;
        if (error != EINTR) drain(exchange);
    }
    exchange.not_sent({error, boost::system::system_category()}, at);
}

VETHPP_INLINE void PingSocket::drain(PingExchange& exchange) {
    // More than fits into the socket's buffer; a flood must not keep us from sending.
    for (int i = 0; i < 1024; ++i) {
        const bool message = receive(exchange);
        if (!receive_error(exchange) && !message) return;
    }
}

VETHPP_INLINE void PingSocket::wait(Clock::time_point until) const noexcept {
    using namespace std::chrono;
    auto left = until - Clock::now();
    if (left.count() < 0) left = {};
    const timespec time{.tv_sec = static_cast<time_t>(left / seconds{1}),
                        .tv_nsec = static_cast<long>((left % seconds{1}).count())};
    pollfd ready{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    // Whatever ends it, also a signal, the caller looks at the socket and the clock again.
    ::ppoll(&ready, 1, &time, nullptr);
}

VETHPP_INLINE void PingSocket::open(const NetnsRef& netns, bool v6, Failure& failure) {
    const int family = v6 ? AF_INET6 : AF_INET;
    const int protocol = v6 ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP};
    constexpr int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
    error_code ec;
    // The socket stays in the namespace, whoever uses it from where.
    visit(
        netns,
        [&] {
            fd_ = UniqueFd{::socket(family, SOCK_DGRAM | flags, protocol)};
            raw_ = !fd_ && (errno == EACCES || errno == EPERM || errno == EPROTONOSUPPORT);
            if (raw_) fd_ = UniqueFd{::socket(family, SOCK_RAW | flags, protocol)};
            if (!fd_) ec = last_error();
        },
        failure);
    if (failure) return;
    framing_ = raw_ ? PingFraming::v4_raw : PingFraming::v4_datagram;
    if (v6) framing_ = PingFraming::v6;
    failure.fail(ec);
    if (ec == boost::system::errc::operation_not_permitted)
        failure.explain(
            "it takes a group within net.ipv4.ping_group_range of that namespace, or CAP_NET_RAW");
}

VETHPP_INLINE void PingSocket::configure(bool v6, const PingOptions& options, Failure& failure) {
    if (failure) return;
    if (raw_) filter(v6);
    // These are comforts: more exact times, room for large replies, or for many, which come at once
    // where a slow machine has fallen behind.
    set(SOL_SOCKET, SO_TIMESTAMPNS, 1);
    // Beyond net.core.rmem_max where this process may (CAP_NET_ADMIN)
    if (!set(SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20)) set(SOL_SOCKET, SO_RCVBUF, 1 << 20);
    bool done = v6 ? set(IPPROTO_IPV6, IPV6_RECVERR, 1) : set(IPPROTO_IP, IP_RECVERR, 1);
    // Of the hosts of a multicast group, the one that asks is no answer.
    if (done)
        done =
            v6 ? set(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0) : set(IPPROTO_IP, IP_MULTICAST_LOOP, 0);
    if (done && options.ttl)
        done = v6 ? set(IPPROTO_IPV6, IPV6_UNICAST_HOPS, *options.ttl) &&
                        set(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, *options.ttl)
                  : set(IPPROTO_IP, IP_TTL, *options.ttl) &&
                        set(IPPROTO_IP, IP_MULTICAST_TTL, *options.ttl);
    if (!done) failure.fail(last_error());
}

VETHPP_INLINE bool PingSocket::set(int level, int option, int value) const noexcept {
    return ::setsockopt(fd_.get(), level, option, &value, sizeof value) == 0;
}

// Nothing but echo replies. Without it more arrives, and is ignored one by one. The names are in
// headers of the kernel and of libc that exclude each other; the numbers do not change.
VETHPP_INLINE void PingSocket::filter(bool v6) const noexcept {
    constexpr int icmp_filter = 1;   // ICMP_FILTER
    constexpr int icmp6_filter = 1;  // ICMP6_FILTER
    constexpr int level_raw = 255;   // SOL_RAW
    if (v6) {
        std::uint32_t blocked[8];  // one bit a type
        std::memset(blocked, 0xff, sizeof blocked);
        blocked[129 / 32] &= ~(1U << (129U % 32U));
        ::setsockopt(fd_.get(), IPPROTO_ICMPV6, icmp6_filter, &blocked, sizeof blocked);
    } else {
        const std::uint32_t blocked = ~1U;
        ::setsockopt(fd_.get(), level_raw, icmp_filter, &blocked, sizeof blocked);
    }
}

// A ping socket gets its identifier from the kernel when it is bound; a raw one chooses. Another
// one may choose the same: it is the cookie by which replies are known.
VETHPP_INLINE void PingSocket::bind(bool v6,
                                    std::uint32_t scope,
                                    const PingOptions& options,
                                    Failure& failure) {
    if (failure) return;
    if (raw_) ident_ = static_cast<std::uint16_t>(random_bits());
    if (raw_ && !options.source) return;
    IpAddress source =
        v6 ? IpAddress{boost::asio::ip::address_v6{}} : IpAddress{boost::asio::ip::address_v4{}};
    if (options.source) source = *options.source;
    if (v6 && source.to_v6().scope_id() != 0)
        scope = static_cast<std::uint32_t>(source.to_v6().scope_id());
    const PingAddress address{source, scope};
    sockaddr_in6 bound{};
    socklen_t size = sizeof bound;
    if (::bind(fd_.get(), address.data(), address.size()) != 0) {
        failure.fail(last_error());
        if (failure.code == boost::system::errc::address_not_available)
            failure.context.hint =
                concat({"the source ", source.to_string(), " is no address of that namespace"});
    } else if (!raw_ && ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
        failure.fail(last_error());
    } else if (!raw_) {
        static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
        ident_ = ntohs(bound.sin6_port);
    }
}

// A raw socket of which the kernel knows the destination gets what comes from there, and nothing
// that is meant for others. Not where more than one answers: of a broadcast address, the kernel
// tells by EACCES, as long as that is not allowed. Not for IPv6 either, where an anycast address
// answers from another one.
VETHPP_INLINE void PingSocket::connect(const IpAddress& target,
                                       const Failure& failure) const noexcept {
    if (failure) return;
    if (raw_ && target.is_v4() && !target.is_multicast() &&
        ::connect(fd_.get(), target_.data(), target_.size()) == 0)
        return;
    set(SOL_SOCKET, SO_BROADCAST, 1);
}

struct alignas(cmsghdr) PingControl {
    std::byte bytes[256];
};

template <class F>
void for_each_control(msghdr& message, F&& f) {
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c))
        f(c->cmsg_level,
          c->cmsg_type,
          std::span{reinterpret_cast<const std::byte*>(CMSG_DATA(c)), c->cmsg_len - CMSG_LEN(0)});
}

// Both of these are false if nothing is there. What else a call fails with is an error that the
// queue explains; the next call no longer has it.
VETHPP_INLINE bool PingSocket::receive(PingExchange& exchange) {
    msghdr message{};
    PingControl control;
    const auto n = receive(message, control.bytes, 0);
    if (n < 0) return errno != EAGAIN;
    if ((message.msg_flags & MSG_TRUNC) != 0) return true;
    const auto now = Clock::now();
    Clock::duration age{};
    for_each_control(message, [&](int level, int type, std::span<const std::byte> data) {
        timespec stamp{};
        timespec clock{};
        if (level != SOL_SOCKET || type != SO_TIMESTAMPNS || data.size() != sizeof stamp) return;
        std::memcpy(&stamp, data.data(), sizeof stamp);
        ::clock_gettime(CLOCK_REALTIME, &clock);
        age = std::chrono::seconds{clock.tv_sec - stamp.tv_sec} +
              std::chrono::nanoseconds{clock.tv_nsec - stamp.tv_nsec};
    });
    exchange.received(std::span{buffer_}.first(static_cast<std::size_t>(n)), now, age);
    return true;
}

VETHPP_INLINE bool PingSocket::receive_error(PingExchange& exchange) {
    msghdr message{};
    PingControl control;
    const auto n = receive(message, control.bytes, MSG_ERRQUEUE);
    if (n < 0) return errno == EINTR;
    for_each_control(message, [&](int level, int type, std::span<const std::byte> data) {
        sock_extended_err error{};
        const bool ours = (level == IPPROTO_IP && type == IP_RECVERR) ||
                          (level == IPPROTO_IPV6 && type == IPV6_RECVERR);
        if (!ours || data.size() < sizeof error) return;
        std::memcpy(&error, data.data(), sizeof error);
        exchange.reported(error,
                          std::span{buffer_}.first(static_cast<std::size_t>(n)),
                          PingAddress::read(data.subspan(sizeof error)));  // SO_EE_OFFENDER
    });
    return true;
}

VETHPP_INLINE ssize_t PingSocket::receive(msghdr& message,
                                          std::span<std::byte> control,
                                          int flags) {
    iovec data{.iov_base = buffer_.data(), .iov_len = buffer_.size()};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    return ::recvmsg(fd_.get(), &message, flags);
}

}  // namespace vethpp::detail
