// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/value/ip_address.hpp>

#include <cstddef>
#include <cstring>

namespace vethpp {

VETHPP_INLINE IpAddress::IpAddress(std::string_view text) {
    error_code ec;
    // Asio hands a C string on, which ends at the first NUL. Given another kind of text, it copies
    // that without caring for what happens where there is no memory (noexcept).
    char copy[64];  // more than the longest address, INET6_ADDRSTRLEN
    if (text.size() < sizeof copy && text.find('%') == text.npos && text.find('\0') == text.npos) {
        if (!text.empty()) std::memcpy(copy, text.data(), text.size());
        copy[text.size()] = '\0';
        static_cast<Base&>(*this) = boost::asio::ip::make_address(copy, ec);
    } else {
        ec = make_error_code(errc::invalid_address);
    }
    if (!ec) return;
    const std::string quoted = detail::quoted(text);
    const std::size_t most = sizeof refused_ - 1;
    std::memcpy(refused_, quoted.data(), quoted.size() < most ? quoted.size() : most);
    if (quoted.size() > most) std::memcpy(refused_ + most - 4, "...\"", 4);
}

VETHPP_INLINE std::string IpAddress::to_string() const {
    return is_valid() ? Base::to_string() : std::string{refused_};
}

namespace detail {

VETHPP_INLINE void check_ip(const IpAddress& address, Failure& failure) {
    if (!address.is_valid())
        failure.fail(errc::invalid_address,
                     concat({address.to_string(), " is no IPv4 or IPv6 address"}));
}

VETHPP_INLINE std::string_view parse_prefix(std::string_view text,
                                            IpAddress& address,
                                            std::uint8_t& length) {
    const std::size_t slash = text.find('/');
    if (slash == text.npos) return "the prefix length is missing, as in 10.1.1.2/24";
    if (text.substr(0, slash).find('%') != text.npos)
        return "an interface address has no %scope: the link is the scope";
    address = text.substr(0, slash);
    if (!address.is_valid() || text.find('\0') != text.npos)
        return "expected an IPv4 or IPv6 address before the '/'";
    const std::string_view digits = text.substr(slash + 1);
    const unsigned most = address.is_v4() ? 32 : 128;
    unsigned bits = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return "expected a number of bits after the '/'";
        if (bits <= most) bits = bits * 10 + static_cast<unsigned>(c - '0');
    }
    if (digits.empty()) return "expected a number of bits after the '/'";
    if (bits > most)
        return address.is_v4() ? "an IPv4 prefix has at most 32 bits"
                               : "an IPv6 prefix has at most 128 bits";
    length = static_cast<std::uint8_t>(bits);
    return {};
}

}  // namespace detail
}  // namespace vethpp
