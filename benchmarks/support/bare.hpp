// SPDX-License-Identifier: BSL-1.0
#pragma once

// The floor: what a program does that was written for one purpose, in bare system calls and with
// its messages built beforehand. It shares no code with the library.

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace bare {

[[noreturn]] inline void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

inline int must(long result, const char* what) {
    if (result < 0) fail(what);
    return static_cast<int>(result);
}

/// A netlink message, built before the clock starts.
class Message {
public:
    template <class Header>
    Message(std::uint16_t type, int flags, const Header& header) {
        append(
            nlmsghdr{.nlmsg_len = 0,
                     .nlmsg_type = type,
                     .nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST | NLM_F_ACK),
                     .nlmsg_seq = 1,
                     .nlmsg_pid = 0});
        append(header);
    }

    template <class Pod>
    std::size_t append(const Pod& value) {
        return append(&value, sizeof value);
    }
    /// Returns where the payload is, for patching it.
    std::size_t attribute(std::uint16_t type, const void* data, std::size_t size) {
        append(nlattr{static_cast<std::uint16_t>(sizeof(nlattr) + size), type});
        return append(data, size);
    }
    std::size_t text(std::uint16_t type, const char* value) {
        return attribute(type, value, std::strlen(value) + 1);
    }
    std::size_t number(std::uint16_t type, std::uint32_t value) {
        return attribute(type, &value, sizeof value);
    }
    std::size_t open(std::uint16_t type) { return append(nlattr{0, type}); }
    void close(std::size_t start) {
        const auto size = static_cast<std::uint16_t>(bytes_.size() - start);
        std::memcpy(&bytes_[start], &size, sizeof size);
    }
    void patch(std::size_t where, int value) { std::memcpy(&bytes_[where], &value, sizeof value); }

    [[nodiscard]] const void* data() const noexcept { return bytes_.data(); }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

private:
    std::size_t append(const void* data, std::size_t size) {
        const std::size_t start = bytes_.size();
        bytes_.resize(start + ((size + 3) & ~std::size_t{3}));
        std::memcpy(&bytes_[start], data, size);
        const auto length = static_cast<std::uint32_t>(bytes_.size());
        std::memcpy(bytes_.data(), &length, sizeof length);
        return start;
    }

    std::vector<unsigned char> bytes_;
};

[[nodiscard]] inline int open_socket() {
    const int fd = must(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket");
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    must(::bind(fd, generic, sizeof address), "bind");
    must(::connect(fd, generic, sizeof address), "connect");
    for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK}) {
        const int on = 1;
        must(::setsockopt(fd, SOL_NETLINK, option, &on, sizeof on), "setsockopt");
    }
    return fd;
}

/// Sends a request and takes its acknowledgement.
inline void request(int socket, const Message& message, const char* what) {
    must(::send(socket, message.data(), message.size(), 0), what);
    std::array<unsigned char, 512> reply;
    const auto n = must(::recv(socket, reply.data(), reply.size(), 0), what);
    nlmsghdr header;
    nlmsgerr answer;
    if (static_cast<std::size_t>(n) < sizeof header + sizeof answer) fail(what);
    std::memcpy(&header, reply.data(), sizeof header);
    std::memcpy(&answer, reply.data() + sizeof header, sizeof answer);
    errno = -answer.error;
    if (header.nlmsg_type != NLMSG_ERROR || answer.error != 0) fail(what);
}

[[nodiscard]] inline int open_own_namespace() {
    return must(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open the namespace");
}

/// A new namespace with a socket in it and its loopback up; the thread comes back to `origin`.
struct Namespace {
    int fd = -1;
    int socket = -1;

    void create(int origin) {
        static const Message loopback_up{RTM_SETLINK,
                                         0,
                                         ifinfomsg{.ifi_family = AF_UNSPEC,
                                                   .__ifi_pad = 0,
                                                   .ifi_type = 0,
                                                   .ifi_index = 1,
                                                   .ifi_flags = IFF_UP,
                                                   .ifi_change = IFF_UP}};
        must(::unshare(CLONE_NEWNET), "unshare");
        fd = open_own_namespace();
        const int sysctl =
            ::open("/proc/sys/net/ipv6/conf/default/accept_dad", O_WRONLY | O_CLOEXEC);
        if (sysctl >= 0) {
            must(::write(sysctl, "0", 1), "accept_dad");
            ::close(sysctl);
        }
        socket = open_socket();
        must(::setns(origin, CLONE_NEWNET), "setns");
        request(socket, loopback_up, "lo up");
    }
    void drop() {
        ::close(socket);
        ::close(fd);
    }
};

}  // namespace bare
