// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/net_if.hpp>
#include <vethpp/ovsdb/address.hpp>

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <string>
#include <sys/un.h>

namespace vethpp {
namespace detail {

// 1 to 65535 in digits; 0 for anything else.
[[nodiscard]] inline std::uint16_t parse_port(std::string_view digits) noexcept {
    std::uint32_t port = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9' || port > 65535) return 0;
        port = port * 10 + static_cast<std::uint32_t>(c - '0');
    }
    return port > 65535 ? std::uint16_t{0} : static_cast<std::uint16_t>(port);
}

template <class SocketAddress>
[[nodiscard]] socklen_t store_address(const SocketAddress& address,
                                      sockaddr_storage& storage) noexcept {
    std::memcpy(&storage, &address, sizeof address);
    return sizeof address;
}

}  // namespace detail

namespace ovsdb {

VETHPP_INLINE Address::Address(std::string_view text, Failure& failure) {
    if (failure) return;
    constexpr std::string_view unix_scheme = "unix:";
    constexpr std::string_view tcp_scheme = "tcp:";
    if (text.starts_with(unix_scheme) && text.size() > unix_scheme.size())
        set_path(text.substr(unix_scheme.size()), failure);
    else if (text.starts_with(tcp_scheme))
        set_tcp(text.substr(tcp_scheme.size()), failure);
    else
        failure.fail(errc::invalid_address,
                     "expected unix:PATH or tcp:ADDRESS:PORT, as in ovs-vsctl");
}

VETHPP_INLINE void Address::set_path(std::string_view path, Failure& failure) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    if (path.size() >= sizeof address.sun_path)
        return failure.fail(errc::invalid_address,
                            "the path of a UNIX socket has at most 107 bytes");
    if (path.find('\0') != path.npos)
        return failure.fail(errc::invalid_address, "the path of a UNIX socket has no NUL byte");
    path.copy(address.sun_path, path.size());
    size_ = detail::store_address(address, storage_);
}

VETHPP_INLINE void Address::set_tcp(std::string_view text, Failure& failure) {
    const std::size_t colon = text.rfind(':');
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const std::uint16_t port =
        colon == text.npos ? std::uint16_t{0} : detail::parse_port(text.substr(colon + 1));
    error_code ec;
    const auto address = boost::asio::ip::make_address(std::string{host}, ec);
    // Asio hands a C string on, which ends at the first NUL.
    if (ec || port == 0 || host.find('\0') != host.npos)
        return failure.fail(errc::invalid_address,
                            "expected tcp:ADDRESS:PORT, the address in digits");
    if (address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        v4.sin_addr.s_addr = htonl(address.to_v4().to_uint());
        size_ = detail::store_address(v4, storage_);
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        const auto bytes = address.to_v6().to_bytes();
        std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
        v6.sin6_scope_id = static_cast<std::uint32_t>(address.to_v6().scope_id());
        size_ = detail::store_address(v6, storage_);
    }
}

}  // namespace ovsdb
}  // namespace vethpp
